"""The rules of the office as pure functions: no clock, no disk, no I/O."""
