"""The decoder of a stream, for a look at it or a listen. Blocking; needs libav."""

from __future__ import annotations

import io
from typing import Any

import av

from appliance.api import Stream

__all__ = ["decoder_for"]

_NAMES = {"opus": "libopus"}
_G726 = {"adpcm_g726": "g726", "adpcm_g726le": "g726le"}
_G726_HZ = 8_000


def decoder_for(stream: Stream) -> Any:
    """Of one thread, not open yet. Raises FFmpegError, ValueError where this build of libav has none."""
    decoder = _g726(stream) if stream.codec in _G726 else _plain(stream)
    decoder.thread_count = 1
    return decoder


def _plain(stream: Stream) -> Any:
    decoder: Any = av.CodecContext.create(_NAMES.get(stream.codec, stream.codec), "r")
    if stream.extradata:
        decoder.extradata = stream.extradata
    if stream.kind == "audio":
        decoder.sample_rate = stream.sample_rate or (48_000 if stream.codec == "opus" else 8_000)
        decoder.layout = "stereo" if stream.channels == 2 else "mono"
    return decoder


def _g726(stream: Stream) -> Any:
    """That of libav's reader of raw G.726: it alone can be told how many bits a sample has."""
    options = {"code_size": str(stream.extradata[0]), "sample_rate": str(stream.sample_rate or _G726_HZ)}
    return av.open(io.BytesIO(bytes(1024)), format=_G726[stream.codec], options=options).streams.audio[0].codec_context
