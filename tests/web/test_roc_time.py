"""Dates in ROC years: read in every way people write them, written in one."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import LOCAL
from appliance.web.i18n.roc_time import (
    PART_NAMES,
    Problem,
    day_text,
    duration_text,
    moment_text,
    parts_of,
    read_moment,
    read_parts,
)

SECOND = 1_000_000_000
WHEN = datetime(2024, 9, 27, 14, 5, tzinfo=LOCAL)
WHEN_NS = int(WHEN.timestamp()) * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "113/9/27 14:05",
        "113/09/27 14:05",
        "113-9-27 14:05",
        "113.9.27 14:05",
        "1130927 1405",
        "1130927 14:05",
        "20240927 1405",
        "2024-09-27 14:05",
        "2024-09-27T14:05",
        "2024/9/27 14:05",
        "民國113年9月27日14時5分",
        "民國 113 年 9 月 27 日 14 時 05 分",
        "１１３／９／２７　１４：０５",
        "  113/9/27   14:05  ",
    ],
)
def test_every_usual_way_of_writing_it_is_the_same_moment(text: str) -> None:
    assert read_moment(text) == WHEN


def test_a_two_digit_roc_year_and_the_change_at_1912() -> None:
    assert read_moment("99/1/2 3:04") == datetime(2010, 1, 2, 3, 4, tzinfo=LOCAL)
    assert read_moment("990102 0304") == datetime(2010, 1, 2, 3, 4, tzinfo=LOCAL)
    assert read_moment("1912/1/1 0:00") == datetime(1912, 1, 1, tzinfo=LOCAL)
    assert read_moment("1/1/1 0:00") == datetime(1912, 1, 1, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date.unreadable"),
        ("yesterday", "date.unreadable"),
        ("113/9/27", "date.unreadable"),
        ("113/13/27 14:05", "date.no-such-moment"),
        ("113/2/30 14:05", "date.no-such-moment"),
        ("112/2/29 14:05", "date.no-such-moment"),
        ("113/9/27 24:00", "date.no-such-moment"),
        ("113/9/27 14:60", "date.no-such-moment"),
    ],
)
def test_what_is_no_moment_says_why(text: str, code: str) -> None:
    assert read_moment(text) == Problem(code)


def test_five_fields_or_one_pasted_into_the_year() -> None:
    fields = dict(zip(PART_NAMES, ("113", "9", "27", "14", "5"), strict=True))
    assert read_parts(fields) == WHEN
    assert read_parts({"year": "1130927 1405"}) == WHEN
    assert read_parts({**fields, "month": "９"}) == WHEN
    assert read_parts({}) == Problem("date.missing")
    assert read_parts({**fields, "day": ""}) == Problem("date.incomplete")
    assert read_parts({**fields, "day": "x"}) == Problem("date.unreadable")


@given(st.datetimes(datetime(1912, 1, 1), datetime(2150, 1, 1)))
def test_fields_and_texts_come_back_as_the_minute_they_show(at: datetime) -> None:
    minute = at.replace(second=0, microsecond=0, tzinfo=LOCAL)
    ns = int(minute.timestamp()) * SECOND
    assert read_parts(parts_of(ns)) == minute
    assert read_moment(moment_text(ns, "zh")) == minute
    assert read_moment(moment_text(ns, "en")) == minute


def test_how_it_is_written() -> None:
    assert moment_text(WHEN_NS, "zh", seconds=True) == "113/09/27 14:05:00"
    assert moment_text(WHEN_NS, "en") == "2024-09-27 14:05"
    assert (day_text(WHEN_NS, "zh"), day_text(WHEN_NS, "en")) == ("113/09/27（五）", "2024-09-27 (Fri)")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "1 秒", "1 s"),
        (59.6, "1 分", "1 min"),
        (61, "1 分 1 秒", "1 min 1 s"),
        (3600, "1 小時", "1 h"),
        (3661, "1 小時 1 分", "1 h 1 min"),
        (3601, "1 小時", "1 h"),
        (90_000, "1 日 1 小時", "1 d 1 h"),
    ],
)
def test_lengths_are_said_in_their_two_largest_units(seconds: float, zh: str, en: str) -> None:
    assert (duration_text(int(seconds * 1e9), "zh"), duration_text(int(seconds * 1e9), "en")) == (zh, en)
