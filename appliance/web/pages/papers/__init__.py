"""Papers to print and to save: blank forms, papers filled from cases, the case file."""
