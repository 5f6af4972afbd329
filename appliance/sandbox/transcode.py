"""Conversions for what a browser does not play: G.711 and Opus to AAC, H.265 and MJPEG to H.264. Blocking.

For looking only: the ring keeps what the camera sent, and a copy for an agency is made from that. Each converter lives
for one response and begins at its first packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

from appliance.api import Stream
from appliance.sandbox.codecs import SoundConfig, sound_config
from appliance.sandbox.protocol import Sample

__all__ = ["SoundEncoder", "VideoEncoder", "silent_frame"]

_SOUND_BITRATE = 48_000
_LEAST_RATE = 16_000
"""8 kHz is raised to 16: AAC at 8 kHz costs more (5.2 ms against 3.2 ms of processor a second) and sounds worse."""
_NEW_RUN_NS = 120_000_000
"""Sound further than this from where it should follow on is taken as a new beginning."""
_SECONDS_PER_KEY = 2
_WIDEST = 1920
"""1080p takes 0.4 s of one processor for a second of 25 pictures, 4K four times that."""
_DECODERS = {"opus": "libopus"}
_NS_PER_TICK = 10_000
_TICK = Fraction(_NS_PER_TICK, 1_000_000_000)
"""The video encoder's time base, fine enough to keep frames apart and coarse enough for libx264's rate arithmetic."""


class SoundEncoder:
    """Decodes one stream of sound and encodes it as AAC-LC. What does not decode is left out."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = _decoder(_DECODERS.get(stream.codec, stream.codec), stream.extradata)
        self._rate_in = stream.sample_rate or (48_000 if stream.codec == "opus" else 8_000)
        channels = min(max(stream.channels, 1), 2)
        self._decoder.sample_rate = self._rate_in
        self._decoder.layout = "stereo" if channels == 2 else "mono"
        self._rate = 48_000 if stream.codec == "opus" else max(self._rate_in, _LEAST_RATE)
        self._layout = self._decoder.layout.name
        self._encoder: Any = _aac_encoder(self._rate, self._layout)
        self._resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        self._fifo = av.AudioFifo()
        self._written = 0
        self._anchor: tuple[int, int] | None = None

    @property
    def config(self) -> SoundConfig | None:
        return sound_config(bytes(self._encoder.extradata or b""), b"")

    def push(self, sample: Sample) -> Iterator[Sample]:
        packet = av.Packet(sample.data)
        try:
            frames = [each for frame in self._decoder.decode(packet) for each in self._resample(frame)]
        except FFmpegError:
            return
        if frames:
            self._follow(sample.pts_ns)
        for frame in frames:
            frame.pts = None
            self._written += frame.samples
            self._fifo.write(frame)
        size = self._encoder.frame_size
        while self._fifo.samples >= size:
            yield from self._encode(self._fifo.read(size))

    def finish(self) -> Iterator[Sample]:
        rest = self._fifo.read(0, partial=True)
        if rest is not None and rest.samples:
            yield from self._encode(rest)
        yield from self._encode(None)

    def _resample(self, frame: Any) -> list[Any]:
        frame.pts = None
        return list(self._resampler.resample(frame))

    def _follow(self, pts_ns: int) -> None:
        """Keeps the pair (samples written, wall time) by which what comes out of the encoder is dated."""
        if self._anchor:
            written, wall_ns = self._anchor
            expected = wall_ns + (self._written - written) * 1_000_000_000 // self._rate
            if abs(pts_ns - expected) < _NEW_RUN_NS:
                return
        self._anchor = (self._written, pts_ns)

    def _encode(self, frame: Any) -> Iterator[Sample]:
        if frame is not None:
            frame.pts = self._written - self._fifo.samples - frame.samples
            frame.time_base = Fraction(1, self._rate)
        for packet in self._encoder.encode(frame):
            if self._anchor and packet.pts is not None and packet.pts >= 0:  # below zero: only primes a decoder
                at = self._anchor[1] + (packet.pts - self._anchor[0]) * 1_000_000_000 // self._rate
                yield Sample(self._stream.number, bytes(packet), at, None, 0, True)


def _decoder(name: str, extradata: bytes) -> Any:
    decoder = av.CodecContext.create(name, "r")
    decoder.thread_count = 1
    if extradata:
        decoder.extradata = extradata
    return decoder


def _aac_encoder(rate: int, layout: str) -> Any:
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, layout, "fltp"
    encoder.time_base = Fraction(1, rate)
    encoder.bit_rate = _SOUND_BITRATE
    encoder.open()
    return encoder


def silent_frame(config: SoundConfig) -> bytes:
    """An AAC-LC frame of silence for ``config``; b"" where there is none (SBR, more than two channels)."""
    if config.object_type != 2 or config.channels > 2:
        return b""
    layout = "stereo" if config.channels == 2 else "mono"
    encoder = _aac_encoder(config.sample_rate, layout)
    frame = av.AudioFrame(format="fltp", layout=layout, samples=encoder.frame_size)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts, frame.time_base = config.sample_rate, 0, Fraction(1, config.sample_rate)
    packets = [bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None))]
    return packets[-1] if packets else b""


class VideoEncoder:
    """Decodes H.265 or MJPEG and encodes H.264 in Annex B, fast and without delay."""

    def __init__(self, stream: Stream) -> None:
        self._number = stream.number
        self._decoder = _decoder(stream.codec, stream.extradata)
        self._encoder: Any = None
        self._size = (0, 0)
        self._started = False
        self._last_pts = -1
        self._key_ns = 0

    def push(self, sample: Sample) -> Iterator[Sample]:
        if not self._started and not sample.is_key:
            return
        self._started = True
        packet = av.Packet(sample.data)
        packet.pts, packet.dts = sample.pts_ns, sample.dts_ns
        yield from self._convert(packet)

    def finish(self) -> Iterator[Sample]:
        if self._started:
            yield from self._convert(None)
        if self._encoder:
            yield from self._samples(self._encoder.encode(None))

    def _convert(self, packet: Any) -> Iterator[Sample]:
        try:
            frames = self._decoder.decode(packet)
        except FFmpegError:
            return
        for frame in frames:
            if frame.pts is None or frame.pts <= self._last_pts:
                continue
            self._last_pts = frame.pts
            yield from self._encode(frame)

    def _encode(self, frame: Any) -> Iterator[Sample]:
        size = _shown_size(frame.width, frame.height)
        if not self._encoder or size != self._size:
            self._size, self._encoder, self._key_ns = size, _h264_encoder(*size), 0
        pts = frame.pts
        frame = frame.reformat(width=size[0], height=size[1], format="yuv420p")
        frame.pts, frame.time_base = pts // _NS_PER_TICK, _TICK
        key_due = pts - self._key_ns >= _SECONDS_PER_KEY * 1_000_000_000
        # Left as the decoder set it, x264 would follow: every MJPEG picture would become a key frame.
        frame.pict_type = 1 if key_due else 0
        if key_due:
            self._key_ns = pts
        yield from self._samples(self._encoder.encode(frame))

    def _samples(self, packets: Any) -> Iterator[Sample]:
        for packet in packets:
            pts, dts = packet.pts * _NS_PER_TICK, packet.dts * _NS_PER_TICK
            yield Sample(self._number, bytes(packet), pts, dts, 0, bool(packet.is_keyframe))


def _shown_size(width: int, height: int) -> tuple[int, int]:
    """Even, and no wider than what is encoded faster than it plays."""
    if width > _WIDEST:
        width, height = _WIDEST, height * _WIDEST // width
    return max(2, width & ~1), max(2, height & ~1)


def _h264_encoder(width: int, height: int) -> Any:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = _TICK, Fraction(25)
    encoder.gop_size = 600
    encoder.thread_count = 1
    params = "annexb=1:repeat-headers=1:scenecut=0:level=5.1"
    encoder.options = {
        "preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1", "crf": "23", "x264-params": params,
    }  # fmt: skip
    return encoder
