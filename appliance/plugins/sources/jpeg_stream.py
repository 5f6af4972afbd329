"""JPEG pictures cut out of the bytes that a camera sends over HTTP, whatever stands between them. Pure.

A picture is found by its own markers (ITU-T T.81, annex B), not by the parts' headers: cameras leave out the type, the
length or the boundary, write ``image/jpg``, and name a boundary that they do not use. Not a plugin; sources use it.
"""

from __future__ import annotations

import re
import struct

__all__ = ["JpegStream", "with_size"]

_BEGIN = b"\xff\xd8\xff"
_BEGIN_MARKER, _END_MARKER = 0xD8, 0xD9

_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Not the restart markers D0 to D7, which stand inside a scan and have no length, nor a stuffed FF 00."""

_PART_HEADER = re.compile(rb"\r?\n(?:[\t -~]*\r?\n)+\Z")
_PART_HEADER_BYTES = 1024

_MOST_BYTES = 32 << 20
"""Of one picture; a camera of 50 megapixels stays below."""

_MOST_AHEAD_BYTES = 64 << 10
"""Ahead of the first picture."""


class JpegStream:
    """Give it bytes as they come with :meth:`add`. ``is_parted``: something stood ahead of a picture: a header."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._inside = False
        self._at = 0
        self._ahead = 0
        self._ahead_begins = b""
        self._count = 0
        self.is_parted = False

    def add(self, data: bytes) -> list[bytes]:
        """The pictures that ``data`` completes. One that lacks its end marker ends where the next one's part begins."""
        self._held += data
        pictures = []
        while self._inside or self._begin():
            end = self._end()
            if end is None:
                break
            pictures.append(bytes(self._held[:end]))
            del self._held[:end]
            self._inside = False
        self._count += len(pictures)
        return pictures

    @property
    def is_page(self) -> bool:
        """Whether it is a web page and no pictures."""
        return not self._count and self._ahead_begins.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"

    @property
    def is_nonsense(self) -> bool:
        """Whether so much has come without a picture, or of one picture, that none will."""
        return len(self._held) > _MOST_BYTES or (not self._count and self._ahead > _MOST_AHEAD_BYTES)

    @property
    def why_ended(self) -> str:
        """The catalogue's code for what a stream that ended here was."""
        if self._count:
            return "camera-stream-ended" if self._count > 1 or self.is_parted else "camera-one-picture"
        return "camera-nonsense" if self._ahead or self._held else "camera-ended"

    def _begin(self) -> bool:
        """Drops what stands ahead of the next picture; False while none begins."""
        at = self._held.find(_BEGIN)
        ahead = at if at >= 0 else max(0, len(self._held) - len(_BEGIN) + 1)
        if ahead:
            self.is_parted = True
            self._ahead += ahead
            self._ahead_begins = (self._ahead_begins + bytes(self._held[:_PART_HEADER_BYTES]))[:_PART_HEADER_BYTES]
            del self._held[:ahead]
        self._inside, self._at = at >= 0, 2
        return self._inside

    def _end(self) -> int | None:
        """Where the picture ends that ``_held`` begins with; None while that has not come."""
        while found := _MARKER.search(self._held, self._at):
            self._at = found.start()
            kind = self._held[self._at + 1]
            if kind == _END_MARKER:
                return self._at + 2
            if kind == _BEGIN_MARKER:
                return self._without_header(self._at)
            if len(self._held) < self._at + 4:
                return None
            after = self._at + 2 + int.from_bytes(self._held[self._at + 2 : self._at + 4])
            if len(self._held) < after:
                return None
            self._at = after
        self._at = max(self._at, len(self._held) - 1)
        return None

    def _without_header(self, end: int) -> int:
        """Less the next part's header, which stands ahead of the next picture."""
        header = _PART_HEADER.search(self._held[max(0, end - _PART_HEADER_BYTES) : end])
        return end - len(header[0]) if header else end


def with_size(picture: bytes, width: int, height: int) -> bytes:
    """The JPEG ``picture`` with ``width`` and ``height`` in pixels where its frame header has none; else as it is.

    A header without a size is what libav makes of RTP packets without one; none can be decoded.
    """
    at = 2
    while picture[at : at + 1] == b"\xff" and at + 9 <= len(picture):
        marker, length = struct.unpack_from(">BH", picture, at + 1)
        if marker in (0xC0, 0xC1):  # baseline and extended (T.81, B.2.2): length, precision, height, width
            if picture[at + 5 : at + 9] != bytes(4):
                return picture
            return picture[: at + 5] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + picture[at + 9 :]
        if marker == 0xDA:  # the scan
            return picture
        at += 2 + length
    return picture
