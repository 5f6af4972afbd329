"""Small plots of how a measure went, as SVG that stands in the page: a line, a band from lowest to highest, the limit.

A plot says in words what it shows (``role="img"`` with a label), so that nobody needs to see it.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.protocol.selftests import Trend

__all__ = ["HEIGHT", "WIDTH", "Plot", "plot"]

WIDTH, HEIGHT = 240, 44
_MARGIN = 3.0
_LEAST_POINTS = 2


class Plot(NamedTuple):
    """Coordinates in a box of WIDTH x HEIGHT. ``line`` and ``band`` are points of an SVG polyline and polygon;
    ``limit`` the height of the limit's line, None where it lies far outside."""

    line: str
    band: str
    limit: float | None
    first: float
    last: float
    spans: int


def plot(trend: Trend) -> Plot | None:
    """None where there are too few points for a line."""
    if len(trend.points) < _LEAST_POINTS:
        return None
    low = min(point[1] for point in trend.points)
    high = max(point[3] for point in trend.points)
    reach = high - low
    near = low - 3 * reach <= trend.limit <= high + 3 * reach or not reach
    bottom, top = (min(low, trend.limit), max(high, trend.limit)) if near else (low, high)
    begin, end = trend.points[0][0], trend.points[-1][0]

    def across(at: int) -> float:
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * (at - begin) / max(1, end - begin), 1)

    def down(value: float) -> float:
        share = (value - bottom) / (top - bottom) if top > bottom else 0.5
        return round(HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share, 1)

    line = " ".join(f"{across(at)},{down(mean)}" for at, _, mean, _ in trend.points)
    over = [f"{across(at)},{down(highest)}" for at, _, _, highest in trend.points]
    under = [f"{across(at)},{down(lowest)}" for at, lowest, _, _ in reversed(trend.points)]
    return Plot(
        line,
        " ".join(over + under),
        down(trend.limit) if near else None,
        trend.points[0][2],
        trend.points[-1][2],
        end - begin + 1,
    )
