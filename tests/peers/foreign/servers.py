"""The servers: VLC, aio-rtsp-toolkit, ipycam, motion, GStreamer. Each serves on 127.0.0.1 what its test knows.

=================  ==============================  =======================================================
server             comes from                      how what it sent is known
=================  ==============================  =======================================================
VLC                Debian                          it sends a file's packets; over UDP alone, it refuses TCP (461)
aio-rtsp-toolkit   PyPI                            it sends a file's packets
ipycam             PyPI                            it encodes; its encoder writes each packet to a file as well
motion             Debian                          it encodes JPEG; a relay keeps what goes over the connection
GStreamer          Debian                          the clip's access units, see ``tests/peers/rtsp_server.py``
=================  ==============================  =======================================================
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from appliance.core.model import Camera as Entered
from tests.box import until
from tests.peers.certificate import Authority
from tests.peers.clips import clip
from tests.peers.foreign.pictures import picture, pictures_of, sound_of
from tests.peers.foreign.relay import Relay, jpegs_in
from tests.peers.rtsp import RtspServer
from tests.peers.tls_front import TlsFront

HERE = Path(__file__).parent
PACKAGES = Path(__file__).parents[3] / ".venv" / "foreign"
NOBODY = 65534


@dataclass
class Camera:
    """A camera to record. ``sent`` gives every picture that it sent, to be asked once it is recorded; ``sound`` the
    frames of its sound, empty where there is none or what it sends is not known."""

    name: str
    kind: str
    url: str
    codec: str
    sent: Callable[[], Sequence[bytes]]
    sound: Callable[[], Sequence[bytes]] = field(default=lambda: ())
    settings: Mapping[str, str] = field(default_factory=dict)

    def entered(self, no: str) -> Entered:
        """As an office enters it."""
        settings = {"url": self.url, **self.settings}
        return Entered(camera_no=no, location=self.name, source=self.kind, settings=settings, sound=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _program(words: Sequence[str], log: Path, port: int, more: Mapping[str, str] | None = None) -> Iterator[None]:
    """Runs a server until the block ends; it is there once its port answers."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(more or {})}
    with log.open("ab") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)

    def answers() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"{words[0]} ended: {log.read_text(errors='replace')[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, what=f"the port of {words[0]}")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _film(folder: Path, name: str, seconds: int) -> Path:
    """A clip over and over as one file; where a file begins anew, VLC ends the stream."""
    path = folder / f"{name}.mkv"
    if not path.exists():
        again = ["-stream_loop", str(seconds // 4), "-i", str(clip(name).file)]
        words = ["ffmpeg", "-nostdin", "-loglevel", "error", *again, "-c", "copy", "-t", str(seconds), str(path)]
        subprocess.run(words, check=True, timeout=120)
        path.chmod(0o644)
    return path


@contextlib.contextmanager
def vlc(folder: Path, name: str, seconds: int) -> Iterator[Camera]:
    """It refuses to run as root, so it then runs as nobody."""
    film, port = _film(folder, name, seconds), _free_port()
    words = ["cvlc", "-I", "dummy", "--no-dbus", str(film), "--sout", f"#rtp{{sdp=rtsp://127.0.0.1:{port}/cam}}"]
    if os.geteuid() == 0:
        words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *words]
    with _program(words, folder / f"vlc-{name}.log", port, {"HOME": str(folder)}):
        yield Camera(
            f"vlc {name}",
            "rtsp",
            f"rtsp://127.0.0.1:{port}/cam",
            clip(name).recipe.video,
            lambda: pictures_of(film),
            lambda: sound_of(film),
        )


@contextlib.contextmanager
def aio_rtsp_toolkit(folder: Path, name: str, seconds: int) -> Iterator[Camera]:
    film, port = _film(folder, name, seconds), _free_port()
    program = (
        "import asyncio, aio_rtsp_toolkit.server as s, aio_rtsp_toolkit.server_streaming as t;"
        "t.QUEUE_PUT_POLL_INTERVAL = 3600;"  # it puts a picture again whose put timed out, though that had gone in
        f"asyncio.run(s.serve({str(folder)!r}, '127.0.0.1', {port}))"
    )
    words = [sys.executable, "-c", program]
    with _program(words, folder / f"aio-{name}.log", port, {"PYTHONPATH": str(PACKAGES)}):
        yield Camera(
            f"aio-rtsp-toolkit {name}",
            "rtsp",
            f"rtsp://127.0.0.1:{port}/{film.name}",
            clip(name).recipe.video,
            lambda: pictures_of(film),
            lambda: sound_of(film),
        )


@contextlib.contextmanager
def ipycam(folder: Path) -> Iterator[Camera]:
    """It runs ``ffmpeg`` for each connection; ours ahead of that in its path writes what goes out to a file as well."""
    port, tap, path = _free_port(), folder / "tap", folder / "path"
    tap.mkdir()
    path.mkdir()
    shutil.copy(HERE / "tapped_ffmpeg.py", path / "ffmpeg")
    (path / "ffmpeg").chmod(0o755)
    more = {"PYTHONPATH": str(PACKAGES), "PATH": f"{path}:{os.environ['PATH']}", "TAP": str(tap)}

    def sent() -> list[bytes]:
        files = sorted(tap.iterdir(), key=lambda each: each.stat().st_ctime_ns)
        return [one for each in files if each.stat().st_size for one in pictures_of(each)]

    words = [sys.executable, str(HERE / "ipycam_camera.py"), str(port)]
    with _program(words, folder / "ipycam.log", port, more):
        yield Camera("ipycam", "rtsp", f"rtsp://127.0.0.1:{port}/video_main", "h264", sent)


@contextlib.contextmanager
def motion(folder: Path, seconds: int) -> Iterator[Camera]:
    film, port = _film(folder, "h264_aac", seconds), _free_port()
    settings = folder / "motion.conf"
    settings.write_text(
        f"daemon off\nsetup_mode off\nwebcontrol_port 0\nstream_port {port}\nstream_localhost on\nstream_maxrate 10\n"
        f"stream_quality 60\nnetcam_url file://{film}\nwidth 320\nheight 180\nframerate 10\npicture_output off\n"
        f"movie_output off\ntarget_dir {folder}\n"
    )
    with (
        _program(["motion", "-n", "-c", str(settings)], folder / "motion.log", port),
        Relay(folder, port) as relay,
    ):

        def sent() -> list[bytes]:
            answers = [path.read_bytes() for path in relay.files]
            return [picture("mjpeg", one) for answer in answers if answer for one in jpegs_in(answer)]

        yield Camera("motion", "mjpeg", f"http://127.0.0.1:{relay.port}/", "mjpeg", sent)


@contextlib.contextmanager
def gstreamer(name: str, seconds: int) -> Iterator[Camera]:
    made = clip(name)
    rounds = seconds * made.recipe.fps // len(made.video) + 2
    with RtspServer({"cam": name}) as server:
        yield Camera(
            f"gstreamer {name}",
            "rtsp",
            server.url("cam"),
            made.recipe.video,
            lambda: [picture(made.recipe.video, unit) for unit in made.video] * rounds,
        )


@contextlib.contextmanager
def gstreamer_by_tls(folder: Path, name: str, seconds: int) -> Iterator[Camera]:
    """Known by the authority that signed its certificate, and by its fingerprint besides."""
    office = Authority(folder)
    context, fingerprint = office.issue("camera")
    with gstreamer(name, seconds) as plain, TlsFront(context, urlsplit(plain.url).port or 0) as front:
        settings = {"ca_file": str(office.path), "fingerprint": fingerprint}
        url = f"rtsps://127.0.0.1:{front.port}/cam"
        yield replace(plain, name=f"{plain.name} by TLS", url=url, settings=settings)


@contextlib.contextmanager
def foreign_cameras(seconds: int) -> Iterator[dict[str, Camera]]:
    """All of them, by the number that they get as cameras; each can be recorded for ``seconds``."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "motion").mkdir()
        servers = (
            vlc(folder, "h264_aac", seconds),
            vlc(folder, "hevc_aac", seconds),
            aio_rtsp_toolkit(folder, "h264_aac", seconds),
            aio_rtsp_toolkit(folder, "hevc_aac", seconds),
            ipycam(folder),
            motion(folder / "motion", seconds),
            gstreamer("h264_opus", seconds),
            gstreamer_by_tls(folder, "hevc_aac", seconds),
        )
        yield {f"{number:02}": stack.enter_context(server) for number, server in enumerate(servers, 1)}
