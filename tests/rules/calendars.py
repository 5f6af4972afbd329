"""Office calendars as the government and the cities publish them, made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

__all__ = ["city_calendar", "days_of", "state_calendar"]


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _usual(year: int) -> set[date]:
    """Twelve weekdays off: the first of each month."""
    firsts: dict[int, date] = {}
    for day in days_of(year):
        if day.weekday() < 5:
            firsts.setdefault(day.month, day)
    return set(firsts.values())


def city_calendar(year: int, *off: date) -> bytes:
    """The shape of the cities: only what differs from an ordinary week."""
    rows = [f"{day.year}/{day.month}/{day.day},,是,," for day in sorted({*_usual(year), *off})]
    return "\n".join(["date,name,isHoliday,holidayCategory,description", *rows, ""]).encode()


def state_calendar(year: int, *off: date) -> bytes:
    """The shape of 行政院人事行政總處: every day of the year."""
    holidays = {*_usual(year), *off}
    rows = [
        f"{day:%Y%m%d},{'一二三四五六日'[day.weekday()]},{2 if day in holidays or day.weekday() >= 5 else 0},"
        for day in days_of(year)
    ]
    return "\r\n".join(["西元日期,星期,是否放假,備註", *rows, ""]).encode("utf-8-sig")
