"""What nobody may see is painted over before a picture is encoded (``T-26``). Needs libav.

The decoder's own picture is never touched: those that follow are made from it. A copy of it is painted over before
anything else is done with it, since each conversion and enlargement mixes a pixel with those beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np

from appliance.sandbox.protocol import CoveredArea

__all__ = ["covered"]

_BLACK = (16, 128, 128)
_WHOLE = 1000


def covered(frame: Any, areas: Sequence[CoveredArea]) -> Any:
    """The ``av.VideoFrame`` as ``yuv420p`` of the same size (even), black where one of ``areas`` lies, out to whole
    pixels of its colour; it bears no time. Without areas the frame itself."""
    if not areas:
        return frame
    width, height = max(2, frame.width & ~1), max(2, frame.height & ~1)
    packed = _painted(frame, areas).reformat(width=width, height=height, format="yuv420p")
    for plane, level in zip(packed.planes, _BLACK, strict=True):
        rows_of = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)
        step = height // plane.height
        for area in areas:
            rows = _out(area.top, area.bottom, height, step)
            columns = _out(area.left, area.right, width, step)
            rows_of[rows, columns] = level
    packed.pts = None
    return packed


def _painted(frame: Any, areas: Sequence[CoveredArea]) -> Any:
    """A copy of the picture in its own pixel format, without anything of what lies in ``areas``."""
    if len(frame.planes) != len(frame.format.components):  # several in one plane: RGB, or of a palette
        frame = frame.reformat(format="yuv444p")
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    copy.color_range, copy.colorspace = frame.color_range, frame.colorspace
    for component in frame.format.components:
        wide = component.bits > 8
        source, plane = (
            np.frombuffer(each.planes[component.plane], np.uint16 if wide else np.uint8).reshape(
                each.planes[component.plane].height, -1
            )
            for each in (frame, copy)
        )
        size = frame.planes[component.plane]
        plane[:, : size.width] = source[:, : size.width]
        middle = 0 if frame.format.is_rgb else _BLACK[0 if component.is_luma else 1]
        for area in areas:
            rows = _whole(area.top, area.bottom, frame.height, size.height)
            columns = _whole(area.left, area.right, frame.width, size.width)
            plane[rows, columns] = middle << component.bits - 8
    return copy


def _whole(first: int, last: int, size: int, samples: int) -> slice:
    """Of a row of ``samples`` for ``size`` pixels: every one that has a part in [first, last) permille."""
    step = -(-size // samples)
    return slice(first * size // _WHOLE // step, -(-last * size // (_WHOLE * step)))


def _out(first: int, last: int, size: int, step: int) -> slice:
    """Of a row of samples, one for ``step`` pixels of ``size``: those of [first, last) permille, out to two pixels."""
    begin, end = first * size // _WHOLE // 2 * 2, -(-last * size // (2 * _WHOLE)) * 2
    return slice(begin // step, min(end, size) // step)
