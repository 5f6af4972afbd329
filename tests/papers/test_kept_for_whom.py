"""What papers promise of footage: no longer than the ceiling, by the pack's numbers, none of another recorder."""

from __future__ import annotations

import msgspec
import pytest

from appliance.papers.from_cases.making import paper_of
from appliance.papers.from_cases.sources import Desk
from appliance.rules.cases.ranges import FORMER
from tests.papers.case_scenes import scene
from tests.papers.reading import squeezed

pytestmark = pytest.mark.papers

PROMISES = ("不予覆蓋", "仍予保存", "先行保存至", "保全")


def _text(desk: Desk, code: str) -> str:
    return squeezed("".join(paper_of(desk.told, code).make(desk).texts()))


def test_a_receipt_promises_no_keeping_beyond_the_ceiling() -> None:
    assert "先行保存至本案結案時，最遲至114年9月26日（一年上限）" in _text(scene("viewed"), "receipt-slip")


@pytest.mark.parametrize(("name", "code"), [("correction", "correction-notice"), ("extended", "extension-notice")])
def test_a_letter_promises_what_is_there_and_no_longer_than_a_year(name: str, code: str) -> None:
    text = _text(scene(name), code)
    assert "現存之影音資料" in text
    assert "先行保存以一年為上限" in text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("correction", "correction-notice"),
        ("extended", "extension-notice"),
        ("locked", "agency-letter-advice"),
        ("appealed", "appeal-record"),
    ],
)
def test_no_paper_promises_to_keep_footage_of_the_recorder_before_this_one(name: str, code: str) -> None:
    desk = scene(name)
    assert any(promise in _text(desk, code) for promise in PROMISES)
    elsewhere = desk._replace(told=msgspec.structs.replace(desk.told, recorder=FORMER))
    assert not [promise for promise in PROMISES if promise in _text(elsewhere, code)]


def test_the_slip_for_an_agency_says_where_footage_of_the_recorder_before_is() -> None:
    desk = scene("slip")
    elsewhere = desk._replace(told=msgspec.structs.replace(desk.told, recorder=FORMER))
    assert "影音資料先行保存至" in _text(desk, "copy-by-agency-slip")
    text = _text(elsewhere, "copy-by-agency-slip")
    assert "影音資料先行保存至" not in text
    assert "前一套錄影監視系統，不在本系統內" in text


def test_the_record_of_an_appeal_names_the_days_of_its_pack() -> None:
    desk = scene("appealed")
    pack = desk.issue.pack
    longer = msgspec.structs.replace(pack, numbers=msgspec.structs.replace(pack.numbers, after_remedy_days=25))
    text = _text(desk._replace(issue=msgspec.structs.replace(desk.issue, pack=longer)), "appeal-record")
    assert "該期間及其後25日內仍予保存" in text
    assert "作業規範（113年9月27日修正）、訴願法" in text, "the foot names two laws apart"
