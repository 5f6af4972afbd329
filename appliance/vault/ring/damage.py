"""Which seconds of a damaged segment are lost, found from its structure alone. No key.

A frame stands alone, so rot in one costs that one. Where a frame's header is hit, the next one is found by its number:
``docs/spec/segment.md`` puts two zero bytes and the index in front of every frame's time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.errors import Damaged
from appliance.core.model import SegmentFile, Span, merge
from appliance.formats.segment import (
    FOOTER,
    FRAME_HEADER_BYTES,
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    TAG_BYTES,
    TRAILER_BYTES,
    ReadAt,
    read_header,
    scan,
)

__all__ = ["Readable", "lost_spans"]

_FRAME = struct.Struct(">IBBHQI")
_CRC = struct.Struct(">I")
_MARK = struct.Struct(">HQ")
_MARK_AT = 6
_LOOK_AHEAD = 256
"""How many frames in a row may be unreadable before the rest counts as lost: two minutes of half seconds."""


_PIECE_BYTES = 4096


class Readable:
    """``read_at`` over a disk with unreadable places: they read as zeros, page by page, and are noted in ``failed``."""

    def __init__(self, read_at: ReadAt) -> None:
        self._read_at, self.failed = read_at, False

    def __call__(self, offset: int, size: int) -> bytes:
        """Raises what ``read_at`` raises, but not the OSError of a read."""
        try:
            return self._read_at(offset, size)
        except OSError:
            self.failed = True
        parts, at = [], offset
        while at < offset + size:
            count = min(_PIECE_BYTES - at % _PIECE_BYTES, offset + size - at)
            try:
                part = self._read_at(at, count)
            except OSError:
                part = bytes(count)
            parts.append(part)
            at += count
            if len(part) < count:
                break
        return b"".join(parts)


class _Whole(NamedTuple):
    """A frame whose checksum is right: where it starts and ends, its type, index and time."""

    at: int
    end: int
    type: int
    number: int
    ms: int


def lost_spans(read_at: ReadAt, size: int, bucket_start_ns: int, segment: SegmentFile) -> list[Span]:
    """The spans of a segment whose frames are not whole, in order. ``segment`` is what its manifest says of it; the
    caller knows that its hash is wrong.

    Empty when only the footer is hit. Without its header nothing of a file opens: where every frame and the footer are
    whole it is the header that changed, and all of it is lost. A header that is hit together with a frame cannot be
    told from a frame alone.
    """
    whole = Span(segment.start_ns, max(segment.end_ns, segment.start_ns + 1))
    try:
        read_header(read_at(0, HEADER_BYTES))
    except Damaged:
        return [whole]
    lost: list[Span] = []
    at_ns, expected, footer_end = whole.start_ns, 0, 0
    for frame in _frames(read_at, size):
        start_ns = whole.end_ns if frame.type == FOOTER else bucket_start_ns + frame.ms * 1_000_000
        if frame.number > expected:
            lost += _clip(at_ns, start_ns, whole)
        at_ns, expected = start_ns, frame.number + 1
        if frame.type == FOOTER:
            expected, footer_end = frame.number, frame.end
    if expected < segment.frames:
        # The last whole frame lasts to where the lost one began, which nobody knows: it is counted as lost with it.
        lost += _clip(at_ns, whole.end_ns, whole)
    if not lost and (not segment.complete or (footer_end and _ends_well(read_at, footer_end, size))):
        return [whole]
    return merge(lost)


def _ends_well(read_at: ReadAt, footer_end: int, size: int) -> bool:
    """Whether the trailer that follows the footer is as it must be."""
    return footer_end + TRAILER_BYTES == size and scan(read_at, size, check_crc=False).complete


def _clip(start_ns: int, end_ns: int, whole: Span) -> list[Span]:
    part = Span(start_ns, end_ns).intersect(whole) if start_ns < end_ns else None
    return [part] if part else []


def _frames(read_at: ReadAt, size: int) -> Iterator[_Whole]:
    at, expected = HEADER_BYTES, 0
    while at < size:
        frame = _whole_at(read_at, at, size)
        if frame is None or frame.number < expected:
            frame = _next_whole(read_at, at, size, expected)
        if frame is None:
            return
        yield frame
        if frame.type == FOOTER:
            return
        at, expected = frame.end, frame.number + 1


def _whole_at(read_at: ReadAt, at: int, size: int) -> _Whole | None:
    head = read_at(at, FRAME_HEADER_BYTES)
    if len(head) < FRAME_HEADER_BYTES:
        return None
    length, kind, _flags, _zero, index, ms = _FRAME.unpack_from(head)
    end = at + FRAME_HEADER_BYTES + length
    if not TAG_BYTES < length <= MAX_FRAME_BYTES or kind > FOOTER or end > size:
        return None
    body = read_at(at + FRAME_HEADER_BYTES, length)
    crc = zlib.crc32(body, zlib.crc32(head[: _FRAME.size]))
    return _Whole(at, end, kind, index, ms) if _CRC.unpack_from(head, _FRAME.size)[0] == crc else None


def _next_whole(read_at: ReadAt, at: int, size: int, expected: int) -> _Whole | None:
    """The first whole frame after ``at``, by its number."""
    data = read_at(at, min(size - at, 2 * MAX_FRAME_BYTES))
    for index in range(expected + 1, expected + 1 + _LOOK_AHEAD):
        mark = _MARK.pack(0, index)
        found = data.find(mark, 1)
        while found >= 0:
            frame = _whole_at(read_at, at + found - _MARK_AT, size) if found >= _MARK_AT else None
            if frame is not None and frame.number == index:
                return frame
            found = data.find(mark, found + 1)
    return None
