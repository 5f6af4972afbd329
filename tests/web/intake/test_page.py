"""The desk's forms over the rules themselves: received, pinned, refused, and nothing that was typed lost."""

from __future__ import annotations

import re

import pytest

from appliance.core.errors import NotAllowed, NotWritable
from tests.web.intake.test_typed import CALL, CITIZEN, GOOD, LETTER, STAFF
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.visitor import Answer, Visitor, home_of

WHO = {"citizen": "officer", "staff": "clerk", "letter": "officer", "call": "officer", "staff-paper": "officer"}


def send(visitor: Visitor, name: str, typed: dict[str, str], **more: str) -> Answer:
    return visitor.post(f"/cases/new/{name}", {"act": visitor.act, "seen": "live", **typed, **more})


def problems(answer: Answer) -> list[str]:
    return re.findall(r'<a href="#([\w-]+)">', answer.text.partition('id="problems"')[2].partition("</div>")[0])


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("citizen", "received"),
        ("staff", "received"),
        ("letter", "received"),
        ("call", "preserved"),
        ("staff-paper", "received"),
    ],
)
def test_inv_09_each_kind_is_received_and_pinned_in_one_act(
    visitor: Visitor, keeper: KeeperDouble, name: str, state: str
) -> None:
    visitor.log_in(WHO[name])
    sent = send(visitor, name, GOOD[name])
    case = keeper.book["113-0001"].case
    assert (sent.status, sent.goes_to) == (303, f"/cases/{case.number or '113-0001'}?received=1")
    again = send(visitor, name, GOOD[name])
    assert again.goes_to == sent.goes_to
    assert (case.state, [each.camera_no for each in case.asked]) == (state, ["1-01", "1-02"])
    assert len(keeper.book) == 1


def test_a_letter_takes_over_what_the_call_noted_and_is_the_same_case(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    send(visitor, "call", CALL)
    form = visitor.get("/cases/new/letter?follows=113-0001").text
    for value in ('value="萬華分局"', 'value="李警員"', 'value="113/09/27"', 'value="1-01 1-02"', 'value="113-0001"'):
        assert value in form
    act = re.findall(r'name="act" value="(\w+)"', form)[-1]
    sent = send(visitor, "letter", LETTER, follows="113-0001", act=act)
    assert sent.goes_to == "/cases/113調-機-0001?received=1"
    assert keeper.book["113-0001"].case.number == "113調-機-0001"


@pytest.mark.parametrize(
    ("unit", "warned"),
    [
        ("萬華分局西園路派出所", ""),
        ("中正第一分局", "「中正第一分局」之轄區為臺北市中正區之一部，非本所所在地"),
        ("新北市政府警察局板橋分局", "未列於規範所定警察分局"),
    ],
)
def test_AT_37_a_report_to_a_police_unit_of_another_area_is_warned_of_at_intake_and_received_all_the_same(
    visitor: Visitor, keeper: KeeperDouble, unit: str, warned: str
) -> None:
    visitor.log_in()
    typed = {**CITIZEN, "report-unit": unit}
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": visitor.origin}
    kept = visitor.post("/cases/new/citizen/draft", {"act": visitor.act, **typed}, headers=headers).data
    assert kept["echoes"].get("report-unit", {"doubt": False})["doubt"] is bool(warned)
    assert warned in kept["echoes"].get("report-unit", {"text": ""})["text"]
    page = visitor.get(f"/cases/new/citizen?draft={visitor.act}").text
    echo = re.search(r'<p class="echo" id="report-unit-echo"([^>]*)>(.*?)</p>', page, re.DOTALL)
    assert echo is not None
    assert ("data-doubt" in echo[1], warned in echo[2], bool(echo[2])) == (bool(warned), True, bool(warned))
    assert send(visitor, "citizen", typed).goes_to == "/cases/113調-民-0001?received=1"


@pytest.mark.parametrize("name", ["citizen", "staff", "letter", "call"])
def test_an_empty_form_names_every_missing_thing_beside_its_field_and_asks_the_keeper_nothing(
    visitor: Visitor, keeper: KeeperDouble, name: str
) -> None:
    visitor.log_in(WHO[name])
    answer = send(visitor, name, {})
    assert answer.status == 400
    named = problems(answer)
    assert len(named) >= 4
    for field in named:
        assert f'id="{field}-problem"' in answer.text or field.startswith("r0"), field
        assert f'id="{field}"' in answer.text
    assert keeper.told("case-act") == []


def test_T_39_a_form_that_was_read_aloud_names_its_reader_and_a_witness_and_shows_the_gloss(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    shown = visitor.get("/cases/new/citizen").text
    assert '<span class="gloss" lang="en">Name</span>' in shown or 'lang="en">Applicant' in shown
    assert 'class="gloss"' not in visitor.get("/cases/new/letter").text
    typed = CITIZEN | {"helped": "no_chinese", "reader": "王大同", "witness": "何美"}
    path = send(visitor, "citizen", typed).goes_to.partition("?")[0]
    form = keeper.book["113-0001"].typed.form
    assert (form["helped"], form["reader"], form["witness"]) == ("no_chinese", "王大同", "何美")
    page = visitor.get(path).text
    assert page.count("申請人不識中文；由王大同朗讀說明，何美見證") == 2, "in the record, and at the act in the history"


def test_what_the_keeper_misses_is_said_beside_its_field_in_the_catalogues_words(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    details = {
        "event": "receive",
        "why": "guard",
        "missing": ["applicant", "policy", "form_in_hand"],
        "next": "complete",
    }
    keeper.fail_next["case-act"] = NotAllowed("case: to receive: guard", details)
    answer = send(visitor, "citizen", CITIZEN)
    assert problems(answer) == ["name", "in-hand"]
    assert "無生效之規範版本；請先由主任核准版本生效" in answer.text
    assert 'id="name-problem">未填申請人<' in answer.text
    assert 'value="王小明"' in answer.text


def test_whoever_is_not_appointed_is_told_who_is(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("third")
    assert "請由專責人員或系統管理人登入" in visitor.get("/cases/new/citizen").text
    answer = send(visitor, "citizen", CITIZEN)
    assert answer.status == 403
    assert "目前登入者今日無辦理此事項之權限" in answer.text
    assert "請由具權限之人登入" in answer.text


def test_at_04_a_purpose_that_no_request_may_have_shows_the_refusal_and_a_citizens_paper_is_received_for_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "差勤考核、績效考評、人臉辨識、行為分析不得作為調閱目的" in visitor.get("/cases/new/citizen").text
    assert send(visitor, "citizen", CITIZEN | {"reason": "attendance"}).status == 303
    assert keeper.told("case-act")[0]["facts"]["form"]["reason"] == "attendance"


def test_judicial_procedure_leads_to_the_locks_words_and_advice(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    answer = send(visitor, "staff", STAFF | {"judicial": "yes"})
    assert problems(answer) == ["judicial"]
    assert "已進入司法程序者，不適用內部調閱" in answer.text
    assert "請由承辦之法院、檢察或警察機關來函申請" in answer.text
    assert keeper.book == {}


def test_at_37_t_20_a_citizen_without_a_police_report_is_received_and_pinned(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    bare = {name: text for name, text in CITIZEN.items() if not name.startswith("report") and name != "reason-text"}
    assert send(visitor, "citizen", bare).status == 303
    assert keeper.book["113-0001"].case.state == "received"


def test_without_a_script_what_will_be_pinned_is_shown_before_it_is_received(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    shown = send(visitor, "citizen", CITIZEN, seen="")
    assert shown.status == 200
    assert shown.text.count("請核對擬保留之範圍") == 2, "at the top, and where it is"
    assert 'href="#pins"' in shown.text
    assert "保留 113/09/27（五） 13:50 至 14:50" in shown.text
    seal = re.findall(r'name="seen" value="(\w+)"', shown.text)[0]
    changed = send(visitor, "citizen", CITIZEN | {"r0-to": "1500"}, seen=seal)
    assert (changed.status, keeper.book) == (200, {})
    assert send(visitor, "citizen", CITIZEN, seen=seal).status == 303


def test_without_a_script_a_row_is_added_and_nothing_is_received(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = send(visitor, "citizen", {"name": "王小明"}, more="1")
    assert answer.status == 200
    assert 'id="r1-day"' in answer.text
    assert 'id="r2-day"' not in answer.text
    assert keeper.told("case-act") == []


def test_nothing_is_lost_when_the_log_in_ran_out_before_any_draft_was_saved(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    act = re.findall(r'name="act" value="(\w+)"', visitor.get("/cases/new/citizen").text)[-1]
    keeper.drop_sessions()
    sent = send(visitor, "citizen", CITIZEN, act=act)
    visitor.log_in()
    back = visitor.get(home_of(sent)).text
    for value in ("王小明", "E1130001", "1130927", "皮夾遭竊"):
        assert value in back
    assert not keeper.told("case-act")
    assert send(visitor, "citizen", CITIZEN, act=act).status == 303
    assert act not in visitor.get("/cases/new/citizen").text


def test_a_draft_is_kept_per_person_and_kind_and_answers_with_what_was_understood(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": visitor.origin}
    kept = visitor.post("/cases/new/citizen/draft", {"act": visitor.act, **CITIZEN}, headers=headers).data
    assert kept["saved"]
    assert [line["camera"] for line in kept["lines"]] == ["1-01 一樓大廳入口", "1-02 一樓 3 號至 6 號櫃檯"]
    assert {line["minutes"] for line in kept["lines"]} == {"113/09/27（五） 14:00 至 14:40"}
    assert kept["echoes"]["born"] == {"text": "民國 70 年 5 月 1 日（五）＝1981-05-01", "doubt": False}
    assert visitor.act in visitor.get("/cases/new/citizen").text
    assert visitor.act not in visitor.get("/cases/new/letter").text
    visitor.post("/logout")
    visitor.log_in("director")
    assert visitor.act not in visitor.get("/cases/new/citizen").text
    assert "王小明" not in visitor.get(f"/cases/new/citizen?draft={visitor.act}").text


def test_a_keeper_that_cannot_write_loses_nothing_and_the_same_act_may_be_sent_again(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    keeper.fail_next["case-act"] = NotWritable("ledger: no room left")
    answer = send(visitor, "citizen", CITIZEN)
    assert answer.status == 403
    assert "紀錄無法寫入，本項未予辦理" in answer.text
    assert 'value="王小明"' in answer.text
    assert send(visitor, "citizen", CITIZEN).status == 303


def test_the_person_who_receives_is_the_one_appointed_wherever_he_sits(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("third")
    visitor.join("officer")
    assert "收件人：陳怡君" in visitor.get("/cases/new/citizen").text
    send(visitor, "citizen", CITIZEN)
    assert keeper.told("case-act")[0]["seat"] == 2


def test_of_two_colleagues_the_applicant_is_chosen(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    visitor.join("chief")
    assert 'name="seat" value="2"' in visitor.get("/cases/new/staff").text
    send(visitor, "staff", STAFF, seat="2", password=PASSWORDS["chief"])
    assert keeper.told("case-act")[0]["seat"] == 2
    assert keeper.book["113-0001"].case.parties[0].person.account == "chief"


@pytest.mark.parametrize("path", ["/cases/new/other", "/cases/new/other/draft", "/cases/new/citizen/nothing"])
def test_there_is_no_other_form(visitor: Visitor, keeper: KeeperDouble, path: str) -> None:
    visitor.log_in()
    assert visitor.get(path).status in (404, 405)
    assert PASSWORDS["officer"] not in visitor.get(path).text


def test_what_was_typed_comes_back_as_text_and_never_as_markup(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = send(
        visitor, "citizen", CITIZEN | {"name": '"><b>王</b>', "reason-text": "</textarea><b>皮夾", "present": ""}
    )
    assert answer.status == 400
    assert "<b>" not in answer.text
    assert "&lt;/textarea&gt;&lt;b&gt;皮夾" in answer.text


def test_a_draft_can_be_thrown_away(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.post("/cases/new/call/draft", {"act": "c" * 32, "caller": "祕密來電", "call-agency": "萬華分局"})
    assert "c" * 32 in visitor.get("/cases/new/call").text
    assert visitor.post("/cases/new/call/discard", {"act": "c" * 32}).goes_to == "/cases/new/call"
    assert "c" * 32 not in visitor.get("/cases/new/call").text


def test_where_an_intake_begins_every_form_has_its_shortcut_its_drafts_and_the_calls_their_letter(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    send(visitor, "call", CALL)
    visitor.post("/cases/new/letter/draft", {"act": "d" * 32, "agency": "臺灣臺北地方檢察署"})
    page = visitor.get("/cases/new").text
    for number, name in enumerate(WHO, 1):
        assert f'href="/cases/new/{name}" accesskey="{number}"' in page
    assert 'href="/cases/new/letter?follows=113-0001"' in page
    assert f'href="/cases/new/letter?draft={"d" * 32}">臺灣臺北地方檢察署' in page
    assert "由專責人員或系統管理人收件" not in page
    visitor.post("/logout")
    visitor.log_in("clerk")
    assert visitor.get("/cases/new").text.count("由專責人員或系統管理人收件") == 4


def test_t_84_whoever_audits_submits_no_request(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    for seats in keeper.sessions.values():
        seats[0]["roles"] = ["auditor"]
    assert "稽核人員及今日未具權限者不得提出調閱申請" in visitor.get("/cases/new/staff").text
    assert "登入者不得提出調閱申請" in visitor.get("/cases/new").text
    assert 'href="/cases/new' not in visitor.get("/duties").text


# --- who came before ---


def test_whoever_came_before_is_offered_masked_and_taken_into_empty_fields_alone(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    asked = send(visitor, "citizen", {"name": "洪大明", "phone": "02-2306-2706"}, known="1")
    assert asked.status == 200
    assert "A12****789" in asked.text
    assert "最近一件 113調-民-0001" in asked.text
    for hidden in ("A123456789", "0912345678"):
        assert hidden not in asked.text
    taken = send(visitor, "citizen", {"name": "洪大明", "phone": "02-2306-2706"}, take="113-0001")
    taken = visitor.get(taken.goes_to)
    assert "已帶入空白欄位" in taken.text
    values = dict(re.findall(r'<input id="([\w-]+)" name="[\w-]+" value="([^"]*)"', taken.text))
    assert (values["id-no"], values["born"]) == ("A123456789", "77/02/29")
    assert (values["phone"], values["address"]) == ("02-2306-2706", "臺北市萬華區和平西路三段120號")
    assert keeper.book == {}, "nothing was received"
    draft = visitor.get(f"/cases/new/citizen?draft={visitor.act}").text
    assert 'value="A123456789"' in draft, "what was taken over is kept as what is typed"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "洪"}, "不得以部分內容查詢"),
        ({"name": "無此人"}, "查無曾以此資料申請之人"),
        ({}, "不得以部分內容查詢"),
    ],
)
def test_nobody_is_looked_for_by_a_part_of_a_name(visitor: Visitor, typed: dict[str, str], said: str) -> None:
    visitor.log_in()
    assert said in send(visitor, "citizen", typed, known="1").text


def test_a_case_that_is_not_there_fills_nothing_in(visitor: Visitor) -> None:
    visitor.log_in()
    answer = send(visitor, "citizen", {"name": "洪大明"}, take="113-9999")
    assert "洪大明" in answer.text
    assert "已帶入" not in answer.text


def test_T_08_a_removed_camera_with_footage_is_offered_with_its_days_and_its_minutes_are_received(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    told = visitor.get("/cases/new/letter").text.partition("已撤除或停用、影像仍保存者")[2]
    assert "113/09/20 起撤除 · 影音資料保存至 113/10/21，未經調閱或保全者至遲於 113/11/04 銷毀" in told
    asked = {"r0-day": "1130919", "r0-from": "0900", "r0-to": "0910", "r0-cameras": "109"}
    sent = send(visitor, "letter", LETTER | asked)
    assert sent.status == 303, sent.text
    assert [each.camera_no for each in keeper.book["113-0001"].case.asked] == ["1-09"]
    keeper.left = [keeper.left[0] | {"earliest_ns": 0, "last_written_ns": 0}]
    assert "已撤除或停用" not in visitor.get("/cases/new/letter").text
