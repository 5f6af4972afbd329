"""Cameras at this machine through Video4Linux (USB): what they compress is recorded as it comes, raw is encoded here.

The kind ``v4l2`` of ``source_av``. libav reads the device in a thread of its own; the sound of an ALSA device may go
beside the picture (``microphone``). Both are stamped on the recorder's boot time, so they stay in step.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from appliance.api import (
    CameraLost,
    Clock,
    Packet,
    Setting,
    Source,
    SourceKind,
    Stream,
    Streams,
    SystemClock,
    UsageError,
    described,
)
from appliance.plugins.sources.arrivals import Arrivals
from appliance.plugins.sources.description import FromFirstKey
from appliance.plugins.sources.device_times import PictureTimes
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.video_device import device_identity, formats_of, is_camera

__all__ = ["LocalCamera", "v4l2_kind"]

_CODECS = ("auto", "h264", "mjpeg", "raw")
_RAW = {"YUYV": "yuyv422", "NV12": "nv12", "YU12": "yuv420p", "UYVY": "uyvy422"}
"""Four letters that a device names a raw format by, best first, and libav's name for it."""
_COMPRESSED = {"h264": ("H264",), "mjpeg": ("MJPG", "JPEG")}

_STACK_BYTES = 2 << 20
_REMOVED_SECONDS = 0.2
"""So soon after its last word the name of an unplugged device is gone."""
_ALSA_NAME = re.compile(r"(plug)?hw:[\w=,-]{1,80}")

_SETTINGS = (
    Setting("device", "The device, best by a name that stays: `/dev/v4l/by-id/...`; or `/dev/video0`.", required=True),
    Setting(
        "codec",
        "What to ask the device for: `h264`, `mjpeg`, `raw`, which is encoded here, or `auto`, the first that it has.",
        str,
        "auto",
    ),
    Setting("width", "Width of the picture in pixels; 0 = the device's own.", int, 0),
    Setting("height", "Height of the picture in pixels; 0 = the device's own.", int, 0),
    Setting("fps", "Pictures a second; 0 = the device's own.", int, 0),
    Setting("bitrate", "Bits a second at most of what is encoded here, 50000 to 25000000.", int, 2_000_000),
    Setting("gop_seconds", "Seconds between key frames of what is encoded here, 0.1 to 10.", float, 1.0),
    Setting(
        "sound_device",
        "Its microphone as ALSA names it, such as `hw:CARD=C920,DEV=0`; opened only where sound is approved.",
        str,
        "",
    ),
    Setting("open_seconds", "How long opening may take, 0.1 to 60.", float, 6.0),
    Setting("silence_seconds", "No picture for so long means that the camera is lost, 0.1 to 60.", float, 4.0),
)


def v4l2_kind() -> SourceKind:
    return SourceKind(
        name="v4l2",
        summary="A camera at this machine, through Video4Linux, with the sound of an ALSA device where there is one.",
        settings=_SETTINGS,
        open=_open,
        describe=lambda settings: str(settings["device"]),
        network=False,
        devices=("{device}", "{sound_device?}/dev/snd"),
        reads_files=("/sys/class/video4linux", "/sys/devices", "{sound_device?}/proc/asound"),
        check=_check,
        paths=("/dev/video*", "/dev/v4l/by-id/*", "/dev/v4l/by-path/*"),
        takes=is_camera,
        address_setting="device",
        without_sound={"sound_device": ""},
        example={"device": "/dev/video0"},
    )


def _check(settings: Mapping[str, Any]) -> None:
    device = settings["device"]
    if os.path.isdir(device) or not os.path.exists(device):
        raise UsageError(f"device: {device} is not there or is a folder; give what is there")
    _check_values(settings)


def _check_values(settings: Mapping[str, Any]) -> None:
    if settings["codec"] not in _CODECS:
        raise UsageError(f"codec: is {settings['codec']!r}; give {', '.join(_CODECS)}")
    if settings["sound_device"] and not _ALSA_NAME.fullmatch(settings["sound_device"]):
        raise UsageError("sound_device: is no name of a sound card; give hw:CARD=name,DEV=0 as `arecord -l` lists them")
    limits = {
        "bitrate": (50_000, 25_000_000),
        "gop_seconds": (0.1, 10),
        "open_seconds": (0.1, 60),
        "silence_seconds": (0.1, 60),
    }
    for name, (low, high) in limits.items():
        if not low <= settings[name] <= high:
            raise UsageError(f"{name}: is {settings[name]:g}; give {low:g} to {high:g}")


def _open(settings: Mapping[str, Any]) -> Source:
    _check_values(settings)
    device = settings["device"]
    try:
        import av.logging

        av.logging.set_level(None)
    except ImportError as error:
        raise UsageError(f"{device}: needs the package av, which is not installed ({error})") from error
    if refused := _refusal(device):
        raise CameraLost.of(refused, url=device)
    source = LocalCamera(settings, _asked(settings["codec"], formats_of(device), device), SystemClock())
    source.identity = device_identity(device)
    return source


def _refusal(device: str) -> str:
    """Why the device does not even open, as a code; "" where it does."""
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return _CODES.get(error.errno or 0, "camera-file-gone")
    return ""


class Asked(NamedTuple):
    """What the device is asked for: ``codec``, "" for raw pictures, and libav's name of the format."""

    codec: str
    form: str


def _asked(wanted: str, has: tuple[str, ...], device: str) -> Asked:
    """Raises CameraLost with what the device has where that is not what is wanted: another device may be there now."""
    for codec, names in _COMPRESSED.items():
        if wanted in ("auto", codec) and any(name in has for name in names):
            return Asked(codec, codec)
    if wanted in ("auto", "raw"):
        for letters, form in _RAW.items():
            if letters in has:
                return Asked("", form)
    raise CameraLost.of("camera-no-format", url=device, wanted=wanted, has=", ".join(has) or "-")


class LocalCamera:
    """The open camera. The constructor returns once the first picture's format is known, or raises CameraLost."""

    def __init__(self, settings: Mapping[str, Any], asked: Asked, clock: Clock) -> None:
        self._settings, self._asked, self._clock = settings, asked, clock
        self._device = str(settings["device"])
        self._node = os.path.realpath(self._device)
        self._start_ns = clock.boot_ns()
        self._arrivals = Arrivals(self._device, clock, settings["silence_seconds"])
        self._stopped, self._opened = threading.Event(), threading.Event()
        self._failed: CameraLost | None = None
        self.identity: dict[str, str] = {}
        self._microphone = None
        if settings["sound_device"]:
            from appliance.plugins.sources.microphone import Microphone

            self._microphone = Microphone(settings["sound_device"], clock, self._start_ns, self._arrivals.put)
        self._threads = [_started("v4l2-picture", self._read)]
        if not self._opened.wait(settings["open_seconds"]):
            self._stopped.set()
            raise CameraLost.of("camera-not-open", url=self._device, seconds=f"{settings['open_seconds']:g}")
        if self._failed is not None:
            raise self._failed
        if self._microphone is not None:
            self._threads.append(_started("v4l2-sound", lambda: self._microphone.run(self._stopped)))

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        return iter(self._arrivals)

    def close(self) -> None:
        """A driver may hold a read until the next picture; the thread ends by itself then, or with the process."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(self._settings["silence_seconds"])

    # From here on in the picture's thread.

    def _read(self) -> None:
        try:
            self._open_and_read()
            error = CameraLost.of("camera-stream-ended", url=self._device)
        except CameraLost as lost_error:
            error = lost_error
        except Exception as unforeseen:  # whatever a driver makes of libav, the camera is lost and says why
            error = _lost(self._device, unforeseen, gone=self._gone())
        if not self._opened.is_set():
            self._failed = error
        self._arrivals.end(error)
        self._opened.set()

    def _open_and_read(self) -> None:
        import av

        settings = self._settings
        options = {"input_format": self._asked.form}
        if settings["width"] and settings["height"]:
            options["video_size"] = f"{settings['width']}x{settings['height']}"
        if settings["fps"]:
            options["framerate"] = str(settings["fps"])
        container = av.open(self._device, format="video4linux2,v4l2", options=options)
        try:
            stream = container.streams.video[0]
            pictures = _Pictures(self._asked.codec, stream, settings, self._sound())
            self._opened.set()
            for libav_packet in container.demux(stream):
                arrival_ns = self._clock.boot_ns()
                if self._stopped.is_set():
                    return
                items = pictures.items(libav_packet, arrival_ns, self._start_ns)
                if items:
                    self._arrivals.put(*items)
        finally:
            container.close()

    def _gone(self) -> bool:
        """Whether the device is there no more: of an unplugged one the kernel's driver says "invalid argument"."""
        return self._stopped.wait(_REMOVED_SECONDS) or not os.path.exists(self._node)

    def _sound(self) -> tuple[Stream, ...]:
        return (self._microphone.stream,) if self._microphone is not None else ()


class _Pictures:
    """From what the device gives to packets, encoded here where it gave raw pictures."""

    def __init__(self, codec: str, stream: Any, settings: Mapping[str, Any], sound: tuple[Stream, ...]) -> None:
        context = stream.codec_context
        self._times, self._encoder = PictureTimes(), None
        width, height = context.width, context.height
        if not codec:
            from appliance.plugins.sources.h264_encoder import H264Encoder

            rate = float(stream.average_rate or settings["fps"] or 30)
            self._encoder = H264Encoder(width, height, rate, settings["bitrate"], settings["gop_seconds"])
            width, height = width // 2 * 2, height // 2 * 2
        picture = Stream(0, "video", codec or "h264", (1, 1_000_000), b"", width, height)
        self._from_key = FromFirstKey((picture, *sound))

    def items(self, libav_packet: Any, arrival_ns: int, start_ns: int) -> list[Packet | Streams]:
        if not libav_packet.size:
            return []
        stamp = libav_packet.pts
        made_ns = self._times.at(None if stamp is None else stamp * 1000, arrival_ns)
        ticks = max(0, made_ns - start_ns) // 1000
        if self._encoder is None:
            is_key, is_corrupt = libav_packet.is_keyframe, libav_packet.is_corrupt
            return self._from_key.items(Packet(0, bytes(libav_packet), ticks, ticks, 0, is_key, is_corrupt))
        given: list[Packet | Streams] = []
        for frame in libav_packet.decode():
            for each in self._encoder.encode(frame, ticks):
                given += self._from_key.items(Packet(0, each.data, each.pts, each.pts, 0, each.is_key))
        return given


def _started(name: str, run: Any) -> threading.Thread:
    thread = threading.Thread(target=run, name=name, daemon=True)
    before = threading.stack_size(_STACK_BYTES)
    try:
        thread.start()
    finally:
        threading.stack_size(before)
    return thread


_CODES = {
    errno.ENOENT: "camera-file-gone",
    errno.ENODEV: "camera-unplugged",
    errno.ENXIO: "camera-unplugged",
    errno.EACCES: "camera-file-closed",
    errno.EPERM: "camera-file-closed",
    errno.EBUSY: "camera-busy",
}


def _lost(device: str, error: Exception, *, gone: bool) -> CameraLost:
    number = errno.ENODEV if gone else getattr(error, "errno", None) or 0
    if number in _CODES:
        return lost(device, _CODES[number], ())
    return lost(device, getattr(error, "strerror", None) or described(error), ())
