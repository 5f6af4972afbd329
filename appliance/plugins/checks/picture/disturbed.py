"""Is the picture alive, and free of noise, stripes, flicker and damage? The look of the check ``disturbed``."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture, PictureVitals, Sign
from appliance.plugins.checks.picture.cells import LEARNED, Usual, in_office_hours, is_night

__all__ = ["look"]

_TILES = ((0.2, 0.2), (0.2, 0.5), (0.2, 0.8), (0.5, 0.2), (0.5, 0.5), (0.5, 0.8), (0.8, 0.2), (0.8, 0.5), (0.8, 0.8))
_TILE = 64
_STEP = 4
_SPARSE = 11
"""Each so many rows and columns are looked at; no multiple of the side of a block."""

_FINE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_LEAST_FINE = 2.0
_STRIPS = 8
_BLOCK = 16
_LIT = 60
_SAME_CELLS = 0.03
_EMPTY_LEVELS, _SPREAD_STEP = 1.5, 7


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    if memory.get("shape") != vitals.picture.luma.shape:
        memory.clear()
        memory["shape"] = vitals.picture.luma.shape
    yield from _frozen(vitals, settings, memory)
    yield from _noise(vitals.picture, settings, memory)
    yield from _stripes(vitals.picture, settings, memory)
    yield from _broken(vitals, settings, memory)
    if len(vitals.following) >= 3:
        yield from _flicker(vitals, settings)


def _frozen(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    """How long nothing changed. What is the same to the last bit is no camera's picture of anything; what changes in a
    corner alone, as a burnt-in clock does, is judged in office hours only and waits longer. A picture with nothing in
    it is not judged: that it is black or of one colour is the finding, and one fault is told once."""
    now = np.ascontiguousarray(vitals.picture.luma[::_STEP, ::_STEP])
    before, at_ns = memory.get("last"), vitals.picture.at_ns
    memory["last"] = now
    if before is None:
        memory["moved_ns"] = memory["changed_ns"] = at_ns
        return
    apart = cv2.absdiff(now, before)
    if apart.any():
        memory["changed_ns"] = at_ns
    lively = cv2.resize(apart.astype(np.float32), (16, 9), interpolation=cv2.INTER_AREA) > settings["still_levels"]
    if float(lively.mean()) > _SAME_CELLS:
        memory["moved_ns"] = at_ns
    if float(vitals.picture.luma[::_SPREAD_STEP, ::_SPREAD_STEP].std()) < _EMPTY_LEVELS:
        return
    same, still = (at_ns - memory["changed_ns"]) / 1e9, (at_ns - memory["moved_ns"]) / 1e9
    long = settings["still_seconds"] if in_office_hours(vitals.local_minutes, settings) else float("inf")
    wrong = same >= settings["same_seconds"] or still >= long
    yield Sign("picture-frozen", wrong, max(same, still), settings["same_seconds"], "s")


def _noise(picture: Picture, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    """What differs from one look to the next in places where nothing moves: the middle of all differences."""
    height, width = picture.luma.shape
    tiles = []
    for down, across in _TILES:
        top, left = max(0, int(down * height) - _TILE // 2), max(0, int(across * width) - _TILE // 2)
        tiles.append(picture.luma[top : top + _TILE, left : left + _TILE].astype(np.float32))
    before = memory.get("tiles")
    memory["tiles"] = tiles
    if before is None:
        return
    grain = float(np.median([_grain(one, other) for one, other in zip(tiles, before, strict=True)]))
    limit = settings["noise_levels"] * (1.0 if float(np.median(picture.small)) > _LIT else 1.6)
    yield Sign("picture-noise", grain > limit, grain, limit, "levels")


def _grain(now: NDArray[Any], before: NDArray[Any]) -> float:
    """The noise of one tile, in levels, from what is left when the same tile of the last look, as bright as this one,
    is taken away: more light or less of a wall with a pattern is no noise, nor is what differs smoothly, as leaves in
    the wind do (J. Immerkaer, Fast noise variance estimation, 1996)."""
    a, b = now - now.mean(), before - before.mean()
    gain = float(np.clip((a * b).sum() / max(1.0, float((b * b).sum())), 0, 2))
    apart = a - gain * b
    spread = 1.4826 * float(np.median(np.abs(apart - np.median(apart))))
    fine = math.sqrt(math.pi / 2) / 6 * float(np.abs(cv2.filter2D(apart, -1, _FINE)).mean())
    return min(spread, _LEAST_FINE * fine) / math.sqrt(1 + gain**2)


def _stripes(picture: Picture, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    """A wave down (or across) the picture that is not part of the scene and is alike in all its strips."""
    profiles = _profiles(picture.small)
    past: deque[Any] = memory.setdefault("profiles", deque(maxlen=12))
    if len(past) >= LEARNED:
        usual = [np.median([each[way] for each in past], axis=0) for way in (0, 1)]
        heights = [_wave(profiles[way], usual[way]) for way in (0, 1)]
        worst = max(heights)
        wrong = worst > settings["stripe_levels"]
        yield Sign("picture-stripes", wrong, worst, settings["stripe_levels"], "levels")
        if wrong:
            return
    past.append(profiles)


def _profiles(small: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows' means in each strip of columns, and columns' means in each strip of rows: (strips, length) each."""
    plain = small.astype(np.float32)
    down = np.stack([part.mean(axis=1) for part in np.array_split(plain, _STRIPS, axis=1)])
    across = np.stack([part.mean(axis=0) for part in np.array_split(plain, _STRIPS, axis=0)])
    return down, across


def _wave(profiles: NDArray[Any], usual: NDArray[Any]) -> float:
    """The height of the wave that all strips share, in levels. Slow changes of light do not count, nor does what the
    scene itself shows more or less of when the camera exposes otherwise."""
    length = profiles.shape[1]
    place = np.linspace(-1, 1, length)
    bent = np.stack([_beside(now, before, place) for now, before in zip(profiles, usual, strict=True)])
    spectrum = np.fft.rfft(bent * np.hanning(length), axis=1) * 4 / length
    shared = np.sort(np.abs(spectrum), axis=0)[1]
    shared[:3] = 0
    at = int(np.argmax(shared))
    angles = np.angle(spectrum[:, at])
    together = abs(np.exp(1j * angles).mean())
    energy = np.abs(spectrum[:, 1:]) ** 2
    near = np.median(energy[:, max(0, at - 2) : at + 1].sum(axis=1) / (energy.sum(axis=1) + 1e-9))
    everywhere = _least_third(bent, at)
    return float(min(shared[at], 1.3 * everywhere) * together * min(1.0, (2 * near) ** 2))


def _least_third(bent: NDArray[Any], waves: int) -> float:
    """The height of the wave in the third that shows least of it: two cars side by side are no stripes."""
    length = bent.shape[1]
    turned = bent * np.exp(-2j * np.pi * waves * np.arange(length) / length)
    thirds = [np.median(np.abs(part.mean(axis=1))) * 2 for part in np.array_split(turned, 3, axis=1)]
    return float(min(thirds))


def _beside(now: NDArray[Any], before: NDArray[Any], place: NDArray[Any]) -> NDArray[Any]:
    parts = np.stack([before, *(place**power for power in range(4))], axis=1)
    fitted, *_ = np.linalg.lstsq(parts, now, rcond=None)
    rest: NDArray[Any] = now - parts @ fitted
    return rest


def _broken(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    """Pictures that the decoder could not make whole, or that show the borders of blocks far more than usual: what is
    drawn along such borders may show them always, and in the dark an encoder leaves more of them."""
    pictures = (vitals.picture, *vitals.following)
    bad = sum(picture.broken for picture in pictures)
    usual: Usual = memory.setdefault("night borders" if is_night(vitals.picture) else "borders", Usual())
    borders = _borders(vitals.picture.luma)
    known = usual.value
    limit = settings["block_ratio"] * (float(known) if known is not None else borders)
    wrong = bad > 0 or borders > limit
    note = f"{bad} of {len(pictures)} pictures do not decode whole" if bad else ""
    yield Sign("picture-broken", wrong, borders, limit, "", note)
    if not wrong:
        usual.keep(borders)


def _borders(luma: NDArray[Any]) -> float:
    """How much steeper the picture is at every sixteenth column and row than elsewhere."""
    rows, columns = np.ascontiguousarray(luma[::_SPARSE]), np.ascontiguousarray(luma[:, ::_SPARSE])
    across = cv2.absdiff(rows[:, 1:], rows[:, :-1]).mean(axis=0)
    down = cv2.absdiff(columns[1:], columns[:-1]).mean(axis=1)
    return max(_at_borders(across), _at_borders(down))


def _at_borders(steep: NDArray[Any]) -> float:
    place = np.arange(len(steep)) % _BLOCK
    return float((steep[place == _BLOCK - 1].mean() + 0.5) / (steep[(place > 1) & (place < _BLOCK - 3)].mean() + 0.5))


def _flicker(vitals: PictureVitals, settings: Mapping[str, float]) -> Iterator[Sign]:
    """How the light of pictures that follow one another swings; a lamp that is switched swings once."""
    light = np.array([float(picture.small.mean()) for picture in (vitals.picture, *vitals.following)])
    steps = np.diff(light)
    turns = int(np.sum(steps[1:] * steps[:-1] < 0))
    swing = float(np.median(np.abs(steps))) if turns >= 2 or turns >= len(steps) - 1 else 0.0
    yield Sign("picture-flicker", swing > settings["flicker_levels"], swing, settings["flicker_levels"], "levels")
