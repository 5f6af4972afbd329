"""The registers: all of them, one with its lines, one line with its acts, and the form of a new one."""
