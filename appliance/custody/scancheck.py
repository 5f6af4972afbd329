"""Looking at a scan in a confined child of the darkroom: the keeper itself parses none of its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from appliance.clock import Clock
from appliance.darkroom.client import Darkroom, Viewer
from appliance.errors import Unavailable, UsageError

__all__ = ["SIDE", "draw_page", "look_at"]

SIDE = 1600
"""Pixels of a page's longer side: a line of an A4 form in small print is legible."""
_TRIED_SIDE = 64
_PIECE = 1 << 20
_LOOK_NS = 90 * 1_000_000_000
_T = TypeVar("_T")


def look_at(darkroom: Darkroom, blocks: Callable[[], Iterable[bytes]], clock: Clock) -> tuple[str, int]:
    """(type, pages) of what ``blocks()`` gives, each page drawn once: what is taken in can be looked at.

    Raises UsageError for what is no scan of a paper, Unavailable when the darkroom is away.
    """
    until_ns = clock.boot_ns() + _LOOK_NS

    def look(viewer: Viewer) -> tuple[str, int]:
        kind, pages = viewer.look_at_scan()
        for number in range(1, pages + 1):
            viewer.scan_page(number, _TRIED_SIDE)
            if clock.boot_ns() > until_ns:
                raise UsageError(f"scan: drawing its {pages} pages takes too long; take it in in parts")
        return kind, pages

    return _in_child(darkroom, blocks, look)


def draw_page(darkroom: Darkroom, blocks: Callable[[], Iterable[bytes]], number: int) -> bytes:
    """Page ``number``, from 1, as a PNG. Raises as :func:`look_at`."""
    return _in_child(darkroom, blocks, lambda viewer: viewer.scan_page(number, SIDE))


def _in_child(darkroom: Darkroom, blocks: Callable[[], Iterable[bytes]], ask: Callable[[Viewer], _T]) -> _T:
    """``ask`` of a child that holds the scan. One that ends over it twice ended because of it."""
    for _ in range(2):
        with darkroom.connect() as viewer:
            try:
                for piece in _pieces(blocks()):
                    viewer.add_scan(piece)
                return ask(viewer)
            except Unavailable:
                if not viewer.lost:
                    raise
    raise UsageError("scan: it takes more time or memory to open than a paper does; scan the paper again at 300 dpi")


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
