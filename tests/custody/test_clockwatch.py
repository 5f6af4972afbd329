"""Clocks that disagree: nothing is destroyed by a clock that somebody moved, and a restart does not forget it."""

from __future__ import annotations

import pytest

from appliance.custody.clockwatch import ClockWatch
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import dated
from tests.custody.ringcases import Store, days_later, entered, new_disk

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


@pytest.mark.parametrize("by_ns", [-3600 * 10**9, 30 * DAY_NS, 400 * DAY_NS, -20_000 * DAY_NS, 61 * 10**9])
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
    store.clock.now_ns += 30 * DAY_NS
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
    store.clock.now_ns += 60 * DAY_NS
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
