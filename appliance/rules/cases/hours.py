"""The office's hours, as far as a viewing asks for them: booked within them, and over when the working day is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from appliance.rules.deadlines import DAY_NS, start_ns_of

__all__ = ["DAY_ENDS_NS", "closes_ns", "day_end_ns", "day_is_done", "is_due", "is_past", "minutes_of", "within_hours"]

_MINUTE_NS = 60 * 1_000_000_000
_OPENS, _CLOSES = 8 * 60 + 30, 17 * 60 + 30
_AT_ONCE = 15

DAY_ENDS_NS = 18 * 3600 * 1_000_000_000
"""After local midnight: a viewing that nobody ended is ended now (``T-44``). Half an hour after the office closes, for
one that runs over."""


def minutes_of(text: str) -> int | None:
    """Minutes after midnight of ``HH:MM``; None for what is no time of a day."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
        return None
    at = int(hours) * 60 + int(minutes)
    return at if int(hours) < 24 and int(minutes) < 60 else None


def within_hours(on: date | None, starts: str, ends: str, days_off: Collection[date]) -> bool:
    """Whether an appointment lies within the hours of a working day; without a calendar weekends are off."""
    first, last = minutes_of(starts), minutes_of(ends)
    if on is None or first is None or last is None:
        return False
    is_off = on in days_off or (on.weekday() >= 5 and not any(day.year == on.year for day in days_off))
    return not is_off and _OPENS <= first < last <= _CLOSES


def is_due(on: date, starts: str, ends: str, now_ns: int) -> bool:
    """Whether ``now_ns`` lies within the hours of an appointment, ``[starts, ends)`` of that day. Hours that nobody
    knows any more, of a record that does not open, leave the day."""
    day_ns, first, last = start_ns_of(on), minutes_of(starts), minutes_of(ends)
    begins_ns = day_ns + (first or 0) * _MINUTE_NS
    ends_ns = day_ns + (DAY_NS if last is None else last * _MINUTE_NS)
    return begins_ns <= now_ns < ends_ns


def is_past(on: date | None, starts: str, now_ns: int) -> bool:
    """Whether an appointment would begin at an hour that is gone by ``now_ns``. Whoever is there may be booked at once:
    the hour that was typed into the form may be as much as a quarter of an hour ago when the form arrives."""
    first = minutes_of(starts)
    return on is not None and first is not None and start_ns_of(on) + (first + _AT_ONCE) * _MINUTE_NS < now_ns


def closes_ns(on: date, ends: str) -> int | None:
    """When the hours of an appointment end; None for hours that nobody knows."""
    last = minutes_of(ends)
    return None if last is None else start_ns_of(on) + last * _MINUTE_NS


def day_end_ns(on: date, *, round_the_clock: bool = False) -> int:
    """When the working day ``on`` is over. ``round_the_clock``: of a training office, whose days end at midnight."""
    return start_ns_of(on) + (DAY_NS if round_the_clock else min(DAY_ENDS_NS, DAY_NS))


def day_is_done(on: date, now_ns: int) -> bool:
    """Whether the working day ``on`` is over at ``now_ns``."""
    return now_ns >= day_end_ns(on)
