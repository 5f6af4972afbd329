"""By how much the clock was wrong when a bucket was recorded, where that is known exactly (``T-19``).

Segment times are never rewritten. A bucket of untrusted time is exactly dated by any trusted moment of its own boot,
before or after: boot time ran on whatever the wall clock said. Searches use the corrected time, displays show both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from appliance.rules.retention import Kept, Reading, dated

__all__ = ["TimeReading", "corrections"]


class TimeReading(NamedTuple):
    """A moment at which two people compared the clock with a reference. ``wall_ns`` is the reference's time."""

    boot_id: str
    boot_ns: int
    wall_ns: int


def corrections(untrusted: Iterable[Kept], readings: Sequence[Reading]) -> dict[str, int]:
    """What to add to the times of each of these buckets, by id; those that no moment of their boot dates are absent."""
    boots = {reading.boot_no for reading in readings}
    known = dated([bucket for bucket in untrusted if bucket.boot_no in boots], readings)
    return {d.bucket.bucket_id: d.earliest_ns - d.bucket.start_ns for d in known if d.earliest_ns is not None}
