"""What the supervisor does about a disk that fills (``T-10``): key frames only, resting cameras, its own last line."""

from __future__ import annotations

import errno

from appliance.core.model import Gap
from appliance.recorder.camera import channel
from appliance.recorder.supervisor.disk_guard import Guard
from appliance.recorder.supervisor.syncer import Synced
from appliance.rules.pressure import KEY_FRAMES_ONLY, LESSER_PROFILE, STOPPED, Relief
from tests.faults.memory_fs import MemoryFs
from tests.recorder.rig import SECOND, SLOT, START_NS, Actor, Rig, registry

REDUCED = Relief(reduced=True)


def obey_stop(rig: Rig, actor: Actor) -> None:
    """As an honest process does it: the rest comes out, the bucket is over, the socket closes."""
    assert (channel.STOP, b"") in actor.listen().told
    actor.end("stopped")
    actor.sock.close()
    rig.turn()


def test_every_camera_is_told_and_so_is_one_that_connects_later() -> None:
    rig = Rig("01", "02")
    actor = rig.record("01")
    rig.supervisor.relieve(REDUCED)
    assert (channel.REDUCE, b"\x01") in actor.listen().told
    assert rig.state("01").detail == KEY_FRAMES_ONLY
    rig.supervisor.put_in_force(registry("01", "02", "03"))
    rig.turn()
    start = rig.launches.last("03").listen().start
    assert start is not None
    assert start.reduced
    rig.supervisor.relieve(Relief())
    assert actor.listen().told[-1] == (channel.REDUCE, b"\x00")
    assert rig.state("01").detail == ""


def test_the_manifest_says_from_when_to_when_less_was_recorded_although_there_is_footage() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    rig.supervisor.relieve(REDUCED)
    begun = rig.clock.wall
    for _ in range(4):
        actor.frame(rig.clock.wall, 0.04)
        rig.turn(2.0)
    rig.supervisor.relieve(Relief())
    end, back = rig.clock.wall - 2 * SECOND + 40_000_000, rig.clock.wall
    actor.frame(back)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert manifest.gaps == (
        Gap(camera_no="01", start_ns=begun, end_ns=end, cause=KEY_FRAMES_ONLY),
        Gap(camera_no="01", start_ns=end, end_ns=back, cause=KEY_FRAMES_ONLY),
    ), "no hole between two key frames, and what is missing up to the first whole picture is no stall"


def test_a_camera_with_a_lesser_profile_is_connected_anew_at_once_and_says_that_it_records_that() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    lost = rig.clock.wall
    rig.supervisor.relieve(REDUCED)
    actor.say(channel.PROFILE, channel.OTHER)
    actor.sock.close()
    rig.turn(0.1)
    assert rig.state("01").state == "live", "a change of profile is no loss"
    rig.turn()
    again = rig.launches.last("01").listen()
    assert again is not actor
    assert again.start is not None
    assert again.start.reduced
    again.say(channel.PROFILE, channel.LESSER)
    again.begin(again.key(), 0)
    rig.turn(0.0)
    back = rig.clock.wall
    again.frame(back, 1.0)
    rig.turn(1.0)
    assert rig.state("01").detail == LESSER_PROFILE
    for _ in range(4):
        again.frame(rig.clock.wall)
        rig.turn()
    rig.turn(6.0)
    assert rig.launches.killed == [again.token], "without video it is as stalled as ever: it sends a whole stream"
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert manifest.gaps == (
        Gap(camera_no="01", start_ns=lost, end_ns=back, cause=LESSER_PROFILE),
        Gap(camera_no="01", start_ns=back, end_ns=back + 3 * SECOND, cause=LESSER_PROFILE),
    ), "what the change cost, and what was recorded less since"


def test_a_process_that_was_not_told_cannot_come_back_at_once_by_claiming_another_profile() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.PROFILE, channel.OTHER)
    actor.sock.close()
    rig.turn(0.1)
    assert rig.state("01").state == "lost"


def test_ten_seconds_between_two_key_frames_are_no_stall_and_forty_are() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    rig.supervisor.relieve(REDUCED)
    for _ in range(3):
        rig.turn(10.0)
        actor.frame(rig.clock.wall, 0.04)
        rig.turn(0.0)
    assert rig.launches.killed == []
    rig.turn(31.0)
    assert rig.launches.killed == [actor.token]


def test_a_resting_camera_closes_in_order_its_gap_says_why_and_the_others_go_on() -> None:
    rig = Rig("01", "02")
    actor, other = rig.record("01"), rig.record("02")
    rig.supervisor.relieve(Relief(reduced=True, stopped=("01",)))
    obey_stop(rig, actor)
    assert (rig.state("01").state, rig.state("01").detail) == ("stopped", STOPPED)
    other.frame(rig.clock.wall)
    rig.turn(5.0)
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert (manifest.camera_no, manifest.ended_by, manifest.segments[0].complete) == ("01", "stopped", True)
    assert rig.state("02").state == "live"
    assert rig.launches.killed == []
    rig.clock.advance((START_NS + SLOT + SECOND - rig.clock.wall) / SECOND)
    rig.turn()
    gaps = [gap for gap in rig.noted.of("gap") if gap.cause == STOPPED]
    assert gaps == [Gap(camera_no="01", start_ns=manifest.end_ns, end_ns=START_NS + SLOT, cause=STOPPED)], (
        "slot by slot"
    )
    assert len([made for made in rig.launches.made if made.name == "cam 01"]) == 1, "it is not connected meanwhile"


def test_a_rested_camera_comes_back_in_a_new_bucket_of_the_slot() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    first = actor.key().bucket_id
    rig.supervisor.relieve(Relief(reduced=True, stopped=("01",)))
    obey_stop(rig, actor)
    rig.turn(5.0)
    rig.supervisor.relieve(Relief())
    rig.turn()
    rig.turn()
    again = rig.launches.last("01")
    assert again is not actor
    assert again.listen().key().bucket_id != first
    rig.record("01")
    assert (rig.state("01").state, rig.state("01").detail) == ("live", "")


def test_a_process_that_does_not_stop_is_ended_and_no_other_begins() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    rig.supervisor.relieve(Relief(reduced=True, stopped=("01",)))
    rig.turn(2.0)
    assert rig.launches.killed == []
    rig.turn(2.0)
    assert rig.launches.killed == [actor.token]
    rig.turn(60.0)
    assert len(rig.launches.made) == 1
    assert rig.state("01").state == "stopped"


def test_time_that_was_missing_already_is_missing_for_the_other_reason_from_then_on() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    lost_at = rig.clock.wall
    actor.say(channel.LOST, b"gone")
    actor.sock.close()
    rig.turn()
    rested_at = rig.clock.wall
    rig.supervisor.relieve(Relief(reduced=True, stopped=("01",)))
    rig.clock.advance((START_NS + SLOT + 20 * SECOND - rig.clock.wall) / SECOND)
    rig.turn()
    rig.turn()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    noted = [*manifest.gaps, *[gap for gap in rig.noted.of("gap") if gap.start_ns >= lost_at]]
    assert [(gap.start_ns, gap.cause) for gap in noted] == [(lost_at, "lost: gone"), (rested_at, STOPPED)]
    assert noted[0].end_ns == rested_at


def test_t_13_the_guard_stops_one_camera_a_second_whatever_the_keeper_says_and_brings_them_back() -> None:
    rig = Rig("01", "02", guard=Guard(1000))
    rig.record("01")
    actor = rig.record("02")
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=999))
    assert (channel.STOP, b"") in actor.listen().told
    assert (rig.state("01").state, rig.state("02").state) == ("live", "stopped")
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=999))
    assert (rig.state("01").state, rig.state("02").state) == ("stopped", "stopped")
    rig.turn(11.0)
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=1999))
    assert rig.state("01").state == "stopped", "not before there is twice as much"
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=2000))
    assert (rig.state("01").state, rig.state("02").state) == ("connecting", "stopped")
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=None))
    assert rig.state("01").state == "connecting", "a disk that says nothing changes nothing"


def test_the_guard_counts_only_cameras_that_the_keeper_has_not_stopped() -> None:
    rig = Rig("01", "02", "03", guard=Guard(1000))
    for number in ("01", "02", "03"):
        rig.record(number)
    rig.supervisor.relieve(Relief(reduced=True, stopped=("03",)))
    rig.supervisor.synced(Synced({}, "", 0, free_bytes=999))
    assert [rig.state(number).state for number in ("01", "02", "03")] == ["live", "stopped", "stopped"]


def test_under_half_of_what_is_the_records_nothing_waits() -> None:
    guard = Guard(1000)
    assert guard.look(500, ["03", "02", "01"], 0) == {"03"}
    assert guard.look(499, ["03", "02", "01"], SECOND) == {"03", "02", "01"}


def test_a_guard_without_a_limit_never_stops_anything() -> None:
    assert Guard(0).look(0, ["01"], 0) == frozenset()


def test_a_camera_that_rests_while_the_disk_fails_is_stopped_and_not_lost() -> None:
    """What it still sends until it has finished changes no state."""
    rig = Rig("01", "02")
    actor = rig.record("01")
    assert isinstance(rig.fs, MemoryFs)
    rig.fs.fail(1, errno.EIO)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("01").state == "lost"
    rig.supervisor.relieve(Relief(reduced=True, stopped=("01",)))
    actor.frame(rig.clock.wall)
    rig.turn()
    assert (rig.state("01").state, rig.state("01").detail) == ("stopped", STOPPED)


def test_the_room_on_another_disk_stops_nothing() -> None:
    wrong = ""
    rig = Rig("01", guard=Guard(1 << 62), wrong=lambda: wrong)
    rig.record("01")
    wrong = "footage disk: another"
    assert rig.sync().free_bytes is None
    assert rig.state("01").state != "stopped"
    wrong = ""
    rig.sync()
    assert rig.state("01").state == "stopped"
