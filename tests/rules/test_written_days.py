"""Days in a text: however people write one it is that day, and what only looks like one is looked for as it stands."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.rules.written_days import days_in, sought

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    "text",
    [
        "1151127", "115/11/27", "115.11.27", "115-11-27", "115年11月27日", "115 年 11 月 27 日", "民國115年11月27日",
        "2026-11-27", "2026/11/27", "20261127", "１１５／１１／２７",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    (time,) = sought(text).times
    assert (time.first, time.last, sought(text).words) == (DAY, DAY, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("115/13/27", ("115/13/27",)),
        ("1150229", ("1150229",)),
        ("115-0003", ("115-0003",)),
        ("115調-民-0003", ("115調-民-0003",)),
        ("北市萬戶行字第1151127號", ("北市萬戶行字第1151127號",)),
        ("0912345678", ("0912345678",)),
        ("192.0.2.27", ("192.0.2.27",)),
        ("P11309271234", ("p11309271234",)),
    ],
)
def test_what_only_looks_like_a_day_is_words(text: str, words: tuple[str, ...]) -> None:
    assert (sought(text).words, sought(text).times) == (words, ())


def test_words_and_days_of_one_search_are_told_apart() -> None:
    found = sought("洪大明  民國 115 年 11 月 27 日 竊盜 2026-02")
    assert found.words == ("洪大明", "竊盜")
    assert [(each.first, each.last, each.words) for each in found.times] == [
        (DAY, DAY, "民國115年11月27日"), (date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
    ]  # fmt: skip


def test_a_text_names_days_and_no_numbers() -> None:
    assert days_in("民國115年11月27日及 115/11/28，單號 1151129，115年13月1日") == {DAY, date(2026, 11, 28)}
