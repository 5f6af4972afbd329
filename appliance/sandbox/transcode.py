"""Conversions for what a browser does not play: G.711, G.726 and Opus to AAC, H.265 and MJPEG to H.264,
and pictures of which something is covered, whatever they are coded as. Blocking.

For looking, and for an agency's copy of what was granted masked; the ring keeps what the camera sent, and every other
copy is made from that. Each converter lives for one response and begins at its first packet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

from appliance.api import Stream
from appliance.sandbox.codecs import SoundConfig, sound_config
from appliance.sandbox.covering import covered
from appliance.sandbox.decoders import decoder_for
from appliance.sandbox.doubt import CoveredPictures
from appliance.sandbox.protocol import CoveredArea, Sample

__all__ = ["SoundEncoder", "VideoEncoder", "silent_frame"]

_SOUND_BITRATE = 48_000
_LEAST_RATE = 16_000
"""8 kHz is raised to 16: AAC at 8 kHz costs more (5.2 ms against 3.2 ms of processor a second) and sounds worse."""
_NEW_RUN_NS = 120_000_000
"""Sound further than this from where it should follow on is taken as a new beginning."""
_SECONDS_PER_KEY = 2
_WIDEST = 1920
"""1080p takes 0.4 s of one processor for a second of 25 pictures, 4K four times that."""
_NS_PER_TICK = 10_000
_TICK = Fraction(_NS_PER_TICK, 1_000_000_000)
"""The video encoder's time base, fine enough to keep frames apart and coarse enough for libx264's rate arithmetic."""


class SoundEncoder:
    """Decodes one stream of sound and encodes it as AAC-LC. What does not decode is left out."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = decoder_for(stream)
        self._rate_in = stream.sample_rate or (48_000 if stream.codec == "opus" else 8_000)
        self._rate = 48_000 if stream.codec == "opus" else max(self._rate_in, _LEAST_RATE)
        self._layout = "stereo" if stream.channels == 2 else "mono"
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
    """Decodes pictures and encodes them as H.264 in Annex B, fast and without delay. ``covered``: what is painted over
    on the way; ``kept``: as large as they were, and finer; ``from_ns``: the first one encoded is that which stands
    then, 0 = the first of all."""

    def __init__(
        self, stream: Stream, covered: Sequence[CoveredArea] = (), *, kept: bool = False, from_ns: int = 0
    ) -> None:
        self._number, self._kept, self._from_ns = stream.number, kept, from_ns
        self._standing: tuple[Any, Sequence[CoveredArea]] | None = None
        self._decoder = decoder_for(stream)
        self._covered = CoveredPictures(self._decoder, covered) if covered else None
        self._encoder: Any = None
        self._size = (0, 0)
        self._started = False
        self._last_pts = -1
        self._key_ns = 0

    def push(self, sample: Sample) -> Iterator[Sample]:
        if not self._started and not sample.is_key:
            return
        self._started = True
        yield from self._convert(sample)

    def finish(self) -> Iterator[Sample]:
        if self._started:
            yield from self._convert(None)
        if self._encoder:
            yield from self._samples(self._encoder.encode(None))

    def _convert(self, sample: Sample | None) -> Iterator[Sample]:
        for frame, areas in self._shown(sample):
            yield from self._encode(frame, areas)

    def _shown(self, sample: Sample | None) -> Iterator[tuple[Any, Sequence[CoveredArea]]]:
        """The frames that are encoded, each once and in order. One that is not after ``from_ns`` waits until it is
        known whether another takes its place."""
        for frame, areas in self._covered.decode(sample) if self._covered else self._decoded(sample):
            if frame.pts is None or frame.pts <= self._last_pts:
                continue
            self._last_pts = frame.pts
            if self._from_ns and frame.pts <= self._from_ns:
                self._standing = frame, areas
                continue
            yield from self._stood()
            yield frame, areas
        if sample is None:
            yield from self._stood()

    def _stood(self) -> Iterator[tuple[Any, Sequence[CoveredArea]]]:
        standing, self._standing = self._standing, None
        if standing:
            yield standing

    def _decoded(self, sample: Sample | None) -> Iterator[tuple[Any, Sequence[CoveredArea]]]:
        """The frames; nothing of them is covered."""
        packet = None
        if sample is not None:
            packet = av.Packet(sample.data)
            packet.pts, packet.dts = sample.pts_ns, sample.dts_ns
        try:
            for frame in self._decoder.decode(packet):
                yield frame, ()
        except FFmpegError:
            return

    def _encode(self, frame: Any, areas: Sequence[CoveredArea]) -> Iterator[Sample]:
        size = _even(frame.width, frame.height) if self._kept else _shown_size(frame.width, frame.height)
        if not self._encoder or size != self._size:
            shape = self._decoder.sample_aspect_ratio
            self._size, self._encoder, self._key_ns = size, _h264_encoder(*size, shape, kept=self._kept), 0
        pts = frame.pts
        frame = covered(frame, areas)
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
    return _even(width, height)


def _even(width: int, height: int) -> tuple[int, int]:
    return max(2, width & ~1), max(2, height & ~1)


def _h264_encoder(width: int, height: int, shape: Fraction | None, *, kept: bool) -> Any:
    """``shape``: of a pixel, width by height; None: not told."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = _TICK, Fraction(25)
    encoder.gop_size = 600
    if shape:
        encoder.sample_aspect_ratio = shape
    encoder.thread_count = 1
    params = "annexb=1:repeat-headers=1:scenecut=0:level=5.1"
    encoder.options = {
        "preset": "superfast" if kept else "ultrafast", "crf": "20" if kept else "23",
        "tune": "zerolatency", "forced-idr": "1", "x264-params": params,
    }  # fmt: skip
    return encoder
