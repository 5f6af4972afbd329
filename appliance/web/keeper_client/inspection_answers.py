"""What the keeper answers about the daily inspection, its tickets and the box's health."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.messages import Said
from appliance.rules.ink import Ink

__all__ = [
    "Health",
    "InspectedCamera",
    "InspectionDay",
    "InspectionMonth",
    "Item",
    "Look",
    "Row",
    "Ticket",
    "TicketActView",
    "Trend",
]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the day. ``over_ns`` 0: it stands; ``ended``: why it is over where it did not get well; ``opened``:
    somebody looked at it."""

    key: str
    box: str
    text: Said
    since_ns: int
    over_ns: int = 0
    ended: str = ""
    opened: bool = False


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    fault: bool
    reason: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    at_ns: int
    boxes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One day's row. ``stampers``: the seats here whose stamp it would take; ``sign``: sign or sign_late, with what
    that would ``lack``. ``ink``: what of it (``signed``, ``stamped``, ``filed``) stands on the sheet."""

    day: str
    state: str
    working: bool = True
    begun_late: bool = False
    items: tuple[Item, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    boxes: tuple[str, ...] = ()
    signed_ns: int = 0
    inspector: str = ""
    inspector_account: str = ""
    handling: str = ""
    judged: dict[str, Judged] = {}
    late: str = ""
    late_words: str = ""
    tickets: tuple[str, ...] = ()
    stamped_ns: int = 0
    stamped_by: str = ""
    stamped_account: str = ""
    deputy: bool = False
    filed_ns: int = 0
    ink: dict[str, Ink] = {}
    damaged: str = ""
    stampers: tuple[int, ...] = ()
    sign: str = ""
    may_sign: bool = False
    lacking: tuple[str, ...] = ()
    values: tuple[tuple[str, str, float, float, str], ...] = ()


class TicketActView(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    at_ns: int
    display: str = ""
    words: dict[str, str] = {}


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """``next``: the steps that lead on."""

    ticket: str
    day: str
    box: str
    state: str
    camera_no: str = ""
    findings: tuple[str, ...] = ()
    found_ns: int = 0
    opened_ns: int = 0
    mended_ns: int = 0
    lost_ns: int = 0
    next: tuple[str, ...] = ()
    history: tuple[TicketActView, ...] = ()


class InspectionDay(msgspec.Struct, frozen=True, kw_only=True):
    now_ns: int
    row: Row
    tickets: tuple[Ticket, ...] = ()


class InspectionMonth(msgspec.Struct, frozen=True, kw_only=True):
    now_ns: int
    month: str
    rows: tuple[Row, ...] = ()
    missed: tuple[str, ...] = ()
    reviews: dict[str, int] = {}
    tickets: tuple[Ticket, ...] = ()


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The newest look. ``signs``: fault, wrong, value, limit, unit, note."""

    at_ns: int
    seen: bool = True
    wrong: tuple[dict[str, Any], ...] = ()
    signs: tuple[tuple[str, bool, float, float, str, str], ...] = ()
    failures: tuple[tuple[str, str], ...] = ()


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How one measure went. ``by``: hour (since 1970) or day (its ordinal); ``points``: at, lowest, mean, highest.
    ``reaches``: in about so many days it is at its limit; None where it does not go there."""

    by: str = "day"
    points: tuple[tuple[int, float, float, float], ...] = ()
    limit: float = 0.0
    unit: str = ""
    reaches: int | None = None


class InspectedCamera(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    state: str = ""
    look: Look | None = None
    trends: dict[str, Trend] = {}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Every camera's newest look, the box's, and the box's own figures by name."""

    now_ns: int
    cameras: tuple[InspectedCamera, ...] = ()
    box: Look | None = None
    box_trends: dict[str, Trend] = {}
    box_ns: int = 0
    figures: dict[str, float] = {}
