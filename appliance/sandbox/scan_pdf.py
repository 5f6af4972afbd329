"""PDF of a scanner: whole, not encrypted, nothing in it that runs, opens or carries anything, and pages that draw.

pypdf reads the structure, PDFium draws. Neither runs scripts here, and what could run elsewhere is refused, because
the file itself goes out to people's own readers. pypdf leaves out what it cannot read of a dictionary and goes on; then
nobody knows what other readers see there, and the file is refused.
"""

from __future__ import annotations

import codecs
import io
import logging
import zlib
from collections.abc import Iterator
from typing import Any, Self

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from appliance.core.errors import UsageError
from appliance.rules.scans import MAX_PAGES, MAX_PIXELS
from appliance.sandbox.scan_picture import encoded, too_large

__all__ = ["draw", "exercise", "look"]

_TAIL_BYTES = 1024
_MAX_OBJECTS = 50_000
_MAX_DEPTH = 100
_MOST_UNPACKED = 128 << 20
"""What one stream may unpack to: the largest picture in colour."""
_BLOCK = 1 << 20
_CODECS = ("ascii", "latin-1", "charmap", "utf-8", "utf-16", "utf-16-be", "utf-16-le")
"""Those by which pypdf reads strings; Python loads each at its first use, which fails in a confined child."""
_LONGEST_TO_SHORTEST = 20
_NOT_ENCRYPTED = -1

_ACTIONS = {
    "/JavaScript": "a script",
    "/Launch": "an action that starts a program",
    "/SubmitForm": "an action that sends something",
    "/ImportData": "an action that fetches something",
    "/GoToR": "a link into another file",
    "/GoToE": "a link into an embedded file",
    "/Rendition": "sound or film",
    "/Movie": "sound or film",
    "/Sound": "sound or film",
    "/RichMediaExecute": "sound or film",
}
"""Kinds of action (ISO 32000-1 table 198). Links to a page or an address are harmless: text layers make them."""
_KEYS = {
    "/JS": "a script",
    "/JavaScript": "a script",
    "/EF": "an embedded file",
    "/EmbeddedFiles": "an embedded file",
    "/XFA": "a form that runs scripts",
    "/RichMediaContent": "sound or film",
}
_KINDS = {
    "/EmbeddedFile": "an embedded file",
    "/FileAttachment": "an embedded file",
    "/Sound": "sound or film",
    "/Movie": "sound or film",
    "/Screen": "sound or film",
    "/RichMedia": "sound or film",
    "/3D": "a moving model",
}
"""Values of /Type and /Subtype."""


def look(data: bytes) -> int:
    """How many pages. Raises UsageError, or whatever the libraries raise for what is no whole PDF."""
    tail = data[-_TAIL_BYTES:]
    mark = tail.rfind(b"%%EOF")
    if mark < 0 or b"startxref" not in tail:
        raise UsageError("scan: the PDF is cut off; scan the paper again or copy the file anew")
    if rest := len(tail[mark + 5 :].strip()):
        raise UsageError(f"scan: {rest} bytes follow the PDF's end, another file may hide there; scan the paper again")
    with _LeftOut() as left_out:
        reader = PdfReader(io.BytesIO(data))
        if "/Encrypt" in reader.trailer:
            raise _encrypted()
        _check_parts(reader)
    if left_out.said:
        raise UsageError("scan: a part of the PDF cannot be read; print it and scan the paper")
    return _counted(data)


def _encrypted() -> UsageError:
    return UsageError("scan: the PDF is encrypted; save it without a password and take it in then")


def _check_parts(reader: PdfReader) -> None:
    numbers = {number for ids in reader.xref.values() for number in ids} | set(reader.xref_objStm)
    if len(numbers) > _MAX_OBJECTS:
        raise UsageError(f"scan: the PDF has {len(numbers)} parts, no scan has; print it and scan the paper")
    for found in _parts(reader):
        _check_part(found)


def draw(data: bytes, number: int, side: int) -> bytes:
    """Page ``number`` as a PNG. Raises UsageError for a page that there is not."""
    with pypdfium2.PdfDocument(data) as document:
        if not 1 <= number <= len(document):
            raise UsageError(f"scan: there is no page {number}; it has {len(document)}")
        page = document[number - 1]
        try:
            width, height = page.get_size()
            bitmap = page.render(scale=side / max(width, height))
            try:
                return encoded(bitmap.to_pil())
            finally:
                bitmap.close()
        finally:
            page.close()


def exercise() -> None:
    """Makes, reads and draws one page, so that nothing is loaded after the child is confined."""
    for name in _CODECS:
        codecs.lookup(name)
    out = io.BytesIO()
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(200, 100).close()
        document.save(out)
    draw(out.getvalue(), look(out.getvalue()), 16)


class _LeftOut(logging.Handler):
    """Hears while it is entered what pypdf leaves out of dictionaries: it says so as a warning and raises nothing."""

    _log = logging.getLogger(DictionaryObject.__module__)

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.said += 1

    def __enter__(self) -> Self:
        self._log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self)


def _counted(data: bytes) -> int:
    with pypdfium2.PdfDocument(data) as document:
        if pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document) != _NOT_ENCRYPTED:
            raise _encrypted()
        pages = len(document)
        if not 0 < pages <= MAX_PAGES:
            raise UsageError(f"scan: the PDF has {pages} pages; 1 to {MAX_PAGES} are possible: take it in in parts")
        for number in range(pages):
            width, height = document.get_page_size(number)
            if not 0 < max(width, height) <= _LONGEST_TO_SHORTEST * min(width, height):
                raise UsageError(
                    f"scan: page {number + 1} is {width:.0f} × {height:.0f} points, no paper is; scan it again"
                )
    return pages


def _parts(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of the file, streams' too, whether a page leads to it or not."""
    waiting: list[tuple[Any, int]] = [(reader.trailer, 0)]
    for generation, ids in reader.xref.items():
        waiting += [(IndirectObject(number, generation, reader), 0) for number in ids if number]
    waiting += [(IndirectObject(number, 0, reader), 0) for number in reader.xref_objStm]
    while waiting:
        found, depth = waiting.pop()
        if isinstance(found, IndirectObject):
            if depth:
                continue  # it has its own turn
            found = reader.get_object(found)
        if depth > _MAX_DEPTH:
            raise UsageError("scan: the PDF is nested deeper than any scan is; print it and scan the paper")
        if isinstance(found, DictionaryObject):
            yield found
            waiting += [(value, depth + 1) for value in found.values()]
        elif isinstance(found, ArrayObject):
            waiting += [(value, depth + 1) for value in found]


def _check_part(part: DictionaryObject) -> None:
    held = next((_KEYS[key] for key in part if key in _KEYS), "")
    held = held or _ACTIONS.get(str(part.get("/S", "")), "")
    held = held or next(
        (_KINDS[kind] for kind in (str(part.get("/Type")), str(part.get("/Subtype"))) if kind in _KINDS), ""
    )
    if held:
        raise UsageError(f"scan: the PDF holds {held}; print it and scan the paper")
    if part.get("/Subtype") == "/Image":
        width, height = int(part.get("/Width", 0)), int(part.get("/Height", 0))
        if width * height > MAX_PIXELS:
            raise too_large(width, height)
    if isinstance(part, StreamObject):
        _check_unpacked(part)


def _check_unpacked(part: StreamObject) -> None:
    """A stream of a few kilobytes may unpack to gigabytes: it is unpacked here, a block at a time, and not kept."""
    filters = part.get("/Filter", ())
    named = [str(each) for each in (filters if isinstance(filters, ArrayObject) else [filters] if filters else [])]
    packed = [
        each for each in named if each in ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL")
    ]
    if len(packed) > 1:
        raise UsageError("scan: a part of the PDF is packed several times over; print it and scan the paper")
    if named[:1] not in (["/FlateDecode"], ["/Fl"]):
        return
    unpacking, left, waiting = zlib.decompressobj(), _MOST_UNPACKED, part._data
    while waiting and not unpacking.eof:
        left -= len(unpacking.decompress(waiting, _BLOCK))
        waiting = unpacking.unconsumed_tail
        if left < 0:
            most = _MOST_UNPACKED >> 20
            raise UsageError(f"scan: a part of the PDF unpacks to over {most} MiB, no scan does; scan the paper again")
