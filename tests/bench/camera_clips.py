"""Camera-like clips for the benchmarks: noise in the picture, a steady bit rate, no B-frames. Kept in ``var/clips``."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.peers.clips import CACHE, access_units, pack, unpack

SECONDS = 8


class CameraClip(NamedTuple):
    size: str
    fps: int
    kbit: int
    gop: int
    audio: str


CLIPS = (
    CameraClip("1920x1080", 25, 4000, 50, ""),
    CameraClip("1280x720", 15, 2000, 30, ""),
    CameraClip("1920x1080", 25, 3000, 25, "pcm_alaw"),
    CameraClip("1280x720", 30, 2500, 30, "pcm_mulaw"),
)
"""2.9 Mbit/s on average; as in the measurements that the goals come from."""


def make(clip: CameraClip) -> Path:
    """The clip's directory, in the form that ``tests/peers/rtsp_server.py`` reads."""
    directory = CACHE / f"bench-{clip.size}-{clip.fps}-{clip.kbit}-{clip.audio or 'silent'}-v1"
    if directory.exists():
        return directory
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=CACHE))
    picture = (
        f"mandelbrot=size={clip.size}:rate=1:start_scale=0.02:end_scale=0.0199,trim=end_frame=1,loop=-1:1:0,"
        f"setpts=N/{clip.fps}/TB,fps={clip.fps}[b];testsrc2=size=320x180:rate={clip.fps}[m];"
        "[b][m]overlay=x='mod(t*60,W-w)':y='(H-h)/2+sin(t)*H/4':shortest=0,noise=alls=6:allf=t,format=yuv420p"
    )
    raw = made / "video.h264"
    rate = f"{clip.kbit}k"
    _ffmpeg("-f", "lavfi", "-i", picture, "-t", str(SECONDS), "-c:v", "libx264", "-preset", "veryfast", "-tune",
            "zerolatency", "-bf", "0", "-g", str(clip.gop), "-x264-params",
            "aud=1:repeat-headers=1:scenecut=0:sliced-threads=0:threads=2", "-b:v", rate, "-maxrate", rate, "-bufsize",
            rate, "-f", "h264", str(raw))  # fmt: skip
    pack(made / "video.bin", access_units("h264", raw.read_bytes()))
    raw.unlink()
    about = {"codec": "h264", "fps": clip.fps, "audio": clip.audio}
    if clip.audio:
        sound = made / "audio.raw"
        form = {"pcm_alaw": "alaw", "pcm_mulaw": "mulaw"}[clip.audio]
        _ffmpeg("-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}", "-ac", "1", "-ar", "8000", "-c:a",
                clip.audio, "-f", form, str(sound))  # fmt: skip
        whole = sound.read_bytes()
        pack(made / "audio.bin", [whole[at : at + 320] for at in range(0, len(whole) - 319, 320)])
        sound.unlink()
        about |= {"rate": 8000, "samples": 320, "audio_extradata": ""}
    (made / "clip.json").write_text(json.dumps(about), encoding="ascii")
    try:
        made.rename(directory)
    except OSError:  # another run was first
        shutil.rmtree(made)
    return directory


def bytes_a_second(directory: Path) -> float:
    return sum(map(len, unpack(directory / "video.bin"))) / SECONDS


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments], check=True)
