"""Files on disk: atomic replacement, append-only journals, the reserve, boot files, documents."""
