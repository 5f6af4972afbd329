"""A camera without hardware: a test card with a burnt-in clock and a 440 Hz tone, encoded in real time.

For training installations, demonstrations and tests. The picture (``testcard_picture.py``) shows the recorder's own
wall clock to a tenth of a second, so that what a player shows can be checked against what it claims; each key frame
holds a constant marker, so that a search of disks and memory knows what to look for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from appliance.api import (
    CameraLost,
    Clock,
    Pace,
    Packet,
    Setting,
    SourceKind,
    Stream,
    Streams,
    SystemClock,
    UsageError,
    hookimpl,
    parameter_sets,
)

__all__ = ["MARKER", "MARKER_UUID", "TestCard", "register_sources"]

MARKER = "OFFICE-RECORDER-TEST-CARD-MARKER"
"""The default of the setting ``marker``."""

MARKER_UUID = b"test-card-marker"
"""The 16 bytes ahead of the marker in its SEI message (H.264 §D.2.7, user data unregistered)."""

_VIDEO_BASE = (1, 90_000)
_VIDEO = {"h264": ("libx264", "yuv420p"), "hevc": ("libx265", "yuv420p"), "mjpeg": ("mjpeg", "yuvj420p")}
_AUDIO = {
    "aac": ("aac", 16_000, "fltp"),
    "pcm_alaw": ("pcm_alaw", 8_000, "s16"),
    "pcm_mulaw": ("pcm_mulaw", 8_000, "s16"),
    "opus": ("libopus", 48_000, "s16"),
}
_AUDIO_BITRATE = 32_000
_TONE_HZ = 440
_TONE_PEAK = 0.25

_SETTINGS = (
    Setting("width", "Width of the picture in pixels; even, 320 to 3840.", int, 640),
    Setting("height", "Height of the picture in pixels; even, 180 to 2160.", int, 360),
    Setting("fps", "Pictures a second, 1 to 60.", int, 10),
    Setting("gop_seconds", "Seconds from one key frame to the next, 0.1 to 10.", float, 1.0),
    Setting("bitrate", "Bits a second of video at most, 50000 to 50000000.", int, 400_000),
    Setting(
        "lesser_bitrate", "Bits a second of video while the disk is short of room; 0: key frames only then.", int, 0
    ),
    Setting("codec", "How the picture is encoded: `h264`, `hevc` or `mjpeg`.", str, "h264"),
    Setting("audio", "How the tone is encoded: `none`, `aac`, `pcm_alaw`, `pcm_mulaw` or `opus`.", str, "aac"),
    Setting(
        "label",
        "What is drawn under the clock; at most 12 digits, dashes or letters of `abcdefhilnopqrtuy`.",
        str,
        "no 01",
    ),
    Setting(
        "marker", "Constant text in every key frame, for searches of disks; 1 to 200 ASCII characters.", str, MARKER
    ),
)


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="testcard",
            summary="A test card with a burnt-in clock and a tone; needs no hardware.",
            settings=_SETTINGS,
            open=lambda settings: TestCard(settings, SystemClock()),
            describe=lambda settings: f"test card {settings['label']}, {settings['width']}x{settings['height']}",
            network=False,
            lesser={"bitrate": "lesser_bitrate"},
            example={"label": "no 01"},
        )
    ]


class TestCard:
    """The open camera. Pictures come when they are due by boot time; what a busy machine misses is left out."""

    __test__ = False  # for pytest this is no test, whatever its name

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        _check(settings)
        try:
            import av

            from appliance.plugins.sources.testcard_picture import Picture
        except ImportError as error:
            raise UsageError(f"testcard: needs the packages av and numpy, which are not installed ({error})") from error
        self._settings = settings
        self._clock = clock
        self._picture = Picture(settings["width"], settings["height"], settings["label"])
        self._video = _video_encoder(av, settings)
        self._audio = None if settings["audio"] == "none" else _Tone(av, settings["audio"])
        self._frame_of = av.VideoFrame.from_ndarray
        self._closed = False

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        fps = self._settings["fps"]
        gop = max(1, round(self._settings["gop_seconds"] * fps))
        pace = Pace(self._clock)
        number, since_key, described = 0, gop, False
        while not self._closed:
            if not pace.reach(number / fps):
                yield None
                continue
            number = max(number, int(pace.now * fps))
            is_key = since_key >= gop
            packet = self._encode(number, is_key)
            since_key = 1 if is_key else since_key + 1
            if not described:
                yield self._describe(packet)
                described = True
            yield packet
            if self._audio:
                yield from self._audio.until((number + 1) / fps)
            number += 1

    def close(self) -> None:
        self._closed = True

    def _encode(self, number: int, is_key: bool) -> Packet:
        self._picture.update(self._clock.wall_ns())
        frame = self._frame_of(self._picture.planes, format=self._video.pix_fmt)
        frame.pts = number * 90_000 // self._settings["fps"]
        frame.pict_type = 1 if is_key else 0
        encoded = b"".join(bytes(packet) for packet in self._video.encode(frame))
        if not encoded:
            raise CameraLost("testcard: the encoder gave no picture; this libav does not encode without delay")
        is_key = is_key or self._settings["codec"] == "mjpeg"
        if is_key:
            encoded = _marked(self._settings["codec"], encoded, self._settings["marker"].encode("ascii"))
        return Packet(0, encoded, frame.pts, frame.pts, 90_000 // self._settings["fps"], is_key)

    def _describe(self, first: Packet) -> Streams:
        settings = self._settings
        codec = settings["codec"]
        sets = parameter_sets(codec, first.data)
        video = Stream(0, "video", codec, _VIDEO_BASE, sets, settings["width"], settings["height"])
        return Streams((video, self._audio.stream) if self._audio else (video,))


def _check(settings: Mapping[str, Any]) -> None:
    def between(name: str, low: float, high: float, *, even: bool = False) -> None:
        value = settings[name]
        if not low <= value <= high or (even and value % 2):
            raise UsageError(
                f"testcard: {name} is {value}; give {'an even number ' if even else ''}from {low} to {high}"
            )

    between("width", 320, 3840, even=True)
    between("height", max(180, settings["width"] * 2 // 5), 2160, even=True)
    between("fps", 1, 60)
    between("gop_seconds", 0.1, 10)
    between("bitrate", 50_000, 50_000_000)
    for name, known in (("codec", tuple(_VIDEO)), ("audio", ("none", *_AUDIO))):
        if settings[name] not in known:
            raise UsageError(f"testcard: {name} is {settings[name]!r}; give one of {', '.join(known)}")
    marker = settings["marker"]
    if not (1 <= len(marker) <= 200 and marker.isascii() and marker.isprintable()):
        raise UsageError("testcard: marker must be 1 to 200 printable ASCII characters")


def _video_encoder(av: Any, settings: Mapping[str, Any]) -> Any:
    """An encoder that gives each picture at once: no look-ahead, no B-frames, one thread, parameter sets in band."""
    name, form = _VIDEO[settings["codec"]]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = settings["width"], settings["height"], form
    encoder.time_base = Fraction(*_VIDEO_BASE)
    encoder.framerate = Fraction(settings["fps"])
    encoder.bit_rate = settings["bitrate"]
    encoder.gop_size = 10_000
    encoder.max_b_frames = 0
    encoder.thread_count = 1
    limit = str(settings["bitrate"])
    options = {"maxrate": limit, "bufsize": limit}
    if name == "libx264":
        options |= {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1", "x264-params": "scenecut=0"}
    elif name == "libx265":
        params = "log-level=none:scenecut=0:repeat-headers=1:pools=none:frame-threads=1"
        options |= {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1", "x265-params": params}
    encoder.options = options
    return encoder


class _Tone:
    """440 Hz without a seam, as packets of the codec's frame size."""

    def __init__(self, av: Any, codec: str) -> None:
        name, self._rate, form = _AUDIO[codec]
        self._av = av
        self._encoder = av.CodecContext.create(name, "w")
        self._encoder.sample_rate = self._rate
        self._encoder.layout = "mono"
        self._encoder.format = form
        self._encoder.time_base = Fraction(1, self._rate)
        if not name.startswith("pcm_"):
            self._encoder.bit_rate = _AUDIO_BITRATE
        self._encoder.open()
        self._size = self._encoder.frame_size or self._rate // 25
        self._at = 0
        self.stream = Stream(
            1, "audio", codec, (1, self._rate), self._encoder.extradata or b"", sample_rate=self._rate, channels=1
        )

    def until(self, seconds: float) -> Iterator[Packet]:
        """The packets that begin before ``seconds`` of media time; after a pause the tone goes on where time is."""
        import numpy as np

        if seconds - self._at / self._rate > 1:
            self._at = int(seconds * self._rate) // self._size * self._size
        while self._at < seconds * self._rate:
            wave = np.sin(2 * np.pi * _TONE_HZ / self._rate * np.arange(self._at, self._at + self._size)) * _TONE_PEAK
            planar = self._encoder.format.name == "fltp"
            samples = wave.astype(np.float32) if planar else (wave * 32767).astype(np.int16)
            frame = self._av.AudioFrame.from_ndarray(samples[None, :], format=self._encoder.format.name, layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
            self._at += self._size
            for packet in self._encoder.encode(frame):
                if packet.pts is not None and packet.pts >= 0:  # what is below zero only primes the decoder
                    yield Packet(1, bytes(packet), packet.pts, packet.pts, self._size, True)


def _marked(codec: str, encoded: bytes, marker: bytes) -> bytes:
    """``encoded`` with the marker in an SEI message ahead of the first slice, or in a JPEG comment."""
    if codec == "mjpeg":
        return encoded[:2] + b"\xff\xfe" + struct.pack(">H", len(marker) + 2) + marker + encoded[2:]
    payload = MARKER_UUID + marker
    head = b"\x06" if codec == "h264" else b"\x4e\x01"
    unit = b"\x00\x00\x00\x01" + head + b"\x05" + bytes([len(payload)]) + payload + b"\x80"
    at = len(parameter_sets(codec, encoded))
    return encoded[:at] + unit + encoded[at:]
