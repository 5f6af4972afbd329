"""What the office decides itself: two people's acts, rebuilt from the ledger, and what destruction makes of them."""

from __future__ import annotations

import errno
from datetime import date, timedelta
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotLoggedIn, NotWritable, Refused, UsageError
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.policy import Policy
from appliance.rules.time_trust import READING_NS
from appliance.services.office_rules.rules import RELEASE_NS
from appliance.services.people.pairs import prove_pair
from appliance.storage.files import Fs
from appliance.vault.ring.destruction import RELEASED
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.rules.calendars import city_calendar
from tests.services.rulesdesk import BOTH, Desk
from tests.services.viewing import NOON_NS, PASSWORD, Office
from tests.vault.ringcases import entered

HOUR_NS = 3600 * 1_000_000_000
CALENDAR = city_calendar(2027, date(2027, 2, 4), date(2027, 2, 5), date(2027, 2, 8))


@pytest.fixture
def desk() -> Desk:
    return Desk(Office())


# --- two people ---


def test_a_pair_is_two_people_with_both_roles_and_both_passwords(desk: Desk) -> None:
    pair = desk.pair()
    assert (pair.proposer.person, pair.approver.person) == ("lin", "wu")
    assert prove_pair(desk.office.logins, desk.office.two("wu", "lin"), BOTH).sealed()["approved_by"] == "wu"


@pytest.mark.parametrize(
    ("people", "passwords", "why"),
    [
        (("lin", "chen"), BOTH, "two people here"),
        (("wu", "chen"), BOTH, "two people here"),
        (("lin", "wu"), {1: PASSWORD}, "does not fit"),
        (("lin", "wu"), {1: PASSWORD, 2: PASSWORD + "x"}, "does not fit"),
        (("lin", "wu"), {1: "", 2: PASSWORD}, "does not fit"),
    ],
)
def test_nothing_less_is_a_pair(desk: Desk, people: tuple[str, str], passwords: dict[int, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        prove_pair(desk.office.logins, desk.office.two(*people), passwords)


def test_one_person_alone_and_a_session_that_is_over_are_no_pair(desk: Desk) -> None:
    alone = desk.office.logins.log_in("lin", PASSWORD)
    with pytest.raises(Refused, match="two people here"):
        prove_pair(desk.office.logins, alone.token, BOTH)
    desk.office.logins.log_out(alone.token)
    with pytest.raises(NotLoggedIn):
        prove_pair(desk.office.logins, alone.token, BOTH)


# --- policy ---


def test_another_policy_is_in_force_at_once_and_after_a_restart(desk: Desk) -> None:
    changed = desk.rules.change_policy("a1", desk.pair(), document="簽呈 115-001", floor_days=40, target_days=60)
    assert (changed.floor_days, changed.target_days) == (40, 60)
    assert desk.in_force == [changed] == [desk.rules.policy]
    assert desk.restarted().rules.policy == changed
    entry = entered(desk.office.ledger, "policy.changed")[0]
    assert entry["policy"]["floor_days"] == 40
    assert "簽呈" not in str(entry)
    sealed = desk.office.acts.sealed(desk.office.ledger.size - 1)
    assert sealed is not None
    assert (sealed["document"], sealed["by"], sealed["approved_by"]) == ("簽呈 115-001", "lin", "wu")


def test_T_06_a_lowered_floor_keeps_what_was_recorded_under_the_higher_one(desk: Desk) -> None:
    desk.rules.change_policy("a1", desk.pair(), document="m", floor_days=60, target_days=90)
    before_ns = desk.office.clock.now_ns
    desk.office.clock.go_to(before_ns + DAY_NS)
    lowered = desk.rules.change_policy("a2", desk.pair(), document="m", floor_days=31, target_days=45)
    assert (lowered.floor_for(before_ns), lowered.floor_for(before_ns + 2 * DAY_NS)) == (60, 31)
    assert desk.restarted().rules.policy == lowered


@pytest.mark.parametrize(("floor", "target"), [(30, 45), (31, 30), (31, 365), (400, 400), (-1, 45)])
def test_a_policy_outside_the_rules_is_refused_and_nothing_is_entered(desk: Desk, floor: int, target: int) -> None:
    size = desk.office.ledger.size
    with pytest.raises(UsageError, match="policy"):
        desk.rules.change_policy("a1", desk.pair(), document="m", floor_days=floor, target_days=target)
    assert (desk.rules.policy, desk.in_force, desk.office.ledger.size) == (Policy(), [], size)


def test_a_repeat_changes_nothing_and_a_change_of_nothing_is_refused(desk: Desk) -> None:
    first = desk.rules.change_policy("a1", desk.pair(), document="m", target_days=50)
    assert desk.rules.change_policy("a1", desk.pair(), document="m", target_days=50) == first
    for changed in ({"target_days": 70}, {"floor_days": 40}, {"document": "another"}):
        with pytest.raises(UsageError, match="sent before for something else"):
            desk.rules.change_policy("a1", desk.pair(), **{"document": "m", "target_days": 50, **changed})
    assert len(entered(desk.office.ledger, "policy.changed")) == 1
    with pytest.raises(Refused, match="in force already"):
        desk.rules.change_policy("a2", desk.pair(), document="m", target_days=50)
    for words, why in ((" ", "document is missing"), ("no. 1\u202e2", "control characters"), ("x" * 2001, "at most")):
        with pytest.raises(UsageError, match=why):
            desk.rules.change_policy("a3", desk.pair(), document=words, target_days=55)


def test_a_change_that_was_cut_off_is_whole_or_was_never(desk: Desk) -> None:
    """The power goes at any moment of the act: after the restart the ledger and the policy say the same."""
    fs = desk.office.fs
    assert isinstance(fs, MemoryFs)

    def scenario(some: Fs, said: list[Any]) -> None:
        said.append(
            Desk(Office(some, seed=1)).rules.change_policy("a1", pair, document="m", target_days=50).target_days
        )

    pair, seen = desk.pair(), set[int]()
    for cut in every_cut(scenario, start=fs):
        after = Desk(Office(cut.fs, seed=2))
        entries = entered(after.office.ledger, "policy.changed")
        assert after.rules.policy.target_days == (50 if entries else 45)
        assert not cut.said or entries, "it was answered and is gone"
        seen.add(len(entries))
    assert seen == {0, 1}


# --- calendar ---


def test_t_03_a_calendar_moves_the_floor_of_what_is_there(desk: Desk) -> None:
    ending = date(2027, 2, 4)
    recorded = ending - timedelta(days=31)
    office = desk.office
    office.clock.go_to(start_ns_of(recorded) + DAY_NS)
    bucket = office.record("C1", start_ns_of(recorded) + 12 * HOUR_NS).bucket_id
    calendar = desk.rules.import_calendar("a1", desk.pair(), CALENDAR)
    assert calendar.years == (2027,)
    for later in (desk, desk.restarted()):
        office.clock.go_to(start_ns_of(ending) + DAY_NS)
        assert later.destruction.judge(need_bytes=1).may == ()
    office.clock.go_to(start_ns_of(date(2027, 2, 10)))
    assert later.destruction.judge(need_bytes=1).may == (bucket,)


def test_a_later_calendar_takes_no_day_off_that_is_past(desk: Desk) -> None:
    """Floors were counted by it: a file with fewer holidays shortens none of them, after a restart neither."""
    ending, office = date(2027, 2, 4), desk.office
    office.clock.go_to(start_ns_of(date(2027, 1, 10)))
    desk.rules.import_calendar("a1", desk.pair(), CALENDAR)
    office.clock.go_to(start_ns_of(ending) + 12 * HOUR_NS)
    fewer = desk.rules.import_calendar("a2", desk.pair(), city_calendar(2027))
    assert ending in fewer.days_off, "today is counted already"
    assert date(2027, 2, 5) not in fewer.days_off
    assert desk.restarted().rules.calendar == fewer


def test_a_file_that_is_no_calendar_changes_nothing(desk: Desk) -> None:
    size = desk.office.ledger.size
    with pytest.raises(UsageError, match="calendar"):
        desk.rules.import_calendar("a1", desk.pair(), b"nothing")
    assert (desk.rules.calendar.years, desk.office.ledger.size) == ((), size)


# --- the brake ---


def _three_days_due(desk: Desk) -> list[str]:
    """Three days' worth of one camera, all of it past its target: more than the brake lets go."""
    office = desk.office
    start_ns = NOON_NS - 12 * HOUR_NS
    recorded = [office.record("C1", start_ns + n * SLOT_NS, step_seconds=300, size=8).bucket_id for n in range(3 * 144)]
    office.clock.go_to(start_ns + 60 * DAY_NS)
    return recorded


def test_D_20_what_two_people_release_goes_with_the_next_batch_and_nothing_else(desk: Desk) -> None:
    recorded = _three_days_due(desk)
    braked = desk.destruction.routine()
    assert braked is not None
    assert (braked.destroyed, [danger.kind for danger in braked.verdict.danger]) == ((), ["brake"])
    last = desk.office.index.closed(recorded[-1])
    assert last is not None
    desk.rules.release_brake("a1", desk.pair(), through_ns=last.end_ns, buckets=len(recorded))
    desk.office.clock.go_to(desk.office.clock.now_ns + DAY_NS)
    assert desk.rules.released_ns() == 0, "a day later it stands no more"
    assert desk.destruction.judge().due == ()
    desk.rules.release_brake("a2", desk.pair(), through_ns=last.end_ns, buckets=len(recorded))
    later = desk.restarted()
    batch = later.destruction.routine()
    assert batch is not None
    assert sorted(batch.destroyed) == sorted(recorded)
    assert {entry["reason"] for entry in entered(later.office.ledger, "destroy.intended")} == {RELEASED}


def test_no_form_that_was_sent_before_answers_for_another(desk: Desk) -> None:
    """The four forms are four acts; a repeat of one under another's id is no answer to it."""
    desk.rules.change_policy("a1", desk.pair(), document="m", target_days=50)
    _without_time_service(desk)
    for act in (
        lambda: desk.rules.import_calendar("a1", desk.pair(), CALENDAR),
        lambda: desk.rules.release_brake("a1", desk.pair(), through_ns=NOON_NS, buckets=3),
        lambda: desk.rules.set_time("a1", desk.pair(), wall_ns=desk.office.clock.now_ns, reference="117"),
    ):
        with pytest.raises(UsageError, match="sent before for something else"):
            act()
    reading = desk.rules.set_time("a2", desk.pair(), wall_ns=desk.office.clock.now_ns, reference="117")
    desk.office.clock.go_to(desk.office.clock.now_ns + HOUR_NS)
    later = desk.rules.set_time("a3", desk.pair(), wall_ns=desk.office.clock.now_ns, reference="117")
    assert later != reading
    assert desk.rules.set_time("a2", desk.pair(), wall_ns=1, reference="117") == reading


def test_D_20_a_release_takes_trusted_time_and_something_to_release(desk: Desk) -> None:
    with pytest.raises(Refused, match="nothing waits"):
        desk.rules.release_brake("a1", desk.pair(), through_ns=0, buckets=0)
    desk.office.clock.is_trusted = False
    with pytest.raises(Refused, match="time is not trusted"):
        desk.rules.release_brake("a2", desk.pair(), through_ns=NOON_NS, buckets=3)
    assert entered(desk.office.ledger, "brake.released") == []
    assert RELEASE_NS == DAY_NS


# --- time ---


def _without_time_service(desk: Desk) -> Any:
    desk.office.clock.is_trusted = False
    return desk.office.clock


def test_t_16_two_people_and_a_reference_make_time_trusted_in_this_boot(desk: Desk) -> None:
    clock = _without_time_service(desk)
    assert not desk.rules.watch.trusted()
    reading = desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns + 3 * HOUR_NS, reference="117 報時")
    assert desk.set_to == [reading.wall_ns]
    assert desk.rules.watch.trusted()
    assert desk.restarted().rules.watch.trusted()
    entry = entered(desk.office.ledger, "clock.set")[0]
    assert (entry["by_ns"], "117" in str(entry)) == (3 * HOUR_NS, False)
    clock.go_to(clock.now_ns + READING_NS + 1)
    assert not desk.rules.watch.trusted(), "a month later it vouches no more"


def test_t_16_a_reading_ends_with_the_boot(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    clock.reboot()
    assert not desk.restarted().rules.watch.trusted()


def test_t_16_a_clock_that_is_right_is_left_alone(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns + 1_500_000_000, reference="117")
    assert (desk.set_to, desk.rules.watch.trusted()) == ([], True)


def test_t_16_a_step_after_the_reading_is_doubted_although_people_vouched(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    clock.now_ns += 2 * HOUR_NS
    assert not desk.restarted().rules.watch.trusted(), "although nobody looked when it stepped"
    assert not desk.rules.watch.trusted()


def test_t_16_a_reading_ends_a_doubt_at_once(desk: Desk) -> None:
    clock = desk.office.clock
    assert desk.rules.watch.trusted()
    clock.now_ns += 400 * DAY_NS
    assert not desk.rules.watch.trusted()
    clock.is_trusted = False
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns - 400 * DAY_NS, reference="117")
    assert desk.rules.watch.trusted()
    assert desk.restarted().rules.watch.trusted()


def test_t_16_the_drift_between_two_readings_is_entered(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    clock.go_to(clock.now_ns + 10 * DAY_NS)
    desk.rules.set_time("a2", desk.pair(), wall_ns=clock.now_ns - 43_200_000_000, reference="117")
    assert [entry.get("drift_ppb") for entry in entered(desk.office.ledger, "clock.set")] == [None, -50_000]


def test_t_16_a_machine_that_was_seen_to_drift_is_vouched_for_less_long(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    assert desk.rules.watch.vouched_ns() == READING_NS
    clock.go_to(clock.now_ns + DAY_NS)
    desk.rules.set_time("a2", desk.pair(), wall_ns=clock.now_ns - 102_000_000_000, reference="117")
    lasts_ns = desk.rules.watch.vouched_ns()
    assert lasts_ns == pytest.approx(3 * DAY_NS), (
        "100 s a day beyond what a typed reading can be wrong: 300 s in three days"
    )
    assert desk.restarted().rules.watch.vouched_ns() == lasts_ns
    clock.go_to(clock.now_ns + lasts_ns)
    assert not desk.rules.watch.trusted()


def test_t_16_two_readings_that_agree_show_no_drift(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    clock.go_to(clock.now_ns + 2 * HOUR_NS)
    desk.rules.set_time("a2", desk.pair(), wall_ns=clock.now_ns - 1_900_000_000, reference="117")
    assert desk.rules.watch.vouched_ns() == READING_NS


def test_t_16_a_step_that_came_back_still_ends_the_reading_after_a_restart(desk: Desk) -> None:
    clock = _without_time_service(desk)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns, reference="117")
    clock.go_to(clock.now_ns + HOUR_NS)
    clock.now_ns += DAY_NS
    assert not desk.rules.watch.trusted()
    clock.now_ns -= DAY_NS
    assert not desk.rules.watch.trusted()
    assert not desk.restarted().rules.watch.trusted()


def test_t_16_the_recorder_is_told_what_the_keeper_holds_of_the_clock(desk: Desk) -> None:
    clock, watch = _without_time_service(desk), desk.rules.watch

    def recorder_trusts() -> bool:
        return watch.told().vouches(clock.boot_id(), clock.boot_ns(), clock.wall_ns())

    assert not recorder_trusts()
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns + HOUR_NS, reference="117")
    assert watch.trusted()
    assert recorder_trusts()
    clock.now_ns += DAY_NS
    assert watch.told().doubted
    assert not recorder_trusts()


def test_t_16_a_step_that_cannot_be_entered_is_told_as_doubt(desk: Desk) -> None:
    fs, clock = desk.office.fs, desk.office.clock
    assert isinstance(fs, MemoryFs)
    fs.fail(1, errno.ENOSPC, lasting=True)
    clock.now_ns += DAY_NS
    assert desk.rules.watch.told().doubted


def test_t_16_a_machine_that_keeps_its_clock_to_itself_says_so_and_nothing_is_trusted(desk: Desk) -> None:
    def refused(wall_ns: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    other = Desk(desk.office, refused)
    clock = _without_time_service(other)
    with pytest.raises(Refused, match="timedatectl set-time"):
        other.rules.set_time("a1", other.pair(), wall_ns=clock.now_ns + HOUR_NS, reference="117")
    assert (entered(desk.office.ledger, "clock.set"), other.rules.watch.trusted()) == ([], False)


@pytest.mark.parametrize("wall_ns", [0, -1, start_ns_of(date(2019, 12, 31)), start_ns_of(date(2060, 1, 1))])
def test_a_time_that_cannot_be_is_refused(desk: Desk, wall_ns: int) -> None:
    _without_time_service(desk)
    with pytest.raises(UsageError, match="the year must lie"):
        desk.rules.set_time("a1", desk.pair(), wall_ns=wall_ns, reference="117")


def test_nobody_sets_a_clock_that_a_time_service_keeps(desk: Desk) -> None:
    with pytest.raises(Refused, match="time service keeps this clock"):
        desk.rules.set_time("a1", desk.pair(), wall_ns=desk.office.clock.now_ns + HOUR_NS, reference="117")
    assert desk.set_to == []


def test_what_was_recorded_before_the_reading_is_dated_by_it(desk: Desk) -> None:
    """A box that came up in 1970: the buckets of that boot are dated once people say what the time is, later boots'
    readings bound those of boots that had none."""
    office, clock = desk.office, _without_time_service(desk)
    right_ns = clock.now_ns
    clock.reboot()
    clock.now_ns = 30_000_000_000
    restarted = desk.restarted()
    lost = restarted.office.record("C1", 0, trusted=False).bucket_id
    clock.go_to(clock.now_ns + DAY_NS)
    assert [d.kind for d in restarted.destruction.judge().danger] == ["time"]
    restarted.rules.set_time("a1", restarted.pair(), wall_ns=right_ns + DAY_NS, reference="117")
    clock.go_to(right_ns + 31 * DAY_NS)
    assert restarted.destruction.judge().may == ()
    clock.go_to(right_ns + 33 * DAY_NS)
    restarted.rules.set_time("a2", restarted.pair(), wall_ns=clock.now_ns, reference="117")
    assert restarted.destruction.judge(need_bytes=1).may == (lost,)
    assert office.clock is clock


def test_a_ledger_that_cannot_be_written_changes_no_rule(desk: Desk) -> None:
    fs = desk.office.fs
    assert isinstance(fs, MemoryFs)
    pair = desk.pair()
    fs.fail(1, errno.ENOSPC, lasting=True)
    with pytest.raises(NotWritable):
        desk.rules.change_policy("a1", pair, document="m", target_days=50)
    assert (desk.rules.policy, desk.in_force) == (Policy(), [])


def test_a_clock_that_was_set_and_not_entered_is_set_back(desk: Desk) -> None:
    fs, clock = desk.office.fs, _without_time_service(desk)
    assert isinstance(fs, MemoryFs)
    pair, before_ns = desk.pair(), clock.now_ns
    fs.fail(1, errno.ENOSPC, lasting=True)
    with pytest.raises(NotWritable):
        desk.rules.set_time("a1", pair, wall_ns=before_ns + HOUR_NS, reference="117")
    assert desk.set_to == [before_ns + HOUR_NS, before_ns]
    assert clock.now_ns == before_ns


def test_a_policy_whose_file_cannot_be_written_stands_in_the_ledger(desk: Desk) -> None:
    def full(policy: Policy) -> None:
        raise NotWritable("policy.sealed: cannot be written (No space left on device)")

    desk.rules._put_in_force = full
    changed = desk.rules.change_policy("a1", desk.pair(), document="m", target_days=50)
    assert desk.rules.policy == changed == desk.restarted().rules.policy
