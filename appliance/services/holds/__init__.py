"""Holds (保全): footage that people keep from destruction on a named ground."""
