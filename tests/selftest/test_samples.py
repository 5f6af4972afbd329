"""What is taken for a look: from a key frame on, two seconds, nothing that is not approved, and never for ever."""

from __future__ import annotations

import pytest

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.core.errors import Broken
from appliance.selftest.samples import FOLLOWING, MAX_TAKEN_BYTES, Taken, Tap, decode_taken

S = 1_000_000_000
VIDEO = Stream(0, "video", "h264", (1, 1000))
SOUND = Stream(1, "audio", "pcm_alaw", (1, 8000), sample_rate=8000, channels=1)
BOTH = Streams((VIDEO, SOUND))


def _picture(number: int, size: int = 50, *, corrupt: bool = False) -> Packet:
    return Packet(0, bytes(size), number * 100, number * 100, 100, number % 10 == 0, corrupt)


def _sound(number: int) -> Packet:
    return Packet(1, bytes(20), number * 800, number * 800, 800, True)


def _rolled(tap: Tap, first: int, last: int, size: int = 50) -> Taken | None:
    """Ten pictures and ten packets of sound a second, until the tap gives something."""
    for number in range(first, last):
        for packet in (_picture(number, size), _sound(number)):
            taken = tap.feed(packet, number * S // 10)
            if taken is not None:
                return decode_taken(taken)
    return None


def test_nothing_is_given_that_was_not_asked_for() -> None:
    tap = Tap(sound=True)
    tap.describe(BOTH)
    assert _rolled(tap, 0, 100) is None


def test_it_begins_with_a_key_frame_and_has_two_seconds() -> None:
    tap = Tap(sound=True)
    tap.describe(BOTH)
    tap.ask(whole=False, now_ns=3 * S // 10)
    taken = _rolled(tap, 3, 100)
    assert taken is not None
    pictures, sounds = taken.of(taken.video), taken.of(taken.audio)
    assert pictures[0].is_key
    assert pictures[0].arrival_ns == S
    assert len(pictures) == len(sounds) == 20
    assert [bool(packet.data) for packet in pictures] == [True] + [False] * 19, "the others only count"
    assert all(packet.data for packet in sounds)
    assert pictures[3].stamp_ns == 1_300_000_000
    assert _rolled(tap, 40, 100) is None, "once"


def test_the_pictures_that_follow_come_where_they_are_wanted() -> None:
    tap = Tap(sound=False)
    tap.describe(Streams((VIDEO,)))
    tap.ask(whole=True, now_ns=0)
    taken = _rolled(tap, 0, 100)
    assert taken is not None
    assert sum(bool(packet.data) for packet in taken.packets) == 1 + FOLLOWING


def test_d_16_sound_that_is_not_approved_is_told_of_and_none_of_it_taken() -> None:
    tap = Tap(sound=False)
    tap.describe(BOTH)
    tap.ask(whole=True, now_ns=0)
    taken = _rolled(tap, 0, 100)
    assert taken is not None
    assert taken.unapproved_sound
    assert taken.audio is None
    assert {packet.stream for packet in taken.packets} == {0}


def test_a_camera_without_key_frames_gives_an_empty_look_in_the_end() -> None:
    tap = Tap(sound=False)
    tap.describe(Streams((VIDEO,)))
    tap.ask(whole=False, now_ns=0)
    given = [tap.feed(_picture(1), second * S) for second in range(1, 13)]
    assert given[:11] == [None] * 11
    assert decode_taken(given[11] or b"").packets == ()


def test_a_clock_that_is_set_meanwhile_ends_it() -> None:
    tap = Tap(sound=False)
    tap.describe(Streams((VIDEO,)))
    tap.ask(whole=False, now_ns=50 * S)
    assert tap.feed(_picture(0), 50 * S) is None
    assert tap.feed(_picture(1), 20 * S) is not None


def test_a_new_description_begins_it_anew() -> None:
    tap = Tap(sound=True)
    tap.describe(BOTH)
    tap.ask(whole=False, now_ns=0)
    assert _rolled(tap, 0, 15) is None
    tap.describe(Streams((VIDEO._replace(width=64), SOUND)))
    taken = _rolled(tap, 15, 100)
    assert taken is not None
    assert taken.of(taken.video)[0].arrival_ns == 2 * S
    assert taken.streams.streams[0].width == 64


def test_it_never_is_longer_than_the_channel_takes() -> None:
    tap = Tap(sound=True)
    tap.describe(BOTH)
    tap.ask(whole=True, now_ns=0)
    size = MAX_TAKEN_BYTES // 3
    given = None
    for number in range(40):
        given = given or tap.feed(_picture(number, size), number * S // 10)
    assert given is not None
    assert len(given) <= MAX_TAKEN_BYTES
    assert sum(bool(packet.data) for packet in decode_taken(given).packets) == 2


def test_times_that_cannot_be_are_none() -> None:
    tap = Tap(sound=False)
    tap.describe(Streams((VIDEO._replace(time_base=((1 << 32) - 1, 1)),)))
    tap.ask(whole=False, now_ns=0)
    tap.feed(_picture(0)._replace(pts=1 << 62), 0)
    tap.feed(_picture(1)._replace(pts=NO_PTS, dts=NO_PTS), S)
    taken = decode_taken(tap.feed(_picture(2), 3 * S) or b"")
    assert [packet.stamp_ns for packet in taken.packets] == [None, None]


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x80", b"\x81\xa1x\x01"])
def test_what_is_no_look_is_broken(body: bytes) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        decode_taken(body)
