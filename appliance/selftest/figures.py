"""Measures as people read them: in a unit that fits, rounded to the scale of their limit. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

from appliance.api import FLAG, SHARE

__all__ = ["Figure", "figure", "said"]

_LARGER = {
    "s": ((86_400 * 2, 86_400, "days"), (7200, 3600, "h"), (600, 60, "min")),
    "pixels": ((1, 1e6, "megapixels"),),
}
"""Of a unit: from which figure on which part of it makes one of a larger unit."""

_MOST_DECIMALS = 4
_TWO_DIGITS = 1
_LARGE = 1000
"""From here on nobody reads what stands behind the point."""


class Figure(NamedTuple):
    """``limit`` "" where there is none; both "" for a yes or no."""

    value: str
    limit: str
    unit: str


def figure(value: float, limit: float | None, unit: str) -> Figure:
    """``value`` beside ``limit``. A figure far below its limit's scale is nought; two that differ never read the same
    while four places after the point can tell them apart."""
    if unit == FLAG:
        return Figure("", "", "")
    scale, unit = _unit(max(abs(value), abs(limit or 0.0)) if limit is None else abs(limit), unit)
    value, limit = value / scale, None if limit is None else limit / scale
    decimals = _decimals(value if limit is None or not limit else limit)
    if limit is None:
        return Figure(_plain(value, decimals), "", unit)
    while value != limit and decimals < _MOST_DECIMALS and round(value, decimals) == round(limit, decimals):
        decimals += 1
    return Figure(
        _plain(value, 0 if abs(value) >= _LARGE else decimals),
        _short(_plain(limit, max(decimals, _decimals(limit)))),
        unit,
    )


def said(value: float, limit: float, unit: str) -> str:
    """In one English line, "" for a yes or no."""
    told = figure(value, limit, unit)
    unit = f" {told.unit}" if told.unit else ""
    return f"measured {told.value}{unit}, limit {told.limit}{unit}" if told.value else ""


def _unit(size: float, unit: str) -> tuple[float, str]:
    if unit == SHARE:
        return 0.01, "%"
    return next(((part, larger) for least, part, larger in _LARGER.get(unit, ()) if size >= least), (1.0, unit))


def _decimals(size: float) -> int:
    """So many places after the point that two digits of ``size`` are there."""
    if not size or not math.isfinite(size):
        return 0
    return min(_MOST_DECIMALS, max(0, _TWO_DIGITS - math.floor(math.log10(abs(size)))))


def _plain(value: float, decimals: int) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{value:.0f}"
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not float(text) else text


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
