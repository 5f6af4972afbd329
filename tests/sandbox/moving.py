"""Films in which something bright moves over a grey ground, and the masks that follow it."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np

from appliance.api import Packet, Stream, Streams
from appliance.core.motion import KeyPosition
from tests.sandbox.films import FPS, TICKS, VIDEO_BASE, Film

__all__ = ["BRIGHT", "GONE", "HEIGHT", "PICTURES", "WIDTH", "followed", "moving", "passed"]

WIDTH, HEIGHT, PICTURES = 320, 180, 40
BRIGHT = 235
GONE = 150
"""Brighter than this is nothing but the object: the ground is 90, and an encoder smears a few steps."""

_GROUND = 90
_SECOND_NS = 1_000_000_000
_ENCODERS = {"h264": ("libx264", "yuv420p"), "hevc": ("libx265", "yuv420p"), "mjpeg": ("mjpeg", "yuvj420p")}
Path = tuple[tuple[float, tuple[int, int, int, int]], ...]
"""Where it is when: seconds of the film, permille of the picture."""

_PATH: Path = (
    (0.0, (20, 50, 180, 350)),
    (0.7, (600, 80, 760, 380)),
    (1.55, (700, 600, 900, 980)),
    (2.9, (100, 500, 200, 700)),
    (4.0, (800, 10, 990, 300)),
)
"""Corner to corner, over more than its own width from one picture to the next."""


def followed(origin_ns: int) -> tuple[KeyPosition, ...]:
    """The positions of a mask that follows it exactly, where the film begins at ``origin_ns``."""
    return tuple(KeyPosition(origin_ns + round(at * _SECOND_NS), *place) for at, place in _PATH)


@lru_cache
def moving(
    codec: str,
    b_frames: int = 0,
    *,
    blurred: bool = False,
    gop: int = 15,
    interlaced: bool = False,
    path: Path = _PATH,
) -> Film:
    """``blurred``: each picture has all that it passes before the next is taken, as with a slow shutter."""
    name, pixels = _ENCODERS[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, pixels
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(*VIDEO_BASE), Fraction(FPS), 1
    encoder.gop_size, encoder.max_b_frames = gop, b_frames
    params = f"repeat-headers=1:scenecut=0:keyint={gop}:bframes={b_frames}"
    if codec == "h264":
        params += ":tff=1" if interlaced else ""
        encoder.options = {"preset": "medium", "crf": "12", "x264-params": f"annexb=1:{params}"}
    elif codec == "hevc":
        params = f"log-level=none:pools=none:frame-threads=1:{params}"
        encoder.options = {"preset": "ultrafast", "crf": "12", "x265-params": params}
    packets = []
    for number in range(PICTURES):
        frame = av.VideoFrame.from_ndarray(_picture(number, blurred, interlaced, path), format="gray").reformat(
            format=pixels
        )
        frame.pts, frame.time_base, frame.pict_type = number * TICKS, Fraction(*VIDEO_BASE), 0
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    made = [Packet(0, bytes(each), each.pts, each.dts, TICKS, bool(each.is_keyframe)) for each in packets]
    return Film(Streams((Stream(0, "video", codec, VIDEO_BASE, b"", WIDTH, HEIGHT),)), tuple(made))


def _picture(number: int, blurred: bool, interlaced: bool, path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    at, grey = number / FPS, np.full((HEIGHT, WIDTH), _GROUND, np.uint8)
    _paint(grey, passed(at, at + 1 / FPS if blurred else at, path))
    if interlaced:
        later = np.full_like(grey, _GROUND)
        _paint(later, passed(at + 0.02, at + 0.02, path))
        grey[1::2] = later[1::2]
    return grey


def passed(first: float, last: float, path: Path = _PATH) -> tuple[float, float, float, float]:
    """All that it passes between two moments of the film, in seconds and permille; not by the product."""
    seen = [_where(at, path) for at in (first, last, *(at for at, _ in path if first < at < last))]
    lefts, tops, rights, bottoms = zip(*seen, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _where(at: float, path: Path) -> tuple[float, ...]:
    moments = [moment for moment, _ in path]
    return tuple(float(np.interp(at, moments, [place[edge] for _, place in path])) for edge in range(4))


def _paint(grey: np.ndarray[Any, np.dtype[np.uint8]], place: tuple[float, float, float, float]) -> None:
    """Every pixel that it covers more than half of, as a lens has it."""
    left, top, right, bottom = place
    rows = slice(round(top * HEIGHT / 1000), round(bottom * HEIGHT / 1000))
    columns = slice(round(left * WIDTH / 1000), round(right * WIDTH / 1000))
    grey[rows, columns] = BRIGHT
