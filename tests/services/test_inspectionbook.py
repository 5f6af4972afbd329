"""The book of inspections: sealed words, repeats, passwords, restarts, lost records, every cut, and any walk."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core.errors import NotAllowed, Refused, UsageError
from appliance.core.model import to_json
from appliance.rules.deadlines import DAY_NS
from appliance.rules.inspection.facts import Judged, Signing
from appliance.rules.inspection.rows import ROW_STEPS, RowState, TicketEvent
from appliance.services.inspection.book import InspectionBook
from appliance.services.inspection.daybook import DayFile
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut
from tests.services.inspectiondesk import BLURRED, HOUR, InspectionDesk, found
from tests.vault.ringcases import MONDAY_NS, MovingClock, entered, kinds, new_disk

MONDAY = date(2026, 9, 28)


def test_words_and_names_are_sealed_and_the_choice_is_clear() -> None:
    desk = InspectionDesk()
    desk.fault()
    desk.at(0, 8)
    desk.sign_faulty(BLURRED)
    desk.report(BLURRED)
    desk.stamp()
    for kind in ("inspection.signed", "inspection.stamped", "ticket.opened"):
        (entry,) = entered(desk.ledger, kind)
        for word in ("林小明", "吳大同", '"lin"', "失焦", "安視", "in words"):
            assert word.encode() not in to_json(entry), f"{kind} has {word} in clear"
    file = desk.book.day(MONDAY)
    assert file.values == (("03", "picture-blurred", 0.1, 0.3, ""),)
    assert file.proposals[0].boxes == ("picture",)


def test_the_tests_propose_at_their_two_hours_and_whenever_a_person_asks() -> None:
    desk = InspectionDesk()
    for hour in (7, 7.6, 8, 12, 16.6, 17):
        desk.at(0, hour)
    assert len(desk.book.day(MONDAY).proposals) == 2
    desk.at(1, 7)
    assert desk.book.day(desk.today).row.state is RowState.OPEN
    desk.book.propose()
    desk.sign()
    desk.at(1, 16.6)
    assert len(desk.book.day(desk.today).proposals) == 1, "what is signed is signed"
    with pytest.raises(NotAllowed):
        desk.book.propose()


def test_a_repeat_is_one_signature_and_another_under_its_id_is_refused() -> None:
    desk = InspectionDesk()
    desk.at(0, 8)
    seat, typed = desk.seat("lin"), Signing(normal=True)
    desk.book.sign("form-1", seat, MONDAY, typed)
    desk.book.sign("form-1", seat, MONDAY, typed)
    assert len(entered(desk.ledger, "inspection.signed")) == 1
    with pytest.raises(UsageError, match="sent before for something else"):
        desk.book.sign("form-1", desk.seat("hsu"), MONDAY, typed)
    desk.book.stamp("form-2", desk.seat("wu"), [MONDAY])
    desk.book.stamp("form-2", desk.seat("wu"), [MONDAY])
    assert len(entered(desk.ledger, "inspection.stamped")) == 1


def test_signature_and_stamp_take_the_password_typed_for_them() -> None:
    desk = InspectionDesk()
    desk.at(0, 8)
    stale = desk.seat("lin", ago_ns=HOUR)
    with pytest.raises(Refused, match="password must be typed"):
        desk.book.sign(desk.act(), stale, MONDAY, Signing(normal=True))
    desk.sign()
    with pytest.raises(Refused, match="password must be typed"):
        desk.book.stamp(desk.act(), desk.seat("wu", ago_ns=HOUR), [MONDAY])
    with pytest.raises(UsageError, match="boxes"):
        desk.book.sign(desk.act(), desk.seat("lin"), MONDAY, Signing(boxes=("smell",)))


def test_AT_18_whose_record_does_not_open_may_be_anybody_and_nobody_stamps_it() -> None:
    desk = InspectionDesk()
    desk.at(0, 8)
    desk.sign()
    desk.acts.sealed_of = lambda entry: None  # type: ignore[method-assign]
    file = desk.reopened().day(MONDAY)
    assert file.damaged
    assert (file.row.state, file.row.inspector) == (RowState.INSPECTED, "?")
    with pytest.raises(NotAllowed, match="inspector_unknown"):
        desk.reopened().stamp(desk.act(), desk.seat("wu"), [MONDAY])


def life(fs: MemoryFs, said: list[str]) -> None:
    """Three days: a fault that is signed, reported, stamped and mended; a missed day; one signed later."""
    desk = InspectionDesk(fs)
    desk.fault()
    desk.at(0, 8)
    said.append("2026-09-28 proposed")
    desk.sign_faulty(BLURRED)
    said[:] = ["2026-09-28 inspected"]
    number = desk.report(BLURRED)
    said[:] = ["2026-09-28 fault", f"{number} open"]
    desk.stamp()
    said[:] = ["2026-09-28 stamped", f"{number} open"]
    desk.over(BLURRED)
    desk.at(2, 8)
    desk.book.advance(desk.act(), desk.seat("lin"), number, TicketEvent.VERIFY, {"cause": "鬆動", "removed": "none"})
    said[:] = ["2026-09-28 stamped", f"{number} verified", "2026-09-29 missed"]
    desk.sign(on=MONDAY + timedelta(days=1), late="leave", boxes=("picture",), handling="修復前一日")
    said[:] = ["2026-09-28 stamped", f"{number} verified", "2026-09-29 repaired"]


_ORDER = ["open", "proposed", "missed", "inspected", "fault", "repaired", "stamped", "verified"]


def summary(book: InspectionBook) -> dict[str, str]:
    days = {file.row.on.isoformat(): str(file.row.state) for file in book.days(MONDAY, MONDAY + timedelta(days=9))}
    return days | {file.ticket.number: str(file.ticket.state) for file in book.tickets()}


def test_inv_23_no_cut_loses_a_signature_a_stamp_or_a_ticket_or_gives_a_day_two_rows() -> None:
    count = 0
    for cut in every_cut(life, start=new_disk(), modes=(*MODES, KILLED)):
        count += 1
        desk = InspectionDesk(cut.fs, MovingClock(MONDAY_NS + 2 * 24 * HOUR + 8 * HOUR), seed="after")
        found = summary(desk.book)
        for line in cut.said:
            name, state = line.split(" ")
            assert name in found, cut
            assert _ORDER.index(found[name]) >= _ORDER.index(state), cut
        desk.book.turn()
        days = [entry["day"] for entry in entered(desk.ledger, "inspection.begun")]
        assert sorted(days) == ["2026-09-28", "2026-09-29", "2026-09-30"], cut
    assert count > 60


ACTS = ("sign", "fault", "over", "report", "stamp", "verify", "propose", "restart", "doubt")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(ACTS), st.sampled_from(("lin", "hsu", "wu", "both"))), max_size=40
    )
)
def test_inv_08_inv_14_any_walk_keeps_a_row_a_day_two_people_and_what_a_start_makes_of_it(
    walk: list[tuple[int, str, str]],
) -> None:
    desk, hour = InspectionDesk(), 7
    for hours, act, person in walk:
        hour += hours
        desk.at(hour // 24, hour % 24)
        with contextlib.suppress(NotAllowed, UsageError):
            _do(desk, act, person)
        rows = desk.book.days(MONDAY, desk.today)
        if desk.clock.is_trusted:
            assert [file.row.on for file in rows] == [
                MONDAY + timedelta(days=ahead) for ahead in range((desk.today - MONDAY).days + 1)
            ]
        for file in rows:
            assert not file.stamped_by or file.stamped_by != file.row.inspector, "one person in both cells"
            assert not file.row.signed_ns or file.row.late or file.row.signed_ns < _end(file.row.on)
            if file.row.state is RowState.STAMPED and file.row.boxes:
                assert {ticket.ticket.box for ticket in desk.book.tickets()} >= set(file.row.boxes)
    assert desk.reopened().days(MONDAY, desk.today) == [
        file if file.row.signed else _unopened(file) for file in desk.book.days(MONDAY, desk.today)
    ]
    assert desk.reopened().tickets() == desk.book.tickets()
    assert set(kinds(desk.ledger)) <= {step.kind for step in ROW_STEPS} | {
        "ticket.opened",
        "ticket.changed",
        "gap.noted",
    }


def _end(on: date) -> int:
    return MONDAY_NS + ((on - MONDAY).days + 1) * 24 * HOUR


def _unopened(file: DayFile) -> DayFile:
    """What was opened and not signed is asked for again after a start."""
    return msgspec.structs.replace(file, row=msgspec.structs.replace(file.row, opened=frozenset()))


def _do(desk: InspectionDesk, act: str, person: str) -> None:
    if act == "sign":
        waiting = desk.book.missed()
        on = waiting[0] if waiting else desk.today
        desk.look(on)
        judged = {item.key: Judged(fault=True) for item in desk.book.day(on).row.items}
        boxes = tuple({*(key.split("-", 1)[0] for key in judged), *(t.ticket.box for t in desk.book.tickets())})
        desk.sign(person, on, judged=judged, boxes=boxes, handling="處理", late="leave")
    elif act == "fault":
        if not any(not item.over_ns for item in desk.items):
            desk.fault(hour=(desk.clock.wall_ns() - MONDAY_NS) / HOUR % 24)
    elif act == "over":
        desk.over(BLURRED)
    elif act == "report":
        desk.report(*({BLURRED} & {item.key for item in desk.items}))
    elif act == "stamp":
        signed = [f.row.on for f in desk.book.days(MONDAY, desk.today) if f.row.signed_ns and not f.stamped_ns]
        desk.stamp(person, *signed[:2])
    elif act == "verify":
        for file in desk.book.tickets():
            desk.book.advance(
                desk.act(), desk.seat(person), file.ticket.number, TicketEvent.VERIFY, {"cause": "x", "removed": "none"}
            )
    elif act == "propose":
        desk.book.propose()
    elif act == "restart":
        desk.book = desk.reopened()
    else:
        desk.clock.is_trusted = not desk.clock.is_trusted


def test_T_74_a_finding_that_came_twice_is_one_item_from_its_first_beginning() -> None:
    """A form has one row for each; of two of one name the last would count."""
    desk = InspectionDesk()
    first = MONDAY_NS + 7 * HOUR
    desk.items = [found(BLURRED, first, first + HOUR), found(BLURRED, first + 2 * HOUR)]
    desk.at(0, 12)
    (item,) = desk.book.day(MONDAY).row.items
    assert (item.since_ns, item.over_ns) == (first, 0)
    desk.items[1] = found(BLURRED, first + 2 * HOUR, first + 3 * HOUR)
    (item,) = desk.book.day(MONDAY).row.items
    assert item.over_ns == first + 3 * HOUR


def test_AT_17_a_fault_was_found_when_it_began_on_the_day_it_is_reported_of() -> None:
    """What came and went days before is another fault: its gaps would be told as lost under this repair."""
    desk = InspectionDesk()
    first, again = MONDAY_NS + 9 * HOUR, MONDAY_NS + 3 * DAY_NS + 7 * HOUR
    desk.items = [
        found(BLURRED, first, first + HOUR),
        found(BLURRED, again, again + HOUR),
        found(BLURRED, again + 2 * HOUR),
    ]
    desk.at(3, 12)
    assert desk.book.ticket(desk.report(BLURRED)).found_ns == again
    assert desk.book.ticket(desk.report(BLURRED, on=MONDAY)).found_ns == first
    assert desk.book.ticket(desk.report(BLURRED, on=MONDAY + timedelta(days=1))).found_ns == again + 2 * HOUR
