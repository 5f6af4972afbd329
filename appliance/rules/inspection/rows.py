"""The tables of the daily row (L1 to L9) and of the repair ticket: states, events, steps. Data only.

What is not a step cannot happen. ``(state, event)`` names at most one step. Guards are names of functions in
``guards.py``. Source: ``domain`` 2.6, ``rules`` 六.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "BOXES",
    "LATE_REASONS",
    "ROW_STEPS",
    "TICKET_STEPS",
    "UNSIGNED",
    "RowEvent",
    "RowState",
    "RowStep",
    "TicketEvent",
    "TicketState",
    "TicketStep",
    "row_step",
    "ticket_step",
]

BOXES = ("picture", "sound", "storage")
"""畫面異常, 錄音異常, 存取異常, in the order of 附件1; a row without any of them says 均無異常."""

LATE_REASONS = ("holiday", "leave", "paper", "other")
"""Why a day's row is signed later: 休假日, 差假, 補登紙本 (the recorder itself was down, ``T-78``), 其他."""

OFFICERS = frozenset({"officer", "manager"})
HEADS = frozenset({"unit_head", "secretary"})
SYSTEM = frozenset({"system"})


class RowState(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"
    MISSED = "missed"
    INSPECTED = "inspected"
    FAULT = "fault"
    REPAIRED = "repaired"
    STAMPED = "stamped"
    FILED = "filed"

    @property
    def zh(self) -> str:
        """The office's word for it."""
        return _ZH_ROWSTATE[self]


UNSIGNED = frozenset({RowState.OPEN, RowState.PROPOSED, RowState.MISSED})
"""Somebody still signs it, late once the office has closed; on its own day it may be looked for what it says."""

_ZH_ROWSTATE = {
    RowState.OPEN: "未巡檢",
    RowState.PROPOSED: "系統初判",
    RowState.MISSED: "逾時",
    RowState.INSPECTED: "已巡檢",
    RowState.FAULT: "異常處理中",
    RowState.REPAIRED: "已修復",
    RowState.STAMPED: "已核章",
    RowState.FILED: "已歸檔",
}


class RowEvent(StrEnum):
    BEGIN = "begin"
    PROPOSE = "propose"
    MISS = "miss"
    SIGN = "sign"
    SIGN_LATE = "sign_late"
    REPORT = "report"
    MEND = "mend"
    STAMP = "stamp"
    FILE = "file"

    @property
    def zh(self) -> str:
        """The office's word for it."""
        return _ZH_ROWEVENT[self]


_ZH_ROWEVENT = {
    RowEvent.BEGIN: "零時增列",
    RowEvent.PROPOSE: "自動檢測",
    RowEvent.MISS: "當日未簽",
    RowEvent.SIGN: "簽認",
    RowEvent.SIGN_LATE: "補簽",
    RowEvent.REPORT: "列管維修",
    RowEvent.MEND: "修復驗證",
    RowEvent.STAMP: "核章",
    RowEvent.FILE: "月底歸檔",
}


class TicketState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    VERIFIED = "verified"
    CLOSED = "closed"

    @property
    def zh(self) -> str:
        """The office's word for it."""
        return _ZH_TICKETSTATE[self]


_ZH_TICKETSTATE = {
    TicketState.OPEN: "已通報",
    TicketState.ACCEPTED: "廠商受理",
    TicketState.ON_SITE: "到場維修（陪同）",
    TicketState.VERIFIED: "驗證",
    TicketState.CLOSED: "結案",
}


class TicketEvent(StrEnum):
    REPORT = "report"
    ACCEPT = "accept"
    VISIT = "visit"
    VERIFY = "verify"
    CLOSE = "close"

    @property
    def zh(self) -> str:
        """The office's word for it."""
        return _ZH_TICKETEVENT[self]


_ZH_TICKETEVENT = {
    TicketEvent.REPORT: "通報",
    TicketEvent.ACCEPT: "廠商受理",
    TicketEvent.VISIT: "到場維修",
    TicketEvent.VERIFY: "修復驗證",
    TicketEvent.CLOSE: "結案",
}


class RowStep(NamedTuple):
    """``number`` as in the rules; ``roles``: one of which acts; ``guards`` must all be content; ``kind`` is the
    ledger's entry ("" where a ticket's entry is also this one's)."""

    number: str
    sources: frozenset[RowState]
    event: RowEvent
    target: RowState
    roles: frozenset[str]
    guards: tuple[str, ...] = ()
    kind: str = ""

    @property
    def on_sheet(self) -> bool:
        """Whether it may be signed in ink (``AT-73``): every step of people's."""
        return bool(self.roles - SYSTEM)


class TicketStep(NamedTuple):
    """A step of a repair ticket; all of them are officers'."""

    sources: frozenset[TicketState]
    event: TicketEvent
    target: TicketState
    guards: tuple[str, ...] = ()


_R, _T = RowState, TicketState

ROW_STEPS = (
    RowStep("L1", frozenset(), RowEvent.BEGIN, _R.OPEN, SYSTEM, kind="inspection.begun"),
    RowStep("L2", frozenset({_R.OPEN, _R.PROPOSED}), RowEvent.PROPOSE, _R.PROPOSED, SYSTEM, kind="inspection.proposed"),
    RowStep(
        "L3",
        frozenset({_R.PROPOSED}),
        RowEvent.SIGN,
        _R.INSPECTED,
        OFFICERS,
        ("is_today", "all_opened", "all_judged", "reasons_given", "boxes_fit", "is_handled"),
        "inspection.signed",
    ),
    RowStep("L4", frozenset({_R.INSPECTED}), RowEvent.REPORT, _R.FAULT, SYSTEM, ("has_fault", "has_ticket")),
    RowStep("L5", frozenset({_R.FAULT}), RowEvent.MEND, _R.REPAIRED, SYSTEM, ("all_mended",)),
    RowStep(
        "L6",
        frozenset({_R.INSPECTED, _R.FAULT, _R.REPAIRED}),
        RowEvent.STAMP,
        _R.STAMPED,
        HEADS,
        ("other_person", "has_ticket", "paper_on_file", "scan_by_another"),
        "inspection.stamped",
    ),
    RowStep(
        "L7",
        frozenset({_R.STAMPED}),
        RowEvent.FILE,
        _R.FILED,
        OFFICERS,
        ("month_is_over", "month_is_stamped"),
        "inspection.filed",
    ),
    RowStep(
        "L8", frozenset({_R.OPEN, _R.PROPOSED}), RowEvent.MISS, _R.MISSED, SYSTEM, ("is_over",), "inspection.missed"
    ),
    RowStep(
        "L9",
        frozenset({_R.MISSED}),
        RowEvent.SIGN_LATE,
        _R.INSPECTED,
        OFFICERS,
        ("says_why_late", "paper_on_file", "all_opened", "all_judged", "reasons_given", "boxes_fit", "is_handled"),
        "inspection.signed",
    ),
)

TICKET_STEPS = (
    TicketStep(frozenset(), TicketEvent.REPORT, _T.OPEN, ("says_to_whom", "is_of_its_box")),
    TicketStep(frozenset({_T.OPEN}), TicketEvent.ACCEPT, _T.ACCEPTED, ("says_who",)),
    TicketStep(frozenset({_T.OPEN, _T.ACCEPTED, _T.ON_SITE}), TicketEvent.VISIT, _T.ON_SITE, ("visit_begun",)),
    TicketStep(
        frozenset({_T.OPEN, _T.ACCEPTED, _T.ON_SITE}),
        TicketEvent.VERIFY,
        _T.VERIFIED,
        ("visit_over", "says_how_without_a_visit", "says_cause", "says_what_was_removed", "well_for_an_hour"),
    ),
    TicketStep(frozenset({_T.VERIFIED}), TicketEvent.CLOSE, _T.CLOSED),
)


def row_step(state: RowState | None, event: RowEvent) -> RowStep | None:
    """The step from ``state`` (None: there is no row yet) by ``event``; None where none leads on."""
    for step in ROW_STEPS:
        if step.event == event and (state in step.sources if state is not None else not step.sources):
            return step
    return None


def ticket_step(state: TicketState | None, event: TicketEvent) -> TicketStep | None:
    """As :func:`row_step`, of a ticket."""
    for step in TICKET_STEPS:
        if step.event == event and (state in step.sources if state is not None else not step.sources):
            return step
    return None
