"""Pictures that may hold something of earlier ones, because a packet was spoilt or missing. Blocking; needs libav.

A decoder goes on then with what it has, which is of before: behind the end of a mask it would show what lay under it,
until the next key picture. So in doubt a mask stays until a key picture came whole. Signs of doubt: a packet comes
later than packets do, the decoder refuses one, marks a picture, or speaks of an error.

A mask that moves covers all that it sweeps while a picture stands, which is until the next one; in doubt, all that it
swept since the last whole key picture.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

import av
import av.logging
from av.error import FFmpegError

from appliance.sandbox.protocol import FIELD_NS, CoveredArea, Sample

__all__ = ["CoveredPictures"]

_STEPS = 15
"""Of so many packets is taken how far apart they come."""

_LONGEST_STEP_NS = 1_000_000_000
"""So long the last picture is taken to stand where there was only one."""

_CONCEALS = "concealing"
"""What libav's H.264 says, and no error, where it fills in what it could not read."""


class _Over(NamedTuple):
    """What lies over a frame: the areas of [``first_ns``, ``last_ns``], and of those that move what they sweep then."""

    frame: Any
    first_ns: int
    last_ns: int


class CoveredPictures:
    """Decodes pictures of which ``areas`` are to be covered, and says what of each. Where one moves, a picture comes
    once it is known when the next one was taken."""

    def __init__(self, decoder: Any, areas: Sequence[CoveredArea]) -> None:
        self._decoder, self._areas = decoder, areas
        self._steps: deque[int] = deque(maxlen=_STEPS)
        self._newest_ns = self._whole_ns = 0
        self._in_doubt = False
        self._at_ns: int | None = None
        self._key_ns: int | None = None
        self._keys = 0
        self._moves = any(each.positions for each in areas)
        self._held: _Over | None = None
        av.logging.set_skip_repeated(False)  # each of the same errors is a sign

    def decode(self, sample: Sample | None) -> Iterator[tuple[Any, list[CoveredArea]]]:
        """Each frame that comes, and what of it is covered: rectangles that stand still. None: there are no more
        samples."""
        packet = None
        if sample is not None:
            packet = av.Packet(sample.data)
            packet.pts, packet.dts = sample.pts_ns, sample.dts_ns
            self._newest_ns = max(self._newest_ns, sample.pts_ns)
            if self._is_late(sample) and not sample.is_key:
                self._doubt(sample)
        frames, is_clean = self._decoded(packet)
        if not is_clean:
            self._doubt(sample)
        elif sample is not None and sample.is_key:
            self._key_ns, self._keys = sample.pts_ns, self._keys + 1
        for frame in frames:
            if frame.pts is not None:
                yield from self._next(self._over(frame))
        if sample is None and self._held:
            step = max(self._steps, default=_LONGEST_STEP_NS)
            yield self._held.frame, self._areas_over(self._held, self._held.frame.pts + step)
            self._held = None

    def _next(self, found: _Over) -> Iterator[tuple[Any, list[CoveredArea]]]:
        """The frame itself, or, where a mask moves, the one before it, which stands until this one."""
        if not self._moves:
            yield found.frame, self._areas_over(found, found.last_ns)
            return
        held, self._held = self._held, found
        if held:
            yield held.frame, self._areas_over(held, found.frame.pts)

    def _areas_over(self, over: _Over, until_ns: int) -> list[CoveredArea]:
        """What lies over a frame that stands until ``until_ns``."""
        last_ns = max(over.last_ns, until_ns)
        return [
            each.standing(over.first_ns, last_ns)
            for each in self._areas
            if each.start_ns <= over.last_ns and over.first_ns < each.end_ns
        ]

    def _decoded(self, packet: Any) -> tuple[list[Any], bool]:
        """The frames, and whether nothing was wrong."""
        before = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            with av.logging.Capture(local=True) as said:
                frames = list(self._decoder.decode(packet))
        except FFmpegError:
            return [], False
        finally:
            av.logging.set_level(before)
        return frames, not any(level <= av.logging.ERROR or _CONCEALS in text for level, _, text in said)

    def _doubt(self, sample: Sample | None) -> None:
        """A key picture that is still to come out is not made of those that come out before it."""
        self._in_doubt = True
        if sample is None or self._key_ns is None or sample.pts_ns >= self._key_ns:
            self._key_ns, self._keys = None, 0

    def _is_late(self, sample: Sample) -> bool:
        """By the times of decoding where the camera sent them, else by the newest picture so far."""
        at_ns = sample.pts_ns if sample.dts_ns is None else sample.dts_ns
        last, self._at_ns = self._at_ns, at_ns if self._at_ns is None else max(self._at_ns, at_ns)
        if last is None or at_ns <= last:
            return False
        step = at_ns - last
        usual = median(self._steps) if self._steps else step
        self._steps.append(step)
        return 2 * step > 3 * usual

    def _over(self, frame: Any) -> _Over:
        """The moment of a picture; in doubt those of all that it may be made from. A camera that refreshes a picture
        piece by piece has no whole key picture: all was refreshed between two of its keys."""
        if self._key_ns is not None and frame.pts >= self._key_ns:
            is_whole = frame.pict_type == av.video.frame.PictureType.I or self._keys > 1
            if frame.pts == self._key_ns and is_whole:
                self._in_doubt, self._whole_ns = False, frame.pts
            self._key_ns = None
        if frame.is_corrupt:
            self._in_doubt = True
        first, last = frame.pts, frame.pts + (FIELD_NS if frame.interlaced_frame else 0)
        if self._in_doubt:
            first, last = self._whole_ns, max(last, self._newest_ns)
        return _Over(frame, first, last)
