"""A scan as a confined child sees it: what it is by its content, how many pages it has, and a page as a PNG.

The file comes in blocks and lies in this child's memory alone. Whatever a decoder says of hostile bytes becomes a
UsageError in words that name what is wrong and the next step; a child that dies of them is the caller's to tell.
"""

from __future__ import annotations

from appliance.core.errors import Broken, RecorderError, UsageError
from appliance.rules.scans import MAX_SCAN_BYTES
from appliance.sandbox import scan_pdf, scan_picture

__all__ = ["Scan"]

_PDF = b"%PDF-"
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_ARCHIVE_ENDS = b"PK\x05\x06"
_WINDOW_BYTES = 66_000
"""How far before its end a ZIP archive may have its directory's end."""
_HEAD_BYTES = 1024
"""How far into a file some readers look for a PDF's first line."""
_MAX_SIDE = 2400


class Scan:
    """One file. :meth:`add` its blocks, then :meth:`look`, then :meth:`page`."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, block: bytes) -> None:
        """Raises Broken past the size that the keeper takes in."""
        if len(self._data) + len(block) > MAX_SCAN_BYTES:
            raise Broken(f"darkroom: a scan of over {MAX_SCAN_BYTES} bytes")
        self._data += block

    def look(self) -> tuple[str, int]:
        """(type, pages): a key of ``rules.scans.TYPES``. Raises UsageError for whatever is no scan of a paper."""
        data = bytes(self._data)
        kind = _type_of(data)
        try:
            if kind == "pdf":
                return kind, scan_pdf.look(data)
            scan_picture.look(data, kind)
        except RecorderError:
            raise
        except MemoryError:
            raise _heavy() from None
        except Exception as error:
            raise UsageError.of("scan-damaged", why=type(error).__name__) from error
        return kind, 1

    def page(self, number: int, side: int) -> bytes:
        """Page ``number``, from 1, as a PNG whose longer side has ``side`` pixels at most. Raises UsageError."""
        data = bytes(self._data)
        kind = _type_of(data)
        side = max(16, min(side, _MAX_SIDE))
        try:
            return scan_pdf.draw(data, number, side) if kind == "pdf" else scan_picture.draw(data, kind, side)
        except RecorderError:
            raise
        except MemoryError:
            raise _heavy() from None
        except Exception as error:
            raise UsageError.of("scan-undrawn", page=number, why=type(error).__name__) from error


def _heavy() -> UsageError:
    return UsageError.of("scan-heavy")


def _type_of(data: bytes) -> str:
    """By the first bytes; what another reader would take for another type is refused (polyglots)."""
    if not data:
        raise UsageError.of("scan-empty")
    kind = next(
        (kind for kind, mark in (("pdf", _PDF), ("png", _PNG), ("jpeg", _JPEG)) if data.startswith(mark)),
        "",
    )
    if not kind:
        raise UsageError.of("scan-type")
    if (kind != "pdf" and _PDF in data[:_HEAD_BYTES]) or _ARCHIVE_ENDS in data[-_WINDOW_BYTES:]:
        raise UsageError.of("scan-two")
    return kind
