"""What may stand in words that people type and others read later: no character that hides or turns the text. Pure.

Unicode's bidirectional controls make a line read other than it is stored (UAX #9; CVE-2021-42574), and a control
character such as NUL ends or breaks it for one reader and not for another. Line breaks and tabs are text.
"""

from __future__ import annotations

import unicodedata

from appliance.core.errors import UsageError

__all__ = ["checked_words", "holds_controls"]

_LAYOUT = frozenset("\n\r\t")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def holds_controls(text: str) -> bool:
    """Whether ``text`` holds a control character, a bidirectional control, or half a surrogate pair."""
    return any(char in _BIDI or (unicodedata.category(char) in ("Cc", "Cs") and char not in _LAYOUT) for char in text)


def checked_words(thing: str, name: str, text: str, *, most: int, needed: bool = True) -> str:
    """``text`` without the space around it. Raises UsageError naming the ``name`` of ``thing`` when it is missing, has
    over ``most`` characters, or holds what hides or turns text."""
    if needed and not text.strip():
        raise UsageError.of("words-missing", thing=thing, name=name)
    if len(text) > most:
        raise UsageError.of("words-long", thing=thing, name=name, count=len(text), most=most)
    if holds_controls(text):
        raise UsageError.of("people-controls", thing=thing, name=name)
    return text.strip()
