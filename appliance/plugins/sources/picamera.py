"""A camera at this machine through libcamera: the ribbon cameras of a Raspberry Pi, with picamera2.

picamera2 comes with Raspberry Pi OS (``apt install python3-picamera2``) and belongs to the system's Python; an
environment that has none of its own takes it from there (``system_packages``). It is imported only when a camera is
opened. H.264 is made by the board's encoder where it has one, else by libav; no sound. The kind ``rpicam`` needs none
of this: it runs a program (``rpicam``).
"""

from __future__ import annotations

import os
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
from appliance.plugins.sources.arrivals import Arrivals
from appliance.plugins.sources.description import FromFirstKey
from appliance.plugins.sources.lost import no_pi_camera
from appliance.plugins.sources.rpicam import open_program
from appliance.plugins.sources.system_packages import system_packages

__all__ = ["register_sources"]

_BOARD_ENCODER = "/dev/video11"
"""The H.264 encoder of a Raspberry Pi up to 4; later ones have none."""

_SETTINGS = (
    Setting("camera", "Which camera, by its libcamera id or a part of it; empty: the first.", str, ""),
    Setting("width", "Width of the picture in pixels; even, 64 to 4096.", int, 1280),
    Setting("height", "Height of the picture in pixels; even, 64 to 4096.", int, 720),
    Setting("fps", "Pictures a second, 1 to 60.", int, 15),
    Setting("gop_seconds", "Seconds from one key frame to the next, 0.1 to 10.", float, 1.0),
    Setting("bitrate", "Bits a second of video, 50000 to 25000000.", int, 2_000_000),
    Setting("silence_seconds", "No picture for so long means that the camera is lost, 0.1 to 60.", float, 4.0),
)


_DEVICES = ("/dev/media*", "/dev/video*", "/dev/v4l-subdev*", "/dev/dma_heap", "/dev/udmabuf")
_FILES = ("/usr/share/libcamera", "/etc/libcamera", "/sys/bus", "/sys/class", "/sys/devices", "/run/udev")


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
            devices=_DEVICES,
            reads_files=("/usr/lib/python3/dist-packages", *_FILES),
            example={"width": 1280, "height": 720},
        ),
        SourceKind(
            name="rpicam",
            summary="A camera of a Raspberry Pi, through the program rpicam-vid; no sound.",
            settings=_SETTINGS,
            open=_open_program,
            describe=lambda settings: f"Pi camera {settings['camera'] or '(first)'} by rpicam-vid",
            network=False,
            devices=_DEVICES,
            reads_files=(*_FILES, "/usr/bin", "/bin"),
            example={"width": 1280, "height": 720},
        ),
    ]


def _open_program(settings: Mapping[str, Any]) -> Source:
    _check(settings)
    return open_program(settings)


def _open(settings: Mapping[str, Any]) -> Source:
    _check(settings)
    try:
        with system_packages():
            from picamera2 import Picamera2
            from picamera2.encoders import H264Encoder, LibavH264Encoder
            from picamera2.outputs import Output
    except ImportError as error:
        raise UsageError(
            "picamera: needs picamera2 in the Python that runs the recorder, or in the system's of the same version;"
            f" on Raspberry Pi OS: apt install python3-picamera2, or take the kind rpicam ({error})"
        ) from error
    tapped = _Tapped(settings, SystemClock())

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
            tapped.put(bytes(frame), keyframe, timestamp)

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
        raise CameraLost.of("camera-program-away", program="picamera2", why=str(error)) from error
    source = PiCamera(camera, tapped.arrivals)
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
    raise no_pi_camera("libcamera", wanted, sorted(str(camera.get("Id", "?")) for camera in cameras))


class _Tapped:
    """What picamera2's thread, which must never wait, hands on. Time stamps are the sensor's, in microseconds."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._clock = clock
        self._from_key = FromFirstKey(
            [Stream(0, "video", "h264", (1, 1_000_000), b"", settings["width"], settings["height"])]
        )
        self.arrivals = Arrivals("picamera", clock, settings["silence_seconds"])

    def put(self, data: bytes, is_key: bool, stamp_us: int | None) -> None:
        stamp = self._clock.boot_ns() // 1000 if stamp_us is None else stamp_us
        if items := self._from_key.items(Packet(0, data, stamp, stamp, 0, is_key)):
            self.arrivals.put(*items)


class PiCamera:
    """The open camera. ``identity``: which sensor on which connector."""

    def __init__(self, camera: Any, arrivals: Arrivals) -> None:
        self._camera, self._arrivals = camera, arrivals
        self.identity: dict[str, str] = {}

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        return iter(self._arrivals)

    def close(self) -> None:
        self._camera.stop_recording()
        self._camera.close()
