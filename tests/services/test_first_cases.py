"""Cases of the first cut of four states: what an earlier version entered is read, stays visible, and its pin stands."""

from __future__ import annotations

import threading

import pytest

from appliance.core.errors import Damaged, NotAllowed, NotFound, UsageError
from appliance.core.model import Span
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold
from appliance.services.cases.first_cases import FirstCases
from appliance.services.cases.first_views import tell_first
from appliance.services.cases.listing import Listing, ListQuery
from tests.services.bookdesk import CITIZEN, FORM, NOW_NS, RANGE, BookDesk

MINUTE_NS = 60 * 10**9
ASKED = {"camera_no": "C1", "start_ns": NOW_NS - 60 * MINUTE_NS, "end_ns": NOW_NS - 50 * MINUTE_NS}
KEPT = {"camera_no": "C1", "start_ns": NOW_NS - 70 * MINUTE_NS, "end_ns": NOW_NS - 40 * MINUTE_NS}
BY = {"by": "wang", "display": "王小明"}


def entered(desk: BookDesk, number: str = "115-0001", *kinds: str) -> None:
    """The entries of a case as that version made them."""
    fields = {
        "received": ("case.received", {"case": number, "asked": [ASKED], "rounded": [KEPT]}),
        "granted": ("case.decided", {"case": number, "result": "granted"}),
        "refused": ("case.decided", {"case": number, "result": "refused"}),
        "closed": ("case.closed", {"case": number}),
    }
    for what in ("received", *kinds):
        kind, clear = fields[what]
        desk.acts.perform(f"{number} {what}", kind, clear, {"reason": "車損", **BY})


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def test_what_was_received_stands_as_it_stood_and_is_pinned(desk: BookDesk) -> None:
    entered(desk)
    book = desk.opened()
    case = book.first.get("115-0001")
    assert (case.state, case.reason, case.received_display) == ("received", "車損", "王小明")
    assert case.spans() == {"C1": [Span(ASKED["start_ns"], ASKED["end_ns"])]}  # type: ignore[arg-type]
    assert book.pins() == {"115-0001": [Hold("C1", KEPT["start_ns"], KEPT["end_ns"])]}  # type: ignore[arg-type]
    told = tell_first(case)
    assert (told.first, told.pin.pinned, told.words["reason"], told.possible) == (True, True, "車損", ())
    found = Listing(book).find(ListQuery(text="車損"), 1, 50)
    assert [(row.case, row.first) for row in found.cases] == [("115-0001", True)]


def test_a_granted_one_is_pinned_until_it_was_closed_and_a_refused_one_40_days_more(desk: BookDesk) -> None:
    entered(desk, "115-0001", "granted")
    entered(desk, "115-0002", "granted", "closed")
    entered(desk, "115-0003", "refused", "closed")
    book = desk.opened()
    assert set(book.pins()) == {"115-0001", "115-0003"}
    desk.wait(1)
    book.end_pins(trusted=False)
    assert book.first.get("115-0003").pin_until_ns == 0
    book.end_pins(trusted=True)
    desk.wait(40)
    book.end_pins(trusted=True)
    assert set(book.pins()) == {"115-0001", "115-0003"}
    desk.clock.go_to(desk.clock.wall_ns() + DAY_NS)
    book.end_pins(trusted=True)
    book.end_pins(trusted=True)
    assert set(book.pins()) == {"115-0001"}
    assert [entry.kind for entry in desk.ledger.entries()][-2:] == ["pin.set", "pin.ended"]
    assert set(desk.opened().pins()) == {"115-0001"}


def test_none_of_them_is_acted_on_or_viewed_and_the_count_of_keys_goes_on(desk: BookDesk) -> None:
    entered(desk, "115-0001", "granted")
    desk.book = desk.opened()
    first = FirstCases(desk.acts, desk.ledger, desk.clock, threading.RLock())
    assert first.viewable("115-0001").why is not None
    with pytest.raises(NotFound):
        desk.do(Event.CLOSE, "wang", "115-0001")
    file = desk.do(Event.RECEIVE, "wang", kind=Kind.CIT, asked=[RANGE], parties=[CITIZEN], form=FORM)
    assert (file.key, file.case.number) == ("115-0002", "115調-民-0001")
    assert desk.book.checked_key("115-0001") == "115-0001"
    assert desk.book.checked_key("115調-民-0001") == "115-0002"
    with pytest.raises(UsageError, match="sent before for something else"):
        desk.do(Event.RECEIVE, "wang", kind=Kind.CIT, act="115-0001 received", asked=[RANGE])
    with pytest.raises(NotAllowed):
        desk.do(Event.RECEIVE, "wang", kind=Kind.CIT, asked=[RANGE])


def test_one_whose_words_are_lost_keeps_its_pin_and_is_named(desk: BookDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(desk)

    def lost(index: int) -> None:
        raise Damaged(f"ledger entry {index}: its sealed record is missing")

    monkeypatch.setattr(desk.acts, "sealed", lost)
    first: FirstCases = desk.opened().first
    assert list(first.pins()) == ["115-0001"]
    assert list(first.damaged) == ["115-0001"]
    assert first.get("115-0001").reason == ""
