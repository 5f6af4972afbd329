"""A short clip as a test double's footage: made once by PyAV, cut into fragments, placed anywhere on a time line."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

import av
import numpy as np

FPS = 25
GOP = 50
SECONDS = 20
WIDTH, HEIGHT = 640, 360
_SCALE = 12_800


Cover = tuple[tuple[int, int, int, int], ...]
"""Left, top, right, bottom in permille."""


class Piece(NamedTuple):
    """One moof and its mdat: half a second. ``time_at`` is where its decode time lies in it."""

    data: bytes
    start: float
    seconds: float
    starts_with_key: bool
    time_at: int
    time_size: int


class Clip(NamedTuple):
    head: bytes
    mime: str
    pieces: tuple[Piece, ...]
    jpeg: bytes


def _boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    end = len(data) if end is None else end
    while at + 8 <= end:
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], at, at + size
        at += size


@functools.cache
def clip(hue: int = 0, cover: Cover = ()) -> Clip:
    """Some seconds of H.264 with a bar that moves by a known step per frame, so that frames can be told apart.
    ``cover``: black lies over these rectangles."""
    raw = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}
    with av.open(raw, "w", format="mp4", options=options) as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": "30",
            "g": str(GOP),
            "keyint_min": str(GOP),
            "sc_threshold": "0",
        }
        for number in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(_picture(number, hue, cover), format="rgb24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    data = raw.getvalue()
    head_end, pieces = 0, []
    moof = 0
    for kind, start, end in _boxes(data):
        if kind == b"moov":
            head_end = end
        elif kind == b"moof":
            moof = start
        elif kind == b"mdat":
            pieces.append(_piece(data[moof:end]))
    config = data.index(b"avcC") + 4
    mime = f'video/mp4; codecs="avc1.{data[config + 1 : config + 4].hex()}"'
    return Clip(data[:head_end], mime, tuple(pieces), _jpeg(hue, cover))


def _picture(number: int, hue: int, cover: Cover = ()) -> np.ndarray:
    picture = _room(hue).copy()
    left = number * 4 % (WIDTH - 40)
    picture[HEIGHT - 130 : HEIGHT - 40, left : left + 34] = (214, 206, 190)
    for x, y, right, bottom in cover:
        picture[y * HEIGHT // 1000 : bottom * HEIGHT // 1000, x * WIDTH // 1000 : right * WIDTH // 1000] = 0
    return picture


@functools.cache
def _room(hue: int) -> np.ndarray:
    """What does not move."""
    ramp = np.linspace(40, 150, WIDTH, dtype=np.float32)
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    for channel, share in enumerate(
        ((0.5, 0.62, 0.72), (0.72, 0.6, 0.5), (0.55, 0.7, 0.55), (0.66, 0.55, 0.7))[hue % 4]
    ):
        picture[:, :, channel] = ramp * share + 20
    picture[int(HEIGHT * 0.62) :] *= 0.6
    picture[90:230, 60:200] *= 0.75
    picture[120:230, 420:600] *= 1.25
    return picture.clip(0, 255).astype(np.uint8)


def _piece(data: bytes) -> Piece:
    moof_end = struct.unpack_from(">I", data)[0]
    (traf,) = [span for span in _boxes(data, 8, moof_end) if span[0] == b"traf"]
    inside = {kind: (start, end) for kind, start, end in _boxes(data, traf[1] + 8, traf[2])}
    tfdt, trun, tfhd = inside[b"tfdt"][0], inside[b"trun"][0], inside[b"tfhd"][0]
    wide = data[tfdt + 8] == 1
    (time,) = struct.unpack_from(">Q" if wide else ">I", data, tfdt + 12)
    (count,) = struct.unpack_from(">I", data, trun + 12)
    flags = int.from_bytes(data[trun + 9 : trun + 12], "big")
    tfhd_flags = int.from_bytes(data[tfhd + 9 : tfhd + 12], "big")
    first = struct.unpack_from(">I", data, trun + 20)[0] if flags & 4 else 0x01010000
    if not flags & 4 and flags & 0x400:
        at = trun + 20 + 4 * bool(flags & 0x100) + 4 * bool(flags & 0x200)
        first = struct.unpack_from(">I", data, at)[0]
    elif not flags & 4 and tfhd_flags & 0x20:
        first = 0x01010000
    return Piece(data, time / _SCALE, count / FPS, not first & 0x10000, tfdt + 12, 8 if wide else 4)


def _jpeg(hue: int, cover: Cover) -> bytes:
    raw = io.BytesIO()
    with av.open(raw, "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(_picture(0, hue, cover), format="rgb24")))
        out.mux(stream.encode())
    return raw.getvalue()


def next_key(hue: int, at: float) -> float:
    """The first key piece of the clip repeated for ever, at or after ``at``."""
    turn = int(at // SECONDS)
    keys = [piece.start for piece in clip(hue).pieces if piece.starts_with_key]
    return min(time for each in (turn, turn + 1) for key in keys if (time := each * SECONDS + key) >= at - 1e-6)


def footage(
    hue: int, start: float, end: float, later: float = 0.0, cover: Cover = ()
) -> Iterator[tuple[float, float, bytes]]:
    """(start, end, moof and mdat) of the clip repeated for ever, from the key piece at or before ``start``; all of it
    put ``later`` by so many seconds, which ``start`` does not count."""
    pieces = clip(hue, cover).pieces
    keys = [piece.start for piece in pieces if piece.starts_with_key]
    turn = int(start // SECONDS)
    key = max(time for time in keys if time <= start - turn * SECONDS + 1e-6)
    while True:
        for piece in pieces:
            at = turn * SECONDS + piece.start
            if at < turn * SECONDS + key - 1e-6:
                continue
            at += later
            if at >= end - 1e-6:
                return
            moved = bytearray(piece.data)
            moved[piece.time_at : piece.time_at + piece.time_size] = round(at * _SCALE).to_bytes(piece.time_size, "big")
            yield at, at + piece.seconds, bytes(moved)
        turn, key = turn + 1, 0.0
