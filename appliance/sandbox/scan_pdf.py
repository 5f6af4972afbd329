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
    "/JavaScript": "scan-script",
    "/Launch": "scan-launch",
    "/SubmitForm": "scan-sends",
    "/ImportData": "scan-fetches",
    "/GoToR": "scan-link",
    "/GoToE": "scan-link-embedded",
    "/Rendition": "scan-film",
    "/Movie": "scan-film",
    "/Sound": "scan-film",
    "/RichMediaExecute": "scan-film",
}
"""Kinds of action (ISO 32000-1 table 198). Links to a page or an address are harmless: text layers make them."""
_KEYS = {
    "/JS": "scan-script",
    "/JavaScript": "scan-script",
    "/EF": "scan-embedded",
    "/EmbeddedFiles": "scan-embedded",
    "/XFA": "scan-form-scripts",
    "/RichMediaContent": "scan-film",
}
_KINDS = {
    "/EmbeddedFile": "scan-embedded",
    "/FileAttachment": "scan-embedded",
    "/Sound": "scan-film",
    "/Movie": "scan-film",
    "/Screen": "scan-film",
    "/RichMedia": "scan-film",
    "/3D": "a moving model",
}
"""Values of /Type and /Subtype."""


def look(data: bytes) -> int:
    """How many pages. Raises UsageError, or whatever the libraries raise for what is no whole PDF."""
    tail = data[-_TAIL_BYTES:]
    mark = tail.rfind(b"%%EOF")
    if mark < 0 or b"startxref" not in tail:
        raise UsageError.of("scan-cut", type="PDF")
    if rest := len(tail[mark + 5 :].strip()):
        raise UsageError.of("scan-pdf-rest", rest=rest)
    with _LeftOut() as left_out:
        reader = PdfReader(io.BytesIO(data))
        if "/Encrypt" in reader.trailer:
            raise _encrypted()
        _check_parts(reader)
    if left_out.said:
        raise UsageError.of("scan-unread")
    return _counted(data)


def _encrypted() -> UsageError:
    return UsageError.of("scan-encrypted")


def _check_parts(reader: PdfReader) -> None:
    numbers = {number for ids in reader.xref.values() for number in ids} | set(reader.xref_objStm)
    if len(numbers) > _MAX_OBJECTS:
        raise UsageError.of("scan-parts", parts=len(numbers))
    for found in _parts(reader):
        _check_part(found)


def draw(data: bytes, number: int, side: int) -> bytes:
    """Page ``number`` as a PNG. Raises UsageError for a page that there is not."""
    with pypdfium2.PdfDocument(data) as document:
        if not 1 <= number <= len(document):
            raise UsageError.of("scan-no-page", page=number, pages=len(document))
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
            raise UsageError.of("scan-pages", pages=pages, most=MAX_PAGES)
        for number in range(pages):
            width, height = document.get_page_size(number)
            if not 0 < max(width, height) <= _LONGEST_TO_SHORTEST * min(width, height):
                raise UsageError.of("scan-paper", page=number + 1, width=f"{width:.0f}", height=f"{height:.0f}")
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
            raise UsageError.of("scan-nested")
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
        raise UsageError.of(held)
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
        raise UsageError.of("scan-packed")
    if named[:1] not in (["/FlateDecode"], ["/Fl"]):
        return
    unpacking, left, waiting = zlib.decompressobj(), _MOST_UNPACKED, part._data
    while waiting and not unpacking.eof:
        left -= len(unpacking.decompress(waiting, _BLOCK))
        waiting = unpacking.unconsumed_tail
        if left < 0:
            most = _MOST_UNPACKED >> 20
            raise UsageError.of("scan-unpacks", most=most)
