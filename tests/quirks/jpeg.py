"""JPEG pictures in RTP (RFC 2435)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.quirks.packing import MTU
from tests.quirks.script import Moment, Part

__all__ = ["Jpeg", "jpeg_parts", "jpeg_way", "parsed_jpeg"]


class Jpeg(NamedTuple):
    """What RFC 2435 sends of a picture. ``kind``: 1 for 4:2:0, the only one here: ffmpeg's encoder samples 4:2:2 in
    another way than type 0."""

    width: int
    height: int
    kind: int
    tables: tuple[bytes, ...]
    restart: int
    scan: bytes


def parsed_jpeg(data: bytes) -> Jpeg:
    at, tables, width, height, kind, restart = 2, [], 0, 0, 0, 0
    while True:
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + size]
        if marker == 0xDB:
            while body:
                tables.append(body[1:65])
                body = body[65:]
        elif marker == 0xC0:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            kind = 1
        elif marker == 0xDD:
            restart = int.from_bytes(body[:2], "big")
        at += 2 + size
        if marker == 0xDA:
            break
    end = data.rfind(b"\xff\xd9")
    return Jpeg(width, height, kind, tuple(tables), restart, data[at : end if end > 0 else len(data)])


def jpeg_way(moment: Moment) -> Iterator[Part]:
    return jpeg_parts(moment)


def jpeg_parts(
    moment: Moment, *, quality: int = 255, mtu: int = MTU, tables: bool = True, eoi: bool = False, specific: int = 0,
    size: tuple[int, int] | None = None,
) -> Iterator[Part]:  # fmt: skip
    """``quality`` 128 to 255: the tables come along, ``tables`` says whether with this picture, too."""
    jpeg = parsed_jpeg(moment.units[0])
    scan = jpeg.scan + (b"\xff\xd9" if eoi else b"")
    width, height = size or (jpeg.width // 8, jpeg.height // 8)
    # The encoder gives both colours the table of the brightness: two tables are sent.
    quantizers = (jpeg.tables * 2)[:2]
    kind = jpeg.kind | (64 if jpeg.restart else 0)
    at = 0
    while at < len(scan):
        piece = scan[at : at + mtu]
        head = bytes((specific,)) + at.to_bytes(3, "big") + bytes((kind, quality, width, height))
        if jpeg.restart:
            head += jpeg.restart.to_bytes(2, "big") + b"\xff\xff"
        if at == 0 and quality >= 128:
            body = b"".join(quantizers) if tables else b""
            head += b"\x00\x00" + len(body).to_bytes(2, "big") + body
        at += len(piece)
        yield Part(head + piece, at >= len(scan))
