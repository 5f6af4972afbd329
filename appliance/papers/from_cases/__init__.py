"""The office's papers filled in from a case as the keeper tells it (``rules.cases.told``). Pure but for the file."""
