"""What the keeper answers about the box's health."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "Health",
    "InspectedCamera",
    "Look",
    "Trend",
]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The newest look. ``signs``: fault, wrong, value, limit, unit, note."""

    at_ns: int
    seen: bool = True
    wrong: tuple[dict[str, Any], ...] = ()
    signs: tuple[tuple[str, bool, float, float, str, str], ...] = ()
    failures: tuple[tuple[str, str], ...] = ()


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How one measure went. ``by``: hour (since 1970) or day (its ordinal); ``points``: at, lowest, mean, highest.
    ``reaches``: in about so many days it is at its limit; None where it does not go there."""

    by: str = "day"
    points: tuple[tuple[int, float, float, float], ...] = ()
    limit: float = 0.0
    unit: str = ""
    reaches: int | None = None


class InspectedCamera(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    state: str = ""
    look: Look | None = None
    trends: dict[str, Trend] = {}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Every camera's newest look, the box's, and the box's own figures by name."""

    now_ns: int
    cameras: tuple[InspectedCamera, ...] = ()
    box: Look | None = None
    box_trends: dict[str, Trend] = {}
    box_ns: int = 0
    figures: dict[str, float] = {}
