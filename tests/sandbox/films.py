"""Films whose every picture says its own number, encoded as cameras do, and the reading of them from MP4.

A picture is sixteen upright bars, black or white: the bits of its number, so that a test can tell after any muxing,
cutting and converting which picture is shown when.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import av
import numpy as np

from appliance.api import NO_PTS, Packet, Stream, Streams

__all__ = ["BITS", "FPS", "HEIGHT", "WIDTH", "Film", "Shown", "film", "number_in", "probe", "read"]

BITS, FPS = 16, 10
WIDTH, HEIGHT = 320, 180
VIDEO_BASE = (1, 90_000)
TICKS = 90_000 // FPS
_VIDEO = {"h264": ("libx264", "yuv420p"), "hevc": ("libx265", "yuv420p"), "mjpeg": ("mjpeg", "yuvj420p")}
_SOUND = {
    "aac": ("aac", 16_000, "fltp"),
    "pcm_alaw": ("pcm_alaw", 8_000, "s16"),
    "pcm_s16be": ("pcm_s16be", 16_000, "s16"),
    "opus": ("libopus", 48_000, "s16"),
    "adpcm_g726": ("g726", 8_000, "s16"),
    "adpcm_g726le": ("g726le", 8_000, "s16"),
}
_G726_BITS = 4
"""What libav's encoder takes for a sample if nobody says otherwise."""


class Film(NamedTuple):
    """A description and its packets in decode order, pictures and sound interleaved as a camera sends them."""

    streams: Streams
    packets: tuple[Packet, ...]

    def seconds(self, packet: Packet) -> float:
        base = self.streams.streams[packet.stream].time_base
        return (packet.pts if packet.pts != NO_PTS else packet.dts) * base[0] / base[1]


@lru_cache(maxsize=32)
def film(
    seconds: float = 4,
    *,
    codec: str = "h264",
    sound: str = "",
    gop: int = FPS,
    b_frames: int = 0,
    first: int = 0,
    width: int = WIDTH,
    refresh: bool = False,
) -> Film:
    """Pictures ``first``, ``first`` + 1, ... at FPS, a key frame every ``gop``, and a 440 Hz tone."""
    video, packets = _pictures(seconds, codec, gop, b_frames, first, width, refresh)
    streams = [video]
    if sound:
        audio, tones = _tones(seconds, sound)
        streams.append(audio)
        packets = sorted([*packets, *tones], key=lambda p: p.dts / (90_000 if p.stream == 0 else audio.time_base[1]))
    return Film(Streams(tuple(streams)), tuple(packets))


def _pictures(
    seconds: float, codec: str, gop: int, b_frames: int, first: int, width: int, refresh: bool
) -> tuple[Stream, list[Packet]]:
    name, pixels = _VIDEO[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, HEIGHT, pixels
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(*VIDEO_BASE), Fraction(FPS), 1
    encoder.gop_size, encoder.max_b_frames = gop, b_frames
    if codec == "h264":
        params = f"scenecut=0:annexb=1:repeat-headers=1:keyint={gop}:min-keyint={gop}:bframes={b_frames}"
        params += ":intra-refresh=1" if refresh else ""
        encoder.options = {"preset": "medium" if b_frames else "ultrafast", "x264-params": params}
        if not b_frames:
            encoder.options |= {"tune": "zerolatency"}
    elif codec == "hevc":
        params = f"log-level=none:repeat-headers=1:pools=none:frame-threads=1:keyint={gop}:bframes=0:scenecut=0"
        encoder.options = {"preset": "ultrafast", "x265-params": params}
    packets = []
    for index in range(int(seconds * FPS)):
        frame = av.VideoFrame.from_ndarray(_drawn(first + index, width), format="gray").reformat(format=pixels)
        frame.pts, frame.pict_type, frame.time_base = index * TICKS, 0, Fraction(*VIDEO_BASE)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    out = [Packet(0, bytes(p), p.pts, p.dts, TICKS, bool(p.is_keyframe)) for p in packets]
    return Stream(0, "video", codec, VIDEO_BASE, b"", width, HEIGHT), out


def _drawn(number: int, width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    bits = [220 if number >> bit & 1 else 30 for bit in range(BITS)]
    return np.repeat(np.repeat(np.array([bits], np.uint8), width // BITS, 1), HEIGHT, 0)


def _tones(seconds: float, codec: str) -> tuple[Stream, list[Packet]]:
    name, rate, form = _SOUND[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", form
    encoder.time_base = Fraction(1, rate)
    encoder.open()
    size = encoder.frame_size or rate // 25
    packets = []
    for at in range(0, int(seconds * rate) - size + 1, size):
        wave = np.sin(2 * np.pi * 440 / rate * np.arange(at, at + size)) * 0.25
        samples = wave.astype(np.float32) if form == "fltp" else (wave * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format=form, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        packets += [Packet(1, bytes(p), p.pts, p.pts, size, True) for p in encoder.encode(frame) if p.pts >= 0]
    extradata = bytes([_G726_BITS]) if codec.startswith("adpcm_") else bytes(encoder.extradata or b"")
    return Stream(1, "audio", codec, (1, rate), extradata, 0, 0, rate, 1), packets


class Shown(NamedTuple):
    """What a decoder makes of MP4: (seconds, number) of each picture in order of presentation; seconds at which each
    sound frame begins."""

    pictures: list[tuple[float, int]]
    sound: list[float]
    size: tuple[int, int]


def number_in(grey: np.ndarray[Any, np.dtype[Any]]) -> int:
    """The number that a picture says, by its luma: rows of pixels."""
    middles = grey[HEIGHT // 2, [(2 * bit + 1) * grey.shape[1] // (2 * BITS) for bit in range(BITS)]]
    return sum(1 << bit for bit in range(BITS) if middles[bit] > 125)


def read(mp4: bytes) -> Shown:
    pictures, sound, size = [], [], (0, 0)
    with av.open(io.BytesIO(mp4)) as container:
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    number = number_in(frame.to_ndarray(format="gray"))
                    pictures.append((round(float(frame.time or 0), 4), number))
                    size = frame.width, frame.height
                elif isinstance(frame, av.AudioFrame):
                    sound.append(round(float(frame.time or 0), 4))
    return Shown(pictures, sound, size)


def probe(mp4: bytes) -> str:
    """What ffprobe complains of when it reads and decodes all of it; "" when it is content."""
    command = ["ffprobe", "-v", "warning", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv", "-"]
    done = subprocess.run(command, input=mp4, capture_output=True, check=False)
    return done.stderr.decode() + ("" if done.returncode == 0 else f"exit {done.returncode}")


def numbers(pictures: Sequence[tuple[float, int]]) -> list[int]:
    return [number for _, number in pictures]
