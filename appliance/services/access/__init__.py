"""The access log: who looked at what, out of the ledger."""
