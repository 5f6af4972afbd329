"""Is there a picture at all, of the right light and colour? The look of the check ``signal``. Pure but for memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from appliance.api import SHARE, PictureVitals, Sign
from appliance.plugins.checks.picture.cells import LEARNED, by_cells, colour, in_office_hours

__all__ = ["look"]

_BAND = 3
_BLACK, _WHITE = 40, 216
_LIT = 50
_MOST_BLIND = 248
_SLOW = 0.03


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    picture = vitals.picture
    small = picture.small
    middle = float(np.median(small))
    share = float(np.mean(np.abs(small.astype(np.int16) - int(middle)) <= _BAND))
    flat, limit = share >= settings["flat_share"], settings["flat_share"]
    away = max(abs(float(np.median(plane)) - 128) for plane in (picture.small_cb, picture.small_cr))
    gray = away < 12
    bright, least = float(np.percentile(small, 95)), _least_by_night(vitals, settings)
    night = not _lit_perhaps(vitals.local_minutes, settings)
    black = flat and gray and middle <= _BLACK
    if least is not None or not night:
        yield Sign("picture-black", black, share, limit, SHARE)
    yield Sign("picture-white", flat and gray and middle >= _WHITE, share, limit, SHARE)
    yield Sign("picture-flat", flat and not (gray and not _BLACK < middle < _WHITE), share, limit, SHARE)
    blind = float(np.mean(small >= _MOST_BLIND))
    yield Sign("picture-blown", blind > settings["blown_share"], blind, settings["blown_share"], SHARE)
    open_now = in_office_hours(vitals.local_minutes, settings)
    if open_now:
        dark = bright < settings["dark_luma"] and not black  # one fault is one finding
        yield Sign("picture-dark", dark, bright, settings["dark_luma"], "levels")
    elif night and least is not None:
        yield Sign("picture-night", bright < least, bright, least, "levels")
    yield from _colours(vitals, settings, memory, open_now=open_now, lit=middle > _LIT and not flat)


def _least_by_night(vitals: PictureVitals, settings: Mapping[str, float]) -> float | None:
    """How bright a picture is at least at night: as the office's own night picture has it, where there is one, for what
    showed much then has to show some of it now. None where that picture, or the camera's papers, are of a place without
    light: two people said that it is dark, and nothing can be told from its being so."""
    least = settings["night_luma"]
    reference = vitals.reference
    if reference is None or reference.light != "night":
        return None if vitals.registered.dark_at_night else least
    showed = float(np.percentile(reference.small, 95))
    return max(least, settings["night_share"] * showed) if showed >= least else None


def _lit_perhaps(minutes: int, settings: Mapping[str, float]) -> bool:
    """By day, whatever the office's hours: a hall without lamps may be dim then, and is judged by its hours alone."""
    return settings["open_hour"] * 60 <= minutes < settings["close_hour"] * 60


def _colours(
    vitals: PictureVitals,
    settings: Mapping[str, float],
    memory: MutableMapping[str, Any],
    *,
    open_now: bool,
    lit: bool,
) -> Iterator[Sign]:
    """Colour is judged by light only: at night a camera may well be without it."""
    if not lit:
        return
    picture = vitals.picture
    now = np.stack([by_cells(plane.astype(np.float32)) for plane in (picture.small_cb, picture.small_cr)]) - 128
    strength = colour(picture)
    usual, count = memory.get("colour", 0.0), memory.get("looks", 0)
    gone = strength < settings["colour_levels"] and usual > 2 * settings["colour_levels"]
    if open_now and count >= LEARNED:
        yield Sign("picture-colourless", gone, strength, settings["colour_levels"], "levels")
    tint = memory.get("tint")
    shift = now if tint is None else now - tint
    far = float(np.hypot(*(np.median(plane) for plane in shift)))  # of most of the picture, not of a red coat
    limit = settings["cast_levels"] * (1.0 if tint is not None and count >= LEARNED else 3.0)
    cast = far > limit and not gone
    yield Sign("picture-cast", cast, far, limit, "levels")
    if gone or cast:
        return
    memory["looks"] = count + 1
    memory["colour"] = strength if not count else usual + _SLOW * (strength - usual)
    memory["tint"] = now if tint is None else tint + _SLOW * (now - tint)
