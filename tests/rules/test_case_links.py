"""Which case a letter may be said to go on from (domain 2.3, I11)."""

from __future__ import annotations

import pytest

from appliance.rules.cases.judging import possible
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from tests.rules.casedesk import Desk, refusing

LOCKED = {"former": "115-0001", "former_is": "locked"}


def test_I11_a_letter_goes_on_from_a_locked_case_with_minutes_in_common_and_from_no_other() -> None:
    desk = Desk(Kind.AGY).do(Event.RECEIVE_LETTER)
    assert desk.refused(Event.LINK).missing == ("locked_case",), "none is chosen, and none was before"
    assert desk.refused(Event.LINK, former="115-0001", former_is="").missing == ("locked_case",)
    before = desk.case
    assert desk.do(Event.LINK, **LOCKED).case == before, "it keeps nothing, ends nothing and is due by nothing"


def test_I11_what_was_said_is_changed_or_taken_back_with_a_reason() -> None:
    desk = Desk(Kind.AGY).do(Event.RECEIVE_LETTER)
    assert desk.refused(Event.LINK, **LOCKED, linked="115-0001").missing == ("locked_case",), "it stands"
    for act in (LOCKED, {"former": ""}):
        assert desk.refused(Event.LINK, **act, linked="115-0003", reason="").missing == ("link_reason",)
        desk.do(Event.LINK, **act, linked="115-0003", reason="另一事件")


@pytest.mark.parametrize("who", ["wang", "lin"])
def test_I11_it_is_said_at_the_desk_and_after_the_close_too_and_forced_on_nobody(who: str) -> None:
    desk = Desk(Kind.AGY).to_notified(Event.REFUSE, rulings=refusing("ab")).end()
    assert Event.LINK in possible(desk.case)
    desk.do(Event.LINK, who=who, **LOCKED)


def test_I11_a_call_without_its_letter_goes_on_from_nothing_yet_and_no_other_kind_does() -> None:
    assert Event.LINK not in possible(Desk(Kind.AGY).do(Event.PRESERVE).case)
    for kind in (Kind.CIT, Kind.INT):
        assert Event.LINK not in possible(Desk(kind).to_decision().case)
