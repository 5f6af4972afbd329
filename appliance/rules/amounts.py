"""Amounts of bytes as people read them: one unit everywhere, that in which disks are sold. Pure."""

from __future__ import annotations

__all__ = ["bytes_text"]

_UNITS = ("B", "kB", "MB", "GB", "TB")


def bytes_text(count: float) -> str:
    """Decimal units, two decimals under a hundred: ``1.82 TB``, ``271 GB``."""
    size, units = float(count), list(_UNITS)
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if size >= 100 or units[0] == "B" else f"{size:.2f} {units[0]}"
