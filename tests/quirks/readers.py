"""The three readers that record one and the same scripted camera: ours, ffmpeg and GStreamer, each a process."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from tests.quirks.camera import Camera
from tests.quirks.ours import follow
from tests.quirks.recording import Segment, of_files, of_ours
from tests.quirks.script import AGAIN_SECONDS, Script
from tests.quirks.servers import Served

__all__ = ["NAMES", "Run", "record", "versions"]

NAMES = ("ours", "ffmpeg", "gst")
_TALK_SECONDS = 2.0
_STOP_SECONDS = 6
_LEFT_SECONDS = 60.0
_NEVER_SECONDS = 5.0
"""A reader that has not connected so long after its start is watched from then on."""

_DEPAY = {
    "h264": "rtph264depay ! h264parse",
    "hevc": "rtph265depay ! h265parse",
    "mjpeg": "rtpjpegdepay ! jpegparse",
}
_SOUND_DEPAY = {
    "pcm_alaw": "rtppcmadepay",
    "pcm_mulaw": "rtppcmudepay",
    "pcm_s16be": "rtpL16depay ! audioconvert ! audio/x-raw,format=S16LE",
    "adpcm_g726le": "rtpg726depay",
    "aac": "rtpmp4gdepay ! aacparse",
    "latm": "rtpmp4adepay ! aacparse",
    "opus": "rtpopusdepay ! opusparse",
}

_CONTAINERS = {"opus": "mp4"}
_CONTAINER = "mov"
"""What holds the sound and is kindest to ffmpeg: into Matroska it copies no pictures in another order than they are
shown, for want of times to decode them at; MP4 holds no G.711, MOV no Opus; none holds G.726."""

_FRAGMENTS = ("-movflags", "+frag_keyframe+delay_moov", "-flush_packets", "1")
"""What was written stays readable when ffmpeg has to be killed."""


class Run(NamedTuple):
    """What one reader recorded. ``said``: its last words, or why it was lost; ``starts``: how often it began."""

    segments: list[Segment]
    said: str
    starts: int


def record(name: str, camera: Camera | Served, seconds: float, directory: Path) -> Run:
    """Lets the reader ``name`` record for ``seconds``, counted from when it first connected."""
    if name == "ours":
        return _ours(camera, seconds, directory)
    starts, files, said = 0, [], ""
    began = time.monotonic()
    while _left(camera, began, seconds) > 0:
        starts += 1
        command, made = _command(name, camera, directory / f"{name}-{starts}")
        files.append(made)
        log = directory / f"{name}-{starts}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        while process.poll() is None and _left(camera, began, seconds) > 0:
            time.sleep(0.05)
        _stop(process)
        said = _last(log) or said
        if _left(camera, began, seconds) > AGAIN_SECONDS:
            time.sleep(AGAIN_SECONDS)
    return Run([_joined(of_files(made)) for made in files], said, starts)


def _left(camera: Camera | Served, began: float, seconds: float) -> float:
    start = camera.began or (camera.first + _TALK_SECONDS if camera.first else began + _NEVER_SECONDS)
    return start + seconds - time.monotonic()


def _ours(camera: Camera | Served, seconds: float, directory: Path) -> Run:
    """From a fork server that has imported everything, like the recorder's own."""
    file = directory / "ours.pickle"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.quirks.ours", "tests.quirks.page"])
    began = time.monotonic()
    process = context.Process(
        target=follow,
        args=(str(file), camera.kind, camera.url, camera.account, seconds + _LEFT_SECONDS),
        daemon=True,
    )
    process.start()
    while process.is_alive() and _left(camera, began, seconds) > 0:
        time.sleep(0.05)
    process.terminate()
    process.join(_STOP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    segments = of_ours(file) if file.exists() else []
    lost = [segment.lost for segment in segments if segment.lost]
    return Run(segments, lost[-1] if lost else "", len(segments))


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _joined(found: list[Segment]) -> Segment:
    """GStreamer writes picture and sound into files of their own, so that neither waits for the other."""
    whole = Segment()
    for segment in found:
        if segment.pictures:
            whole.codec, whole.pictures = segment.codec, segment.pictures
        whole.sound += segment.sound
    return whole


def _command(name: str, camera: Camera | Served, stem: Path) -> tuple[list[str], list[Path]]:
    script = camera.script
    if name == "ffmpeg":
        form = _CONTAINERS.get(camera.sound.codec if camera.sound else "", _CONTAINER)
        file = stem.with_suffix(f".{form}")
        transport = [] if script.plain or script.web else ["-rtsp_transport", "tcp"]
        read = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *transport, "-i", camera.account_url]
        first = ["-map", "0:v:0?", "-map", "0:a:0?"]
        return [*read, *first, "-c", "copy", "-copyinkf:a", *_FRAGMENTS, "-f", form, str(file)], [file]
    return _pipeline(script, camera, stem)


def _pipeline(script: Script, camera: Camera | Served, stem: Path) -> tuple[list[str], list[Path]]:
    if script.web is not None:
        file = stem.with_suffix(".video.mkv")
        words = ["gst-launch-1.0", "-e", "-q", "souphttpsrc", f"location={camera.url}", "is-live=true"]
        words += ["do-timestamp=true", *(f"{name}={value}" for name, value in _soup(camera).items())]
        return [*words, *f"! multipartdemux ! jpegparse ! matroskamux ! filesink location={file}".split(" ")], [file]
    picture, sound = stem.with_suffix(".video.mkv"), stem.with_suffix(".sound.mkv")
    protocols = [] if script.plain else ["protocols=tcp"]
    words = ["gst-launch-1.0", "-e", "-q", "rtspsrc", "name=s", f"location={camera.account_url}", *protocols]

    def branch(media: str, chain: str, file: Path) -> list[str]:
        sink = f"matroskamux ! filesink async=false location={file}"
        return f"s. ! application/x-rtp,media={media} ! queue ! {chain} ! {sink}".split(" ")

    words += branch("video", _DEPAY[camera.film.codec], picture)
    files = [picture]
    if camera.sound is not None:
        kind = "latm" if "latm" in script.tags else camera.sound.codec
        words += branch("audio", _SOUND_DEPAY[kind], sound)
        files.append(sound)
    return words, files


def _soup(camera: Camera | Served) -> dict[str, str]:
    return {"user-id": camera.account["user"], "user-pw": camera.account["password"]} if camera.account else {}


def versions() -> dict[str, str]:
    """Of the readers beside ours."""
    found = {}
    for name, command in (("ffmpeg", ["ffmpeg", "-version"]), ("gst", ["gst-launch-1.0", "--version"])):
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[name] = text.splitlines()[0]
    return found
