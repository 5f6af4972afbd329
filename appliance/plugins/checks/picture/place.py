"""Was the camera moved or turned about its axis? What stands still is searched for in the picture. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np

from appliance.api import SHARE, Sign
from appliance.plugins.checks.picture.cells import Floats, Usual

__all__ = ["place"]

_WIDTH = 160
_MARGIN = 0.15
"""So much of the picture's width and height it may have moved by to be found again."""

_LEAST_PIXELS = 2.5
"""Of 160: less is wind at the pole."""

_FOUND, _BETTER = 0.3, 0.12
_AS_STRONG, _CLEARLY = 0.2, 0.5
"""What was found elsewhere has at least so much of its energy: the soft shades of a cloth fit many a thing."""

_SUSPICIOUS = 0.6
_GONE = 0.25
_LEAST_USUAL = 0.3
_TURNS = (180, 90, -90, 3, -3, 6, -6, 9, -9, 12, -12, 15, -15, 20, -20, 30, -30, 40, -40)


def place(
    now: Floats, still: Floats, usual: Usual, settings: Mapping[str, float], *, hidden: bool, expected: float = 0.0
) -> Iterator[Sign]:
    """``usual`` keeps how like the whole is to what stands still; until that is learned it is taken to be ``expected``,
    0 = not judged. ``hidden``: something seems to be before the lens, so it was moved only if what stands still is
    found in another place."""
    here, there = _half(now), _half(still)
    alike = _alike(here, there)
    known = usual.value if usual.value is not None else expected
    if float(known) < _LEAST_USUAL:
        if not hidden:
            usual.keep(alike)
        return
    share, limit = min(1.0, max(0.0, 1 - alike / float(known))), settings["moved_share"]
    turned = moved = False
    degrees, note = 0, ""
    if alike < _SUSPICIOUS * float(known):
        degrees, note, moved = _found(here, there, alike, _CLEARLY if hidden else _AS_STRONG)
        turned = bool(degrees)
        if not (turned or moved or hidden) and share > limit and alike < _GONE:
            moved, note = True, "looks elsewhere"
    yield Sign("picture-rotated", turned, float(degrees), 2.0, "degrees", note if turned else "")
    yield Sign("picture-moved", moved and abs(degrees) < 90, share, limit, SHARE, note if moved else "")
    if not (turned or moved or hidden):
        usual.keep(alike)


def _half(image: Floats) -> Floats:
    height = max(8, round(image.shape[0] * _WIDTH / image.shape[1]))
    small = cv2.resize(image, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(np.clip(small, -0.5, 0.5), (0, 0), 0.8)  # type: ignore[return-value]


def _alike(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))


def _found(here: Floats, there: Floats, alike: float, share: float) -> tuple[int, str, bool]:
    """By how many degrees the camera was turned (0: not), in words, and whether it was pushed aside: then what
    was found has at least ``share`` of its energy."""
    height, width = there.shape
    best, degrees = alike, 0
    for turn in _TURNS:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 1.0)
        back: Any = cv2.warpAffine(here, matrix, (width, height))
        found = _alike(back, there)
        if found > best:
            best, degrees = found, turn
    across, down = int(width * _MARGIN), int(height * _MARGIN)
    core = there[down : height - down, across : width - across]
    fits = cv2.matchTemplate(here, np.ascontiguousarray(core), cv2.TM_CCOEFF_NORMED)
    row, column = divmod(int(np.argmax(fits)), fits.shape[1])
    shifted, dx, dy = float(fits[row, column]), column - across, row - down
    at_home = float(fits[down, across])
    if degrees and best > max(_FOUND, alike + _BETTER, shifted):
        return degrees, f"turned by about {abs(degrees)} degrees", False
    inside = abs(dx) < across and abs(dy) < down
    there_now = here[row : row + core.shape[0], column : column + core.shape[1]]
    as_strong = float((there_now**2).mean()) > share * float((core**2).mean())
    if inside and as_strong and shifted > max(_FOUND, at_home + _BETTER) and max(abs(dx), abs(dy)) > _LEAST_PIXELS:
        return 0, f"shifted by {100 * abs(dx) / width:.0f} % across and {100 * abs(dy) / height:.0f} % down", True
    return 0, "", False
