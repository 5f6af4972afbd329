"""Small clips for the peers and the tests: made once by ffmpeg, the same bytes every time, kept in ``var/clips``.

A clip is a directory: ``clip.json`` says what it holds, ``video.bin`` and ``audio.bin`` hold the access units, each
after its length (4 bytes, big-endian), ``clip.mkv`` the same streams as a file. The RTSP server reads the former with
the system's Python, which has no PyAV.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import av

from appliance.api import split_nals

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "var" / "clips"
SECONDS = 4
START_CODE = b"\x00\x00\x00\x01"

VIDEO = {
    "h264": ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-bf", "0", "-x264-params",
             "aud=1:repeat-headers=1:scenecut=0:sliced-threads=0:threads=1"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-x265-params",
             "aud=1:repeat-headers=1:scenecut=0:bframes=0:pools=1:frame-threads=1:log-level=none"],
    "mjpeg": ["-c:v", "mjpeg", "-huffman", "default", "-q:v", "6"],
}  # fmt: skip
AUDIO = {
    "aac": ["-c:a", "aac", "-b:a", "32k", "-ar", "16000"],
    "pcm_alaw": ["-c:a", "pcm_alaw", "-ar", "8000"],
    "pcm_mulaw": ["-c:a", "pcm_mulaw", "-ar", "8000"],
    "opus": ["-c:a", "libopus", "-b:a", "32k", "-ar", "48000"],
}


class Recipe(NamedTuple):
    video: str
    audio: str
    width: int = 320
    height: int = 180
    fps: int = 15
    gop: int = 10


RECIPES = {
    "h264_aac": Recipe("h264", "aac"),
    "h264_large": Recipe("h264", "aac", width=480, height=270),
    "h264_alaw": Recipe("h264", "pcm_alaw"),
    "h264_ulaw": Recipe("h264", "pcm_mulaw"),
    "h264_opus": Recipe("h264", "opus"),
    "h264": Recipe("h264", ""),
    "hevc_aac": Recipe("hevc", "aac"),
    "hevc_large": Recipe("hevc", "aac", width=480, height=272),
    "mjpeg_ulaw": Recipe("mjpeg", "pcm_mulaw", width=320, height=176, gop=1),
}


class Clip(NamedTuple):
    """A clip that was made. ``video`` are access units in Annex B without delimiters, ``audio`` raw frames."""

    directory: Path
    recipe: Recipe
    video: tuple[bytes, ...]
    audio: tuple[bytes, ...]

    @property
    def file(self) -> Path:
        return self.directory / "clip.mkv"


def clip(name: str) -> Clip:
    """The clip called ``name``, made if this is the first time."""
    recipe = RECIPES[name]
    directory = CACHE / f"{name}-{recipe.width}x{recipe.height}-v1"
    if not directory.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=CACHE))
        _make(recipe, made)
        try:
            made.rename(directory)
        except OSError:  # another test process was first
            shutil.rmtree(made)
    audio = directory / "audio.bin"
    return Clip(directory, recipe, unpack(directory / "video.bin"), unpack(audio) if audio.exists() else ())


def pack(path: Path, units: list[bytes]) -> None:
    path.write_bytes(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))


def unpack(path: Path) -> tuple[bytes, ...]:
    data, at, units = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        units.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return tuple(units)


def _make(recipe: Recipe, directory: Path) -> None:
    size = f"{recipe.width}x{recipe.height}"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={recipe.fps}:duration={SECONDS}"]
    pixels = "yuvj420p" if recipe.video == "mjpeg" else "yuv420p"
    gop = ["-g", str(recipe.gop), "-pix_fmt", pixels, "-threads", "1"]
    raw = directory / f"video.{recipe.video}"
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    _ffmpeg([*picture, *VIDEO[recipe.video], *gop, *exact, "-f", recipe.video, str(raw)])
    units = access_units(recipe.video, raw.read_bytes())
    pack(directory / "video.bin", units)
    about: dict[str, Any] = {"codec": recipe.video, "fps": recipe.fps, "audio": recipe.audio, "size": size}
    inputs = ["-r", str(recipe.fps), "-f", recipe.video, "-i", str(raw)]
    if recipe.audio:
        tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
        sound = directory / "audio.mka"
        _ffmpeg([*tone, "-ac", "1", *AUDIO[recipe.audio], *exact, str(sound)])
        with av.open(str(sound)) as container:
            stream = container.streams.audio[0]
            frames = [bytes(packet) for packet in container.demux(stream) if packet.size]
            extradata = bytes(stream.codec_context.extradata or b"")
        if recipe.audio.startswith("pcm_"):
            whole = b"".join(frames)
            frames = [whole[at : at + 320] for at in range(0, len(whole) - 319, 320)]
        pack(directory / "audio.bin", frames)
        rate = int(AUDIO[recipe.audio][-1])
        samples = {"aac": 1024, "opus": 960}.get(recipe.audio, 320)
        about |= {"rate": rate, "samples": samples, "audio_extradata": extradata.hex()}
        inputs += ["-i", str(sound)]
    _ffmpeg([*inputs, "-c", "copy", *exact, str(directory / "clip.mkv")])
    (directory / "clip.json").write_text(json.dumps(about), encoding="ascii")


def access_units(codec: str, stream: bytes) -> list[bytes]:
    """The access units of a bare stream with delimiters, the delimiters left out; the pictures of one of JPEGs."""
    if codec == "mjpeg":
        return [b"\xff\xd8" + picture for picture in stream.split(b"\xff\xd8")[1:]]
    units: list[bytearray] = []
    for nal in split_nals(stream):
        if (nal[0] & 0x1F) == 9 if codec == "h264" else (nal[0] >> 1 & 0x3F) == 35:
            units.append(bytearray())
        else:
            units[-1] += START_CODE + nal
    return [bytes(unit) for unit in units]


def _ffmpeg(arguments: list[str]) -> None:
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"}, timeout=180)
