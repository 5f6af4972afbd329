"""The time that a camera writes on its picture: found, its digits learnt from the camera itself, read. The look of the
check ``clock``.

No font is known beforehand. A row of six glyphs of one height with two colons is taken for hours, minutes and seconds.
Over some minutes alike glyphs are put together, and every offset of a day is tried: at the right one each group is one
digit, wherever in the row it stood; where several offsets fit, nothing is known yet. So what is learnt is right
whatever the camera's clock said meanwhile. It counts once the looks that follow were read with it at one offset. A row
that does not come apart into glyphs (white on a white wall, digits that touch) is not known, and nothing is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import PictureVitals, Sign, local_time

__all__ = ["look"]

_LEVELS = ((1, 200), (1, 150), (-1, 60))
"""Light glyphs above, or dark ones below a level, in the order in which they are tried."""
_LEAST_HEIGHT, _MOST_GLYPHS = 8, 1500
_GLYPH, _SOFT = (12, 18), 1.0
_ALIKE, _UNSEEN, _SURE, _CLEARER, _SAME_BREADTH, _MOST_GROUPS = 0.83, 0.88, 0.65, 0.06, 0.12, 40
"""How like two glyphs are that are put together; the same of one that is read while some digit was never seen, and of
any later one, which must be clearer than the next digit. Measured over six faces, thin and thick, after JPEG: one digit
again 0.67 to 0.99, another one 0.71 at most in most faces, and 0.82 in one."""
_DAY_SECONDS, _STEP = 86_400, 0.5
_EDGE = 0.3
"""So near a change of the second, in seconds, a look does not say which of the two is shown."""
_LEAST_LOOKS, _MOST_LOOKS, _TRIED_EACH, _WINDOW_SECONDS = 6, 30, 3, 2.0
_LEAST_KNOWN = 4
"""Glyphs of six that must say what is expected for the others to be learnt from it."""
_PATIENCE, _EACH = 20, 30
"""After so many looks without a clock the whole picture is searched at every thirtieth alone."""
_MEDIAN_OF, _STEADY_SECONDS, _TRIAL_LOOKS = 5, 1.8, 15
_HALF_DAY, _NEAR_HALF = 43_200, 120
"""A clock of twelve hours is half a day off each afternoon: that is not told."""

Grey = NDArray[np.uint8]
Glyph = NDArray[np.float32]


class _Place(NamedTuple):
    """Where the row is, with room around it, and by which of ``_LEVELS`` it was found."""

    top: int
    bottom: int
    left: int
    right: int
    level: int


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    luma, at_ns = vitals.picture.luma, vitals.picture.at_ns
    if memory.get("shape") != luma.shape:
        memory.clear()
        memory["shape"] = luma.shape
    glyphs = _seen(luma, memory)
    if glyphs is None:
        return
    local = local_time(at_ns)
    now = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    if "digits" not in memory:
        _learn(glyphs, now, memory)
    digits: list[tuple[Glyph, int]] | None = memory.get("digits")
    if digits is None:
        return
    found = [_digit(glyph, digits) for glyph in glyphs]
    if None in found:
        _learn_more(glyphs, found, now + memory["offset"], digits)
    shown = _time_of([digit for digit in found if digit is not None])
    offsets: deque[float] = memory["offsets"]
    if shown is not None:
        offsets.append(_apart(shown + 0.5, now))
    if not _counts(offsets, memory) or shown is None:
        return
    off, limit = float(np.median(offsets)), settings["off_seconds"]
    if abs(abs(off) - _HALF_DAY) < _NEAR_HALF:
        return
    note = "" if abs(off) <= limit else "ahead" if off > 0 else "behind"
    yield Sign("picture-time", bool(note), abs(off), limit, "s", note and f"it runs {note}")


def _counts(offsets: deque[float], memory: MutableMapping[str, Any]) -> bool:
    """Whether what was learnt was borne out by the looks after it; where it was not, it begins anew."""
    if memory["borne"]:
        return True
    memory["trial"] += 1
    memory["borne"] = len(offsets) == _MEDIAN_OF and float(np.ptp(offsets)) <= _STEADY_SECONDS
    if not memory["borne"] and memory["trial"] >= _TRIAL_LOOKS:
        del memory["digits"]
    return bool(memory["borne"])


def _apart(one: float, other: float) -> float:
    return (one - other + _DAY_SECONDS / 2) % _DAY_SECONDS - _DAY_SECONDS / 2


# --- finding the row ---


def _seen(luma: Grey, memory: MutableMapping[str, Any]) -> list[Glyph] | None:
    """The six glyphs of the clock, where it was before or anywhere; None where there is none."""
    place: _Place | None = memory.get("place")
    if place is not None:
        part = luma[place.top : place.bottom, place.left : place.right]
        boxes, mask = _row(part, place.level)
        if boxes is not None:
            memory["missed"] = 0
            return [_glyph(part, mask, box, place.level) for box in boxes]
    missed = memory["missed"] = memory.get("missed", 0) + 1
    if missed > _PATIENCE and missed % _EACH:
        return None
    for level in range(len(_LEVELS)):
        boxes, mask = _row(luma, level)
        if boxes is not None:
            memory["place"], memory["missed"] = _around(boxes, luma.shape, level), 0
            return [_glyph(luma, mask, box, level) for box in boxes]
    return None


def _around(boxes: NDArray[Any], shape: tuple[int, ...], level: int) -> _Place:
    height = int(boxes[:, 3].max())
    top, left = int(boxes[:, 1].min()) - height, int(boxes[:, 0].min()) - 2 * height
    bottom, right = int((boxes[:, 1] + boxes[:, 3]).max()) + height, int((boxes[:, 0] + boxes[:, 2]).max()) + 2 * height
    return _Place(max(0, top), min(shape[0], bottom), max(0, left), min(shape[1], right), level)


def _row(luma: Grey, level: int) -> tuple[NDArray[Any] | None, Grey]:
    """The boxes (left, top, width, height) of six glyphs that stand as ``dd:dd:dd``, and what is glyph at all."""
    sign, limit = _LEVELS[level]
    mask: Grey = ((luma >= limit) if sign > 0 else (luma <= limit)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 10:
        return None, mask
    boxes = stats[1:, :4].astype(np.int32)
    wide, high = boxes[:, 2], boxes[:, 3]
    tall = (
        (high >= _LEAST_HEIGHT) & (high <= max(luma.shape[0] // 4, 40)) & (wide <= 1.1 * high) & (wide >= 0.08 * high)
    )
    glyphs, dots = boxes[tall], boxes[(high <= _LEAST_HEIGHT * 4) & (wide <= 2.5 * high) & (high <= 3 * wide)]
    if not 6 <= len(glyphs) <= _MOST_GLYPHS:
        return None, mask
    glyphs = glyphs[np.argsort(glyphs[:, 0], kind="stable")]
    done = np.zeros(len(glyphs), bool)
    for first in range(len(glyphs)):
        if done[first]:
            continue
        height = glyphs[first, 3]
        alike = (np.abs(glyphs[:, 3] - height) <= max(1, 0.2 * height)) & (
            np.abs(glyphs[:, 1] - glyphs[first, 1]) <= max(1, 0.2 * height)
        )
        done |= alike
        line = glyphs[alike]
        for start in range(len(line) - 5):
            if _is_clock(line[start : start + 6], dots):
                return line[start : start + 6], mask
    return None, mask


def _is_clock(six: NDArray[Any], dots: NDArray[Any]) -> bool:
    height = float(six[:, 3].max())
    ends, begins = six[:-1, 0] + six[:-1, 2], six[1:, 0]
    gaps = begins - ends
    if (gaps > 1.3 * height).any() or (gaps[[0, 2, 4]] > 0.8 * height).any() or (gaps < -1).any():
        return False
    top, bottom = float(six[:, 1].min()), float((six[:, 1] + six[:, 3]).max())
    middle_x, middle_y = dots[:, 0] + dots[:, 2] / 2, dots[:, 1] + dots[:, 3] / 2
    small = (dots[:, 3] <= 0.4 * height) & (middle_y > top) & (middle_y < bottom)
    for place in range(5):
        between = small & (middle_x > ends[place]) & (middle_x < begins[place])
        spread = float(np.ptp(middle_y[between])) if between.sum() == 2 else 0.0
        if (spread >= 0.2 * height) != (place in (1, 3)):
            return False
    return True


def _glyph(luma: Grey, mask: Grey, box: NDArray[Any], level: int) -> Glyph:
    """A glyph in a frame of its own, without its mean and of length one; and, last, its breadth beside its height."""
    left, top, wide, high = (int(each) for each in box)
    drawn = mask[top : top + high, left : left + wide].astype(np.float32)
    small = cv2.GaussianBlur(cv2.resize(drawn, _GLYPH, interpolation=cv2.INTER_AREA), (0, 0), _SOFT)
    plain = (small - small.mean()).ravel()
    return np.append(plain / (float(np.linalg.norm(plain)) + 1e-6), np.float32(wide / high))


def _alike(one: Glyph, other: Glyph) -> float:
    return float(one[:-1] @ other[:-1]) - max(0.0, abs(float(one[-1] - other[-1])) - _SAME_BREADTH)


# --- learning and reading its digits ---


def _learn(glyphs: list[Glyph], now: float, memory: MutableMapping[str, Any]) -> None:
    """Keeps what was seen, and the digits once one offset alone fits all of it."""
    groups: list[Glyph] = memory.setdefault("groups", [])
    looks: list[tuple[float, list[int]]] = memory.setdefault("looks", [])
    looks.append((now, [_group_of(glyph, groups) for glyph in glyphs]))
    tried = len(looks) >= _LEAST_LOOKS and not len(looks) % _TRIED_EACH
    if len(groups) <= _MOST_GROUPS and not tried:
        return
    offsets, labels = _fitting(looks, len(groups)) if len(groups) <= _MOST_GROUPS else (np.empty(0), np.empty((0, 0)))
    if len(offsets) and float(np.ptp(offsets)) <= _WINDOW_SECONDS:
        middle = labels[:, len(offsets) // 2]
        memory["digits"] = [(groups[number], int(bit).bit_length() - 1) for number, bit in enumerate(middle) if bit]
        memory["offset"], memory["offsets"] = float(offsets.mean()), deque(maxlen=_MEDIAN_OF)
        memory["borne"], memory["trial"] = False, 0
    if not len(offsets) or "digits" in memory or len(looks) == _MOST_LOOKS:
        memory["groups"], memory["looks"] = [], []  # it is learnt; or a glyph was taken for another, and it begins anew


def _group_of(glyph: Glyph, groups: list[Glyph]) -> int:
    likeness = [_alike(glyph, each) for each in groups]
    if likeness and max(likeness) >= _ALIKE:
        return int(np.argmax(likeness))
    groups.append(glyph)
    return len(groups) - 1


def _fitting(looks: list[tuple[float, list[int]]], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The offsets, in seconds from minus to plus half a day, at which every group is one digit, in order; and as which,
    a bit for each digit, group by group."""
    offsets = np.arange(-_DAY_SECONDS / 2, _DAY_SECONDS / 2, _STEP)
    bits = np.zeros((count, len(offsets)), np.uint16)
    for now, row in looks:
        shown = now + offsets
        near = np.abs(shown - np.floor(shown) - 0.5) > 0.5 - _EDGE
        second = np.floor(shown).astype(np.int64) % _DAY_SECONDS
        for group, digit in zip(row, _digits_of(second), strict=True):
            bits[group] |= np.where(near, 0, 1 << digit).astype(np.uint16)
        one = ((bits & (bits - 1)) == 0).all(axis=0)
        offsets, bits = offsets[one], bits[:, one]
    return offsets, bits


def _digits_of(second: NDArray[Any]) -> list[NDArray[Any]]:
    hours, minutes, seconds = second // 3600, second // 60 % 60, second % 60
    return [digit for part in (hours, minutes, seconds) for digit in (part // 10, part % 10)]


def _digit(glyph: Glyph, digits: list[tuple[Glyph, int]]) -> int | None:
    best: dict[int, float] = {}
    for each, digit in digits:
        best[digit] = max(best.get(digit, -1.0), _alike(glyph, each))
    digit = max(best, key=lambda each: best[each])
    others = max((likeness for each, likeness in best.items() if each != digit), default=-1.0)
    sure = _SURE if len(best) == len("0123456789") else _UNSEEN
    return digit if best[digit] >= max(sure, others + _CLEARER) else None


def _learn_more(glyphs: list[Glyph], found: list[int | None], expected: float, digits: list[tuple[Glyph, int]]) -> None:
    """A digit that was not seen before is learnt where all the others are as expected, off the change of a second."""
    if abs(expected % 1 - 0.5) > 0.5 - _EDGE:
        return
    row = [int(digit) for digit in _digits_of(np.array(int(expected) % _DAY_SECONDS))]
    known = [one == other for one, other in zip(found, row, strict=True) if one is not None]
    if len(known) >= _LEAST_KNOWN and all(known):
        new = [(glyph, digit) for glyph, seen, digit in zip(glyphs, found, row, strict=True) if seen is None]
        digits.extend(new)


def _time_of(row: list[int]) -> int | None:
    """Seconds since midnight, of six digits; None for fewer, and for what is no time."""
    if len(row) < 6:
        return None
    hours, minutes, seconds = (row[at] * 10 + row[at + 1] for at in (0, 2, 4))
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None
