"""ID numbers as papers have them: 國民身分證, 居留證 or a passport, told by their shape. Pure."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["id_kind_of", "is_id", "plain_id"]

_NATIONAL = re.compile(r"[A-Z][12]\d{8}")
_RESIDENT = re.compile(r"[A-Z][A-D89]\d{8}")
_ANY = re.compile(r"(?=.*\d)[A-Z0-9]{5,20}", re.ASCII)


def plain_id(text: str) -> str:
    """The number in half-width capitals without spaces, as two of them are compared."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def id_kind_of(number: str) -> str:
    """national, resident or passport, by its shape; "" of nothing."""
    if not number:
        return ""
    return "national" if _NATIONAL.fullmatch(number) else "resident" if _RESIDENT.fullmatch(number) else "passport"


def is_id(number: str) -> bool:
    """Whether a plain number can be one of any kind: letters and digits, five to twenty."""
    return _ANY.fullmatch(number) is not None
