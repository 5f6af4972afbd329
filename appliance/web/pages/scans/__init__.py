"""Scans of signed papers: taken in, and shown where they belong."""
