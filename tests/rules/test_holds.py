"""Holds against their rules by name, over a whole store: AT-23, AT-24, T-11, T-20, T-55, T-56, D-05, INV-02, INV-09."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Refused, Unavailable, UsageError
from appliance.core.model import Manifest, Span
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of, working_days_after
from appliance.rules.holds import (
    ACTIVE,
    CEILING_MARKS,
    GROUNDS,
    LAPSE_MARKS,
    LIVING,
    REQUESTED,
    STEPS,
    ceiling_ns_of,
    is_wide,
    mark_reached,
    outlives_ceiling,
    possible,
    rounded,
    state_of,
    step_for,
    term_end_ns,
)
from appliance.rules.people import ROLES
from appliance.rules.policy import Policy
from appliance.vault.ring.destruction import Destruction
from tests.services.holdcases import GROUND_WORDS, HoldOffice
from tests.vault.ringcases import MONDAY_NS, MovingClock, Parts, days_later, entered, kinds, new_disk

WITHIN = [code for code, row in GROUNDS.items() if not row.beyond_ceiling]
BEYOND = [code for code, row in GROUNDS.items() if row.beyond_ceiling]


@pytest.fixture
def office() -> HoldOffice:
    return HoldOffice()


def keep_on(office: HoldOffice, *numbers: str) -> None:
    """The director extends each until over a year has passed, each time on its last day."""
    while office.clock.wall_ns() < MONDAY_NS + 365 * DAY_NS:
        until_ns, number = min((office.book.get(number).until_ns, number) for number in numbers)
        office.clock.go_to(max(until_ns - 1, office.clock.wall_ns()))
        row = GROUNDS[office.book.get(number).ground]
        papers = GROUND_WORDS[row.code] if row.beyond_ceiling else {}
        office.book.extend(office.act(), office.seat("tsai"), number, reason="續", documents=papers)


def each_day(office: HoldOffice, until_ns: int) -> None:
    """Days go by; the keeper does its duties each night."""
    while office.clock.wall_ns() < until_ns:
        office.clock.go_to(min(until_ns, office.clock.wall_ns() + DAY_NS))
        office.settlement.turn()
        office.destruction.routine()


# --- AT-23: what outlives the ceiling ---


@pytest.mark.parametrize("lacking", ["agency", "document"])
def test_at_23_an_investigation_without_agency_or_document_number_is_no_hold(office: HoldOffice, lacking: str) -> None:
    papers = {name: text for name, text in GROUND_WORDS["invest"].items() if name != lacking}
    with pytest.raises(UsageError, match=f"demands {lacking}"):
        office.hold("invest", documents=papers)
    assert not outlives_ceiling(GROUNDS["invest"], documented=False, confirmed=True)


def test_at_23_what_the_director_has_not_confirmed_cannot_outlive_the_ceiling(office: HoldOffice) -> None:
    old = office.record()
    office.clock.go_to(days_later(350))
    held = office.hold("invest")
    assert held.state(office.clock.wall_ns()) == REQUESTED
    office.clock.go_to(days_later(364))
    office.destruction.routine()
    assert not office.here(old)


@pytest.mark.parametrize("ground", BEYOND)
def test_at_23_documented_and_confirmed_it_outlives_the_ceiling(office: HoldOffice, ground: str) -> None:
    old, other = office.record(), office.record("C2")
    keep_on(office, office.confirmed(ground).number)
    office.clock.go_to(days_later(400))
    office.destruction.routine()
    assert office.here(old)
    assert not office.here(other)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "director"])
def test_at_23_nobody_but_the_director_confirms_extends_or_releases(role: str) -> None:
    for row in GROUNDS.values():
        for step in STEPS:
            for state in step.sources:
                with pytest.raises(Refused):
                    step_for("hold 9", row, state, step.event, [role])


@pytest.mark.parametrize("ground", ["event", "remedy"])
def test_INV_02_every_other_ground_ends_at_the_ceiling_whoever_extends(office: HoldOffice, ground: str) -> None:
    old = office.record()
    held = office.confirmed(ground)
    office.clock.go_to(held.until_ns - 1)
    office.book.extend(office.act(), office.seat("tsai"), held.number, reason="訴訟中")
    office.clock.go_to(days_later(363))
    office.destruction.routine()
    assert office.here(old)
    office.clock.go_to(days_later(364))
    office.destruction.routine()
    assert not office.here(old), "PINNED is not enough"


# --- AT-24, T-55: the end of a hold ---


@pytest.mark.parametrize("way", ["lapsed", "released"])
def test_at_24_past_the_ceiling_it_is_destroyed_by_the_next_turn(office: HoldOffice, way: str) -> None:
    old, neighbour = office.record(), office.record("C2")
    held = office.confirmed("invest")
    keep_on(office, held.number)
    until_ns = office.book.get(held.number).until_ns
    if way == "released":
        office.book.release(office.act(), office.seat("tsai"), held.number, reason="偵查終結")
    else:
        office.clock.go_to(until_ns)
    office.settlement.turn()
    assert not office.here(old), "long before 24 hours are over"
    assert office.here(neighbour), "the end of a hold orders its own footage destroyed, and none besides"
    (intent,) = entered(office.ledger, "destroy.intended")
    assert (intent["reason"], intent["buckets"]) == (f"hold {held.number}", [old.bucket_id])
    settled = office.book.get(held.number)
    assert settled.ended == way
    assert settled.became == {"destroyed": 1, "eligible": 0, "kept": 0, "held": 0}


def test_at_24_inside_the_floor_it_is_kept_and_past_it_routine_may_take_it(office: HoldOffice) -> None:
    young, old = office.record("C1", MONDAY_NS + 40 * DAY_NS), office.record("C2")
    office.clock.go_to(days_later(41))
    numbers = [
        office.hold("event", cameras=[m.camera_no], start_ns=m.start_ns, end_ns=m.end_ns).number for m in (young, old)
    ]
    for number in numbers:
        office.book.release(office.act(), office.seat("tsai"), number, reason="無需保全")
    office.settlement.turn()
    assert office.here(young)
    assert office.here(old)
    became = [dict(office.book.get(number).became) for number in numbers]
    assert became[0] == {"destroyed": 0, "eligible": 0, "kept": 1, "held": 0}
    assert became[1] == {"destroyed": 0, "eligible": 1, "kept": 0, "held": 0}
    office.clock.go_to(days_later(46))
    office.destruction.routine()
    assert office.here(young)
    assert not office.here(old)


def test_at_24_warnings_come_14_7_and_1_days_before_and_it_lapses_by_itself(office: HoldOffice) -> None:
    office.record()
    held = office.confirmed("law")
    said: dict[int, list[str]] = {}
    for days in range(20, -2, -1):
        office.clock.go_to(held.until_ns - 1 - days * DAY_NS)
        office.settlement.turn()
        said[days] = [key for key in office.watch.warnings() if key.startswith("hold-due")]
    assert [days for days in said if said[days] == [f"hold-due-14-{held.number}"]] == list(range(14, 7, -1))
    assert [days for days in said if said[days] == [f"hold-due-7-{held.number}"]] == list(range(7, 1, -1))
    assert [days for days in said if said[days] == [f"hold-due-1-{held.number}"]] == [1, 0]
    assert said[20] == said[15] == said[-1] == []
    assert kinds(office.ledger).count("hold.lapsed") == 1


def test_t_55_nobody_keeps_on_a_hold_without_a_living_ground(office: HoldOffice) -> None:
    """The director cannot just keep it: no extension without the fresh documents, and none once it is over."""
    old = office.record()
    held = office.confirmed("invest")
    keep_on(office, held.number)
    with pytest.raises(UsageError, match="demands agency and document"):
        office.book.extend(office.act(), office.seat("tsai"), held.number, reason="再留著")
    office.clock.go_to(office.book.get(held.number).until_ns)
    office.settlement.turn()
    assert not office.here(old)
    with pytest.raises(Refused, match="it is lapsed"):
        office.book.extend(
            office.act(), office.seat("tsai"), held.number, reason="再留著", documents=GROUND_WORDS["invest"]
        )
    with pytest.raises(UsageError, match="past its ceiling"):
        office.hold("event")


@pytest.mark.parametrize("ground", GROUNDS)
def test_t_55_every_ground_has_its_last_day(office: HoldOffice, ground: str) -> None:
    office.hold(ground)
    office.clock.go_to(office.clock.wall_ns() + 181 * DAY_NS)
    office.settlement.turn()
    assert office.book.holds() == []


def test_an_event_that_the_director_does_not_confirm_in_three_working_days_lapses(office: HoldOffice) -> None:
    old = office.record()
    office.clock.go_to(days_later(60, 12))  # a Friday
    held = office.hold("event", by="wu")
    each_day(office, start_ns_of(day_of(office.clock.wall_ns()) + timedelta(days=5)))
    assert office.here(old), "until the third working day, a Wednesday, is over"
    each_day(office, start_ns_of(day_of(office.clock.wall_ns()) + timedelta(days=1)) + 3 * 3600 * 10**9)
    assert office.book.get(held.number).ended == "lapsed"
    assert not office.here(old)


# --- T-56: several on one stretch ---


def test_t_56_the_end_of_one_of_several_frees_nothing(office: HoldOffice) -> None:
    old = office.record()
    case = office.case()
    first, second = office.confirmed("invest"), office.confirmed("law")
    keep_on(office, first.number, second.number)
    office.book.release(office.act(), office.seat("tsai"), first.number, reason="偵查終結")
    office.settlement.turn()
    office.destruction.routine()
    assert office.here(old)
    assert office.book.get(first.number).became == {"destroyed": 0, "eligible": 0, "kept": 0, "held": 1}
    office.close_case(case)
    office.settlement.turn()
    office.destruction.routine()
    assert office.here(old)
    office.book.release(office.act(), office.seat("tsai"), second.number, reason="無需保存")
    office.settlement.turn()
    assert not office.here(old)


def test_t_56_a_pin_alone_keeps_what_a_hold_let_go_to_the_ceiling(office: HoldOffice) -> None:
    old = office.record()
    case, held = office.case(), office.confirmed("event")
    office.book.release(office.act(), office.seat("tsai"), held.number, reason="結束")
    office.clock.go_to(days_later(100))
    office.settlement.turn()
    office.destruction.routine()
    assert office.here(old)
    office.close_case(case)
    office.clock.go_to(days_later(101))
    office.settlement.turn()
    office.destruction.routine()
    assert not office.here(old)


# --- T-20, INV-03: time ---


def test_t_20_what_is_received_the_evening_before_it_could_go_is_there_for_the_decision(office: HoldOffice) -> None:
    old, unasked = office.record(), office.record("C2")
    first_ns = start_ns_of(day_of(MONDAY_NS) + timedelta(days=46))
    office.clock.go_to(first_ns - 60 * 10**9)
    case = office.case()
    office.clock.go_to(first_ns + 3 * 3600 * 10**9)
    office.destruction.routine()
    assert office.here(old)
    assert not office.here(unasked)
    each_day(office, first_ns + 30 * DAY_NS)
    office.close_case(case)
    each_day(office, office.clock.wall_ns() + DAY_NS + 4 * 3600 * 10**9)
    assert not office.here(old)


def test_INV_03_untrusted_time_ends_no_hold_and_destroys_nothing_it_let_go(office: HoldOffice) -> None:
    old = office.record()
    held = office.confirmed("law")
    keep_on(office, held.number)
    office.clock.go_to(office.book.get(held.number).until_ns)
    office.clock.is_trusted = False
    office.settlement.turn()
    assert office.book.get(held.number).living
    office.book.release(office.act(), office.seat("tsai"), held.number, reason="無需保存")
    office.settlement.turn()
    assert office.here(old), "what a person let go waits for trusted time"
    office.clock.is_trusted = True
    office.settlement.turn()
    assert not office.here(old)


def test_INV_03_a_clock_that_jumps_ahead_ends_no_hold(office: HoldOffice) -> None:
    """The machine calls its clock synchronised; that it stepped is seen all the same, and doubted for a day."""
    old = office.record()
    held = office.confirmed("invest")
    office.settlement.turn()
    office.clock.now_ns += 4000 * DAY_NS
    office.settlement.turn()
    assert office.book.get(held.number).living
    assert office.here(old)


# --- T-11: how much ---


def test_t_11_over_15_percent_is_a_finding_and_shortens_no_floor(office: HoldOffice) -> None:
    buckets = [office.record("C1", MONDAY_NS + n * SLOT_NS) for n in range(4)]
    size = sum(m.bytes for m in buckets)
    office.store_bytes = size * 4
    office.hold(start_ns=MONDAY_NS, end_ns=MONDAY_NS + 2 * SLOT_NS)
    office.case(start_ns=MONDAY_NS + SLOT_NS, length_ns=1)
    assert office.watch.kept_bytes() == sum(m.bytes for m in buckets[:3]), "a stretch that several touch counts once"
    assert "over 15 %" in office.watch.crowding()
    office.clock.go_to(days_later(20))
    office.settlement.turn()
    verdict = office.destruction.judge(need_bytes=10 * size)
    assert verdict.due == (), "no floor is shortened for it"
    office.store_bytes = size * 6
    assert office.watch.crowding() == ""


def test_pinned_footage_nearing_its_ceiling_is_told_30_14_7_and_1_days_before_with_the_case(office: HoldOffice) -> None:
    office.record()
    case, held = office.case(), office.confirmed("event")
    office.record("C2")
    seen = {}
    for left in range(32, -1, -1):
        office.clock.go_to(MONDAY_NS + (364 - left) * DAY_NS + 1)
        if left == 32:
            office.book.extend(office.act(), office.seat("tsai"), held.number, reason="續")
        seen[left] = sorted(key for key in office.watch.warnings() if "ceiling" in key)
    assert seen[31] == []
    for first, last, mark in ((30, 15, 30), (14, 8, 14), (7, 2, 7), (1, 0, 1)):
        for left in range(first, last - 1, -1):
            assert seen[left] == [f"hold-ceiling-{mark}-{held.number}", f"pin-ceiling-{mark}-{case}"], left


def test_footage_that_another_hold_keeps_beyond_the_ceiling_is_told_of_nobody(office: HoldOffice) -> None:
    office.record()
    office.case()
    held = office.confirmed("law")
    office.clock.go_to(held.until_ns - 1)
    office.book.extend(office.act(), office.seat("tsai"), held.number, reason="續", documents=GROUND_WORDS["law"])
    office.clock.go_to(days_later(350))
    assert [key for key in office.watch.warnings() if "ceiling" in key] == []
    office.book.release(office.act(), office.seat("tsai"), held.number, reason="無需保存")
    assert [key for key in office.watch.warnings() if "ceiling" in key] == ["pin-ceiling-14-115-0001"]


# --- INV-09: in force at once ---


def test_inv_09_a_hold_or_pin_is_in_force_when_its_act_answers(office: HoldOffice) -> None:
    old, other = office.record(), office.record("C2")
    office.clock.go_to(days_later(60))
    office.hold()
    office.case("C2")
    office.destruction.routine()
    assert office.here(old)
    assert office.here(other)


def test_inv_09_it_needs_neither_the_ring_nor_a_keyholder(office: HoldOffice) -> None:
    """While destruction or a rebuild holds the ring, a hold is set all the same."""
    done = threading.Event()

    def set_one() -> None:
        office.hold()
        office.case()
        done.set()

    with office.ring.lock:
        thread = threading.Thread(target=set_one)
        thread.start()
        assert done.wait(5), "in force within 5 s"
    thread.join()


def test_inv_09_one_that_comes_between_judging_and_the_keys_stops_the_destruction() -> None:
    class Late(Destruction):
        """A hold is acknowledged after everything was judged."""

        def _compare(self, bucket_ids: object) -> None:
            office.hold()

    office = HoldOffice(parts=Parts(destruction=Late))
    old = office.record()
    office.clock.go_to(days_later(60))
    with pytest.raises(Unavailable, match="judged again"):
        office.destruction.destroy([old.bucket_id], "ordered")
    assert office.here(old)
    assert kinds(office.ledger)[-3:] == ["hold.set", "destroy.intended", "destroy.abandoned"]


@pytest.mark.parametrize("what", ["floor", "day off"])
def test_a_floor_or_a_day_off_that_comes_between_judging_and_the_keys_stops_the_destruction(what: str) -> None:
    """Two people raised the floor, or a calendar came in, while the batch was on its way."""

    class Late(Destruction):
        def _compare(self, bucket_ids: object) -> None:
            if what == "floor":
                office.policy = Policy(floor_days=300, target_days=310)
            else:
                days_off.append(date(2027, 1, 1))

    office, days_off = HoldOffice(parts=Parts(destruction=Late)), list[date]()
    office.destruction._days_off = lambda: days_off
    old = office.record()
    office.clock.go_to(days_later(60))
    with pytest.raises(Unavailable, match="judged again"):
        office.destruction.destroy([old.bucket_id], "ordered")
    assert office.here(old)
    assert kinds(office.ledger)[-2:] == ["destroy.intended", "destroy.abandoned"]


# --- D-05: the pin of a case ---


def test_d_05_the_pin_of_a_refused_case_outlives_it_by_40_days(office: HoldOffice) -> None:
    refused, granted = office.case(), office.case("C2")
    office.close_case(refused, "refused")
    office.close_case(granted)
    office.clock.go_to(office.clock.wall_ns() + DAY_NS)
    office.settlement.turn()
    assert [hold.camera_no for hold in office.cases.holds()] == ["C1"]
    last_ns = start_ns_of(date(2026, 9, 29) + timedelta(days=41)) - 1
    office.clock.go_to(last_ns)
    office.settlement.turn()
    assert office.cases.holds()
    office.ledger.append("head.issued", {"size": office.ledger.size, "way": "file"})  # as each hour, or it leapt
    again = HoldOffice(office.fs, office.clock, seed="again")
    assert again.cases.living() == office.cases.living()
    again.clock.go_to(last_ns + 1)
    again.clock.is_trusted = False
    again.settlement.turn()
    assert again.cases.holds(), "in untrusted time no pin ends"
    again.clock.is_trusted = True
    for _ in range(2):
        again.settlement.turn()
    assert again.cases.holds() == []
    assert kinds(again.ledger).count("pin.ended") == 2, "each once"


def test_d_05_what_was_served_by_a_wrong_clock_counts_from_the_first_trusted_moment(office: HoldOffice) -> None:
    case = office.case()
    right_ns = office.clock.wall_ns()
    office.clock.now_ns, office.clock.is_trusted = right_ns - 10 * DAY_NS, False
    office.life.to_decision(case)
    office.life.refuse(case)
    office.life.notify(case)
    office.clock.now_ns, office.clock.is_trusted = right_ns + DAY_NS, True
    office = HoldOffice(office.fs, office.clock, seed="right again")
    office.close_case(case, "refused")
    office.settlement.turn()
    assert office.cases.file(case).undated, "a clock that stepped is doubted for a day"
    office.clock.go_to(right_ns + 3 * DAY_NS)
    office.settlement.turn()
    again = HoldOffice(office.fs, office.clock, seed="again")
    assert again.cases.file(case) == office.cases.file(case)
    assert not again.cases.file(case).undated
    again.clock.go_to(right_ns + 43 * DAY_NS)
    again.settlement.turn()
    assert again.cases.holds(), "by the wrong clock it would be over for twelve days"
    again.clock.go_to(right_ns + 45 * DAY_NS)
    again.settlement.turn()
    assert again.cases.holds() == []


def test_d_05_while_the_police_are_to_ask_it_is_held_30_days_and_once_30_more(office: HoldOffice) -> None:
    old = office.record()
    office.clock.go_to(MONDAY_NS + 31 * DAY_NS)
    case = office.case()
    held = office.hold("police", case=case)
    office.close_case(case, "granted")
    assert (held.case, held.beyond_ceiling) == (case, False)
    assert held.until_ns == start_ns_of(day_of(office.clock.wall_ns())) + 31 * DAY_NS
    office.clock.go_to(held.until_ns - 1)
    office.destruction.routine()
    assert office.here(old)
    again = office.book.extend(office.act(), office.seat("tsai"), held.number, reason="警方尚未來函")
    assert again.until_ns == held.until_ns + 30 * DAY_NS
    with pytest.raises(Refused, match="extended once"):
        office.book.extend(office.act(), office.seat("tsai"), held.number, reason="再等")
    office.clock.go_to(again.until_ns + 3 * 3600 * 10**9)
    office.settlement.turn()
    office.destruction.routine()
    assert office.book.holds() == []
    assert not office.here(old)


def test_d_05_it_never_goes_beyond_the_ceiling(office: HoldOffice) -> None:
    old = office.record()
    office.clock.go_to(days_later(350))
    held = office.hold("police")
    assert held.until_ns == ceiling_ns_of(MONDAY_NS, 364)
    office.clock.go_to(days_later(364))
    office.settlement.turn()
    office.destruction.routine()
    assert not office.here(old)


# --- the tables and the arithmetic ---


def test_only_the_rows_of_the_table_happen() -> None:
    roles = ("officer", "manager", "unit_head", "secretary", "director", "auditor")
    for code, row in GROUNDS.items():
        for state in (*LIVING, "lapsed", "released"):
            for event in ("confirm", "extend", "release"):
                for role in roles:
                    allowed = role == "director" and event in possible(row, state)
                    assert "extend" not in possible(row, state, 1) or not row.once
                    if allowed:
                        assert step_for("hold 9", row, state, event, [role]).event == event, code
                    else:
                        with pytest.raises(Refused):
                            step_for("hold 9", row, state, event, [role])


def test_whoever_opened_it_takes_no_further_step_unless_only_the_director_can_open() -> None:
    for code, row in GROUNDS.items():
        steps = [
            step_for("hold 9", row, state, s.event, ["director"])
            for s in STEPS
            for state in s.sources
            if s.event in possible(row, state)
        ]
        assert {step.other_person for step in steps} == {code != "law"}
        assert all(step.password for step in steps)


@given(st.sampled_from(sorted(GROUNDS)), st.integers(0, 4000), st.integers(0, 400), st.sampled_from(["set", "extend"]))
def test_a_term_is_whole_days_and_within_the_ceiling_where_the_ground_is(
    code: str, day: int, age_days: int, event: str
) -> None:
    now_ns = MONDAY_NS + day * DAY_NS + 12 * 3600 * 10**9
    end_ns = now_ns - age_days * DAY_NS
    until_ns = term_end_ns(GROUNDS[code], event, now_ns, end_ns=end_ns, ceiling_days=364)
    assert until_ns == start_ns_of(day_of(until_ns))
    assert until_ns <= now_ns + 181 * DAY_NS
    if code in WITHIN:
        assert until_ns <= ceiling_ns_of(end_ns - 1, 364)
    if until_ns > now_ns:
        assert state_of(GROUNDS[code], now_ns, since_ns=now_ns, until_ns=until_ns, confirmed=True) == ACTIVE


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_mark_is_the_latest_one_reached_since_the_term_began(whole: int, gone: int) -> None:
    until_ns = start_ns_of(day_of(MONDAY_NS) + timedelta(days=whole + 1))
    left = whole - gone
    for marks in (LAPSE_MARKS, CEILING_MARKS):
        due = [mark for mark in marks if mark < whole and left <= mark]
        assert mark_reached(MONDAY_NS + gone * DAY_NS, until_ns, marks, MONDAY_NS) == (min(due) if due else 0)


@given(st.integers(1 << 60, 1 << 61), st.integers(1, 31 * DAY_NS))
def test_a_hold_is_rounded_out_to_slots_and_no_further(start_ns: int, length_ns: int) -> None:
    asked = Span(start_ns, start_ns + length_ns)
    kept = rounded(asked)
    assert kept.contains(asked)
    assert kept.start_ns % SLOT_NS == kept.end_ns % SLOT_NS == 0
    assert asked.start_ns - kept.start_ns < SLOT_NS > kept.end_ns - asked.end_ns


def test_wide_is_over_four_cameras_or_a_day() -> None:
    assert not is_wide(4, Span(0, DAY_NS))
    assert is_wide(5, Span(0, 1))
    assert is_wide(1, Span(0, DAY_NS + 1))


def test_working_days_follow_the_calendar_and_without_one_the_weekends() -> None:
    friday = date(2026, 10, 2)
    assert working_days_after(friday, 3) == date(2026, 10, 7)
    holidays = {date(2026, 10, 3), date(2026, 10, 4), date(2026, 10, 6)}
    assert working_days_after(friday, 3, holidays) == date(2026, 10, 8)
    made_up = {date(2026, 10, 4)}
    assert working_days_after(friday, 1, made_up) == date(2026, 10, 3), "a Saturday that is worked"
    assert working_days_after(date(2026, 12, 31), 1, holidays) == date(2027, 1, 1), "a year it does not know"
    assert working_days_after(date(2027, 1, 1), 1, holidays) == date(2027, 1, 4)


def test_a_settlement_that_was_cut_short_counts_what_it_had_destroyed() -> None:
    fs = new_disk()
    office = HoldOffice(fs, MovingClock(MONDAY_NS + DAY_NS))
    old: Manifest = office.record()
    held = office.confirmed("invest")
    keep_on(office, held.number)
    office.book.release(office.act(), office.seat("tsai"), held.number, reason="偵查終結")
    office.destruction.destroy([old.bucket_id], f"hold {held.number}")
    again = HoldOffice(fs.image("none"), office.clock, seed="again")
    again.settlement.turn()
    assert again.book.get(held.number).became == {"destroyed": 1, "eligible": 0, "kept": 0, "held": 0}
