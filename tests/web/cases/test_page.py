"""The page of a case over the double's own tables: what is next, for whom, why not; forms that keep what was typed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.outgoing import ISSUES, SERVES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.supplements import RECEIVED_WORDS
from appliance.rules.cases.typed import TAKES
from appliance.rules.cases.views import Earlier
from appliance.rules.cases.waiting import waiting
from appliance.rules.deadlines import DAY_NS
from appliance.web.i18n.messages import read_messages
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.cases.fields import FIELDS, OWN_WORDS, fields_for
from appliance.web.pages.cases.forms import JOINT, ORDER, SIDE, forms_of
from appliance.web.pages.cases.rectified import words_to_choose
from appliance.web.pages.cases.view import shown_first
from appliance.web.pages.cases.words import CaseWords
from tests.papers.case_scenes import PARTLY
from tests.papers.reading import is_words_alone, odt_words
from tests.rules.packcases import second_bytes, second_pack
from tests.web.case_lives import CHECKLIST, FORM, LETTER, STARTS, Life, asking_copy
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Answer, Visitor, home_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningSite]:
    """One for each test: drafts of another test's case are none of this one's."""
    with RunningSite(tmp_path) as running:
        yield running


def form_at(text: str, code: str) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands: hidden values, texts, what is ticked or chosen."""
    found = re.search(rf'<form class="act-form form-{code}"(.*?)</form>', text, re.DOTALL)
    assert found, f"no form {code}"
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", found[1]):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if named.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if named.get("name") and named.get("type") != "password":
            values.setdefault(named["name"], []).append(named.get("value", ""))
    for name, inner in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>([^<]*)<', found[1]):
        values[name] = [inner]
    for name, inner in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', found[1], re.DOTALL):
        values[name] = re.findall(r'value="([^"]*)" selected', inner)[:1]
    return values


def send(visitor: Visitor, life: Life, code: str, **typed: Any) -> Answer:
    """The form ``code`` of the page as it stands, with what is typed besides."""
    page = visitor.get(life.path).text
    values = form_at(page, code.replace("_", "-"))
    if page.count('class="seat-link"') > 1 and "password" not in typed:
        seat = typed.get("seat", values["seat"][0])
        typed["password"] = PASSWORDS["officer" if str(seat) == "1" else "head"]
    return visitor.post(f"{life.path}/act", values | {name: [str(value)] for name, value in typed.items()})


# --- the table of fields ---


def test_a_field_is_asked_only_where_its_event_takes_it() -> None:
    for field in FIELDS:
        for event in field.events:
            taken = {*TAKES[event], "words", "give", "rulings"}
            assert field.fact in taken, f"{event} takes no {field.name}"
        assert set(field.kinds) <= set(Kind)


def test_every_typed_thing_that_a_guard_misses_is_mended_by_a_field_of_its_event() -> None:
    """Each guard that looks at what its own event types, by the codes that its source names."""
    typed = {
        Event.CORRECTED: ("form_signed", "form_scanned", "id_checked", "standing", "interest", "mandate", "reason",
                          "report_unit", "report_no", "report_day", "report_original"),
        Event.CHECK: ("letter_day", "letter_no", "letter_officer", "letter_basis", "letter_purpose", "letter_scope",
                      "letter_need", "copy_reason_in_letter"),
        Event.PROPOSE: ("check_third_persons", "proposal", "proposal_article", "legal_review", "agency_consulted"),
        Event.RETURN: ("note",),
        Event.REFUSE: ("rulings", "refusal_reason", "refusal_article"),
        Event.GRANT_PARTLY: ("narrowing_reason", "rulings_within_asked", "judicial_no"),
        **dict.fromkeys(ISSUES, ("doc_no", "issue_day", "letter_signer")),
        **dict.fromkeys(SERVES, ("service_means", "service_day")),
        Event.NOTIFY: ("service_means", "service_day", "service_proof", "service_proof_day"),
        Event.SCHEDULE: ("appointment", "office_hours", "appointment_past", "viewers", "viewers_few",
                         "viewers_entitled", "accompanied", "attendant", "others_body"),
        Event.BEGIN: ("id_again", "statement_signed", "devices_away", "visitor_id", "visitor_letter"),
        Event.FINISH: ("filming", "session_signed", "nothing_shown"),
        Event.STOP: ("note", "filming", "filming_seen"),
        Event.SIGN_LEDGER: ("cell_filming",),
        Event.LOCK: ("lock_source",),
        Event.RECTIFY: ("rectify_what", "rectify_new", "note"),
        Event.RECTIFY_CONFIRM: ("rectify_unseen",),
        Event.WITHDRAW: ("withdrawal_in_writing",),
        Event.APPEAL: ("appeal_letter", "appeal_day"),
        Event.COURT_ORDER: ("order_document", "order_agency"),
        Event.DISMISS: ("forbidden_purpose", "refusal_reason", "refusal_article"),
        Event.PROPOSE_REDIRECT: ("other_body", "other_path", "redirect_reason", "proposal_article"),
        Event.EXTEND: ("note",),
        Event.EXCUSE_SCAN: ("note",),
        Event.FLAG_STATUTORY: ("statute",),
        Event.ADD_RANGE: ("range", "range_past"),
    }  # fmt: skip
    for event, codes in typed.items():
        fields = [field for field in FIELDS if event in field.events]
        looks = {field.look for field in fields}
        for code in codes:
            mended = any(code in field.mends for field in fields) or (
                code.startswith("check_") and "checklist" in looks
            )
            assert mended, f"{event}: nothing on its form mends {code}"


def test_why_nothing_was_shown_is_asked_after_all_that_every_viewing_tells() -> None:
    assert [field.name for field in fields_for((Event.FINISH,), Kind.CIT)][-1] == "reason"


def test_T_30_a_mandate_is_attested_only_where_an_agent_brings_one(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    for agent, asked in (("", False), ("legal", False), ("mandated", True)):
        life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"agent": agent})
        assert ('name="form/mandate"' in visitor.get(life.path).text) is asked, agent


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_and_choice_has_its_words(lang: str) -> None:
    words = CaseWords(read_messages(), lang, {})
    for field in FIELDS:
        for event in field.events:
            assert words.label(field.name, event) != field.name, field.name
        for value in field.choices:
            assert lang == "zh" or words.choice(field.name, value) != value, f"{field.name}: {value}"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["CIT", "AGY"])
def test_no_place_of_a_word_that_may_be_put_right_is_called_by_its_code(
    keeper: KeeperDouble, kind: str, lang: str
) -> None:
    start = Event.RECEIVE if kind == "CIT" else Event.RECEIVE_LETTER
    told = keeper.told_of(Life(keeper, kind).do(start).key, [])
    chosen = words_to_choose(told, CaseWords(read_messages(), lang, {}))
    raw = [label for what, label in chosen if what.rpartition("/")[2] in label.split("　")]
    assert raw == []


# --- what is next, and why not ---


def test_a_field_that_is_needed_is_not_marked_as_one_that_may_stay_empty(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    for event, needed in ((Event.REFUSE, True), (Event.GRANT, False)):
        life = Life(keeper, "CIT").to("decision").do(event, Event.ISSUE)
        label = re.search(r'for="notify-service-proof_no">(.*?)</label>', visitor.get(life.path).text)
        assert label
        assert ("得留空" in label[1]) is not needed


@pytest.mark.parametrize(
    "events", [(Event.DISMISS,), (Event.PROPOSE_REDIRECT, Event.STAMP, Event.STAMP, Event.REDIRECT)]
)
def test_a_request_that_is_answered_without_a_viewing_stands_at_its_notice_and_not_at_its_receipt(
    visitor: Visitor, keeper: KeeperDouble, events: tuple[Event, ...]
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    for event in events:
        typed = {"barred": "attendance", "reason": "差勤", "article": "二"} if event is Event.DISMISS else {}
        life.do(event, **typed)
    visitor.log_in()
    here = re.search(r'aria-current="step">.*?way-name">([^<]*)<', visitor.get(life.path).text, re.DOTALL)
    assert here
    assert here[1] == "通知"


def test_the_page_says_what_is_next_who_and_by_when(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    text = visitor.get(life.path).text
    assert "113調-民-0001" in text
    assert re.search(r"下一步</p>\s*<h2[^>]*>形式審查</h2>", text)
    assert "由專責人員辦理" in text
    assert "核定期限" in text
    assert "保留至結案" in text


def test_AT_65_the_term_of_a_request_under_another_law_bears_its_own_name(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, statutory="檔案法第17條")
    visitor.log_in()
    for page in (life.path, "/cases", "/duties"):
        text = visitor.get(page).text
        assert "法定請求准駁期限" in text, page
        assert "核定期限" not in text, page


def test_AT_07_an_agency_that_did_not_come_is_entered_by_the_officer_and_then_booked_anew(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "AGY").to("decision").do(Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE)
    file = keeper.book[life.key]  # as if its copy had been made
    keeper.book[life.key] = file._replace(case=msgspec.structs.replace(file.case, state=State.PREPARED))
    visitor.log_in()
    assert "登記逾時未到" not in visitor.get("/duties").text
    keeper.now_ns += DAY_NS
    assert "登記逾時未到" in visitor.get("/duties").text
    page = visitor.get(life.path).text
    assert re.search(r"下一步</p>\s*<h2[^>]*>登記逾時未到</h2>", page)
    assert "登記後銷毀閱覽用複本" in page
    assert send(visitor, life, "no_show", event="no_show").status == 303
    assert life.state == "scheduled"
    page = visitor.get(life.path).text
    assert 'class="form-schedule' in page or "form-schedule" in page.partition("next-title")[2]
    assert "登記以其他方式辦理" in page, "beside it"


def test_I11_a_letter_is_said_to_go_on_from_a_locked_case_and_both_pages_name_each_other(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    staff = Life(keeper, "INT").to("checking").do(Event.LOCK)
    letter = Life(keeper, "AGY").do(Event.RECEIVE_LETTER)
    visitor.log_in()
    assert "尚無後續機關來函" in visitor.get(staff.path).text
    page = visitor.get(f"{letter.path}?received=1").text
    assert "調閱範圍與司法程序鎖定案件重疊，尚未註記" in page
    assert f'href="{staff.path}"' in page
    first = visitor.get(f"{letter.path}?duty=link").text
    assert re.search(r"<h2[^>]*>註記接續案件</h2>", first), "the way leads to the form itself"
    assert send(visitor, letter, "link", event="link", former="").status == 400, "none is forced, and none is nothing"
    assert send(visitor, letter, "link", event="link", former=staff.key).status == 303
    page, back = visitor.get(letter.path).text, visitor.get(staff.path).text
    assert f'接續司法程序鎖定之案件：<a href="{staff.path}">113調-內-0001</a>' in page
    assert "接續案件：113調-內-0001" in page, "and in its course"
    assert f'後續機關來函：<a href="{letter.path}">113調-機-0001</a>' in back
    assert "尚無後續機關來函" not in back
    assert send(visitor, letter, "link", event="link", former="none").status == 403, "not without a reason"
    assert send(visitor, letter, "link", event="link", former="none", reason="並非同一事件").status == 303
    assert "尚無後續機關來函" in visitor.get(staff.path).text


def test_I11_no_colleague_learns_from_a_locked_case_that_a_letter_came(visitor: Visitor, keeper: KeeperDouble) -> None:
    staff = Life(keeper, "INT").to("checking").do(Event.LOCK)
    Life(keeper, "AGY").do(Event.RECEIVE_LETTER).do(Event.LINK, former=staff.key)
    visitor.log_in("clerk")
    page = visitor.get(staff.path).text
    assert "司法程序鎖定" in page
    assert "後續機關來函" not in page


_ROW = (Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)


def test_C22_the_end_of_an_appeal_is_entered_and_its_tag_term_and_record_follow(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_ROW)
    visitor.log_in()
    assert "form-appeal-end" not in visitor.get(life.path).text, "nobody appealed"
    life.do(Event.APPEAL)
    page = visitor.get(life.path).text
    for said in ("訴願中", "保留至訴願終結", "訴願處理紀錄"):
        assert said in page, said
    assert "登記訴願結果" not in visitor.get("/duties").text, "it takes its time"
    keeper.now_ns += 95 * DAY_NS
    assert f'href="{life.path}?duty=appeal_over"' in visitor.get("/duties").text
    today = date_text(keeper.today.isoformat(), "zh")
    end = {"voucher/number": "府訴決字第1136100001號", "voucher/day": today}
    assert send(visitor, life, "appeal_end", **end).status == 403, "not without how it ended"
    assert send(visitor, life, "appeal_end", **end | {"voucher/kind": "rejected"}).status == 303
    page = visitor.get(life.path).text
    assert "訴願中" not in page.partition('class="way"')[0]
    for said in ("訴願已終結", "行政訴訟期間", f"訴願駁回　{today}　府訴決字第1136100001號"):
        assert said in page, said
    assert "form-appeal-end" not in page


def test_where_nothing_is_pinned_no_form_speaks_of_a_pin_that_stays_or_ends(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    here = Life(keeper, "CIT").do(Event.RECEIVE)
    life = Life(keeper, "CIT").do(Event.RECEIVE, recorder="former")
    visitor.log_in()
    assert "保留不受影響" in visitor.get(here.path).text
    page = visitor.get(life.path).text
    assert "不備者通知補正。本案目前未予保留。" in page
    assert "保留不受影響" not in page
    life.do(
        Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP, Event.STAMP, Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_ROW[:2]
    )
    page = visitor.get(life.path).text
    assert "本案目前未予保留；結案並編製紀錄專卷。" in page
    assert "結案後，保留依其規定之期限解除" not in page


def test_a_case_of_which_no_copy_ever_was_is_not_called_cleaned(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    life.do(Event.GRANT, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH)
    life.do(Event.CLEAN, who="system")
    visitor.log_in()
    for path in (life.path, "/cases"):
        page = visitor.get(path).text
        assert "無複本留存" in page
        assert "清理" not in page


def test_C22_what_was_revoked_leads_to_its_new_case_and_back(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_ROW).do(Event.APPEAL)
    visitor.log_in()
    today = date_text(keeper.today.isoformat(), "zh")
    end = {"voucher/number": "府訴決字第1136100002號", "voucher/day": today}
    assert send(visitor, life, "appeal_end", **end | {"voucher/kind": "revoked"}).status == 303
    page = visitor.get(life.path).text
    assert "已撤銷，另為處分" in page
    assert '已另為處分；新案：<a href="/cases/113調-民-0002">113調-民-0002</a>' in page
    page = visitor.get("/cases/113調-民-0002").text
    assert f'另為處分；原案：<a href="{life.path}">113調-民-0001</a>' in page
    assert f"訴願決定撤銷原處分（府訴決字第1136100002號，{today}）；原案 113調-民-0001，原處分 北市萬戶庶字第" in page
    assert re.search(r"下一步</p>\s*<h2[^>]*>形式審查</h2>", page)
    assert "/receipt-slip/" not in page, "nobody brought it"


_BEGUN = (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN)


def test_AT_02_a_viewing_that_people_ended_is_finished_and_not_opened_again(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(*_BEGUN)
    visitor.log_in()
    visitor.join("manager")
    assert 'id="view-password"' in visitor.get(life.path).text
    assert (
        'name="seat" value="2"' in visitor.get(life.path).text.partition('class="opening"')[2].partition("</form>")[0]
    )
    keeper.over.add(life.key)
    page = visitor.get(life.path).text
    assert 'id="view-password"' not in page
    assert "不得再開啟。請登記「閱覽完畢」" in page


def test_after_a_receipt_the_slip_to_hand_out_is_one_click_away(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    slip = f'class="button" href="{life.path}/papers/receipt-slip/pdf"'
    assert slip in visitor.get(f"{life.path}?received=1").text
    assert slip not in visitor.get(life.path).text


def test_T_38_the_page_counts_what_the_same_applicant_asked_before_and_leads_to_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    first = Life(keeper, "CIT").to("decision").do(Event.REFUSE)
    visitor.log_in("director")
    assert 'class="earlier"' not in visitor.get(first.path).text, "nothing came before"
    page = visitor.get(Life(keeper, "CIT").to("decision").path).text
    assert "同一證件號碼先前申請 1 件" in page
    assert f'<a href="{first.path}">' in page
    assert "未限制申請次數" in page
    assert page.partition('class="earlier"')[2].partition("</details>")[0].count("否准") == 1


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "<summary>同姓名而有一方未記證件號碼之申請 3 件"),
        (2, '<p class="small">同姓名而有一方未記證件號碼之申請 3 件'),
    ],
)
def test_T_38_requests_of_the_same_name_without_a_number_are_counted_apart(
    count: int, said: str, visitor: Visitor, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_earlier", lambda key: Earlier(count=count, by="id", alike=3))
    visitor.log_in("director")
    assert said in visitor.get(Life(keeper, "CIT").to("decision").path).text


def test_T_36_AT_36_whoever_decides_sees_who_asks_why_and_every_answer_to_be_minded_without_opening_anything(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    answers = dict.fromkeys(CHECKLIST, "yes") | {"no_colleague_watched": "no", "investigation_secrecy": "no"}
    life = Life(keeper, "INT").do(Event.SUBMIT, Event.SIGN_SECTION)
    proposal = {"result": "refused", "article": "二"}
    life.do(Event.PROPOSE, checklist=answers, proposal=proposal).do(Event.STAMP, Event.STAMP)
    visitor.log_in("director")
    above = visitor.get(life.path).text.partition('<form class="act-form form-decide"')[0]
    assert "<details" not in above, "nothing above the decision is folded"
    for said in ("王小明", "3 號櫃檯身分證交付爭議", "核對結果須留意者 2 項", "尚未進入司法程序？"):
        assert said in above, said
    minded = above.partition("須留意者")[2].partition("</div>")[0]
    assert "確認本件並非為察看特定同仁？" in minded
    assert "是否有應遮蔽之第三人、證件或螢幕？" in minded, "a yes, and no light matter"
    assert "偵查不公開" not in minded, "a no, and nothing to mind"
    answer = send(
        visitor, life, "decide",
        **{"ruling.0.outcome": "granted", "form/judicial": "no", "password": PASSWORDS["director"]},
    )  # fmt: skip
    assert answer.status == 403
    assert "核對結果為察看特定同仁，不得准予" in answer.text
    assert life.state == "decision"


def test_a_return_says_why_on_the_next_step_and_its_proposal_is_made_anew(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("sec_review").do(Event.RETURN)
    visitor.log_in("manager")
    above = visitor.get(life.path).text.partition('<form class="act-form form-propose"')[0]
    assert "<details" not in above
    assert "請補充說明第三人遮蔽方式。" in above
    life.do(Event.PROPOSE, who="manager")
    assert 'class="notice notice-warn returned"' not in visitor.get(life.path).text


def test_what_is_overdue_is_red_and_says_so_by_the_keeper_s_own_day(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    visitor.log_in("director")
    assert "due-mark due-none" in visitor.get(life.path).text
    keeper.now_ns += 40 * 86_400 * 10**9
    visitor.log_in("director")
    page = visitor.get(life.path).text
    found = re.search(r'<span class="due-mark due-over">.*?已逾 (\d+) 日.*?逾期', page, re.DOTALL)
    assert found, "red, and in words"
    assert int(found[1]) < 40, "of the keeper's days, not of the clock beside it"


def test_whoever_may_not_sees_why_before_trying(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("unit_review")
    visitor.log_in("manager")
    text = visitor.get(life.path).text
    assert "form-stamp" not in text
    assert "須由單位主管登入辦理" in text
    assert 'action="/join"' in text


def test_two_signers_see_each_other_s_cell_and_what_a_return_superseded(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("unit_review").do(Event.RETURN).do(Event.PROPOSE)
    visitor.log_in("head")
    text = visitor.get(life.path).text
    boxes = text[text.index('class="boxes"') : text.index('id="checklist"')]
    assert boxes.count("吳志文") == 2
    assert "退回前之核章" in boxes
    assert "待簽" in boxes


def test_AT_59_the_row_of_annex_4_says_which_cell_is_still_empty(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("checking")
    visitor.log_in()
    row = visitor.get(life.path).text.partition('class="ledger-row"')[2].partition("</dl>")[0]
    assert "發現犯罪嫌疑" in row
    assert "1-01 113/09/27 14:00 – 14:40" in row
    assert "未複製" in row
    assert re.search(r"辦理結果</span> <span class=\"lack\">待填", row)
    assert row.count("待填") == 1


@pytest.mark.parametrize(("who", "does"), [("officer", {"find_defects"}), ("manager", {"check"})])
def test_A3_A4_the_check_of_a_letter_offers_each_what_is_theirs(
    visitor: Visitor, keeper: KeeperDouble, who: str, does: set[str]
) -> None:
    """Else the officer's first button is one that only the manager may press."""
    page = Life(keeper, "AGY").do(Event.RECEIVE_LETTER)
    visitor.log_in(who)
    form = visitor.get(page.path).text.partition("form-check")[2].partition("</form>")[0]
    assert set(re.findall(r'name="event" value="(\w+)"', form)) == does
    visitor.join("manager" if who == "officer" else "officer")
    form = visitor.get(page.path).text.partition("form-check")[2].partition("</form>")[0]
    assert set(re.findall(r'name="event" value="(\w+)"', form)) == {"check", "find_defects"}


def test_S3_whoever_decides_finds_the_decision_open_while_the_notice_of_a_longer_term_waits_for_its_number(
    site: RunningSite, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.EXTEND, reason="另須查證")
    for who, title in (("officer", "展延通知發文"), ("director", "核定")):
        desk = Visitor(site)
        desk.log_in(who)
        assert re.search(rf'id="next-title"[^>]*>{title}<', desk.get(life.path).text)


def test_C22_an_appeal_is_entered_on_the_page_of_a_closed_case(visitor: Visitor, keeper: KeeperDouble) -> None:
    closing = (Event.ISSUE, Event.NOTIFY, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    granted = Life(keeper, "CIT").to("received").do(Event.WITHDRAW, voucher={"kind": "withdrawal"}).do(*closing[2:])
    refused = Life(keeper, "CIT").to("decision").do(Event.REFUSE, *closing)
    visitor.log_in()
    assert re.findall(r'class="act-form (\S+)"', visitor.get(granted.path).text) == ["form-rectify"]
    day = f"{keeper.today.year - 1911}/{keeper.today:%m/%d}"
    document = {"voucher/number": "府訴字第1號", "voucher/day": day}
    answer = send(visitor, refused, "appeal", event="appeal", **document)
    assert answer.status == 303, answer.text
    assert f"{day}　府訴字第1號" in visitor.get(refused.path).text, "the history names it"
    assert refused.state == "closed"
    assert "appeal" in keeper.book[refused.key].case.flags


@pytest.mark.parametrize(("unit", "outside"), [("萬華分局 西園路派出所", False), ("中正第一分局", True), ("", False)])
def test_AT_37_a_report_to_a_police_unit_without_jurisdiction_is_warned_of_at_the_formal_check(
    visitor: Visitor, keeper: KeeperDouble, unit: str, outside: bool
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"report_unit": unit})
    visitor.log_in()
    warned = f"「{unit}」之轄區為臺北市中正區之一部，非本所所在地"
    assert (warned in visitor.get(life.path).text) is outside
    if unit:
        life.do(Event.PASS_FORMAL, Event.PROPOSE)
        assert warned not in visitor.get(life.path).text, "what was looked at is decided by the chain"


def test_AT_37_an_office_whose_pack_lists_no_police_units_is_warned_of_none(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    keeper.put_in_force(second_bytes().replace(b"2026", b"2024"))
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"report_unit": "中正第一分局"})
    visitor.log_in()
    assert second_pack().police_units == ()
    assert "中正第一分局" in visitor.get(life.path).text
    assert "警察分局" not in visitor.get(life.path).text


def test_what_no_machinery_makes_is_said_and_not_offered(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = asking_copy(keeper, "copy").do(Event.GRANT_COPY, copy_reasoned="保存證據").do(Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    text = visitor.get(life.path).text
    assert re.search(r"下一步</p>\s*<h2[^>]*>登記以其他方式辦理</h2>", text), "what the duty board says too"
    assert "form-make-copy" not in text
    assert "登記內容印於附件4；本案不因逾期而失效" in text


def test_what_was_done_in_another_way_is_entered_on_the_page_and_stands_in_the_row(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "AGY").to("decision").do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    day = f"{keeper.today.year - 1911}/{keeper.today:%m/%d}"
    typed = {"otherwise/done": "電洽承辦人，無須閱覽", "otherwise/day": day, "otherwise/copied": "yes"}
    answer = send(visitor, life, "otherwise", event="otherwise", **typed)
    assert answer.status == 403
    assert "未經核定提供複製，亦無法院或檢察官之命令" in answer.text
    assert send(visitor, life, "otherwise", event="otherwise", **typed | {"otherwise/copied": "no"}).status == 303
    page = visitor.get(life.path).text
    assert "以其他方式辦結" in page
    assert "逾期未閱" not in page


def test_AT_56_no_copy_can_be_chosen_for_an_agency_and_the_intake_says_to_promise_none(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = asking_copy(keeper)
    visitor.log_in("director")
    page = visitor.get(life.path).text
    assert re.findall(r'name="give"[^>]*value="(\w+)"', page) == ["viewing"]
    assert "不得承諾提供複製" in page
    visitor.log_in()
    assert "不得向來函機關承諾提供複本" in visitor.get("/cases/new/letter").text


def test_AT_56_whoever_proposes_says_what_is_to_become_of_the_copy_and_why(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    letter = LETTER | {"copy_asked": True, "copy_reason": "移送地檢署之證據"}
    life = Life(keeper, "AGY").do(Event.RECEIVE_LETTER, letter=letter).do(Event.CHECK)
    visitor.log_in("manager")
    said = {f"check.{code}": "yes" for code in CHECKLIST} | {"password": PASSWORDS["manager"]}
    said |= {"proposal/result": "granted", "proposal/article": "八(五)3(1)"}
    silent = send(visitor, life, "propose", event="propose", **said)
    assert silent.status != 303
    assert "來函申請複製，尚未選擇同意之方式" in silent.text
    assert "來函申請複製，未載明准駁複製之理由" in silent.text
    said |= {"proposal/give": "viewing", "proposal/copy_reasoned": "閱覽已足認事實"}
    assert send(visitor, life, "propose", event="propose", **said).status == 303
    other = Life(keeper, "AGY").do(Event.RECEIVE_LETTER, letter=letter).do(Event.CHECK)
    refusal = said | {"proposal/result": "refused"}
    assert send(visitor, other, "propose", event="propose", **refusal).status == 303
    assert "擬同意之方式" not in visitor.get(other.path).text, "where all is to be refused, nothing is said of the copy"
    visitor.post("/logout")
    visitor.log_in("head")
    card = head_of(visitor.get(life.path).text).partition("<form")[0]
    for seen in ("擬同意之方式", "僅閱覽，不提供複製", "擬准駁複製之理由", "閱覽已足認事實"):
        assert seen in card, f"whoever stamps sees {seen}"


def test_AT_56_the_decider_sees_the_copy_that_was_asked_for_and_says_what_is_given_and_why(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = asking_copy(keeper, copy_reason="移送地檢署之證據")
    proposed = "閱覽已足認事實，尚無保存證據之必要。"
    visitor.log_in("director")
    page = visitor.get(life.path).text
    card = head_of(page).partition("<form")[0]
    for seen in ("來函申請複製", "移送地檢署之證據", "擬同意之方式", "僅閱覽，不提供複製", proposed):
        assert seen in card
    assert f">{proposed}</textarea>" in page, "the reason stands to be taken over"
    ruled = {"ruling.0.outcome": "granted", "ruling.1.outcome": "granted", "password": PASSWORDS["director"]}
    silent = send(visitor, life, "decide", **ruled)
    assert silent.status != 303
    assert "來函申請複製，尚未選擇同意之方式" in silent.text
    bare = send(visitor, life, "decide", give="viewing", copy_reasoned="", **ruled)
    assert bare.status != 303
    assert "來函申請複製，未載明准駁複製之理由" in bare.text
    turned = send(visitor, life, "decide", give="both", copy_reasoned=proposed, **ruled)
    assert turned.status != 303, "no copy is given for the reason against it"
    assert "核定與擬辦不同者，請另敘理由" in turned.text
    assert life.state == "decision"
    answer = send(visitor, life, "decide", give="viewing", copy_reasoned="移送後由法院調取即可", **ruled)
    assert answer.status == 303, answer.text
    assert keeper.book[life.key].case.allows == {"viewing"}
    after = visitor.get(life.path).text
    asked, history = (
        after.partition(f'id="{part}-body"')[2].partition("</details>")[0] for part in ("asked", "history")
    )
    for part in (asked, history):
        assert "僅閱覽，不提供複製" in part
        assert "移送後由法院調取即可" in part


def test_AT_41_two_people_who_may_not_open_a_viewing_are_told_why_and_offered_no_form(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(*_BEGUN)
    visitor.log_in()
    visitor.join("head")
    page = visitor.get(life.path).text
    assert 'id="view-password"' not in page
    assert "不得開啟本案影音資料" in page
    assert "民眾閱覽須會同系統管理人：請系統管理人登入。" in page


def test_a_call_that_waits_for_its_letter_leads_to_the_form_of_the_letter(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "AGY").do(Event.PRESERVE, words={"phone": "02-2306-0000"})
    visitor.log_in()
    page = visitor.get(life.path).text
    assert f'href="/cases/new/letter?follows={life.key}">來函收文' in page
    assert "未能辦理之原因：" not in page
    assert "回電查證電話" in page
    assert "02-2306-0000" in page
    assert visitor.get(f"/cases/new/letter?follows={life.key}").status == 200
    visitor.post("/logout")
    visitor.log_in("third")
    assert "/cases/new/letter?follows" not in visitor.get(life.path).text


def head_of(text: str) -> str:
    """The card at the head of a case's page."""
    return text.partition('<section class="card next"')[2].partition("</section>")[0]


def test_AT_07_a_duty_leads_to_the_form_that_it_waits_for(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("checking")
    life.do(Event.RECTIFY, rectify={"what": "form/reason_text", "new": "皮夾遭竊"}, reason="誤植")
    visitor.log_in("head")
    board = visitor.get("/duties").text
    assert f'href="{life.path}?duty=rectify_confirm"' in board
    for path in (f"{life.path}?duty=rectify_confirm", life.path):
        head = head_of(visitor.get(path).text)
        assert "待您辦理" in head
        assert "form-rectify-confirm" in head, "and not somebody else's opinion"
    assert "下一步" in head_of(visitor.get(f"{life.path}?duty=propose").text)
    visitor.post("/logout")
    visitor.log_in("manager")
    assert "form-propose" in head_of(visitor.get(life.path).text)


@pytest.mark.parametrize("kind", ["CIT", "INT", "AGY"])
def test_AT_07_whatever_waits_has_a_form_on_the_page_that_it_leads_to(kind: str, keeper: KeeperDouble) -> None:
    life = Life(keeper, kind)
    way = [*STARTS[kind], Event.PROPOSE, Event.STAMP, Event.STAMP, Event.GRANT]
    way += {"CIT": [Event.ISSUE, Event.NOTIFY, Event.SCHEDULE], "INT": [Event.SCHEDULE]}.get(kind, [Event.ISSUE])
    for event in way:
        life.do(event, **({"form": {"judicial": "no"}} if event is Event.GRANT and kind == "INT" else {}))
        forms = forms_of(keeper.told_of(life.key, []))
        for row in waiting(keeper.book[life.key].case):
            shown = shown_first(forms, row.event)
            assert shown
            assert row.event in shown.events


# --- acts ---


def test_a_case_is_led_from_receipt_to_its_close_by_the_page_s_own_forms(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    today = f"{keeper.today.year - 1911}/{keeper.today.month}/{keeper.today.day}"
    checks = {f"check.{code}": "yes" for code in CHECKLIST}
    steps: list[tuple[str, str, dict[str, str]]] = [
        ("officer", "formal", {"event": "pass_formal"}),
        ("manager", "propose", {"proposal/result": "granted", "proposal/article": "八(五)1(1)", **checks}),
        ("head", "stamp", {}),
        ("third", "stamp", {}),
        ("director", "decide", {"ruling.0.outcome": "granted", "ruling.1.outcome": "granted",
                                "password": PASSWORDS["director"]}),
        ("officer", "issue", {"dispatch/doc_no": "北市萬戶庶字第1號", "dispatch/day": today}),
        ("officer", "notify", {"service/means": "handed", "service/day": today}),
        ("officer", "schedule", {"viewing/on": today, "viewing/starts": "1400", "viewing/ends": "15:00"}),
        ("officer", "prepare", {}),
        ("manager", "begin", {f"viewing/{each}": "1" for each in
                              ("id_again", "statement_signed", "devices_away")}),
        ("manager", "finish", {"viewing/filming": "none", "viewing/signed": "1"}),
        ("manager", "sign_ledger", {}),
        ("head", "stamp_ledger", {}),
        ("officer", "close", {}),
    ]  # fmt: skip
    for who, code, typed in steps:
        visitor.post("/logout")
        visitor.log_in(who)
        if "event" not in typed and code != "decide":
            typed = {"event": code} | typed
        answer = send(visitor, life, code, **typed)
        assert answer.goes_to.startswith(life.path), f"{code}: {re.findall(r'notice-detail.>([^<]*)', answer.text)}"
        if code == "finish":
            assert "form-clean" not in visitor.get(life.path).text, "nobody ticks what the recorder knows"
            life.do(Event.CLEAN)
    assert life.state == "closed"
    assert re.findall(r'class="act-form (\S+)"', visitor.get(life.path).text) == ["form-rectify"]


def test_a_part_is_granted_by_fewer_minutes_with_its_reason(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    visitor.log_in("director")
    typed = {
        "ruling.0.outcome": "partly", "ruling.0.start": "113/9/27 14:10", "ruling.0.masked": "1",
        "ruling.1.outcome": "refused", "password": PASSWORDS["director"],
    }  # fmt: skip
    answer = send(visitor, life, "decide", **typed)
    assert answer.status == 403
    assert "限縮範圍未附理由" in answer.text
    typed |= {"ruling.0.reason": "其餘時段與事由無關", "ruling.1.reason": "該處未發生"}
    assert send(visitor, life, "decide", **typed).goes_to
    assert life.state == "partly"
    told = keeper.told("case-act")[-1]["facts"]["rulings"]
    assert [len(ruling["scopes"]) for ruling in told] == [1, 0]
    assert told[0]["scopes"][0]["start_ns"] == keeper.book[life.key].case.asked[0].start_ns + 600 * 10**9


def test_everything_missing_stands_beside_its_field_and_nothing_typed_is_lost(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"report_no": "", "reason_text": ""})
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal")
    for gone in ("form/signed", "form/report_original"):
        del values[gone]
    values |= {"form/report_no": [""], "form/reason_text": ["皮夾 <b>遺失</b>"], "event": ["pass_formal"]}
    answer = visitor.post(f"{life.path}/act", values)
    assert answer.status == 403
    assert "皮夾 &lt;b&gt;遺失&lt;/b&gt;" in answer.text
    targets = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert targets == ["formal-form-signed", "formal-form-report_original", "formal-form-report_no"]
    for target in targets:
        assert f'id="{target}"' in answer.text
        assert f'id="{target}-problem"' in answer.text
    assert "通知申請人補正" in answer.text
    assert keeper.book[life.key].case.state == "received"


@pytest.mark.parametrize(("typed", "said"), [("114/2/29", "無此日期或時間"), ("190/1/1", "日期不得晚於今日")])
def test_a_day_that_is_none_or_to_come_is_named_before_anything_is_sent(
    visitor: Visitor, keeper: KeeperDouble, typed: str, said: str
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form={name: FORM[name] for name in FORM if name != "report_day"})
    visitor.log_in()
    answer = send(visitor, life, "formal", event="pass_formal", **{"form/report_day": typed})
    assert answer.status == 400
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert keeper.told("case-act") == []


def test_T_80_a_word_that_was_received_is_shown_at_the_formal_check_and_not_asked_for_again(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    text = visitor.get(life.path).text
    names = form_at(text, "formal")
    assert not {"form/reason", "form/reason_text", "form/report_no", "form/standing"} & names.keys()
    form = text[text.index("form-formal") :]
    assert form.index("疑遭人取走") < form.index('name="finding.reason"'), "what it says stands beside what is wrong"
    answer = send(visitor, life, "formal", event="pass_formal", **{"finding.reason": "事由未具體"})
    assert answer.status == 400
    assert "請選「不備，通知補正」" in answer.text
    send(visitor, life, "formal", event="find_defects", **{"finding.reason": "事由未具體"})
    told = keeper.told("case-act")[-1]["facts"]
    assert told["findings"] == {"reason": "事由未具體"}
    assert "reason_text" not in told["form"]


def test_a_form_that_is_sent_after_the_log_in_ran_out_comes_back_as_it_was_typed(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"reason_text": ""})
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal")
    keeper.drop_sessions()
    answer = visitor.post(
        f"{life.path}/act", values | {"form/reason_text": ["寫了很久的事由"], "event": ["pass_formal"]}
    )
    visitor.log_in()
    text = visitor.get(home_of(answer)).text
    assert "寫了很久的事由" in text
    assert "送出前登入已逾時" in text
    assert not keeper.told("case-act")


def test_a_form_sent_twice_does_one_act(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal") | {"event": ["pass_formal"]}
    assert [visitor.post(f"{life.path}/act", values).status for _ in range(2)] == [303, 303]
    assert [call["event"] for call in keeper.told("case-act")] == ["pass_formal"]


def test_AT_73_what_is_sent_again_after_its_ink_was_entered_is_said_to_be_entered_no_second_time(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    """Whoever goes back in the browser and mends the time of the sheet learns that this was not entered."""
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal") | {"event": ["pass_formal"]}
    visitor.post(f"{life.path}/act", values)
    again = visitor.post(f"{life.path}/ink", values | {"ink.time": ["09:31"]})
    assert again.goes_to == f"{life.path}/ink?sent=1"
    assert "本次重複送出，不再登記" in visitor.get(again.goes_to).text
    assert "本次重複送出，不再登記" not in visitor.get(f"{life.path}/ink").text
    assert len(keeper.told("case-act")) == 1


def test_a_page_that_the_case_has_left_behind_says_so(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal") | {"event": ["pass_formal"]}
    life.do(Event.PASS_FORMAL)
    answer = visitor.post(f"{life.path}/act", values)
    assert answer.status == 409
    assert "本案業由他人續辦" in answer.text


def test_a_password_is_in_no_page_and_no_draft(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    visitor.log_in("director")
    answer = send(visitor, life, "decide", **{"ruling.0.outcome": "granted", "password": "my-secret-words"})
    assert answer.status == 400
    assert "my-secret-words" not in answer.text
    assert "請逐段選擇" in answer.text
    assert "my-secret-words" not in visitor.get(life.path).text


def test_a_wrong_password_decides_nothing_and_loses_nothing(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision")
    visitor.log_in("director")
    ruled = {"ruling.0.outcome": "refused", "ruling.1.outcome": "refused", "reason": "與事由無關", "article": "八(五)"}
    answer = send(visitor, life, "decide", **ruled, password="wrong")
    assert answer.status == 403
    assert life.state == "decision"
    assert "與事由無關" in answer.text
    assert re.search(r'name="ruling.0.outcome" value="refused" checked', answer.text)


def test_T_54_reasons_that_tell_of_the_footage_are_asked_about_once_and_are_the_deciders(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision")
    visitor.log_in("director")
    ruled = {"ruling.0.outcome": "refused", "ruling.1.outcome": "refused", "article": "八(五)",
             "password": PASSWORDS["director"]}  # fmt: skip
    asked = send(visitor, life, "decide", **ruled, reason="畫面中男子身穿紅衣")
    assert asked.status == 400
    assert "似有敘述影音內容（畫面中男子身穿" in asked.text
    assert life.state == "decision"
    seal = re.search(r'name="worded" value="(\w+)"', asked.text)
    assert seal
    other = send(visitor, life, "decide", **ruled, reason="錄影可見申請人取走皮夾", worded=seal[1])
    assert other.status == 400, "other words are asked about anew"
    sent = send(visitor, life, "decide", **ruled, reason="畫面中男子身穿紅衣", worded=seal[1])
    assert sent.status == 303
    assert life.state == "refused"


@pytest.mark.parametrize(
    ("way", "who", "form", "typed", "field"),
    [
        ((Event.RECEIVE,), "officer", "formal",
         {"form/report_original": "", "finding.form_signed": "影片中之人所簽", "event": "find_defects"}, "findings"),
        ((), "director", "return", {"reason": "監視器拍到的人不是他", "event": "return"}, "reason"),
        ((), "director", "decide", {"ruling.0.outcome": "refused", "ruling.1.outcome": "refused",
         "reason": "與事由無關", "article": "八(五)", "ruling.0.reason": "影片中可見皮夾",
         "password": PASSWORDS["director"]}, "rulings"),
        ((Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN), "manager", "finish",
         {"viewing/filming": "seen", "filming.handled": "拍到螢幕，已刪除", "viewing/signed": "1", "event": "finish"},
         "viewing-filming"),
    ],
)  # fmt: skip
def test_T_54_every_reason_in_words_of_the_office_is_asked_about_once_beside_its_field(
    visitor: Visitor, keeper: KeeperDouble, way: tuple[Event, ...], who: str, form: str, typed: dict[str, str],
    field: str,
) -> None:  # fmt: skip
    life = Life(keeper, "CIT")
    life = life.do(*way) if way == (Event.RECEIVE,) else life.to("decision").do(*way)
    state = life.state
    visitor.log_in(who)
    asked = send(visitor, life, form, **typed)
    assert asked.status == 400
    assert re.search(rf'id="{form}-{field}-problem"[^>]*>似有敘述影音內容', asked.text), "beside its field"
    seal = re.search(r'name="worded" value="(\w+)"', asked.text)
    assert seal
    assert send(visitor, life, form, **typed, worded=seal[1]).status == 303
    assert life.state != state


def test_T_54_an_interruption_is_held_up_by_no_question(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision").do(*_BEGUN)
    visitor.log_in("manager")
    assert send(visitor, life, "interrupt", reason="錄影可見申請人手持手機", event="interrupt").status == 303


def test_T_54_what_is_typed_is_either_the_office_s_own_words_or_somebody_else_s() -> None:
    others = {f"{part}/{name}" for part, names in RECEIVED_WORDS.items() for name in names} | {"rectify/new"}
    texts = {field.name for field in FIELDS if field.look in ("text", "findings", "rulings", "filming")}
    assert texts <= OWN_WORDS | others
    assert {field.name for field in FIELDS} >= OWN_WORDS
    assert not OWN_WORDS & others


def test_T_54_a_refusal_rests_on_an_article_that_the_decider_chose(visitor: Visitor, keeper: KeeperDouble) -> None:
    ruled = {"ruling.0.outcome": "refused", "ruling.1.outcome": "refused", "reason": "與事由無關",
             "password": PASSWORDS["director"]}  # fmt: skip
    visitor.log_in("director")
    for typed, cited in (
        ({}, ""),
        ({"article.proposed": "1"}, "八(五)1(1)"),
        ({"article": "個資法第5條"}, "個資法第5條"),
        ({"article.proposed": "1", "article": "個資法第5條"}, "八(五)1(1)；個資法第5條"),
    ):
        life = Life(keeper, "CIT").to("decision")
        page = visitor.get(life.path).text
        assert "引用擬辦所引：八(五)1(1)" in page
        assert 'name="article" value=""' in page, "nothing is cited that nobody chose"
        answer = send(visitor, life, "decide", **ruled, **typed)
        assert answer.status == (303 if cited else 403), answer.text
        assert keeper.told_of(life.key, []).article == cited


def test_T_26_that_nothing_is_masked_takes_a_reason_that_whoever_confirms_reads(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.GRANT_PARTLY, **PARTLY).do(Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    assert send(visitor, life, "finish_masks", event="finish_masks").status == 403
    page = visitor.get(life.path).text
    assert "無須遮蔽之理由" in page
    assert "供確認人審酌" in page
    assert send(visitor, life, "finish_masks", event="finish_masks", reason="該時段無他人入鏡").status == 303
    said = visitor.get(life.path).text
    assert "陳怡君敘明無須遮蔽之理由：該時段無他人入鏡" in said


def test_typed_markup_is_text_everywhere_on_the_page(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"reason_text": "<script>alert(1)</script>"})
    life.do(Event.PASS_FORMAL, Event.PROPOSE, words={"opinion": "<img src=x>"}).do(Event.RETURN, reason="<b>退</b>")
    visitor.log_in("manager")
    text = visitor.get(life.path).text
    for typed in ("<script>alert", "<img src=x", "<b>退"):
        assert typed not in text
        assert html.escape(typed) in text


def test_AT_34_the_page_says_until_when_a_slip_keeps_it_at_least(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.SLIP)
    visitor.log_in()
    slip = date_text((keeper.today + timedelta(days=30)).isoformat(), "zh")
    assert f"保留至結案，且至少至 {slip}（複製申請告知單）" in visitor.get(life.path).text


def test_AT_72_the_history_says_what_was_asked_for_and_by_which_letter(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"report_original": False})
    visitor.log_in()
    assert send(visitor, life, "formal", event="find_defects").status == 303
    assert "稿，尚未發文" in visitor.get(life.path).text
    typed = {"dispatch/doc_no": "北市萬戶庶字第2號"}
    assert send(visitor, life, "issue_correction", event="issue_correction", **typed).status == 303
    assert "北市萬戶庶字第2號；尚未送達" in visitor.get(life.path).text
    life.do(Event.CORRECTED, form={"report_original": True})
    text = visitor.get(life.path).text
    history = text[text.index("應補正事項") :]
    assert "請攜帶報案證明正本到所核對" in history
    assert "北市萬戶庶字第2號" in text
    assert f"{life.path}/papers/correction-notice/pdf" in text


def test_its_papers_are_files_in_both_forms_under_the_office_s_own_names(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    text = visitor.get(life.path).text
    links = re.findall(rf'href="({life.path}/papers/[^"]+)"', text)
    assert [link.split("/")[-2:] for link in links] == [
        [code, kind]
        for code in ("annex-2", "receipt-slip", "refusal-with-remedy", "annex-4")
        for kind in ("pdf", "odt")
    ]
    odt = visitor.get(links[5])
    assert odt.headers["content-type"] == "application/vnd.oasis.opendocument.text"
    assert "%E5%90%A6%E5%87%86%E9%80%9A%E7%9F%A5-113%E8%AA%BF-%E6%B0%91-0001.odt" in odt.headers["content-disposition"]
    assert visitor.get(f"{life.path}/papers/reply-letter/pdf").status == 404
    assert visitor.get(f"{life.path}/papers/annex-2/docx").status == 404


def test_the_book_of_a_month_has_every_case_received_in_it_numbered_through_the_year(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    Life(keeper, "CIT").do(Event.RECEIVE)
    keeper.now_ns += 2 * 86_400 * 10**9
    for kind in ("INT", "AGY"):
        Life(keeper, kind).to("checking")
        keeper.now_ns += 60 * 10**9
    visitor.log_in()
    assert 'href="/registers/2024-10/odt"' in visitor.get("/papers").text
    book = odt_words(visitor.get("/registers/2024-10/odt").body)
    assert [number in book for number in ("113調-民-0001", "113調-內-0001", "113調-機-0001")] == [False, True, True]
    assert "第2列" in book
    assert "第3列" in book
    assert visitor.get("/registers/2024-13/odt").status == 404


def test_AT_61_a_month_of_any_length_is_printed_in_parts_by_itself(visitor: Visitor, keeper: KeeperDouble) -> None:
    for _ in range(46):
        Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    found = visitor.get("/registers/2024-09/odt")
    assert found.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(found.body)) as archive:
        parts = [odt_words(archive.read(name)) for name in archive.namelist()]
        assert [name[-6:] for name in archive.namelist()] == ["-1.odt", "-2.odt"]
    assert ["第1部分，共2部分" in part for part in parts] == [True, False]
    assert ["第45列" in part for part in parts] == [True, False]
    assert ["第46列" in part for part in parts] == [False, True]


@pytest.mark.papers
def test_AT_60_the_case_file_holds_every_paper_and_entry_and_nothing_else(
    visitor: Visitor, keeper: KeeperDouble, tmp_path: Path
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    answer = visitor.post(f"{life.path}/file")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        names = package.namelist()
        assert b"entry 2" in package.read("ledger/00000002.note")
        package.extractall(tmp_path)
    for name in names:
        assert is_words_alone(tmp_path / name), f"{name} holds a picture"
    assert names[:5] == [
        "00-封面及目錄.pdf",
        "01-附件2-民眾調閱申請書.pdf",
        "02-收件收據.pdf",
        "03-否准通知.pdf",
        "04-附件4-影音應用紀錄簿.pdf",
    ]
    assert {name.rpartition(".")[2] for name in names} == {"pdf", "json", "note", "checkpoint", "SHA256SUMS"}


def test_every_row_of_every_table_has_a_form_or_a_reason() -> None:
    """No event of a person is forgotten: its form has a place on the page."""
    known = {*ORDER, *SIDE, *(event for events in JOINT.values() for event in events)}
    opening = {"receive", "submit", "preserve", "receive_anew"}
    for table in TABLES.values():
        for row in table:
            if row.who != ("system",):
                assert row.event in known | opening, row.id


# --- who views ---

_SPOUSE = {"part": "viewer", "name": "陳小華", "relation": "配偶"}
_APPLIES = {"name": "陳𤆬治", "part": "applicant", "id_no": "A123456789"}


def _joint(keeper: KeeperDouble, *, entitled: bool) -> Life:
    life = Life(keeper, "CIT").do(Event.RECEIVE, parties=[_APPLIES, _SPOUSE])
    life.do(Event.PASS_FORMAL, **({"parties": [_SPOUSE | {"entitled": True}]} if entitled else {}))
    life.do(Event.PROPOSE, Event.STAMP, Event.STAMP)
    return life


_BOOKED = {"viewing/on": "113/10/8", "viewing/starts": "1400", "viewing/ends": "15:00", "event": "schedule"}


def test_T_29_who_is_brought_along_is_asked_about_before_the_decision_and_the_decider_sees_the_answer(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, parties=[_APPLIES, _SPOUSE])
    visitor.log_in()
    page = visitor.get(life.path).text
    assert "共同閱覽人得單獨閱覽者" in page
    assert 'name="joint.0" value="1"' in page, "nothing is ticked for the desk"
    answer = send(visitor, life, "formal", **{"event": "pass_formal", "joint.0": "1"})
    assert answer.status == 303, answer.text
    life.do(Event.PROPOSE, Event.STAMP, Event.STAMP)
    visitor.post("/logout")
    visitor.log_in("director")
    assert "陳小華（得單獨閱覽、配偶）" in head_of(visitor.get(life.path).text)
    life.do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    visitor.post("/logout")
    visitor.log_in()
    booking = visitor.get(life.path).text.partition('id="schedule-viewing-viewers"')[2].partition("people-new")[0]
    assert "得單獨閱覽" not in booking.partition('class="people-rows"')[2], "it is not asked once more"


def test_T_29_a_companion_of_whom_nobody_said_it_stands_so_before_the_decider(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = _joint(keeper, entitled=False)
    visitor.log_in("director")
    assert "陳小華（未經認定得單獨閱覽、配偶）" in head_of(visitor.get(life.path).text)


def test_C13_a_booking_names_the_applicant_too_unless_somebody_says_why_not(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = _joint(keeper, entitled=True).do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    form = form_at(visitor.get(life.path).text, "schedule")
    assert {name for name in form if name.startswith("viewer.") and form[name] == ["1"]} == {"viewer.0", "viewer.1"}
    values = {name: value for name, value in form.items() if name != "viewer.0"} | {
        name: [value] for name, value in _BOOKED.items()
    }
    silent = visitor.post(f"{life.path}/act", values)
    assert silent.status == 400
    assert "申請人未列為閱覽人，請填寫不到場之原因" in silent.text
    said = visitor.post(f"{life.path}/act", values | {"words/applicant_absent": ["住院，委由配偶到場"]})
    assert said.status == 303, said.text
    page = visitor.get(life.path).text
    assert page.count("住院，委由配偶到場") >= 2, "with the appointment and in the history"
    told = keeper.told_of(life.key, [])
    assert told.booked
    assert told.booked.viewers == ("陳小華",)


def test_C13_both_are_booked_and_a_reason_that_is_not_needed_is_not_kept(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = _joint(keeper, entitled=True).do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    answer = send(visitor, life, "schedule", **_BOOKED, **{"words/applicant_absent": "誤填"})
    assert answer.status == 303, answer.text
    told = keeper.told_of(life.key, [])
    assert told.booked
    assert told.booked.viewers == ("陳𤆬治", "陳小華")
    assert "誤填" not in visitor.get(life.path).text


def test_I7_a_colleague_who_applies_and_views_stands_once_on_the_page_and_in_the_booking(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    applicant = {"part": "applicant", "account": "clerk", "name": "王小明", "entitled": True}
    named = [applicant, *({"part": "viewer", "name": name, "entitled": True} for name in ("王小明", "黃淑芬"))]
    life = Life(keeper, "INT").do(Event.SUBMIT, parties=named)
    life.do(Event.SIGN_SECTION, Event.PROPOSE, Event.STAMP, Event.STAMP)
    visitor.log_in("director")
    assert '<dt>申請人、閱覽人</dt><dd class="prose">王小明（戶籍登記課）' in head_of(visitor.get(life.path).text)
    life.do(Event.GRANT)
    visitor.post("/logout")
    visitor.log_in()
    form = form_at(visitor.get(life.path).text, "schedule")
    assert {name: form[name] for name in form if name.startswith("viewer.") and form[name] == ["1"]} == {
        "viewer.0": ["1"], "viewer.1": ["1"],
    }  # fmt: skip
    assert send(visitor, life, "schedule", **_BOOKED).status == 303
    booked = keeper.told_of(life.key, []).booked
    assert booked is not None
    assert booked.viewers == ("王小明", "黃淑芬")


def test_C13_a_booking_without_any_viewer_is_none(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = _joint(keeper, entitled=True).do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    visitor.log_in()
    form = form_at(visitor.get(life.path).text, "schedule")
    values = {name: value for name, value in form.items() if name not in ("viewer.0", "viewer.1")}
    answer = visitor.post(f"{life.path}/act", values | {name: [value] for name, value in _BOOKED.items()})
    assert answer.status == 400
    assert "未指定閱覽人" in answer.text


# --- words of a page ---


@pytest.mark.parametrize(("kind", "item"), [("CIT", "1"), ("INT", "2"), ("AGY", "3")])
def test_the_example_of_an_article_is_one_of_the_kind_s_own(
    visitor: Visitor, keeper: KeeperDouble, kind: str, item: str
) -> None:
    life = Life(keeper, kind).to("checking")
    visitor.log_in("manager")
    assert f"例如：作業規範第八點第(五)款第{item}目之(1)" in visitor.get(life.path).text


def test_a_receipt_tells_its_number_until_when_it_is_kept_and_what_comes_next(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    said = visitor.get(f"{life.path}?received=1").text.partition("notice-good")[2].partition("</div>")[0]
    for words in ("已收件，案號 113調-民-0001", "保留至結案；最遲至 114/09/26", "下一步：形式審查（由專責人員辦理）"):
        assert words in said
    assert f"{life.path}/papers/receipt-slip/pdf" in said


def test_AT_38_why_a_scan_follows_is_marked_as_what_stands_in_its_place_and_not_as_missing(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE, form=FORM | {"scanned": False})
    visitor.log_in()
    label = re.search(r'for="formal-form-scan_follows">(.*?)</label>', visitor.get(life.path).text)
    assert label
    assert "未附掃描檔者填寫" in label[1]
    assert "尚缺" not in label[1]
