"""What a recording is worth beside what the camera sent, and which of two recordings is the better."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import av

from tests.quirks.camera import Camera
from tests.quirks.media import film, fingerprint
from tests.quirks.readers import Run
from tests.quirks.recording import Recorded, Segment
from tests.quirks.script import Script
from tests.quirks.servers import Served

__all__ = ["TAIL_SECONDS", "Measure", "measured", "verdict"]

AnyCamera = Camera | Served
TAIL_SECONDS = 3.2
"""The last of each run is not counted: what a reader still holds back is not lost. GStreamer holds back two seconds."""

_SHARE = 0.05
_COMPLETE = 0.02
_KEYS = 0.05
_SOUND = 0.1


class Measure(NamedTuple):
    """Of one reader. ``share``: of the camera's time that is in the recording, picture for picture; ``complete``: of
    the pictures that the camera sent to it, those that are in the recording bit for bit; ``keys``: of the key frames
    among them, those that libav decodes alone, to the very picture; ``sound`` of its frames sent; None where there is
    none. ``strange``: pictures in the recording that the camera did not send so. ``order``: whether pictures come in
    the order in which they were sent, and their times in that of showing."""

    share: float
    complete: float
    keys: float
    order: bool
    sound: float | None
    strange: int
    starts: int
    said: str


def measured(camera: AnyCamera, run: Run, last: int = -1) -> Measure:
    """``last``: the last picture that counts, where it is not that of the run's time."""
    script = camera.script
    last = int((script.seconds - TAIL_SECONDS) * script.fps) if last < 0 else last
    numbers = _numbers(script.film)
    found: set[int] = set()
    heard: set[int] = set()
    playable: set[int] = set()
    strange, order = 0, True
    for segment in run.segments:
        line = [(numbers.get(fingerprint(camera.film.codec, one.units)), one) for one in segment.pictures]
        line = [(number, one) for number, one in line if _is_picture(camera.film.codec, one)]
        strange += sum(number is None for number, _ in line)
        order &= _in_order(camera, [(number, one) for number, one in line if number is not None])
        found |= {number for number, _ in line if number is not None}
        for number, one in line:
            if number is not None and number not in playable and _plays(script.film, number, one):
                playable.add(number)
        heard |= _heard(camera, segment)
    begin = _first_key(script)
    sent = {number for number in camera.pictures_sent(found, last) if number >= begin}
    keys = {number for number in sent if _reference(script.film, number)}
    frames = camera.frames_sent(heard, last)
    return Measure(
        share=len(found & (sent if script.server else set(range(begin, last + 1)))) / (last + 1 - begin),
        complete=len(found & sent) / len(sent) if sent else 0.0,
        keys=len(playable & keys) / len(keys) if keys else 0.0,
        order=order and bool(found),
        sound=len(heard & frames) / len(frames) if frames else None,
        strange=strange,
        starts=run.starts,
        said=run.said,
    )


def _first_key(script: Script) -> int:
    """From where on a camera counts that goes on in the middle: what is ahead of its first key frame nobody can see."""
    pictures = film(script.film).pictures
    return next(number for number in range(script.joins, len(pictures)) if pictures[number].is_key)


def _is_picture(codec: str, one: Recorded) -> bool:
    """Parameter sets alone are none."""
    return codec == "mjpeg" or fingerprint(codec, one.units) != fingerprint(codec, ())


@functools.cache
def _numbers(name: str) -> dict[bytes, int]:
    whole = film(name)
    return {fingerprint(whole.codec, picture.units): number for number, picture in enumerate(whole.pictures)}


def _in_order(camera: AnyCamera, line: list[tuple[int, Recorded]]) -> bool:
    if any(after <= before for (before, _), (after, _) in pairwise(line)):
        return False
    shown = [(one.pts, camera.film.pictures[number].shown) for number, one in line if one.pts is not None]
    return all(before[1] < after[1] for before, after in pairwise(sorted(shown)))


def _heard(camera: AnyCamera, segment: Segment) -> set[int]:
    if camera.sound is None or not segment.sound:
        return set()
    whole = b"".join(segment.sound)
    candidates = [whole]
    if camera.sound.codec == "pcm_s16be":  # GStreamer writes the other order of bytes
        turned = bytearray(len(whole) & ~1)
        turned[0::2], turned[1::2] = whole[1::2][: len(turned) // 2], whole[0 : len(turned) : 2]
        candidates.append(bytes(turned))
    frames = camera.sound.frames
    return {number for number, frame in enumerate(frames) if any(frame in each for each in candidates)}


# --- key frames ---


def _decoded(codec: str, data: bytes, extradata: bytes) -> str:
    """A digest of the picture that libav makes of one packet alone; "" where it makes none. A picture that it had to
    mend has another digest than the camera's."""
    context = av.CodecContext.create(codec, "r")
    context.thread_count = 1
    if extradata:
        context.extradata = extradata
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except (av.FFmpegError, ValueError):
        return ""
    frames = [frame for frame in frames if isinstance(frame, av.VideoFrame)]
    if len(frames) != 1 or frames[0].is_corrupt:
        return ""
    return hashlib.sha256(b"".join(_planes(frames[0]))).hexdigest()


def _planes(frame: av.VideoFrame) -> Iterator[bytes]:
    for number, plane in enumerate(frame.planes):
        data = bytes(plane)
        width = frame.width if number == 0 else -(-frame.width // 2)
        if number and "422" not in frame.format.name and "420" not in frame.format.name:
            width = frame.width
        for row in range(plane.height):
            yield data[row * plane.line_size : row * plane.line_size + width]


@functools.cache
def _reference(name: str, number: int) -> str:
    """What the camera's own key frame decodes to; "" for another picture."""
    whole = film(name)
    if number >= len(whole.pictures) or not whole.pictures[number].is_key:
        return ""
    units = whole.pictures[number].units
    if whole.codec == "mjpeg":
        return _decoded("mjpeg", units[0], b"")
    code = b"\x00\x00\x00\x01"
    return _decoded(whole.codec, code + code.join((*whole.sets, *units)), b"")


def _plays(name: str, number: int, one: Recorded) -> bool:
    reference = _reference(name, number)
    return bool(reference) and _decoded(film(name).codec, one.data, one.extradata) == reference


# --- which is better ---


def _better(one: Measure, other: Measure) -> bool:
    """Whether ``one`` has more than ``other`` in anything that is measured."""
    sounds = (one.sound or 0.0) - (other.sound or 0.0)
    return (
        one.share - other.share > _SHARE
        or one.complete - other.complete > _COMPLETE
        or one.keys - other.keys > _KEYS
        or (one.order and not other.order and one.share >= other.share - _SHARE)
        or sounds > _SOUND
    )


def verdict(ours: Measure, ffmpeg: Measure, gst: Measure) -> str:
    """A peer that has more in any one measure is better, whatever else we have more of."""
    if _better(ffmpeg, ours):
        return "ffmpeg better"
    if _better(gst, ours):
        return "gst better"
    if _better(ours, ffmpeg) and _better(ours, gst):
        return "ours better"
    return "same"
