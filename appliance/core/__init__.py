"""Errors, shared records, the clock, settings and redaction: what every other package may import."""
