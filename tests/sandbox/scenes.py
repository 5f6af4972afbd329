"""Films of a room as a camera sees it: a bag is taken, somebody passes a door, a lamp goes on; and a sensor's noise."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from appliance.api import Packet, Stream, Streams
from tests.sandbox.films import VIDEO_BASE, Film

__all__ = ["BAG", "DOOR", "GOP_SECONDS", "SCENE_FPS", "room"]

SCENE_FPS, GOP_SECONDS = 5, 2
WIDTH, HEIGHT = 320, 180
TICKS = VIDEO_BASE[1] // SCENE_FPS
BAG = {"left": 600, "top": 600, "right": 760, "bottom": 860}
"""A region drawn around the bag, in permille; the bag lies in the middle of it."""
DOOR = {"left": 80, "top": 200, "right": 300, "bottom": 900}

_Picture = NDArray[np.float64]


@lru_cache(maxsize=16)
def room(
    seconds: int,
    *,
    gone: float | None = None,
    passes: tuple[tuple[float, float], ...] = (),
    lamp: float | None = None,
) -> Film:
    """So many seconds of it. ``gone``: when the bag is taken; ``passes``: when somebody stands in the door; ``lamp``:
    when it becomes lighter everywhere."""
    noise = np.random.default_rng(7)
    walls = np.kron(noise.integers(60, 150, (HEIGHT // 6, WIDTH // 8)), np.ones((6, 8)))

    def drawn(at: float) -> _Picture:
        picture = walls.copy()
        if gone is None or at < gone:
            picture[HEIGHT * 66 // 100 : HEIGHT * 80 // 100, WIDTH * 64 // 100 : WIDTH * 72 // 100] = 20
        if any(begin <= at < end for begin, end in passes):
            left = int(WIDTH * (0.10 + 0.04 * (at % 3)))
            picture[HEIGHT * 30 // 100 : HEIGHT * 85 // 100, left : left + WIDTH // 16] = 215
        if lamp is not None and at >= lamp:
            picture += 30
        return picture + noise.normal(0, 3, picture.shape)

    return _film(seconds, drawn)


def _film(seconds: int, drawn: Callable[[float], _Picture]) -> Film:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(*VIDEO_BASE), Fraction(SCENE_FPS), 1
    keys = SCENE_FPS * GOP_SECONDS
    params = f"scenecut=0:annexb=1:repeat-headers=1:keyint={keys}:min-keyint={keys}:bframes=0"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": params}
    packets = []
    for index in range(seconds * SCENE_FPS):
        grey = np.clip(drawn(index / SCENE_FPS), 0, 255).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
        frame.pts, frame.pict_type, frame.time_base = index * TICKS, 0, Fraction(*VIDEO_BASE)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    stream = Stream(0, "video", "h264", VIDEO_BASE, b"", WIDTH, HEIGHT)
    return Film(
        Streams((stream,)), tuple(Packet(0, bytes(p), p.pts, p.dts, TICKS, bool(p.is_keyframe)) for p in packets)
    )
