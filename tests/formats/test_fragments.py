"""Fragments come back bit for bit, and nothing that is not exactly one is taken for one."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.api import AUDIO_CODECS, NO_PTS, VIDEO_CODECS, Packet, Stream, Streams
from appliance.core.errors import CameraLost, Damaged
from appliance.core.model import to_wire
from appliance.formats.fragments import (
    FRAGMENT_HEADER_BYTES,
    MAX_PACKET_BYTES,
    MAX_STREAMS,
    PACKET_HEADER_BYTES,
    Fragment,
    check_streams,
    decode_fragment,
    decode_streams,
    encode_fragment,
    encode_streams,
    media_ns,
    packet_wall_ns,
)
from appliance.formats.segment import MAX_PLAINTEXT_BYTES

I64 = st.integers(-(1 << 63), (1 << 63) - 1)
STAMPS = st.one_of(st.just(NO_PTS), st.just((1 << 63) - 1), I64, st.integers(-1000, 1000))
PACKETS = st.builds(
    Packet,
    stream=st.integers(0, 0xFFFF),
    data=st.binary(max_size=200),
    pts=STAMPS,
    dts=STAMPS,
    duration=I64,
    is_key=st.booleans(),
    is_corrupt=st.booleans(),
)
FRAGMENTS = st.builds(
    Fragment, anchor_wall_ns=I64, anchor_media_ns=I64, packets=st.lists(PACKETS, max_size=40).map(tuple)
)
VIDEO = Stream(0, "video", "h264", (1, 90_000), b"\x00\x01sps", 1920, 1080)
AUDIO = Stream(3, "audio", "pcm_alaw", (1, 8000), b"", 0, 0, 8000, 1)


@given(FRAGMENTS)
def test_a_fragment_comes_back_bit_for_bit(fragment: Fragment) -> None:
    data = encode_fragment(fragment)
    assert decode_fragment(data) == fragment
    assert len(data) == FRAGMENT_HEADER_BYTES + sum(
        PACKET_HEADER_BYTES + len(packet.data) for packet in fragment.packets
    )
    assert encode_fragment(decode_fragment(data)) == data


@given(FRAGMENTS, st.data())
def test_no_other_length_is_taken_for_a_fragment(fragment: Fragment, data: st.DataObject) -> None:
    encoded = encode_fragment(fragment)
    with pytest.raises(Damaged):
        decode_fragment(encoded[: data.draw(st.integers(0, len(encoded) - 1))])
    with pytest.raises(Damaged, match="after its last packet"):
        decode_fragment(encoded + data.draw(st.binary(min_size=1, max_size=50)))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_fragment_or_damage(data: bytes) -> None:
    try:
        fragment = decode_fragment(data)
    except Damaged:
        return
    assert encode_fragment(fragment) == data, "one encoding for each fragment"


def test_a_count_that_cannot_be_true_reserves_nothing() -> None:
    with pytest.raises(Damaged, match="4294967295 packets do not fit"):
        decode_fragment(struct.pack(">qqI", 0, 0, 0xFFFFFFFF) + bytes(100))


def test_bits_that_version_1_does_not_have_are_refused() -> None:
    good = encode_fragment(Fragment(0, 0, (Packet(0, b"x", 0, 0, 0, True),)))
    for at, value in ((FRAGMENT_HEADER_BYTES + 2, 4), (FRAGMENT_HEADER_BYTES + 3, 1)):
        altered = bytearray(good)
        altered[at] = value
        with pytest.raises(Damaged, match="packet 0 of 1 is malformed"):
            decode_fragment(bytes(altered))


@pytest.mark.parametrize(
    "packet",
    [
        Packet(0, b"", 1 << 63, 0, 0, False),
        Packet(0, b"", 0, -(1 << 63) - 1, 0, False),
        Packet(0, b"", 0, 0, 1 << 63, False),
        Packet(1 << 16, b"", 0, 0, 0, False),
        Packet(-1, b"", 0, 0, 0, False),
    ],
)
def test_a_camera_whose_numbers_fit_nowhere_is_lost(packet: Packet) -> None:
    with pytest.raises(CameraLost, match="out of range"):
        encode_fragment(Fragment(0, 0, (packet,)))


def test_a_camera_whose_time_line_left_all_clocks_is_lost() -> None:
    with pytest.raises(CameraLost, match="out of range"):
        encode_fragment(Fragment(0, 1 << 63, ()))


def test_the_largest_packet_fills_a_frame() -> None:
    encoded = encode_fragment(Fragment(0, 0, (Packet(0, bytes(MAX_PACKET_BYTES), 0, 0, 0, True),)))
    assert len(encoded) == MAX_PLAINTEXT_BYTES


def test_a_packet_lies_where_its_stamp_says() -> None:
    fragment = Fragment(1_700_000_000_000_000_000, 5_000_000_000, ())
    base = (1, 90_000)
    assert packet_wall_ns(fragment, Packet(0, b"", 6 * 90_000, 1, 0, False), base) == 1_700_000_001_000_000_000
    assert packet_wall_ns(fragment, Packet(0, b"", NO_PTS, 4 * 90_000, 0, False), base) == 1_699_999_999_000_000_000
    assert packet_wall_ns(fragment, Packet(0, b"", NO_PTS, NO_PTS, 0, False), base) == 1_700_000_000_000_000_000
    assert media_ns(Packet(0, b"", -1, 0, 0, False), base) == -11_112, "rounded down, before zero as well"
    assert media_ns(Packet(0, b"", NO_PTS, NO_PTS, 0, False), base) is None


SIZES = st.integers(0, (1 << 31) - 1)
ONE_VIDEO = st.builds(
    lambda codec, extradata, width, height: Stream(0, "video", codec, (1, 90_000), extradata, width, height),
    st.sampled_from(VIDEO_CODECS),
    st.binary(max_size=100),
    SIZES,
    SIZES,
)
ONE_AUDIO = st.builds(
    lambda codec, rate, channels: Stream(
        0, "audio", codec, (1, 8000), b"\4" if codec.startswith("adpcm_") else b"", 0, 0, rate, channels
    ),
    st.sampled_from(AUDIO_CODECS),
    SIZES,
    SIZES,
)
STREAMS = st.lists(st.one_of(ONE_VIDEO, ONE_AUDIO), min_size=1, max_size=MAX_STREAMS).map(
    lambda some: Streams(tuple(one._replace(number=number * 2) for number, one in enumerate(some)))
)


@given(STREAMS)
def test_a_description_comes_back(streams: Streams) -> None:
    assert decode_streams(encode_streams(streams)) == streams


@settings(max_examples=300)
@given(st.binary(max_size=100))
def test_any_bytes_are_a_description_or_damage(data: bytes) -> None:
    try:
        streams = decode_streams(data)
    except Damaged:
        return
    assert not check_streams(streams)


def test_every_flip_in_a_description_is_a_description_or_damage() -> None:
    encoded = encode_streams(Streams((VIDEO, AUDIO)))
    drawn = random.Random(4)
    for at in range(len(encoded)):
        altered = bytearray(encoded)
        altered[at] = drawn.randrange(256)
        try:
            assert not check_streams(decode_streams(bytes(altered)))
        except Damaged:
            continue


@pytest.mark.parametrize(
    ("streams", "wrong"),
    [
        ((), "0 streams"),
        (tuple(VIDEO._replace(number=number) for number in range(17)), "17 streams"),
        ((VIDEO, AUDIO._replace(number=0)), r"stream numbers \[0, 0\]"),
        ((VIDEO._replace(number=-1),), "stream numbers"),
        ((VIDEO._replace(number=65536),), "stream numbers"),
        ((VIDEO._replace(kind="subtitle"),), "neither video nor audio"),
        ((VIDEO._replace(codec="vp9"),), "codec 'vp9'"),
        ((AUDIO._replace(codec="h264"),), "codec 'h264'"),
        ((VIDEO._replace(time_base=(1, 0)),), r"time base \(1, 0\)"),
        ((VIDEO._replace(time_base=(0, 1)),), "time base"),
        ((VIDEO._replace(time_base=(-1, 90_000)),), "time base"),
        ((VIDEO._replace(time_base=(1, 1 << 32)),), "time base"),
        ((VIDEO._replace(height=-1),), "size, rate"),
        ((AUDIO._replace(channels=1 << 31),), "size, rate"),
        ((VIDEO._replace(extradata=bytes(65537)),), "65537 bytes of extradata"),
        ((VIDEO._replace(kind="audio", codec="adpcm_g726", extradata=b"\6"),), "how many bits a sample has"),
        ((VIDEO._replace(kind="audio", codec="adpcm_g726le"),), "how many bits a sample has"),
    ],
)
def test_a_description_that_cannot_be_is_refused(streams: tuple[Stream, ...], wrong: str) -> None:
    with pytest.raises(Damaged, match=wrong):
        decode_streams(to_wire(Streams(streams)))


def test_words_from_a_camera_are_cut_short() -> None:
    assert len(check_streams(Streams((VIDEO._replace(codec="x" * 10_000),)))) < 100
