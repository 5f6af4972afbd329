"""How the bytes of a segment file lie: header, frames, footer, trailer; and a walk over them that needs no key.

The format is ``docs/spec/segment.md``; ``segment.py`` seals and opens. Pure: readers are handed ``read_at``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import Damaged
from appliance.formats.sealing import aead_name

__all__ = [
    "CRC",
    "END",
    "ENTRY",
    "FOOTER",
    "FRAME",
    "FRAME_HEADER_BYTES",
    "HEADER",
    "HEADER_BYTES",
    "MAGIC",
    "MAX_FRAMES",
    "MAX_FRAME_BYTES",
    "MAX_PLAINTEXT_BYTES",
    "MEDIA",
    "NOTE",
    "SALT_BYTES",
    "STARTS_WITH_KEY",
    "STREAMS",
    "TABLE",
    "TAG_BYTES",
    "TRAILER",
    "TRAILER_BYTES",
    "FrameInfo",
    "Header",
    "ReadAt",
    "Scan",
    "checksum_is_right",
    "read_header",
    "scan",
]

STREAMS, MEDIA, NOTE, FOOTER = 0, 1, 2, 3
STARTS_WITH_KEY = 1
"""Frame flag: the first video packet of the fragment is a key frame."""

HEADER_BYTES = 128
FRAME_HEADER_BYTES = 24
TRAILER_BYTES = 16
TAG_BYTES = 16
SALT_BYTES = 24
MAX_FRAME_BYTES = 8 << 20
"""Largest ``length`` of a frame: ciphertext and tag."""
MAX_PLAINTEXT_BYTES = MAX_FRAME_BYTES - TAG_BYTES
MAX_FRAMES = 500_000
"""Frames before the footer, so that the footer's table fits one frame: over two days of half-second fragments."""

MAGIC = b"ORSEG001"
END = b"ORSEGEND"
HEADER = struct.Struct(">8sHBBI16s16sQ24s16s")
FRAME = struct.Struct(">IBBHQI")
CRC = struct.Struct(">I")
TRAILER = struct.Struct(">Q8s")
TABLE = struct.Struct(">I32s")
ENTRY = struct.Struct(">IIBB")
_ZERO = bytes(16)

ReadAt = Callable[[int, int], bytes]
"""``read_at(offset, size)``: at most ``size`` bytes of the file from ``offset``, fewer only at its end."""


class Header(NamedTuple):
    """The clear header: random identifiers only."""

    suite: int
    appliance_id: bytes
    bucket_id: bytes
    number: int
    salt: bytes
    commitment: bytes


class FrameInfo(NamedTuple):
    """A frame: where its header starts, the bytes after that header, what its header says."""

    offset: int
    length: int
    type: int
    flags: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    ms: int

    @property
    def end(self) -> int:
        return self.offset + FRAME_HEADER_BYTES + self.length

    @property
    def is_possible(self) -> bool:
        """Whether version 1 has such a frame: a length within its limits, a known type, a flag only where it means
        something."""
        flags = STARTS_WITH_KEY if self.type == MEDIA else 0
        return TAG_BYTES < self.length <= MAX_FRAME_BYTES and self.type <= FOOTER and not self.flags & ~flags


class Scan(NamedTuple):
    """What a look at the structure found. ``frames`` has no footer; ``stopped`` says why it ended, "" if complete."""

    frames: list[FrameInfo]
    good_bytes: int
    complete: bool
    stopped: str


def read_header(data: bytes) -> Header:
    """The header from the first 128 bytes of a file. Raises Damaged."""
    if len(data) < HEADER_BYTES:
        raise Damaged(f"segment: {len(data)} bytes, shorter than its header; it ended before its first frame")
    magic, length, suite, flags, limit, appliance_id, bucket_id, number, salt, zero = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise Damaged("segment: does not begin with ORSEG001; this is no segment or its header was altered")
    if length != HEADER_BYTES or flags or zero != _ZERO or limit != MAX_FRAME_BYTES:
        raise Damaged("segment: its header has values that version 1 does not have; it was altered")
    aead_name(suite)
    return Header(suite, appliance_id, bucket_id, number, salt, bytes(data[HEADER.size : HEADER_BYTES]))


def _frame_at(read_at: ReadAt, size: int, offset: int, index: int, *, check_crc: bool) -> FrameInfo | str:
    """The frame whose header starts at ``offset``, or what is wrong there."""
    head = read_at(offset, FRAME_HEADER_BYTES)
    if len(head) < FRAME_HEADER_BYTES:
        return "the file ends in a frame header" if head else "the file ends without a footer"
    length, kind, flags, zero, found, ms = FRAME.unpack_from(head)
    frame = FrameInfo(offset, length, kind, flags, index, ms)
    if not frame.is_possible or zero or found != index or index > MAX_FRAMES:
        return f"a frame header that version 1 does not have here (length {length}, type {kind}, index {found})"
    if frame.end > size:
        return "the file ends in a frame"
    if check_crc and not checksum_is_right(read_at, frame):
        return "a frame whose checksum is wrong"
    return frame


def checksum_is_right(read_at: ReadAt, frame: FrameInfo) -> bool:
    """Whether the frame's bytes are those that were written, as far as a checksum can tell."""
    data = read_at(frame.offset, FRAME_HEADER_BYTES + frame.length)
    crc = zlib.crc32(data[FRAME_HEADER_BYTES:], zlib.crc32(data[: FRAME.size]))
    return data[FRAME.size : FRAME_HEADER_BYTES] == CRC.pack(crc)


def scan(read_at: ReadAt, size: int, *, check_crc: bool = True) -> Scan:
    """Walks the frames from the start without any key, to the first that is not whole.

    ``complete`` means: a footer and its trailer end the file exactly. Checksums tell rot from order, not forgery;
    only :class:`SegmentOpener` and the manifest's hash do. Never raises for what the file holds.
    """
    frames: list[FrameInfo] = []
    try:
        read_header(read_at(0, min(HEADER_BYTES, size)))
    except Damaged as error:
        return Scan(frames, 0, False, str(error))
    at = HEADER_BYTES
    while True:
        found = _frame_at(read_at, size, at, len(frames), check_crc=check_crc)
        if isinstance(found, str):
            return Scan(frames, at, False, f"byte {at}: {found}")
        if found.type == FOOTER:
            if found.end + TRAILER_BYTES == size and read_at(found.end, TRAILER_BYTES) == TRAILER.pack(at, END):
                return Scan(frames, size, True, "")
            return Scan(frames, found.end, False, f"byte {found.end}: the trailer after the footer is missing or wrong")
        frames.append(found)
        at = found.end
