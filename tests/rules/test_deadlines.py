"""Dates as the law and the office count them, over every date there will be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import local_time
from appliance.core.errors import UsageError
from appliance.rules.deadlines import (
    DAY_NS,
    ceiling_date,
    day_of,
    floor_date,
    format_roc,
    month_end,
    office_hours,
    parse_gregorian,
    parse_roc,
    roll,
    start_ns_of,
    year_end,
)

FIRST, LAST = date(2020, 1, 1), date(2059, 12, 31)
EVERY_DATE = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
DATES = st.dates(FIRST, LAST)


def test_T_01_the_month_of_the_law_as_its_own_examples_count_it() -> None:
    assert month_end(date(2024, 1, 15)) == date(2024, 2, 15)
    assert month_end(date(2024, 12, 31)) == date(2025, 1, 31)
    assert month_end(date(2023, 1, 30)) == date(2023, 2, 28), "February has no 31st: the month ends with it"
    assert month_end(date(2024, 1, 30)) == date(2024, 2, 29)
    assert month_end(date(2024, 1, 31)) == date(2024, 2, 29), "counted from the 1st, it is the whole month"


def test_T_01_no_month_outlasts_31_days_and_30_are_too_few_for_861_of_1461_dates() -> None:
    lengths = {(month_end(day) - day).days for day in EVERY_DATE}
    assert lengths == {28, 29, 30, 31}
    four_years = [day for day in EVERY_DATE if 2024 <= day.year <= 2027]
    assert len(four_years) == 1461
    assert sum(month_end(day) > day + timedelta(days=30) for day in four_years) == 861


def test_D_01_floor_and_ceiling_keep_the_law_on_every_date() -> None:
    for day in EVERY_DATE:
        assert floor_date(day, 31) >= month_end(day)
        assert ceiling_date(day, 364) <= year_end(day)


def test_T_18_local_time_is_eight_hours_ahead_and_has_a_name() -> None:
    for year in (1980, 2026, 2059):
        for month in (1, 7):
            at = local_time(start_ns_of(date(year, month, 15)))
            assert (at.utcoffset(), at.tzname()) == (timedelta(hours=8), "Asia/Taipei")
            assert (at.hour, at.minute, at.date()) == (0, 0, date(year, month, 15))
            assert start_ns_of(date(year, month, 16)) - start_ns_of(date(year, month, 15)) == DAY_NS


def test_T_04_a_year_from_a_leap_day() -> None:
    assert year_end(date(2024, 2, 29)) == date(2025, 2, 28)
    assert ceiling_date(date(2024, 2, 29), 364) == date(2025, 2, 27)


def test_T_03_D_02_a_month_that_ends_in_the_new_year_holidays_rolls_on() -> None:
    new_year = {date(2027, 2, 5) + timedelta(days=n) for n in range(7)}
    day = date(2027, 1, 7)
    assert month_end(day) == date(2027, 2, 7)
    assert roll(month_end(day), new_year) == date(2027, 2, 12)
    assert floor_date(day, 31, new_year) == date(2027, 2, 12)
    assert floor_date(day, 31) == date(2027, 2, 7)
    assert floor_date(date(2027, 3, 1), 31, new_year) == date(2027, 4, 1)


@given(DATES, st.integers(0, DAY_NS - 1))
def test_every_instant_lies_in_the_day_that_holds_it(day: date, into_ns: int) -> None:
    assert day_of(start_ns_of(day) + into_ns) == day
    assert start_ns_of(day + timedelta(days=1)) == start_ns_of(day) + DAY_NS


@given(DATES)
def test_T_05_roc_dates_read_back_as_they_were_written_and_sort_as_time(day: date) -> None:
    assert parse_roc(format_roc(day)) == day
    assert parse_roc(format_roc(day, compact=True)) == day
    later = day + timedelta(days=1)
    assert format_roc(day, compact=True) < format_roc(later, compact=True)


def test_T_05_year_99_sorts_before_year_100() -> None:
    before, after = date(2010, 12, 31), date(2011, 1, 1)
    assert format_roc(before, compact=True) == "0991231" < format_roc(after, compact=True) == "1000101"
    assert format_roc(before) == "民國99年12月31日"


@pytest.mark.parametrize(
    "text",
    [
        "113/02/29",
        "113-2-29",
        "113.2.29",
        "1130229",
        "民國113年2月29日",
        "中華民國113年2月29日",
        "１１３／２／２９",
        " 113 年 2 月 29 日 ",
    ],
)
def test_T_05_the_ways_people_write_a_roc_date(text: str) -> None:
    assert parse_roc(text) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1140229", "no such day"),
        ("114/2/29", "no such day"),
        ("113/13/1", "no such day"),
        ("0/1/1", "run from 1"),
        ("000/01/01", "run from 1"),
        ("301/1/1", "run from 1"),
        ("-1/1/1", "no ROC date"),
        ("2024", "Gregorian"),
        ("2024/2/29", "Gregorian"),
        ("20240229", "Gregorian"),
        ("", "no ROC date"),
        ("113", "no ROC date"),
        ("yesterday", "no ROC date"),
        ("1/2/3/4", "no ROC date"),
    ],
)
def test_T_05_what_is_no_roc_date_is_refused_with_a_plain_word(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_roc(text)


def test_T_05_a_roc_year_in_a_gregorian_field_is_refused() -> None:
    assert parse_gregorian("2024-02-29") == parse_gregorian("2024/2/29") == date(2024, 2, 29)
    for text, says in [
        ("113/2/29", "ROC"),
        ("1130229", "ROC"),
        ("113", "is no date"),
        ("2023-02-29", "no such day"),
        ("1911-12-31", "1912"),
    ]:
        with pytest.raises(UsageError, match=says):
            parse_gregorian(text)


def test_there_is_no_roc_date_before_the_republic() -> None:
    with pytest.raises(UsageError, match="Republic"):
        format_roc(date(1911, 12, 31))


def test_office_hours_are_counted_from_nine_to_five_of_working_days() -> None:
    """六: a fault is reported at once; red after four office hours."""
    friday, hour = start_ns_of(date(2026, 11, 27)), 3600 * 10**9

    def hours(start: float, end: float) -> float:
        return office_hours(friday + int(start * hour), friday + int(end * hour), lambda on: on.weekday() < 5)

    assert hours(8, 10.5) == 1.5
    assert hours(16, 3 * 24 + 12) == 4, "from Friday afternoon over the weekend to Monday noon"
    assert hours(18, 24) == 0
    assert hours(12, 11) == 0
    assert hours(9, 14 * 24 + 17) == 11 * 8
