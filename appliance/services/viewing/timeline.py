"""What there is of a camera's granted minutes: footage, and for the rest why there is none. Pure but for the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.core.model import Gap, Span, merge, subtract
from appliance.vault.index.gaps import HAIRLINE_NS
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["CameraTimeline", "timeline_of", "without"]


class CameraTimeline(NamedTuple):
    """What there is of a camera's granted minutes: footage, for the rest why there is none; hairlines are neither.
    ``corrected`` are the parts that a wrong clock recorded: their true time, and by how much it was corrected."""

    spans: list[Span]
    gaps: list[Gap]
    corrected: list[tuple[Span, int]]


def timeline_of(
    ring: Ring, camera_no: str, spans: Sequence[Span], stretches: Sequence[Stretch], lost: Sequence[Span]
) -> CameraTimeline:
    """As the ring has it now. ``lost``: what did not open when it was tried, which is a gap, too."""
    kept = merge((part for span in spans for part in ring.footage_in(camera_no, span)), join_ns=HAIRLINE_NS)
    gaps = [gap for span in spans for gap in ring.gaps_in(camera_no, span)]
    corrections = [
        (part, stretch.by_ns)
        for span in spans
        for stretch in stretches
        if stretch.by_ns and (part := Span(stretch.start_ns, stretch.end_ns).intersect(span))
    ]
    return without(camera_no, CameraTimeline(kept, gaps, corrections), lost)


def without(camera_no: str, found: CameraTimeline, lost: Sequence[Span]) -> CameraTimeline:
    """What is left of a timeline where these stretches do not open."""
    damaged = [part for each in lost for whole in found.spans if (part := whole.intersect(each))]
    gaps = [
        *found.gaps,
        *(Gap(camera_no=camera_no, start_ns=part.start_ns, end_ns=part.end_ns, cause="damaged") for part in damaged),
    ]
    whole_spans = [part for whole in found.spans for part in subtract(whole, lost)]
    return CameraTimeline(whole_spans, sorted(gaps, key=lambda gap: gap.start_ns), found.corrected)
