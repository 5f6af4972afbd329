"""Behind the end of a mask nothing comes back of what lay under it, whatever became of the packets (``T-26``)."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
import pytest

from appliance.api import Packet, Stream, Streams
from appliance.core.errors import Unavailable
from appliance.sandbox.mux import Response
from appliance.sandbox.protocol import CoveredArea, Opening, Sample
from tests.sandbox.films import FPS, TICKS, VIDEO_BASE, Film

COMES, GOES, GOP = 8, 20, 15
"""Somebody stands in the picture from one to the other; a key picture comes every GOP."""

_ENCODERS = {"h264": ("libx264", "yuv420p"), "hevc": ("libx265", "yuv420p"), "mjpeg": ("mjpeg", "yuvj420p")}
_ROWS, _COLUMNS = slice(72, 138), slice(122, 298)
_SECOND_NS = 1_000_000_000
Spoil = Callable[[bytes], bytes | None]


@lru_cache
def someone(codec: str, b_frames: int, *, refresh: bool = False, pictures: int = 40) -> Film:
    """A still scene, bright but for somebody dark, and for something that moves elsewhere."""
    name, pixels = _ENCODERS[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, pixels
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(*VIDEO_BASE), Fraction(FPS), 1
    encoder.gop_size, encoder.max_b_frames = GOP, b_frames
    params = f"repeat-headers=1:scenecut=0:keyint={GOP}:bframes={b_frames}"
    if codec == "h264":
        params += ":intra-refresh=1" if refresh else ""
        encoder.options = {"preset": "medium", "x264-params": f"annexb=1:{params}"}
    elif codec == "hevc":
        params = f"log-level=none:pools=none:frame-threads=1:{params}"
        encoder.options = {"preset": "ultrafast", "x265-params": params}
    scene = np.random.default_rng(5).integers(180, 230, (45, 80), np.uint8).repeat(4, 0).repeat(4, 1)
    packets = []
    for number in range(pictures):
        grey = scene.copy()
        if COMES <= number < GOES:
            grey[70:140, 120:300] = np.where(np.indices((70, 180)).sum(0) // 8 % 2, 65, 50)
        grey[:16, number * 5 : number * 5 + 16] = 120
        frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format=pixels)
        frame.pts, frame.time_base, frame.pict_type = number * TICKS, Fraction(*VIDEO_BASE), 0
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    stream = Stream(0, "video", codec, VIDEO_BASE, b"", 320, 180)
    made = [Packet(0, bytes(each), each.pts, each.dts, TICKS, bool(each.is_keyframe)) for each in packets]
    return Film(Streams((stream,)), tuple(made))


def shown(made: Film, spoil: Spoil, which: int, *, origin_ns: int = 7 * _SECOND_NS) -> dict[int, str]:
    """What of each picture is at the place: black, the scene, or somebody. ``which``: the picture that is spoilt."""
    mask = CoveredArea(
        start_ns=origin_ns + COMES * _SECOND_NS // FPS,
        end_ns=origin_ns + GOES * _SECOND_NS // FPS,
        left=300, top=300, right=1000, bottom=800,
    )  # fmt: skip
    response = Response(Opening(streams=made.streams, origin_ns=origin_ns, covered=(mask,)))
    mp4 = b""
    for each in made.packets:
        data = spoil(each.data) if each.pts == which * TICKS else each.data
        if data is not None:
            at, decoded = (origin_ns + ticks * _SECOND_NS // VIDEO_BASE[1] for ticks in (each.pts, each.dts))
            mp4 += response.push([Sample(0, data, at, decoded, 0, each.is_key)]).data
    return looked_at(mp4 + response.finish().data)


def looked_at(mp4: bytes) -> dict[int, str]:
    """What is at the place in each picture, by its number."""
    found = {}
    with av.open(io.BytesIO(mp4)) as container:
        for frame in container.decode(video=0):
            grey = frame.to_ndarray(format="gray")[_ROWS, _COLUMNS]
            somebody = int(((grey > 36) & (grey < 100)).sum())
            found[round(float(frame.time or 0) * FPS)] = (
                "somebody" if somebody > 300 else "scene" if int(np.median(grey)) > 150 else "black"
            )
    return found


def cut(share: float) -> Spoil:
    return lambda data: data[: max(60, int(len(data) * share))]


def garbled(seed: int) -> Spoil:
    def spoil(data: bytes) -> bytes:
        drawn, bad = random.Random(seed), bytearray(data)
        for _ in range(8):
            bad[drawn.randrange(8, len(bad))] = drawn.randrange(256)
        return bytes(bad)

    return spoil


FILMS = [("h264", 0), ("h264", 3), ("hevc", 0), ("hevc", 3), ("mjpeg", 0)]


@pytest.mark.parametrize(("codec", "b_frames"), FILMS)
def test_where_nothing_is_spoilt_a_mask_ends_with_its_time(codec: str, b_frames: int) -> None:
    found = shown(someone(codec, b_frames), lambda data: data, 0)
    assert found == {number: "black" if COMES <= number < GOES else "scene" for number in range(40)}


SPOILING: dict[str, Spoil] = {
    "lost": lambda data: None,
    **{f"cut-{share}": cut(share) for share in (0.1, 0.5, 0.9)},
    **{f"garbled-{seed}": garbled(seed) for seed in range(6)},
}
SPOILT = [
    pytest.param(codec, b_frames, spoil, id=f"{codec}-{b_frames}-{name}")
    for codec, b_frames in FILMS
    for name, spoil in SPOILING.items()
    if codec != "hevc" or name == "lost"  # libav's H.265 gives no sign of what is spoilt within a packet
]


@pytest.mark.parametrize(("codec", "b_frames", "spoil"), SPOILT)
@pytest.mark.parametrize("which", [GOES - 2, GOES - 1, GOES, GOES + 1, 15])
def test_T_26_behind_the_end_of_a_mask_nobody_comes_back_where_a_packet_is_spoilt_or_lost(
    codec: str, b_frames: int, spoil: Spoil, which: int
) -> None:
    found = shown(someone(codec, b_frames), spoil, which)
    assert [number for number, what in found.items() if what == "somebody"] == []
    assert {found[number] for number in range(30, 40)} == {"scene"}, "a key picture ends the doubt"
    assert {found.get(number, "black") for number in range(COMES, GOES)} == {"black"}


@pytest.mark.parametrize("which", [GOES - 1, GOES, GOES + 1])
def test_T_26_a_camera_that_refreshes_piece_by_piece_is_believed_once_all_was_refreshed(which: int) -> None:
    made = someone("h264", 0, refresh=True, pictures=60)
    whole = shown(made, lambda data: data, 0)
    assert {number: what for number, what in whole.items() if number >= 15} == {
        number: "black" if number < GOES else "scene" for number in range(15, 60)
    }
    found = shown(made, lambda data: None, which)
    assert "somebody" not in found.values()
    assert {found[number] for number in range(45, 60)} == {"scene"}


def test_a_spoilt_key_picture_ends_no_doubt() -> None:
    """It is made of what was before it; the next one is whole."""
    found = shown(someone("h264", 0), cut(0.3), 30)
    assert {found[number] for number in range(20, 30)} == {"scene"}
    assert "somebody" not in found.values()


def test_nothing_comes_of_a_stretch_whose_only_key_picture_is_lost() -> None:
    made = someone("h264", 0)
    only = Film(made.streams, made.packets[:GOP])
    with pytest.raises(Unavailable):
        shown(only, lambda data: None, 0)
