"""How an appeal ends, and what that means for footage, terms and duties (C22; 訴願法 58, 60, 77 to 85)."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from appliance.rules.cases.clocks import appeal_last_day, suit_last_day
from appliance.rules.cases.dues import Due, due_of, dues
from appliance.rules.cases.papers import Voucher
from appliance.rules.cases.pins import appeal_needs_nothing, is_pinned, pin_last_day
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.waiting import waiting
from appliance.rules.people import Role
from tests.rules.casedesk import DAY, Desk, refusing


def appealed(*, closed: bool = True) -> Desk:
    """Refused and served on DAY, closed, and appealed against ten days later."""
    desk = Desk(Kind.CIT).to_notified(Event.REFUSE, rulings=refusing("ab"))
    if closed:
        desk.end()
    return desk.wait(10).do(Event.APPEAL, voucher=Voucher(kind="appeal", number="訴1", day=DAY + timedelta(days=10)))


def over(desk: Desk, kind: str, event: Event = Event.APPEAL_OVER) -> Desk:
    return desk.do(event, voucher=Voucher(kind=kind, number="府訴1", day=desk.today))


def test_C22_while_an_appeal_is_open_no_rule_ends_the_pin_whatever_becomes_of_its_hold() -> None:
    desk = appealed()
    assert pin_last_day(desk.case) is None
    assert is_pinned(desk.case, DAY + timedelta(days=300)), "the ceiling apart"


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("withdrawn", DAY + timedelta(days=40)),
        ("inadmissible", date(2027, 3, 24) + timedelta(days=10)),
        ("rejected", date(2027, 3, 24) + timedelta(days=10)),
    ],
)
def test_C22_an_appeal_that_changed_nothing_keeps_the_pin_until_no_suit_can_follow(kind: str, last: date) -> None:
    desk = appealed().wait(51)
    assert desk.today == date(2027, 1, 24)
    over(desk, kind)
    assert "appeal" not in desk.case.flags
    assert desk.case.state is State.CLOSED, "what was closed stays so"
    assert pin_last_day(desk.case) == last
    assert "hold" not in {str(each.name) for each in desk.rows[-1].effects}, "it sets none and ends none"
    suit = [Due("suit", date(2027, 3, 24), False)] if kind != "withdrawn" else []
    assert list(dues(desk.case, desk.today)) == suit
    assert appeal_needs_nothing(desk.case, desk.today) is (kind == "withdrawn")
    assert appeal_needs_nothing(desk.case, last + timedelta(days=1))


def test_C22_an_appeal_that_came_when_the_pin_was_over_is_kept_by_its_hold_alone() -> None:
    desk = Desk(Kind.CIT).to_notified(Event.REFUSE, rulings=refusing("ab")).end().wait(60)
    desk.do(Event.APPEAL, voucher=Voucher(kind="appeal", number="訴1", day=desk.today))
    assert not is_pinned(desk.case, desk.today), "one that ended does not come back"
    assert not is_pinned(over(desk, "rejected").case, desk.today)
    assert not appeal_needs_nothing(desk.case, desk.today), "and a suit may follow all the same"


def test_C22_a_suit_after_the_appeal_is_another_and_keeps_it_on_again() -> None:
    desk = over(appealed().wait(20), "rejected").wait(30)
    desk.do(Event.APPEAL, voucher=Voucher(kind="appeal", number="北高行1", day=desk.today))
    assert {"appeal"} == desk.case.flags & {"appeal", "appeal_over"}
    assert pin_last_day(desk.case) is None
    assert not appeal_needs_nothing(desk.case, desk.today + timedelta(days=999))


def test_C22_its_end_has_its_kind_its_document_and_a_day_no_earlier_than_the_appeal() -> None:
    desk = appealed()
    for event, kind, other in (
        (Event.APPEAL_OVER, "rejected", "revoked"),
        (Event.APPEAL_UPHELD, "revoked", "rejected"),
    ):
        right = Voucher(kind=kind, number="府訴1", day=desk.today)
        for wrong, lacks in (
            ({"kind": other}, "appeal_end"),
            ({"number": ""}, "appeal_end_letter"),
            ({"day": desk.today - timedelta(days=1)}, "appeal_end_day"),
            ({"day": desk.today + timedelta(days=1)}, "appeal_end_day"),
            ({"day": None}, "appeal_end_day"),
        ):
            assert desk.refused(event, voucher=msgspec.structs.replace(right, **wrong)).missing == (lacks,)
    none = Desk(Kind.CIT).to_notified(Event.REFUSE, rulings=refusing("ab"))
    ended = Voucher(kind="rejected", number="府訴1", day=none.today)
    assert none.refused(Event.APPEAL_OVER, voucher=ended).missing == ("no_appeal",)


def test_AT_07_C22_how_an_appeal_ended_is_asked_by_the_officer_once_its_time_is_over_and_not_before() -> None:
    for closed in (True, False):
        desk = appealed(closed=closed)
        received = desk.case.appealed_on
        assert received is not None
        last = appeal_last_day(received)
        assert last == date(2027, 3, 4)
        rest = {row.event for row in waiting(desk.case, today=last)}
        assert Event.APPEAL_OVER not in rest
        late = {row.event: row for row in waiting(desk.case, today=last + timedelta(days=1))}
        assert rest | {Event.APPEAL_OVER} == set(late)
        assert late[Event.APPEAL_OVER].who == (Role.OFFICER,)
        found = dues(desk.case, last)
        assert Due("appeal", last, False) in found
        assert due_of(Event.APPEAL_OVER, found) is None, "it is another body that is to decide it"
    assert Due("remedy", DAY + timedelta(days=30), False) not in found, "it was made use of"


def test_the_last_day_for_a_suit_is_two_months_rolled_past_holidays() -> None:
    assert suit_last_day(date(2026, 12, 31)) == date(2027, 2, 28)
    assert suit_last_day(date(2026, 12, 31), {date(2027, 2, 28)}) == date(2027, 3, 1)


def test_C22_what_was_revoked_is_decided_anew_as_another_case_whose_term_runs_from_that_day() -> None:
    desk = over(appealed(), "revoked", Event.APPEAL_UPHELD)
    assert {"appeal_over", "anew"} <= desk.case.flags
    assert desk.case.result is State.REFUSED, "what was decided stays written"
    assert "anew" in {str(each.name) for each in desk.rows[-1].effects}
    assert pin_last_day(desk.case) == DAY + timedelta(days=40), "its own pin is over: the new case has one"
    anew = Desk(Kind.CIT, today=DAY + timedelta(days=12))
    assert anew.refused(Event.RECEIVE_ANEW, former="115-0001").missing == ("former_upheld",)
    anew.do(Event.RECEIVE_ANEW, former="115-0001", former_is="upheld", since=DAY + timedelta(days=10))
    assert (anew.case.state, pin_last_day(anew.case)) == (State.RECEIVED, None)
    assert dues(anew.case, anew.today) == (Due("answer", DAY + timedelta(days=25), False),)
    anew.do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP, Event.STAMP, Event.GRANT, Event.ISSUE, Event.NOTIFY)
