"""What there is of a camera's granted minutes: footage, and for the rest why there is none. Pure but for the index."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from appliance.core.model import Gap, Span, merge, subtract
from appliance.vault.index.gaps import HAIRLINE_NS
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["CameraTimeline", "Mixed", "coarsened", "timeline_of", "within", "without"]

_FINEST_NS = 1_000_000_000


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


def within(found: CameraTimeline, window: Span) -> CameraTimeline:
    """What is left of a timeline between two moments."""
    spans = [part for span in found.spans if (part := span.intersect(window))]
    gaps = [
        msgspec.structs.replace(gap, start_ns=max(gap.start_ns, window.start_ns), end_ns=min(gap.end_ns, window.end_ns))
        for gap in found.gaps
        if gap.start_ns < window.end_ns and window.start_ns < gap.end_ns
    ]
    return CameraTimeline(spans, gaps, found.corrected)


class Mixed(NamedTuple):
    """Time in which ``number`` gaps lie close together; ``missing_ns`` of it is missing."""

    span: Span
    missing_ns: int
    number: int


def coarsened(found: CameraTimeline, granted: Sequence[Span], most: int) -> tuple[CameraTimeline, list[Mixed]]:
    """A timeline of ``most`` gaps or, where there are more, of gaps that are as short as that allows: what is shorter
    and lies closer together is one ``Mixed`` each, within the granted minutes, and counts as footage that may fail."""
    if len(found.gaps) <= most:
        return found, []
    gaps, mixed = _at_step(found.gaps, granted, _step_ns(found.gaps, max(most, len(granted)) - len(granted)))
    if not mixed:
        return found, []
    spans = merge([*found.spans, *(each.span for each in mixed)])
    return CameraTimeline(spans, gaps, found.corrected), mixed


def _step_ns(gaps: Sequence[Gap], most: int) -> int:
    """So coarse that no more than ``most`` gaps stay or begin a run: each is as long, or as far from the one before."""
    lengths = sorted(gap.end_ns - gap.start_ns for gap in gaps)
    apart = sorted(later.start_ns - gap.end_ns for gap, later in itertools.pairwise(gaps))
    step_ns = _FINEST_NS
    while 2 * (len(lengths) - bisect_left(lengths, step_ns)) + len(apart) - bisect_left(apart, step_ns) > most:
        step_ns *= 2
    return step_ns


def _at_step(gaps: Sequence[Gap], granted: Sequence[Span], step_ns: int) -> tuple[list[Gap], list[Mixed]]:
    """The gaps that stay, and what is made of those below ``step_ns`` that lie closer together than that."""
    alone: list[Gap] = []
    mixed: list[Mixed] = []
    for whole in granted:
        inside = [gap for gap in gaps if whole.start_ns <= gap.start_ns < whole.end_ns]
        run: list[Gap] = []
        for gap in (*inside, None):
            is_short = gap is not None and gap.end_ns - gap.start_ns < step_ns
            if run and not (gap and is_short and gap.start_ns - run[-1].end_ns < step_ns):
                _close(run, alone, mixed)
                run = []
            if gap and is_short:
                run.append(gap)
            elif gap:
                alone.append(gap)
    return sorted(alone, key=lambda gap: gap.start_ns), mixed


def _close(run: Sequence[Gap], alone: list[Gap], mixed: list[Mixed]) -> None:
    if len(run) == 1:
        alone.append(run[0])
    else:
        missing_ns = sum(gap.end_ns - gap.start_ns for gap in run)
        mixed.append(Mixed(Span(run[0].start_ns, run[-1].end_ns), missing_ns, len(run)))
