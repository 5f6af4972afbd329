"""JPEG and PNG of a scanner or a phone: whole, one picture, of a sane size, and nothing hidden behind it."""

from __future__ import annotations

import io
import re
import zlib

from PIL import Image, ImageOps

from appliance.core.errors import UsageError
from appliance.rules.scans import MAX_PIXELS

__all__ = ["draw", "encoded", "exercise", "look", "too_large"]

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers that begin a frame and say its size (ITU-T T.81 table B.1)."""
_END, _SCAN, _EXTENSION = 0xD9, 0xDA, 0xE2
_SEVERAL = b"MPF\x00"
"""What announces further JPEG pictures after the first (CIPA DC-007), as phones append a depth or gain map."""
_MAX_FOLLOWING = 4
_ORIENTATION = 0x0112


def look(data: bytes, kind: str) -> None:
    """Raises UsageError unless it is one whole picture that decodes, and no more."""
    if kind == "png":
        _walk_png(data)
    else:
        _walk_jpegs(data)
    with _opened(data, kind) as picture:
        if kind == "png" and getattr(picture, "n_frames", 1) != 1:
            raise UsageError.of("scan-animated")
        picture.load()


def draw(data: bytes, kind: str, side: int) -> bytes:
    """The picture, turned as its camera held it, as a PNG."""
    with _opened(data, kind) as picture:
        picture.draft("RGB", (side, side))
        small = _eight_bits(picture)
        small.thumbnail((side, side), reducing_gap=2.0)
        return encoded(ImageOps.exif_transpose(small))


def exercise() -> None:
    """Reads and draws small pictures of each sort, so that nothing is loaded after the child is confined."""
    turned = Image.Exif()
    turned[_ORIENTATION] = 6
    for kind, name, more in (("png", "PNG", {}), ("jpeg", "JPEG", {"exif": turned}), ("jpeg", "MPO", {"exif": turned})):
        out = io.BytesIO()
        Image.new("RGB", (32, 16)).save(out, name, **more)
        look(out.getvalue(), kind)
        draw(out.getvalue(), kind, 16)


def encoded(picture: Image.Image) -> bytes:
    """A PNG without anything but pixels; what is transparent is white, as paper is."""
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    plain = picture.convert("L" if picture.mode == "L" else "RGB")
    plain.info = {}
    out = io.BytesIO()
    plain.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The picture in a mode in which making it smaller keeps its look: of 16 bits of grey the upper 8 stay, and black
    and white becomes grey, so that points are averaged."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point([value >> 8 for value in range(1 << 16)], "L")
    return picture.convert("L") if picture.mode == "1" else picture


def _opened(data: bytes, kind: str) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=(kind.upper(),))
    _check_size(*picture.size)
    return picture


def _check_size(width: int, height: int) -> None:
    if not width or not height or width * height > MAX_PIXELS:
        raise too_large(width, height)


def too_large(width: int, height: int) -> UsageError:
    """For a picture that is none of a paper, or would take all memory."""
    return UsageError.of("scan-pixels", size=f"{width} × {height}", most=f"{MAX_PIXELS:,}")


def _walk_png(data: bytes) -> None:
    """Chunk by chunk (ISO/IEC 15948 §5.3): each whole and with its sum, the last one the file's last."""
    at, ended = 8, False
    while at + 12 <= len(data) and not ended:
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body_end = at + 8 + length
        if body_end + 4 > len(data):
            break
        if zlib.crc32(data[at + 4 : body_end]) != int.from_bytes(data[body_end : body_end + 4], "big"):
            raise UsageError.of("scan-checksum")
        if kind == b"IHDR":
            _check_size(int.from_bytes(data[at + 8 : at + 12], "big"), int.from_bytes(data[at + 12 : at + 16], "big"))
        at, ended = body_end + 4, kind == b"IEND"
    if not ended:
        raise UsageError.of("scan-cut", type="PNG")
    _check_rest(data, at)


def _walk_jpegs(data: bytes) -> None:
    at, several = _walk_jpeg(data, 0)
    for _ in range(_MAX_FOLLOWING if several else 0):
        start = data.find(b"\xff\xd8\xff", at)
        if start < 0 or data[at:start].strip(b"\0\xff"):
            break
        at, _ = _walk_jpeg(data, start)
    _check_rest(data, at)


def _walk_jpeg(data: bytes, start: int) -> tuple[int, bool]:
    """(where the picture ends, whether it announces others), marker by marker (ITU-T T.81 annex B)."""
    at, several = start + 2, False
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            raise UsageError.of("scan-damaged-jpeg")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _END:
            return at + 2, several
        body = data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        if marker in _FRAMES and len(body) >= 5:
            _check_size(int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
        several = several or (marker == _EXTENSION and body.startswith(_SEVERAL))
        at += 4 + len(body)
        if marker == _SCAN:
            found = _MARKER.search(data, at)
            if found is None:
                break
            at = found.start()
    raise UsageError.of("scan-cut", type="JPEG")


def _check_rest(data: bytes, at: int) -> None:
    if rest := len(data[at:].strip(b"\0\xff")):
        raise UsageError.of("scan-picture-rest", rest=rest)
