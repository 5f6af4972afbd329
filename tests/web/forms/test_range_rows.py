"""Rows of minutes and cameras: read in every way people write them, and what is wrong said at its input."""

from __future__ import annotations

from datetime import datetime

import pytest

from appliance.core.clock import LOCAL
from appliance.rules.cases.ranges import Scope
from appliance.web.forms.range_rows import ROW_PARTS, Wrong, read_cameras, read_rows, row_name

CAMERAS = ("1-01", "1-02", "B1-01")
GOOD = ("113/9/27", "1400", "1440", "1-02")


def at(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2024, 9, day, hour, minute, tzinfo=LOCAL).timestamp()) * 1_000_000_000


NOW_NS = at(30, 9)


def values(*rows: tuple[str, ...]) -> dict[str, str]:
    return {
        row_name(number, part): text
        for number, row in enumerate(rows)
        for part, text in zip(ROW_PARTS, row, strict=True)
    }


def read(*rows: tuple[str, ...]) -> tuple[tuple[Scope, ...], tuple[Wrong, ...]]:
    return read_rows(values(*rows), len(rows), CAMERAS, NOW_NS)


@pytest.mark.parametrize("day", ["113/9/27", "1130927", "2024-09-27", "民國113年9月27日", "１１３．９．２７"])
@pytest.mark.parametrize(("start", "end"), [("1400", "1440"), ("14:00", "下午2時40分"), ("１４００", "14時40分")])
def test_every_usual_way_of_writing_a_row_is_the_same_range(day: str, start: str, end: str) -> None:
    assert read((day, start, end, "1-02")) == ((Scope("1-02", at(27, 14), at(27, 14, 40)),), ())


def test_each_camera_of_a_row_is_a_range_and_none_is_asked_twice() -> None:
    scopes, wrong = read(("113/9/27", "1400", "1440", "1-02、1-01 1-02"), GOOD)
    assert [each.camera_no for each in scopes] == ["1-02", "1-01"]
    assert wrong == ()


def test_t_25_a_row_across_midnight_says_the_day_of_its_end() -> None:
    over = ("113/9/27", "2330", "113/9/28 0030", "1-01")
    assert read(over)[0] == (Scope("1-01", at(27, 23, 30), at(28, 0, 30)),)
    assert read(("113/9/27", "2330", "2400", "1-01"))[0] == (Scope("1-01", at(27, 23, 30), at(28, 0)),)
    assert read(("113/9/27", "2330", "0030", "1-01"))[1] == (Wrong("r0-to", "intake.order"),)


def test_blank_rows_say_nothing_and_a_row_begun_is_a_row() -> None:
    assert read(("", "", "", ""), GOOD)[0] == (Scope("1-02", at(27, 14), at(27, 14, 40)),)
    assert [each.field for each in read(("", "1400", "", ""))[1]] == ["r0-day", "r0-to", "r0-cameras"]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (("soon", "1400", "1440", "1-01"), Wrong("r0-day", "date.day-unreadable")),
        (("113/2/30", "1400", "1440", "1-01"), Wrong("r0-day", "date.no-such-moment")),
        (("113/9/27", "25", "1440", "1-01"), Wrong("r0-from", "date.no-such-clock")),
        (("113/9/27", "1400", "later", "1-01"), Wrong("r0-to", "date.clock-unreadable")),
        (("113/9/27", "1400", "1440", "1-01 9-99"), Wrong("r0-cameras", "intake.camera-unknown", "9-99")),
        (("113/8/27", "1400", "113/9/27 1401", "1-01"), Wrong("r0-to", "intake.span-long")),
        (("113/9/30", "0800", "0901", "1-01"), Wrong("r0-to", "case-lack.range-past")),
    ],
)
def test_what_is_wrong_is_said_at_its_input_and_nothing_of_the_row_is_asked(row: tuple[str, ...], wrong: Wrong) -> None:
    assert read(row) == ((), (wrong,))


def test_at_29_a_range_that_ends_a_minute_ahead_is_wrong_and_one_that_ends_now_is_not() -> None:
    assert read(("113/9/30", "0800", "0901", "1-01"))[1] == (Wrong("r0-to", "case-lack.range-past"),)
    assert read(("113/9/30", "0800", "0900", "1-01"))[1] == ()


@pytest.mark.parametrize("text", ["1-01", "１－０１", "101", "1-1", " 1-01 ,"])
def test_a_camera_is_known_by_what_is_usually_typed(text: str) -> None:
    assert read_cameras(text, CAMERAS) == (("1-01",), ())


def test_a_number_that_could_be_two_cameras_is_none() -> None:
    assert read_cameras("1-1", ("1-01", "1-001")) == ((), ("1-1",))
    assert read_cameras("b101", CAMERAS) == (("B1-01",), ())
