"""What one process writes and another reads: segment files, fragments, sealed keys."""
