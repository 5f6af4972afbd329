"""By when something is due in a case: what a desk shows, and what the clocks of ``clocks`` and ``pins`` amount to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.cases.clocks import SUED_AFTER, appeal_last_day, is_red, lapses_after, suit_last_day
from appliance.rules.cases.facts import Case
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import NOT_ALL, POSITIVE, Kind, State
from appliance.rules.deadlines import roll

__all__ = ["MARKS", "Due", "due_of", "dues", "mark_of"]

MARKS = ("none", "amber", "red", "over")
"""How urgent a due day is: more than three days ahead; three or fewer, or the day of an appointment; today or tomorrow;
past."""

_AMBER_DAYS, _RED_DAYS = 3, 1

_OF: Mapping[Event, str] = MappingProxyType(
    {
        Event.ISSUE: "issue",
        Event.SCHEDULE: "booking",
        Event.PREPARE: "appointment",
        Event.BEGIN: "appointment",
        Event.LAPSE: "viewing",
        Event.OTHERWISE: "other_means",
        Event.NO_SHOW: "appointment",
    }
)
"""What a step is due by, where others are due sooner."""
_THEIRS = frozenset({"remedy", "suit", "appeal"})
"""The terms of whoever asked, and of the body that an appeal went to: they are shown, and no step of the office is due
by them."""


class Due(NamedTuple):
    """``code``: answer, statutory (the same of a request under another law, ``D-23``), issue (of the answer, once there
    is one), correction, booking, appointment, viewing, other_means (an agency's copy), remedy, appeal (its
    decision), suit (after it) or letter; ``day``: the last day."""

    code: str
    day: date
    overdue: bool


def mark_of(due: Due, today: date) -> str:
    """One of :data:`MARKS`. What is due counts as over by its own rule, which may be later than its day; a term that is
    another's is never urgent, and neither is an appointment, which is kept and does not expire: it shows on its day."""
    left = (due.day - today).days
    if due.code in _THEIRS:
        return "none"
    if due.overdue:
        return "over"
    if due.code == "appointment":
        return "none" if left else "amber"
    return "red" if left <= _RED_DAYS else "amber" if left <= _AMBER_DAYS else "none"


def dues(case: Case, today: date, days_off: Collection[date] = ()) -> tuple[Due, ...]:
    """What is still due, the soonest first. A stopped clock owes nothing. 訴願 is a citizen's: an agency has none
    against a reply (訴願法 1)."""
    found = []
    if case.clock and not case.clock.ended and case.clock.stopped is None:
        code = "issue" if case.result else "statutory" if case.statutory else "answer"
        found.append(Due(code, case.clock.due, is_red(case.clock, today)))
    if case.state is State.CORRECTION and case.correction_due:
        found.append(Due("correction", case.correction_due, today > case.correction_due))
    if case.result in POSITIVE and case.decided_on and _waits(case):
        found += _carried_out(case, case.decided_on, today, days_off)
    if case.kind is Kind.CIT and case.served_on and case.result in NOT_ALL:
        last = roll(case.served_on + timedelta(days=case.terms.remedy_days), days_off)
        found += [Due("remedy", last, False)] if today <= last and not case.appealed_on else []
    found += _after_appeal(case, today, days_off)
    if case.state is State.PRESERVED and case.preserved_on:
        last = case.preserved_on + timedelta(days=case.terms.preserve_days)
        found.append(Due("letter", last, today > last))
    return tuple(sorted(found, key=lambda due: due.day))


def _carried_out(case: Case, decided_on: date, today: date, days_off: Collection[date]) -> list[Due]:
    """By when what was granted is booked and viewed; of an agency's copy, by when it is given in another way."""
    booked = decided_on + timedelta(days=case.terms.booking_days)
    day, last = case.token.on if case.token else None, lapses_after(decided_on, case.terms, days_off)
    appointment = [Due("appointment", day, today > day)] if day else []
    if case.kind is Kind.AGY and ("viewing" not in case.allows or "viewed" in case.flags):
        return [*appointment, Due("other_means", booked, today > booked)]
    return [*(appointment or [Due("booking", booked, today > booked)]), Due("viewing", last, today > last)]


def _after_appeal(case: Case, today: date, days_off: Collection[date]) -> list[Due]:
    """While an appeal is open, the day by which it is to be decided; after one that changed nothing, until when a suit
    may be brought."""
    if "appeal" in case.flags and case.appealed_on:
        return [Due("appeal", appeal_last_day(case.appealed_on), False)]
    if "appeal_over" in case.flags and case.appeal_ended_on and case.appeal_end in SUED_AFTER:
        last = suit_last_day(case.appeal_ended_on, days_off)
        return [Due("suit", last, False)] if today <= last else []
    return []


def due_of(event: Event, found: Sequence[Due]) -> Due | None:
    """By when a step is due, of what ``dues`` found; None where nothing of it is the office's to keep."""
    own = [due for due in found if due.code not in _THEIRS]
    return next((due for due in own if due.code == _OF.get(event)), next(iter(own), None))


def _waits(case: Case) -> bool:
    return case.state in (State.GRANTED, State.PARTLY, State.NOTIFIED, State.SCHEDULED, State.PREPARED)
