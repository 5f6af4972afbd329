"""A camera for the evaluation: pictures are encoded as cameras do, taken as the tap takes them, and looked at by the
code that looks in the darkroom. Time is made; nothing waits.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import av
import cv2
import msgspec
import numpy as np

from appliance.api import Check, Picture, Registered, Sign, Stream, Streams
from appliance.sandbox.vitals import picture_vitals
from appliance.selftest.hysteresis import Verdicts
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.runs import Bench
from appliance.selftest.samples import FOLLOWING, Taken, TakenPacket
from appliance.selftest.schedule import EVERY_NS, HURRY_NS, WHOLE_EVERY

__all__ = ["Camera", "Encoding", "Raised"]

S = 1_000_000_000
_ENCODERS = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg"}
View = Callable[[float], Picture]
Spoil = Callable[[Picture, int], Picture]
Heard = Callable[[float, Sequence[Sign]], object]
"""Told of each look: at which second, and what it said."""


class Encoding(NamedTuple):
    """How a camera encodes: ``quality`` is a constant rate factor (h264, hevc) or a quantiser (mjpeg)."""

    codec: str = "h264"
    quality: int = 27
    fps: float = 15.0


class Raised(NamedTuple):
    """A fault that was raised, and at which second."""

    fault: str
    second: float


class Camera:
    """Looks at ``view`` (a second of the day to a picture) as the inspector does: every 20 s, in 5 s on suspicion.
    ``following``: with the pictures after the key frame, as at each third look and in a hurry; ``keys``: the seconds
    from key frame to key frame, and of the first; ``registered``: its size and rate are known; ``references``: the
    office's pictures of it, one for each light."""

    def __init__(
        self,
        view: View,
        encoding: Encoding,
        checks: Mapping[str, Check],
        start: float,
        *,
        following: bool = True,
        keys: tuple[float, float] = (0.0, 0.0),
        registered: bool = False,
        references: Sequence[Picture] = (),
        heard: Heard | None = None,
    ) -> None:
        self.view, self._encoding, self._checks, self._heard = view, encoding, checks, heard
        self.second, self.number, self.following = start, 0, following
        self._hurried, self._keys, self._registered = False, keys, registered
        self._references = {picture.light: picture for picture in references}
        self._bench = Bench(checks.values())
        self._verdicts = Verdicts([fault for check in checks.values() for fault in check.faults])

    def copy(self) -> Camera:
        """The same camera at the same moment, with what its checks learned."""
        other = Camera(
            self.view, self._encoding, self._checks, self.second, following=self.following, keys=self._keys,
            registered=self._registered, references=tuple(self._references.values()),
        )  # fmt: skip
        other.number, other._hurried = self.number, self._hurried
        other._verdicts = copy.deepcopy(self._verdicts)
        other._bench._memories = copy.deepcopy(self._bench._memories)
        return other

    def run(self, until: float, spoil: Spoil | None = None, *, pace: float = 1.0) -> Iterator[Raised]:
        """Looks until that second; what is raised meanwhile. ``spoil`` puts a fault into each picture, before it is
        encoded; ``pace``: the share of its pictures that the camera sends."""
        looks = 0
        while self.second < until:
            before = set(self._verdicts.wrong)
            self._hurried = self._look(spoil, looks, pace)
            for fault in set(self._verdicts.wrong) - before:
                yield Raised(fault, self.second)
            self.second = self._next_key(self.second + (HURRY_NS if self._hurried else EVERY_NS) / S)
            looks += 1

    def _next_key(self, second: float) -> float:
        every, first = self._keys
        return first + every * math.ceil((second - first) / every - 1e-6) if every else second

    def _look(self, spoil: Spoil | None, looks: int, pace: float) -> bool:
        whole = self.following and (self.number % WHOLE_EVERY == 0 or self._hurried)
        self.number += 1
        pictures = [self.view(self.second)]
        if whole and (following := getattr(self.view, "following", None)):
            pictures += following(self.second, FOLLOWING)
        elif whole:
            pictures += [_a_moment_later(pictures[0], place) for place in range(1, FOLLOWING + 1)]
        height, width = pictures[0].luma.shape
        if spoil is not None:
            pictures = [spoil(picture, looks) for picture in pictures]
        taken = paced(encoded(pictures, self._encoding), self._encoding.fps * pace, self.number)
        registered = Registered(width, height, self._encoding.fps) if self._registered else Registered()
        order = SelfTestOrder(registered=registered, local_minutes=int(self.second // 60) % 1440)
        vitals = picture_vitals(taken, order)
        if vitals is None:
            return False
        vitals = replace(vitals, reference=self._references.get(vitals.picture.light))
        seen = self._bench.look("picture", vitals)
        if seen.failures:
            raise AssertionError(f"a check failed: {seen.failures}")
        self._verdicts.hear(seen.signs, int(self.second * S))
        if self._heard is not None:
            self._heard(self.second, seen.signs)
        standing = self._verdicts.wrong
        return any(sign.wrong != (sign.fault in standing) for sign in seen.signs)

    def signs(self) -> list[Sign]:
        return list(self._verdicts.wrong.values())


def _a_moment_later(picture: Picture, place: int) -> Picture:
    """The same view 40 ms later for each ``place``: the grain is another."""
    grain = np.random.default_rng(picture.at_ns % (1 << 31) + place).integers(-3, 4, picture.luma.shape, dtype=np.int16)
    luma = cv2.add(picture.luma.astype(np.int16), grain)
    return replace(picture, luma=np.clip(luma, 0, 255).astype(np.uint8), at_ns=picture.at_ns + place * 40_000_000)


def paced(taken: Taken, fps: float, number: int) -> Taken:
    """With the count of what follows for two seconds, by the camera's stamps: some milliseconds early or late, one of a
    hundred pictures left out."""
    random = np.random.default_rng(number)
    number_of = len(taken.packets)
    count = max(number_of, int(2 * fps))
    stamps = [round((place + random.normal(0, 0.06)) / fps * S) for place in range(count)]
    first = taken.packets[0]
    counted = [
        first._replace(data=b"", is_key=False, arrival_ns=first.arrival_ns + stamps[place], stamp_ns=stamps[place])
        for place in range(number_of, count)
        if random.random() > 0.01
    ]
    shown = [packet._replace(stamp_ns=stamp) for packet, stamp in zip(taken.packets, stamps, strict=False)]
    return msgspec.structs.replace(taken, packets=(*shown, *counted))


def encoded(pictures: list[Picture], encoding: Encoding) -> Taken:
    """As a camera would send them: the first a key frame, each decodable after the one before."""
    height, width = pictures[0].luma.shape
    codec: Any = av.CodecContext.create(_ENCODERS[encoding.codec], "w")
    codec.width, codec.height, codec.time_base = width, height, Fraction(1, 25)
    codec.pix_fmt, codec.thread_count, codec.gop_size = "yuv420p", 1, 50
    if encoding.codec == "mjpeg":
        codec.pix_fmt = "yuvj420p"
        codec.options = {"qmin": str(encoding.quality), "qmax": str(encoding.quality)}
    else:
        log = {"x265-params": "log-level=none:pools=none:frame-threads=1"} if encoding.codec == "hevc" else {}
        codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": str(encoding.quality), **log}
    packets = []
    for number, picture in enumerate(pictures):
        planes = np.vstack([picture.luma, picture.cb.reshape(-1, width), picture.cr.reshape(-1, width)])
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(planes), format="yuv420p")
        if encoding.codec == "mjpeg":
            frame = frame.reformat(format="yuvj420p")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        packets += [bytes(packet) for packet in codec.encode(frame)]
    packets += [bytes(packet) for packet in codec.encode(None)]
    stream = Stream(0, "video", encoding.codec, (1, 25), bytes(codec.extradata or b""), width, height)
    return Taken(
        streams=Streams((stream,)),
        packets=tuple(
            TakenPacket(0, data, None, pictures[number].at_ns, number == 0, False)
            for number, data in enumerate(packets)
        ),
    )
