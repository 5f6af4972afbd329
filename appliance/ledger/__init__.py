"""What was done, once and for ever: the append-only log, its tree and checkpoints, and sealed records."""
