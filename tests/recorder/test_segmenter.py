"""The segmenter loses, doubles and moves no packet, and cuts only where the rules say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.core.errors import Broken, CameraLost
from appliance.formats.fragments import MAX_PACKET_BYTES, encode_fragment, packet_wall_ns
from appliance.formats.segment import MAX_PLAINTEXT_BYTES
from appliance.recorder.camera.cuts import Bucket, EndBucket, Event, FragmentReady, StartBucket, StartSegment
from appliance.recorder.camera.segmenter import FRAGMENT_NS, KEY_WAIT_NS, Segmenter

MS, S = 1_000_000, 1_000_000_000
SLOT_NS = 600 * S
T0 = 1_700_000_400 * S
VIDEO = Stream(0, "video", "h264", (1, 90_000), b"sps", 1920, 1080)
AUDIO = Stream(1, "audio", "pcm_alaw", (1, 8000), b"", 0, 0, 8000, 1)
BOTH, SILENT, SOUND = Streams((VIDEO, AUDIO)), Streams((VIDEO,)), Streams((AUDIO,))
BUCKETS = tuple(Bucket(bytes([number]) * 16, T0 + number * SLOT_NS) for number in range(1, 200))


def picture(number: int, *, key: bool = False, stamp: int | None = None, size: int = 10, stream: int = 0) -> Packet:
    """Picture ``number`` of 25 a second; its data say its number."""
    pts = number * 3600 if stamp is None else stamp
    return Packet(stream, number.to_bytes(8, "big") + bytes(size), pts, pts, 3600, key)


@dataclass
class Rig:
    """Feeds a segmenter and holds every answer against the rules that always apply."""

    segmenter: Segmenter
    events: list[Event] = field(default_factory=list)
    fed: list[Packet] = field(default_factory=list)
    arrived: dict[int, int] = field(default_factory=dict)
    streams: Streams = BOTH
    described_at_end: list[Streams] = field(default_factory=list)
    bucket: bytes | None = None
    ended: set[bytes] = field(default_factory=set)
    in_segment: Streams | None = None
    last_ms: int = 0

    def feed(self, item: Packet | Streams, arrival_ns: int, *, wanted: bool = True) -> Sequence[Event]:
        if isinstance(item, Streams):
            self.streams = item
        elif wanted:
            self.fed.append(item)
            self.arrived[id(item)] = arrival_ns
        return self.take(self.segmenter.feed(item, arrival_ns))

    def take(self, events: Iterable[Event]) -> Sequence[Event]:
        events = list(events)
        for event in events:
            self._check(event)
        self.events += events
        return events

    def _check(self, event: Event) -> None:
        if isinstance(event, StartBucket):
            assert self.bucket is None, "a bucket begins after the one before it has ended"
            assert event.bucket.bucket_id not in self.ended, "and never again"
            assert event.bucket.start_ns == event.start_ns
            self.bucket, self.in_segment = event.bucket.bucket_id, None
        elif isinstance(event, StartSegment):
            assert self.bucket is not None
            self.in_segment, self.last_ms = event.streams, 0
        elif isinstance(event, EndBucket):
            assert self.bucket == event.bucket.bucket_id
            self.ended.add(self.bucket)
            self.described_at_end.append(self.streams)
            self.bucket = self.in_segment = None
        else:
            self._check_fragment(event)

    def _check_fragment(self, event: FragmentReady) -> None:
        assert self.bucket is not None
        assert self.in_segment is not None
        packets = event.fragment.packets
        assert packets
        assert {packet.stream for packet in packets} <= {stream.number for stream in self.in_segment.streams}
        first = self.arrived[id(packets[0])]
        assert all(0 <= self.arrived[id(packet)] - first < FRAGMENT_NS for packet in packets)
        assert event.ms >= self.last_ms
        self.last_ms = event.ms
        assert event.start_ns <= event.end_ns
        assert event.start_ns == event.fragment.anchor_wall_ns
        reference = next((one.number for one in self.in_segment.streams if one.kind == "video"), None)
        video = [packet for packet in packets if packet.stream == reference]
        assert event.has_video == bool(video)
        assert event.starts_with_key == (bool(video) and video[0].is_key)
        keys = [packet.is_key for packet in video]
        assert keys == sorted(keys, reverse=True), "a key frame stands after key frames only"
        assert len(encode_fragment(event.fragment)) <= MAX_PLAINTEXT_BYTES

    @property
    def out(self) -> list[Packet]:
        return [
            packet for event in self.events if isinstance(event, FragmentReady) for packet in event.fragment.packets
        ]

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def assert_nothing_lost(self) -> None:
        assert [id(packet) for packet in self.out] == [id(packet) for packet in self.fed]


def rig(*buckets: Bucket, sound: bool = True, streams: Streams | None = BOTH) -> Rig:
    one = Rig(Segmenter(sound=sound, buckets=buckets or BUCKETS))
    if streams is not None:
        one.feed(streams, T0)
    return one


def film(one: Rig, seconds: float, *, start: int = 0, group: int = 50, at_ns: int = T0) -> int:
    """``seconds`` of video with a key frame every ``group`` pictures; the number after the last picture."""
    end = start + round(seconds * 25)
    for number in range(start, end):
        one.feed(picture(number, key=number % group == 0), at_ns + number * 40 * MS)
    return end


# Fragments


def test_a_fragment_is_half_a_second_or_ends_before_a_key_frame() -> None:
    one = rig()
    film(one, 4)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert [len(event.fragment.packets) for event in ready] == [13, 13, 13, 11] * 2
    assert [event.starts_with_key for event in ready] == [True, False, False, False] * 2
    assert [event.ms for event in ready] == [0, 520, 1040, 1560, 2000, 2520, 3040, 3560]
    assert [event.start_ns for event in ready] == [T0 + event.ms * MS for event in ready]
    assert [event.end_ns for event in ready[:-1]] == [event.start_ns for event in ready[1:]]
    assert ready[-1].end_ns == T0 + 4 * S


def test_sound_before_a_key_frame_stays_in_its_fragment() -> None:
    one = rig()
    sound = Packet(1, b"a", 0, 0, 160, True)
    one.feed(sound, T0)
    one.feed(picture(0, key=True), T0 + 10 * MS)
    one.feed(picture(1), T0 + 50 * MS)
    (ready,) = [event for event in one.take(one.segmenter.finish("x")) if isinstance(event, FragmentReady)]
    assert ready.starts_with_key
    assert ready.fragment.packets[0] is sound


def test_a_key_frame_of_sound_or_of_a_second_picture_cuts_nothing() -> None:
    second = VIDEO._replace(number=2)
    one = rig(streams=Streams((VIDEO, AUDIO, second)))
    one.feed(picture(0, key=True), T0)
    one.feed(picture(1), T0 + 40 * MS)
    assert not one.feed(picture(1, key=True, stream=2), T0 + 41 * MS)
    assert not one.feed(Packet(1, b"", 0, 0, 160, True), T0 + 42 * MS)


def test_intra_only_video_is_cut_by_time_alone() -> None:
    one = rig(streams=Streams((VIDEO._replace(codec="mjpeg"),)))
    film(one, 10, group=1)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert len(ready) == 20
    assert all(event.starts_with_key for event in ready)


def test_the_last_packets_of_a_stalled_camera_come_out_in_half_a_second() -> None:
    one = rig()
    one.feed(picture(0, key=True), T0)
    assert not one.take(one.segmenter.flush_due(T0 + 499 * MS))
    assert len(one.take(one.segmenter.flush_due(T0 + 500 * MS))) == 3
    assert not one.take(one.segmenter.flush_due(T0 + 5 * S))
    one.assert_nothing_lost()


def test_a_wall_clock_that_runs_back_keeps_no_packet() -> None:
    one = rig()
    one.feed(picture(0, key=True), T0)
    one.feed(picture(1), T0 - 3600 * S)
    assert len(one.out) == 1
    one.take(one.segmenter.flush_due(T0 - 7200 * S))
    one.assert_nothing_lost()


def test_nor_does_one_that_runs_back_under_a_camera_without_time_stamps() -> None:
    one = rig()
    one.feed(picture(0, key=True, stamp=NO_PTS), T0)
    one.feed(picture(1, stamp=NO_PTS), T0 - 3600 * S)
    assert len(one.out) == 1


def test_sound_stamped_ahead_of_its_time_spans_no_less_than_nothing() -> None:
    one = rig()
    film(one, 3)
    for number in range(100):
        one.feed(Packet(1, b"a", 8000 * 100 + number * 160, 0, 160, True), T0 + 3 * S + number * 20 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()


def test_packets_without_time_stamps_are_kept_as_they_came() -> None:
    one = rig()
    bare = Packet(0, b"first", NO_PTS, NO_PTS, 0, True)
    later = Packet(0, b"second", NO_PTS, 7200, 0, False)
    one.feed(bare, T0)
    one.feed(later, T0 + 80 * MS)
    one.take(one.segmenter.finish("stopped"))
    (ready,) = [event for event in one.events if isinstance(event, FragmentReady)]
    assert ready.fragment.packets == (bare, later)
    assert ready.starts_with_key
    assert packet_wall_ns(ready.fragment, later, VIDEO.time_base) == T0 + 80 * MS


def test_a_camera_that_never_stamps_is_dated_by_arrival() -> None:
    one = rig()
    for number in range(50):
        one.feed(picture(number, key=number == 0, stamp=NO_PTS), T0 + number * 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert [event.start_ns for event in ready] == [T0 + number * 520 * MS for number in range(4)]
    assert [event.ms for event in ready] == [0, 520, 1040, 1560]


def test_a_fragment_never_outgrows_its_frame() -> None:
    one = rig()
    for number in range(20):
        one.feed(picture(number, key=number == 0, size=1 << 20), T0 + number * MS)
    one.feed(Packet(0, bytes(MAX_PACKET_BYTES), 20 * 3600, 0, 0, False), T0 + 21 * MS)
    one.feed(picture(21), T0 + 22 * MS)
    for number in range(3000):
        one.feed(Packet(1, b"", number, number, 1, True), T0 + 23 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    with pytest.raises(CameraLost, match=f"{MAX_PACKET_BYTES + 1} bytes"):
        one.segmenter.feed(Packet(0, bytes(MAX_PACKET_BYTES + 1), 0, 0, 0, True), T0)


# What is recorded


def test_sound_that_is_not_approved_is_neither_kept_nor_described() -> None:
    one = rig(sound=False)
    one.feed(picture(0, key=True), T0)
    one.feed(Packet(1, b"words", 0, 0, 160, True), T0 + MS, wanted=False)
    one.feed(picture(1), T0 + 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.streams for event in one.events if isinstance(event, StartSegment)] == [SILENT]


def test_a_camera_of_sound_alone_that_has_no_approval_is_lost() -> None:
    with pytest.raises(CameraLost, match="sound is not approved"):
        rig(sound=False, streams=SOUND)


def test_what_a_source_never_described_is_an_error() -> None:
    one = rig(streams=None)
    with pytest.raises(CameraLost, match="stream 0, which its source did not describe"):
        one.feed(picture(0), T0)
    with pytest.raises(CameraLost, match="time base"):
        one.feed(Streams((VIDEO._replace(time_base=(0, 1)),)), T0)
    one = rig()
    with pytest.raises(CameraLost, match="stream 7"):
        one.feed(picture(0, stream=7), T0)


def test_a_packet_without_any_bucket_is_a_defect() -> None:
    one = Rig(Segmenter(sound=True))
    one.feed(BOTH, T0)
    with pytest.raises(Broken, match="no bucket"):
        one.segmenter.feed(picture(0), T0)


# Segments


def test_another_description_begins_another_segment_and_the_same_one_does_not() -> None:
    one = rig()
    at = film(one, 1)
    one.feed(BOTH, T0 + at * 40 * MS)
    at = film(one, 1, start=at)
    larger = Streams((VIDEO._replace(width=2560, height=1440, extradata=b"other"), AUDIO))
    one.feed(larger, T0 + at * 40 * MS)
    film(one, 1, start=at)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert one.of(StartSegment) == [StartSegment(BOTH, "start"), StartSegment(larger, "streams")]
    assert len(one.of(StartBucket)) == 1


def test_a_jump_of_media_time_begins_another_segment_and_both_sides_are_dated_right() -> None:
    one = rig()
    film(one, 5)
    for number in range(125, 250):
        one.feed(picture(number, key=number % 50 == 0, stamp=number * 3600 - 10**9), T0 + number * 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.why for event in one.events if isinstance(event, StartSegment)] == ["start", "jump"]
    for event in one.events:
        if isinstance(event, FragmentReady):
            assert all(
                packet_wall_ns(event.fragment, packet, VIDEO.time_base) == one.arrived[id(packet)]
                for packet in event.fragment.packets
            )


def test_a_camera_whose_time_jumps_all_the_time_makes_no_flood_of_files() -> None:
    one = rig()
    for number in range(25 * 60):
        one.feed(picture(number, key=True, stamp=(number * 7919 % 1000) * 900_000), T0 + number * 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert len(one.of(StartSegment)) <= 7


def test_a_segment_that_could_not_be_stored_is_followed_by_another_in_the_same_bucket() -> None:
    one = rig()
    at = film(one, 1.2)
    one.take(one.segmenter.new_segment())
    film(one, 1, start=at)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.why for event in one.events if isinstance(event, StartSegment)] == ["start", "again"]
    assert len(one.of(StartBucket)) == 1


def test_a_reconnect_goes_on_in_the_same_bucket_with_a_new_segment_and_new_time() -> None:
    one = rig()
    film(one, 3)
    one.take(one.segmenter.reconnecting())
    assert len(one.out) == 75, "nothing is kept back"
    with pytest.raises(CameraLost):
        one.segmenter.feed(picture(0), T0 + 20 * S)
    one.feed(BOTH, T0 + 20 * S)
    film(one, 2, at_ns=T0 + 20 * S)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.why for event in one.events if isinstance(event, StartSegment)] == ["start", "reconnect"]
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert ready[-1].end_ns == T0 + 22 * S
    assert ready[-1].ms == 21_560


def test_after_a_reconnect_time_is_anchored_anew_however_little_it_is_off() -> None:
    one = rig()
    film(one, 3)
    one.take(one.segmenter.reconnecting())
    one.feed(BOTH, T0 + 3 * S)
    for number in range(75, 150):
        one.feed(picture(number, key=number % 50 == 0, stamp=number * 3600 + 45_000), T0 + number * 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert ready[-1].end_ns == T0 + 6 * S


def test_another_stream_that_keeps_the_time_is_anchored_on_its_own() -> None:
    one = rig()
    film(one, 3)
    one.feed(Streams((VIDEO._replace(number=5), AUDIO)), T0 + 3 * S)
    for number in range(75, 150):
        one.feed(picture(number, key=number % 50 == 0, stamp=number * 3600 + 45_000, stream=5), T0 + number * 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    ready = [event for event in one.events if isinstance(event, FragmentReady)]
    assert ready[-1].end_ns == T0 + 6 * S


def test_a_new_process_goes_on_in_a_bucket_that_has_begun() -> None:
    begun = Bucket(b"b" * 16, T0 + SLOT_NS, T0 - 100 * S)
    one = Rig(Segmenter(sound=True, buckets=[begun, *BUCKETS[1:]]), bucket=begun.bucket_id)
    one.feed(BOTH, T0)
    film(one, 1)
    one.take(one.segmenter.finish("stopped"))
    assert not one.of(StartBucket)
    assert one.events[0] == StartSegment(BOTH, "start")
    assert isinstance(one.events[1], FragmentReady)
    assert one.events[1].ms == 100_000


# Buckets


def border(one: Rig) -> tuple[EndBucket, FragmentReady]:
    """The first end of a bucket and the first fragment after it."""
    at = next(number for number, event in enumerate(one.events) if isinstance(event, EndBucket))
    ended = one.events[at]
    after = next(event for event in one.events[at:] if isinstance(event, FragmentReady))
    assert isinstance(ended, EndBucket)
    return ended, after


def test_a_bucket_ends_before_the_first_key_frame_at_or_after_its_slots_end() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S), *BUCKETS)
    film(one, 10)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ended, after = border(one)
    assert (ended.reason, ended.at_key, ended.end_ns) == ("slot", True, T0 + 6 * S)
    assert after.starts_with_key
    assert (after.start_ns, after.ms) == (T0 + 6 * S, 0)
    assert [type(event) for event in one.events[-12:-9]] == [EndBucket, StartBucket, StartSegment]


def test_a_key_frame_exactly_at_the_border_begins_the_next() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 6 * S), *BUCKETS)
    film(one, 10)
    ended, _ = border(one)
    assert ended.end_ns == T0 + 6 * S


def test_without_a_key_frame_it_ends_ten_seconds_later_and_says_so() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S), *BUCKETS)
    film(one, 20, group=10_000)
    ended, after = border(one)
    assert (ended.reason, ended.at_key, ended.end_ns) == ("no-key-frame", False, T0 + 15 * S)
    assert not after.starts_with_key


def test_sound_goes_with_the_bucket_that_is_open() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S), *BUCKETS)
    at = film(one, 5.2)
    last_sound = Packet(1, b"", 8000 * 5, 0, 160, True)
    one.feed(last_sound, T0 + at * 40 * MS)
    film(one, 2, start=at)
    ended, after = border(one)
    assert ended.reason == "slot"
    assert last_sound not in after.fragment.packets
    assert last_sound in one.out


@pytest.mark.parametrize("flush", [False, True])
def test_sound_alone_ends_at_the_border(flush: bool) -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S), *BUCKETS, streams=SOUND)
    for number in range(500):
        one.feed(Packet(1, b"a", number * 160, number * 160, 160, True), T0 + number * 20 * MS)
        if flush:
            one.take(one.segmenter.flush_due(T0 + number * 20 * MS + MS))
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ended, after = border(one)
    assert (ended.reason, ended.at_key, ended.end_ns) == ("slot", True, T0 + 5 * S)
    assert not after.has_video


def test_footage_goes_on_under_the_old_key_until_there_is_another() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S))
    at = film(one, 60)
    assert not one.of(EndBucket)
    one.segmenter.offer(BUCKETS[0])
    film(one, 4, start=at)
    ended, after = border(one)
    assert (ended.reason, ended.end_ns) == ("slot", T0 + 60 * S)
    assert after.starts_with_key
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert max(event.ms for event in one.events if isinstance(event, FragmentReady)) > 55_000


def test_a_bucket_of_a_camera_that_went_silent_ends_without_a_packet() -> None:
    one = rig(Bucket(b"a" * 16, T0 + 5 * S), *BUCKETS)
    film(one, 3)
    for second in range(3, 15):
        one.take(one.segmenter.flush_due(T0 + second * S))
        assert not one.of(EndBucket)
    one.take(one.segmenter.flush_due(T0 + 15 * S))
    (ended,) = one.of(EndBucket)
    assert ended == EndBucket(Bucket(b"a" * 16, T0 + 5 * S, T0), T0 + 3 * S, "no-key-frame", False)
    one.assert_nothing_lost()


def test_after_a_long_silence_buckets_of_slots_gone_by_are_left_unused() -> None:
    one = rig()
    film(one, 3)
    later = T0 + 5 * SLOT_NS + 7 * S
    one.take(one.segmenter.flush_due(T0 + SLOT_NS + 20 * S))
    film(one, 3, at_ns=later)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    begun = [event.bucket for event in one.events if isinstance(event, StartBucket)]
    assert [bucket.bucket_id for bucket in begun] == [BUCKETS[0].bucket_id, BUCKETS[5].bucket_id]


def test_a_change_of_trust_ends_the_bucket_at_the_next_key_frame() -> None:
    one = rig()
    film(one, 3)
    one.segmenter.end_bucket("trust", T0 + 3 * S)
    film(one, 3, start=75)
    ended, after = border(one)
    assert (ended.reason, ended.at_key, ended.end_ns) == ("trust", True, T0 + 4 * S)
    assert after.starts_with_key


def test_a_requested_end_waits_ten_seconds_at_most() -> None:
    one = rig()
    at = film(one, 3, group=10_000)
    one.segmenter.end_bucket("registry", T0 + 3 * S)
    film(one, 15, start=at, group=10_000)
    ended, _ = border(one)
    assert (ended.reason, ended.at_key, ended.end_ns) == ("registry", False, T0 + 13 * S)


@pytest.mark.parametrize("step_s", [-3600, -2, 2, 3600])
def test_a_step_of_the_clock_ends_the_bucket_at_once_and_dates_by_the_new_clock(step_s: int) -> None:
    one = rig()
    at = film(one, 3.3)
    stepped = T0 + step_s * S
    one.segmenter.offer(Bucket(b"n" * 16, stepped + SLOT_NS))
    one.take(one.segmenter.clock_stepped(stepped + at * 40 * MS))
    film(one, 2, start=at, at_ns=stepped)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    ended, after = border(one)
    assert (ended.reason, ended.end_ns) == ("clock-step", T0 + at * 40 * MS)
    assert (after.start_ns, after.ms) == (stepped + at * 40 * MS, 0)


def test_a_step_of_the_clock_without_another_key_ends_the_bucket_once_there_is_one() -> None:
    one = rig(Bucket(b"a" * 16, T0 + SLOT_NS))
    at = film(one, 3)
    stepped = T0 - 3600 * S
    one.take(one.segmenter.clock_stepped(stepped + at * 40 * MS))
    at = film(one, 1.2, start=at, at_ns=stepped)
    assert not one.of(EndBucket)
    one.segmenter.offer(Bucket(b"n" * 16, stepped + SLOT_NS))
    one.feed(picture(at), stepped + at * 40 * MS)
    assert len(one.of(EndBucket)) == 1, "without waiting for a key frame"
    film(one, 1, start=at + 1, at_ns=stepped)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.reason for event in one.events if isinstance(event, EndBucket)] == ["clock-step", "stopped"]


def test_a_bucket_may_be_taken_back_before_its_first_fragment() -> None:
    one = rig(BUCKETS[0])
    one.feed(picture(0, key=True), T0)
    one.segmenter.offer()
    one.take(one.segmenter.clock_stepped(T0))
    assert not one.events
    one.segmenter.offer(BUCKETS[1])
    one.feed(picture(1), T0 + 40 * MS)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.bucket.bucket_id for event in one.events if isinstance(event, StartBucket)] == [BUCKETS[1].bucket_id]


def test_offering_the_present_bucket_again_changes_nothing() -> None:
    one = rig(BUCKETS[0])
    one.feed(picture(0, key=True), T0)
    one.segmenter.offer(BUCKETS[0], BUCKETS[1])
    film(one, SLOT_NS // S + 3, start=1)
    one.take(one.segmenter.finish("stopped"))
    one.assert_nothing_lost()
    assert [event.bucket.bucket_id for event in one.events if isinstance(event, StartBucket)] == [
        BUCKETS[0].bucket_id,
        BUCKETS[1].bucket_id,
    ]


def test_finish_before_anything_came_says_nothing() -> None:
    assert not rig().segmenter.finish("stopped")


# Any camera

STEPS = st.one_of(
    st.tuples(st.just("video"), st.integers(1, 60), st.sampled_from([1, 7, 50, 10_000])),
    st.tuples(st.just("sound"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("burst"), st.integers(1, 200), st.just(0)),
    st.tuples(st.just("silence"), st.sampled_from([1, 300, 3000, 12_000, 700_000]), st.just(0)),
    st.tuples(st.just("flush"), st.just(0), st.just(0)),
    st.tuples(st.just("unstamped"), st.integers(1, 5), st.just(0)),
    st.tuples(st.just("jump"), st.sampled_from([-(10**9), -90_000, -45_000, 45_000, 450_000, 10**10]), st.just(0)),
    st.tuples(st.just("describe"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("again"), st.just(0), st.just(0)),
    st.tuples(st.just("reconnect"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("request"), st.just(0), st.just(0)),
    st.tuples(st.just("step"), st.sampled_from([-3_600_000, -1500, 1500, 3_600_000]), st.just(0)),
    st.tuples(st.just("offer"), st.integers(0, 3), st.just(0)),
)
DESCRIPTIONS = (BOTH, SILENT, SOUND, Streams((VIDEO._replace(extradata=b"new"), AUDIO)))


class Life:
    """A camera's life, drawn step by step."""

    def __init__(self) -> None:
        self.now_ns = T0
        self.rig = rig()
        self.streams = BOTH
        self.number = self.ticks = self.shift = 0
        self.slots: dict[bytes, int] = {bucket.bucket_id: bucket.slot_end_ns for bucket in BUCKETS}
        self.offered_always = True
        self.stepped = False
        self.serial = 0

    def packet(self, kind: str, *, key: bool = False, stamped: bool = True) -> None:
        numbers = {one.kind: one.number for one in self.streams.streams}
        kind = kind if kind in numbers else next(iter(numbers))
        self.number += 1
        rate = 90_000 if kind == "video" else 8000
        stamp = (self.now_ns - T0) * rate // S + self.shift if stamped else NO_PTS
        packet = Packet(numbers[kind], self.number.to_bytes(8, "big"), stamp, stamp, 3600, key or kind == "audio")
        self.rig.feed(packet, self.now_ns)

    def play(self, name: str, amount: int, group: int) -> None:
        one = self.rig
        if name == "video":
            for number in range(amount):
                self.packet("video", key=number % group == 0)
                self.now_ns += 40 * MS
        elif name == "sound":
            for _ in range(amount):
                self.packet("audio")
                self.now_ns += 20 * MS
        elif name == "burst":
            for _ in range(amount):
                self.packet("video")
        elif name == "unstamped":
            for _ in range(amount):
                self.packet("video", stamped=False)
                self.now_ns += 40 * MS
        elif name == "silence":
            self.now_ns += amount * MS
            one.take(one.segmenter.flush_due(self.now_ns))
        elif name == "flush":
            one.take(one.segmenter.flush_due(self.now_ns))
        elif name == "jump":
            self.shift += amount
        elif name == "describe":
            self.streams = DESCRIPTIONS[amount]
            one.feed(self.streams, self.now_ns)
        elif name == "again":
            one.take(one.segmenter.new_segment())
        elif name == "reconnect":
            one.take(one.segmenter.reconnecting())
            self.now_ns += 3 * S
            self.streams = DESCRIPTIONS[amount]
            one.feed(self.streams, self.now_ns)
        elif name == "request":
            one.segmenter.end_bucket("trust", self.now_ns)
        elif name == "step":
            self.stepped = True
            self.now_ns += amount * MS
            self.offer(3)
            one.take(one.segmenter.clock_stepped(self.now_ns))
        elif name == "offer":
            self.offer(amount)

    def offer(self, amount: int) -> None:
        """New keys for the slots from now on; none at all while a bucket is chosen but not begun would starve it."""
        if amount == 0 and self.rig.bucket is None:
            return
        self.offered_always = self.offered_always and amount > 0
        buckets = []
        for number in range(amount):
            self.serial += 1
            slot_end = self.now_ns - self.now_ns % SLOT_NS + (number + 1) * SLOT_NS
            bucket = Bucket(b"new" + self.serial.to_bytes(13, "big"), slot_end)
            self.slots[bucket.bucket_id] = slot_end
            buckets.append(bucket)
        self.rig.segmenter.offer(*buckets)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=30))
def test_any_life_of_a_camera_comes_out_whole_and_in_order(steps: list[tuple[str, int, int]]) -> None:
    life = Life()
    for step in steps:
        if not life.offered_always and life.rig.bucket is None:
            life.offer(2)
        life.play(*step)
    life.rig.take(life.rig.segmenter.finish("stopped"))
    life.rig.assert_nothing_lost()
    assert_borders(life)


def assert_borders(life: Life) -> None:
    """A bucket that ended in time is followed by a key frame; one that did not says that it waited."""
    one = life.rig
    ends = [number for number, event in enumerate(one.events) if isinstance(event, EndBucket)]
    for number, described in zip(ends, one.described_at_end, strict=True):
        ended = one.events[number]
        assert isinstance(ended, EndBucket)
        assert ended.reason in ("slot", "no-key-frame", "clock-step", "trust", "stopped")
        assert ended.at_key or ended.reason != "slot"
        after = next((event for event in one.events[number:] if isinstance(event, FragmentReady)), None)
        if after is None:
            continue
        arrival = one.arrived[id(after.fragment.packets[0])]
        if ended.at_key and any(stream.kind == "video" for stream in described.streams):
            assert after.starts_with_key
            assert after.fragment.packets[0].is_key
        if ended.reason in ("slot", "no-key-frame") and not life.stepped:
            waited = 0 if ended.reason == "slot" else KEY_WAIT_NS
            assert arrival >= life.slots[ended.bucket.bucket_id] + waited
