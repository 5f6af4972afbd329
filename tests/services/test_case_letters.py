"""The letters of cases in the book: what went out and what arrived is told, and made again at a start."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotAllowed
from appliance.rules.cases.outgoing import LetterSigner, LetterView
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView
from appliance.rules.people import Role
from appliance.services.cases.board import board
from appliance.services.cases.entries import taken
from appliance.services.cases.views import tell
from appliance.services.people.login import Seat
from tests.services.bookdesk import FORM, BookDesk

OFFICER = Seat(1, "wang", "wang-name", (Role.OFFICER,), "", 0)
TSAI = LetterSigner(account="tsai", name="tsai-name")
HSU = LetterSigner(account="hsu", name="hsu-name", deputy=True)


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def told(desk: BookDesk, key: str) -> CaseView:
    """As a start finds it."""
    return tell(desk.book, desk.opened().file(key), [OFFICER], full=True)


def waits(desk: BookDesk) -> list[str]:
    return [duty.event for duty in board(desk.book, [OFFICER]).people[0].duties]


def test_AT_72_an_answer_has_its_number_when_it_goes_out_and_its_proof_when_it_arrives(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    assert (told(desk, key).letters, waits(desk)) == ((), ["issue"])
    assert told(desk, key).signers == (TSAI, HSU, LetterSigner(account="chen", name="chen-name", deputy=True))
    sent = desk.today.isoformat()
    desk.do(Event.ISSUE, "wang", key, dispatch=desk.dispatch(signer="hsu"))
    place = desk.book.file(key).deeds[-1].index
    letter = LetterView(letter="answer", index=place, doc_no="北市萬戶行字第1號", issued=sent, signer=HSU)
    assert (told(desk, key).letters, told(desk, key).doc_no, waits(desk)) == (
        (letter,),
        "北市萬戶行字第1號",
        ["notify"],
    )
    assert not told(desk, key).dues, "what was owed has gone out"
    desk.wait(3)
    desk.do(Event.NOTIFY, "wang", key, service=desk.service(means="registered"))
    (arrived,) = told(desk, key).letters
    assert (arrived.doc_no, arrived.issued, arrived.means, arrived.proof_no) == (
        "北市萬戶行字第1號",
        sent,
        "registered",
        "RR1",
    )
    days = told(desk, key).days
    assert (days["issued_on"], days["served_on"], arrived.served) == (sent, desk.today.isoformat(), days["served_on"])


def lacks(desk: BookDesk, event: Event, key: str, **facts: Any) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as refused:
        desk.do(event, "wang", key, **facts)
    return tuple(refused.value.details["missing"])


def refused_case(desk: BookDesk) -> str:
    return desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")


def test_AT_72_a_letter_s_number_is_one_of_the_office_by_its_pack(desk: BookDesk) -> None:
    desk.in_world(letter_word_on=lambda day: "北市萬戶")
    key = refused_case(desk)
    for wrong in ("萬戶行1", "1", "北市萬戶行字第1", "北市萬戶行字第一號", "北市中戶行字第1號", "北市萬戶行字第1號函"):
        assert lacks(desk, Event.ISSUE, key, dispatch=desk.dispatch(doc_no=wrong)) == ("doc_no_form:北市萬戶",), wrong
    desk.do(Event.ISSUE, "wang", key, dispatch=desk.dispatch(doc_no=" 北市萬戶行字第１１５０００１２３４ 號"))
    assert told(desk, key).doc_no == "北市萬戶行字第1150001234號", "as it is written everywhere"
    assert told(desk, key).letters[0].doc_no == "北市萬戶行字第1150001234號"


def test_AT_72_no_two_letters_of_the_office_have_one_number_and_the_refusal_names_the_case(desk: BookDesk) -> None:
    first = refused_case(desk)
    desk.notify(first)
    number = told(desk, first).doc_no
    desk.ended(first)
    desk.wait(200)
    desk.book.end_pins(trusted=True)
    second = refused_case(desk)
    again = desk.dispatch(doc_no=number)
    assert lacks(desk, Event.ISSUE, second, dispatch=again) == (f"doc_no_taken:{desk.book.file(first).case.number}",)
    desk.book = desk.opened()
    assert desk.book.living() == [desk.book.file(second)], "a start reads nothing of a case that is over"
    assert lacks(desk, Event.ISSUE, second, dispatch=again)[0].startswith("doc_no_taken")
    own = desk.received(form=FORM | {"report_no": ""})
    desk.do(Event.FIND_DEFECTS, "wang", own)
    desk.do(Event.ISSUE_CORRECTION, "wang", own, dispatch=desk.dispatch(doc_no="北市萬戶行字第900號"))
    desk.do(Event.EXTEND, "wang", own, reason="查證中")
    same = desk.dispatch(doc_no="北市萬戶行字第900號")
    own_number = desk.book.file(own).case.number
    assert lacks(desk, Event.ISSUE_EXTENSION, own, dispatch=same) == (f"doc_no_taken:{own_number}",)


def test_a_number_is_known_by_its_entry_where_the_record_of_its_letter_does_not_open(desk: BookDesk) -> None:
    key = refused_case(desk)
    desk.do(Event.ISSUE, "wang", key, dispatch=desk.dispatch())
    entry = list(desk.ledger.acts_about(key))[-1]
    assert entry.fields["doc_no"] == "北市萬戶行字第1號"
    file = taken(desk.book.file(refused_case(desk)), entry, None, lambda pseudonym: "")
    assert [(each.doc_no, each.issued) for each in file.letters.values()] == [
        ("北市萬戶行字第1號", desk.today.isoformat())
    ]


def test_AT_72_what_asks_for_completion_is_numbered_and_its_days_run_from_its_service(desk: BookDesk) -> None:
    key = desk.received(form=FORM | {"report_no": ""})
    desk.do(Event.FIND_DEFECTS, "wang", key)
    assert waits(desk) == ["issue_correction"]
    desk.do(Event.ISSUE_CORRECTION, "wang", key, dispatch=desk.dispatch())
    assert desk.opened().file(key).case.clock == desk.book.file(key).case.clock
    assert waits(desk) == ["serve_correction"]
    desk.wait(2)
    file = desk.do(Event.SERVE_CORRECTION, "wang", key, service=desk.service())
    assert desk.opened().file(key).case == file.case
    assert [(due.code, due.day) for due in told(desk, key).dues] == [("correction", str(file.case.correction_due))]
    (notice,) = told(desk, key).letters
    assert (notice.letter, notice.served) == ("correction", desk.today.isoformat())
