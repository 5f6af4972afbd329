"""What waits of every thing that goes on, and by when: held against the tables of registers and cameras."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appliance.rules.cameras.duties import leads_on
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import LIVE, OPEN
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cases.views import DueView
from appliance.rules.deadlines import start_ns_of, year_end
from appliance.rules.duties import FOUR, OF, DeskDuty, Duties, Duty, PersonsDuties, Waiting, due_on, due_within, urgency
from appliance.rules.handover import SORTS
from appliance.rules.registers.duties import LEADS, RESTS, owed
from appliance.rules.registers.shape import Item, Signature
from appliance.rules.registers.tables import REGISTERS
from tests.cameralife import TO_FORCE
from tests.rules.cameradesk import Desk

HOUR = 3600 * 10**9
DAY = date(2026, 11, 26)
NOW = start_ns_of(DAY) + 9 * HOUR


def test_AT_07_every_state_of_every_register_waits_for_a_step_that_its_table_has_or_rests() -> None:
    for code, register in REGISTERS.items():
        if code == "vendors":  # its yearly things are dated, whatever its state
            continue
        for state in set(register.states) - register.done:
            leads = LEADS.get((code, state), ())
            assert bool(leads) != ((code, state) in RESTS), (code, state)
            assert all(register.step(state, event) for event in leads), (code, state)
    assert {code for code, _ in (*LEADS, *RESTS)} <= set(REGISTERS)


def test_AT_07_every_sort_of_thing_belongs_to_one_of_the_four_duties() -> None:
    assert set(OF.values()) | {"requests"} == set(FOUR)
    assert set(REGISTERS) <= set(OF)


def test_every_line_that_goes_on_has_its_place_on_a_hand_over_list() -> None:
    assert set(REGISTERS) <= set(SORTS)


def test_AT_07_the_clocks_of_an_incident_are_duties_of_their_own_until_they_are_met() -> None:
    item = Item(register="incidents", number="I115-0001", state="suspected", values={"known_at": NOW}, opened_ns=NOW)
    found = {each.event: each for each in owed(item, NOW)}
    assert set(found) == {"report", "notify", "confirm"}
    assert (found["report"].due_ns - NOW, found["notify"].due_ns - NOW) == (HOUR, 72 * HOUR)
    assert [due_within("report", NOW + HOUR, at).mark for at in (NOW, NOW + HOUR, NOW + HOUR + 1)] == [
        "red", "red", "over",
    ]  # fmt: skip
    judged = {"known_at": NOW, "cyber": "3", "personal": "no", "first_reported_at": NOW + 1}
    item = Item(register="incidents", number="I115-0001", state="confirmed", values=judged, opened_ns=NOW)
    (contain,) = owed(item, NOW)
    assert (contain.event, contain.due_ns - NOW) == ("contain", 36 * HOUR)


def test_AT_07_a_firm_s_contract_pledge_and_supervision_are_duties_a_month_before_their_day() -> None:
    far = (DAY + timedelta(days=400)).isoformat()
    values = {"contract_until": far, "pledge_on": DAY.isoformat(), "supervised_on": DAY.isoformat()}
    item = Item(register="vendors", number="V115-0001", state="active", values=values, opened_ns=NOW)
    assert owed(item, NOW) == ()
    last = year_end(DAY)
    soon = start_ns_of(last - timedelta(days=30))
    assert {each.why: each.due_ns for each in owed(item, soon)} == dict.fromkeys(
        ("pledge", "supervision"), start_ns_of(last + timedelta(days=1)) - 1
    )
    assert owed(item, soon - 1) == ()
    signed = (Signature(cell="supervised", account="wang", role="officer", at_ns=NOW),)
    stamps = Item(register="vendors", number="V115-0001", state="active", values=values, signatures=signed)
    assert [each.event for each in owed(stamps, NOW)] == ["stamp"]
    assert owed(Item(register="vendors", number="V115-0001", state="ended", values=values), soon) == ()


def test_AT_07_each_step_of_the_way_into_force_leads_to_the_next() -> None:
    desk = Desk()
    desk.do(Event.DRAFT)
    for event in TO_FORCE:
        assert leads_on(desk.version(), secretary=True) is event
        desk.do(event)
    assert desk.version().state in LIVE
    assert leads_on(desk.version(), secretary=True) is None


def test_AT_07_every_state_on_the_way_has_a_step_that_leads_on() -> None:
    for state in OPEN:
        version = CameraVersion(camera_no="07", version=1, state=state)
        assert leads_on(version, secretary=False), state


@pytest.mark.parametrize("mark", ["over", "red"])
def test_AT_07_what_two_people_here_could_do_waits_once(mark: str) -> None:
    due = DueView(code="report", day=DAY.isoformat(), mark=mark)
    duty = DeskDuty(sort="incidents", key="I115-0001", act="report", due=due)
    case = Duty(case="c1", event="decide", due=due)
    people = tuple(PersonsDuties(seat=at, person=f"p{at}", name="", duties=(case,), desk=(duty,)) for at in (1, 2))
    assert Duties(today=DAY.isoformat(), people=people).waiting == Waiting(all=2, overdue=2 * (mark == "over"))


def test_what_ends_during_a_day_is_more_urgent_than_what_has_all_of_it() -> None:
    day = date(2026, 12, 1)
    ends_ns = start_ns_of(day) + 20 * 3600 * 10**9
    hour, whole = due_within("report", ends_ns, ends_ns - 3600 * 10**9), due_on("pledge", day, day)
    assert (
        urgency(hour, ends_ns) < urgency(whole) < urgency(due_on("row", day + timedelta(days=1), day)) < urgency(None)
    )
