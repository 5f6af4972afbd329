"""Which steps of a case are signed on its sheet, so that ink on it does for a log-in, and what rests on one. Pure.

``AT-73``: what the holder of a post signs, stamps or returns. What begins a case is entered by the person who has its
paper in hand; a paper of an earlier day is entered as received late.
"""

from __future__ import annotations

from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import State
from appliance.rules.people import Role

__all__ = ["is_on_sheet", "rests_on_sheet"]

_STAMPED = frozenset({Event.RETURN, Event.EXCUSE_SCAN, Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE})
"""Acts of a post that fill no cell of the chain."""

_CARRIES_OUT = frozenset(
    {
        Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.RESUME, Event.DELIVER, Event.CLOSE,
    }
)  # fmt: skip
"""What carries out what was signed."""


def is_on_sheet(row: Row) -> bool:
    """Whether the row may be signed in ink."""
    if row.sources == (State.DRAFT,) or set(row.who) <= {Role.SYSTEM}:
        return False
    return row.stage is not None or row.password or row.event in _STAMPED


def rests_on_sheet(row: Row) -> bool:
    """Whether the row waits while a scan that shows a signature of the case does not count any more. Not a return: that
    is the way to have it signed again."""
    return row.stage is not None or row.event in _CARRIES_OUT
