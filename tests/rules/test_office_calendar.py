"""The office calendar is read from the files that are published, and from nothing else (``T-03``, ``D-02``)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import UsageError
from appliance.rules.deadlines import floor_date
from appliance.rules.office_calendar import OfficeCalendar, read_calendar, what_rolls
from appliance.rules.policy import Policy
from tests.rules.calendars import city_calendar, state_calendar

_NEW_YEAR = [date(2024, 2, 8) + timedelta(days=number) for number in range(7)]
_HOLIDAYS = {*_NEW_YEAR, date(2024, 1, 1), date(2024, 2, 28), date(2024, 4, 4), date(2024, 4, 5), date(2024, 6, 10),
             date(2024, 9, 17), date(2024, 10, 10)}  # fmt: skip
_MADE_UP = {date(2024, 2, 17)}
"""A Saturday on which offices work."""


def _state() -> list[tuple[date, bool]]:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    return [(day, (day in _HOLIDAYS or day.weekday() >= 5) and day not in _MADE_UP) for day in days]


def _of_the_state() -> str:
    names = "一二三四五六日"
    rows = [f"{day:%Y%m%d},{names[day.weekday()]},{2 if off else 0}," for day, off in _state()]
    return "\r\n".join(["西元日期,星期,是否放假,備註", *rows, ""])


def _of_a_city() -> str:
    rows = [f"{day.year}/{day.month}/{day.day},,{'是' if off else '否'},," for day, off in _state()
            if day in _HOLIDAYS | _MADE_UP]  # fmt: skip
    return "\n".join(["date,name,isHoliday,holidayCategory,description", *rows])


@pytest.mark.parametrize("data", [_of_the_state().encode("utf-8-sig"), _of_the_state().encode(),
                                  _of_the_state().encode("big5"), _of_a_city().encode()])  # fmt: skip
def test_both_published_shapes_say_the_same(data: bytes) -> None:
    calendar = read_calendar(data)
    assert calendar.years == (2024,)
    assert calendar.known_until(date(2024, 3, 1)) == date(2024, 12, 31)
    assert calendar.days_off == {day for day, off in _state() if off}


def test_t_03_a_month_that_ends_in_the_lunar_new_year_ends_after_it() -> None:
    days_off = read_calendar(_of_the_state().encode()).days_off
    assert floor_date(date(2024, 1, 8), 31) == date(2024, 2, 8)
    assert floor_date(date(2024, 1, 8), 31, days_off) == date(2024, 2, 15)
    assert floor_date(date(2024, 3, 1), 31, days_off) == date(2024, 4, 1)


def test_without_a_calendar_nothing_is_off() -> None:
    assert OfficeCalendar().known_until(date(2024, 1, 1)) is None
    assert floor_date(date(2024, 1, 8), 31, OfficeCalendar().days_off) == date(2024, 2, 8)


def test_another_import_of_a_year_replaces_what_is_still_to_come_of_it() -> None:
    old = OfficeCalendar((2023, 2024), frozenset({date(2023, 1, 1), date(2024, 1, 1), date(2024, 5, 5)}))
    fresh = OfficeCalendar((2024, 2025), frozenset({date(2024, 6, 6), date(2025, 1, 1)}))
    new = old.with_years_of(fresh, date(2024, 3, 1))
    assert new.years == (2023, 2024, 2025)
    assert new.days_off == {date(2023, 1, 1), date(2024, 1, 1), date(2024, 6, 6), date(2025, 1, 1)}
    assert (new.count(2024), new.count(2026)) == (2, 0)


def test_a_hole_between_years_is_the_end_of_what_is_known() -> None:
    calendar = OfficeCalendar((2024, 2025, 2027))
    assert calendar.known_until(date(2024, 7, 1)) == date(2025, 12, 31)
    assert calendar.known_until(date(2026, 7, 1)) is None


@pytest.mark.parametrize(
    ("floor", "target", "years", "what"),
    [
        (31, 45, (2026, 2027), "calendar"),
        (31, 31, (2026, 2027), "calendar"),
        (31, 45, (2026,), "target"),
        (31, 45, (2025,), "target"),
        (31, 44, (2026,), "nothing"),
        (31, 31, (), "nothing"),
        (45, 45, (), "floor"),
    ],
)
def test_T_03_the_target_stands_in_for_a_calendar_only_while_it_is_long_enough(
    floor: int, target: int, years: tuple[int, ...], what: str
) -> None:
    policy = Policy(floor_days=floor, target_days=target)
    assert what_rolls(policy, OfficeCalendar(years), date(2026, 11, 26)) == what
    if years == (2026,):
        assert what_rolls(policy, OfficeCalendar(years), date(2026, 11, 16)) == "calendar", "it ends before the year"


def test_a_file_of_many_years_is_read_without_those_of_which_no_footage_is() -> None:
    head, *rows = city_calendar(2026).decode().splitlines()
    older = [f"{year}/10/10,國慶日,是,," for year in range(2013, 2020)]
    assert read_calendar("\n".join([head, *older, *rows]).encode()) == read_calendar(city_calendar(2026))
    with pytest.raises(UsageError, match="lists no day"):
        read_calendar("\n".join([head, *older]).encode())


@pytest.mark.parametrize("rows", [39, 91, 365])
def test_a_file_that_was_cut_off_is_refused_whatever_it_still_has(rows: int) -> None:
    lines = state_calendar(2026).splitlines(keepends=True)
    with pytest.raises(UsageError, match=r"2026-.* is missing, so the file was cut off"):
        read_calendar(b"".join(lines[: rows - 1]))
    with pytest.raises(UsageError, match=r"days off: \d+, where about 115 are usual"):
        read_calendar(b"".join(city_calendar(2026).splitlines(keepends=True)[:5]))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "first line"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "neither UTF-8 nor Big5"),
        ("西元日期,星期,是否放假,備註\n".encode(), "lists no day"),
        ("西元日期,星期,是否放假,備註\n20240101,一\n".encode(), "line 2: a column is missing"),
        ("西元日期,星期,是否放假,備註\n1130101,一,2,\n".encode(), "line 2"),
        ("date,isHoliday\n1912/1/1,是\n".encode(), "line 2: the year 1912 is not one of 2020 to 2059"),
        ("西元日期,星期,是否放假,備註\n99991231,一,2,\n".encode(), "line 2: the year 9999"),
        ("西元日期,星期,是否放假,備註\n20240230,一,2,\n".encode(), "line 2"),
        ("西元日期,星期,是否放假,備註\n20240101,一,1,\n".encode(), "line 2: 是否放假 is '1'"),
        (_of_the_state().encode() + b"20240101,,0,\n", "line 368: 2024-01-01 is there twice"),
        ("date,isHoliday\n2024/6/1,是\n".encode(), "holidays are missing"),
        (_of_the_state().replace(",0,", ",2,").encode(), "days off: 366"),
        (b"x" * 300_000, "300000 bytes"),
    ],
)
def test_anything_else_is_refused_by_what_is_wrong(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        read_calendar(data)


def test_a_break_that_never_occurs_is_refused() -> None:
    rows = "".join(f"2024/3/{day},是\n" for day in range(4, 23))
    with pytest.raises(UsageError, match="days off in a row"):
        read_calendar(f"date,isHoliday\n{rows}".encode())


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode()))
def test_no_file_at_all_raises_anything_else(data: bytes) -> None:
    for head in (b"", "西元日期,是否放假\n".encode()):
        try:
            read_calendar(head + data)
        except UsageError:
            continue
