"""What every form sends: its act id, and whose password it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from appliance.errors import UsageError

__all__ = ["act_of", "seat_of"]

_ACT = re.compile(r"[0-9a-z]{1,64}")


def act_of(posted: Mapping[str, Any]) -> str:
    """The form's act id: a form that is sent twice does nothing twice. Raises UsageError without one."""
    act = str(posted.get("act", ""))
    if not _ACT.fullmatch(act):
        raise UsageError("form: its act id is missing; open the form again")
    return act


def version_of(posted: Mapping[str, Any]) -> int:
    """The number of a version, or of an entry. Raises UsageError."""
    text = str(posted.get("version", ""))
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise UsageError("form: it does not say what it is about; open the page again")
    return int(text)


def seat_of(posted: Mapping[str, Any]) -> int:
    """The seat whose password was typed. Raises UsageError."""
    text = str(posted.get("seat", ""))
    if text not in ("1", "2"):
        raise UsageError("form: it does not say whose password this is; open the page again")
    return int(text)
