"""Payload formats against hand-made packets, and against whatever else a stranger may send."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import NO_PTS, CameraLost, Packet, Stream
from appliance.plugins.sources.rtsp import video_payload
from appliance.plugins.sources.rtsp.rtp import Depacketizer, depacketizer
from appliance.plugins.sources.rtsp.rtp_packets import sender_report
from appliance.plugins.sources.rtsp.sdp import Media

CODE = b"\x00\x00\x00\x01"
VIDEO = {"h264": (1, 90_000), "hevc": (1, 90_000)}
PAYLOAD_TYPE = 96


def _made(codec: str, rate: int = 90_000) -> Depacketizer:
    kind = "video" if codec in VIDEO else "audio"
    return depacketizer(Media(Stream(0, kind, codec, (1, rate), channels=1), "", PAYLOAD_TYPE))


class Sender:
    """Makes RTP packets with a sequence number of their own and feeds them."""

    def __init__(self, codec: str, rate: int = 90_000, sequence: int = 65_530) -> None:
        self.reader = _made(codec, rate)
        self.reader._pictures = 2  # type: ignore[attr-defined]  # it was seen that markers end pictures
        self.sequence = sequence
        self.out: list[Packet] = []

    def send(self, payload: bytes, stamp: int, *, marker: bool = False, head: bytes = b"", first: int = 0x80) -> None:
        packet = struct.pack(">BBHII", first, (0x80 if marker else 0) | PAYLOAD_TYPE, self.sequence, stamp, 7)
        self.feed(packet + head + payload)
        self.sequence = self.sequence + 1 & 0xFFFF

    def feed(self, packet: bytes) -> None:
        data = bytearray(b"????" + packet + b"after")
        self.reader.feed(data, 4, 4 + len(packet), self.out)

    def done(self) -> list[Packet]:
        self.reader.settle(self.out)
        return self.out


def test_single_units_of_one_time_stamp_are_one_picture_whatever_the_marker_says() -> None:
    sender = Sender("h264")
    for unit in (b"\x67sps", b"\x68pps", b"\x65idr"):
        sender.send(unit, 1000, marker=True)
    sender.send(b"\x41next", 4600, marker=True)
    key, following = sender.done()
    assert key.data == CODE + b"\x67sps" + CODE + b"\x68pps" + CODE + b"\x65idr"
    assert (key.is_key, key.pts, key.dts) == (True, 0, 0)
    assert (following.data, following.is_key, following.pts) == (CODE + b"\x41next", False, 3600)


def test_h264_aggregates_and_fragments() -> None:
    sender = Sender("h264")
    sender.send(b"\x78" + b"\x00\x04\x67abc" + b"\x00\x03\x68de", 0)
    sender.send(b"\x7c\x85first ", 0)
    sender.send(b"\x7c\x05middle ", 0)
    sender.send(b"\x7c\x45last", 0, marker=True)
    (packet,) = sender.done()
    assert packet.data == CODE + b"\x67abc" + CODE + b"\x68de" + CODE + b"\x65first middle last"
    assert packet.is_key
    assert not packet.is_corrupt


def test_hevc_aggregates_fragments_and_key_frames() -> None:
    sender = Sender("hevc")
    sender.send(b"\x60\x01" + b"\x00\x03\x40\x01v" + b"\x00\x03\x42\x01s", 0)
    sender.send(b"\x62\x01\x93begin ", 0)
    sender.send(b"\x62\x01\x53end", 0, marker=True)
    sender.send(b"\x02\x01trail", 3000, marker=True)
    key, trail = sender.done()
    assert key.data == CODE + b"\x40\x01v" + CODE + b"\x42\x01s" + CODE + b"\x26\x01begin end"
    assert (key.is_key, trail.is_key) == (True, False)


def test_a_recovery_point_counts_as_a_key_frame() -> None:
    sender = Sender("h264")
    sender.send(b"\x06\x06\x01", 0)
    sender.send(b"\x41slice", 0, marker=True)
    assert sender.done()[0].is_key


def test_aac_frames_are_told_apart_by_their_sizes() -> None:
    sender = Sender("aac", 16_000)
    sizes = struct.pack(">HHH", 32, 3 << 3, 5 << 3)
    sender.send(b"abc" + b"defgh", 1600, marker=True, head=sizes)
    first, second = sender.done()
    assert (first.data, first.pts, first.duration) == (b"abc", 0, 1024)
    assert (second.data, second.pts) == (b"defgh", 1024)


def test_an_aac_frame_over_several_packets_is_put_together() -> None:
    sender = Sender("aac", 16_000)
    head = struct.pack(">HH", 16, 8 << 3)
    sender.send(b"abcd", 0, head=head)
    sender.send(b"efgh", 0, marker=True, head=head)
    sender.send(b"xyz", 1024, marker=True, head=struct.pack(">HH", 16, 3 << 3))
    assert [packet.data for packet in sender.done()] == [b"abcdefgh", b"xyz"]


def test_g711_and_opus_come_as_they_are() -> None:
    sender = Sender("pcm_alaw", 8000)
    sender.send(b"a" * 160, 0)
    sender.send(b"b" * 160, 160)
    assert [(packet.data[:1], packet.pts, packet.duration) for packet in sender.done()] == [
        (b"a", 0, 160), (b"b", 160, 160)
    ]  # fmt: skip
    opus = Sender("opus", 48_000)
    opus.send(b"x", 0)
    opus.send(b"y", 960)
    assert [(packet.pts, packet.duration) for packet in opus.done()] == [(0, 0), (960, 960)]


def test_time_goes_on_when_the_stamp_wraps_and_pictures_out_of_order_have_no_decoding_time() -> None:
    sender = Sender("h264")
    for stamp in (0xFFFFFF00, 0x00000F00, 0x00000800, 0x00001700):
        sender.send(b"\x41\x9cx", stamp & 0xFFFFFFFF, marker=True)  # a B slice
    packets = sender.done()
    assert [packet.pts for packet in packets] == [0, 0x1000, 0x900, 0x1800]
    assert [packet.dts for packet in packets] == [0, 0x1000, NO_PTS, 0x1800]


def test_the_stamp_at_which_play_began_is_zero_unless_it_cannot_be() -> None:
    near, far = Sender("h264"), Sender("h264")
    near.reader.origin, far.reader.origin = 1000, 5_000_000
    for sender in (near, far):
        sender.send(b"\x41x", 1900, marker=True)
    assert (near.done()[0].pts, far.done()[0].pts) == (900, 0)


def test_a_lost_packet_spoils_its_picture_and_no_other() -> None:
    sender = Sender("h264")
    sender.send(b"\x7c\x85begin", 0)
    sender.sequence += 1
    sender.send(b"\x7c\x45end", 0, marker=True)
    sender.send(b"\x41good", 3000, marker=True)
    spoiled, good = sender.done()
    assert (spoiled.is_corrupt, good.is_corrupt) == (True, False)
    assert spoiled.data == CODE + b"\x65begin"


def test_numbers_that_always_jump_say_nothing_of_what_is_lost() -> None:
    """As of a camera that counts picture and sound in one row."""
    sender = Sender("h264", sequence=0)
    for number in range(20):
        for payload, marker in ((b"\x7c\x85\x88begin ", False), (b"\x7c\x05middle ", False), (b"\x7c\x45end", True)):
            sender.send(payload, 3000 * number, marker=marker)
            sender.sequence += 1
    packets = sender.done()
    assert {packet.data for packet in packets[8:]} == {CODE + b"\x65\x88begin middle end"}
    assert not any(packet.is_corrupt for packet in packets[8:])


def test_a_packet_of_padding_alone_has_a_number_and_spoils_nothing() -> None:
    sender = Sender("h264", sequence=0)
    for number in range(10):
        sender.send(b"\x41\x88x", 3000 * number, marker=True)
        sender.feed(b"\xa0\x60" + (sender.sequence & 0xFFFF).to_bytes(2, "big") + bytes(8) + b"\0\0\0\4")
        sender.sequence += 1
    assert not any(packet.is_corrupt for packet in sender.done())


def test_extensions_sources_and_padding_are_no_payload() -> None:
    sender = Sender("pcm_mulaw", 8000)
    sender.send(b"one", 0, first=0x81, head=b"SRC1")
    sender.send(b"two", 3, first=0x90, head=b"\xbe\xde\x00\x01abcd")
    sender.send(b"three\x00\x00\x03", 6, first=0xA0)
    assert [packet.data for packet in sender.done()] == [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80\x60",
        struct.pack(">BBHII", 0x40, 96, 1, 0, 7) + b"version 1",
        struct.pack(">BBHII", 0x80, 97, 1, 0, 7) + b"other type",
        struct.pack(">BBHII", 0x90, 96, 1, 0, 7) + b"ab",
        struct.pack(">BBHII", 0x90, 96, 1, 0, 7) + b"abcd\xff\xffx",
        struct.pack(">BBHII", 0xA0, 96, 1, 0, 7) + b"x\xff",
        struct.pack(">BBHII", 0x8F, 96, 1, 0, 7) + b"x",
    ],
)
def test_packets_that_lie_about_themselves_are_passed_over(packet: bytes) -> None:
    for codec in ("h264", "hevc", "aac", "opus"):
        sender = Sender(codec)
        sender.feed(packet)
        assert sender.done() == []


def test_a_picture_without_an_end_ends_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_payload, "MAX_PICTURE_BYTES", 10_000)
    sender = Sender("h264")
    for _ in range(9):
        sender.send(b"\x41" + bytes(1000), 0)
    with pytest.raises(CameraLost, match="a picture of over"):
        sender.send(b"\x41" + bytes(1000), 0)


@given(
    st.sampled_from(["h264", "hevc", "aac", "pcm_alaw", "opus"]),
    st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 0xFFFFFFFF), st.booleans(), st.integers(0, 255))),
)
def test_no_payload_is_more_than_a_spoiled_picture(codec: str, sent: list[tuple[bytes, int, bool, int]]) -> None:
    sender = Sender(codec, 8000)
    for payload, stamp, marker, first in sent:
        sender.send(payload, stamp, marker=marker, first=first)
        sender.reader.settle(sender.out)
    for packet in sender.done():
        assert packet.data
        assert isinstance(packet.data, bytes)
        assert NO_PTS <= packet.pts < -NO_PTS
    assert sum(len(packet.data) for packet in sender.out) <= sum(len(payload) + 8 for payload, *_ in sent) * 20 + 100


def test_a_sender_report_ties_a_stamp_to_the_cameras_clock() -> None:
    seconds = 2_208_988_800 + 1_700_000_000
    data = struct.pack(">BBHIIII", 0x80, 200, 6, 7, seconds, 1 << 31, 12345) + bytes(8)
    report = sender_report(data)
    assert report is not None
    assert (report.ntp_ns, report.rtp) == (1_700_000_000_500_000_000, 12345)
    assert sender_report(data[:10]) is None
    assert sender_report(b"\x80\xc9" + data[2:]) is None


def test_a_stream_can_be_moved_on_the_time_line() -> None:
    sender = Sender("pcm_alaw", 8000)
    sender.send(b"a", 0)
    sender.reader.shift(500_000_000)
    sender.send(b"b", 100)
    sender.reader.shift(-500_000_000)
    sender.send(b"c", 200)
    assert [(packet.pts, packet.dts) for packet in sender.done()] == [(0, 0), (4100, 4100), (200, NO_PTS)]


def test_l16_lasts_as_long_as_its_samples() -> None:
    sender = Sender("pcm_s16be", 16_000)
    sender.reader = depacketizer(Media(Stream(1, "audio", "pcm_s16be", (1, 16_000), channels=2), "", PAYLOAD_TYPE))
    sender.send(bytes(1280), 0)
    sender.send(bytes(640), 320)
    assert [(packet.pts, packet.duration, len(packet.data)) for packet in sender.done()] == [
        (0, 320, 1280),
        (320, 160, 640),
    ]


@pytest.mark.parametrize(("bits", "samples"), [(2, 640), (3, 426), (4, 320), (5, 256)])
def test_g726_lasts_as_long_as_its_samples(bits: int, samples: int) -> None:
    sender = Sender("pcm_alaw", 8000)
    sound = Stream(1, "audio", "adpcm_g726le", (1, 8000), bytes([bits]), channels=1)
    sender.reader = depacketizer(Media(sound, "", PAYLOAD_TYPE))
    sender.send(bytes(160), 0)
    assert [(packet.duration, len(packet.data)) for packet in sender.done()] == [(samples, 160)]


def test_aac_as_latm_comes_whole_however_it_is_cut() -> None:
    sender = Sender("aac", 16_000)
    sender.reader = depacketizer(Media(Stream(1, "audio", "aac", (1, 16_000), channels=1), "", PAYLOAD_TYPE, latm=True))
    long = bytes(range(256)) * 3
    sender.send(b"\x03one" + b"\x03two", 0, marker=True)
    whole = b"\xff\xff\xff\x03" + long
    sender.send(whole[:400], 2048)
    sender.send(whole[400:], 2048, marker=True)
    sender.send(b"\x09short", 3072, marker=True)
    sender.send(b"\x03end", 4096, marker=True)
    packets = sender.done()
    assert [(packet.pts, packet.data) for packet in packets] == [
        (0, b"one"),
        (1024, b"two"),
        (2048, long),
        (4096, b"end"),
    ]
    assert [packet.is_corrupt for packet in packets] == [False, False, False, True]


# --- the middle of a unit, taken at once ---

_HEADS = {"h264": b"\x7c", "hevc": b"\x62\x01"}


class _Framed(NamedTuple):
    """A packet inside the connection: how it differs from one in the middle of a unit that follows the one before."""

    flags: int = 0x05
    later: int = 0
    on: int = 1
    second: int = PAYLOAD_TYPE
    first: int = 0x80
    channel: int = 0
    body: bytes = b"abc"
    payload: bytes = b""


_ODD = [
    *(_Framed(flags=each) for each in (0x85, 0x45, 0xC5, 0x00)),
    *(_Framed(later=each) for each in (3000, 1, -1)),
    *(_Framed(on=each) for each in (0, 2, -1, 300)),
    *(_Framed(second=each) for each in (PAYLOAD_TYPE | 0x80, 97)),
    *(_Framed(first=each) for each in (0x90, 0xA0, 0x81, 0x00)),
    _Framed(channel=1),
    *(_Framed(body=each) for each in (b"", b"\x00", b"\x00\x00\x01\x65\x88")),
    *(_Framed(payload=each) for each in (b"\x41\x9a", b"\x01\x1a\x1babc", b"\x7c", b"\x62\x01", b"\x1d\x01ab")),
]
_PLAIN, _BEGINS, _ENDS = _Framed(), _Framed(flags=0x85), _Framed(flags=0x45, second=PAYLOAD_TYPE | 0x80)


def _read_framed(codec: str, data: bytearray, fill: int, *, at_once: bool) -> tuple[list[Packet], list[object], int]:
    """What comes of the packets, what the reader is left with, and how far it came by :meth:`Depacketizer.inside`."""
    out: list[Packet] = []
    reader, at, skipped = _made(codec), 0, 0
    reader._pictures = 2  # type: ignore[attr-defined]
    while fill - at >= 4:
        _, channel, length = struct.unpack_from(">BBH", data, at)
        end = at + 4 + length
        if end > fill:
            break
        if channel == 0:
            reader.feed(data, at + 4, end, out)
            if at_once:
                went_on = reader.inside(data, end, fill, 0)
                end, skipped = went_on, skipped + went_on - end
        at = end
    slots = (name for kind in type(reader).__mro__ for name in getattr(kind, "__slots__", ()) if name != "media")
    left = [getattr(reader, name) for name in slots if hasattr(reader, name)]
    return out, left, skipped


def _as_sent(codec: str, packets: Iterable[_Framed]) -> bytearray:
    data, stamp, number = bytearray(), 9000, 65_532
    for each in packets:
        stamp, number = stamp + each.later, number + each.on & 0xFFFF
        payload = each.payload or _HEADS[codec] + bytes((each.flags,)) + each.body
        packet = struct.pack(">BBHII", each.first, each.second, number, stamp, 7) + payload
        data += struct.pack(">BBH", 0x24, each.channel, len(packet)) + packet
    return data


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("odd", _ODD)
def test_what_is_taken_at_once_is_what_comes_of_each_packet_by_itself(codec: str, odd: _Framed) -> None:
    rest = (_BEGINS, _PLAIN, _PLAIN, odd, _PLAIN, _PLAIN, _ENDS, _BEGINS._replace(later=3000), _PLAIN)
    for packets in (rest, [odd, *rest], [*rest[:3], odd, *rest[3:]]):
        data = _as_sent(codec, packets)
        for cut in range(60):
            at_once = _read_framed(codec, data, len(data) - cut, at_once=True)
            assert at_once[:2] == _read_framed(codec, data, len(data) - cut, at_once=False)[:2]
            assert at_once[2] > 0


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_middle_of_a_unit_is_taken_at_once(codec: str) -> None:
    data = _as_sent(codec, [_BEGINS, *[_PLAIN] * 20, _ENDS])
    assert _read_framed(codec, data, len(data), at_once=True)[2] == len(_as_sent(codec, [_PLAIN] * 20))


def test_a_picture_without_an_end_ends_the_camera_also_where_it_is_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video_payload, "MAX_PICTURE_BYTES", 10_000)
    data = _as_sent("h264", [_BEGINS, *[_Framed(body=bytes(1000))] * 20])
    with pytest.raises(CameraLost, match="a picture of over"):
        _read_framed("h264", data, len(data), at_once=True)
