"""An office on disk: its set-up, its files, a new anchor, and verifying all of it."""
