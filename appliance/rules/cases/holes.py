"""What of an asked range has no footage, and why, as it was found when the keeper looked (``T-22``). Pure.

The row of 附件4 lists the stretches with their times and causes; of very many, the longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from appliance.core.model import Gap

__all__ = ["MOST", "Hole", "Holes", "holes_in", "is_told"]

MOST = 12
"""So many stretches of a range are listed: what a cell of 附件4 holds."""

_SECOND_NS = 1_000_000_000
_SHORTEST_NS = _SECOND_NS


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """``cause``: as the recorder noted it, or ``unknown``; ``expired``: it was there and was destroyed by its term;
    ``not-in-force``: the camera was not in force yet."""

    start_ns: int
    end_ns: int
    cause: str


class Holes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In order of time. ``more``: further stretches, shorter than those listed, of ``more_seconds`` together."""

    listed: tuple[Hole, ...] = ()
    more: int = 0
    more_seconds: int = 0


class _Span(NamedTuple):
    start_ns: int
    end_ns: int


def holes_in(gaps: Iterable[Gap], destroyed: Iterable[tuple[int, int]] = (), *, since_ns: int = 0) -> Holes:
    """Of a range's gaps, those of a second and more. A gap without a noted cause in which there once was footage,
    destroyed since, is ``expired``. ``since_ns``: when the camera first came in force."""
    gone = [_Span(*each) for each in destroyed]
    found = [hole for gap in gaps for hole in _told(gap, gone, since_ns) if hole.end_ns - hole.start_ns >= _SHORTEST_NS]
    longest = sorted(found, key=lambda each: each.start_ns - each.end_ns)
    listed, rest = longest[:MOST], longest[MOST:]
    return Holes(
        listed=tuple(sorted(listed, key=lambda each: each.start_ns)),
        more=len(rest),
        more_seconds=sum(each.end_ns - each.start_ns for each in rest) // _SECOND_NS,
    )


def _told(gap: Gap, gone: list[_Span], since_ns: int) -> Iterator[Hole]:
    """The gap as it is told. One without a noted cause is cut in two where its camera came in force."""
    cause = gap.cause
    if cause == "unknown":
        if any(each.start_ns < gap.end_ns and gap.start_ns < each.end_ns for each in gone):
            cause = "expired"
        elif gap.start_ns < since_ns:
            border_ns = min(since_ns, gap.end_ns)
            yield Hole(start_ns=gap.start_ns, end_ns=border_ns, cause="not-in-force")
            if border_ns < gap.end_ns:
                yield Hole(start_ns=border_ns, end_ns=gap.end_ns, cause=cause)
            return
    yield Hole(start_ns=gap.start_ns, end_ns=gap.end_ns, cause=cause)


def is_told(footage: str) -> bool:
    """Whether the stretches say more than the finding itself: all of an expired range is past its term."""
    return footage in ("partly", "gap")
