"""The ledger as people read it, with daily statements and certificates of destruction."""
