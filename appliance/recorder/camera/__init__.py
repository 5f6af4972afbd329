"""A camera's own confined process: it captures, cuts and seals, and holds one socket."""
