"""A due day in words and as a mark, the same on lists, board and first page. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from appliance.rules.cases.views import DueView

__all__ = ["DueWords", "due_words"]


class DueWords(NamedTuple):
    """``code``: what is due (message ``case-due``). ``how``: the message that says how near, of so many ``days``. What
    is due counts as over by its own rule, which may be later than its day. ``at``: the hour of an appointment."""

    code: str
    day: str
    mark: str
    how: str
    days: int
    at: str = ""


def due_words(due: DueView | None, today: date) -> DueWords | None:
    """None where nothing is due."""
    if due is None or not due.day:
        return None
    left = (date.fromisoformat(due.day) - today).days
    past = ("over" if due.mark == "over" else "past") + ("-one" if left == -1 else "")
    if due.code == "appointment" and left in (0, 1):
        return DueWords(due.code, due.day, due.mark, f"desk.due-booked-{'tomorrow' if left else 'today'}", left, due.at)
    how = past if left < 0 else "today" if left == 0 else "tomorrow" if left == 1 else "left"
    return DueWords(due.code.replace("_", "-"), due.day, due.mark, f"desk.due-{how}", abs(left))
