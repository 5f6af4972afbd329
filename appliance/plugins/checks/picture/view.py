"""Does the camera still show what it showed, with nothing before the lens? The look of the check ``view``.

What stands still is learned: the mean of the picture's structure over the last looks, from which people, leaves and
noise average out. Each look is held against it as a matched filter, cell by cell, so that faint things count as far as
they are always there, and what moves counts for nothing. Place, sharpness and masks are judged against the office's
reference picture where there is one of this light, from the first look on; texture, which changes with every chair,
against what was usual once that is learned. By night and by day apart. What a fault shows is never learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import SHARE, Picture, PictureVitals, Sign
from appliance.plugins.checks.picture.cells import (
    COLUMNS,
    LEARNED,
    ROWS,
    Floats,
    Usual,
    by_cells,
    is_night,
    light_of_cells,
    structure,
)
from appliance.plugins.checks.picture.mask import unmasked
from appliance.plugins.checks.picture.place import place
from appliance.plugins.checks.picture.sharpness import Fineness, Sharpness

__all__ = ["look"]

_LEAST_LUMA = 25
_SLOW = 0.08
_STANDS, _FAINT = 0.6, 4e-5
"""A cell is judged that looked like what stands still before, and whose structure is more than nothing."""

_LOST, _DULLED = 0.3, 0.5
_BARE, _FLAT = 0.35, 0.45
_LEAST_CELLS, _LEAST_FOR_DIRT = 10, 20
_DARK, _BLIND = 30, 238
_NO_TEXTURE = 1.5e-5
_COLOURED = 12
_HIDING = ("picture-covered", "picture-dirty")
_NEARLY = 0.9
"""What is nearly wrong is not learned either, or a lens that gets dirty slowly would be usual by the time it is."""

_EXPECTED = 0.6
"""How like its reference picture a view is taken to be: another season, other chairs."""

_OTHER_LIGHT = 0.6
"""So much is hidden of what another light showed before it counts as covered: a first night shows things otherwise."""


class _Reference(NamedTuple):
    """The office's picture of the view, and what is measured of it."""

    picture: Picture
    structure: Floats
    fine: Fineness


class _Cells(NamedTuple):
    """Of each cell of one look: how much of what stands still is seen (1 = all), how like it is, and its energy."""

    seen: Floats
    like: Floats
    energy: Floats


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    picture = vitals.picture
    if float(np.median(picture.small)) < _LEAST_LUMA:
        return
    yield from unmasked(vitals, settings)
    night = is_night(picture)
    known = memory.setdefault("night" if night else "day", {})
    other = memory.get("day" if night else "night", {})
    now = structure(picture)
    if known.get("still") is None or known["still"].shape != now.shape:
        known.clear()
        known.update(still=now, looks=0, sharp=Sharpness())
        known.update({name: Usual() for name in ("like", "seen", "energy", "tints", "whole")})
    reference = _reference(vitals.reference, now, known)
    cells = _cells(now, known["still"])
    signs = list(_signs(picture, now, cells, known, settings, reference))
    signs += _before_learned(picture, known, other, now, settings)
    signs += known["sharp"].signs(picture, settings, None if reference is None else reference.fine)
    yield from signs
    if any(sign.wrong or sign.value > _NEARLY * sign.limit for sign in signs if sign.fault in _HIDING):
        return
    if any(sign.wrong for sign in signs):
        return
    known["looks"] += 1
    known["still"] = known["still"] + max(_SLOW, 1 / known["looks"]) * (now - known["still"])
    known["like"].keep(cells.like)
    known["seen"].keep(cells.seen)
    known["energy"].keep(cells.energy)
    known["tints"].keep(_tints(picture))
    known["sharp"].learn(picture, known["still"])


def _reference(picture: Picture | None, now: Floats, known: MutableMapping[str, Any]) -> _Reference | None:
    """What the reference picture shows, measured once. None without one, or where its shape is another's."""
    if picture is None:
        return None
    found: _Reference | None = known.get("reference")
    if found is None or found.picture is not picture:
        shown = structure(picture)
        found = known["reference"] = _Reference(picture, shown, Fineness(picture, shown))
        known["by reference"] = Usual()
    return found if found.structure.shape == now.shape else None


def _cells(now: Floats, still: Floats) -> _Cells:
    both, energy, kept = by_cells(now * still), by_cells(now * now), by_cells(still * still)
    like: Floats = np.divide(both, np.sqrt(energy * kept) + 1e-9, dtype=np.float32)
    return _Cells(both / (kept + 1e-9), like, energy)


def _signs(
    picture: Picture,
    now: Floats,
    cells: _Cells,
    known: MutableMapping[str, Any],
    settings: Mapping[str, float],
    reference: _Reference | None,
) -> Iterator[Sign]:
    if known["looks"] < LEARNED or known["energy"].value is None:
        if reference is not None:
            usual = known["by reference"]
            yield from place(now, reference.structure, usual, settings, hidden=False, expected=_EXPECTED)
        return
    still: Floats = known["still"]
    kept, usual_energy = by_cells(still * still), known["energy"].value
    stands = (known["like"].value > _STANDS) & (kept > _FAINT)
    light = light_of_cells(picture)
    told = stands & (light > _DARK)
    judged = told.sum() >= max(_LEAST_CELLS, 0.4 * stands.sum())
    noise = np.maximum(0, usual_energy - kept)
    left = (cells.energy - noise) / np.maximum(kept, _FAINT)
    seen = cells.seen / np.clip(known["seen"].value, 0.5, 2)
    hidden = _painted(picture, known["tints"].value)
    if judged:
        hidden = max(hidden, float((told & (seen < _LOST) & (left < _BARE)).sum() / told.sum()))
    much = hidden > settings["covered_share"]
    against, usual, expected = still, known["whole"], 0.0
    if reference is not None:
        against, usual, expected = reference.structure, known["by reference"], _EXPECTED
    placed = list(place(now, against, usual, settings, hidden=much, expected=expected))
    yield from placed
    covered = much and not any(sign.wrong for sign in placed)
    if judged or covered:
        yield Sign("picture-covered", covered, hidden, settings["covered_share"], SHARE)
    clear = told & (light < _BLIND)
    if judged and not covered and clear.sum() >= _LEAST_FOR_DIRT:
        dull, limit = clear & (seen < _DULLED) & (left < _FLAT), settings["dirty_share"]
        share = float(dull.sum() / clear.sum()) if _spread(dull, clear) else 0.0
        yield Sign("picture-dirty", share > limit, share, limit, SHARE)


def _spread(dull: NDArray[np.bool_], clear: NDArray[np.bool_]) -> bool:
    """Whether it is in half of the picture's ninths: what was carried away, or a shadow, is in one place."""
    ninths = [
        (dull[top : top + ROWS // 3, left : left + 6], clear[top : top + ROWS // 3, left : left + 6])
        for top in range(0, ROWS, ROWS // 3)
        for left in range(0, COLUMNS, 6)
    ]
    judged = [(int(part.sum()), int(whole.sum())) for part, whole in ninths if whole.sum() >= 3]
    return 2 * sum(8 * part >= whole and part > 0 for part, whole in judged) >= max(6, len(judged))


def _before_learned(
    picture: Picture, known: Mapping[str, Any], other: Mapping[str, Any], now: Floats, settings: Mapping[str, float]
) -> Iterator[Sign]:
    """While nothing was learned by this light: nothing to be seen at all, or nothing of what the other light showed."""
    if known["looks"] >= LEARNED:
        return
    bare, limit = float(np.mean(by_cells(now * now) < _NO_TEXTURE)), settings["bare_share"]
    wrong = bare > limit
    if other.get("looks", 0) >= LEARNED and other["still"].shape == now.shape:
        still = other["still"]
        stands = (other["like"].value > _STANDS) & (by_cells(still * still) > _FAINT)
        cells = _cells(now, still)
        if stands.sum() >= _LEAST_CELLS:
            plain = stands & (cells.seen < _LOST) & (cells.energy < _BARE * by_cells(still * still))
            hidden = max(float(plain.sum() / stands.sum()), _painted(picture, other["tints"].value))
            wrong, bare, limit = wrong or hidden > _OTHER_LIGHT, max(bare, hidden), min(limit, _OTHER_LIGHT)
    yield Sign("picture-covered", wrong, bare, limit, SHARE)


def _tints(picture: Picture) -> Floats:
    """The two colours of each cell, 0 = gray: (2, ROWS, COLUMNS)."""
    planes = (picture.small_cb, picture.small_cr)
    return np.stack([by_cells(plane.astype(np.float32)) for plane in planes]) - 128


def _painted(picture: Picture, usual: Any) -> float:
    """The share of the picture that has one colour now and had another before: what paint does, whose ragged rims are
    texture. A colour, not a gray, for gray is what a lamp that goes off leaves."""
    if usual is None:
        return 0.0
    luma = picture.small[::2, ::2]
    counts = np.bincount(luma.ravel() // 4, minlength=64)
    middle = 4 * int(np.argmax(np.convolve(counts, np.ones(4, np.int64), "same"))) + 2
    near = np.abs(luma.astype(np.int16) - middle) <= 12
    paint = []
    for plane in (picture.small_cb, picture.small_cr):
        fitting = cv2.resize(plane, luma.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.int16)
        paint.append(int(np.median(fitting[near])) if near.any() else 128)
        near &= np.abs(fitting - paint[-1]) <= 10
    away = [float(each - 128) for each in paint]
    if max(map(abs, away)) < _COLOURED:
        return 0.0
    another = np.hypot(usual[0] - away[0], usual[1] - away[1]) > _COLOURED
    return float((by_cells(near.astype(np.float32)) * another).mean())
