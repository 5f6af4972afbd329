"""The supervisor's core: what it writes, what it says to the keeper, and that one camera never disturbs another."""

from __future__ import annotations

import errno
import hashlib
import itertools

from appliance.core.messages import coded
from appliance.core.model import Gap
from appliance.formats.segment import SegmentOpener
from appliance.protocol.recorder import UNPLAYABLE
from appliance.recorder.camera import channel
from appliance.recorder.camera.limits import Limits
from tests.faults.memory_fs import MemoryFs
from tests.recorder.rig import OPEN, SECOND, SLOT, START_NS, Actor, Rig, registry


def test_a_camera_is_recorded_into_a_file_that_opens_under_its_bucket_key() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    sent = actor.frame(rig.clock.wall)
    rig.turn()
    key = bytes(actor.key().key)
    ((name, data),) = rig.files().items()
    opener = SegmentOpener(lambda offset, size: data[offset : offset + size], len(data), key)
    assert name == f"{actor.key().bucket_id.hex()}.0000.seg"
    assert data.endswith(sent)
    assert [frame.type for frame in opener.frames()] == [0, 1, 1]
    assert rig.state("01").state == "live"


def test_a_bucket_that_ends_at_the_border_is_handed_over_once_it_is_durable_and_its_key_is_gone() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    bucket_id = actor.key().bucket_id.hex()
    held = rig.keyring.get(bucket_id)
    assert held is not None
    rig.clock.advance((START_NS + SLOT - rig.clock.wall) / SECOND)
    actor.frame(rig.clock.wall - SECOND, 1.0)
    actor.end("slot")
    actor.begin(actor.key(START_NS + SLOT), rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert rig.noted.of("closed") == []
    assert held.key == bytes(32)
    assert rig.keyring.get(bucket_id) is None
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    data = rig.files()[f"{bucket_id}.0000.seg"]
    assert manifest.bucket_id == bucket_id
    assert manifest.segments[0].sha256 == hashlib.sha256(data).hexdigest()
    assert (manifest.segments[0].bytes, manifest.segments[0].complete) == (len(data), True)
    assert manifest.ended_by == "slot"
    assert list(rig.durable) == [actor.key(START_NS + SLOT).bucket_id.hex() + ".0000.seg"]


def test_the_opening_says_when_by_every_clock() -> None:
    rig = Rig("01")
    rig.clock.is_trusted = False
    begun = rig.clock.wall - 2 * SECOND
    actor = rig.launches.last("01").listen()
    actor.begin(actor.key(), begun)
    rig.turn()
    (opening,) = rig.noted.of("opened")
    assert (opening.start_ns, opening.slot_start_ns, opening.boot_id) == (begun, START_NS, "b" * 32)
    assert rig.clock.wall - opening.start_ns == rig.clock.boot - opening.boot_ns
    assert opening.trusted is False


def test_the_time_until_the_first_frame_is_a_gap_that_says_start() -> None:
    rig = Rig("01")
    begun = rig.clock.wall - SECOND // 2
    rig.turn(2.0)
    actor = rig.record("01")
    (opening,) = rig.noted.of("opened")
    assert rig.noted.of("gap") == [Gap(camera_no="01", start_ns=begun, end_ns=opening.start_ns, cause="start")]
    assert actor.sealer is not None


def test_a_reconnect_goes_on_in_the_same_bucket_and_its_gap_is_in_the_manifest() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    lost_at = rig.clock.wall
    actor.say(channel.LOST, b"the camera refuses the connection")
    actor.sock.close()
    rig.turn()
    assert rig.state("01").state == "lost"
    assert rig.state("01").detail == "lost: the camera refuses the connection"
    rig.turn(2.0)
    again = rig.launches.last("01")
    assert again is not actor
    key = again.listen().key()
    assert (key.bucket_id, key.number) == (actor.key().bucket_id, 1)
    back_at = rig.clock.wall
    again.begin(key, 0)
    again.frame(back_at)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert [segment.number for segment in manifest.segments] == [0, 1]
    assert [segment.complete for segment in manifest.segments] == [False, False]
    assert manifest.gaps == (
        Gap(camera_no="01", start_ns=lost_at, end_ns=back_at, cause="lost: the camera refuses the connection"),
    )


def test_a_camera_that_is_live_for_a_minute_without_a_key_frame_is_not_live_but_unplayable() -> None:
    """Nothing that is stored of it could be viewed, and no other sign says so."""
    rig = Rig("01", "02")
    actor, other = rig.record("01", key=False), rig.record("02")
    for second in range(63):
        rig.turn(1.0)
        actor.frame(rig.clock.wall, 1.0, key=False)
        other.frame(rig.clock.wall, 1.0, key=second % 20 == 0)
        rig.turn(0.0)
        if second == 57:
            assert rig.state("01").state == "live"
    assert (rig.state("01").state, rig.state("01").detail) == ("lost", UNPLAYABLE)
    assert rig.state("02").state == "live"
    assert rig.launches.killed == [], "what comes is stored all the same: a key frame may come yet"
    assert [line for line in rig.log if "no key frame" in line] == [f"camera 01: {UNPLAYABLE}"]
    before = len(rig.files()[f"{actor.key().bucket_id.hex()}.0000.seg"])
    actor.frame(rig.clock.wall, 0.5)
    rig.turn()
    assert rig.state("01").state == "live"
    assert len(rig.files()[f"{actor.key().bucket_id.hex()}.0000.seg"]) > before


def test_a_failed_thread_of_a_source_is_logged_once_and_named_when_no_picture_comes_any_more() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    words = "thread worker of its source failed: ZeroDivisionError: division by zero (bad line 7, _work)"
    actor.say(channel.FAILED, words.encode())
    actor.say(channel.FAILED, b"another")
    rig.turn()
    assert rig.state("01").state == "live"
    assert rig.log[-1] == f"camera 01: {words}"
    rig.turn(21.0)
    assert (rig.state("01").state, rig.state("01").detail) == ("lost", f"lost: no picture comes any more; {words}")


def test_a_camera_that_reconnects_within_the_minute_and_sends_no_key_frame_is_unplayable() -> None:
    """What it sent since the last key frame counts, not since the last connection."""
    rig = Rig("01")
    actor = rig.record("01")
    for connection in range(4):
        for _ in range(20):
            rig.turn(1.0)
            actor.frame(rig.clock.wall, 1.0, key=False)
            rig.turn(0.0)
        if connection == 3:
            break
        assert (rig.state("01").state, connection) == ("live", connection)
        actor.sock.close()
        rig.turn()
        assert rig.state("01").state == "lost"
        while rig.launches.last("01") is actor:
            rig.turn(1.0)
        actor = rig.launches.last("01").listen()
        actor.begin(actor.key(), 0)
        actor.frame(rig.clock.wall, key=False)
        rig.turn()
    assert (rig.state("01").state, rig.state("01").detail) == ("lost", UNPLAYABLE)
    actor.frame(rig.clock.wall, 0.5)
    rig.turn()
    assert rig.state("01").state == "live"


def test_a_camera_without_video_for_five_seconds_is_stalled_even_while_its_sound_goes_on() -> None:
    rig = Rig("01", "02")
    actor, other = rig.record("01"), rig.record("02")
    for _ in range(4):
        for camera in (actor, other):
            camera.frame(rig.clock.wall)
        rig.turn()
    for _ in range(4):
        rig.turn(1.0)
        actor.frame(rig.clock.wall, 1.0, video=False)
        other.frame(rig.clock.wall, 1.0)
        rig.turn(0.0)
    rig.turn(0.5)
    assert rig.launches.killed == []
    rig.turn(1.0)
    assert rig.launches.killed == [actor.token]
    assert rig.state("01").detail == "stalled"
    assert rig.state("02").state == "live"


def _every(rig: Rig, actor: Actor, seconds: float, times: int) -> None:
    """A picture each so many seconds, by half seconds of the loop's."""
    for _ in range(times):
        for _ in range(int(seconds * 2)):
            rig.turn()
        actor.frame(rig.clock.wall, 0.0)
        rig.turn(0.0)


def test_a_camera_that_sends_a_picture_each_five_seconds_is_recorded_without_a_gap() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    _every(rig, actor, 5, 20)
    assert (rig.launches.killed, rig.state("01").state) == ([], "live")
    bucket = rig.supervisor.desks["01"].recording.bucket
    assert bucket is not None
    assert len(bucket.gaps) <= 3, "until it was seen how often it sends"
    for _ in range(28):
        rig.turn()
    assert rig.launches.killed == []
    rig.turn(1.5)
    assert rig.launches.killed == [actor.token], "three times what is usual"


def test_a_camera_may_be_silent_for_as_long_as_its_setting_says() -> None:
    for setting, allowed in ((30.0, 32), (3, 5), (1e9, 62), ("30", 5), (-1, 5)):
        rig = Rig("01", settings={"silence_seconds": setting})
        actor = rig.record("01")
        for _ in range(4):
            actor.frame(rig.clock.wall)
            rig.turn()
        rig.turn(allowed - 0.5)
        assert rig.launches.killed == [], setting
        rig.turn(1.0)
        assert rig.launches.killed == [actor.token], setting


def test_a_camera_that_never_shows_a_picture_is_given_up_after_a_while() -> None:
    rig = Rig("01")
    rig.launches.last("01").say(channel.OPENED)
    rig.turn(19.0)
    assert rig.launches.killed == []
    rig.turn(2.0)
    assert rig.state("01").detail == "lost: no video came"


def test_reconnecting_takes_longer_each_time_up_to_half_a_minute() -> None:
    rig = Rig("01")
    waits = []
    for _ in range(7):
        rig.launches.last("01").sock.close()
        rig.turn(0.0)
        before, made = rig.clock.boot, len(rig.launches.made)
        while len(rig.launches.made) == made:
            rig.turn(0.5)
        waits.append((rig.clock.boot - before) / SECOND)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert rig.state("01").restarts == 7


def test_a_flood_is_cut_off_and_said() -> None:
    rig = Rig("01", "02", limits=Limits(expected_bps=800_000))
    actor, other = rig.record("01"), rig.record("02")
    for _ in range(9):
        for _ in range(3):
            actor.frame(rig.clock.wall, 0.3, size=100_000)
            rig.turn(0.0)
        other.frame(rig.clock.wall, 1.0, size=100_000)
        rig.turn(1.0)
    assert rig.launches.killed == []
    while not rig.launches.killed:
        actor.frame(rig.clock.wall, 1.0, size=100_000)
        rig.turn(0.0)
    assert rig.launches.killed == [actor.token]
    assert rig.state("01").detail == "flood"
    assert rig.state("02").state == "live"
    rig.turn(20.0)
    assert len(rig.launches.made) == 2


def test_every_frame_of_one_camera_survives_whatever_another_says() -> None:
    rig = Rig("01", "02")
    good, bad = rig.record("01"), rig.record("02")
    bad.sock.send(b"\xff" * 64)
    sent = good.frame(rig.clock.wall)
    rig.turn()
    assert rig.launches.killed == [bad.token]
    assert rig.files()[f"{good.key().bucket_id.hex()}.0000.seg"].endswith(sent)
    assert rig.state("01").state == "live"


def test_a_full_disk_costs_the_segment_and_a_gap_and_another_segment_follows() -> None:
    fs = MemoryFs(OPEN)
    rig = Rig("01", fs=fs)
    actor = rig.record("01")
    failed_at = rig.clock.wall
    whole = len(rig.files()[f"{actor.key().bucket_id.hex()}.0000.seg"])
    fs.fail(1, errno.ENOSPC, short=10)
    actor.frame(rig.clock.wall)
    rig.turn(1.0)
    actor.frame(rig.clock.wall)
    rig.turn(3.0)
    assert actor.listen().told == []
    actor.frame(rig.clock.wall)
    rig.turn(2.0)
    assert actor.listen().told == [(channel.AGAIN, b"")]
    actor.end()
    back_at = rig.clock.wall
    actor.begin(actor.key(), 0, number=1)
    actor.frame(back_at)
    rig.turn()
    assert rig.launches.killed == []
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    first, second = manifest.segments
    assert (first.damaged, first.complete, first.bytes) == (True, False, whole)
    assert len(rig.files()[f"{manifest.bucket_id}.0000.seg"]) == whole
    assert (second.number, second.damaged) == (1, False)
    assert manifest.gaps == (Gap(camera_no="01", start_ns=failed_at, end_ns=back_at, cause="disk"),)


def test_a_failed_sync_is_lost_data_and_is_never_believed_again() -> None:
    fs = MemoryFs(OPEN)
    rig = Rig("01", fs=fs)
    actor = rig.record("01")
    rig.sync()
    actor.frame(rig.clock.wall)
    rig.turn()
    fs.fail(1, errno.EIO)
    assert rig.sync().error
    rig.turn()
    assert actor.listen().told == [(channel.AGAIN, b"")]
    actor.frame(rig.clock.wall)
    actor.begin(actor.key(), 0, number=1)
    actor.frame(rig.clock.wall)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert [(one.number, one.damaged) for one in manifest.segments] == [(0, True), (1, False)]


def test_a_bucket_whose_last_sync_failed_is_handed_over_as_damaged() -> None:
    fs = MemoryFs(OPEN)
    rig = Rig("01", fs=fs)
    rig.record("01")
    rig.supervisor.finish()
    fs.fail(1, errno.EIO)
    rig.sync()
    assert rig.noted.of("closed")[0].segments[0].damaged


def test_without_a_keeper_each_bucket_gets_an_emergency_record_before_its_first_frame() -> None:
    fs = MemoryFs(OPEN)
    rig = Rig(fs=fs)
    rig.noted.away = True
    rig.supervisor.put_in_force(registry("01"))
    rig.turn()
    actor = rig.record("01")
    bucket_id = actor.key().bucket_id.hex()
    assert sorted(rig.files()) == [f"{bucket_id}.0000.seg", f"{bucket_id}.emergency"]
    survived = fs.image("none")
    assert survived.list_dir(OPEN) == [f"{bucket_id}.emergency"]
    assert survived.read(f"{OPEN}/{bucket_id}.emergency") == rig.files()[f"{bucket_id}.emergency"]
    assert [one.buckets[0].bucket_id for one in rig.noted.of("emergency")] == [bucket_id]
    assert len(rig.keyring) == 1


def test_at_the_border_without_a_keeper_the_next_slot_has_its_emergency_key_in_time() -> None:
    rig = Rig()
    rig.noted.away = True
    rig.supervisor.put_in_force(registry("01"))
    rig.turn()
    rig.clock.advance((START_NS + SLOT - rig.clock.wall) / SECOND - 16)
    rig.turn(0.5)
    assert rig.keyring.for_slot("01", START_NS + SLOT) is None
    rig.turn(6.0)
    assert rig.keyring.for_slot("01", START_NS + SLOT) is not None
    assert rig.keyring.for_slot("01", START_NS + 2 * SLOT) is None


def test_keys_reach_to_the_end_of_the_next_hour_and_are_renewed_each_hour() -> None:
    rig = Rig("01", "02")
    first = rig.noted.of("allocate")
    wall = rig.clock.wall
    slots = {bucket.slot_start_ns for allocation in first for bucket in allocation.buckets}
    assert min(slots) == START_NS
    assert max(slots) == wall - wall % (6 * SLOT) + 11 * SLOT
    rig.clock.advance(3600)
    rig.turn()
    (_, second) = rig.noted.of("allocate")
    assert len({bucket.slot_start_ns for bucket in second.buckets}) == 6
    assert len(second.buckets) == 12


def test_a_clock_step_gives_every_camera_a_new_bucket_under_a_new_key() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    old = actor.key()
    rig.clock.wall += 90 * SECOND
    rig.turn()
    assert actor.listen().told == [(channel.CUT, b"clock-step")]
    new = actor.key()
    assert new.bucket_id != old.bucket_id
    actor.end("clock-step")
    actor.begin(new, rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert (manifest.bucket_id, manifest.ended_by) == (old.bucket_id.hex(), "clock-step")
    assert rig.noted.of("gap")[-1].cause == "clock"
    assert rig.launches.killed == []


def test_a_clock_set_back_leaves_no_gap() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    gaps = len(rig.noted.of("gap"))
    rig.clock.wall -= 30 * SECOND
    rig.turn()
    actor.end("clock-step")
    actor.begin(actor.listen().key(), rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert len(rig.noted.of("gap")) == gaps
    assert rig.state("01").state == "live"


def test_a_change_of_trust_begins_new_buckets_too() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    rig.clock.is_trusted = False
    rig.turn()
    assert actor.listen().told == [(channel.CUT, b"trust")]
    assert len(actor.keys) == 4


def test_a_slow_clock_is_no_step() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    for _ in range(8):
        rig.clock.wall += SECOND // 4
        actor.frame(rig.clock.wall)
        rig.turn()
    assert actor.listen().told == []


def test_only_cameras_in_force_are_recorded_and_a_removed_one_stops_at_once() -> None:
    rig = Rig("01", "02")
    removed, kept = rig.record("01"), rig.record("02")
    rig.supervisor.put_in_force(registry("02", "03"))
    rig.turn(1.0)
    rig.sync()
    assert rig.launches.killed == [removed.token]
    assert [manifest.ended_by for manifest in rig.noted.of("closed")] == ["registry"]
    assert {actor.name for actor in rig.launches.made[2:]} == {"cam 03"}
    assert rig.keyring.wanted(["01"], [START_NS]) == [("01", START_NS)]
    assert sorted(state.camera_no for state in rig.states) == ["02", "03"]
    assert kept.token not in rig.launches.killed


def test_a_camera_whose_settings_changed_is_connected_anew_with_the_new_ones() -> None:
    rig = Rig("01")
    rig.record("01")
    rig.supervisor.put_in_force(registry("01", label="2"))
    rig.turn()
    start = rig.launches.last("01").listen().start
    assert len(rig.launches.made) == 2
    assert start is not None
    assert start.camera.settings == {"label": "2"}


def test_a_camera_that_is_gone_at_the_border_has_its_bucket_closed_and_its_key_wiped() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    ended = rig.clock.wall
    actor.sock.close()
    rig.launches.refuse = True
    rig.turn()
    rig.clock.advance((START_NS + SLOT - rig.clock.wall) / SECOND + 14)
    rig.turn()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert (manifest.end_ns, manifest.ended_by) == (ended, "lost")
    assert rig.keyring.get(manifest.bucket_id) is None
    assert rig.noted.of("gap")[-1] == Gap(camera_no="01", start_ns=ended, end_ns=START_NS + SLOT, cause="died")


def test_a_gap_that_goes_on_is_reported_slot_by_slot_without_a_hole() -> None:
    rig = Rig("01")
    rig.launches.refuse = True
    rig.launches.last("01").sock.close()
    for _ in range(5):
        rig.turn(SLOT / SECOND)
    gaps = rig.noted.of("gap")
    assert len(gaps) == 5
    assert all(one.end_ns == other.start_ns for one, other in itertools.pairwise(gaps))


def test_an_orderly_stop_closes_every_bucket_with_its_footer() -> None:
    rig = Rig("01", "02")
    actors = [rig.record("01"), rig.record("02")]
    rig.supervisor.stop()
    for actor in actors:
        assert actor.listen().told == [(channel.STOP, b"")]
        actor.end("stopped")
        actor.sock.close()
    rig.turn()
    assert rig.supervisor.idle
    rig.supervisor.finish()
    rig.sync()
    assert [manifest.segments[0].complete for manifest in rig.noted.of("closed")] == [True, True]
    assert len(rig.keyring) == 0
    assert rig.launches.killed == []


def test_a_process_is_told_when_somebody_looks_live_and_when_nobody_does() -> None:
    rig = Rig("01", "02")
    actor, other = rig.launches.last("01"), rig.launches.last("02")
    rig.supervisor.watched(["01"])
    rig.supervisor.watched(["01"])
    rig.supervisor.watched([])
    assert actor.listen().told == [(channel.WATCH, b"\x01"), (channel.WATCH, b"\x00")]
    assert other.listen().told == []


def test_what_a_process_hands_on_goes_out_while_somebody_looks_live_and_at_no_other_time() -> None:
    rig = Rig("01", "02")
    actor, other = rig.record("01"), rig.record("02")
    actor.say(channel.WATCHED, b"before")
    rig.turn()
    rig.supervisor.watched(["01"])
    actor.say(channel.WATCHED, b"one")
    other.say(channel.WATCHED, b"of another camera")
    rig.turn()
    rig.supervisor.watched([])
    actor.say(channel.WATCHED, b"after")
    rig.turn()
    assert rig.watched == [("01", b"one")]
    assert rig.state("01").state == "live"


def test_a_process_that_begins_while_somebody_looks_live_knows_it_from_the_start() -> None:
    rig = Rig("01")
    rig.supervisor.watched(["01"])
    rig.launches.last("01").sock.close()
    rig.turn()
    rig.turn(2.0)
    start = rig.launches.last("01").listen().start
    assert start is not None
    assert start.watched


def test_a_process_that_floods_what_it_hands_on_is_ended() -> None:
    rig = Rig("01", limits=Limits(expected_bps=8000))
    actor = rig.record("01")
    rig.supervisor.watched(["01"])
    actor.say(channel.WATCHED, bytes(40_000))
    rig.turn()
    assert rig.launches.killed == [actor.token]
    assert rig.state("01").detail == "flood"


def test_a_process_without_a_key_for_its_slot_leaves_a_gap_that_says_so() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    border = START_NS + SLOT
    rig.clock.advance((border - rig.clock.wall) / SECOND)
    actor.frame(border - SECOND, 1.0)
    actor.end("slot")
    actor.say(channel.WANT, channel.pack_ns(border))
    rig.turn(2.0)
    actor.begin(actor.key(border), rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
    rig.sync()
    assert rig.noted.of("gap")[-1] == Gap(camera_no="01", start_ns=border, end_ns=border + 2 * SECOND, cause="keys")


def test_what_a_camera_s_process_notes_is_in_its_state_until_it_is_connected_anew() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.NOTES, channel.pack_notes([coded("camera-note-udp")]))
    rig.turn()
    assert [note.said for note in rig.state("01").notes] == [coded("camera-note-udp")]
    actor.sock.close()
    rig.turn()
    while rig.launches.last("01") is actor:
        rig.turn(1.0)
    assert rig.state("01").notes == ()
    actor = rig.record("01")
    actor.say(channel.NOTES, b"no notes")
    rig.turn()
    assert rig.launches.killed == [actor.token]


def test_a_camera_with_minutes_between_key_frames_is_playable_once_it_has_sent_one() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    for _ in range(300):
        actor.frame(rig.clock.wall, 1.0, key=False)
        rig.turn(1.0)
        if rig.clock.wall % SLOT == 0:
            actor.end("no-key-frame")
            actor.begin(actor.key(rig.clock.wall), rig.clock.wall)
    assert rig.state("01").state == "live"
    for _ in range(310):
        actor.frame(rig.clock.wall, 1.0, key=False)
        rig.turn(1.0)
        if rig.clock.wall % SLOT == 0:
            actor.end("no-key-frame")
            actor.begin(actor.key(rig.clock.wall), rig.clock.wall)
    assert (rig.state("01").state, rig.state("01").detail) == ("lost", UNPLAYABLE)
