"""What the recorder believes of its clock: never more than the keeper said, and no longer."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from appliance.recorder.camera import channel
from appliance.recorder.supervisor.clock import KeeperClock
from appliance.rules import time_trust
from appliance.rules.deadlines import DAY_NS
from appliance.rules.time_trust import READING_NS, STEP_NS, TimeTrust, reading_lasts_ns
from tests.faults.mutants import caught_by, changed_module
from tests.recorder.rig import SECOND, Actor, Rig, SetClock

MINUTE = 60 * SECOND
Make = Callable[[SetClock], KeeperClock]


def _vouched(clock: SetClock, seconds: int = 3600) -> TimeTrust:
    return TimeTrust(boot_id=clock.boot_id(), until_ns=clock.boot + seconds * SECOND, offset_ns=clock.wall - clock.boot)


def _told(make: Make, trust: Callable[[SetClock], TimeTrust] = _vouched) -> tuple[SetClock, KeeperClock]:
    clock = SetClock()
    clock.is_trusted = False
    told = make(clock)
    told.tell(trust(clock))
    return clock, told


def check_two_people_s_word_holds_to_its_end_and_no_longer(make: Make) -> None:
    clock, told = _told(make)
    assert told.trusted()
    clock.advance(3599)
    assert told.trusted()
    clock.advance(1)
    assert not told.trusted()


def check_it_is_about_this_boot_alone(make: Make) -> None:
    _, told = _told(make, lambda clock: msgspec.structs.replace(_vouched(clock), boot_id="c" * 32))
    assert not told.trusted()


def check_a_step_ends_it_although_the_keeper_is_away(make: Make) -> None:
    for by_ns in (STEP_NS + 1, -STEP_NS - 1, 60 * DAY_NS):
        clock, told = _told(make)
        clock.wall += by_ns
        assert not told.trusted()
    clock, told = _told(make)
    clock.wall += STEP_NS
    assert told.trusted(), "what the keeper takes for no step is none here"


def check_clocks_that_the_keeper_doubts_are_doubted_whatever_the_machine_says(make: Make) -> None:
    clock = SetClock()
    told = make(clock)
    assert told.trusted(), "no keeper was heard yet; it judges what is recorded when it hears of it"
    told.tell(msgspec.structs.replace(_vouched(clock), doubted=True))
    assert not told.trusted()
    told.tell(TimeTrust(boot_id=clock.boot_id()))
    assert told.trusted()


CHECKS = (
    check_two_people_s_word_holds_to_its_end_and_no_longer,
    check_it_is_about_this_boot_alone,
    check_a_step_ends_it_although_the_keeper_is_away,
    check_clocks_that_the_keeper_doubts_are_doubted_whatever_the_machine_says,
)


@pytest.mark.parametrize("check", CHECKS)
def test_T_16_what_the_recorder_is_told_of_the_time(check: Callable[[Make], None]) -> None:
    check(KeeperClock)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("TimeTrust.vouches", "force until_ns True"),
        ("TimeTrust.vouches", "force boot_id True"),
        ("TimeTrust.vouches", "force STEP_NS True"),
        ("TimeTrust.doubts", "return False"),
    ],
)
def test_a_recorder_that_believes_more_than_it_was_told_is_seen(name: str, what: str) -> None:
    broken = changed_module(time_trust, (name, what)).TimeTrust

    def make(clock: SetClock) -> KeeperClock:
        told = KeeperClock(clock)
        tell = told.tell
        told.tell = lambda trust: tell(broken(**msgspec.structs.asdict(trust)))  # type: ignore[method-assign]
        return told

    assert caught_by(CHECKS, make)


def test_without_having_been_told_anything_nobody_vouches() -> None:
    assert not TimeTrust().vouches("", 0, 0)
    assert not TimeTrust().doubts("")


@pytest.mark.parametrize(
    ("drift_ppb", "days"),
    [(0, 31.0), (100_000, 31.0), (-100_000, 31.0), (-1_000_000, 300 / 86.4), (1_000_000_000, 1.0)],
)
def test_T_16_a_machine_that_drifts_is_vouched_for_less_long(drift_ppb: int, days: float) -> None:
    assert reading_lasts_ns(drift_ppb) == pytest.approx(days * DAY_NS)
    assert reading_lasts_ns(drift_ppb) <= READING_NS


def test_T_16_new_buckets_are_trusted_from_the_change_on_and_untrusted_from_the_end_on() -> None:
    """Nothing is marked in retrospect, and every change of trust begins another bucket."""
    rig = Rig("01")
    rig.clock.is_trusted = False
    rig.turn()
    actor = rig.record("01")
    rig.told.tell(_vouched(rig.clock, 60))
    rig.turn()
    _obey_cut(rig, actor)
    rig.clock.advance(60)
    actor.frame(rig.clock.wall)
    rig.turn()
    _obey_cut(rig, actor)
    assert [opening.trusted for opening in rig.noted.of("opened")] == [False, True, False]


def test_T_16_a_step_while_two_people_vouch_begins_an_untrusted_bucket_at_once() -> None:
    rig = Rig("01")
    rig.clock.is_trusted = False
    rig.told.tell(_vouched(rig.clock))
    rig.turn()
    actor = rig.record("01")
    rig.clock.wall += 2 * MINUTE
    rig.turn()
    _obey_cut(rig, actor, channel.CLOCK_STEP)
    assert [opening.trusted for opening in rig.noted.of("opened")] == [True, False]


def test_T_19_a_gap_that_is_noted_in_untrusted_time_carries_its_boot() -> None:
    rig = Rig("01")
    rig.record("01")
    rig.clock.is_trusted = False
    begun, boot_ns = rig.clock.wall, rig.clock.boot
    rig.launches.last("01").sock.close()
    rig.turn(10)
    rig.supervisor.finish()
    trusted, untrusted = rig.noted.of("gap")[0], rig.noted.of("gap")[-1]
    assert (trusted.boot_id, trusted.boot_ns) == ("", 0), "its own clock dates it"
    assert untrusted.boot_id == rig.clock.boot_id()
    assert untrusted.boot_ns - boot_ns == untrusted.start_ns - begun


def _obey_cut(rig: Rig, actor: Actor, reason: str = "trust") -> None:
    """As an honest process does it: the bucket ends as soon as there is a key for another."""
    assert actor.listen().told[-1] == (channel.CUT, reason.encode())
    actor.end(reason)
    actor.begin(actor.key(), rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
