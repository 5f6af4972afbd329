"""The ring of footage: how a bucket closes, is looked after, moved, and leaves by the one door."""
