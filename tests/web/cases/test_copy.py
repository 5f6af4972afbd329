"""The viewing copy on the page of an agency's case: made by two people, watched, stopped, told with its end."""

from __future__ import annotations

import json

import pytest

from appliance.rules.cases.rows import Event
from tests.web.case_lives import Life
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.visitor import Visitor


@pytest.fixture
def life(keeper: KeeperDouble) -> Life:
    return Life(keeper, "AGY").to("decision").do(Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE)


def test_AT_54_the_copy_is_made_by_two_people_on_the_page_of_its_case(
    visitor: Visitor, keeper: KeeperDouble, life: Life
) -> None:
    visitor.log_in()
    page = visitor.get(life.path).text
    assert "製作閱覽用複本須二人登入" in page
    assert 'id="copy-password"' not in page
    visitor.join()
    assert 'id="copy-password"' in visitor.get(life.path).text
    wrong = visitor.post(f"{life.path}/copy", {"act": "a" * 32, "seat": "1", "password": "wrong"})
    assert wrong.status == 403
    assert "未製作閱覽用複本" in wrong.text
    assert not keeper.copy
    made = visitor.post(f"{life.path}/copy", {"act": "a" * 32, "seat": "1", "password": PASSWORDS["officer"]})
    assert made.status == 303
    page = visitor.get(life.path).text
    assert "<copy-progress" in page
    assert "static/copy" in page
    assert 'id="copy-password"' not in page
    assert json.loads(visitor.get(f"{life.path}/copy/state", fetched=True).text) == {"state": "making", "percent": 40}


def test_a_making_that_is_stopped_says_so_and_offers_another(
    visitor: Visitor, keeper: KeeperDouble, life: Life
) -> None:
    visitor.log_in()
    visitor.join()
    visitor.post(f"{life.path}/copy", {"act": "a" * 32, "seat": "1", "password": PASSWORDS["officer"]})
    assert visitor.post(f"{life.path}/copy/stop", {}).status == 303
    page = visitor.get(life.path).text
    assert "已停止製作，未留存任何複本" in page
    assert 'id="copy-password"' in page


def test_t_42_a_copy_that_a_power_cut_ended_is_told_with_its_cause(
    visitor: Visitor, keeper: KeeperDouble, life: Life
) -> None:
    keeper.copy = {"state": "ended", "copy": "c" * 32, "ended_ns": keeper.now_ns, "cause": "restarted"}
    visitor.log_in()
    page = visitor.get(life.path).text
    assert "閱覽用複本 cccccccc 已於" in page
    assert "因斷電或系統重新啟動，自動銷毀" in page
    assert "系統原文" not in page, "in words of the page's own"


def test_a_page_whose_case_was_asked_for_just_before_its_copy_was_whole_asks_again(
    visitor: Visitor, keeper: KeeperDouble, life: Life
) -> None:
    keeper.copy = {"state": "whole", "copy": "c" * 32, "percent": 100, "made_ns": keeper.now_ns}
    visitor.log_in()
    page = visitor.get(life.path).text
    assert "<copy-progress" in page
    assert "製作完成" not in page, "the way goes on only from a case that is prepared"


def test_no_copy_is_offered_for_a_citizen(visitor: Visitor, keeper: KeeperDouble) -> None:
    citizen = Life(keeper, "CIT").to("decision").do(Event.GRANT, Event.NOTIFY, Event.SCHEDULE)
    visitor.log_in()
    visitor.join()
    assert "閱覽用複本" not in visitor.get(citizen.path).text
