"""By how much the clock was wrong when a bucket was recorded, where that is known exactly (``T-19``).

Segment times are never rewritten. A bucket of untrusted time is exactly dated by any trusted moment of its own boot,
before or after: boot time ran on whatever the wall clock said. Searches use the corrected time, displays show both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from appliance.core.model import Gap
from appliance.rules.retention import ClockReading, RetainedBucket, dated
from appliance.vault.index.gaps import RESTART

__all__ = ["TimeReading", "corrected_gaps", "corrections"]


class TimeReading(NamedTuple):
    """A moment at which two people compared the clock with a reference. ``wall_ns`` is the reference's time."""

    boot_id: str
    boot_ns: int
    wall_ns: int


def corrections(untrusted: Iterable[RetainedBucket], readings: Sequence[ClockReading]) -> dict[str, int]:
    """What to add to the times of each of these buckets, by id; those that no moment of their boot dates are absent."""
    boots = {reading.boot_no for reading in readings}
    known = dated([bucket for bucket in untrusted if bucket.boot_no in boots], readings)
    return {d.bucket.bucket_id: d.earliest_ns - d.bucket.start_ns for d in known if d.earliest_ns is not None}


def corrected_gaps(noted: Iterable[tuple[RetainedBucket, str]], readings: Sequence[ClockReading]) -> list[Gap]:
    """Gaps of untrusted time with their causes, by their true time where a moment of their boot dates them. The end of
    a restart was told by the next boot's clock, whatever that said."""
    noted = list(noted)
    wrong = corrections([each for each, _ in noted], readings)
    out = []
    for each, cause in noted:
        by_ns = wrong.get(each.bucket_id, 0)
        start_ns = each.start_ns + by_ns
        end_ns = max(each.end_ns, start_ns + 1) if cause == RESTART else each.end_ns + by_ns
        out.append(Gap(camera_no=each.camera_no, start_ns=start_ns, end_ns=end_ns, cause=cause, by_ns=by_ns))
    return out
