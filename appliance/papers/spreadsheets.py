"""What a file must heed that office programs open as a table. Pure."""

from __future__ import annotations

__all__ = ["as_text"]

_RECKONED = frozenset("=+-@\t\r＝＋－＠")


def as_text(cell: str) -> str:
    """A cell that an office program would reckon with, made a text: by the mark that those programs read so (OWASP, CSV
    injection; the wide signs too, which they take for the same)."""
    return f"'{cell}" if cell[:1] in _RECKONED else cell
