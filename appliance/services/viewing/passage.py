"""What one response of the player covers: from which key frame to where, and where to go on. No I/O but opening
fragments; nothing here releases anything.

Rules: begin at the key frame at or before the moment asked for, if footage leads from it to that moment without a gap
and it lies in the granted minutes; else at the next one inside. End at a gap, where the streams change, at the end of
the granted minutes, or else at the last key frame within the time asked for, so that the next response begins there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.model import Span
from appliance.sandbox.protocol import Sample
from appliance.services.viewing.footage import Footage, Place

__all__ = ["MAX_LEAD_NS", "ResponseSpan", "find_passage", "key_sample"]

MAX_LEAD_NS = 600 * 1_000_000_000
"""A key frame further back than this is not looked for: cameras send one every 1 to 10 s, sparing ones every 60, and
some one in minutes. All of it from there on has to be decoded."""

_SOUND_NS = 1_000_000_000
"""How far sound may lie in the fragments before or after its pictures."""


_SHORT_NS = 500_000_000
"""So much of what follows is in the shortest response: a player has something to go on with."""


class ResponseSpan(NamedTuple):
    """``span`` is exact. ``places`` are the fragments with its pictures; sound of it may also lie in those just
    ``before`` and ``after``. ``next_ns`` is where to ask next, None when nothing follows in these minutes."""

    span: Span
    places: tuple[Place, ...]
    before: tuple[Place, ...]
    after: tuple[Place, ...]
    next_ns: int | None


def find_passage(
    footage: Footage, granted: Span, start_ns: int, until_ns: int, *, is_short: bool = False
) -> ResponseSpan | int | None:
    """The passage for ``start_ns`` (inside ``granted``) to ``until_ns``; where footage resumes, when there is none of
    that time; None when there is none up to the end of the granted minutes. ``is_short``: to the first key frame half a
    second or more behind ``start_ns``, if that comes earlier."""
    limit = min(until_ns, granted.end_ns)
    found = _beginning(footage, granted, start_ns)
    if found is None:
        return None
    first, exact_ns = found
    if exact_ns >= limit:
        return exact_ns
    run = _Run([first], 0, None, None)
    for place in footage.after(first):
        if not footage.follows(run.places[-1], place) or _changes(run.places[-1], place):
            run.stop = place
            break
        if place.is_key and start_ns < place.start_ns <= limit:
            run.key_cut = len(run.places)
            if is_short and place.start_ns >= start_ns + _SHORT_NS and (key := key_sample(footage, place, granted)):
                run.beyond, limit = place, key.pts_ns
                break
        if place.start_ns >= limit:
            run.beyond = place
            break
        run.places.append(place)
    return _cut(footage, granted, exact_ns, limit, run)


@dataclass
class _Run:
    """Fragments in a row that begin before the limit. ``key_cut``: where the last key frame up to it lies, 0 = nowhere.
    What ended the row: ``beyond``, the next fragment, begins at the limit or later; ``stop``, the next, is cut off from
    it; or nothing follows."""

    places: list[Place]
    key_cut: int
    beyond: Place | None
    stop: Place | None


def _cut(footage: Footage, granted: Span, start_ns: int, limit: int, run: _Run) -> ResponseSpan:
    places, tail = run.places, [run.beyond] if run.beyond else []
    last_end = limit if run.beyond else _end_of(footage, places)
    if last_end >= limit:
        end_ns, next_ns = limit, limit if limit < granted.end_ns else None
        key_place = [*places, *tail][run.key_cut] if run.key_cut and next_ns else None
        key = key_sample(footage, key_place, granted) if key_place else None
        if key and start_ns < key.pts_ns <= limit:
            end_ns = next_ns = key.pts_ns
            places, tail = places[: run.key_cut], [*places[run.key_cut :], *tail]
    else:
        later = _beginning_after(footage, granted, run.stop.start_ns) if run.stop else None
        next_ns = later[1] if later else None
        end_ns = max(start_ns + 1, last_end)
        if run.stop and next_ns and footage.follows(places[-1], run.stop) and next_ns < limit:
            end_ns = next_ns
    before = footage.before(places[0])
    lead = (before,) if before and not _changes(before, places[0]) else ()
    near = [place for place in tail if place.start_ns < end_ns + _SOUND_NS][:2]
    return ResponseSpan(Span(start_ns, end_ns), tuple(places), lead, tuple(near), next_ns)


def _beginning(footage: Footage, granted: Span, start_ns: int) -> tuple[Place, int] | None:
    """The fragment to begin with, and when its key frame was taken."""
    back = footage.key_before(start_ns, max(granted.start_ns, start_ns - MAX_LEAD_NS))
    if back and _leads_to(footage, back, start_ns):
        key = key_sample(footage, back, granted)
        if key:
            return back, key.pts_ns
    return _beginning_after(footage, granted, start_ns)


def _beginning_after(footage: Footage, granted: Span, at_ns: int) -> tuple[Place, int] | None:
    while ahead := footage.key_after(at_ns):
        if ahead.start_ns >= granted.end_ns:
            return None
        key = key_sample(footage, ahead, granted)
        if key:
            return ahead, key.pts_ns
        at_ns = ahead.start_ns + 1
    return None


def _leads_to(footage: Footage, place: Place, at_ns: int) -> bool:
    """Whether there is footage without a gap or change from ``place`` to ``at_ns``."""
    for later in footage.after(place):
        if later.start_ns > at_ns:
            return footage.follows(place, later) or _end_of(footage, [place]) > at_ns
        if not footage.follows(place, later) or _changes(place, later):
            return False
        place = later
    return _end_of(footage, [place]) > at_ns


def _changes(place: Place, later: Place) -> bool:
    """Whether the streams are others from ``later`` on."""
    return place.streams is not later.streams and place.streams != later.streams


def _end_of(footage: Footage, run: list[Place]) -> int:
    """When the last picture of these fragments ends; its length is taken from the one before."""
    times = [sample for place in run[-2:] for sample in footage.samples(place) if _is_picture(place, sample)]
    if not times:
        return run[-1].start_ns
    moments = sorted(sample.pts_ns for sample in times)
    last = max(times, key=lambda sample: sample.pts_ns)
    step = moments[-1] - moments[-2] if len(moments) > 1 else 40_000_000
    return last.pts_ns + (last.duration_ns or step)


def key_sample(footage: Footage, place: Place, granted: Span) -> Sample | None:
    """The key frame that a fragment begins with, if it was taken within the granted minutes."""
    picture = next((each for each in footage.samples(place) if _is_picture(place, each)), None)
    return picture if picture and picture.is_key and granted.holds(picture.pts_ns) else None


def _is_picture(place: Place, sample: Sample) -> bool:
    return any(stream.number == sample.stream and stream.kind == "video" for stream in place.streams.streams)
