"""Dates as the office and the law count them: local days, months of 行政程序法 48, floor and ceiling, ROC years.

Pure. A day is a ``datetime.date`` of Taiwan's civil time; an instant is nanoseconds since 1970 UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from appliance.core.clock import LOCAL, local_time
from appliance.core.errors import UsageError

__all__ = [
    "DAY_NS",
    "ceiling_date",
    "day_of",
    "floor_date",
    "format_roc",
    "month_end",
    "office_hours",
    "parse_gregorian",
    "parse_roc",
    "roll",
    "start_ns_of",
    "working_days_after",
    "year_end",
]

DAY_NS = 86_400 * 1_000_000_000
_HOUR_NS = 3600 * 1_000_000_000
_OFFICE_HOURS = (9, 17)
"""A local day; Taiwan has had no other length since 1979 (``T-18``)."""

_ROC = re.compile(r"(?:民國|中華民國)?(\d{1,3})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_ROC_COMPACT = re.compile(r"(?:民國|中華民國)?(\d{2,3})(\d{2})(\d{2})")
_GREGORIAN = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_ROC_OFFSET = 1911
_LAST_ROC_YEAR = 300


def day_of(at_ns: int) -> date:
    """The local date on which the instant falls."""
    return local_time(at_ns).date()


def start_ns_of(day: date) -> int:
    """The instant of 00:00 of a local date."""
    return int(datetime(day.year, day.month, day.day, tzinfo=LOCAL).timestamp()) * 1_000_000_000


def month_end(day: date, months: int = 1) -> date:
    """The last day of a term of ``months`` whose first, uncounted day is ``day`` (行政程序法 48 II, III).

    Counting starts the day after. The term ends the day before the corresponding day, or with the month where that
    month has no such day.
    """
    first = day + timedelta(days=1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    try:
        return date(year, month + 1, first.day) - timedelta(days=1)
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1) - timedelta(days=1)


def year_end(day: date) -> date:
    """The last day of a term of one year whose first, uncounted day is ``day``."""
    return month_end(day, 12)


def roll(day: date, days_off: Collection[date]) -> date:
    """``day``, or the first one after it that is no holiday (行政程序法 48 IV). Weekends are in ``days_off``."""
    while day in days_off:
        day += timedelta(days=1)
    return day


def working_days_after(day: date, count: int, days_off: Collection[date] = ()) -> date:
    """The last of ``count`` working days after ``day``. A year that ``days_off`` does not know has its weekends off."""
    known = {off.year for off in days_off}
    while count:
        day += timedelta(days=1)
        if not (day in days_off if day.year in known else day.weekday() >= 5):
            count -= 1
    return day


def office_hours(start_ns: int, end_ns: int, is_working: Callable[[date], bool]) -> float:
    """How many hours of working days, from nine to five, lie between two instants (六: at once, red after four)."""
    hours, on = 0.0, day_of(start_ns)
    while on <= day_of(end_ns):
        opens, closes = (start_ns_of(on) + hour * _HOUR_NS for hour in _OFFICE_HOURS)
        if is_working(on):
            hours += max(0, min(end_ns, closes) - max(start_ns, opens)) / _HOUR_NS
        on += timedelta(days=1)
    return hours


def floor_date(last_frame: date, floor_days: int, days_off: Collection[date] = ()) -> date:
    """The last day of the floor of footage whose last frame is of ``last_frame`` (``D-01``; with a calendar ``D-02``).

    It may be destroyed from 00:00 of the day after.
    """
    floor = last_frame + timedelta(days=floor_days)
    return max(floor, roll(month_end(last_frame), days_off)) if days_off else floor


def ceiling_date(first_frame: date, ceiling_days: int) -> date:
    """The last day on which footage whose first frame is of ``first_frame`` may exist without a hold (``D-01``)."""
    return first_frame + timedelta(days=ceiling_days)


def format_roc(day: date, *, compact: bool = False) -> str:
    """民國113年2月29日, or 1130229 (seven digits, so that text sorts as time). Raises UsageError before 1912."""
    year = day.year - _ROC_OFFSET
    if year < 1:
        raise UsageError.of("roc-before", day=day.isoformat())
    return f"{year:03d}{day:%m%d}" if compact else f"民國{year}年{day.month}月{day.day}日"


def parse_roc(text: str) -> date:
    """A date typed in ROC years: 113年2月29日, 113/2/29, 113-02-29, 1130229, full-width digits too.

    Raises UsageError naming what is wrong. A Gregorian year is refused and not converted (``T-05``).
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if _GREGORIAN.fullmatch(plain) or re.fullmatch(r"\d{8}|\d{4}", plain):
        raise UsageError.of("roc-gregorian", text=text)
    found = _ROC.fullmatch(plain) or _ROC_COMPACT.fullmatch(plain)
    if not found:
        raise UsageError.of("roc-none", text=text)
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= year <= _LAST_ROC_YEAR:
        raise UsageError.of("roc-years", text=text, last=_LAST_ROC_YEAR)
    return _date(text, year + _ROC_OFFSET, month, day)


def parse_gregorian(text: str) -> date:
    """A date typed as 2024-02-29 or 2024/2/29. Raises UsageError; an ROC year is refused and not converted."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = _GREGORIAN.fullmatch(plain)
    if not found:
        if _ROC.fullmatch(plain) or re.fullmatch(r"\d{6,7}", plain):
            raise UsageError.of("date-roc", text=text)
        raise UsageError.of("date-none", text=text)
    year, month, day = (int(part) for part in found.groups())
    if year <= _ROC_OFFSET:
        raise UsageError.of("date-before", text=text)
    return _date(text, year, month, day)


def _date(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UsageError.of("date-no-day", text=text) from error
