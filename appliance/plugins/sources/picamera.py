"""A camera at this machine through libcamera: the ribbon cameras of a Raspberry Pi, with picamera2.

picamera2 comes with Raspberry Pi OS (``apt install python3-picamera2``) and belongs to the system's Python, so the
recorder must run under that one, or under an environment made with ``--system-site-packages``. It is imported only
when a camera is opened. H.264 is made by the board's encoder where it has one, else by libav; no sound.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
    hookimpl,
)
from appliance.plugins.sources.description import Described

__all__ = ["register_sources"]

_BOARD_ENCODER = "/dev/video11"
"""The H.264 encoder of a Raspberry Pi up to 4; later ones have none."""

_IDLE_SECONDS = 0.4
_AHEAD = 300
"""Pictures the camera may be ahead of whoever iterates; then the camera counts as lost, for memory is not endless."""

_SETTINGS = (
    Setting("camera", "Which camera, by its libcamera id or a part of it; empty: the first.", str, ""),
    Setting("width", "Width of the picture in pixels; even, 64 to 4096.", int, 1280),
    Setting("height", "Height of the picture in pixels; even, 64 to 4096.", int, 720),
    Setting("fps", "Pictures a second, 1 to 60.", int, 15),
    Setting("gop_seconds", "Seconds from one key frame to the next, 0.1 to 10.", float, 1.0),
    Setting("bitrate", "Bits a second of video, 50000 to 25000000.", int, 2_000_000),
    Setting("silence_seconds", "No picture for so long means that the camera is lost, 0.1 to 60.", float, 4.0),
)


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="picamera",
            summary="A camera of a Raspberry Pi, through libcamera and picamera2; no sound.",
            settings=_SETTINGS,
            open=_open,
            describe=lambda settings: f"Pi camera {settings['camera'] or '(first)'}",
            network=False,
            devices=("/dev/media*", "/dev/video*", "/dev/v4l-subdev*", "/dev/dma_heap", "/dev/udmabuf"),
            reads_files=(
                "/usr/lib/python3/dist-packages",
                "/usr/share/libcamera",
                "/etc/libcamera",
                "/sys/bus",
                "/sys/class",
                "/sys/devices",
                "/run/udev",
            ),
            example={"width": 1280, "height": 720},
        )
    ]


def _open(settings: Mapping[str, Any]) -> Source:
    _check(settings)
    try:
        from picamera2 import Picamera2
        from picamera2.encoders import H264Encoder, LibavH264Encoder
        from picamera2.outputs import Output
    except ImportError as error:
        raise UsageError(
            "picamera: needs picamera2 in the Python that runs the recorder, which has none;"
            f" on Raspberry Pi OS: apt install python3-picamera2 ({error})"
        ) from error
    queue = _Queue(SystemClock(), settings["silence_seconds"])

    class Tap(Output):  # type: ignore[misc]  # picamera2 has no types
        """What picamera2 calls, from a thread of its own, with each encoded picture."""

        def outputframe(
            self,
            frame: bytes,
            keyframe: bool = True,
            timestamp: int | None = None,
            packet: object = None,
            audio: bool = False,
        ) -> None:
            queue.put(bytes(frame), keyframe, timestamp)

    camera = None
    try:
        camera = _opened(Picamera2, settings["camera"])
        frame_us = 1_000_000 // settings["fps"]
        camera.configure(
            camera.create_video_configuration(
                main={"size": (settings["width"], settings["height"]), "format": "YUV420"},
                controls={"FrameDurationLimits": (frame_us, frame_us)},
            )
        )
        period = max(1, round(settings["gop_seconds"] * settings["fps"]))
        encoder_type = H264Encoder if os.path.exists(_BOARD_ENCODER) else LibavH264Encoder
        encoder = encoder_type(bitrate=settings["bitrate"], repeat=True, iperiod=period, framerate=settings["fps"])
        camera.start_recording(encoder, Tap())
    except (OSError, RuntimeError, IndexError) as error:
        if camera is not None:
            camera.close()
        raise CameraLost(f"picamera: does not start ({error})") from error
    source = PiCamera(camera, queue, settings["width"], settings["height"])
    source.identity = {"sensor": str(camera.camera.id)}
    return source


def _check(settings: Mapping[str, Any]) -> None:
    limits = {
        "width": (64, 4096),
        "height": (64, 4096),
        "fps": (1, 60),
        "gop_seconds": (0.1, 10),
        "bitrate": (50_000, 25_000_000),
        "silence_seconds": (0.1, 60),
    }
    for name, (low, high) in limits.items():
        if not low <= settings[name] <= high or (name in ("width", "height") and settings[name] % 2):
            raise UsageError(f"picamera: {name} is {settings[name]}; give {low} to {high}, and an even size")


def _opened(picamera2: Any, wanted: str) -> Any:
    """The camera whose id holds ``wanted``. Raises CameraLost that lists what there is.

    Its number is only where to begin: picamera2 0.3.38 was seen to open another camera than the number it listed.
    """
    cameras = picamera2.global_camera_info()
    listed = [int(camera["Num"]) for camera in cameras if wanted in str(camera.get("Id", ""))]
    for number in listed + [number for number in range(len(cameras)) if listed and number not in listed]:
        camera = picamera2(number)
        if wanted in str(camera.camera.id):
            return camera
        camera.close()
    found = ", ".join(sorted(str(camera.get("Id", "?")) for camera in cameras)) or "none"
    raise CameraLost(f"picamera: no camera {wanted or 'at all'}; libcamera sees: {found}")


class _Queue:
    """Between picamera2's thread, which must never wait, and whoever iterates."""

    def __init__(self, clock: Clock, silence_seconds: float) -> None:
        self._clock = clock
        self._limit_ns = int(silence_seconds * 1e9)
        self._lock = threading.Condition()
        self._pictures: deque[tuple[bytes, bool, int]] = deque()
        self._overrun = False
        self._last_ns = clock.boot_ns()

    def put(self, data: bytes, is_key: bool, stamp_us: int | None) -> None:
        with self._lock:
            self._last_ns = self._clock.boot_ns()
            if len(self._pictures) >= _AHEAD:
                self._overrun = True
            else:
                stamp = self._last_ns // 1000 if stamp_us is None else stamp_us
                self._pictures.append((data, is_key, stamp))
            self._lock.notify_all()

    def take(self) -> list[tuple[bytes, bool, int]]:
        """What has come, after a short wait. Raises CameraLost when nothing comes any more or too much has."""
        with self._lock:
            self._lock.wait_for(lambda: self._pictures, _IDLE_SECONDS)
            taken = list(self._pictures)
            self._pictures.clear()
            if not taken and self._overrun:
                raise CameraLost(f"picamera: {_AHEAD} pictures were not fetched; this machine is too slow for it")
            if not taken and self._clock.boot_ns() - self._last_ns > self._limit_ns:
                raise CameraLost(f"picamera: no picture for {self._limit_ns / 1e9:g} s")
            return taken


class PiCamera:
    """The open camera. Time stamps are the sensor's, in microseconds. ``identity``: which sensor on which connector."""

    def __init__(self, camera: Any, queue: _Queue, width: int, height: int) -> None:
        self._camera = camera
        self._queue = queue
        self._described = Described([Stream(0, "video", "h264", (1, 1_000_000), b"", width, height)])
        self._begun = False
        self.identity: dict[str, str] = {}

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        while True:
            pictures = self._queue.take()
            if not pictures:
                yield None
            for data, is_key, stamp in pictures:
                packet = Packet(0, data, stamp, stamp, 0, is_key)
                change = self._described.change(packet)
                if not self._begun and not is_key:
                    continue  # nothing before the first key frame can be shown
                if change or not self._begun:
                    yield change or self._described.streams
                self._begun = True
                yield packet

    def close(self) -> None:
        self._camera.stop_recording()
        self._camera.close()
