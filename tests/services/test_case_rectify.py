"""更正 in the book (``T-80``, domain 3.4, ``D-25``): an entry of its own, by two people, and nothing is overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import NotAllowed
from appliance.papers.from_cases.ledger_rows import uses_of
from appliance.papers.from_cases.making import paper_of
from appliance.papers.from_cases.rectified import NAMES
from appliance.papers.from_cases.sources import Desk, asked_viewers_of
from appliance.rules.cases.outgoing import ISSUES
from appliance.rules.cases.rectify import PERSON, WORDS
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView
from appliance.rules.people import Role
from appliance.services.cases.board import board
from appliance.services.cases.listing import Listing, ListQuery
from appliance.services.cases.views import tell
from appliance.services.people.login import Seat
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.form_view import Filled, field_views
from appliance.web.pages.cases.forms import form_of
from appliance.web.pages.cases.record import letters_of
from appliance.web.pages.cases.rectified import words_to_choose
from appliance.web.pages.cases.typed import read_act
from appliance.web.pages.cases.words import CaseWords
from tests.papers.samples import ISSUE
from tests.rules.casedesk import ROSTER, chair
from tests.services.bookdesk import CITIZEN, LETTER, BookDesk, appointment

DIRECTOR = Seat(1, "tsai", "tsai-name", (Role.DIRECTOR,), "", 0)
HEAD = Seat(1, "chen", "chen-name", (Role.UNIT_HEAD,), "", 0)


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def told(desk: BookDesk, key: str, *, full: bool = True) -> CaseView:
    """As a start finds it."""
    return tell(desk.book, desk.opened().file(key), [HEAD], full=full)


def put_right(desk: BookDesk, key: str, what: str, new: str, who: str = "wang") -> None:
    desk.do(Event.RECTIFY, who, key, rectify={"what": what, "new": new}, reason="收件時誤植")


def missing(desk: BookDesk, event: Event, who: str, key: str, **facts: Any) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as refused:
        desk.do(event, who, key, **facts)
    return tuple(refused.value.details["missing"])


def found(desk: BookDesk, text: str) -> list[tuple[str, bool]]:
    return [(row.case, row.rectified) for row in Listing(desk.book).find(ListQuery(text=text), 1, 20).cases]


def test_T_80_a_word_is_put_right_by_an_entry_of_its_own_that_counts_once_a_second_person_signed_it(
    desk: BookDesk,
) -> None:
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    put_right(desk, key, "people/0/name", "洪大銘")
    entry = list(desk.ledger.acts_about(key))[-1]
    assert (entry.kind, entry.fields["word"], entry.fields["corrects"]) == ("correction.entered", "people/0/name", 0)
    assert "洪大銘".encode() not in desk.in_clear()
    assert told(desk, key).parties[0].name == "洪大明", "it waits"
    assert [duty.event for duty in board(desk.book, [HEAD]).people[0].duties] == ["rectify_confirm"]
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    case = told(desk, key)
    assert case.parties[0].name == "洪大銘"
    (right,) = case.rectified
    assert (right.old, right.new, right.reason, right.name, right.head_name, right.state) == (
        "洪大明", "洪大銘", "收件時誤植", "wang-name", "chen-name", "stands",
    )  # fmt: skip
    assert desk.opened().file(key).case.parties[0].person.name == "洪大銘", "who may not handle it goes by it too"
    assert desk.book.file(key).deeds[0].typed.parties[0].name == "洪大明", "what was typed stays where it was typed"
    assert found(desk, "洪大銘") == [(key, True)]


def test_T_80_a_name_is_put_right_where_an_appointment_names_the_same_person(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    viewer = {"part": "viewer", "name": CITIZEN["name"], "entitled": True}
    booked = appointment(desk.today, viewers=[CITIZEN["name"]])
    desk.do(Event.SCHEDULE, "wang", key, viewing=booked, parties=[viewer])
    assert [each.name for each in told(desk, key).parties] == [CITIZEN["name"]] * 2
    put_right(desk, key, "people/0/name", "洪大銘")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    case = told(desk, key)
    assert [each.name for each in case.parties] == ["洪大銘", "洪大銘"]
    assert asked_viewers_of(case) == ("洪大銘",), "who is no one else stands on no paper"
    people = [what for what, _label in words_to_choose(case, CaseWords(read_messages(), "zh", {}))]
    assert [what for what in people if what.endswith("/name")] == ["people/0/name"], "each person once"


def test_T_80_of_two_people_of_one_name_each_is_put_right_alone(desk: BookDesk) -> None:
    """Whom an appointment means by the name alone nobody can tell then: that one is put right by itself."""
    agent = CITIZEN | {"part": "agent", "id_no": "B223456789"}
    key = desk.received(parties=[CITIZEN, agent, {"part": "viewer", "name": CITIZEN["name"], "entitled": True}])
    put_right(desk, key, "people/0/name", "洪大銘")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    case = told(desk, key)
    assert [each.name for each in case.parties] == ["洪大銘", CITIZEN["name"], CITIZEN["name"]]
    people = [what for what, _label in words_to_choose(case, CaseWords(read_messages(), "zh", {}))]
    assert [what for what in people if what.endswith("/name")] == ["people/0/name", "people/1/name"]


def test_T_80_a_number_that_is_put_right_makes_none_of_a_name_alone(desk: BookDesk) -> None:
    key = desk.received(parties=[CITIZEN, {"part": "viewer", "name": CITIZEN["name"], "entitled": True}])
    put_right(desk, key, "people/0/id_no", "B223456789")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert [each.id_no for each in desk.book.file(key).people] == ["B223456789", ""]


def test_T_80_nobody_signs_what_they_put_right_themselves(desk: BookDesk) -> None:
    desk.in_world(roster=lambda: (*ROSTER, chair("chen", Role.OFFICER)))
    key = desk.received()
    put_right(desk, key, "form/report_no", "P2", who="chen")
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key) == ("rectify_other",)
    desk.do(Event.RECTIFY_DECLINE, "chen", key, reason="原件即如此")
    assert told(desk, key).form["report_no"] == "P1150001"
    assert told(desk, key).rectified[0].state == "declined"


def test_T_80_what_is_no_word_or_no_change_is_refused(desk: BookDesk) -> None:
    key = desk.received()
    for what in ("asked/0/start_ns", "people/9/name", "people/0/part", "form/judicial", "form/scanned", "result", ""):
        assert missing(desk, Event.RECTIFY, "wang", key, rectify={"what": what, "new": "x"}, reason="誤植")[0] == (
            "rectify_what"
        )
    for new in (CITIZEN["name"], " "):
        assert missing(desk, Event.RECTIFY, "wang", key, rectify={"what": "people/0/name", "new": new}, reason="x") == (
            "rectify_new",
        )
    ahead = (desk.today + timedelta(days=1)).isoformat()
    for new in (ahead, "113/9/27"):
        born = {"what": "people/0/born", "new": new}
        assert missing(desk, Event.RECTIFY, "wang", key, rectify=born, reason="誤植") == ("rectify_new",)
    assert missing(desk, Event.RECTIFY, "wang", key, rectify={"what": "people/0/born", "new": "1980-02-04"}) == (
        "note",
    )
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key) == ("rectify_nothing",)


def test_T_80_after_the_close_the_row_stays_as_it_was_signed_and_another_puts_it_right(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    desk.notify(key)
    desk.ended(key)
    desk.wait(200)
    desk.book.end_pins(trusted=True)
    for what, new in (("people/0/name", "洪大銘"), ("form/reason_text", "機車遭人竊取")):
        put_right(desk, key, what, new)
        assert [file.key for file in desk.opened().living()] == [key], "a closed case waits on the board as well"
        desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    file = desk.opened().file(key)
    assert (file.case.state, file.pins, desk.opened().living()) == (State.CLOSED, False, [])
    first, name, matter = uses_of(told(desk, key), 7, ISSUE)
    assert (first.number, first.applicant, first.matter) == (7, "洪大明", "機車遭竊")
    assert (name.number, name.corrects, name.applicant, name.matter) == (0, 7, "洪大銘", "機車遭竊")
    assert (matter.corrects, matter.applicant, matter.matter) == (7, "洪大銘", "機車遭人竊取")
    assert [(each.righted and (each.righted.what, each.righted.old, each.righted.new)) for each in (name, matter)] == [
        ("姓名", "洪大明", "洪大銘"), ("申請事由", "機車遭竊", "機車遭人竊取"),
    ]  # fmt: skip
    sheet = printed(desk, key, "annex-4")
    for said in ("更正第 7 列", "更正項目：姓名", "原載：洪大明", "更正為：洪大銘", "更正事由：收件時誤植"):
        assert said in sheet
    signed = [each and each.name for each in (matter.signed_manager, matter.signed_head)]
    assert signed == ["wang-name", "chen-name"]


def test_an_agency_s_letter_is_put_right_and_its_officer_with_it(desk: BookDesk) -> None:
    key = desk.received(Kind.AGY)
    put_right(desk, key, "letter/officer", "林巡佐")
    put_right(desk, key, "letter/day", (desk.today - timedelta(days=1)).isoformat())
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    case = told(desk, key)
    assert (case.letter["officer"], case.parties[0].name) == ("林巡佐", "林巡佐")
    assert case.letter["day"] == (desk.today - timedelta(days=1)).isoformat()
    assert [each.old for each in case.rectified] == [LETTER["officer"], LETTER["day"]]


def test_T_87_what_was_put_right_of_an_identifier_is_masked_like_the_identifier(desk: BookDesk) -> None:
    key = desk.received()
    put_right(desk, key, "people/0/id_no", "B223456789")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    (right,) = told(desk, key, full=False).rectified
    assert (right.old, right.new) == ("A12****789", "B22****789")
    assert "B223456789" not in str(told(desk, key, full=False))


# --- what went out, what is signed, who it is about ---


def printed(desk: BookDesk, key: str, code: str) -> str:
    case = told(desk, key)
    return "\n".join(paper_of(case, code).sheet(Desk(case, ISSUE, row=7)).texts())


def test_T_80_a_letter_that_went_out_prints_the_words_of_its_day_whatever_is_put_right_later(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    put_right(desk, key, "people/0/name", "洪大銘")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert "洪大銘" in printed(desk, key, "refusal-with-remedy"), "a draft has the words of today"
    desk.notify(key)
    as_it_went = printed(desk, key, "refusal-with-remedy")
    put_right(desk, key, "people/0/address", "臺北市中正區重慶南路一段122號")
    put_right(desk, key, "people/0/name", "洪大鳴")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert told(desk, key).parties[0].name == "洪大鳴"
    assert printed(desk, key, "refusal-with-remedy") == as_it_went
    assert "洪大明" in printed(desk, key, "receipt-slip")
    assert "洪大鳴" in printed(desk, key, "annex-2")


def test_T_80_a_row_that_puts_another_right_shows_nothing_that_came_after_its_signatures(desk: BookDesk) -> None:
    key = desk.begun()
    put_right(desk, key, "form/reason_text", "機車遭人竊取")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    desk.clock.go_to(desk.clock.wall_ns() + 60_000_000_000)
    desk.do(Event.FINISH, "lin", key, viewing={"filming": "none", "signed": True})
    first, right = uses_of(told(desk, key), 7, ISSUE)
    assert len(first.viewed) == 1
    assert (right.matter, right.viewed) == ("機車遭人竊取", ())


def test_T_80_a_signature_counts_for_what_its_page_showed_and_no_more(desk: BookDesk) -> None:
    key = desk.received()
    put_right(desk, key, "form/report_no", "P2")
    shown = {"entries": [each.index for each in desk.book.file(key).rectified]}
    put_right(desk, key, "people/0/name", "洪大銘")
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key, rectify=shown) == ("rectify_unseen",)
    assert missing(desk, Event.RECTIFY_DECLINE, "chen", key, rectify=shown, reason="x") == ("rectify_unseen",)
    assert [each.state for each in told(desk, key).rectified] == ["waits", "waits"]
    case = tell(desk.book, desk.book.file(key), [HEAD], full=True)
    form = form_of(case, "rectify_confirm")
    assert form
    (view,) = field_views(case, form, Filled("act"), CaseWords(read_messages(), "zh", {}), (), case.today)
    rows = [(row["label"], row["old"], row["new"], row["reason"]) for row in view.rows]
    assert [row[1:3] for row in rows] == [("洪大明", "洪大銘"), ("P1150001", "P2")]
    sent = {view.name: [str(row["index"]) for row in view.rows]}
    desk.do(Event.RECTIFY_CONFIRM, "chen", key, **read_act(Event.RECTIFY_CONFIRM, form.fields, case, sent).facts)
    assert [each.state for each in told(desk, key).rectified] == ["stands", "stands"]


def test_T_80_nobody_becomes_another_person_after_the_decision(desk: BookDesk) -> None:
    key = desk.decided()
    put_right(desk, key, "people/0/name", "黃大文")
    other = {"what": "people/0/id_no", "new": "A200000003"}
    assert missing(desk, Event.RECTIFY, "wang", key, rectify=other, reason="誤植") == ("rectify_person",)
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert missing(desk, Event.RECTIFY, "wang", key, rectify=other, reason="誤植") == ("rectify_person",)
    assert [note.code for note in board(desk.book, [DIRECTOR]).people[0].notices] == ["rectified"], "whoever decided"
    put_right(desk, key, "people/0/name", CITIZEN["name"])
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    put_right(desk, key, "people/0/id_no", "a 200000003")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    party = told(desk, key).parties[0]
    assert (party.name, party.id_no, party.id_kind) == (CITIZEN["name"], "A200000003", "national")


def test_T_80_what_waited_over_the_decision_makes_nobody_another_person(desk: BookDesk) -> None:
    key = desk.received()
    put_right(desk, key, "people/0/name", "黃大文")
    put_right(desk, key, "people/0/id_no", "A200000003")
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    desk.do(Event.GRANT, "tsai", key)
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key) == ("rectify_person",)
    desk.do(Event.RECTIFY_DECLINE, "chen", key, reason="非同一人")


def test_AT_33_an_agency_s_reply_goes_to_the_agency_that_it_was_decided_for(desk: BookDesk) -> None:
    key = desk.decided(Kind.AGY)
    company = {"what": "letter/agency", "new": "某某保全股份有限公司"}
    assert missing(desk, Event.RECTIFY, "wang", key, rectify=company, reason="誤植") == ("rectify_person",)


def test_T_80_before_the_decision_the_pairs_are_judged_by_the_words_put_right(desk: BookDesk) -> None:
    key = desk.received(parties=[{key: value for key, value in CITIZEN.items() if key != "id_no"}])
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    put_right(desk, key, "people/0/name", "lin-name")
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key) == ("rectify_party",), "lin gave the opinion"
    desk.do(Event.RECTIFY_DECLINE, "chen", key, reason="曾簽核")
    put_right(desk, key, "people/0/name", "hsu-name")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    desk.do(Event.STAMP, "chen", key)
    with pytest.raises(NotAllowed) as refused:
        desk.do(Event.STAMP, "hsu", key)
    assert refused.value.details["why"] == "party"


def test_T_80_an_id_number_is_one(desk: BookDesk) -> None:
    key = desk.received()
    for new in ("notanid", "A1", "國民身分證"):
        word = {"what": "people/0/id_no", "new": new}
        assert missing(desk, Event.RECTIFY, "wang", key, rectify=word, reason="誤植") == ("rectify_new",)


def test_T_80_no_case_closes_while_a_word_waits(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    desk.notify(key)
    put_right(desk, key, "form/report_no", "P99")
    desk.do(Event.SIGN_LEDGER, "wang", key)
    desk.do(Event.STAMP_LEDGER, "chen", key)
    assert missing(desk, Event.CLOSE, "wang", key) == ("rectify_waits",)
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert desk.do(Event.CLOSE, "wang", key).case.state is State.CLOSED


# --- one word at a time ---


def test_T_80_a_word_that_waits_is_not_put_right_again_before_it_is_signed_or_declined(desk: BookDesk) -> None:
    agent = CITIZEN | {"part": "agent"}
    key = desk.received(parties=[CITIZEN, agent])
    put_right(desk, key, "people/0/name", "洪大銘")
    for what in ("people/0/name", "people/1/name"):
        again = {"what": what, "new": "洪大鳴"}
        assert missing(desk, Event.RECTIFY, "wang", key, rectify=again, reason="誤植") == ("rectify_again",)
    put_right(desk, key, "people/0/phone", "0911222333")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    put_right(desk, key, "people/1/name", "洪大鳴")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert [(each.old, each.new) for each in told(desk, key).rectified if each.what.endswith("name")] == [
        ("洪大明", "洪大銘"), ("洪大銘", "洪大鳴"),
    ]  # fmt: skip


def test_T_80_what_another_act_wrote_anew_is_not_put_right_from_what_it_was(desk: BookDesk) -> None:
    key = desk.received()
    put_right(desk, key, "form/report_no", "P2")
    desk.do(Event.FIND_DEFECTS, "wang", key, findings={"report_no": "與證明單不符"})
    desk.do(Event.CORRECTED, "wang", key, form={"report_no": "P3"})
    assert missing(desk, Event.RECTIFY_CONFIRM, "chen", key) == ("rectify_stale",)
    desk.do(Event.RECTIFY_DECLINE, "chen", key, reason="已另填")
    put_right(desk, key, "form/report_no", "P4")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    assert told(desk, key).form["report_no"] == "P4"


# --- the number of a letter ---


def test_T_80_a_letter_s_number_is_put_right_and_the_letter_goes_on_to_print_that_of_its_day(desk: BookDesk) -> None:
    desk.in_world(letter_word_on=lambda day: "北市萬戶")
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    what = "letters/answer/doc_no"
    assert missing(
        desk, Event.RECTIFY, "wang", key, rectify={"what": what, "new": "北市萬戶行字第7號"}, reason="x"
    ) == ("rectify_what",), "nothing went out"
    desk.notify(key)
    as_it_went = printed(desk, key, "refusal-with-remedy")
    assert "北市萬戶行字第1號" in as_it_went
    for wrong, code in (("萬戶行7", "doc_no_form:北市萬戶"), ("北市萬戶行字第１號", "rectify_new")):
        word = {"what": what, "new": wrong}
        assert missing(desk, Event.RECTIFY, "wang", key, rectify=word, reason="誤植") == (code,)
    index = told(desk, key).letters[0].index
    put_right(desk, key, what, "北市萬戶行字第７號")
    assert told(desk, key).rectified[0].corrects == index
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    case = told(desk, key)
    assert (case.doc_no, case.letters[0].doc_no) == ("北市萬戶行字第7號", "北市萬戶行字第7號")
    assert printed(desk, key, "refusal-with-remedy") == as_it_went
    assert "北市萬戶行字第7號（更正）" in printed(desk, key, "annex-2")
    said = letters_of(case, CaseWords(read_messages(), "zh", {}))["answer"]
    assert "北市萬戶行字第7號（更正）" in said


def test_T_80_a_number_that_was_put_right_is_free_and_the_new_one_is_taken_from_when_it_is_entered(
    desk: BookDesk,
) -> None:
    first, second, third = (desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)") for _ in range(3))
    desk.do(Event.ISSUE, "wang", first, dispatch=desk.dispatch(doc_no="北市萬戶行字第12號"))
    put_right(desk, first, "letters/answer/doc_no", "北市萬戶行字第21號")
    number = desk.book.file(first).case.number
    for doc_no in ("北市萬戶行字第12號", "北市萬戶行字第21號"):
        assert missing(desk, Event.ISSUE, "wang", second, dispatch=desk.dispatch(doc_no=doc_no)) == (
            f"doc_no_taken:{number}",
        )
    desk.do(Event.RECTIFY_CONFIRM, "chen", first)
    desk.do(Event.ISSUE, "wang", second, dispatch=desk.dispatch(doc_no="北市萬戶行字第12號"))
    desk.book = desk.opened()
    assert missing(desk, Event.ISSUE, "wang", third, dispatch=desk.dispatch(doc_no="北市萬戶行字第21號")) == (
        f"doc_no_taken:{number}",
    )
    taken = {"what": "letters/answer/doc_no", "new": "北市萬戶行字第12號"}
    other = desk.book.file(second).case.number
    assert missing(desk, Event.RECTIFY, "wang", first, rectify=taken, reason="x") == (f"doc_no_taken:{other}",)


# --- the rows of 附件4 ---


def test_T_80_every_word_that_may_be_put_right_has_its_name_on_annex_4() -> None:
    people = {f"people/{field}" for field in PERSON}
    papers = {what for words in WORDS.values() for what in words}
    assert set(NAMES) == people | papers | {f"letters/{letter}/doc_no" for letter in ISSUES.values()}


def test_T_34_annex_4_masks_numbers_and_tells_nothing_of_a_secret_letter_though_it_was_put_right(
    desk: BookDesk,
) -> None:
    key = desk.received()
    for new in ("A128456789", "B223456789"):
        put_right(desk, key, "people/0/id_no", new)
        desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    _, alike, other = (use.righted for use in uses_of(told(desk, key), 7, ISSUE))
    assert alike
    assert other
    assert (alike.what, alike.old, alike.new) == (
        "洪大明之證件號碼", "A12****789", "A12****789（更正之處已遮蔽，內容存卷）",
    )  # fmt: skip
    assert (other.old, other.new) == ("A12****789", "B22****789")
    secret = desk.received(Kind.AGY, letter=LETTER | {"secret": True})
    put_right(desk, secret, "letter/purpose", "強盜")
    put_right(desk, secret, "letter/day", (desk.today - timedelta(days=1)).isoformat())
    desk.do(Event.RECTIFY_CONFIRM, "chen", secret)
    sheet = printed(desk, secret, "annex-4")
    assert "更正項目：來函目的" in sheet
    assert "強盜" not in sheet
    assert "更正為：115 年 11 月 23 日" in sheet
