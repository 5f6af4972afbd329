"""The office's cameras as the keeper's own records have them: acts on versions, made again from ledger and records."""
