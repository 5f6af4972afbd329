"""The clocks of a case: by when the office owes an answer, and what stops, resumes and lengthens that (``D-11``).

Days after the day of an act, that day not counted (行政程序法 48 II). What the office owes is not rolled past holidays;
what an applicant is given is (48 IV). The numbers are those of the pack that the case stands under (``terms``).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from appliance.core.model import Record
from appliance.rules.cases.states import Kind
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.deadlines import month_end, roll, working_days_after

__all__ = [
    "APPEAL_MONTHS",
    "CORRECTION_DAYS",
    "SUED_AFTER",
    "SUIT_MONTHS",
    "CaseClock",
    "appeal_last_day",
    "correction_due",
    "extended",
    "is_red",
    "lapses_after",
    "resumed",
    "started",
    "stopped",
    "suit_last_day",
]

CORRECTION_DAYS = STANDARD.correction_days
"""As rows name it; a case has its own (``terms``)."""


class CaseClock(Record, frozen=True, kw_only=True):
    """``due``: the last day of the term. ``red``: the last day before it counts as overdue. While ``stopped`` since a
    day, neither runs. ``ended``: the answer was given."""

    due: date
    red: date
    stopped: date | None = None
    is_extended: bool = False
    ended: bool = False


def started(
    kind: Kind, day: date, *, statutory: bool, days_off: Collection[date] = (), terms: CaseTerms = STANDARD
) -> CaseClock:
    """The clock of a case received on ``day``: calendar days for citizens and whoever names another law (PDPA 13,
    政資法 12), else working days."""
    if kind is Kind.CIT or statutory:
        due = day + timedelta(days=terms.decision_days)
        return CaseClock(due=due, red=due)
    if kind is Kind.INT:
        due = working_days_after(day, terms.staff_working_days, days_off)
        return CaseClock(due=due, red=due)
    due = working_days_after(day, terms.agency_working_days, days_off)
    return CaseClock(due=due, red=working_days_after(day, terms.agency_red_working_days, days_off))


def stopped(clock: CaseClock, day: date) -> CaseClock:
    """Stopped from ``day`` on; a second stop changes nothing."""
    return CaseClock(due=clock.due, red=clock.red, stopped=clock.stopped or day, is_extended=clock.is_extended)


def resumed(clock: CaseClock, day: date) -> CaseClock:
    """The days that were left at the stop are left again from ``day`` on."""
    if clock.stopped is None:
        return clock
    pause = day - clock.stopped
    return CaseClock(due=clock.due + pause, red=clock.red + pause, is_extended=clock.is_extended)


def extended(clock: CaseClock, terms: CaseTerms = STANDARD) -> CaseClock:
    """More days, told in writing. Only the table knows that it happens once."""
    more = timedelta(days=terms.extension_days)
    return CaseClock(due=clock.due + more, red=clock.red + more, stopped=clock.stopped, is_extended=True)


def is_red(clock: CaseClock, today: date) -> bool:
    """Whether the answer is overdue."""
    return not clock.ended and clock.stopped is None and today > clock.red


def correction_due(day: date, days_off: Collection[date] = (), terms: CaseTerms = STANDARD) -> date:
    """The last day on which an applicant told on ``day`` may complete the papers."""
    return roll(day + timedelta(days=terms.correction_days), days_off)


APPEAL_MONTHS = 3
"""So long an appeal takes (訴願法 85); two more, once, told to whoever appealed."""

SUIT_MONTHS = 2
"""So long after the service of its decision a suit may be brought (行政訴訟法 106)."""

SUED_AFTER = frozenset({"inadmissible", "rejected"})
"""After which ends of an appeal. One that was withdrawn is not brought again (訴願法 60)."""


def appeal_last_day(received: date) -> date:
    """The last day on which an appeal is to be decided, as long as nobody lengthened that."""
    return month_end(received, APPEAL_MONTHS)


def suit_last_day(served: date, days_off: Collection[date] = ()) -> date:
    """The last day on which a suit may be brought after the decision of an appeal."""
    return roll(month_end(served, SUIT_MONTHS), days_off)


def lapses_after(decided_on: date, terms: CaseTerms = STANDARD, days_off: Collection[date] = ()) -> date:
    """The last day on which what was granted may be viewed."""
    return roll(decided_on + timedelta(days=terms.lapse_days), days_off)
