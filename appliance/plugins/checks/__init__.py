"""Self-tests that ship with the recorder, and what they share."""
