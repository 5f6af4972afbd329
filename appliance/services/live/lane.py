"""One camera of a live look: the fragments that wait, and the bytes that are made of them when the page asks.

Nothing is kept: what a page does not fetch within some seconds is dropped, and the pictures go on at a key frame.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from appliance.api import Streams
from appliance.core.errors import NotWritable, Unavailable
from appliance.core.model import Span
from appliance.formats.live_copy import Watched
from appliance.sandbox.client import SandboxClient, Viewer
from appliance.sandbox.protocol import Block, Opening, Sample
from appliance.services.viewing.samples import samples_of

__all__ = ["RELEASE_NS", "Lane", "Made", "SentSpan"]

RELEASE_NS = 10 * 1_000_000_000
"""An entry releases so much of a camera at most (``INV-22``)."""

_HOLE_NS = 1_500_000_000
"""After a longer hole the pictures begin anew at a key frame."""

_MOST_WAITING = 12
"""Fragments of half a second: a page that is further behind goes on at the next key frame."""


class Made(NamedTuple):
    """``mime`` is set where an init segment leads: a player begins anew there."""

    mime: str = ""
    data: bytes = b""


class SentSpan(NamedTuple):
    """What went out of one camera: from the first picture's moment to the last one's."""

    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int


class Lane:
    """``release`` enters that these moments are about to leave the box, durable on return, and raises when they
    may not. ``origin_ns``: time 0 of what is made. Thread-safe."""

    def __init__(
        self, camera_no: str, origin_ns: int, darkroom: SandboxClient, release: Callable[[str, Span], None]
    ) -> None:
        self._camera_no, self._origin_ns, self._darkroom, self._release = camera_no, origin_ns, darkroom, release
        self._waiting: deque[Watched] = deque()
        self._lost = self._closed = False
        self._viewer: Viewer | None = None
        self._streams: Streams | None = None
        self._end_ns = self._first_ns = self._last_ns = self._bytes = 0
        self._released: deque[Span] = deque(maxlen=2)
        self._lock = threading.Lock()
        self._making = threading.Lock()
        """Held by the one call that takes; never waited for by whoever brings fragments."""

    def came(self, part: Watched) -> None:
        with self._lock:
            if self._closed:
                return
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.clear()
                self._lost = True
            self._waiting.append(part)

    def take(self, video_codecs: Sequence[str], *, fresh: bool) -> Made:
        """What came since the last time, made for a player; ``fresh``: for one that has nothing yet. Raises what
        ``release`` raises."""
        with self._making:
            with self._lock:
                came, anew = list(self._waiting), self._lost or fresh
                self._waiting.clear()
                self._lost = False
            if anew:
                self._streams = None
            try:
                made = self._made(came, tuple(video_codecs))
            except NotWritable:
                self._let_go()  # what was taken and not entered is gone; the next key frame
                raise
            except Unavailable:  # what the camera sent does not decode, or the darkroom starts anew: the next key frame
                self._let_go()
                return Made()
            self._bytes += len(made.data)
            return made

    def close(self) -> SentSpan | None:
        """Nothing more comes or goes. What went out; None when nothing did."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        with self._making:
            self._let_go()
            return SentSpan(self._camera_no, self._first_ns, self._last_ns, self._bytes) if self._bytes else None

    def _let_go(self) -> None:
        if self._viewer is not None:
            self._viewer.close()
        self._viewer = self._streams = None

    def _made(self, came: Sequence[Watched], video_codecs: tuple[str, ...]) -> Made:
        """Pictures that begin anew do so alone: what was made before them in the same call is left out."""
        mime, blocks = "", list[bytes]()
        for part in came:
            if self._closed:
                break
            samples = samples_of(part.fragment, part.streams)
            if not samples:
                continue
            times = [sample.pts_ns for sample in samples]
            if self._streams != part.streams or abs(min(times) - self._end_ns) > _HOLE_NS:
                self._begin(part.streams, video_codecs)
            self._end_ns = max(times)
            block = self._pushed(samples)
            if block.mime:
                mime, blocks = block.mime, []
            if block.data:
                blocks.append(block.data)
                self._last_ns = self._end_ns
                self._first_ns = self._first_ns or min(times)
        return Made(mime, b"".join(blocks))

    def _begin(self, streams: Streams, video_codecs: tuple[str, ...]) -> None:
        self._streams = None
        if self._viewer is None or self._viewer.lost:
            self._viewer = self._darkroom.connect()
        self._viewer.open(Opening(streams=streams, origin_ns=self._origin_ns, video_codecs=video_codecs))
        self._streams = streams

    def _pushed(self, samples: Sequence[Sample]) -> Block:
        """Each moment is entered before the darkroom gets it."""
        new = [each.pts_ns for each in samples if not any(span.holds(each.pts_ns) for span in self._released)]
        while new:
            span = Span(min(new), min(new) + RELEASE_NS)
            self._release(self._camera_no, span)
            self._released.append(span)
            new = [at_ns for at_ns in new if not span.holds(at_ns)]
        if self._viewer is None:
            raise Unavailable.of("live-darkroom")
        return self._viewer.push(samples)
