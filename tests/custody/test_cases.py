"""Cases: the table, who may do what, numbers, pins, repeats, and that a restart finds everything as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import SLOT_NS
from appliance.custody.cases import FRESH_NS, CaseBook
from appliance.custody.login import Seat
from appliance.errors import Damaged, NotFound, NotWritable, Refused, UsageError
from appliance.model import Span, to_json
from appliance.rules.cases.pins import pinned
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.retention import Hold
from appliance.rules.workflow import CLOSED, GRANTED, RECEIVED, REFUSED, STEPS, step_of
from tests.custody.ringcases import days_later, entered
from tests.custody.viewing import NOON_NS, Office

MINUTE_NS = 60 * 1_000_000_000


@pytest.fixture
def office() -> Office:
    return Office()


def received(office: Office, act: str = "", **changes: object) -> str:
    asked: dict[str, object] = {
        "reason": "車損",
        "cameras": ["C1"],
        "start_ns": NOON_NS,
        "end_ns": NOON_NS + 5 * MINUTE_NS,
    }
    return office.cases.receive(act or office.act(), office.seat("lin"), **(asked | changes)).number  # type: ignore[arg-type]


def reopened(office: Office) -> CaseBook:
    return CaseBook(office.acts, office.ledger, office.clock, cameras=lambda: ["C1", "C2"])


def test_a_receipt_gives_a_number_and_pins_ten_minutes_more_on_either_side(office: Office) -> None:
    number = received(office, cameras=["C2", "C1"], start_ns=NOON_NS + 1, end_ns=NOON_NS + 5 * MINUTE_NS)
    assert number == "115-0001"
    assert office.cases.get(number).state == RECEIVED
    span = NOON_NS - SLOT_NS, NOON_NS + 2 * SLOT_NS
    assert office.cases.holds() == [Hold("C1", *span), Hold("C2", *span)]
    (entry,) = entered(office.ledger, "case.received")
    assert [each["start_ns"] for each in entry["asked"]] == [NOON_NS + 1] * 2, "asked and rounded are both recorded"
    assert [each["start_ns"] for each in entry["rounded"]] == [NOON_NS - SLOT_NS] * 2
    assert "車損".encode() not in to_json(entry)
    assert b"lin" not in to_json(entry), "words and names are sealed"
    assert office.cases.get(number).reason == "車損"


@given(st.integers(1 << 60, 1 << 61), st.integers(1, MAX_SPAN_NS))
def test_a_pin_covers_the_margin_in_whole_slots_and_no_more(start_ns: int, length_ns: int) -> None:
    asked = Span(start_ns, start_ns + length_ns)
    pin = pinned(asked)
    assert pin.start_ns % SLOT_NS == pin.end_ns % SLOT_NS == 0
    assert 0 <= (asked.start_ns - 10 * MINUTE_NS) - pin.start_ns < SLOT_NS
    assert 0 <= pin.end_ns - (asked.end_ns + 10 * MINUTE_NS) < SLOT_NS


def test_numbers_have_no_gap_and_begin_anew_with_the_year(office: Office) -> None:
    assert [received(office) for _ in range(3)] == ["115-0001", "115-0002", "115-0003"]
    with pytest.raises(UsageError):
        received(office, cameras=[])
    assert received(office) == "115-0004"
    office.clock.go_to(days_later(95, 0.0))  # 2027-01-01 in Taiwan
    assert received(office) == "116-0001"
    assert office.cases.all()[0].number == "116-0001", "newest first"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cameras": []}, "no camera"),
        ({"cameras": ["C1", "C9"]}, "no camera C9"),
        ({"end_ns": NOON_NS}, "after its start"),
        ({"start_ns": NOON_NS + 9 * MINUTE_NS}, "after its start"),
        ({"start_ns": 0}, "after its start"),
        ({"start_ns": NOON_NS - MAX_SPAN_NS}, "longer than 31 days"),
        ({"reason": "  "}, "reason is missing"),
        ({"reason": "x" * 5000}, "5000 characters"),
    ],
)
def test_what_no_request_may_be_leaves_no_trace(office: Office, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        received(office, **changes)
    assert office.ledger.size == 0
    assert office.cases.holds() == []


def test_a_request_ends_in_the_past(office: Office) -> None:
    now = office.clock.wall_ns()
    with pytest.raises(UsageError, match="以歷史影音資料為主"):
        received(office, end_ns=now + MINUTE_NS)
    assert received(office, end_ns=now)


def test_a_repeat_of_an_act_gives_the_first_answer(office: Office) -> None:
    first = received(office, act="a" * 32)
    assert received(office, act="a" * 32) == first
    for changed in ({"reason": "another"}, {"cameras": ["C2"]}, {"end_ns": office.clock.wall_ns()}):
        with pytest.raises(UsageError, match="sent before for something else"):
            received(office, act="a" * 32, **changed)  # type: ignore[arg-type]
    wu = office.seat("wu")
    decided = office.cases.decide("b" * 32, wu, first, GRANTED)
    assert office.cases.decide("b" * 32, wu, first, GRANTED) == decided
    with pytest.raises(UsageError, match="sent before for something else"):
        office.cases.decide("b" * 32, wu, first, REFUSED, reason="no")
    with pytest.raises(UsageError, match="sent before for something else"):
        office.cases.close("b" * 32, office.seat("lin"), first)
    assert office.ledger.size == 2


def test_only_the_rows_of_the_table_happen() -> None:
    states = ("", RECEIVED, GRANTED, REFUSED, CLOSED)
    roles = ("officer", "manager", "unit_head", "director", "auditor")
    for state in states:
        for event in ("receive", "grant", "refuse", "close"):
            for role in roles:
                row = [s for s in STEPS if (s.source, s.event) == (state, event) and role in s.roles]
                if row:
                    assert step_of(state, event, [role]) == row[0]
                else:
                    with pytest.raises(Refused):
                        step_of(state, event, [role])


def test_another_person_decides_with_a_password_typed_for_it(office: Office) -> None:
    number = received(office)
    both = Seat(1, "lin", "林小明", ("officer", "unit_head"), "", office.clock.boot_ns())
    with pytest.raises(Refused, match="another person"):
        office.cases.decide(office.act(), both, number, GRANTED)
    with pytest.raises(Refused, match="director or unit_head"):
        office.cases.decide(office.act(), office.seat("chen"), number, GRANTED)
    stale = office.seat("wu")
    office.clock.go_to(office.clock.wall_ns() + FRESH_NS + 1)
    with pytest.raises(Refused, match="type it again"):
        office.cases.decide(office.act(), stale, number, GRANTED)
    with pytest.raises(UsageError, match="does not exist"):
        office.cases.decide(office.act(), office.seat("wu"), number, "perhaps")
    with pytest.raises(UsageError, match="reason is missing"):
        office.cases.decide(office.act(), office.seat("wu"), number, REFUSED)
    assert office.cases.get(number).state == RECEIVED
    case = office.cases.decide(office.act(), office.seat("wu"), number, REFUSED, reason="不符規定")
    assert (case.state, case.decided_by, case.decision_reason) == (REFUSED, "wu", "不符規定")
    with pytest.raises(Refused, match="it is refused"):
        office.cases.decide(office.act(), office.seat("wu"), number, GRANTED)


def test_the_pin_lives_until_the_case_is_closed(office: Office) -> None:
    number = received(office)
    with pytest.raises(Refused, match="it is received"):
        office.cases.close(office.act(), office.seat("lin"), number)
    office.cases.decide(office.act(), office.seat("wu"), number, GRANTED)
    assert len(office.cases.holds()) == 1
    assert office.cases.close(office.act(), office.seat("lin"), number).state == CLOSED
    assert office.cases.holds() == []


def test_a_restart_finds_every_case_as_it_was(office: Office) -> None:
    for number in [received(office) for _ in range(3)][:2]:
        office.cases.decide(office.act(), office.seat("wu"), number, GRANTED)
    office.cases.close(office.act(), office.seat("lin"), "115-0001")
    again = reopened(office)
    assert again.all() == office.cases.all()
    assert again.holds() == office.cases.holds()
    assert again.get("115-0002").as_map()["decided_by"] == "吳大同"
    with pytest.raises(NotFound):
        again.get("115-0009")


def test_what_cannot_be_written_did_not_happen(office: Office) -> None:
    number = received(office)
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        received(office)
    with pytest.raises(NotWritable):
        office.cases.decide(office.act(), office.seat("wu"), number, GRANTED)
    assert [case.state for case in office.cases.all()] == [RECEIVED]


def test_a_case_whose_words_are_lost_keeps_its_pin_and_is_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:

    number = received(office)

    def lost(index: int) -> None:
        raise Damaged(f"ledger entry {index}: its sealed record is missing")

    monkeypatch.setattr(office.acts, "sealed", lost)
    again = reopened(office)
    assert again.holds() == office.cases.holds()
    assert list(again.damaged) == [number]
    assert again.get(number).reason == ""
    with pytest.raises(Refused, match="who received it is not known"):
        again.decide(office.act(), office.seat("wu"), number, GRANTED)


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\u202e", "\u2066", "\u200f", "\ud800"])
def test_words_that_hide_or_turn_text_are_refused(office: Office, hidden: str) -> None:
    with pytest.raises(UsageError, match="control characters"):
        received(office, reason=f"車損{hidden}車號")
    assert received(office, reason="車損\n車號\t1\r\n")
