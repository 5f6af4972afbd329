"""RTSP servers that are not ours, in the place of a scripted camera: GStreamer's and VLC's."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

from tests.peers.clips import _ffmpeg, pack
from tests.peers.rtsp import SYSTEM_PYTHON
from tests.quirks.media import FPS, Film, Sound, film, sound
from tests.quirks.script import Script

__all__ = ["Served"]

_READY_SECONDS = 20
_SERVER = Path(__file__).parents[1] / "peers" / "rtsp_server.py"
_NOBODY = 65_534


class Served:
    """Like :class:`Camera`, as far as it is measured. When somebody connects and what is sent to him is not known: a
    reader has some seconds more, and what it ought to have counts from the first picture that it has."""

    kind = "rtsp"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.film: Film = film(script.film)
        self.sound: Sound | None = sound(script.sound) if script.sound else None
        self.damaged: set[int] = set()
        self.over = threading.Event()
        self.began = self.first = 0.0
        self.url = ""
        self._directory = Path(tempfile.mkdtemp())
        self._process: subprocess.Popen[str] | None = None

    @property
    def account_url(self) -> str:
        return self.url.replace("rtsp://", "rtsp://viewer:0123@", 1) if self.script.account else self.url

    @property
    def account(self) -> dict[str, str]:
        return {"user": "viewer", "password": "0123"} if self.script.account else {}

    def pictures_sent(self, found: set[int], last: int) -> set[int]:
        start = min(found, default=0)
        return set(range(start, start + last + 1))

    def frames_sent(self, heard: set[int], last: int) -> set[int]:
        if self.sound is None:
            return set()
        start = min(heard, default=0)
        return set(range(start, start + round(last / FPS * self.sound.clock / self.sound.ticks)))

    def __enter__(self) -> Served:
        self._directory.chmod(0o755)
        (self._vlc if self.script.server == "vlc" else self._gstreamer)()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        shutil.rmtree(self._directory)

    def _gstreamer(self) -> None:
        pack(self._directory / "video.bin", [self._whole(number) for number in range(len(self.film.pictures))])
        about: dict[str, object] = {"codec": self.film.codec, "fps": FPS, "size": self.film.recipe.size, "audio": ""}
        if self.sound is not None:
            pack(self._directory / "audio.bin", list(self.sound.frames))
            about |= {"audio": self.sound.codec, "rate": self.sound.clock, "samples": self.sound.ticks}
            about["audio_extradata"] = self.sound.config[:2].hex()
        (self._directory / "clip.json").write_text(json.dumps(about), encoding="ascii")
        account = ["--account", "viewer:0123"] if self.script.account else []
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(_SERVER), *account, f"cam={self._directory}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"rtsp://127.0.0.1:{json.loads(self._process.stdout.readline())['port']}/cam"

    def _whole(self, number: int) -> bytes:
        units = self.film.pictures[number].units
        if self.film.codec == "mjpeg":
            return units[0]
        code = b"\x00\x00\x00\x01"
        return code + code.join(units)

    def _vlc(self) -> None:
        raw, file = self._directory / "film.raw", self._directory / "film.mkv"
        raw.write_bytes(b"".join(self._whole(number) for number in range(len(self.film.pictures))))
        _ffmpeg(["-r", str(FPS), "-f", self.film.codec, "-i", str(raw), "-c", "copy", str(file)])
        port = _free_port()
        self.url = f"rtsp://127.0.0.1:{port}/stream"
        drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        sout = f"#rtp{{sdp=rtsp://127.0.0.1:{port}/stream}}"
        self._process = subprocess.Popen(
            [*drop, "env", f"HOME={self._directory}", "cvlc", "-q", str(file), "--sout", sout, "--no-sout-all"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
