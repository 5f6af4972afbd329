"""The daily inspection and its repair tickets: what pages ask of the keeper about them."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.messages import Said
from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SessionRequest
from appliance.rules.ink import Ink
from appliance.rules.inspection.facts import Judged

__all__ = [
    "ADVANCE_TICKET",
    "FILE_MONTH",
    "INSPECTION_DAY",
    "INSPECTION_MONTH",
    "OPEN_ITEM",
    "PROPOSE",
    "REPORT_FAULT",
    "SIGN_ROW",
    "STAMP_ROWS",
    "AdvanceTicket",
    "FileMonth",
    "InspectedItemView",
    "InspectionDay",
    "InspectionDayRequest",
    "InspectionMonth",
    "InspectionMonthRequest",
    "MonthFiled",
    "OpenItem",
    "ProposalView",
    "ReportFault",
    "RowView",
    "SignRow",
    "SignedRow",
    "StampRows",
    "TicketActView",
    "TicketAdvanced",
    "TicketOpened",
    "TicketView",
]


class InspectedItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the day. ``over_ns`` 0: it stands; ``ended``: why it is over where it did not get well; ``opened``:
    somebody looked at it."""

    key: str
    box: str
    text: Said
    since_ns: int
    over_ns: int = 0
    ended: str = ""
    opened: bool = False


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests said at one time: the boxes that they propose, and the findings."""

    at_ns: int
    boxes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One day's row. ``stampers``: the seats here whose stamp it would take; ``sign``: sign or sign_late, with what
    that would be ``lacking``. ``ink``: what of it (``signed``, ``stamped``, ``filed``) stands on the sheet. ``values``:
    what was measured at the signature: camera or box, fault, value, limit, unit."""

    day: str
    state: str
    working: bool = True
    begun_late: bool = False
    items: tuple[InspectedItemView, ...] = ()
    proposals: tuple[ProposalView, ...] = ()
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
    """A step of a ticket; ``words``: what was typed with it, by field."""

    event: str
    at_ns: int
    display: str = ""
    words: dict[str, str] = {}


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """A repair ticket. ``next``: the steps that lead on; ``lost_ns``: how much a camera lost under it, -1 while that is
    not known."""

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
    """A day's row, and all tickets."""

    now_ns: int
    row: RowView
    tickets: tuple[TicketView, ...] = ()


class InspectionMonth(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a ``month``, as 2026-11. ``missed``: the days of any month that nobody signed; ``reviews``: findings
    that were often called a false alarm, with the count."""

    now_ns: int
    month: str
    rows: tuple[RowView, ...] = ()
    missed: tuple[str, ...] = ()
    reviews: dict[str, int] = {}
    tickets: tuple[TicketView, ...] = ()


class InspectionDayRequest(SessionRequest, frozen=True, kw_only=True):
    """``day`` as 2026-11-26; "" for today."""

    day: str = ""


class InspectionMonthRequest(SessionRequest, frozen=True, kw_only=True):
    """``month`` as 2026-11; "" for the present one."""

    month: str = ""


class OpenItem(SessionRequest, frozen=True, kw_only=True):
    """Somebody looks at an ``item`` of the day, by its finding's key."""

    day: str
    item: str


class SignRow(ActRequest, frozen=True, kw_only=True):
    """The signature. ``boxes``: the faults that are ticked, none where all is ``normal``; ``judged``: what is said of
    each finding, by its key; ``ink``: of what was signed on the sheet, so below."""

    day: str
    normal: bool = False
    boxes: tuple[str, ...] = ()
    judged: dict[str, Judged] = msgspec.field(default_factory=dict)
    handling: str = ""
    late: str = ""
    late_words: str = ""
    ink: dict[str, Any] | None = None


class SignedRow(msgspec.Struct, frozen=True):
    """The state of the row that was signed."""

    state: str


class StampRows(ActRequest, frozen=True, kw_only=True):
    """One stamp for the rows of all ``days``, or for none of them."""

    days: tuple[str, ...]
    ink: dict[str, Any] | None = None


class FileMonth(ActRequest, frozen=True, kw_only=True):
    """``month`` as 2026-11."""

    month: str
    ink: dict[str, Any] | None = None


class MonthFiled(msgspec.Struct, frozen=True):
    """How many rows were filed."""

    rows: int


class _TicketAct(ActRequest, frozen=True, kw_only=True):
    """What is typed with a step of a ticket."""

    to: str = ""
    how: str = ""
    text: str = ""
    who: str = ""
    cause: str = ""
    parts: str = ""
    cost: str = ""
    removed: str = ""


class ReportFault(_TicketAct, frozen=True, kw_only=True):
    """A new ticket: ``findings`` of one ``box`` by their keys, of the row of ``day`` ("" for today's), and the
    ``camera`` where it is one camera's."""

    box: str
    findings: tuple[str, ...] = ()
    camera: str = ""
    day: str = ""


class TicketOpened(msgspec.Struct, frozen=True):
    """The new ticket's number."""

    ticket: str


class AdvanceTicket(_TicketAct, frozen=True, kw_only=True):
    """A step of a ticket, by the name of its ``event``."""

    ticket: str
    event: str


class TicketAdvanced(msgspec.Struct, frozen=True):
    """The state that the ticket is in now."""

    state: str
    closed: bool


INSPECTION_DAY = Endpoint("inspection.day", InspectionDayRequest, InspectionDay, reads=True)
INSPECTION_MONTH = Endpoint("inspection.month", InspectionMonthRequest, InspectionMonth, reads=True)
OPEN_ITEM = Endpoint("inspection.opened", OpenItem, Done)
PROPOSE = Endpoint("inspection.propose", SessionRequest, Done)
SIGN_ROW = Endpoint("inspection.sign", SignRow, SignedRow)
STAMP_ROWS = Endpoint("inspection.stamp", StampRows, Done)
FILE_MONTH = Endpoint("inspection.file", FileMonth, MonthFiled)
REPORT_FAULT = Endpoint("ticket.report", ReportFault, TicketOpened)
ADVANCE_TICKET = Endpoint("ticket.advance", AdvanceTicket, TicketAdvanced)
