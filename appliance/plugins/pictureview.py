"""Does the camera still show what it showed, and sharply? The look of the check ``view``. Pure but for memory.

Place and sharpness are judged against the office's reference picture where there is one of this light, else against
what was usual in the last quarter of an hour; texture, which changes with every chair, against what was usual once that
is learned. What a fault shows is never learned. By night and by day apart, for edges differ under another light.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture, PictureVitals, Sign
from appliance.plugins.picturecells import COLUMNS, LEARNED, ROWS, Floats, Usual, by_cells, edges, is_night

__all__ = ["look"]

_TEXTURED = 0.006
_LOST, _DULLED = 0.3, 0.5
_PART_TEXTURED = 0.0025
_BARE = 0.003
_LEAST_LUMA = 25
_SLOW = 0.08
_BLOCKS = (4, 5)
_TILES = 8
_FINE_LEVEL = 4
"""What the finest edges are compared with: the same place at a quarter of the size."""

_TURNS = (180, 90, -90, 3, -3, 6, -6, 10, -10, 15, -15, 25, -25, 40, -40)


class _Reference(NamedTuple):
    """The office's picture of the view and what is measured of it; ``fine`` None where it has hardly an edge."""

    picture: Picture
    edges: Floats
    cells: Floats
    fine: float | None


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    picture = vitals.picture
    if float(np.median(picture.small)) < _LEAST_LUMA:
        return
    known: dict[str, Any] = memory.setdefault("night" if is_night(picture) else "day", {})
    now = edges(picture)
    cells = by_cells(now)
    fresh = known.get("edges") is None or known["edges"].shape != now.shape
    if fresh:
        known.update(edges=now, looks=0, cells=Usual(), fine=Usual(), shade=Usual())
    reference = _reference(vitals.reference, now, known)
    usual_cells, usual_fine = known["cells"].value, known["fine"].value
    if reference is not None:
        usual_cells = reference.cells if usual_cells is None else usual_cells
        usual_fine = reference.fine if reference.fine is not None else usual_fine
    fine, shade = _fineness(picture, cells if usual_cells is None else usual_cells), _one_shade(picture)
    painted = _painted(shade, known["shade"].value)
    signs = [*_texture(cells, usual_cells, painted, settings), *_sharpness(fine, usual_fine, settings)]
    if reference is not None:
        signs += _place(now, reference.edges, settings)
    elif known["looks"] >= LEARNED:
        signs += _place(now, known["edges"], settings)
    yield from signs
    if any(sign.wrong for sign in signs if sign.fault != "picture-dirty"):
        return
    known["looks"] += 1
    known["edges"] = known["edges"] + max(_SLOW, 1 / known["looks"]) * (now - known["edges"])
    if not any(sign.wrong for sign in signs):
        known["cells"].keep(cells)
        known["shade"].keep(shade)
    if fine is not None:
        known["fine"].keep(fine)


def _reference(picture: Picture | None, now: Floats, known: MutableMapping[str, Any]) -> _Reference | None:
    """What the reference picture shows, measured once. None without one, or where its shape is another's."""
    if picture is None:
        return None
    found: _Reference | None = known.get("reference")
    if found is None or found.picture is not picture:
        shown = edges(picture)
        cells = by_cells(shown)
        found = known["reference"] = _Reference(picture, shown, cells, _fineness(picture, cells))
    return found if found.edges.shape == now.shape else None


def _one_shade(picture: Picture) -> float:
    """The share of the picture that has its most frequent shade."""
    luma = picture.small[::2, ::2]
    counts = np.bincount(luma.ravel() // 4, minlength=64)
    middle = 4 * int(np.argmax(np.convolve(counts, np.ones(4, np.int64), "same"))) + 2
    near = np.abs(luma.astype(np.int16) - middle) <= 8
    for plane in (picture.small_cb, picture.small_cr):
        fitting = cv2.resize(plane, luma.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.int16)
        near &= np.abs(fitting - int(np.median(fitting[near]) if near.any() else 128)) <= 6
    return float(near.mean())


def _painted(shade: float, usual: Any) -> float:
    """How much of what used to have other shades has one now: what paint does, whose ragged rims are texture."""
    return 0.0 if usual is None else max(0.0, (shade - float(usual)) / max(0.05, 1 - float(usual)))


def _texture(cells: Floats, usual: Floats | None, painted: float, settings: Mapping[str, float]) -> Iterator[Sign]:
    """How many of the cells that used to have texture lost it; without a usual, how many have none at all."""
    if usual is None:
        bare = float(np.mean(cells < _BARE))
        yield Sign("picture-covered", bare > settings["bare_share"], bare, settings["bare_share"])
        return
    textured = usual > _TEXTURED
    if textured.sum() < ROWS * COLUMNS // 12:
        return
    lost = max(painted, float(np.mean(cells[textured] < _LOST * usual[textured])))
    covered = lost > settings["covered_share"]
    yield Sign("picture-covered", covered, lost, settings["covered_share"])
    dull = float(np.mean(cells[textured] < _DULLED * usual[textured]))
    yield Sign("picture-dirty", dull > settings["dirty_share"] and not covered, dull, settings["dirty_share"])


def _fineness(picture: Picture, cells: Floats) -> float | None:
    """How steep the steepest edges are at full size, beside the same edges at a quarter of it: about 1 when sharp,
    much less when not, whatever the scene. None where there is hardly an edge."""
    height, width = picture.luma.shape
    tall, wide = height // ROWS, width // COLUMNS
    found = []
    for place in np.argsort(cells, axis=None)[::-1][:_TILES]:
        row, column = divmod(int(place), COLUMNS)
        if cells[row, column] < _TEXTURED:
            break
        tile = picture.luma[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide].astype(np.float32)
        coarse = cv2.resize(
            tile, (max(4, wide // _FINE_LEVEL), max(4, tall // _FINE_LEVEL)), interpolation=cv2.INTER_AREA
        )
        strong = _steepest(coarse)
        if strong > 6:
            found.append(_steepest(tile) / strong)
    return float(np.median(found)) if len(found) >= 3 else None


def _steepest(tile: NDArray[Any]) -> float:
    across, down = cv2.Sobel(tile, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(tile, cv2.CV_32F, 0, 1, scale=0.125)
    return float(np.percentile(cv2.magnitude(across, down), 99))


def _sharpness(fine: float | None, usual: Any, settings: Mapping[str, float]) -> Iterator[Sign]:
    if fine is None:
        return
    limit = settings["sharp_least"]
    if usual is not None:
        limit = max(limit, settings["sharp_share"] * float(usual))
    yield Sign("picture-blurred", fine < limit, fine, limit)


def _place(now: Floats, usual: Floats, settings: Mapping[str, float]) -> Iterator[Sign]:
    """In how many parts of the picture the edges are no longer where they were; people hide some parts, never all."""
    away = _parts_away(now, usual)
    if away is None:
        return
    limit = settings["moved_share"]
    moved = away > limit
    turned, note = _turned(now, usual, away) if moved else (0, "")
    yield Sign("picture-rotated", bool(turned), float(turned), 2.0, "degrees")
    yield Sign("picture-moved", moved and abs(turned) < 90, away, limit, "", note)


def _parts_away(now: Floats, usual: Floats) -> float | None:
    rows, columns = _BLOCKS
    height, width = usual.shape
    judged = lost = 0
    for row in range(rows):
        for column in range(columns):
            part = np.s_[
                row * height // rows : (row + 1) * height // rows,
                column * width // columns : (column + 1) * width // columns,
            ]
            before, here = usual[part], now[part]
            if float(before.mean()) < _PART_TEXTURED:
                continue
            judged += 1
            lost += _alike(here, before) < 0.3
    return lost / judged if judged >= rows * columns // 4 else None


def _alike(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))


def _turned(now: Floats, usual: Floats, away: float) -> tuple[int, str]:
    """By how many degrees the camera was turned about its axis, 0 if not, and by how much it looks elsewhere."""
    height, width = usual.shape
    best, degrees = _alike(now, usual), 0
    for turn in _TURNS:
        back: Any = cv2.warpAffine(now, cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 1.0), (width, height))
        alike = _alike(back, usual)
        if alike > best + 0.15:
            best, degrees = alike, turn
    if degrees:
        return degrees, f"turned by about {abs(degrees)} degrees"
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(usual, now, window)
    if response < 0.05:
        return 0, "looks elsewhere"
    return 0, f"shifted by {100 * abs(dx) / width:.0f} % across and {100 * abs(dy) / height:.0f} % down"
