"""Digests for people, who compare them by eye."""

from __future__ import annotations

__all__ = ["in_fours"]


def in_fours(digest: str) -> str:
    """Hexadecimal digits in groups of four: ``c7c4 09af ...``."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
