"""The machine's clocks through the one module that reads them."""

from __future__ import annotations

from datetime import UTC, datetime

from appliance.core.clock import SLOT_NS, SystemClock, local_time, slot_start_ns


def test_boot_time_goes_on_and_the_boot_has_a_name() -> None:
    clock = SystemClock()
    first = clock.boot_ns()
    assert clock.boot_ns() >= first
    assert len(clock.boot_id()) == 32
    assert clock.boot_id() == SystemClock().boot_id()


def test_trust_is_the_kernels_word_unless_a_trial_assumes_it() -> None:
    assert isinstance(SystemClock().trusted(), bool)
    assert SystemClock(assume_trusted=True).trusted()


def test_slots_are_ten_minutes_of_local_clock_and_midnight_is_a_border() -> None:
    at = int(datetime(2024, 9, 27, 15, 59, 59, 999_999, UTC).timestamp() * 1e9)
    assert local_time(at).strftime("%Y-%m-%d %H:%M") == "2024-09-27 23:59"
    start = slot_start_ns(at)
    assert local_time(start).strftime("%H:%M:%S") == "23:50:00"
    assert local_time(start + SLOT_NS).strftime("%Y-%m-%d %H:%M:%S") == "2024-09-28 00:00:00"
    assert slot_start_ns(start) == start
