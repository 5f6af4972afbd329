"""The size and rate of pictures as people write them on a camera's papers: 1920×1080, 15. Pure."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["rate_of", "size_of"]

_SIZE = re.compile(r"(\d{2,5})\s*[xX×*]\s*(\d{2,5})", re.ASCII)
_RATE = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)
_MOST_RATE = 240.0


def size_of(text: str) -> tuple[int, int] | None:
    """Width and height; (0, 0) for none, None for what is no size."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _SIZE.fullmatch(plain)
    if found is None:
        return None if plain else (0, 0)
    return int(found[1]), int(found[2])


def rate_of(text: str) -> float | None:
    """Pictures a second; 0 for none, None for what is no rate."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return 0.0
    rate = float(plain) if _RATE.fullmatch(plain) else 0.0
    return rate if 0 < rate <= _MOST_RATE else None
