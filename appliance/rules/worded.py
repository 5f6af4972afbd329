"""A word that entries hold for good, beside the office's own word for it. Pure."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Worded"]


class Worded(StrEnum):
    """To be inherited. A member is written as its value, which is stable, and its name in the office, :attr:`zh`."""

    zh: str

    def __new__(cls, value: str, zh: str) -> Worded:
        made = str.__new__(cls, value)
        made._value_, made.zh = value, zh
        return made
