"""遮蔽版: a stretch of which masking was ordered, converted by the darkroom with its masks painted over (``T-26``).

No picture of such minutes goes out as it was recorded. A picture that the darkroom does not decode is in no file, and
is said to be missing. What is kept of what lay there is the hash of the packets, by which a court may ask for them.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from appliance.api.nal import length_size
from appliance.core.errors import Broken, Unavailable
from appliance.core.model import Span
from appliance.core.motion import KeyPosition
from appliance.formats.copy_package.manifest import (
    CoveringMask,
    MaskedPictures,
    MaskPosition,
    SealedSource,
    minutes,
    time_at,
)
from appliance.rules.cases.masks import Mask
from appliance.sandbox.codecs import to_sample
from appliance.sandbox.protocol import CoveredArea, Opening, Sample
from appliance.services.copies.package.play import PlayMovie, Viewers, pushed
from appliance.services.copies.package.stretches import Part
from appliance.services.viewing.maskbook import DrawnMask

__all__ = ["LONGEST_MASKED_NS", "MASKED_MARK", "MaskedFile", "Masking", "PartsAhead"]

MASKED_MARK = "遮蔽版"

LONGEST_MASKED_NS = 600 * 1_000_000_000
"""Another file follows then, by another child: a child has an hour of the processor, and 4K takes some of it."""

_SAME_NS = 1_000_000
"""A picture comes back at its own time but for what two clocks round."""


class Masking(NamedTuple):
    """What was ordered to be masked of a camera, and the masks over it; () where nothing was."""

    spans: Sequence[Span] = ()
    masks: Sequence[DrawnMask] = ()

    def of(self, span: Span) -> bool:
        """Whether nothing of ``span`` may go out as it was recorded. Minutes that adjoin masked ones are not parted
        from them: what is decoded after their border needs what lies before it."""
        return any(span.overlaps(each) for each in (*self.spans, *(drawn.mask.span for drawn in self.masks)))


class PartsAhead:
    """The parts of a stretch; :attr:`head` is the next, None after the last."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self.head = next(parts, None)

    def take(self) -> None:
        self.head = next(self._parts, None)


class _Tally:
    """The packets of some pictures: how many, and their hash."""

    def __init__(self) -> None:
        self.pictures, self._digest = 0, hashlib.sha256()

    def add(self, data: bytes) -> None:
        self.pictures += 1
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class MaskedFile:
    """One file. :meth:`chunks` takes its parts from ``ahead`` and ends where these end; where a child died of one, at
    the next key frame, with which another file begins. Nothing comes where nothing was decoded. Raises Unavailable
    where there is no darkroom: then there is no copy."""

    def __init__(
        self,
        ahead: PartsAhead,
        first: Part,
        words: str,
        masks: Sequence[DrawnMask],
        source: Callable[[Part], SealedSource],
    ) -> None:
        self._ahead, self._masks, self._source = ahead, masks, source
        self._streams, self.corrected_ns = first.streams, first.source.by_ns
        pictures = next(stream for stream in first.streams.streams if stream.kind == "video")
        self._pictures, self._length_bytes = pictures, length_size(pictures.codec, pictures.extradata)
        self.movie = PlayMovie(min(sample.pts_ns for sample in first.samples), f"{words} {MASKED_MARK}")
        self._all, self._under = _Tally(), [_Tally() for _ in masks]
        self._given, self._numbers, self._until_ns = array("q"), set[int](), first.until_ns
        self._sources: dict[SealedSource, None] = {}

    def chunks(self, viewers: Viewers) -> Iterator[bytes]:
        viewer, is_lost = viewers(), False
        try:
            viewer.open(
                Opening(
                    streams=self._streams,
                    origin_ns=self.movie.start_ns,
                    covered=tuple(_area(each.mask) for each in self._masks),
                    kept=True,
                )
            )
            while (part := self._ahead.head) and not (is_lost and self._begins(part)):
                self._note(part)
                try:
                    for block in () if is_lost else pushed(viewer, part):
                        yield self.movie.add(block)
                except (Unavailable, Broken):
                    is_lost = True
                self._ahead.take()
            try:
                yield b"" if is_lost else self.movie.add(viewer.finish(self._until_ns).data)
            except (Unavailable, Broken):
                is_lost = True
        finally:
            viewer.close()
        yield self.movie.finish(self._until_ns)

    def skip(self) -> None:
        """Takes the rest of the parts without trying to decode them."""
        while part := self._ahead.head:
            self._note(part)
            self._ahead.take()

    # --- afterwards ---

    @property
    def span(self) -> Span:
        return Span(self.movie.start_ns, self.movie.end_ns)

    @property
    def sources(self) -> tuple[SealedSource, ...]:
        return tuple(self._sources)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Codecs of streams of which something came and nothing is in the file."""
        kinds = {facts.kind for facts in self.movie.facts}
        first = {stream.kind: stream.number for stream in reversed(self._streams.streams)}
        return tuple(
            each.codec
            for each in self._streams.streams
            if each.number in self._numbers and (each.kind not in kinds or first[each.kind] != each.number)
        )

    def lost(self) -> list[Span]:
        """From each picture that did not come back to the next that did."""
        shown, lost, since = self.movie.shown_ns(), list[Span](), None
        for at_ns in sorted(self._given):
            near = bisect_left(shown, at_ns - _SAME_NS)
            came_back = near < len(shown) and shown[near] <= at_ns + _SAME_NS
            if not came_back:
                since = at_ns if since is None else since
            elif since is not None:
                lost.append(Span(since, at_ns))
                since = None
        return lost if since is None else [*lost, Span(since, max(self._until_ns, since + 1))]

    def described(self) -> MaskedPictures:
        return MaskedPictures(
            pictures=self._all.pictures,
            sha256=self._all.sha256,
            masks=tuple(
                _described(each, tally) for each, tally in zip(self._masks, self._under, strict=True) if tally.pictures
            ),
        )

    # --- inside ---

    def _begins(self, part: Part) -> bool:
        return next((sample.is_key for sample in part.samples if self._is_picture(sample)), False)

    def _is_picture(self, sample: Sample) -> bool:
        return sample.stream == self._pictures.number

    def _note(self, part: Part) -> None:
        self._sources[self._source(part)] = None
        self._until_ns = part.until_ns
        for sample in part.samples:
            self._numbers.add(sample.stream)
            if self._is_picture(sample):
                self._given.append(sample.pts_ns)
                self._count(sample)

    def _count(self, sample: Sample) -> None:
        """The packet as the file of an unmasked copy has it (``movie.py``)."""
        nal = self._pictures.codec != "mjpeg"
        data = to_sample(self._pictures.codec, sample.data, self._length_bytes) if nal else sample.data
        self._all.add(data)
        for drawn, tally in zip(self._masks, self._under, strict=True):
            if drawn.mask.span.holds(sample.pts_ns):
                tally.add(data)


def _area(mask: Mask) -> CoveredArea:
    return CoveredArea(
        start_ns=mask.start_ns,
        end_ns=mask.end_ns,
        left=mask.left,
        top=mask.top,
        right=mask.right,
        bottom=mask.bottom,
        positions=mask.positions,
    )


def _position(position: KeyPosition) -> MaskPosition:
    return MaskPosition(
        at=time_at(position.at_ns),
        left=position.left,
        top=position.top,
        right=position.right,
        bottom=position.bottom,
    )


def _described(drawn: DrawnMask, tally: _Tally) -> CoveringMask:
    mask = drawn.mask
    return CoveringMask(
        number=mask.number,
        entry=drawn.entry,
        entry_sha256=drawn.entry_sha256,
        minutes=minutes(mask.span),
        left=mask.left,
        top=mask.top,
        right=mask.right,
        bottom=mask.bottom,
        positions=tuple(_position(each) for each in mask.positions),
        pictures=tally.pictures,
        sha256=tally.sha256,
    )
