"""What the keeper answers about the recorder now: status, ledger, findings, and whether all verifies."""
