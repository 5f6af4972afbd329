"""Gaps (缺錄): which spans have no footage, exactly, and the cause of each as far as it was noted. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import msgspec

from appliance.core.model import Gap, Span, merge, subtract

__all__ = ["HAIRLINE_NS", "MAINTENANCE", "REPAIR", "RESTART", "UNKNOWN", "gaps_of"]

HAIRLINE_NS = 1_000_000_000
"""Stretches at most this far apart are one: the time from the last frame of one to the first of the next."""

LEAD_NS = 30_000_000_000
"""A cause is noted when the loss is noticed; it reaches back this far to where the footage really ended."""

UNKNOWN = "unknown"
RESTART = "restart"
"""From the last frame that survived an interruption to the first one after it, or until the recorder was back."""
MAINTENANCE = "maintenance"
"""What people say that a firm's visit cost, its number behind a colon."""
REPAIR = "repair"
"""What was lost while a camera was under a repair ticket, its number behind a colon."""
_OF_PEOPLE = (REPAIR, MAINTENANCE)
"""In the order in which a later one goes before an earlier one."""


def gaps_of(camera_no: str, span: Span, footage: Iterable[Span], noted: Sequence[Gap]) -> list[Gap]:
    """The gaps of ``span``: all of it that ``footage`` does not cover, in order, cut where the cause changes.

    A noted cause holds from its start until footage comes back or another cause begins, and so does the correction of
    its times, by which a reader finds what the clock said then. What people said of a repair or a maintenance holds for
    its minutes alone, and before what the machine noted there.
    """
    causes = sorted(noted, key=lambda gap: (gap.start_ns, gap.end_ns))
    said = [gap for kind in _OF_PEOPLE for gap in causes if gap.cause.startswith(f"{kind}:")]
    causes = [gap for gap in causes if not gap.cause.startswith(tuple(f"{kind}:" for kind in _OF_PEOPLE))]
    covered = [part for whole in merge(footage, join_ns=HAIRLINE_NS) if (part := whole.intersect(span))]
    found = [gap for hole in subtract(span, covered) for gap in _split(camera_no, hole, causes)]
    for each in said:
        found = [part for gap in found for part in _under(gap, each)]
    return found


def _under(gap: Gap, said: Gap) -> list[Gap]:
    """The gap, cut at the span that people said something of, with their cause within it."""
    at = max(gap.start_ns, said.start_ns), min(gap.end_ns, said.end_ns)
    if at[0] >= at[1]:
        return [gap]
    cuts = (gap.start_ns, *at, gap.end_ns)
    return [
        msgspec.structs.replace(
            gap, start_ns=start_ns, end_ns=end_ns, cause=said.cause if start_ns == at[0] else gap.cause
        )
        for start_ns, end_ns in itertools.pairwise(cuts)
        if start_ns < end_ns
    ]


def _split(camera_no: str, hole: Span, causes: Sequence[Gap]) -> list[Gap]:
    out: list[Gap] = []
    at, cause, by_ns = hole.start_ns, UNKNOWN, 0
    for noted in causes:
        if noted.end_ns <= hole.start_ns or noted.start_ns >= hole.end_ns:
            continue
        start_ns = max(noted.start_ns, hole.start_ns)
        if cause == UNKNOWN and start_ns - at <= LEAD_NS:
            start_ns = at
        if start_ns > at and (noted.cause, noted.by_ns) != (cause, by_ns):
            out.append(Gap(camera_no=camera_no, start_ns=at, end_ns=start_ns, cause=cause, by_ns=by_ns))
            at = start_ns
        cause, by_ns = noted.cause, noted.by_ns
    out.append(Gap(camera_no=camera_no, start_ns=at, end_ns=hole.end_ns, cause=cause, by_ns=by_ns))
    return out
