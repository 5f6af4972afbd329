"""Where on a picture six glyphs stand as ``dd:dd:dd``, and these glyphs, whatever their face. Pure.

Letters are thin: they are found by how far they stand out, lighter or darker, from what is around them within the
breadth of a stroke, or by being nearly white or black. A camera that writes black before white and white before
black, letter by letter, is read, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["HIGH", "WIDE", "Glyph", "Place", "Rows", "unit"]

Glyph = NDArray[np.float32]
"""Without its mean, of length one: the likeness of two is their product."""

_LIGHT, _HALF_LIGHT = 195, 128
_LEAST_CONTRAST, _OF_STRONGEST = 24, 0.45
_LEAST_HEIGHT, _MOST_LETTERS = 8, 2500
HIGH, WIDE, _SOFT = 16, 12, 0.8
"""Of a glyph, row by row."""
_MOST_PLACES, _ALONG = 4, 2
_LEAST_PART = 0.3
"""So high beside its letter is a part of one, higher than the dots of a colon."""

Grey = NDArray[np.uint8]
Boxes = NDArray[np.int32]
"""Left, top, width, height and layer of each."""


class Place(NamedTuple):
    """Where a row stood when it was found first, and the strip of the picture in which it is looked for again."""

    left: int
    top: int
    high: int
    above: int
    below: int
    begin: int
    end: int

    def holds(self, six: Boxes) -> bool:
        """Whether ``six`` (of the whole picture) stand here: as high, in the same line, and no further along it than
        some letters, as a clock goes when the date before it gets longer."""
        return (
            abs(int(six[0, 0]) - self.left) <= _ALONG * self.high
            and abs(int(np.median(six[:, 1])) - self.top) <= max(1, self.high // 4)
            and abs(int(np.median(six[:, 3])) - self.high) <= max(1, self.high // 8)
        )


class Rows:
    """Of one camera: where something stands as a clock does, and what it showed at each look."""

    def __init__(self) -> None:
        self._ways: dict[Place, int] = {}
        self._next_way = 0

    def search(self, luma: Grey) -> None:
        """Looks for more of them in the whole picture, each time in the next of the ways, since each has its cost."""
        way, self._next_way = self._next_way, (self._next_way + 1) % _WAYS
        for six, _ in _rows(luma, way):
            if len(self._ways) < _MOST_PLACES and not any(place.holds(six) for place in self._ways):
                self._ways[_around(six, luma.shape)] = way

    def seen(self, luma: Grey) -> Iterator[tuple[Place, list[Glyph]]]:
        """The six glyphs of each place that is read in this look."""
        for place, usual in list(self._ways.items()):
            strip = luma[place.above : place.below, place.begin : place.end]
            for way in (usual, *(other for other in range(_WAYS) if other != usual)):
                found = [row for row in _rows(strip, way) if place.holds(_moved(row[0], place))]
                if found:
                    self._ways[place] = way
                    yield place, found[0][1]
                    break

    def forget(self, but: Place | None = None) -> None:
        """All places, or all but one."""
        self._ways = {} if but is None else {but: self._ways[but]}


def _around(six: Boxes, shape: tuple[int, ...]) -> Place:
    high = int(np.median(six[:, 3]))
    left, top = int(six[0, 0]), int(np.median(six[:, 1]))
    right = int(six[5, 0] + six[5, 2])
    above, below = max(0, top - high), min(shape[0], top + 2 * high)
    room = (_ALONG + 1) * high
    return Place(left, top, high, above, below, max(0, left - room), min(shape[1], right + room))


def _moved(six: Boxes, place: Place) -> Boxes:
    """From the strip to the whole picture."""
    return six + np.array([place.begin, place.above, 0, 0, 0], np.int32)


# --- finding rows ---


def _layers(luma: Grey, way: int) -> list[tuple[Grey, Grey]]:
    """How far each pixel stands out, and which are letters; of a way one or two: mixed ones have both."""
    thin = max(5, luma.shape[0] // 120 | 1)
    broad = 2 * thin + 1
    return [
        _level(luma, breadth, dark=dark) if plain else _relief(luma, breadth, dark=dark)
        for dark, plain, breadth in (
            ((False, True, broad),), ((False, False, thin),), ((False, False, broad),),
            ((True, True, broad),), ((True, False, thin),), ((True, False, broad),),
            ((False, False, thin), (True, False, thin)), ((False, False, broad), (True, False, broad)),
        )[way]
    ]  # fmt: skip


_WAYS = 8


def _relief(luma: Grey, breadth: int, *, dark: bool) -> tuple[Grey, Grey]:
    contrast = _contrast(luma, breadth, dark=dark)
    strongest = cv2.dilate(contrast, np.ones((15, 15), np.uint8))
    return contrast, ((contrast >= _LEAST_CONTRAST) & (contrast >= _OF_STRONGEST * strongest)).astype(np.uint8)


def _level(luma: Grey, breadth: int, *, dark: bool) -> tuple[Grey, Grey]:
    """Nearly white, or black, and no broader than a stroke."""
    bright = cv2.bitwise_not(luma) if dark else luma
    thin = _contrast(luma, breadth, dark=dark) >= _LEAST_CONTRAST // 2
    half = np.maximum(bright, _HALF_LIGHT) - np.uint8(_HALF_LIGHT)
    return half, ((bright >= _LIGHT) & thin).astype(np.uint8)


def _contrast(luma: Grey, breadth: int, *, dark: bool) -> Grey:
    kind = cv2.MORPH_BLACKHAT if dark else cv2.MORPH_TOPHAT
    return np.asarray(cv2.morphologyEx(luma, kind, np.ones((breadth, breadth), np.uint8)), np.uint8)


def _rows(luma: Grey, way: int) -> list[tuple[Boxes, list[Glyph]]]:
    """What stands as ``dd:dd:dd``, found in one way."""
    if min(luma.shape) < _LEAST_HEIGHT:
        return []
    layers = _layers(luma, way)
    labels, boxes = zip(*(_components(mask) for _, mask in layers), strict=True)
    letters = np.vstack([_letters(each, number, luma.shape[0]) for number, each in enumerate(boxes)])
    if not 6 <= len(letters) <= _MOST_LETTERS:
        return []
    contrasts = [contrast for contrast, _ in layers]
    found = []
    for six in _clocks(letters, contrasts):
        glyphs = []
        for at, letter in enumerate(six):
            layer = int(letter[4])
            whole, parts = _with_parts(six, at, boxes[layer])
            glyphs.append(_glyph(contrasts[layer], labels[layer], parts, whole, six))
        found.append((six[:, :5], glyphs))
    return found


def _with_parts(six: NDArray[np.int32], at: int, stats: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[int]]:
    """The box of a letter that compression broke, as broad as the broadest at most, and the labels of its parts."""
    left, _, wide, high, _, label = (int(each) for each in six[at])
    broadest = int(np.max(six[:, 2]))
    before = int(six[at - 1, 0] + six[at - 1, 2]) if at else 0
    begin = max(before, left + wide - broadest)
    end = min(int(six[at + 1, 0]) if at < 5 else 1 << 30, left + broadest)
    top = int(np.median(six[:, 1]))
    lefts, tops, wides, highs = (stats[:, column] for column in range(4))
    inside = (lefts >= begin) & (lefts + wides <= end) & (tops >= top - 1) & (tops + highs <= top + high + 1)
    parts = [int(each) for each in np.flatnonzero(inside & (highs >= _LEAST_PART * high)) if each]
    parts = [*parts, label] if label not in parts else parts
    first, last = int(np.min(lefts[parts])), int(np.max(lefts[parts] + wides[parts]))
    return np.array([first, six[at, 1], last - first, high, six[at, 4]], np.int32), parts


def _components(mask: Grey) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _letters(stats: NDArray[np.int32], layer: int, picture_high: int) -> NDArray[np.int32]:
    """What may be a letter; the last figure is its label."""
    label = np.arange(len(stats), dtype=np.int32)
    boxes = np.column_stack([stats[:, :4], np.full(len(stats), layer, np.int32), label])[1:]
    wide, high = boxes[:, 2], boxes[:, 3]
    most = picture_high // 2
    return boxes[(high >= _LEAST_HEIGHT) & (high <= most) & (wide <= 1.1 * high) & (wide >= 0.08 * high)]


def _clocks(letters: NDArray[np.int32], contrasts: list[Grey]) -> list[NDArray[np.int32]]:
    """Six letters each that stand as a clock does."""
    letters = letters[np.argsort(letters[:, 0], kind="stable")]
    done = np.zeros(len(letters), bool)
    found: dict[bytes, NDArray[np.int32]] = {}
    for first in range(len(letters)):
        if done[first]:
            continue
        height = letters[first, 3]
        near = max(1, 0.15 * height)
        alike = (np.abs(letters[:, 3] - height) <= 2 * near) & (np.abs(letters[:, 1] - letters[first, 1]) <= near)
        done |= alike & (letters[:, 3] == height)
        line = letters[alike]
        for at in range(len(line) - 5):
            six = line[at : at + 6]
            if _is_clock(six, contrasts):
                found.setdefault(six.tobytes(), six)
    return list(found.values())


def _is_clock(six: NDArray[np.int32], contrasts: list[Grey]) -> bool:
    height = float(np.max(six[:, 3]))
    ends, begins = six[:-1, 0] + six[:-1, 2], six[1:, 0]
    gaps = begins - ends
    if (gaps > 1.3 * height).any() or (gaps[[0, 2, 4]] > 0.8 * height).any() or (gaps < -1).any():
        return False
    middles = six[:, 0] + six[:, 2] / 2
    steps = middles[1:] - middles[:-1]
    if float(np.min(steps[[1, 3]])) < 1.15 * float(np.median(steps[[0, 2, 4]])):
        return False
    top, bottom = int(np.median(six[:, 1])), int(np.median(six[:, 1] + six[:, 3]))
    return all(any(_is_colon(each[top:bottom, ends[at] : begins[at]]) for each in contrasts) for at in (1, 3))


def _is_colon(between: Grey) -> bool:
    """Two dots, one above the other, and nothing at the line's top; neither a dash nor a cross."""
    if between.shape[1] < 2:
        return False
    height = len(between)
    edge = min(height // 8, (between.shape[1] - 2) // 2)  # what letters beside it shed
    between = between[:, edge : between.shape[1] - edge]
    strongest = float(np.max(between))
    if strongest < _LEAST_CONTRAST:
        return False
    down, across = np.nonzero(between >= max(_LEAST_CONTRAST / 2, 0.5 * strongest))
    high, wide = np.ptp(down) + 1, np.ptp(across) + 1
    inside = np.min(down) >= 0.08 * height
    return bool(0.25 * height <= high <= 0.95 * height and inside and wide <= max(3, 0.4 * height))


def _glyph(contrast: Grey, labels: NDArray[np.int32], parts: list[int], box: NDArray[np.int32], six: Boxes) -> Glyph:
    """A glyph in a frame as high as its row and three quarters as broad, about its own middle."""
    left, _, wide, *_ = (int(each) for each in box)
    top, high = int(np.median(six[:, 1])), int(np.median(six[:, 3]))
    rows = slice(max(0, top - 1), min(contrast.shape[0], top + high + 1))
    columns = slice(max(0, left - 1), min(contrast.shape[1], left + wide + 1))
    drawn = np.isin(labels[rows, columns], parts).astype(np.uint8)
    part: NDArray[Any] = contrast[rows, columns].astype(np.float32) * cv2.dilate(drawn, np.ones((3, 3), np.uint8))
    middle = float((part.sum(axis=0) * np.arange(part.shape[1])).sum() / (part.sum() + 1e-6))
    scale = HIGH / (high + 2)
    if scale < 1:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.5 / scale))
    move = np.array(
        [[scale, 0, (WIDE - 1) / 2 - middle * scale], [0, scale, (rows.start - top + 1) * scale]], np.float32
    )
    plain = cv2.GaussianBlur(cv2.warpAffine(part, move, (WIDE, HIGH)), (0, 0), _SOFT).ravel()
    return unit(plain - plain.mean())


def unit(glyph: NDArray[Any]) -> Glyph:
    """Of length one; one that shows nothing stays so."""
    return (glyph / (float(np.linalg.norm(glyph)) + 1e-6)).astype(np.float32)
