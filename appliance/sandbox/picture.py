"""A key frame as a JPEG, for looking for a place while dragging. Blocking; nothing is kept."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

from appliance.core.errors import Unavailable
from appliance.sandbox.covering import covered
from appliance.sandbox.decoders import decoder_for
from appliance.sandbox.protocol import MAX_PICTURE_WIDTH, PictureOrder

__all__ = ["decoded", "draw", "jpeg_of"]

_QUALITY = 5
"""MJPEG quantiser, 2 (best) to 31: at 5 a 640-pixel picture is about 40 kB."""


def draw(order: PictureOrder, key: bytes) -> bytes:
    """The JPEG. Raises Unavailable when ``key`` does not decode on its own."""
    return jpeg_of(covered(decoded(order, key), order.covered), order.width)


def jpeg_of(frame: Any, width: int) -> bytes:
    """A decoded frame as a JPEG, at most ``width`` pixels wide (0 = as it is)."""
    width = min(width or frame.width, frame.width, MAX_PICTURE_WIDTH)
    height = max(2, round(frame.height * width / frame.width) & ~1)
    return _encode(frame.reformat(width=max(2, width & ~1), height=height, format="yuvj420p"))


def decoded(order: PictureOrder, key: bytes) -> Any:
    """The frame. Raises Unavailable."""
    try:
        return _decoded(order, key)
    except FFmpegError as error:
        raise Unavailable.of("key-picture-bad", why=error.strerror) from error


def _decoded(order: PictureOrder, key: bytes) -> Any:
    decoder = decoder_for(order.stream)
    packet = av.Packet(key)
    packet.pts = packet.dts = 0
    packet.time_base = Fraction(1, 1000)
    frames = [*decoder.decode(packet), *decoder.decode(None)]
    if not frames:
        raise Unavailable.of("key-picture-empty")
    return frames[0]


def _encode(frame: Any) -> bytes:
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": str(_QUALITY), "qmax": str(_QUALITY)}
    frame.pts, frame.pict_type, frame.time_base = 0, 0, Fraction(1, 25)
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
