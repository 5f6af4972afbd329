"""Keys: the anchor and what rests under it, the vault, and where a bucket's key is kept and destroyed."""
