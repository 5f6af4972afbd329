"""The clocks of a case: by when the office owes an answer, and what stops, resumes and lengthens that (``D-11``).

Days after the day of an act, that day not counted (行政程序法 48 II). What the office owes is not rolled past holidays;
what an applicant is given is (48 IV). The numbers are defaults of the policy pack.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from types import MappingProxyType

from appliance.model import Record
from appliance.rules.cases.states import Kind
from appliance.rules.deadlines import roll, working_days_after

__all__ = [
    "BOOK_DAYS",
    "CORRECTION_DAYS",
    "DECISION_DAYS",
    "EXTENSION_DAYS",
    "LAPSE_DAYS",
    "CaseClock",
    "correction_due",
    "extended",
    "is_red",
    "lapses_after",
    "resumed",
    "started",
    "stopped",
]

DECISION_DAYS = 15
"""A citizen's request, and any under another law: PDPA 13, 政資法 12."""

EXTENSION_DAYS = 15
"""Once, told in writing."""

CORRECTION_DAYS = 7
BOOK_DAYS = 14
"""A viewing is to be booked within so many days of approval."""

LAPSE_DAYS = 30
"""What was granted and not viewed so many days after approval lapses."""

_WORKING_DAYS = MappingProxyType({Kind.INT: 5, Kind.AGY: 3})
_RED_WORKING_DAYS = 7


class CaseClock(Record, frozen=True, kw_only=True):
    """``due``: the last day of the term. ``red``: the last day before it counts as overdue. While ``stopped`` since a
    day, neither runs. ``ended``: the answer was given."""

    due: date
    red: date
    stopped: date | None = None
    is_extended: bool = False
    ended: bool = False


def started(kind: Kind, day: date, *, statutory: bool, days_off: Collection[date] = ()) -> CaseClock:
    """The clock of a case received on ``day``: calendar days for citizens and whoever names another law, else working
    days."""
    if kind is Kind.CIT or statutory:
        due = day + timedelta(days=DECISION_DAYS)
        return CaseClock(due=due, red=due)
    due = working_days_after(day, _WORKING_DAYS[kind], days_off)
    red = working_days_after(day, _RED_WORKING_DAYS, days_off) if kind is Kind.AGY else due
    return CaseClock(due=due, red=red)


def stopped(clock: CaseClock, day: date) -> CaseClock:
    """Stopped from ``day`` on; a second stop changes nothing."""
    return CaseClock(due=clock.due, red=clock.red, stopped=clock.stopped or day, is_extended=clock.is_extended)


def resumed(clock: CaseClock, day: date) -> CaseClock:
    """The days that were left at the stop are left again from ``day`` on."""
    if clock.stopped is None:
        return clock
    pause = day - clock.stopped
    return CaseClock(due=clock.due + pause, red=clock.red + pause, is_extended=clock.is_extended)


def extended(clock: CaseClock) -> CaseClock:
    """15 days more. Only the table knows that it happens once."""
    more = timedelta(days=EXTENSION_DAYS)
    return CaseClock(due=clock.due + more, red=clock.red + more, stopped=clock.stopped, is_extended=True)


def is_red(clock: CaseClock, today: date) -> bool:
    """Whether the answer is overdue."""
    return not clock.ended and clock.stopped is None and today > clock.red


def correction_due(day: date, days_off: Collection[date] = ()) -> date:
    """The last day on which an applicant told on ``day`` may complete the papers."""
    return roll(day + timedelta(days=CORRECTION_DAYS), days_off)


def lapses_after(decided_on: date) -> date:
    """The last day on which what was granted may be viewed."""
    return decided_on + timedelta(days=LAPSE_DAYS)
