"""What stands above a stamp or a decision: all that whoever asks brought, so that nobody need look elsewhere."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from appliance.rules.cases.rows import Event
from appliance.rules.cases.supplements import SupplementView
from appliance.rules.cases.views import CaseView
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.decision_summary import weighed_of
from appliance.web.pages.cases.record import papers_of, parties_of
from appliance.web.pages.cases.words import CaseWords
from tests.web.case_lives import CITIZEN, FORM, LETTER, Life, asking_copy
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

ZH = CaseWords(read_messages(), "zh", {})
AGENT = {"part": "agent", "name": "王律師", "relation": "受任人"}


def card(told: CaseView, **ruled: bool) -> dict[str, str]:
    weighed = weighed_of(told, parties_of(told, ZH), ZH, **ruled)
    assert weighed is not None
    return {line.label: line.value for line in weighed.asks}


def told_of(keeper: KeeperDouble, life: Life, **changes: Any) -> CaseView:
    return msgspec.structs.replace(keeper.told_of(life.key, []), **changes)


def test_AT_28_a_citizen_s_standing_agent_and_report_stand_before_whoever_decides(keeper: KeeperDouble) -> None:
    form = FORM | {"standing": "interested", "interest": "失主之配偶", "agent": "mandated", "mandate": True}
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=form, parties=[CITIZEN | {"part": "applicant"}, AGENT])
    said = card(told_of(keeper, life.do(Event.PASS_FORMAL, Event.PROPOSE)))
    assert said["申請人"] == "陳𤆬治（利害關係人）"
    assert said["代理人"] == "王律師（委任代理人、已附委任書、受任人）"
    assert said["關係及說明"] == "失主之配偶"
    assert said["事由"] == f"發現犯罪嫌疑：{FORM['reason_text']}"
    assert said["報案"] == "萬華分局西園路派出所　113/09/28　P11309ABCD1234（正本核對相符）"
    assert said["申請範圍"].splitlines()[0] == "1-01 一樓大廳入口　113/09/27 14:00 – 14:40（影音保存中）"


def test_AT_28_what_came_later_stands_there_by_its_day_beside_what_was_received(keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    added = (
        SupplementView(what="form/report_no", new="P11309ABCD1234", asked=True, day="2024-10-01"),
        SupplementView(what="form/standing", old="party", new="interested", asked=True, day="2024-10-01"),
        SupplementView(what="letter/secret", new="1", day="2024-10-02"),
    )
    said = card(told_of(keeper, life, added=added), ruled_here=True)
    assert said["113/10/01 補正"].splitlines() == [
        "證明單號：P11309ABCD1234（收件時：未載）", "身分：利害關係人（收件時：當事人）",
    ]  # fmt: skip
    assert said["113/10/02 補登"] == "註明偵查不公開：是（收件時：未載）"
    assert "申請範圍" not in said, "each range stands below with its ruling"


def test_T_34_an_agency_s_letter_stands_there_whole_with_what_it_marks(keeper: KeeperDouble, visitor: Visitor) -> None:
    life = asking_copy(keeper, secret=True, keep=True, copy_reason="為保存證據")
    told = told_of(keeper, life)
    said = card(told)
    assert said["來函機關"] == LETTER["agency"]
    assert said["來函日期字號"] == f"113/09/27　{LETTER['number']}"
    assert [said[label] for label in ("承辦人", "法令依據", "目的", "來函所載範圍", "來函申請複製")] == [
        LETTER["officer"], LETTER["basis"], LETTER["purpose"], LETTER["scope"], "為保存證據",
    ]  # fmt: skip
    assert said["來函註明"] == "偵查不公開、請求繼續保存影音資料"
    assert "申請人" not in said, "the officer of the letter is named once"
    assert ("註明偵查不公開", "是") in papers_of(told, ZH)
    assert ("來函字號", LETTER["number"]) in papers_of(told, ZH), "發文字號 is this office's own"
    visitor.log_in("head")
    assert re.search(r'<p class="lead">[^<]*<span class="tag">偵查不公開</span>', visitor.get(life.path).text)


@pytest.mark.parametrize("court_no", ["113年度偵字第4567號", ""])
def test_AT_48_a_lock_says_how_it_became_known_and_the_court_s_number(keeper: KeeperDouble, court_no: str) -> None:
    life = Life(keeper, "INT").to("decision").do(Event.LOCK, words={"court_no": court_no})
    said = {line.label: line.value for line in papers_of(told_of(keeper, life), ZH)}
    assert said["得知來源（告知人、案件或文號）"] == "申請人告知已提告"
    assert said.get("司法案號", "") == court_no


def comments(told: CaseView) -> list[tuple[str, str]]:
    weighed = weighed_of(told, parties_of(told, ZH), ZH)
    return [] if weighed is None else [tuple(line) for line in weighed.comments]


def test_AT_46_what_a_signer_noted_is_shown_to_the_next_and_never_put_in_their_mouth(
    keeper: KeeperDouble, visitor: Visitor
) -> None:
    life = Life(keeper, "INT").do(Event.SUBMIT).do(Event.SIGN_SECTION, words={"comment": "情形屬實"})
    assert comments(told_of(keeper, life)) == [("李文華", "情形屬實")]
    life.do(Event.PROPOSE).do(Event.STAMP, words={"comment": "准予，注意第三人"})
    noted = [("李文華", "情形屬實"), ("林志明", "准予，注意第三人")]
    assert comments(told_of(keeper, life)) == noted
    visitor.log_in("third")
    page = visitor.get(life.path).text
    assert "林志明：准予，注意第三人" in page
    field = re.search(r'<textarea[^>]*name="words/comment"[^>]*>([^<]*)</textarea>', page)
    assert field is not None
    assert field[1].strip() == "", "the words of another are no beginning of one's own"
    life.do(Event.RETURN)
    assert comments(told_of(keeper, life)) == noted[:1], "what was noted to a returned opinion counts no more"
    assert comments(told_of(keeper, life.do(Event.PROPOSE))) == noted[:1]


@pytest.mark.parametrize(
    ("kind", "state"), [("CIT", "checking"), ("INT", "received"), ("INT", "checking"), ("AGY", "received")]
)
def test_AT_28_who_signs_before_there_is_an_opinion_has_what_is_asked_before_them(
    keeper: KeeperDouble, kind: str, state: str
) -> None:
    told = told_of(keeper, Life(keeper, kind).to(state))
    said = card(told)
    assert said["目的" if kind == "AGY" else "事由"].startswith(("發現犯罪嫌疑", "櫃檯爭議", "竊盜案偵查"))
    assert "申請範圍" in said
    weighed = weighed_of(told, parties_of(told, ZH), ZH)
    assert weighed is not None
    assert (weighed.proposal, weighed.heavy, weighed.others) == ("", (), ()), "the answers stand in the form"


def test_T_24_the_place_that_was_asked_for_stands_before_whoever_decides(keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, words={"place": "一樓大廳東側", "applied_on": "2024-09-28"})
    told = told_of(keeper, life.do(Event.PASS_FORMAL, Event.PROPOSE))
    assert card(told)["調閱地點／畫面"] == "一樓大廳東側"
    said = {line.label: line.value for line in papers_of(told, ZH)}
    assert (said.get("調閱地點／畫面"), said.get("申請日期")) == ("一樓大廳東側", "113/09/28")
