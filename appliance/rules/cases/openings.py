"""What the ledger says of an opening of a case's footage: whether it was to be seen, and whether anything was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.rules.cases.masks import Purpose

__all__ = ["NOT_UNLOCKED", "end_act", "is_seen", "was_unlocked"]

NOT_UNLOCKED = "not unlocked"
"""The cause of ``grant.ended`` where the keys did not open."""


def end_act(grant_id: str) -> str:
    """The id of the act that ends a grant."""
    return f"{grant_id}.end"


def is_seen(opened: Mapping[str, Any]) -> bool:
    """Whether footage was opened to be seen, by the fields of a ``grant.opened``; else to draw its masks, or to make
    a copy."""
    return bool(opened.get("purpose", Purpose.VIEWING) == Purpose.VIEWING)


def was_unlocked(ended: Mapping[str, Any] | None) -> bool:
    """Whether a grant that was entered could show anything, by the fields of its ``grant.ended``; None: it lives."""
    return ended is None or ended["cause"] != NOT_UNLOCKED
