"""Where the pixels of a region differ between key frames: for the search in granted minutes. Blocking; needs libav.

A difference of pixels and nothing else: nothing is recognised, classified or followed (``D-30``). Of each picture a
coarse print of the region is kept, some kilobytes, as long as the child lives. What is covered is painted over before
the print is taken and compared with nothing, so that no search finds what lies under a mask (``T-26``).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any, NamedTuple

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from appliance.api import Stream
from appliance.core.errors import Unavailable
from appliance.sandbox.covering import covered
from appliance.sandbox.decoders import decoder_for
from appliance.sandbox.protocol import Compared, CoveredArea, SearchKey, SearchOrder

__all__ = ["MOST_KEYS", "ChangeFinder"]

MOST_KEYS = 20_000
"""So many pictures are kept at most: some 80 MB of prints."""

_CELLS = 32
"""The region is compared in so many cells each way, each the mean of its pixels, which averages the sensor's noise
away."""
_CELL_PIXELS = 6
"""No cell is narrower or lower than this in the first picture: a few pixels' mean is as restless as they are."""
_SAMPLES = 8
"""Of a large cell every nth pixel is read, about so many each way."""
_LIGHT, _COLOUR = 12, 8
"""A cell has changed where its mean differs by more than this, of 255."""
_ONE_IN = 400
"""The region has changed where one cell in so many has, and at least one."""
_SCENE = (18, 32)
"""Rows and columns in which the whole picture is compared, to know by how much all of it became lighter or darker."""
_MARGIN_PERMILLE = 8
"""A mask is painted out to whole pairs of pixels; cells this near to it are compared with nothing."""
_WHOLE = 1000
_QUICKLY = {"skip_loop_filter": "all"}
"""The decoder leaves the edges of coded blocks unsmoothed: in the mean of a cell they do not show, and a 1080p key
frame of 120 kB takes 12.4 ms instead of 14.1."""
_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})

_Cells = NDArray[np.float32]
_Mask = NDArray[np.bool_]


class _Print(NamedTuple):
    """Of one picture: light and two colours by cell of the region, and light by cell of the whole; which of these cells
    nothing lies over."""

    region: _Cells
    region_seen: _Mask
    scene: _Cells
    scene_seen: _Mask


class ChangeFinder:
    """Takes key frames in any order and compares each with its neighbours in time."""

    def __init__(self, order: SearchOrder) -> None:
        self._region = order
        self._grid: tuple[int, int] | None = None
        self._times: list[int] = []
        self._prints: dict[int, _Print] = {}

    def add(self, key: SearchKey, data: bytes) -> Compared:
        """Raises Unavailable after :data:`MOST_KEYS`."""
        if len(self._times) >= MOST_KEYS:
            raise Unavailable.of("search-keys", most=MOST_KEYS)
        frame = _frame(key.stream, data)
        if frame is None:
            return Compared()
        if key.at_ns not in self._prints:
            insort(self._times, key.at_ns)
        self._prints[key.at_ns] = self._print(covered(frame, key.covered), key.covered)
        at = bisect_left(self._times, key.at_ns)
        before = self._times[at - 1] if at else None
        after = self._times[at + 1] if at + 1 < len(self._times) else None
        return Compared(
            seen=True,
            before=None if before is None else self.differ(before, key.at_ns),
            after=None if after is None else self.differ(key.at_ns, after),
        )

    def differ(self, first_ns: int, last_ns: int) -> bool:
        """Whether the region of two pictures differs; False where one was not looked at."""
        first, last = self._prints.get(first_ns), self._prints.get(last_ns)
        return first is not None and last is not None and _differ(first, last)

    def _print(self, frame: Any, areas: Sequence[CoveredArea]) -> _Print:
        if frame.format.name not in _PLANAR:
            frame = frame.reformat(format="yuv420p")
        planes = [
            np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            for plane in frame.planes[:3]
        ]
        if self._grid is None:  # pictures of another size later on are compared by the same cells
            self._grid = _grid(planes[0], self._region)
        whole = SearchOrder(left=0, top=0, right=_WHOLE, bottom=_WHOLE)
        return _Print(
            np.stack([_means(plane, self._region, *self._grid) for plane in planes]),
            _seen(self._region, *self._grid, areas),
            _means(planes[0], whole, *_SCENE),
            _seen(whole, *_SCENE, areas),
        )


def _frame(stream: Stream, data: bytes) -> Any:
    """A key frame; None where it does not decode."""
    try:
        decoder = decoder_for(stream)
        decoder.options = _QUICKLY
        return next(iter([*decoder.decode(av.Packet(data)), *decoder.decode(None)]), None)
    except (FFmpegError, ValueError):
        return None


def _grid(plane: NDArray[np.uint8], place: SearchOrder) -> tuple[int, int]:
    """Rows and columns of cells for a rectangle of a plane."""
    rows, columns = _part(plane, place).shape
    return max(1, min(_CELLS, rows // _CELL_PIXELS)), max(1, min(_CELLS, columns // _CELL_PIXELS))


def _means(plane: NDArray[np.uint8], place: SearchOrder, rows: int, columns: int) -> _Cells:
    """The mean of each cell of a rectangle of a plane."""
    part = _part(plane, place)
    part = part[:: max(1, part.shape[0] // (rows * _SAMPLES)), :: max(1, part.shape[1] // (columns * _SAMPLES))]
    down = np.linspace(0, part.shape[0], rows + 1).astype(int)
    across = np.linspace(0, part.shape[1], columns + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(part.astype(np.uint32), down[:-1], 0), across[:-1], 1)
    counts = np.outer(np.maximum(1, np.diff(down)), np.maximum(1, np.diff(across)))
    means: _Cells = (sums / counts).astype(np.float32)
    return means


def _part(plane: NDArray[np.uint8], place: SearchOrder) -> NDArray[np.uint8]:
    high, wide = plane.shape
    return plane[_out(place.top, place.bottom, high), _out(place.left, place.right, wide)]


def _out(first: int, last: int, size: int) -> slice:
    """[first, last) permille of so many pixels, out to whole ones; at least one."""
    begin = min(first * size // _WHOLE, size - 1)
    return slice(begin, max(begin + 1, -(-last * size // _WHOLE)))


def _seen(place: SearchOrder, rows: int, columns: int, areas: Sequence[CoveredArea]) -> _Mask:
    """The cells that no area lies over or beside."""
    seen: _Mask = np.ones((rows, columns), np.bool_)
    down = np.linspace(place.top, place.bottom, rows + 1)
    across = np.linspace(place.left, place.right, columns + 1)
    for area in areas:
        high = (down[1:] > area.top - _MARGIN_PERMILLE) & (down[:-1] < area.bottom + _MARGIN_PERMILLE)
        wide = (across[1:] > area.left - _MARGIN_PERMILLE) & (across[:-1] < area.right + _MARGIN_PERMILLE)
        seen &= ~np.outer(high, wide)
    return seen


def _differ(first: _Print, last: _Print) -> bool:
    """By the cells that nothing lies over in either. What all of the picture has become lighter or darker by, as of a
    lamp or a cloud, is no change of the region."""
    seen = first.region_seen & last.region_seen
    count = int(seen.sum())
    if not count:
        return False
    scene = (last.scene - first.scene)[first.scene_seen & last.scene_seen]
    shift = float(np.median(scene)) if scene.size else 0.0
    apart = np.abs(last.region - first.region - np.array([shift, 0, 0], np.float32)[:, None, None])
    changed = (apart[0] > _LIGHT) | (apart[1] > _COLOUR) | (apart[2] > _COLOUR)
    return int((changed & seen).sum()) >= max(1, count // _ONE_IN)
