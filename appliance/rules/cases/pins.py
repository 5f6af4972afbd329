"""How long the pin of a case lasts, for every end that a case can take (``D-04``, ``D-05``, C23, I10, ``AT-34``).

From receipt a pin stands until a rule of this table names its last day; where several do, the latest counts. The
ceiling goes over every pin; only a hold outlives it (``rules.holds``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import NamedTuple

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.model import Span
from appliance.rules.cases.clocks import SUED_AFTER, suit_last_day
from appliance.rules.cases.facts import Case
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.states import NOT_ALL, Kind
from appliance.rules.cases.terms import STANDARD
from appliance.rules.deadlines import ceiling_date, day_of, roll

__all__ = [
    "LOCK_DAYS",
    "MARGIN_NS",
    "PIN_RULES",
    "PRESERVE_DAYS",
    "SLIP_DAYS",
    "WITHDRAWN_DAYS",
    "PinRule",
    "appeal_needs_nothing",
    "is_pinned",
    "last_day_for",
    "pin_last_day",
    "pinned",
    "slip_last_day",
]

PRESERVE_DAYS = STANDARD.preserve_days
SLIP_DAYS = STANDARD.slip_days
WITHDRAWN_DAYS = STANDARD.withdrawn_days
LOCK_DAYS = STANDARD.lock_days
"""As rows name them; a case has its own (``terms``)."""

MARGIN_NS = 600 * 1_000_000_000
"""So much more is kept on either side of what was asked for (``D-04``)."""


class PinRule(NamedTuple):
    """A rule that gives a pin its last day. ``last`` is None where it does not apply to the case. ``alone``: it ends
    the pin by itself, before the case is closed."""

    code: str
    source: str
    alone: bool
    last: Callable[[Case, Collection[date]], date | None]


def _preserved(case: Case, _days_off: Collection[date]) -> date | None:
    waits = case.preserved_on is not None and case.received_on is None
    return case.preserved_on + timedelta(days=case.terms.preserve_days) if waits and case.preserved_on else None


def _closed(case: Case, _days_off: Collection[date]) -> date | None:
    return None if case.locked_on or case.withdrawn_on or case.received_on is None else case.closed_on


def _remedy(case: Case, days_off: Collection[date]) -> date | None:
    """An internal request has no service: its refusal counts from the decision."""
    told = case.served_on or (case.decided_on if case.kind is Kind.INT else None)
    if case.result not in NOT_ALL or told is None:
        return None
    return roll(told + timedelta(days=case.terms.remedy_days), days_off) + timedelta(days=case.terms.after_remedy_days)


def _litigation(case: Case, days_off: Collection[date]) -> date | None:
    """An appeal that left the decision as it was may be followed by a suit; a pin that was over does not come back."""
    return _suit_over(case, days_off) if case.appeal_keeps else None


def _suit_over(case: Case, days_off: Collection[date]) -> date | None:
    if "appeal_over" not in case.flags or case.appeal_ended_on is None or case.appeal_end not in SUED_AFTER:
        return None
    return suit_last_day(case.appeal_ended_on, days_off) + timedelta(days=case.terms.after_remedy_days)


def _withdrawn(case: Case, _days_off: Collection[date]) -> date | None:
    return case.withdrawn_on + timedelta(days=case.terms.withdrawn_days) if case.withdrawn_on else None


def _slip(case: Case, _days_off: Collection[date]) -> date | None:
    return case.slip_on + timedelta(days=case.terms.slip_days) if case.slip_on else None


def _locked(case: Case, _days_off: Collection[date]) -> date | None:
    return case.locked_on + timedelta(days=case.terms.lock_days) if case.locked_on else None


PIN_RULES: tuple[PinRule, ...] = (
    PinRule("no_letter", "D-05, T-32", True, _preserved),
    PinRule("closed", "D-05", True, _closed),
    PinRule("remedy", "D-05, 訴願法 14", False, _remedy),
    PinRule("litigation", "行政訴訟法 106", False, _litigation),
    PinRule("withdrawn", "C23", True, _withdrawn),
    PinRule("slip", "AT-34, C24", False, _slip),
    PinRule("judicial", "I10", True, _locked),
)


def appeal_needs_nothing(case: Case, today: date, days_off: Collection[date] = ()) -> bool:
    """Whether an appeal was brought, is over, and no suit can follow it any more: what was held for it is looked at."""
    last = _suit_over(case, days_off)
    return "appeal_over" in case.flags and (last is None or last < today)


def pin_last_day(case: Case, days_off: Collection[date] = ()) -> date | None:
    """The last day of the case's pin as far as its rules say; None while no rule ends it. Not yet cut by the ceiling.

    What is under appeal is kept on by a hold of its own (C22), which lapses where nobody confirms it; no rule ends the
    pin beside it until the appeal is over, if it stood when that came.
    """
    if "appeal" in case.flags and case.appeal_keeps:
        return None
    given = [(rule.alone, rule.last(case, days_off)) for rule in PIN_RULES]
    days = [day for _, day in given if day is not None]
    if not any(alone and day is not None for alone, day in given):
        return None
    return max(days)


def last_day_for(case: Case, scope: Scope, ceiling_days: int, days_off: Collection[date] = ()) -> date:
    """The last day on which the pin keeps ``scope``, by its rule or the ceiling of its first
    frame, whichever is first."""
    ceiling = ceiling_date(day_of(scope.start_ns), ceiling_days)
    last = pin_last_day(case, days_off)
    return ceiling if last is None else min(last, ceiling)


def slip_last_day(case: Case, ceiling_days: int) -> date | None:
    """The day that the slip for the handling agency names (``AT-34``), the ceiling of the first frame if that is
    sooner; None without a slip."""
    last = _slip(case, ())
    return last and min([last, *(ceiling_date(day_of(each.start_ns), ceiling_days) for each in case.asked)])


def is_pinned(case: Case, today: date, days_off: Collection[date] = ()) -> bool:
    """Whether the case's rules keep its footage today (the ceiling apart)."""
    if case.preserved_on is None and case.received_on is None:
        return False
    last = pin_last_day(case, days_off)
    return last is None or today <= last


def pinned(asked: Span) -> Span:
    """What a receipt keeps: the margin on either side, then out to the borders of the slots."""
    end = asked.end_ns + MARGIN_NS
    return Span(slot_start_ns(asked.start_ns - MARGIN_NS), end + -end % SLOT_NS)
