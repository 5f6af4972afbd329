"""What a process claims and gives up: confinement, capabilities, heartbeat, lock, ownership of places."""
