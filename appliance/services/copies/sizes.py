"""How many bytes minutes have in the ring: what a copy of them takes, before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.core.model import SegmentFile, Span
from appliance.vault.ring.ring import Ring

__all__ = ["bytes_of"]


def bytes_of(ring: Ring, spans: Mapping[str, Sequence[Span]]) -> int:
    """The bytes of each segment by its share of the minutes, at most."""
    return sum(
        _share(segment, span)
        for camera_no, asked in spans.items()
        for span in asked
        for stretch in ring.find(camera_no, span)
        for segment in stretch.segments
    )


def _share(segment: SegmentFile, span: Span) -> int:
    whole = max(1, segment.end_ns - segment.start_ns)
    part = Span(segment.start_ns, segment.start_ns + whole).intersect(span)
    return segment.bytes * (part.end_ns - part.start_ns) // whole + 1 if part else 0
