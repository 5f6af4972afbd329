"""Scans of signed papers: brought piece by piece, looked at in the darkroom, sealed, struck."""
