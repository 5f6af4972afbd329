"""Is the picture as sharp as it was? The finest detail of what stands still, beside its coarser detail. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture, Sign
from appliance.plugins.checks.picture.cells import COLUMNS, LEARNED, ROWS, Floats, Usual, by_cells

__all__ = ["Fineness", "Sharpness"]

_TILES = 10
_TEXTURED = 4e-4
_LEAST_TILES = 3
_LEAST_SEEN_TILES = 5
_SHARPER = 70
_LEAST_LIKE, _LEAST_FINE = 0.6, 0.3
_SLOW = 0.08
_EDGES_LOSE = 0.75
"""Out of focus, the steepest edges lose less than the finest detail: where detail falls to a share, edges fall to that
share to this power."""

_SHRINKS, _FILLED, _LEAST_TALL = (1, 2, 3), 0.7, 270
_FINE_LEVEL = 4
"""What the finest edges are compared with: the same place at a quarter of the size."""


class Sharpness:
    """What is known of one camera by one light: the tiles with the most detail, averaged over looks."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []
        self._fine: list[Floats] = []
        self._coarse: list[Floats] = []
        self._looks = 0
        self._usual, self._usual_edges = Usual(), Usual()
        self._shape: tuple[int, ...] = ()
        self._shrink = 1
        self._like = np.zeros(0)

    def signs(self, picture: Picture, settings: Mapping[str, float], reference: Fineness | None) -> Iterator[Sign]:
        """The picture is compared with the reference picture and with what was learned, and always with a value below
        which no camera in focus falls. Where too little stands still to be recognised, the edges that are there now are
        compared with those that were there before."""
        least, bands, share = settings["sharp_least"], self._bands(picture), settings["sharp_share"]
        absolute = _fineness([_tile(picture, place) for place in self._places])
        if reference is not None and reference.value is not None:
            absolute = reference.of(picture)
            least = max(least, share * reference.value)
        blunt = absolute is not None and absolute < least
        ratio, _ = self._measured(bands)
        edges, known, known_edges = self._edges(picture), self._usual.value, self._usual_edges.value
        if ratio is not None and known is not None:
            blunt = blunt or (edges is not None and known_edges is not None and edges < share * float(known_edges))
            yield Sign("picture-blurred", ratio < share * float(known) or blunt, ratio, share * float(known))
        elif edges is not None and known_edges is not None:
            limit = share**_EDGES_LOSE * float(known_edges)
            yield Sign("picture-blurred", edges < limit or blunt, edges, limit)
        elif absolute is not None:
            yield Sign("picture-blurred", blunt, absolute, least)

    def learn(self, picture: Picture, still: Floats) -> None:
        """Takes in a look that was well. ``still``: the structure of what stands still, which says where detail is."""
        if self._looks == LEARNED or self._shape != picture.luma.shape:
            again = self._shape == picture.luma.shape
            self.__init__()  # type: ignore[misc]
            self._looks = LEARNED + 1 if again else 0
            self._shape = picture.luma.shape
            self._places = _detailed(still)
            self._shrink = _finest(picture, self._places)
        bands = self._bands(picture)
        if not self._fine:
            self._fine, self._coarse = [fine for fine, _ in bands], [coarse for _, coarse in bands]
            self._like = np.zeros(len(bands))
        ratio, like = self._measured(bands)
        rate = max(_SLOW, 1 / (self._looks % (LEARNED + 1) + 1)) if self._looks < 2 * LEARNED else _SLOW
        self._fine = [old + rate * (new - old) for old, (new, _) in zip(self._fine, bands, strict=True)]
        self._coarse = [old + rate * (new - old) for old, (_, new) in zip(self._coarse, bands, strict=True)]
        self._like = self._like + rate * (like - self._like)
        self._looks += 1
        if ratio is not None and self._looks > LEARNED + 3:
            self._usual.keep(ratio)
        if self._looks > LEARNED and (edges := self._edges(picture)) is not None:
            self._usual_edges.keep(edges)

    def _edges(self, picture: Picture) -> float | None:
        return _fineness([_tile(picture, place, self._shrink) for place in self._places])

    def _bands(self, picture: Picture) -> list[tuple[Floats, Floats]]:
        if self._shape != picture.luma.shape:
            return []
        out = []
        for place in self._places:
            tile = _tile(picture, place, self._shrink).astype(np.float32)
            soft = cv2.GaussianBlur(tile, (0, 0), 1.0)
            softer = cv2.GaussianBlur(tile, (0, 0), 2.0)
            out.append((tile - soft, softer - cv2.GaussianBlur(softer, (0, 0), 6.0)))
        return out

    def _measured(self, bands: list[tuple[Floats, Floats]]) -> tuple[float | None, NDArray[Any]]:
        """How much fine detail is there beside the coarse, in the sharper of the tiles whose coarse detail is seen
        (somebody who stands before some tiles blurs only those); and how like the fine detail of each tile is to what
        it was."""
        if not bands or not self._fine:
            return None, np.zeros(len(bands))
        ratios, likes = [], []
        for number, (fine, coarse) in enumerate(bands):
            seen_fine, like_fine = _matched(fine, self._fine[number])
            seen, like = _matched(coarse, self._coarse[number])
            likes.append(like_fine)
            if like > _LEAST_LIKE and seen > 0.05 and (self._like[number] > _LEAST_FINE or self._looks < 2):
                ratios.append(seen_fine / min(seen, 1.5))
        return (float(np.percentile(ratios, _SHARPER)) if len(ratios) >= _LEAST_SEEN_TILES else None), np.array(likes)


class Fineness:
    """How fine a picture's steepest edges are, and those of later pictures in the same places."""

    def __init__(self, picture: Picture, shown: Floats) -> None:
        self._places = _detailed(shown)
        self._shrink = _finest(picture, self._places)
        self.value = self.of(picture)

    def of(self, picture: Picture) -> float | None:
        """About 1 when sharp, much less when not; None where there is hardly an edge."""
        return _fineness([_tile(picture, place, self._shrink) for place in self._places])


def _matched(now: Floats, before: Floats) -> tuple[float, float]:
    both, kept, energy = float((now * before).sum()), float((before * before).sum()), float((now * now).sum())
    return both / (kept + 1e-6), both / (np.sqrt(kept * energy) + 1e-6)


def _detailed(still: Floats) -> list[tuple[int, int]]:
    energy = by_cells(still * still)
    best = np.argsort(energy, axis=None)[::-1][:_TILES]
    return [divmod(int(at), COLUMNS) for at in best if energy.flat[at] > _TEXTURED]


def _tile(picture: Picture, place: tuple[int, int], shrink: int = 1) -> NDArray[Any]:
    tall, wide = picture.luma.shape[0] // ROWS, picture.luma.shape[1] // COLUMNS
    row, column = place
    tile: NDArray[Any] = picture.luma[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide]
    if shrink == 1:
        return tile
    return cv2.resize(tile, (wide // shrink, tall // shrink), interpolation=cv2.INTER_AREA)


def _finest(picture: Picture, places: list[tuple[int, int]]) -> int:
    """By which whole number the picture is made smaller before its sharpness is judged: many cameras send more pixels
    than their lenses, or their encoders, fill."""
    for shrink in _SHRINKS:
        fine = _fineness([_tile(picture, place, shrink) for place in places])
        if fine is None or fine > _FILLED or picture.luma.shape[0] < _LEAST_TALL * (shrink + 1):
            return shrink
    return _SHRINKS[-1]


def _fineness(tiles: list[NDArray[Any]]) -> float | None:
    """How steep the steepest edges are at full size, beside the same edges at a quarter of it: about 1 when sharp,
    much less when not, whatever the scene. None where there is hardly an edge."""
    found = []
    for each in tiles:
        tile = each.astype(np.float32)
        tall, wide = tile.shape
        size = (max(4, wide // _FINE_LEVEL), max(4, tall // _FINE_LEVEL))
        strong = _steepest(cv2.resize(tile, size, interpolation=cv2.INTER_AREA))
        if strong > 6:
            found.append(_steepest(tile) / strong)
    return float(np.median(found)) if len(found) >= _LEAST_TILES else None


def _steepest(tile: NDArray[Any]) -> float:
    across, down = cv2.Sobel(tile, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(tile, cv2.CV_32F, 0, 1, scale=0.125)
    return float(np.percentile(cv2.magnitude(across, down), 99))
