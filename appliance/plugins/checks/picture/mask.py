"""Is what the camera masks still masked? Judged against the reference picture alone, which was approved with its masks.

A mask is a part that is one shade to the last level in the reference. What no exposure shows, a white sky or a black
corner, could be that as well, so bright parts do not count and a part must show plain structure to be unmasked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from appliance.api import Picture, PictureVitals, Sign
from appliance.plugins.checks.picture.cells import Floats, by_cells

__all__ = ["unmasked"]

_EVEN = 0.8
_BRIGHTEST = 200
_LEAST_CELLS = 2
_STEP = 2


def unmasked(vitals: PictureVitals, settings: Mapping[str, float]) -> Iterator[Sign]:
    if vitals.reference is None:
        return
    spread, light = _spread(vitals.reference)
    masked = (spread < _EVEN) & (light < _BRIGHTEST)
    if masked.sum() < _LEAST_CELLS:
        return
    now, _ = _spread(vitals.picture)
    limit = settings["mask_levels"]
    seen = float(np.median(now[masked]))
    yield Sign("picture-unmasked", seen > limit, seen, limit, "levels")


def _spread(picture: Picture) -> tuple[Floats, Floats]:
    """How far the luma of each cell spreads, in levels, and its mean."""
    luma: Any = picture.luma[::_STEP, ::_STEP].astype(np.float32)
    mean = by_cells(luma)
    return np.sqrt(np.maximum(0, by_cells(luma * luma) - mean * mean)), mean
