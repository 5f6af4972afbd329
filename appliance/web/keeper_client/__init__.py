"""What pages ask of the keeper, and its answers as they read them. Knows no page."""
