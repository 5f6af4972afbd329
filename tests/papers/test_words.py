"""Dates, hours and ranges as papers write them; who may sign beside whom."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.core.errors import UsageError
from appliance.papers.sheets.issue import Signed, sign
from appliance.papers.sheets.letter import numbered
from appliance.papers.sheets.staff_request import StaffRequest
from appliance.papers.sheets.words import Asked, between, day, moment, range_lines, shown_length, written_range
from tests.papers.samples import DESK, HALL, at_ns, signed


def test_dates_are_roc_dates_and_hours_run_to_24() -> None:
    assert day(date(2024, 9, 27)) == "113 年 9 月 27 日"
    assert day(date(1912, 1, 1)) == "1 年 1 月 1 日"
    assert moment(at_ns(11, 20, 14, 5)) == "115 年 11 月 20 日 14 時 05 分"
    assert written_range(at_ns(11, 20, 23), at_ns(11, 21, 0)) == "115 年 11 月 20 日 23 時 00 分 ~ 24 時 00 分"
    assert written_range(at_ns(11, 20, 9), at_ns(11, 20, 9, 30) + 1) == "115 年 11 月 20 日 09 時 00 分 ~ 09 時 31 分"


def test_AT_59_a_viewing_ends_on_paper_in_the_minute_in_which_it_ended_and_not_after_its_signatures() -> None:
    began, ended = at_ns(11, 20, 9), at_ns(11, 20, 9, 30) + 59 * 10**9
    assert between(began, ended) == "115 年 11 月 20 日 09 時 00 分 ~ 09 時 30 分"
    assert between(began, at_ns(11, 21, 0)) == "115 年 11 月 20 日 09 時 00 分 ~ 115 年 11 月 21 日 00 時 00 分"


def test_less_than_a_second_of_pictures_is_not_none() -> None:
    lengths = [shown_length(ns) for ns in (0, 4 * 10**8, 19 * 10**8, 61 * 10**9)]
    assert lengths == ["0 秒", "未滿 1 秒", "1 秒", "1 分 01 秒"]


def test_several_ranges_are_one_line_a_day_in_order_of_time() -> None:
    """``A8``: the form has one date and a clock range."""
    over_midnight = Asked(camera_no="07", start_ns=at_ns(11, 18, 23), end_ns=at_ns(11, 20, 1))
    assert range_lines([DESK, over_midnight, HALL]) == [
        "115 年 11 月 18 日 23 時 00 分 ~ 24 時 00 分　監視器 07",
        "115 年 11 月 19 日 00 時 00 分 ~ 24 時 00 分　監視器 07",
        "115 年 11 月 20 日 00 時 00 分 ~ 01 時 00 分　監視器 07",
        "115 年 11 月 20 日 14 時 05 分 ~ 15 時 00 分　監視器 03（一樓大廳）、05（3號櫃檯）",
    ]


def test_a_sign_box_is_blank_for_ink_or_names_post_time_and_deputy() -> None:
    assert [line.text for line in sign("主管：", None)] == ["主管："]
    deputy = signed("lin", "林志明", "課長", "代理")
    assert [line.text for line in sign("主管：", deputy)] == [
        "主管：林志明", "課長　代理", "115 年 11 月 24 日", "09 時 05 分　電子簽章",
    ]  # fmt: skip


def test_a_mark_that_nobody_knows_and_a_signature_without_a_name_are_refused() -> None:
    with pytest.raises(UsageError, match="代簽"):
        signed("lin", "林志明", "課長", "代簽")
    with pytest.raises(UsageError, match="name"):
        Signed(person="lin", name=" ", at_ns=1)


def test_one_person_in_two_boxes_needs_the_mark_of_it() -> None:
    """``D-10``."""
    one = signed("wu", "吳志文")
    with pytest.raises(UsageError, match="兼簽"):
        StaffRequest(signed_manager=one, signed_managing_head=signed("wu", "吳志文", "課長"))
    StaffRequest(signed_manager=one, signed_managing_head=signed("wu", "吳志文", "課長", "兼簽"))


@pytest.mark.parametrize(("at", "words"), [(1, "一、"), (10, "十、"), (11, "十一、"), (20, "二十、"), (21, "二十一、")])
def test_paragraphs_of_a_letter_are_counted_in_chinese(at: int, words: str) -> None:
    assert numbered(at) == words
