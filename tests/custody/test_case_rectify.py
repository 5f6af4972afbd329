"""更正 in the book (``T-80``, domain 3.4, ``D-25``): an entry of its own, by two people, and nothing is overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appliance.custody.casebook.board import board
from appliance.custody.casebook.listing import Listing, Wanted
from appliance.custody.casebook.telling import tell
from appliance.custody.login import Seat
from appliance.errors import NotAllowed
from appliance.office.casepapers.ledger_rows import uses_of
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.told import CaseTold
from appliance.rules.people import Role
from tests.custody.bookdesk import CITIZEN, LETTER, BookDesk
from tests.office.papers.samples import ISSUE
from tests.rules.casedesk import ROSTER, chair

HEAD = Seat(1, "chen", "chen-name", (Role.UNIT_HEAD,), "", 0)


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def told(desk: BookDesk, key: str, *, full: bool = True) -> CaseTold:
    """As a start finds it."""
    return tell(desk.book, desk.opened().file(key), [HEAD], full=full)


def put_right(desk: BookDesk, key: str, what: str, new: str, who: str = "wang") -> None:
    desk.do(Event.RECTIFY, who, key, rectify={"what": what, "new": new}, reason="收件時誤植")


def missing(desk: BookDesk, event: Event, who: str, key: str, **facts: Any) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as refused:
        desk.do(event, who, key, **facts)
    return tuple(refused.value.details["missing"])


def found(desk: BookDesk, text: str) -> list[tuple[str, bool]]:
    return [(row.case, row.rectified) for row in Listing(desk.book).find(Wanted(text=text), 1, 20).cases]


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
    assert matter.notes == ("更正事由：收件時誤植",)
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
