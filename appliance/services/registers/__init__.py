"""The registers as the keeper's own records have them: acts on their items, made again from ledger and records."""
