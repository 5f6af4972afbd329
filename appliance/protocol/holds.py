"""Holds (保全): what pages ask of the keeper about them."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SessionRequest
from appliance.rules.ink import Ink

__all__ = [
    "CONFIRM_HOLD",
    "EXTEND_HOLD",
    "HOLDS",
    "RELEASE_HOLD",
    "SET_HOLD",
    "STEPS",
    "HoldActView",
    "HoldSet",
    "HoldStep",
    "HoldView",
    "Holds",
    "SetHold",
]


class HoldActView(msgspec.Struct, frozen=True, kw_only=True):
    """One act in a hold's history; ``kind`` as in the ledger. What the machine did has no ``display``. ``police``:
    ``notified`` or ``not_notified`` where the director decided about it."""

    kind: str
    at_ns: int
    display: str = ""
    words: str = ""
    agency: str = ""
    statute: str = ""
    document: str = ""
    police: str = ""
    until_ns: int = 0
    ink: Ink | None = None


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """A hold. ``number``: of its case, as people write it. ``in_viewing``: it keeps what a viewing showed besides.
    ``state``: requested, active, review_due, lapsed, released. ``until_ns``: the end of its last day, 0 while its
    term is not counted. ``became``: buckets destroyed, eligible, kept, held by others, once it is settled."""

    hold: str
    ground: str
    state: str
    cameras: tuple[str, ...]
    start_ns: int
    end_ns: int
    kept_start_ns: int
    kept_end_ns: int
    beyond_ceiling: bool = False
    case: str = ""
    number: str = ""
    in_viewing: bool = False
    need: str = ""
    set_ns: int = 0
    until_ns: int = 0
    ended_ns: int = 0
    settled_ns: int = 0
    became: dict[str, int] = {}
    extensions: int = 0
    set_person: str = ""
    history: tuple[HoldActView, ...] = ()


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """All holds, living ones first, and how much of the store they and the pins keep; 0 while index or disk are
    away."""

    now_ns: int
    holds: tuple[HoldView, ...] = ()
    kept_bytes: int = 0
    store_bytes: int = 0
    most_percent: int = 15


class SetHold(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The same minutes of each camera. ``case``: by its key or its number."""

    ground: str
    cameras: tuple[str, ...]
    start_ns: int
    end_ns: int
    reason: str
    need: str = ""
    agency: str = ""
    statute: str = ""
    document: str = ""
    case: str = ""


class HoldSet(msgspec.Struct, frozen=True):
    """The new hold's number."""

    hold: str


class HoldStep(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The director's step with a hold, or an officer's who enters the signed sheet (``ink``). ``police``:
    ``notified`` or ``not_notified``, where a hold is confirmed that keeps what a viewing showed."""

    hold: str
    reason: str = ""
    police: str = ""
    agency: str = ""
    statute: str = ""
    document: str = ""
    ink: dict[str, Any] | None = None


HOLDS = Endpoint("holds", SessionRequest, Holds, reads=True)
SET_HOLD = Endpoint("hold.set", SetHold, HoldSet)
CONFIRM_HOLD = Endpoint("hold.confirm", HoldStep, Done)
EXTEND_HOLD = Endpoint("hold.extend", HoldStep, Done)
RELEASE_HOLD = Endpoint("hold.release", HoldStep, Done)

STEPS = {"confirm": CONFIRM_HOLD, "extend": EXTEND_HOLD, "release": RELEASE_HOLD}
"""By the event of ``rules.holds.STEPS``."""
