"""Looking at a scan in a confined child of the darkroom: the keeper itself parses none of its bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from appliance.core.clock import Clock
from appliance.core.errors import Unavailable, UsageError
from appliance.sandbox.client import SandboxClient, Viewer

__all__ = ["ScanChecker"]

SIDE = 1600
"""Pixels of a page's longer side: a line of an A4 form in small print is legible."""
_TRIED_SIDE = 64
_PIECE = 1 << 20
_LOOK_NS = 90 * 1_000_000_000
_T = TypeVar("_T")


class ScanChecker:
    """Thread-safe. ``at_once`` children look, so that scans take neither all memory nor the room of viewings; another
    look waits ``wait_seconds`` for its turn."""

    def __init__(self, darkroom: SandboxClient, clock: Clock, *, at_once: int = 2, wait_seconds: float = 20.0) -> None:
        self._darkroom, self._clock, self._wait_seconds = darkroom, clock, wait_seconds
        self._room = threading.BoundedSemaphore(at_once)

    def look_at(self, blocks: Callable[[], Iterable[bytes]]) -> tuple[str, int]:
        """(type, pages) of what ``blocks()`` gives, each page drawn once: what is taken in can be looked at.

        Raises UsageError for what is no scan of a paper, Unavailable when the darkroom is away or busy.
        """

        def look(viewer: Viewer) -> tuple[str, int]:
            until_ns = self._clock.boot_ns() + _LOOK_NS
            kind, pages = viewer.look_at_scan()
            for number in range(1, pages + 1):
                viewer.scan_page(number, _TRIED_SIDE)
                if self._clock.boot_ns() > until_ns:
                    raise UsageError.of("scan-slow", pages=pages)
            return kind, pages

        return self._in_child(blocks, look)

    def page(self, blocks: Callable[[], Iterable[bytes]], number: int) -> bytes:
        """Page ``number``, from 1, as a PNG. Raises as :meth:`look_at`."""
        return self._in_child(blocks, lambda viewer: viewer.scan_page(number, SIDE))

    def _in_child(self, blocks: Callable[[], Iterable[bytes]], ask: Callable[[Viewer], _T]) -> _T:
        """``ask`` of a child that holds the scan. One that ends over it twice ended because of it."""
        if not self._room.acquire(timeout=self._wait_seconds):
            raise Unavailable.of("scan-looked")
        try:
            for _ in range(2):
                with self._darkroom.connect() as viewer:
                    try:
                        for piece in _pieces(blocks()):
                            viewer.add_scan(piece)
                        return ask(viewer)
                    except Unavailable:
                        if not viewer.lost:
                            raise
        finally:
            self._room.release()
        raise UsageError.of("scan-heavy-2")


def _pieces(blocks: Iterable[bytes]) -> Iterable[bytes]:
    """The same bytes in fewer messages."""
    waiting = bytearray()
    for block in blocks:
        waiting += block
        if len(waiting) >= _PIECE:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
