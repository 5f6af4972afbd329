"""What of a camera's last day is held: its gaps, where less was recorded, and how pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.core.errors import Unavailable
from appliance.core.model import Camera, CameraState, Gap, Span
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import DAY_NS
from appliance.services.cameras.gap_views import gap_views

__all__ = ["SILENT_NS", "expected_since", "first_held_ns", "first_in_force_ns", "gap_fields", "held_of"]

SILENT_NS = 10_000_000_000
"""A recorder that said nothing for so long is taken to be away."""


def held_of(keeper: Keeper, camera: Camera, state: CameraState, now_ns: int) -> tuple[list[Gap], list[Gap], int]:
    """The last day's gaps, the time in which less was recorded, and the first instant held; nothing while the index
    does not answer."""
    ring = keeper.ring
    try:
        since_ns = max(now_ns - DAY_NS, expected_since(keeper, camera))
        gaps = ring.gaps_in(camera.camera_no, Span(since_ns, now_ns)) if now_ns > since_ns else []
        if state.state == "live" and gaps and gaps[-1].end_ns == now_ns and now_ns - gaps[-1].start_ns < SILENT_NS:
            gaps = gaps[:-1]  # what was recorded just now is not durable yet
        reduced = ring.reduced_in(camera.camera_no, Span(since_ns, now_ns)) if now_ns > since_ns else []
        earliest_ns = first_held_ns(keeper, camera.camera_no)
    except Unavailable:
        return [], [], 0
    return gaps, reduced, earliest_ns


def expected_since(keeper: Keeper, camera: Camera) -> int:
    """Since when there should be footage of a camera: since it came in force, or as long as footage of a version before
    it is held. Raises Unavailable."""
    begun_ns = keeper.registry.begun_ns(camera)
    return min(begun_ns, first_held_ns(keeper, camera.camera_no) or begun_ns)


def first_in_force_ns(keeper: Keeper, camera_no: str) -> int:
    return keeper.cameras.first_in_force_ns(camera_no)


def first_held_ns(keeper: Keeper, camera_no: str) -> int:
    """The first instant held of a camera, also of what is not closed yet; 0 for none. Raises Unavailable."""
    earliest_ns = keeper.ring.earliest(camera_no)
    if earliest_ns is not None:
        return earliest_ns
    openings = keeper.ring.index.openings(camera_no)
    return openings[0].start_ns if openings else 0


def gap_fields(gaps: Iterable[Gap], since_ns: int) -> list[dict[str, Any]]:
    """Gaps for pages, as :func:`gap_views` has them."""
    return [msgspec.structs.asdict(view) for view in gap_views(gaps, since_ns)]
