"""The ledger: tree, notes, log, records, and the verifier that stands alone."""
