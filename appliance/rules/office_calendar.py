"""The office calendar: which days are off, read from the file that the government publishes each year. Pure.

Two shapes are read, in UTF-8 (with or without a mark) or Big5: that of 行政院人事行政總處 (data.gov.tw 14718:
``西元日期,星期,是否放假,備註``, every day of the year, 2 for off and 0 for work) and that of the cities
(``date,name,isHoliday,holidayCategory,description``, 是 or 否, often with ordinary weekends left out). A calendar only
ever lengthens a floor (``D-02``); a year that none was imported for counts as before, by 31 full days.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from appliance.core.errors import UsageError
from appliance.rules.deadlines import parse_gregorian
from appliance.rules.policy import FLOOR_DAYS, Policy

__all__ = ["MAX_BYTES", "OfficeCalendar", "Rolls", "read_calendar", "what_rolls"]

MAX_BYTES = 256 << 10
_LONGEST_BREAK = 16
"""Days off in a row; the longest of the last decades had 11. More is a file that was read wrongly."""
_FEWEST_OFF, _MOST_OFF = 110, 125
"""Days off in a year; every year since 2001 had between 110 and 121. A file that was cut off has fewer."""

_YEARS = range(2020, 2060)
"""The years for which every date's arithmetic is tested."""

_BEFORE = range(2000, 2020)
"""Of these years there is no footage; a file of many years that begins with them is read without them."""

_ROLL_DAYS = 14
"""The longest that days off move the end of a month: the default target of 45 days outlasts it (``D-02``)."""

_DATE_HEADS = ("西元日期", "date", "日期")
_OFF_HEADS = ("是否放假", "isholiday")
_OFF = {"2": True, "0": False, "是": True, "否": False, "y": True, "n": False}


class OfficeCalendar(NamedTuple):
    """The days off of whole years, weekends included."""

    years: tuple[int, ...] = ()
    days_off: frozenset[date] = frozenset()

    def with_years_of(self, other: OfficeCalendar, today: date) -> OfficeCalendar:
        """This calendar, where the years of ``other`` are as ``other`` says from tomorrow on. A day off that is past
        stays one: floors were counted by it, and none is shortened afterwards."""
        kept = {day for day in self.days_off if day.year not in other.years or day <= today}
        return OfficeCalendar(tuple(sorted({*self.years, *other.years})), frozenset(kept | other.days_off))

    def known_until(self, today: date) -> date | None:
        """The last day that it knows without a hole from ``today`` on; None when it does not know this year."""
        year = today.year
        while year in self.years:
            year += 1
        return date(year - 1, 12, 31) if year > today.year else None

    def count(self, year: int) -> int:
        """How many days of a year are off."""
        return sum(day.year == year for day in self.days_off)


Rolls = Literal["calendar", "floor", "target", "nothing"]
"""What keeps footage past days off at the end of its month."""


def what_rolls(policy: Policy, calendar: OfficeCalendar, today: date) -> Rolls:
    """What does so for footage of today: ``calendar``; else the ``floor`` or, while
    room allows it, the ``target``, where they are long enough; else ``nothing`` does (``D-02``, ``T-03``)."""
    outlasts = FLOOR_DAYS + _ROLL_DAYS
    known = calendar.known_until(today)
    if known is not None and known >= today + timedelta(days=outlasts):
        return "calendar"
    if policy.floor_days >= outlasts:
        return "floor"
    return "target" if policy.target_days >= outlasts else "nothing"


def read_calendar(data: bytes) -> OfficeCalendar:
    """The calendar in a published file. Raises UsageError that names the line, what is wrong and what to do."""
    if len(data) > MAX_BYTES:
        raise UsageError.of("rules-calendar-size", bytes=len(data))
    try:
        rows = list(csv.reader(_text(data).splitlines()))
    except csv.Error as error:
        raise UsageError.of("rules-calendar-table", why=error) from error
    date_at, off_at, every_day = _columns(rows[0] if rows else ())
    told = _told(rows[1:], date_at, off_at)
    years = sorted({day.year for day in told})
    if not years:
        raise UsageError.of("rules-calendar-empty")
    days_off = frozenset(day for year in years for day in _days_of(year) if told.get(day, day.weekday() >= 5))
    for year in years:
        _check_year(year, told, days_off, every_day)
    return OfficeCalendar(tuple(years), days_off)


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "big5hkscs"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError.of("rules-calendar-text")


def _columns(head: Sequence[str]) -> tuple[int, int, bool]:
    """Where date and 是否放假 stand, and whether the shape is the one that lists every day."""
    names = [name.strip().lower() for name in head]
    found = [next((names.index(name) for name in heads if name in names), -1) for heads in (_DATE_HEADS, _OFF_HEADS)]
    if min(found) < 0:
        raise UsageError.of("rules-calendar-head")
    return found[0], found[1], names[found[0]] == "西元日期"


def _told(rows: Iterable[Sequence[str]], date_at: int, off_at: int) -> dict[date, bool]:
    told: dict[date, bool] = {}
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(date_at, off_at):
            raise UsageError.of("rules-calendar-column", line=line)
        day, off = _day(row[date_at], line), _OFF.get(row[off_at].strip().lower())
        if day.year in _BEFORE:
            continue
        if off is None:
            raise UsageError.of("rules-calendar-off", line=line, what=f"{row[off_at][:8]!r}")
        if told.setdefault(day, off) != off:
            raise UsageError.of("rules-calendar-twice", line=line, day=day)
    return told


def _day(text: str, line: int) -> date:
    plain = text.strip()
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        day = parse_gregorian(plain)
    except UsageError as error:
        raise UsageError.of("rules-calendar-date", line=line, why=error) from error
    if day.year not in _YEARS and day.year not in _BEFORE:
        raise UsageError.of("rules-calendar-late", line=line, year=day.year, first=_YEARS[0], last=_YEARS[-1])
    return day


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def _check_year(year: int, told: Mapping[date, bool], days_off: frozenset[date], every_day: bool) -> None:
    days = _days_of(year)
    if every_day and (absent := next((day for day in days if day not in told), None)):
        raise UsageError.of("rules-calendar-cut", year=year, day=absent)
    off = [day for day in days if day in days_off]
    if not any(told.get(day) for day in days if day.weekday() < 5):
        raise UsageError.of("rules-calendar-weekdays", year=year)
    if not _FEWEST_OFF <= len(off) <= _MOST_OFF:
        raise UsageError.of("rules-calendar-count", year=year, count=len(off))
    longest = max(len(list(run)) for is_off, run in itertools.groupby(days, days_off.__contains__) if is_off)
    if longest > _LONGEST_BREAK:
        raise UsageError.of("rules-calendar-row", year=year, count=longest)
