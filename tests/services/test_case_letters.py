"""The letters of cases in the book: what went out and what arrived is told, made again at a start, and so are entries
from before 發文 was an act of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from appliance.core.errors import NotAllowed
from appliance.rules.cases.clocks import CaseClock
from appliance.rules.cases.outgoing import LetterSigner, LetterView
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView
from appliance.rules.people import Role
from appliance.services.cases.board import board
from appliance.services.cases.casefile import CaseFile
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
    assert (arrived.doc_no, arrived.issued, arrived.means, arrived.proof) == (
        "北市萬戶行字第1號",
        sent,
        "registered",
        True,
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


def entered(desk: BookDesk, key: str, event: Event, row: str, clear: dict[str, Any], **typed: Any) -> CaseFile:
    """An entry as a version before this one made it, and the case that a start makes of it."""
    day = desk.today.isoformat()
    base = {"case": key, "row": row, "event": event, "day": day, "by": desk.book.pseudonym("wang")}
    sealed = {"by": "wang", "display": "wang-name", "typed": typed, "sent": typed, "found": {}}
    desk.acts.perform(desk.act_id(), "case.changed", base | clear, sealed)
    desk.book = desk.opened()
    return desk.book.file(key)


def test_an_answer_that_was_told_in_one_act_is_read_as_gone_out_and_arrived_on_its_day(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    day = desk.today.isoformat()
    service = {"means": "registered", "day": day, "doc_no": "萬戶行9", "proof": True, "signed": True}
    ended = {"due": "2026-12-09", "red": "2026-12-09", "ended": True}
    clear = {"state": "notified", "served": day, "clock": ended}
    file = entered(desk, key, Event.NOTIFY, "C12b", clear, service=service)
    assert (file.damaged, file.case.state, file.case.served_on) == ("", State.NOTIFIED, desk.today)
    assert file.case.clock
    assert (file.case.doc_no, file.case.clock.ended) == ("萬戶行9", True)
    assert told(desk, key).letters == (
        LetterView(
            letter="answer", index=file.deeds[-1].index, doc_no="萬戶行9", issued=day, means="registered", served=day,
            proof=True,
        ),
    )  # fmt: skip
    assert desk.ended(key).case.state is State.CLOSED


def test_notices_whose_number_came_with_the_act_that_called_for_them_are_read_too(desk: BookDesk) -> None:
    key = desk.received(form=FORM | {"report_no": ""})
    day = desk.today.isoformat()
    stopped = {"due": "2026-12-09", "red": "2026-12-09", "stopped": day}
    clear = {"state": "correction", "clock": stopped, "correction_due": "2026-12-01"}
    file = entered(desk, key, Event.FIND_DEFECTS, "C2", clear, words={"notice_no": "萬戶行2"})
    assert file.case.correction_due == date(2026, 12, 1)
    longer = {"due": "2026-12-24", "red": "2026-12-24", "stopped": day, "is_extended": True}
    typed = {"told_in_writing": True, "words": {"notice_no": "萬戶行3"}}
    file = entered(desk, key, Event.EXTEND, "S3", {"state": "correction", "clock": longer}, **typed)
    assert isinstance(file.case.clock, CaseClock)
    assert (file.damaged, file.case.clock.is_extended) == ("", True)
    assert told(desk, key).letters == (
        LetterView(letter="correction", index=file.deeds[-2].index, doc_no="萬戶行2", issued=day),
        LetterView(letter="extension", index=file.deeds[-1].index, doc_no="萬戶行3", issued=day),
    )
    desk.do(Event.CORRECTED, "wang", key, form={"report_no": "P1"})
