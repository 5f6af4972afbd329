"""What the keeper does by itself about the daily inspection: rows begin and are missed, and people are told (六)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from appliance.core.clock import Clock, local_time
from appliance.core.errors import NotFound
from appliance.keeper.findings import Findings
from appliance.rules.deadlines import day_of, office_hours
from appliance.rules.inspection.facts import DayRow
from appliance.rules.inspection.rows import RowEvent, RowState
from appliance.services.inspection.book import InspectionBook

__all__ = ["InspectionTasks"]

_REMIND_HOUR = 10
_LOOKED_BACK = 31
_RED_AFTER_HOURS = 4


class InspectionTasks:
    """``trial``: whether this is a training office."""

    def __init__(self, book: InspectionBook, findings: Findings, clock: Clock, trial: Callable[[], bool]) -> None:
        self._book, self._findings, self._clock, self._trial = book, findings, clock, trial

    def turn(self) -> None:
        """One step, each minute. A training office keeps its rows, and reminds nobody."""
        book = self._book
        book.turn()
        if self._trial():
            return
        now = local_time(self._clock.wall_ns())
        today = day_of(self._clock.wall_ns())
        try:
            row = book.day(today).row
        except NotFound:
            return
        waits = row.state in (RowState.OPEN, RowState.PROPOSED) and book.is_working(today) and now.hour >= _REMIND_HOUR
        missed = [on for on in book.missed() if book.is_working(on)]
        self._say("inspection-due", "today's inspection is not signed yet" if waits else "")
        count = f"the inspection of {len(missed)} working days is not signed, first {missed[0]}" if missed else ""
        self._say("inspection-missed", count and f"{count}; the unit's head must see to it")
        self._say("inspection-missed-again", f"{count}; the secretary must be told" if len(missed) > 1 else "")
        recent = book.days(today - timedelta(days=_LOOKED_BACK), today)
        unreported = [file.row for file in recent if _lacks_ticket(book, file.row)]
        text = f"a fault was signed and not reported for repair: {unreported[0].on}" if unreported else ""
        self._say("inspection-unreported", text)
        now_ns = self._clock.wall_ns()
        waited = [row for row in unreported if office_hours(row.signed_ns, now_ns, book.is_working) >= _RED_AFTER_HOURS]
        text = (
            f"a fault was signed four office hours ago and is not reported for repair: {waited[0].on}" if waited else ""
        )
        self._say("inspection-overdue", text)
        reviews = book.overridden()
        text = f"called a false alarm three times: {', '.join(list(reviews)[:4])}; look at the limits of the check"
        self._say("inspection-review", text if reviews else "")

    def _say(self, key: str, text: str) -> None:
        self._findings.set(key, "storage", text)


def _lacks_ticket(book: InspectionBook, row: DayRow) -> bool:
    lacking = book.lacking(row.on, RowEvent.STAMP) if row.state is RowState.INSPECTED else ()
    return any(code.startswith("no_ticket") for code in lacking)
