"""Uses decoders and encoders once, so that nothing is loaded, imported or initialised after a child is confined."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

from appliance.api import Stream, Streams
from appliance.core.errors import Unavailable
from appliance.sandbox import scan_pdf, scan_picture
from appliance.sandbox.changes import ChangeFinder
from appliance.sandbox.decoders import decoder_for
from appliance.sandbox.mux import Response
from appliance.sandbox.picture import draw
from appliance.sandbox.protocol import (
    CoveredArea,
    Opening,
    PictureOrder,
    Sample,
    SearchKey,
    SearchOrder,
    StillOrder,
    decode_samples,
    encode_samples,
)
from appliance.sandbox.still import still
from appliance.selftest.samples import Taken, TakenPacket

__all__ = ["exercise"]

_SIZE = 64
_QUARTER = CoveredArea(start_ns=0, end_ns=1, left=0, top=0, right=500, bottom=500)
_ENCODERS = (("h264", "libx264", "yuv420p"), ("mjpeg", "mjpeg", "yuvj420p"))


def exercise() -> None:
    """Takes about 0.1 s. Raises Unavailable when this build of libav lacks a codec that the darkroom needs."""
    for codec, encoder, pixels in _ENCODERS:
        try:
            picture = _picture(encoder, pixels)
        except (ValueError, FFmpegError) as error:
            raise Unavailable.of("encoder-missing", encoder=encoder, why=error) from error
        stream = Stream(0, "video", codec, (1, 1000))
        sound = Stream(1, "audio", "pcm_alaw", (1, 8000), sample_rate=8000, channels=1)
        response = Response(Opening(streams=Streams((stream, sound)), origin_ns=0))
        tone = [Sample(1, bytes(800), at * 100_000_000, None, 0, True) for at in range(4)]
        response.push(decode_samples(encode_samples([Sample(0, picture, 0, 0, 0, True), *tone])))
        response.finish()
        draw(PictureOrder(stream=stream, covered=(_QUARTER,)), picture)
        finder = ChangeFinder(SearchOrder(left=0, top=0, right=1000, bottom=1000))
        for at_ns in range(2):
            finder.add(SearchKey(at_ns=at_ns, stream=stream, covered=(_QUARTER,)), picture)
        packets = (
            TakenPacket(0, picture, 0, 0, True, False),
            *(TakenPacket(1, bytes(800), 0, 0, True, False) for _ in range(2)),
        )
        still(StillOrder(width=_SIZE), Taken(streams=Streams((stream, sound)), packets=packets))
    decoder_for(Stream(1, "audio", "adpcm_g726le", (1, 8000), b"\4")).open()
    scan_pdf.exercise()
    scan_picture.exercise()


def _picture(encoder: str, pixels: str) -> bytes:
    context: Any = av.CodecContext.create(encoder, "w")
    context.width = context.height = _SIZE
    context.pix_fmt, context.time_base, context.thread_count = pixels, Fraction(1, 25), 1
    if encoder == "libx264":
        context.options = {"x264-params": "annexb=1:repeat-headers=1"}
    frame = av.VideoFrame(_SIZE, _SIZE, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts = 0
    return b"".join(bytes(packet) for packet in (*context.encode(frame), *context.encode(None)))
