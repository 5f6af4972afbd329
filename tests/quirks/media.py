"""What the scripted cameras film: clips made by real encoders, each picture another, with what is needed to find a
picture in a recording again. Made once, kept in ``var/clips``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from appliance.api import split_nals
from tests.peers.clips import CACHE, _ffmpeg, pack, unpack

__all__ = ["FILMS", "FPS", "SOUNDS", "Film", "Picture", "Sound", "film", "fingerprint", "kind_of", "sound"]

FPS = 10
SECONDS = 80
_VERSION = "v1"
_X264 = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1"]
_X265 = ["-c:v", "libx265", "-preset", "ultrafast"]
_JPEG = ("-c:v", "mjpeg", "-huffman", "default", "-q:v", "8", "-threads", "1")
_QUIET = "pools=1:frame-threads=1:log-level=none:info=0:repeat-headers=1:scenecut=0"


class Recipe(NamedTuple):
    """``gop`` pictures between places where decoding can begin, as the camera means them."""

    codec: str
    options: tuple[str, ...]
    gop: int = FPS
    size: str = "320x180"
    pixels: str = "yuv420p"


def _avc(more: str = "", *options: str, gop: int = FPS) -> Recipe:
    words = f"repeat-headers=1:scenecut=0:sliced-threads=0{':' + more if more else ''}"
    return Recipe("h264", (*_X264, *(options or ("-bf", "0")), "-x264-params", words), gop)


def _hevc(more: str) -> Recipe:
    return Recipe("hevc", (*_X265, "-x265-params", f"{_QUIET}:{more}"))


FILMS = {
    "h264": _avc(),
    "h264-b": _avc("", "-bf", "2"),
    "h264-slices": _avc("slices=4"),
    "h264-b-slices": _avc("slices=3", "-bf", "2"),
    "h264-baseline": _avc("", "-bf", "0", "-profile:v", "baseline"),
    "h264-open": _avc("open-gop=1", "-bf", "2"),
    "h264-refresh": _avc("intra-refresh=1"),
    "h264-endless": _avc("", "-bf", "0", gop=FPS * SECONDS),
    "h264-all-key": _avc("", "-bf", "0", gop=1),
    "h264-interlaced": _avc("tff=1", "-bf", "0", "-flags", "+ildct+ilme"),
    "hevc": _hevc("bframes=0:open-gop=0"),
    "hevc-b": _hevc("bframes=2:open-gop=0"),
    "hevc-open": _hevc("bframes=2:open-gop=1"),
    "hevc-slices": _hevc("bframes=0:open-gop=0:slices=3:min-cu-size=8:ctu=16"),
    "h264-gop-20-s": _avc(gop=20 * FPS),
    "hevc-gop-20-s": _hevc("bframes=0:open-gop=0")._replace(gop=20 * FPS),
    "h264-large": _avc("", "-bf", "0", "-crf", "20")._replace(size="640x360"),
    "h264-cavlc": _avc("cabac=0:ref=4", "-bf", "1"),
    "h264-many-slices": _avc("slices=11"),
    "h264-high-422": _avc("", "-bf", "0", "-profile:v", "high422")._replace(pixels="yuv422p10le"),
    "hevc-large": _hevc("bframes=0:open-gop=0")._replace(size="640x352"),
    "hevc-layers": _hevc("bframes=2:b-pyramid=1:temporal-layers=2:open-gop=0"),
    "mjpeg": Recipe("mjpeg", _JPEG, 1, "320x176", "yuvj420p"),
    "mjpeg-restart": Recipe("mjpeg", (*_JPEG[:-1], "4", "-thread_type", "slice"), 1, "320x176", "yuvj420p"),
}  # fmt: skip

TURNS = {
    "h264-sizes": ("h264", "h264-large", 4 * FPS),
    "h264-sets-turn": ("h264", "h264-baseline", FPS),
    "hevc-sizes": ("hevc", "hevc-large", 4 * FPS),
}
"""Films of two others, so many pictures of the one and of the other in turn."""


class Sound(NamedTuple):
    """``frames``: each ``ticks`` long at ``clock`` ticks a second. ``config``: the codec's, as it goes into a session
    description."""

    codec: str
    clock: int
    ticks: int
    channels: int
    frames: tuple[bytes, ...]
    config: bytes


SOUNDS = {
    "alaw": ("pcm_alaw", 8000, 160, 1, ("-c:a", "pcm_alaw")),
    "ulaw": ("pcm_mulaw", 8000, 160, 1, ("-c:a", "pcm_mulaw")),
    "ulaw-16k": ("pcm_mulaw", 16000, 320, 1, ("-c:a", "pcm_mulaw")),
    "l16": ("pcm_s16be", 16000, 320, 1, ("-c:a", "pcm_s16be")),
    "g726": ("adpcm_g726le", 8000, 160, 1, ("-c:a", "g726le", "-code_size", "4", "-f", "g726le")),
    "aac": ("aac", 16000, 1024, 1, ("-c:a", "aac", "-b:a", "32k")),
    "aac-stereo": ("aac", 48000, 1024, 2, ("-c:a", "aac", "-b:a", "64k")),
    "aac-8k": ("aac", 8000, 1024, 1, ("-c:a", "aac", "-b:a", "16k")),
    "opus": ("opus", 48000, 960, 1, ("-c:a", "libopus", "-b:a", "32k")),
}  # fmt: skip


class Picture(NamedTuple):
    """``units``: its NAL units in order, or the one JPEG. ``shown``: its place in the order of showing."""

    units: tuple[bytes, ...]
    shown: int
    is_key: bool


class Film(NamedTuple):
    """``pictures`` are in the order in which they are sent; ``sets``: the parameter sets of the first."""

    name: str
    recipe: Recipe
    pictures: tuple[Picture, ...]
    sets: tuple[bytes, ...]

    @property
    def codec(self) -> str:
        return self.recipe.codec


def kind_of(codec: str, unit: bytes) -> int:
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


SETS = {"h264": (7, 8), "hevc": (32, 33, 34), "mjpeg": ()}
_SLICES = {"h264": range(1, 6), "hevc": range(32)}
_DELIMITERS = {"h264": 9, "hevc": 35}


def fingerprint(codec: str, units: Sequence[bytes]) -> bytes:
    """What of a picture must come back bit for bit: its slices; of a JPEG its scan, for the tables are sent in another
    form."""
    digest = hashlib.sha256()
    for unit in units:
        if codec == "mjpeg":
            unit = _scan(unit)
        elif kind_of(codec, unit) not in _SLICES[codec]:
            continue
        unit = unit.rstrip(b"\x00")  # zeros behind a unit are none of it (section B.1.2 of either standard)
        digest.update(len(unit).to_bytes(4, "big") + unit)
    return digest.digest()


def _scan(jpeg: bytes) -> bytes:
    at = 2
    while jpeg[at : at + 1] == b"\xff" and jpeg[at + 1 : at + 2] != b"\xda":
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    if jpeg[at : at + 2] != b"\xff\xda":
        return b""
    at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    end = jpeg.find(b"\xff\xd9", at)
    return jpeg[at : end if end >= 0 else len(jpeg)]


@functools.cache
def film(name: str) -> Film:
    if name in TURNS:
        return _of_two(name, *TURNS[name])
    recipe = FILMS[name]
    directory = _made(f"quirk-{name}-{SECONDS}-{_VERSION}", functools.partial(_make_film, recipe))
    about = json.loads((directory / "about.json").read_text())
    packed = unpack(directory / "video.bin")
    pictures = []
    for data, shown, is_key in zip(packed, about["shown"], about["keys"], strict=True):
        units = (data,) if recipe.codec == "mjpeg" else tuple(_units(recipe.codec, data))
        pictures.append(Picture(units, shown, is_key))
    first = pictures[0].units
    sets = tuple(unit for unit in first if kind_of(recipe.codec, unit) in SETS[recipe.codec])
    return Film(name, recipe, tuple(pictures), sets)


def _of_two(name: str, first: str, second: str, turn: int) -> Film:
    both = film(first), film(second)
    pictures = tuple(both[number // turn % 2].pictures[number] for number in range(len(both[0].pictures)))
    return Film(name, both[0].recipe, pictures, both[0].sets)


def _units(codec: str, data: bytes) -> list[bytes]:
    return [unit for unit in split_nals(data) if kind_of(codec, unit) != _DELIMITERS[codec]]


@functools.cache
def sound(name: str) -> Sound:
    codec, clock, ticks, channels, _ = SOUNDS[name]
    directory = _made(f"quirk-sound-{name}-{SECONDS}-{_VERSION}", functools.partial(_make_sound, name))
    frames = unpack(directory / "sound.bin")
    return Sound(codec, clock, ticks, channels, frames, (directory / "config").read_bytes())


def _made(name: str, make: functools.partial[None]) -> Path:
    directory = CACHE / name
    if not directory.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=CACHE))
        make(made)
        try:
            made.rename(directory)
        except OSError:  # another process was first
            shutil.rmtree(made)
    return directory


def _make_film(recipe: Recipe, directory: Path) -> None:
    source = f"testsrc2=size={recipe.size}:rate={FPS}:duration={SECONDS}"
    file = directory / "film.nut"
    gop = ["-g", str(recipe.gop), "-keyint_min", str(recipe.gop)]
    _ffmpeg(["-f", "lavfi", "-i", source, "-pix_fmt", recipe.pixels, *recipe.options, *gop, "-f", "nut", str(file)])
    data, times, keys = [], [], []
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        step = Fraction(1, FPS)
        first = None
        for packet in container.demux(stream):
            if packet.size:
                first = packet.pts if first is None else first
                data.append(bytes(packet))
                times.append(round((packet.pts - first) * stream.time_base / step))
                keys.append(packet.is_keyframe)
    lowest = min(times)
    pack(directory / "video.bin", data)
    about = {"shown": [number - lowest for number in times], "keys": keys}
    (directory / "about.json").write_text(json.dumps(about), encoding="ascii")
    file.unlink()


def _make_sound(name: str, directory: Path) -> None:
    codec, clock, ticks, channels, options = SOUNDS[name]
    file = directory / "sound.bin"
    # Noise: no two frames are the same.
    noise = f"anoisesrc=duration={SECONDS}:color=pink:seed=7:sample_rate={clock}:amplitude=0.3"
    form = () if "-f" in options else ("-f", "nut")
    raw = directory / "raw"
    _ffmpeg(["-f", "lavfi", "-i", noise, "-ac", str(channels), "-ar", str(clock), *options, *form, str(raw)])
    config = b""
    if "-f" in options:
        whole = raw.read_bytes()
    else:
        with av.open(str(raw)) as container:
            stream = container.streams.audio[0]
            frames = [bytes(packet) for packet in container.demux(stream) if packet.size]
            config = bytes(stream.codec_context.extradata or b"")
        whole = b"".join(frames)
    if codec in ("aac", "opus"):
        pack(file, frames)
    else:
        size = ticks * channels * {"pcm_s16be": 2}.get(codec, 1) // (2 if codec.startswith("adpcm") else 1)
        pack(file, [whole[at : at + size] for at in range(0, len(whole) - size + 1, size)])
    (directory / "config").write_bytes(config)
    raw.unlink()
