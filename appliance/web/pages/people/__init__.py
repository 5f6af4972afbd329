"""The office's people: who may log in and do what."""
