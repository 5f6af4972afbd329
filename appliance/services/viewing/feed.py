"""What the darkroom is handed of a passage, and the blocks that come back. Blocking; nothing is released here."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.core.model import Span
from appliance.sandbox.client import Viewer
from appliance.sandbox.protocol import Block, Opening, Sample, is_converted
from appliance.services.viewing.footage import Footage, Place
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.passage import ResponseSpan
from appliance.services.viewing.samples import inside

__all__ = ["pushed"]

_FIRST_PICTURES, _MORE_PICTURES = 2, 4
"""Of pictures that are converted so many are handed over at once: a player has the first soon, and one that left is
noticed soon. Two are behind the one that was asked for: the last waits to learn how long it lasts."""


def pushed(
    viewer: Viewer, grant: Grant, footage: Footage, passage: ResponseSpan, granted: Span, opening: Opening
) -> Iterator[Block]:
    """What the darkroom makes of a passage, without empty blocks. A grant that ends stops it. After a fragment that
    does not open, pictures go on at the next key frame."""
    pictures = {stream.number for stream in opening.streams.streams if stream.kind == "video"}
    broken = False

    def part(*places: Place) -> list[Sample]:
        nonlocal broken
        grant.check_live()
        samples: list[Sample] = []
        for place in places:
            found = footage.samples(place)
            broken = broken or not found
            for sample in inside(found, opening.streams, passage.span, granted):
                broken = broken and not (sample.stream in pictures and sample.is_key)
                if not (broken and sample.stream in pictures):
                    samples.append(sample)
        return samples

    portions = _Portions(opening)
    viewer.open(opening)
    steps = [(*passage.before, passage.places[0]), *((place,) for place in passage.places[1:])]
    if passage.after:
        steps.append(passage.after)
    for places in steps:
        for samples in portions.of(part(*places)):
            grant.check_live()
            block = viewer.push(samples)
            if block.data:
                yield block
    block = viewer.finish(passage.span.end_ns)
    if block.data:
        yield block


class _Portions:
    """What is handed over at once: a fragment, or of pictures that are converted a few."""

    def __init__(self, opening: Opening) -> None:
        converted = (each for each in opening.streams.streams if each.kind == "video" and is_converted(each, opening))
        self._pictures = {each.number for each in converted}
        self._from_ns, self._left = opening.from_ns, _FIRST_PICTURES

    def of(self, samples: list[Sample]) -> Iterator[list[Sample]]:
        portion: list[Sample] = []
        for sample in samples:
            portion.append(sample)
            if sample.stream in self._pictures and sample.pts_ns > self._from_ns:
                self._left -= 1
                if not self._left:
                    yield portion
                    portion, self._left = [], _MORE_PICTURES
        if portion or not samples:
            yield portion
