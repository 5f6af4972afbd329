"""Self-tests: the newest report of each camera and of the box, what a person asked for, and what the keeper answers."""
