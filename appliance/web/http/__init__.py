"""One request: its context, limits on connections, static files."""
