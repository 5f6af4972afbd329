"""Scanned papers for tests, good ones and every kind of bad one, made here and never read from a file."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

__all__ = ["BAD", "endless", "jpeg", "locked", "paper", "pdf", "png", "raw_pdf"]


def paper(text: str = "PAPER 1", size: tuple[int, int] = (620, 877), mode: str = "RGB") -> Image.Image:
    """A sheet with a frame, lines and a text, as a scanner would see it."""
    sheet = Image.new(mode, size, "white")
    pen = ImageDraw.Draw(sheet)
    width, height = size
    pen.rectangle((20, 20, width - 20, height - 20), outline="black", width=3)
    for line in range(120, height - 120, 40):
        pen.line((60, line, width - 60, line), fill="gray")
    pen.text((width // 4, 60), text, fill="black", font_size=max(12, height // 24))
    return sheet


def png(text: str = "PAPER 1", **asked: object) -> bytes:
    return _saved([paper(text, **asked)], "PNG")  # type: ignore[arg-type]


def jpeg(text: str = "PAPER 1", **asked: object) -> bytes:
    return _saved([paper(text, **asked)], "JPEG")  # type: ignore[arg-type]


def pdf(pages: int = 1, text: str = "PAPER") -> bytes:
    """Pictures of pages in a PDF, as scanners make them."""
    return _saved([paper(f"{text} {number + 1}") for number in range(pages)], "PDF")


def _saved(sheets: list[Image.Image], kind: str) -> bytes:
    out = io.BytesIO()
    more = {"save_all": True, "append_images": sheets[1:]} if kind == "PDF" else {}
    sheets[0].save(out, kind, **more)
    return out.getvalue()


def raw_pdf(
    *more: bytes, catalog: bytes = b"", page: bytes = b"", box: bytes = b"0 0 595 842", pages: int = 1
) -> bytes:
    """A PDF written by hand: catalog, page tree, pages, and ``more`` objects from number 10 on."""
    kids = b" ".join(b"%d 0 R" % (100 + number) for number in range(pages))
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog}
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    for number in range(pages):
        objects[100 + number] = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] %s >>" % (box, page)
    objects |= {10 + number: body for number, body in enumerate(more)}
    out, at = bytearray(b"%PDF-1.7\n"), {}
    for number, body in sorted(objects.items()):
        at[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in at.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, table)
    return bytes(out)


def _stream(body: bytes, words: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), words, body)


def endless() -> bytes:
    """A page that is one picture, drawn 400,000 times over: small to keep, whole, and endless to draw."""
    pixels, words = zlib.compress(bytes(4_000_000)), zlib.compress(b"q 500 0 0 700 0 0 cm /X Do Q\n" * 400_000)
    picture = b"/Type /XObject /Subtype /Image /Width 2000 /Height 2000 /ColorSpace /DeviceGray /BitsPerComponent 8"
    return raw_pdf(
        _stream(pixels, picture + b" /Filter /FlateDecode"),
        _stream(words, b"/Filter /FlateDecode"),
        page=b"/Contents 11 0 R /Resources << /XObject << /X 10 0 R >> >>",
    )


def _packed_zeros(mebibytes: int) -> bytes:
    packing = zlib.compressobj(9)
    return b"".join([*(packing.compress(bytes(1 << 20)) for _ in range(mebibytes)), packing.flush()])


def locked(name: bytes, password: str = "") -> bytes:
    """An encrypted PDF whose two identifiers are the 16 bytes of ``name``; writers take them at random."""
    writer, both = PdfWriter(PdfReader(io.BytesIO(pdf()))), ArrayObject([ByteStringObject(name)] * 2)
    writer._ID = both
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    writer._ID = both
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _with_file() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf())))
    writer.add_attachment("payload.exe", b"MZ" + bytes(100))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _in_object_stream() -> bytes:
    """A script inside a packed object stream, where no search of the bytes finds it."""
    inner = b"<< /Type /Action /S /Java#53cript /JS (app.alert\\(1\\)) >>"
    packed = zlib.compress(b"10 0 " + inner)
    holder = _stream(packed, b"/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode")
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 10 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        5: holder,
    }
    out, rows = bytearray(b"%PDF-1.7\n"), {0: (0, 0, 255), 10: (2, 5, 0)}
    for number, body in objects.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    rows[11] = (1, table, 0)
    body = b"".join(struct.pack(">BIB", *rows.get(number, (0, 0, 255))) for number in range(12))
    out += b"11 0 obj\n%s\nendobj\n" % _stream(body, b"/Type /XRef /Size 12 /W [1 4 1] /Root 1 0 R")
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _png_of(width: int, height: int, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _huge_jpeg() -> bytes:
    small = jpeg()
    at = small.index(b"\xff\xc0")
    return small[: at + 5] + struct.pack(">HH", 65_000, 65_000) + small[at + 9 :]


def _flipped(data: bytes) -> bytes:
    at = data.index(b"IDAT") + 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _animated() -> bytes:
    out = io.BytesIO()
    paper().save(out, "PNG", save_all=True, append_images=[paper("PAPER 2")])
    return out.getvalue()


def _with_comment(data: bytes, comment: bytes) -> bytes:
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + data[2:]


_ZIP_END = b"PK\x05\x06" + bytes(18)
_BIG_PICTURE = _stream(b"", b"/Type /XObject /Subtype /Image /Width 65000 /Height 65000 /BitsPerComponent 8")

BAD: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "a text": (lambda: b"hello, this is no scan" * 9, "no PDF, JPEG or PNG"),
    "a web page": (lambda: b"<!doctype html><script>alert(1)</script>", "no PDF, JPEG or PNG"),
    "a program": (lambda: b"MZ" + bytes(500), "no PDF, JPEG or PNG"),
    "a GIF": (lambda: _saved([paper()], "GIF"), "no PDF, JPEG or PNG"),
    "a TIFF": (lambda: _saved([paper()], "TIFF"), "no PDF, JPEG or PNG"),
    "a drawing": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no PDF, JPEG or PNG"),
    "a PDF after other bytes": (lambda: b"#!/bin/sh\n" + pdf(), "no PDF, JPEG or PNG"),
    "PDF encrypted": (lambda: locked(bytes(range(1, 17))), "encrypted"),
    "PDF with a password": (lambda: locked(bytes(range(1, 17)), "word"), "encrypted"),
    "PDF of which a part cannot be read": (
        lambda: raw_pdf(b"<< /Type /Annot /Contents <zz> /A << /S /JavaScript /JS (1) >> >>"),
        "a part of the PDF cannot be read",
    ),
    "PDF that says one thing twice": (lambda: raw_pdf(catalog=b"/Lang (a) /Lang (b)"), "cannot be read"),
    "PDF with a script": (
        lambda: raw_pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>", catalog=b"/OpenAction 10 0 R"),
        "holds a script",
    ),
    "PDF with a script in a packed part": (_in_object_stream, "holds a script"),
    "PDF with a script nobody leads to": (lambda: raw_pdf(b"<< /S /JavaScript /JS (1) >>"), "holds a script"),
    "PDF with a script under an escaped name": (lambda: raw_pdf(b"<< /S /J#61vaScript >>"), "holds a script"),
    "PDF that starts a program": (
        lambda: raw_pdf(b"<< /S /Launch /F (cmd.exe) >>", catalog=b"/OpenAction 10 0 R"),
        "starts a program",
    ),
    "PDF that sends": (lambda: raw_pdf(page=b"/AA << /O << /S /SubmitForm /F (http://x) >> >>"), "sends something"),
    "PDF with a file": (_with_file, "an embedded file"),
    "PDF with a file note": (lambda: raw_pdf(b"<< /Type /Annot /Subtype /FileAttachment >>"), "an embedded file"),
    "PDF with a form that runs": (lambda: raw_pdf(catalog=b"/AcroForm << /XFA 10 0 R >>"), "a form that runs"),
    "PDF with film": (lambda: raw_pdf(b"<< /Type /Annot /Subtype /RichMedia >>"), "sound or film"),
    "PDF that unpacks to a gigabyte": (
        lambda: raw_pdf(_stream(_packed_zeros(1024), b"/Filter /FlateDecode"), page=b"/Contents 10 0 R"),
        "unpacks to over 128 MiB",
    ),
    "PDF packed twice": (
        lambda: raw_pdf(_stream(zlib.compress(_packed_zeros(9)), b"/Filter [/FlateDecode /FlateDecode]")),
        "packed several times",
    ),
    "PDF with an absurd picture": (lambda: raw_pdf(_BIG_PICTURE), "65000 × 65000 pixels"),
    "PDF with an absurd page": (lambda: raw_pdf(box=b"0 0 1 14400"), "no paper is"),
    "PDF without a page": (lambda: raw_pdf(pages=0), "has 0 pages|damaged"),
    "PDF with 201 pages": (lambda: raw_pdf(pages=201), "has 201 pages"),
    "PDF cut off": (lambda: pdf(2)[:-600], "cut off"),
    "PDF cut in the middle": (lambda: pdf(2)[: len(pdf(2)) // 2], "cut off"),
    "PDF without a table": (lambda: b"%PDF-1.7\nstartxref\n9\n%%EOF\n", "damaged or cut off"),
    "PDF nested too deep": (lambda: raw_pdf(b"[" * 90_000 + b"]" * 90_000), "nested|damaged or cut off"),
    "PDF with an archive behind": (lambda: pdf() + _ZIP_END, "two kinds of file"),
    "PDF with bytes behind": (lambda: pdf() + b"<html>" * 9, "after the PDF's end"),
    "JPEG cut off": (lambda: jpeg()[:-400], "cut off"),
    "JPEG cut in its head": (lambda: jpeg()[:300], "cut off"),
    "JPEG of absurd size": (_huge_jpeg, "65000 × 65000 pixels"),
    "JPEG with an archive behind": (lambda: jpeg() + _ZIP_END, "two kinds of file"),
    "JPEG with a PDF in it": (lambda: _with_comment(jpeg(), pdf()[:900]), "two kinds of file"),
    "JPEG with a film behind": (lambda: jpeg() + b"\0\0\0\x18ftypmp42" + bytes(range(1, 200)), "after the picture"),
    "JPEG that is no picture": (lambda: b"\xff\xd8\xff\xe0" + bytes(60), "damaged"),
    "PNG cut off": (lambda: png()[:-30], "cut off"),
    "PNG altered": (lambda: _flipped(png()), "checksum"),
    "PNG of absurd size": (lambda: _png_of(60_000, 60_000, zlib.compress(bytes(9))), "60000 × 60000 pixels"),
    "PNG without its pixels": (lambda: _png_of(6000, 6000, zlib.compress(bytes(9))), "damaged or cut off"),
    "PNG with a script behind": (lambda: png() + b"<?php system($_GET[0]); ?>", "after the picture"),
    "PNG with an archive behind": (lambda: png() + _ZIP_END, "two kinds of file"),
    "PNG that moves": (_animated, "animated"),
}
"""By what is wrong: how it is made, and words of the refusal."""
