"""The first page: cameras, disk, checks, now."""
