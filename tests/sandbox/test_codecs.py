"""Sample entries and MIME names, held against what libavformat's own muxer writes for the same stream."""

from __future__ import annotations

import io
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Stream
from appliance.core.errors import Unavailable
from appliance.sandbox.codecs import Entry, aac_entry, sound_config, to_sample, video_entry
from tests.sandbox.films import film


def libavs_mp4(codec: str, annex_b: bytes) -> bytes:
    """The stream muxed to MP4 by libavformat."""
    out = io.BytesIO()
    with av.open(io.BytesIO(annex_b), format=codec) as source, av.open(out, "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size:
                packet.stream, packet.pts, packet.dts = stream, number * 3600, number * 3600
                target.mux(packet)
    return out.getvalue()


def body_of(data: bytes, kind: bytes) -> bytes:
    """The body of the first box of that kind, wherever it lies."""
    at = data.index(kind)
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


def entry_of(codec: str, **more: Any) -> tuple[Entry, bytes]:
    made = film(1, codec=codec, **more)
    return video_entry(made.streams.streams[0], made.packets[0].data), b"".join(p.data for p in made.packets)


@pytest.mark.parametrize("more", [{}, {"b_frames": 2}], ids=["baseline", "high"])
def test_avcc_is_the_one_that_libavformat_writes(more: dict[str, Any]) -> None:
    entry, annex_b = entry_of("h264", **more)
    assert body_of(entry.box, b"avcC") == body_of(libavs_mp4("h264", annex_b), b"avcC")
    assert (entry.width, entry.height) == (320, 180)
    assert entry.name == f"avc1.{body_of(entry.box, b'avcC')[1:4].hex()}"


def test_hvcc_agrees_with_libavformats_in_what_a_decoder_needs() -> None:
    """All but the average frame rate and the like, which are unspecified here and may be 0."""
    entry, annex_b = entry_of("hevc")
    ours, theirs = body_of(entry.box, b"hvcC"), body_of(libavs_mp4("hevc", annex_b), b"hvcC")
    assert ours[:13] == theirs[:13], "version, profile, tier, level"
    assert [each & 3 for each in ours[16:17]] == [each & 3 for each in theirs[16:17]], "chroma format"
    assert (ours[17] & 7, ours[18] & 7) == (theirs[17] & 7, theirs[18] & 7), "bits"
    assert ours[21] & 3 == theirs[21] & 3 == 3, "lengths of four bytes"
    assert units(ours) == {kind: found for kind, found in units(theirs).items() if kind in units(ours)}
    assert set(units(ours)) == {32, 33, 34}


def units(hvcc: bytes) -> dict[int, list[bytes]]:
    out: dict[int, list[bytes]] = {}
    at = 23
    for _ in range(hvcc[22]):
        kind, count = hvcc[at] & 63, int.from_bytes(hvcc[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(hvcc[at : at + 2], "big")
            out.setdefault(kind, []).append(hvcc[at + 2 : at + 2 + size])
            at += 2 + size
    assert at == len(hvcc)
    return out


def test_the_name_of_hevc_is_that_of_the_standards_example() -> None:
    """14496-15 annex E.3 has hvc1.1.6.L93.B0 for Main at level 3.1 with these constraints."""
    sps = bytes.fromhex("42 01 01 01 60 00 00 03 00 b0 00 00 03 00 00 03 00 5d a0 02 80 80 2d 16 59 59 a4 93 2b 80")
    entry = video_entry(Stream(0, "video", "hevc", (1, 90_000)), b"\0\0\0\1" + sps)
    assert entry.name == "hvc1.1.6.L93.B0"
    assert (entry.width, entry.height) == (1280, 720)


@pytest.mark.parametrize(
    ("extradata", "packet", "expected"),
    [
        ("1408", "", (2, 16_000, 1)),
        ("1190", "", (2, 48_000, 2)),
        ("2b92", "", (5, 22_050, 2)),
        ("", "fff160400000fc", (2, 16_000, 1)),
        ("", "fff94c80000000", (2, 48_000, 2)),
        ("", "", None),
        ("", "0102030405060708", None),
        ("f8e5", "", None),
        ("14", "", None),
        ("1400", "", None),
        ("1788", "", None),
    ],
)
def test_aac_is_read_from_its_description_or_its_header(
    extradata: str, packet: str, expected: tuple[int, int, int] | None
) -> None:
    found = sound_config(bytes.fromhex(extradata), bytes.fromhex(packet))
    assert (found[:3] if found else None) == expected
    if found:
        entry = aac_entry(found)
        assert entry.name == f"mp4a.40.{found.object_type}"
        assert found.bytes in body_of(entry.box, b"esds")


@given(st.lists(st.binary(min_size=1, max_size=40).map(lambda unit: b"\x41" + unit + b"\x80"), max_size=5))
def test_units_keep_their_bytes_whatever_form_they_come_in(found: list[bytes]) -> None:
    clean = [unit for unit in found if b"\0\0\1" not in unit and b"\0\0\0" not in unit]
    expected = b"".join(len(unit).to_bytes(4, "big") + unit for unit in clean)
    for start in (b"\0\0\1", b"\0\0\0\1"):
        assert to_sample("h264", b"".join(start + unit for unit in clean), 0) == expected
    for size in (1, 2, 4):
        assert to_sample("h264", b"".join(len(unit).to_bytes(size, "big") + unit for unit in clean), size) == expected


@given(st.sampled_from(["h264", "hevc"]), st.binary(max_size=200), st.binary(max_size=200))
def test_no_parameter_sets_are_too_strange_to_refuse(codec: str, extradata: bytes, key: bytes) -> None:
    kind = b"\x67" if codec == "h264" else b"\x42\x01"
    for data in (key, b"\0\0\0\1" + kind + key, b"\0\0\1" + kind + key + b"\0\0\1" + kind + extradata):
        try:
            entry = video_entry(Stream(0, "video", codec, (1, 90_000), extradata), data)
        except Unavailable:
            continue
        assert 0 < entry.width <= 65535
        assert 0 < entry.height <= 65535
        assert int.from_bytes(entry.box[:4], "big") == len(entry.box)
