"""NAL units and picture sizes: against what ffmpeg makes, and against bytes that nobody should send."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api.nal import START_CODE, begins_decoding, length_size, parameter_sets, picture_size, split_nals

ENCODERS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"],
}
CASES = [
    ("h264", 320, 180, "yuv420p", []),
    ("h264", 1918, 1078, "yuv420p", ["-profile:v", "high"]),
    ("h264", 322, 242, "yuv422p", []),
    ("h264", 321, 241, "yuv444p", []),
    ("h264", 640, 360, "yuv420p", ["-x264-params", "cqm=jvt"]),
    ("h264", 720, 480, "yuv420p", ["-flags", "+ildct+ilme"]),
    ("h264", 640, 272, "gray", []),
    ("hevc", 322, 182, "yuv420p", []),
    ("hevc", 400, 226, "yuv444p", []),
    ("hevc", 1282, 722, "yuv420p10le", []),
    ("hevc", 324, 242, "yuv422p", []),
]  # fmt: skip


def _encoded(codec: str, width: int, height: int, pixels: str, more: list[str], form: str = "") -> bytes:
    source = ["-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate=5:duration=0.4"]
    scale = ["-vf", f"format={pixels},scale={width}:{height}"]
    output = [*scale, "-pix_fmt", pixels, *ENCODERS[codec], *more, "-f", form or codec]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *output, "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


@pytest.mark.rtsp
@pytest.mark.parametrize(("codec", "width", "height", "pixels", "more"), CASES)
def test_the_size_is_the_pictures(codec: str, width: int, height: int, pixels: str, more: list[str]) -> None:
    stream = _encoded(codec, width, height, pixels, more)
    sets = parameter_sets(codec, stream)
    assert picture_size(codec, stream) == (width, height)
    assert picture_size(codec, sets) == (width, height)
    assert stream.startswith(sets) or START_CODE + next(split_nals(stream)) == sets[: len(next(split_nals(stream))) + 4]


@pytest.mark.rtsp
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_record_of_mp4s_form_says_the_same(codec: str) -> None:
    av = pytest.importorskip("av")
    import io

    container = av.open(io.BytesIO(_encoded(codec, 322, 182, "yuv420p", [], "matroska")))
    record = bytes(container.streams.video[0].codec_context.extradata)
    packet = next(bytes(packet) for packet in container.demux(video=0) if packet.is_keyframe)
    size = length_size(codec, record)
    assert size == 4
    assert picture_size(codec, record) == (322, 182)
    units = list(split_nals(packet, size))
    assert b"".join(len(unit).to_bytes(4, "big") + unit for unit in units) == packet


def test_the_size_of_a_jpeg() -> None:
    header = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xfe\x00\x05xyz"
    frame = b"\xff\xc0\x00\x11\x08" + (240).to_bytes(2, "big") + (322).to_bytes(2, "big") + bytes(10)
    assert picture_size("mjpeg", header + frame) == (322, 240)
    assert picture_size("mjpeg", header) == (0, 0)


def test_units_are_split_at_both_start_codes_and_trailing_zeros_are_not_theirs() -> None:
    stream = b"\x00\x00\x00\x01\x67abc\x00\x00\x01\x68de\x00\x00\x00\x01\x65\x00\x00\x03\x01f"
    assert list(split_nals(stream)) == [b"\x67abc", b"\x68de", b"\x65\x00\x00\x03\x01f"]
    assert parameter_sets("h264", stream) == START_CODE + b"\x67abc" + START_CODE + b"\x68de"


def test_parameter_sets_end_at_the_first_picture() -> None:
    later = START_CODE + b"\x65picture" + START_CODE + b"\x67too late"
    assert parameter_sets("h264", START_CODE + b"\x67a" + later) == START_CODE + b"\x67a"
    assert parameter_sets("mjpeg", later) == b""


@given(st.sampled_from(["h264", "hevc", "mjpeg", "aac"]), st.binary(max_size=400), st.integers(0, 4))
def test_no_bytes_make_it_fail(codec: str, noise: bytes, length_bytes: int) -> None:
    for data in (noise, START_CODE + b"\x67" + noise, START_CODE + b"\x42\x01" + noise, b"\x01" + noise):
        width, height = picture_size(codec, data)
        assert (width > 0) == (height > 0)
        assert length_size(codec, data) in range(5)
        assert len(parameter_sets(codec, data, length_bytes)) <= len(data) * 2 + 4
        assert sum(len(unit) for unit in split_nals(data, length_bytes)) <= len(data)


@given(st.lists(st.binary(min_size=1, max_size=50)), st.integers(1, 4))
def test_lengths_are_undone(units: list[bytes], size: int) -> None:
    packed = b"".join(len(unit).to_bytes(size, "big") + unit for unit in units)
    assert list(split_nals(packed, size)) == units


def test_a_decoder_begins_with_both_kinds_of_parameter_sets_and_not_with_one() -> None:
    for codec, sequence, picture in (("h264", b"\x67s", b"\x68p"), ("hevc", b"\x42\x01s", b"\x44\x01p")):
        assert begins_decoding(codec, START_CODE + sequence + START_CODE + picture)
        for sets in (b"", START_CODE + sequence, START_CODE + picture, sequence + picture):
            assert not begins_decoding(codec, sets)
