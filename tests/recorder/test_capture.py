"""From packets to sealed messages: what the supervisor would append is what the camera sent, under the right keys."""

from __future__ import annotations

import itertools
import os
import struct
from typing import Any

import pytest

from appliance.api import CameraLost, Packet, Stream, Streams
from appliance.core.errors import Damaged
from appliance.core.messages import coded
from appliance.core.model import Camera
from appliance.formats.fragments import decode_fragment, decode_streams
from appliance.formats.live_copy import decode_watched
from appliance.formats.segment import MEDIA, SegmentOpener, read_header
from appliance.recorder.camera import channel
from appliance.recorder.camera.capture import Capture
from appliance.recorder.camera.channel import BucketKey, Start, unpack_frame_times, unpack_ns
from tests.recorder.rig import BOOT, SECOND, SLOT, START_NS, SetClock

VIDEO = Stream(0, "video", "h264", (1, 1000))
AUDIO = Stream(1, "audio", "pcm_alaw", (1, 8000), sample_rate=8000, channels=1)


class Film:
    """A camera of ten pictures a second, a key frame each second, fed into a capture whose messages are kept."""

    def __init__(self, *, sound: bool = False, audio: bool = False) -> None:
        self.clock = SetClock(START_NS + 100 * SECOND)
        camera = Camera(camera_no="01", location="x", source="x", sound=sound)
        start = Start(camera=camera, suite=BOOT.suite, appliance_id=BOOT.appliance_id)
        self.said: list[tuple[int, bytes]] = []
        self.capture = Capture(start, self.clock, os.urandom, self._send)
        self.keys: dict[bytes, bytes] = {}
        self.held: dict[bytes, bytearray] = {}
        self.sent: list[Packet] = []
        self._number = 0
        self._audio = audio

    def _send(self, kind: int, *parts: Any) -> None:
        self.said.append((kind, b"".join(bytes(part) for part in parts)))

    def give(self, slot_start_ns: int = START_NS, *, start_ns: int = 0, number: int = 0) -> bytes:
        """A new key for that slot; its bucket id."""
        bucket_id, key = os.urandom(16), bytearray(os.urandom(32))
        self.keys[bucket_id], self.held[bucket_id] = bytes(key), key
        self.capture.add_key(BucketKey(bucket_id, slot_start_ns, start_ns, number, key))
        return bucket_id

    def describe(self) -> None:
        self.capture.feed(Streams((VIDEO, AUDIO) if self._audio else (VIDEO,)), self.clock.wall)

    def roll(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            at_ms = self._number * 100
            packet = Packet(0, os.urandom(50), at_ms, at_ms, 100, self._number % 10 == 0)
            self.capture.feed(packet, self.clock.wall)
            self.sent.append(packet)
            if self._audio:
                sound = Packet(1, os.urandom(20), at_ms * 8, at_ms * 8, 800, True)
                self.capture.feed(sound, self.clock.wall)
                self.sent.append(sound)
            self._number += 1
            self.clock.advance(0.1)

    def kinds(self) -> list[int]:
        return [kind for kind, _ in self.said]

    def of(self, kind: int) -> list[bytes]:
        return [payload for said, payload in self.said if said == kind]

    def files(self) -> dict[tuple[bytes, int], bytes]:
        """What the supervisor would have on disk, by bucket id and segment number."""
        found: dict[tuple[bytes, int], bytes] = {}
        at = (b"", 0)
        for kind, payload in self.said:
            if kind == channel.SEGMENT:
                header = bytes(unpack_ns(bytearray(payload))[1])
                at = (read_header(header).bucket_id, read_header(header).number)
                assert at not in found
                found[at] = header
            elif kind == channel.FRAME:
                found[at] += bytes(unpack_frame_times(memoryview(payload))[1])
            elif kind == channel.FOOTER:
                found[at] += payload
        return found

    def opener(self, bucket_id: bytes, number: int = 0) -> SegmentOpener:
        data = self.files()[(bucket_id, number)]
        return SegmentOpener(lambda offset, size: data[offset : offset + size], len(data), self.keys[bucket_id])

    def packets(self, bucket_id: bytes, number: int = 0) -> list[Packet]:
        opener = self.opener(bucket_id, number)
        media = [frame for frame in opener.frames() if frame.type == MEDIA]
        return [packet for frame in media for packet in decode_fragment(opener.open(frame)).packets]


def test_every_packet_is_in_the_segment_in_order_and_a_footer_ends_it() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.roll(3.0)
    film.capture.finish("stopped")
    assert film.packets(bucket_id) == film.sent
    opener = film.opener(bucket_id)
    assert opener.complete
    assert decode_streams(opener.open(opener.frames()[0])) == Streams((VIDEO,))
    assert film.kinds()[0] == channel.SEGMENT
    assert film.of(channel.BUCKET_END) == [b"stopped"]
    assert bytes(film.held[bucket_id]) == bytes(32)


def test_frames_say_when_they_were_and_that_there_is_video() -> None:
    film = Film()
    film.give()
    film.describe()
    begun = film.clock.wall
    film.roll(2.0)
    film.capture.finish("lost")
    times = [unpack_frame_times(memoryview(payload))[0] for payload in film.of(channel.FRAME)]
    assert times[0] == (0, 0, False, False)
    assert times[1].start_ns == begun
    assert times[-1].end_ns == begun + 2 * SECOND
    assert all(one.end_ns == other.start_ns for one, other in itertools.pairwise(times[1:]))
    assert all(one.has_video for one in times[1:])


def test_D_16_while_somebody_looks_live_what_is_sealed_is_handed_on_and_sound_that_is_not_approved_is_not() -> None:
    film = Film(audio=True)
    film.give()
    film.describe()
    film.roll(1.0)
    film.capture.watch(True)
    film.roll(2.0)
    film.capture.watch(False)
    film.roll(1.0)
    film.capture.finish("stopped")
    parts = [decode_watched(payload) for payload in film.of(channel.WATCHED)]
    handed = [packet for part in parts for packet in part.fragment.packets]
    pictures = [packet for packet in film.sent if packet.stream == 0]
    assert handed == [packet for packet in pictures if packet in handed]
    assert len(handed) == 20
    assert {part.streams for part in parts} == {Streams((VIDEO,))}
    frames = film.kinds().count(channel.FRAME) - 1
    assert frames == 8, "and all of it is recorded as ever"


@pytest.mark.parametrize("body", [b"", b"\x00\x00", b"\x00\x00\x00\x09abc", b"\x00\x00\x00\x00"])
def test_what_is_no_fragment_that_was_handed_on_is_damaged(body: bytes) -> None:
    with pytest.raises(Damaged):
        decode_watched(body)


def test_at_the_border_the_next_bucket_begins_at_a_key_frame_and_the_old_key_is_wiped() -> None:
    film = Film()
    film.clock.advance((START_NS + SLOT - film.clock.wall) / SECOND - 1.5)
    first, second = film.give(), film.give(START_NS + SLOT)
    film.describe()
    film.roll(3.0)
    assert bytes(film.held[first]) == bytes(32)
    assert bytes(film.held[second]) == film.keys[second]
    film.capture.finish("stopped")
    assert film.packets(first) == film.sent[:20]
    assert film.packets(second) == film.sent[20:]
    assert film.of(channel.BUCKET_END)[0] == b"slot"


def test_without_a_key_it_asks_once_drops_and_begins_at_a_key_frame() -> None:
    film = Film()
    film.describe()
    film.roll(1.5)
    assert film.said == [(channel.WANT, struct.pack(">q", START_NS))]
    bucket_id = film.give()
    film.roll(1.5)
    film.capture.finish("stopped")
    assert film.packets(bucket_id) == film.sent[20:]


def test_a_key_of_a_slot_to_come_is_not_used_before_it() -> None:
    film = Film()
    film.give(START_NS + SLOT)
    film.describe()
    film.roll(1.0)
    assert film.kinds() == [channel.WANT]


def test_a_clock_step_ends_the_bucket_once_there_is_another_key_and_loses_nothing() -> None:
    film = Film()
    old, void = film.give(), film.give(START_NS + SLOT)
    film.describe()
    film.roll(1.3)
    film.clock.wall += 50 * SECOND
    film.capture.cut(channel.CLOCK_STEP)
    film.roll(0.4)
    assert bytes(film.held[void]) == bytes(32)
    assert film.of(channel.BUCKET_END) == []
    new = film.give()
    film.roll(1.3)
    film.capture.finish("stopped")
    assert film.of(channel.BUCKET_END) == [b"clock-step", b"stopped"]
    numbers = [number for bucket_id, number in film.files() if bucket_id == old]
    assert [packet for number in numbers for packet in film.packets(old, number)] + film.packets(new) == film.sent


def test_a_change_of_trust_waits_for_a_key_frame() -> None:
    film = Film()
    film.give()
    film.describe()
    film.roll(1.3)
    film.capture.cut("trust")
    new = film.give()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert film.packets(new) == film.sent[20:]
    assert film.of(channel.BUCKET_END)[0] == b"trust"


def test_another_segment_has_the_next_number_and_its_own_description() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.roll(1.0)
    film.capture.again()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert film.packets(bucket_id, 0) + film.packets(bucket_id, 1) == film.sent
    assert film.opener(bucket_id, 1).frames()[0].type == 0


def test_a_lost_camera_leaves_the_bucket_open_for_the_next_process_but_no_key() -> None:
    film = Film()
    bucket_id, later = film.give(), film.give(START_NS + SLOT)
    film.describe()
    film.roll(0.7)
    film.capture.finish("lost")
    assert film.of(channel.BUCKET_END) == []
    assert film.packets(bucket_id) == film.sent
    assert {bytes(film.held[bucket_id]), bytes(film.held[later])} == {bytes(32)}
    said = len(film.said)
    film.roll(1.0)
    film.capture.flush(film.clock.wall)
    film.capture.finish("stopped")
    late = film.give()
    assert (len(film.said), bytes(film.held[late])) == (said, bytes(32))


def test_a_bucket_that_an_earlier_process_began_goes_on_with_the_next_number() -> None:
    film = Film()
    begun = START_NS + 20 * SECOND
    bucket_id = film.give(start_ns=begun, number=3)
    film.describe()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert list(film.files()) == [(bucket_id, 3)]
    assert unpack_ns(bytearray(film.of(channel.SEGMENT)[0]))[0] == begun
    assert film.opener(bucket_id, 3).frames()[1].ms == 80_000


def test_a_bucket_that_an_earlier_process_began_is_left_when_its_slot_is_over() -> None:
    film = Film()
    film.clock.advance((START_NS + SLOT - film.clock.wall) / SECOND + 1)
    film.give(start_ns=START_NS, number=3)
    new = film.give(START_NS + SLOT)
    film.describe()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert list(film.files()) == [(new, 0)]


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.4])
def test_what_an_earlier_process_began_takes_the_last_pictures_of_its_slot(seconds: float) -> None:
    """The first pictures wait for their fragment when the border passes: they need the old key until they are out."""
    film = Film()
    film.clock.advance((START_NS + SLOT - film.clock.wall) / SECOND - seconds)
    begun, following = film.give(start_ns=START_NS + SECOND, number=3), film.give(START_NS + SLOT)
    film.describe()
    film.roll(seconds)
    film.capture.flush(film.clock.wall)
    film.roll(2.0)
    film.capture.finish("stopped")
    assert film.packets(begun, 3) + film.packets(following) == film.sent
    assert bytes(film.held[begun]) == bytes(32)


@pytest.mark.parametrize("reason", ["trust", channel.CLOCK_STEP])
def test_keys_that_turn_void_leave_what_an_earlier_process_began_its_first_pictures(reason: str) -> None:
    film = Film()
    begun, void = film.give(start_ns=START_NS + SECOND, number=3), film.give(START_NS + SLOT)
    film.describe()
    film.roll(0.3)
    film.capture.cut(reason)
    assert bytes(film.held[void]) == bytes(32)
    following = film.give()
    film.roll(2.0)
    film.capture.finish("stopped")
    found = [
        packet for number in range(3, 6) if (begun, number) in film.files() for packet in film.packets(begun, number)
    ]
    assert found + film.packets(following) == film.sent


def test_sound_that_is_not_approved_is_neither_kept_nor_described() -> None:
    film = Film(audio=True)
    bucket_id = film.give()
    film.describe()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert film.packets(bucket_id) == [packet for packet in film.sent if packet.stream == 0]
    assert decode_streams(film.opener(bucket_id).open(film.opener(bucket_id).frames()[0])) == Streams((VIDEO,))


def test_approved_sound_is_kept_bit_for_bit() -> None:
    film = Film(audio=True, sound=True)
    bucket_id = film.give()
    film.describe()
    film.roll(1.0)
    film.capture.finish("stopped")
    assert film.packets(bucket_id) == film.sent


def test_what_a_stalled_camera_sent_last_comes_out_without_another_packet() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.roll(0.3)
    assert film.said == []
    film.clock.advance(0.5)
    film.capture.flush(film.clock.wall)
    assert film.packets(bucket_id) == film.sent


def test_a_key_whose_slot_is_over_is_wiped_even_while_nothing_comes() -> None:
    film = Film()
    unused = film.give()
    film.clock.advance(SLOT / SECOND)
    film.capture.flush(film.clock.wall)
    assert bytes(film.held[unused]) == bytes(32)


def test_a_key_that_is_handed_over_twice_is_wiped() -> None:
    film = Film()
    bucket_id = film.give()
    again = bytearray(film.keys[bucket_id])
    film.capture.add_key(BucketKey(bucket_id, START_NS, 0, 0, again))
    assert again == bytes(32)
    assert bytes(film.held[bucket_id]) == film.keys[bucket_id]


def test_a_camera_with_sound_alone_that_is_not_approved_is_lost_with_the_reason() -> None:
    film = Film()
    film.give()
    with pytest.raises(CameraLost, match="sound"):
        film.capture.feed(Streams((AUDIO,)), film.clock.wall)


def test_t_10_thinned_video_is_its_key_frames_and_sound_goes_on() -> None:
    film = Film(sound=True, audio=True)
    bucket_id = film.give()
    film.describe()
    film.roll(2.0)
    film.capture.thin(True)
    film.roll(3.0)
    film.capture.thin(False)
    film.roll(2.5)
    film.capture.finish("stopped")
    kept = film.packets(bucket_id)
    assert [packet for packet in kept if packet.stream == 1] == [packet for packet in film.sent if packet.stream == 1]
    pictures = [packet.pts for packet in kept if packet.stream == 0]
    assert pictures[:20] == list(range(0, 2000, 100))
    assert pictures[20:23] == [2000, 3000, 4000]
    assert pictures[23:] == list(range(5000, 7500, 100))


def test_after_thinning_video_begins_with_a_key_frame_for_what_it_refers_to_is_not_there() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.capture.thin(True)
    film.roll(1.5)
    film.capture.thin(False)
    film.roll(1.5)
    film.capture.finish("stopped")
    assert [packet.pts for packet in film.packets(bucket_id)] == [0, 1000, *range(2000, 3000, 100)]


def test_a_camera_of_nothing_but_key_frames_is_thinned_to_one_a_second() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.capture.thin(True)
    for number in range(50):
        film.capture.feed(Packet(0, b"picture", number * 100, number * 100, 100, True), film.clock.wall)
        film.clock.advance(0.1)
    film.capture.finish("stopped")
    assert [packet.pts for packet in film.packets(bucket_id)] == [0, 900, 1800, 2700, 3600, 4500]


def _keys(film: Film) -> list[bool]:
    """What the supervisor is told of each fragment with video: whether a player can begin there."""
    times = [unpack_frame_times(memoryview(payload))[0] for payload in film.of(channel.FRAME)]
    return [each.has_key for each in times if each.has_video]


def test_the_supervisor_is_told_at_which_fragments_a_player_can_begin() -> None:
    sets = b"\0\0\0\1\x67s\0\0\0\1\x68p"
    film = Film()
    film.give()
    film.capture.feed(Streams((VIDEO._replace(extradata=sets),)), film.clock.wall)
    film.roll(3.0)
    film.capture.finish("stopped")
    told = _keys(film)
    assert told.count(True) == 3
    assert False in told


_SPS, _PPS, _IDR = b"\0\0\0\1\x67s", b"\0\0\0\1\x68p", b"\0\0\0\1\x65i"


@pytest.mark.parametrize(
    ("described", "data", "told"),
    [
        (b"", _IDR, False),
        (b"", _SPS + _IDR, False),
        (b"", _PPS + _IDR, False),
        (_SPS, _IDR, False),
        (b"", _SPS + _PPS + _IDR, True),
        (_SPS, _PPS + _IDR, True),
        (_SPS + _PPS, _IDR, True),
    ],
)
def test_a_key_frame_without_its_parameter_sets_is_none_at_which_a_player_can_begin(
    described: bytes, data: bytes, told: bool
) -> None:
    """No decoder begins with one of the two kinds alone, wherever it stands."""
    film = Film()
    film.give()
    film.capture.feed(Streams((VIDEO._replace(extradata=described),)), film.clock.wall)
    film.capture.feed(Packet(0, data, 0, 0, 100, True), film.clock.wall)
    film.capture.finish("stopped")
    assert _keys(film) == [told]


def test_notes_are_told_once_and_those_of_sound_only_where_it_is_approved() -> None:
    notes = [coded("camera-note-sound-none"), coded("camera-note-udp")]
    for sound, wanted in ((False, notes[1:]), (True, notes)):
        film = Film(sound=sound)
        for _ in range(3):
            film.capture.noted(notes)
        (told,) = film.of(channel.NOTES)
        assert [note.said for note in channel.unpack_notes(bytearray(told))] == wanted
        film.capture.noted([])
        assert len(film.of(channel.NOTES)) == 2, "none any more is news, too"


def _gop(film: Film, apart_seconds: float, *, between: bool = True, times: int = 3) -> None:
    for number in range(times):
        for key in (True, False) if between else (True,):
            film.capture.feed(Packet(0, os.urandom(50), number * 1000, number * 1000, 100, key), film.clock.wall)
        film.clock.advance(apart_seconds)


def test_key_frames_far_apart_are_noted_once_for_a_connection_beside_what_the_source_notes() -> None:
    film = Film()
    film.give()
    film.capture.noted([coded("camera-note-udp")])
    film.describe()
    _gop(film, 10.0)
    assert len(film.of(channel.NOTES)) == 1, "ten seconds are taken"
    _gop(film, 12.4)
    film.capture.noted([coded("camera-note-udp")])
    _gop(film, 20.0)
    _, told = film.of(channel.NOTES)
    wanted = [coded("camera-note-udp"), coded("camera-note-gop", seconds="12")]
    assert [note.said for note in channel.unpack_notes(bytearray(told))] == wanted


def test_pictures_that_are_all_key_frames_are_not_noted_however_far_apart() -> None:
    film = Film()
    film.give()
    film.describe()
    _gop(film, 15.0, between=False)
    assert not film.of(channel.NOTES)
