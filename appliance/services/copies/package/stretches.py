"""The approved minutes of a camera as stretches without a gap, each of which becomes a file of its own.

A plain player shows a gap within a file as a picture that stands still, as if nothing had happened; so none has one.
What counts as inside is the viewing copy's rule (``services/copies/cutting.py``): a picture by when it was taken, sound
only if it also ended, nothing before the first key frame inside.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from appliance.api import Streams
from appliance.core.model import Span
from appliance.sandbox.protocol import Sample
from appliance.services.copies.cutting import Cut, cut
from appliance.services.copies.package.movie import is_decodable
from appliance.services.viewing.footage import Footage, Place, Source
from appliance.services.viewing.samples import samples_of

__all__ = ["LONGEST_NS", "Part", "stretches"]

LONGEST_NS = 3600 * 1_000_000_000
"""A stretch that is longer goes on in another file, from a key frame on: what is kept of a file until its end is
bounded by its length."""

_AROUND_NS = 1_000_000_000
"""How far sound may lie in the fragments before or after its pictures."""


class Part(NamedTuple):
    """What is left of a fragment: its packets on wall time, and the sealed segment that they come from."""

    streams: Streams
    samples: list[Sample]
    source: Source
    until_ns: int


def stretches(
    footage: Footage,
    span: Span,
    *,
    check: Callable[[], None],
    advance: Callable[[int], None] = lambda at_ns: None,
    longest_ns: int = LONGEST_NS,
) -> Iterator[Iterator[Part]]:
    """The stretches in order, each as its parts; one is to be read to its end before the next is asked for. ``check``
    is called before each fragment is opened, ``advance`` with the moment that was reached."""
    numbered = _Numbered(footage, span, check, advance, longest_ns).parts()
    for _, group in itertools.groupby(numbered, key=lambda each: each[0]):
        yield (part for _, part in group)


class _Numbered:
    """The parts, each with the number of its stretch."""

    def __init__(
        self,
        footage: Footage,
        span: Span,
        check: Callable[[], None],
        advance: Callable[[int], None],
        longest_ns: int,
    ) -> None:
        self._footage, self._span, self._longest_ns = footage, span, longest_ns
        self._check, self._advance = check, advance
        self._number = self._began_ns = 0
        self._last: Place | None = None

    def parts(self) -> Iterator[tuple[int, Part]]:
        for place in self._footage.within(self._span, _AROUND_NS):
            self._check()
            if found := self._part(place):
                yield self._number, found
            self._advance(max(self._span.start_ns, min(place.start_ns, self._span.end_ns)))

    def _part(self, place: Place) -> Part | None:
        fragment = self._footage.fragment(place)
        if fragment is None:
            self._last = None
            return None
        goes_on = self._last is not None and self._continues(self._last, place)
        part = cut(fragment, place.streams, self._span, from_key=not goes_on)
        if part is None:
            return None
        samples = samples_of(part.fragment, place.streams)
        if not goes_on and not _shows(place.streams, samples):
            return None
        if not goes_on or self._is_long(part):
            self._number, self._began_ns = self._number + 1, part.start_ns
        self._last = place
        until_ns = min(self._span.end_ns, self._footage.end_of(place))
        return Part(place.streams, samples, self._footage.source_of(place), until_ns)

    def _continues(self, last: Place, place: Place) -> bool:
        same = last.streams == place.streams
        moved = self._footage.source_of(last).by_ns != self._footage.source_of(place).by_ns
        return same and not moved and self._footage.follows(last, place)

    def _is_long(self, part: Cut) -> bool:
        return part.starts_with_key and part.start_ns - self._began_ns >= self._longest_ns


def _shows(streams: Streams, samples: list[Sample]) -> bool:
    """Whether the first key frame says how it is to be decoded."""
    pictures = {stream.number: stream for stream in streams.streams if stream.kind == "video"}
    first = next((sample for sample in samples if sample.stream in pictures), None)
    return first is not None and is_decodable(pictures[first.stream], first.data)
