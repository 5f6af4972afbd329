"""Gaps in the footage of a camera as pages get them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from appliance.core import model
from appliance.protocol.status import Gap

__all__ = ["gap_views"]


def gap_views(gaps: Iterable[model.Gap], since_ns: int) -> tuple[Gap, ...]:
    """What lies before their camera came in force first, at ``since_ns``, has that for its cause."""
    return tuple(view for gap in gaps for view in _views(gap, since_ns))


def _views(gap: model.Gap, since_ns: int) -> Iterator[Gap]:
    inside = gap.start_ns < since_ns < gap.end_ns
    borders = [gap.start_ns, since_ns, gap.end_ns] if inside else [gap.start_ns, gap.end_ns]
    for start_ns, end_ns in itertools.pairwise(borders):
        known = gap.cause != "unknown" or start_ns >= since_ns
        yield Gap(start_ns, end_ns, gap.cause if known else "not-in-force", gap.by_ns)
