"""Forms that were typed and not yet done, kept on disk."""
