"""A camera of a Raspberry Pi through the program ``rpicam-vid``: no tie to the system's Python. The kind ``rpicam``.

The program comes with Raspberry Pi OS (``apt install rpicam-apps``), as ``libcamera-vid`` with older ones. It writes
H.264 in Annex B to a pipe; libav's parser cuts that into pictures. The pipe has no time stamps, so a picture is stamped
when its first byte comes. Not a plugin; ``source_picamera`` registers it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from appliance.api import (
    CameraLost,
    Clock,
    Packet,
    Source,
    Stream,
    Streams,
    SystemClock,
    UsageError,
    split_nals,
)
from appliance.plugins.sources.arrivals import Arrivals
from appliance.plugins.sources.description import FromFirstKey
from appliance.plugins.sources.lost import no_pi_camera

__all__ = ["Listed", "ProgramCamera", "listed", "open_program"]

PROGRAMS = ("rpicam-vid", "libcamera-vid")
_BOARD_ENCODER = "/dev/video11"
"""The H.264 encoder of a Raspberry Pi up to 4. Where there is none the program encodes through libav, and has to be
told what to write to a pipe."""

_LISTED = re.compile(r"^\s*(\d+) : (\S+) \[[^\]]*\] \((.+)\)\s*$", re.MULTILINE)
_LIST_SECONDS = 20.0
_BLOCK_BYTES = 1 << 16
_LAST_LINES = 3
_END_SECONDS = 2.0
_IDR = 5


class Listed(NamedTuple):
    """A camera that the program lists: its number, its sensor, and libcamera's id of it, which stays."""

    number: int
    sensor: str
    name: str


def listed(text: str) -> list[Listed]:
    """Out of what ``--list-cameras`` prints."""
    return [Listed(int(number), sensor, name) for number, sensor, name in _LISTED.findall(text)]


def open_program(settings: Mapping[str, Any]) -> Source:
    try:
        import av  # noqa: F401  (that it is there is all that is asked)
    except ImportError as error:
        raise UsageError(f"rpicam: needs the package av, which is not installed ({error})") from error
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), "")
    if not program:
        raise UsageError("rpicam: needs the program rpicam-vid; on Raspberry Pi OS: apt install rpicam-apps")
    camera = _chosen(program, settings["camera"])
    source = ProgramCamera(_command(program, camera.number, settings), settings, SystemClock())
    source.identity = {"sensor": camera.name}
    return source


def _chosen(program: str, wanted: str) -> Listed:
    """The camera whose id holds ``wanted``. Raises CameraLost that lists what there is."""
    try:
        done = subprocess.run(
            [program, "--list-cameras"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LIST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CameraLost.of("camera-program-away", program=os.path.basename(program), why=str(error)) from error
    text = done.stdout.decode(errors="replace")
    cameras = listed(text)
    for camera in cameras:
        if wanted in camera.name or wanted == camera.sensor:
            return camera
    said = [_last(text.splitlines())] if done.returncode else []
    raise no_pi_camera(os.path.basename(program), wanted, [*(camera.name for camera in cameras), *said])


def _command(program: str, number: int, settings: Mapping[str, Any]) -> list[str]:
    period = max(1, round(settings["gop_seconds"] * settings["fps"]))
    words = [
        program,
        "--camera",
        str(number),
        "--timeout",
        "0",
        "--nopreview",
        "--codec",
        "h264",
        "--inline",
        "--flush",
    ]
    words += ["--width", str(settings["width"]), "--height", str(settings["height"])]
    words += ["--framerate", str(settings["fps"]), "--intra", str(period), "--bitrate", str(settings["bitrate"])]
    if not os.path.exists(_BOARD_ENCODER):
        words += ["--libav-format", "h264"]
    return [*words, "--output", "-"]


class ProgramCamera:
    """The running program. ``identity``: which sensor on which connector."""

    def __init__(self, command: Sequence[str], settings: Mapping[str, Any], clock: Clock) -> None:
        self._clock = clock
        self._start_ns = clock.boot_ns()
        self._arrivals = Arrivals("rpicam", clock, settings["silence_seconds"])
        picture = Stream(0, "video", "h264", (1, 1_000_000), b"", settings["width"], settings["height"])
        self._from_key = FromFirstKey([picture])
        self._last = -1
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.identity: dict[str, str] = {}
        try:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise CameraLost.of("camera-program-away", program=command[0], why=error.strerror or str(error)) from error
        work = (self._listen, self._read)
        self._threads = [threading.Thread(target=each, name=f"rpicam{each.__name__}", daemon=True) for each in work]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        return iter(self._arrivals)

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(_END_SECONDS)

    # Threads of its own: what the program says, and what it films.

    def _listen(self) -> None:
        with self._process.stderr as errors:  # type: ignore[union-attr]
            for line in errors:
                if words := line.decode(errors="replace").strip():
                    self._lines.append("".join(each for each in words if each.isprintable())[:200])

    def _read(self) -> None:
        import av

        parser: Any = av.CodecContext.create("h264", "r")
        began_ns = self._clock.boot_ns()
        with self._process.stdout as pipe:  # type: ignore[union-attr]
            while block := os.read(pipe.fileno(), _BLOCK_BYTES):
                arrival_ns = self._clock.boot_ns()
                for picture in parser.parse(block):
                    self._give(bytes(picture), began_ns)
                    began_ns = arrival_ns
        with contextlib.suppress(Exception):
            for picture in parser.parse(None):
                self._give(bytes(picture), began_ns)
        status = self._process.wait()
        self._threads[0].join(_END_SECONDS)
        how = f"status {status}" if status >= 0 else f"signal {-status}"
        self._arrivals.end(CameraLost.of("camera-program-ended", program="rpicam", how=how, said=_last(self._lines)))

    def _give(self, data: bytes, began_ns: int) -> None:
        if not data:
            return
        self._last = max((began_ns - self._start_ns) // 1000, self._last + 1)
        is_key = any(unit[0] & 31 == _IDR for unit in split_nals(data))
        if items := self._from_key.items(Packet(0, data, self._last, self._last, 0, is_key)):
            self._arrivals.put(*items)


def _last(lines: Sequence[str] | deque[str]) -> str:
    """The line that says what is wrong: an error, else the last."""
    said = [line for line in lines if line.strip()]
    errors = [line for line in said if "ERROR" in line]
    return (errors or said or ["it said nothing"])[-1].strip()
