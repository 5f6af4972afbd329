"""Films of bright, restless noise in which a rectangle, for some pictures, holds a secret: of two that differ in it
alone, what was covered must come out the same to the bit. Encoded without loss, so that no secret shows beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np

from appliance.api import Packet, Stream, Streams
from tests.sandbox.films import FPS, TICKS, VIDEO_BASE, Film

__all__ = ["DARK", "LEAST", "Picture", "Secret", "twin"]

LEAST = 150
"""The darkest of the noise; what is painted over is far below."""

DARK = 90
"""What a covered pixel is at most: black, and what an encoder smears into it from beside."""

_ROTATED = b"\0\0\0\1\x06\x2f\x03\x08\0\x09\x80"
"""SEI of H.264 that says: shown turned by 90 degrees (§D.2.27)."""


class Secret(NamedTuple):
    """``rectangle``: left, top, right, bottom in permille; of the pictures ``first`` to ``last``, not included."""

    rectangle: tuple[int, int, int, int]
    first: int
    last: int
    seed: int


class Picture(NamedTuple):
    """How pictures are made. ``shape``: of a pixel."""

    codec: str = "h264"
    pixels: str = "yuv420p"
    shape: Fraction | None = None
    b_frames: int = 0
    interlaced: bool = False
    rotated: bool = False
    gop: int = FPS


def twin(sizes: Sequence[tuple[int, int]], picture: Picture, secret: Secret) -> Film:
    """A picture for each of ``sizes``, at FPS; where the size changes, another encoder begins."""
    packets: list[Packet] = []
    encoder: Any = None
    for number, size in enumerate(sizes):
        if encoder is None or (encoder.width, encoder.height) != size:
            packets += _packets(encoder.encode(None), picture) if encoder else []
            encoder = _encoder(size, picture)
        form = "gray10le" if "10" in picture.pixels else "gray"
        grey = _drawn(number, size, secret).astype(np.uint16 if form == "gray10le" else np.uint8)
        frame = av.VideoFrame.from_ndarray(grey << 2 if form == "gray10le" else grey, format=form)
        frame = frame.reformat(format=picture.pixels)
        frame.pts, frame.time_base, frame.pict_type = number * TICKS, Fraction(*VIDEO_BASE), 0
        packets += _packets(encoder.encode(frame), picture)
    packets += _packets(encoder.encode(None), picture)
    stream = Stream(0, "video", picture.codec, VIDEO_BASE, b"", *sizes[0])
    return Film(Streams((stream,)), tuple(packets))


def _encoder(size: tuple[int, int], picture: Picture) -> Any:
    name = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg"}[picture.codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = picture.pixels
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(*VIDEO_BASE), Fraction(FPS), 1
    encoder.gop_size, encoder.max_b_frames = picture.gop, picture.b_frames
    if picture.shape:
        encoder.sample_aspect_ratio = picture.shape
    if picture.codec == "h264":
        params = f"annexb=1:repeat-headers=1:scenecut=0:qp=0:keyint={picture.gop}:bframes={picture.b_frames}"
        params += ":tff=1" if picture.interlaced else ""
        encoder.options = {"preset": "superfast", "x264-params": params}
    elif picture.codec == "hevc":
        params = f"log-level=none:repeat-headers=1:pools=none:frame-threads=1:keyint={picture.gop}"
        encoder.options = {"preset": "ultrafast", "x265-params": f"{params}:bframes={picture.b_frames}:lossless=1"}
    else:
        encoder.options = {"qmin": "1", "qmax": "1"}
    return encoder


def _packets(encoded: Any, picture: Picture) -> list[Packet]:
    turned = _ROTATED if picture.rotated else b""
    return [
        Packet(
            0, (turned if each.is_keyframe else b"") + bytes(each), each.pts, each.dts, TICKS, bool(each.is_keyframe)
        )
        for each in encoded
    ]


def _drawn(number: int, size: tuple[int, int], secret: Secret) -> np.ndarray[Any, np.dtype[Any]]:
    width, height = size
    grey = _noise(number, width, height)
    if secret.first <= number < secret.last:
        left, top, right, bottom = secret.rectangle
        rows = slice(-(-top * height // 16000) * 16, bottom * height // 16000 * 16)
        columns = slice(-(-left * width // 16000) * 16, right * width // 16000 * 16)
        grey[rows, columns] = _noise(1_000_000 * secret.seed + number, width, height)[rows, columns]
    return grey


def _noise(seed: int, width: int, height: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """In squares of four pixels."""
    some = np.random.default_rng(seed).integers(LEAST, 235, (-(-height // 4), -(-width // 4)), np.uint8)
    return np.repeat(np.repeat(some, 4, 0), 4, 1)[:height, :width].copy()
