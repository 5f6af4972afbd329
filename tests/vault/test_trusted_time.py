"""Clocks that disagree: nothing is destroyed by a clock that somebody moved, and a restart does not forget it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import ClockReading, dated
from appliance.vault import trusted_time
from appliance.vault.trusted_time import LEAP_NS, ClockWatch
from tests.faults.mutants import caught_by, changed_module
from tests.vault.ringcases import Store, days_later, entered, new_disk

MINUTE = 60_000_000_000


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def test_AT_21_a_clock_that_jumps_60_days_ahead_destroys_nothing_and_says_so(store: Store) -> None:
    store.record()
    store.clock.go_to(days_later(1))
    store.destruction.routine()
    store.clock.now_ns += 60 * DAY_NS
    batch = store.destruction.routine()
    assert batch is not None
    assert batch.verdict.may == batch.destroyed == ()
    assert {danger.kind for danger in batch.verdict.danger} == {"time"}
    assert entered(store.ledger, "clock.changed")[0]["by_ns"] == 60 * DAY_NS


@pytest.mark.parametrize("by_ns", [-3600 * 10**9, 14 * DAY_NS, -20_000 * DAY_NS, 61 * 10**9])
def test_a_step_is_doubted_for_a_day_and_entered_once(store: Store, by_ns: int) -> None:
    watch = ClockWatch(store.clock, store.ledger)
    assert watch.agrees()
    store.clock.now_ns += by_ns
    for _ in range(3):
        assert not watch.agrees()
    store.clock.go_to(store.clock.now_ns + DAY_NS - 1)
    assert not watch.agrees()
    store.clock.go_to(store.clock.now_ns + 1)
    assert watch.agrees()
    assert len(entered(store.ledger, "clock.changed")) == 1


def test_a_restart_in_the_same_boot_does_not_forget_a_step(store: Store) -> None:
    watch = ClockWatch(store.clock, store.ledger)
    store.clock.now_ns += 3 * DAY_NS
    assert not watch.agrees()
    store.clock.go_to(store.clock.now_ns + DAY_NS // 2)
    assert not ClockWatch(store.clock, store.ledger).agrees()
    store.clock.go_to(store.clock.now_ns + DAY_NS // 2)
    assert ClockWatch(store.clock, store.ledger).agrees()


def test_what_a_time_service_slews_is_no_step(store: Store) -> None:
    watch = ClockWatch(store.clock, store.ledger)
    for _ in range(30 * 24 * 2):
        store.clock.go_to(store.clock.now_ns + 30 * MINUTE)
        store.clock.now_ns += 900_000_000
        assert watch.agrees()


def test_T_14_a_clock_that_wakes_before_the_ledger_s_newest_entry_is_doubted(store: Store) -> None:
    store.record()
    store.clock.reboot()
    store.clock.now_ns -= 20 * DAY_NS
    watch = ClockWatch(store.clock, store.ledger)
    assert not watch.agrees()
    store.clock.go_to(store.clock.now_ns + DAY_NS)
    assert watch.agrees()
    assert len(entered(store.ledger, "clock.changed")) == 1


@pytest.mark.parametrize("hours", [1, 23, 25])
def test_a_reboot_does_not_end_the_doubt_of_a_step(store: Store, hours: int) -> None:
    watch = ClockWatch(store.clock, store.ledger)
    store.clock.now_ns += 6 * DAY_NS
    assert not watch.agrees()
    store.clock.go_to(store.clock.now_ns + hours * 60 * MINUTE)
    store.ledger.append("recorder.stopped", {"process": "keeper"})
    store.clock.reboot()
    again = ClockWatch(store.clock, store.ledger)
    assert again.agrees() == (hours >= 24), "a day of agreement before the reboot is a day of agreement"
    store.clock.go_to(store.clock.now_ns + DAY_NS)
    assert again.agrees()


def test_what_is_recorded_while_the_clocks_disagree_is_untrusted_whatever_the_machine_says(store: Store) -> None:
    """A time service that lies: the bucket is dated by its boot, and so are its floor and its ceiling."""
    watch = ClockWatch(store.clock, store.ledger)
    store.ring.heed(tuple, watch.agrees)
    true = store.record("C1", store.clock.wall_ns())
    store.clock.go_to(days_later(1))
    store.clock.now_ns += 60 * DAY_NS
    lied = store.record("C1", store.clock.wall_ns())
    assert lied.trusted
    kept = {each.bucket_id: each for each in store.index.kept()}
    assert kept[true.bucket_id].trusted
    assert not kept[lied.bucket_id].trusted
    (dates,) = [
        found for found in dated(kept.values(), store.index.readings()) if found.bucket.bucket_id in lied.bucket_id
    ]
    assert dates.earliest_ns == days_later(1)
    again = Store(store.fs, store.clock)
    assert again.index.kept() == store.index.kept()
    assert again.index.readings() == store.index.readings()


# --- a time service that lies from the start on ---

Watch = type[ClockWatch]


def _off(store: Store, days: float) -> None:
    """The box is off, and comes back with a clock that says so many days later, as its time service confirms."""
    store.ledger.append("head.issued", {"size": store.ledger.size, "way": "file"})
    store.clock.reboot()
    store.clock.now_ns += int(days * DAY_NS)


def _note_an_hour(store: Store, hours: int) -> None:
    for _ in range(hours):
        store.clock.go_to(store.clock.now_ns + 60 * MINUTE)
        store.ledger.append("head.issued", {"size": store.ledger.size, "way": "file"})


def check_a_long_holiday_needs_nobody(made: Watch) -> None:
    store = Store(new_disk())
    _off(store, 13.9)
    assert made(store.clock, store.ledger).trusted()
    assert entered(store.ledger, "clock.changed") == []


def check_a_leap_at_boot_is_not_believed_by_waiting(made: Watch) -> None:
    store = Store(new_disk())
    _off(store, 14.1)
    watch = made(store.clock, store.ledger)
    assert not watch.trusted()
    assert watch.leapt_ns() == pytest.approx(14.1 * DAY_NS)
    store.clock.go_to(store.clock.now_ns + 40 * DAY_NS)
    assert not watch.trusted()
    assert len(entered(store.ledger, "clock.changed")) == 1


def check_neither_a_restart_nor_a_reboot_makes_it_true(made: Watch) -> None:
    store = Store(new_disk())
    _off(store, 60)
    assert not made(store.clock, store.ledger).trusted()
    for reboot in (False, True, True):
        _note_an_hour(store, 30)
        if reboot:
            store.clock.reboot()
        again = made(store.clock, store.ledger)
        assert not again.trusted(), "its own entries are no witness"
        assert again.leapt_ns() == pytest.approx(60 * DAY_NS)
    assert len(entered(store.ledger, "clock.changed")) == 1


def check_it_is_over_when_two_people_looked(made: Watch) -> None:
    store = Store(new_disk())
    _off(store, 60)
    watch = made(store.clock, store.ledger)
    assert not watch.trusted()
    watch.read(ClockReading(0, store.clock.boot_ns(), store.clock.wall_ns()))
    assert watch.trusted()
    assert watch.leapt_ns() == 0
    boot_ns, wall_ns = store.clock.boot_ns(), store.clock.wall_ns()
    store.ledger.append("clock.set", {"boot_id": store.clock.boot_id(), "boot_ns": boot_ns, "wall_ns": wall_ns})
    _note_an_hour(store, 3)
    _off(store, 2)
    assert made(store.clock, store.ledger).trusted(), "what they said is what counts from then on"


def check_it_is_over_when_the_clock_is_right_again(made: Watch) -> None:
    """Also at the next boot, and after a long time: what the entries say is ago is ago, whatever date they bear."""
    for reboot in (False, True):
        store = Store(new_disk())
        _off(store, 60)
        watch = made(store.clock, store.ledger)
        assert not watch.trusted()
        _note_an_hour(store, 20 * 24)
        store.clock.now_ns -= 60 * DAY_NS
        if reboot:
            store.clock.reboot()
            watch = made(store.clock, store.ledger)
        assert not watch.agrees(), "a step back is doubted as ever"
        store.clock.go_to(store.clock.now_ns + DAY_NS)
        assert watch.trusted()


def check_a_dead_clock_that_a_time_service_sets_right_has_not_leapt(made: Watch) -> None:
    """A box without a battery: it wakes in 1970, and is right a minute later."""
    store = Store(new_disk())
    _off(store, 1)
    right_ns, store.clock.now_ns, store.clock.is_trusted = store.clock.now_ns, 0, False
    watch = made(store.clock, store.ledger)
    assert not watch.trusted()
    _note_an_hour(store, 2)
    for _ in range(2):
        store.clock.now_ns, store.clock.is_trusted = right_ns, True
        assert not watch.agrees()
        assert watch.leapt_ns() == 0
        store.clock.go_to(store.clock.now_ns + DAY_NS)
        assert watch.trusted()
        store.clock.reboot()
        right_ns, store.clock.now_ns = store.clock.now_ns, 0
        watch = made(store.clock, store.ledger)
        assert not watch.trusted()


def check_a_process_that_was_away_for_weeks_is_no_leap_of_the_machine_s_clock(made: Watch) -> None:
    """Boot time ran on, and a bucket of this boot says what it stood for."""
    store = Store(new_disk())
    store.record()
    anchor_ns = store.index.clock_anchor_ns(store.clock.boot_id())
    store.clock.go_to(store.clock.now_ns + 40 * DAY_NS)
    assert made(store.clock, store.ledger, anchor_ns).trusted()
    store.clock.now_ns += 20 * DAY_NS
    again = made(store.clock, store.ledger, anchor_ns)
    assert not again.trusted()
    assert again.leapt_ns() == pytest.approx(20 * DAY_NS, rel=0.01)


def check_a_leap_while_it_runs_is_not_believed_by_waiting_either(made: Watch) -> None:
    store = Store(new_disk())
    watch = made(store.clock, store.ledger)
    store.clock.go_to(store.clock.now_ns + 100 * DAY_NS)
    assert watch.trusted(), "it ran all the time"
    store.clock.now_ns += 15 * DAY_NS
    assert not watch.trusted()
    store.clock.go_to(store.clock.now_ns + 2 * DAY_NS)
    assert not watch.trusted()


LEAPS = (
    check_a_long_holiday_needs_nobody,
    check_a_leap_at_boot_is_not_believed_by_waiting,
    check_neither_a_restart_nor_a_reboot_makes_it_true,
    check_it_is_over_when_two_people_looked,
    check_it_is_over_when_the_clock_is_right_again,
    check_a_dead_clock_that_a_time_service_sets_right_has_not_leapt,
    check_a_process_that_was_away_for_weeks_is_no_leap_of_the_machine_s_clock,
    check_a_leap_while_it_runs_is_not_believed_by_waiting_either,
)


@pytest.mark.parametrize("check", LEAPS)
def test_T_14_a_time_service_that_lies_from_the_start_on(check: Callable[[Watch], None]) -> None:
    check(ClockWatch)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ClockWatch.agrees", "force leapt False 2"),
        ("LEAP_NS", "set 13 * DAY_NS"),
        ("LEAP_NS", "set 30 * DAY_NS"),
        ("ClockWatch._recall", "put credible_ns entry.at_ns"),
        ("ClockWatch._recall", "swap max (lambda one, other: other if one >= 0 else max(one, other))"),
        ("ClockWatch._recall", "flip newest_ns"),
        ("ClockWatch._ahead_ns", "put boot_ns since_ns"),
        ("ClockWatch.read", "put wall_ns self._credible[1] 2"),
        ("ClockWatch.__init__", "force anchor_ns False 2"),
        ("ClockWatch._heed_anchor", "put anchor_ns (self._clock.wall_ns() - since_ns)"),
    ],
)
def test_a_watch_that_believes_a_leap_is_seen(name: str, what: str) -> None:
    assert caught_by(LEAPS, changed_module(trusted_time, (name, what)).ClockWatch)


def test_T_14_nothing_is_destroyed_by_a_clock_that_leapt_while_the_box_was_off(store: Store) -> None:
    """Not even what the brake would let through: one bucket, and what was ordered at its ceiling."""
    store.record()
    _off(store, 400)
    later = Store(store.fs, store.clock, seed="later")
    for _ in range(3):
        batch = later.destruction.routine()
        assert batch is not None
        assert batch.destroyed == batch.verdict.may == batch.verdict.must == ()
        assert "time" in {danger.kind for danger in batch.verdict.danger}
        store.clock.go_to(store.clock.now_ns + DAY_NS)


def test_T_14_a_leap_is_well_beyond_the_longest_holiday() -> None:
    assert LEAP_NS == 14 * DAY_NS
