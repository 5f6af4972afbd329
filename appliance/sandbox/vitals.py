"""From what was taken to what checks are shown: pictures and sound, decoded. Blocking; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import av.logging
import numpy as np
from av.error import FFmpegError

from appliance.api import Picture, PictureVitals, SoundVitals, Stream
from appliance.api.check_records import SMALL_WIDTH
from appliance.api.nal import refreshes_slowly
from appliance.sandbox.decoders import decoder_for
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.samples import Taken, TakenPacket

__all__ = ["builds_up", "light_of", "picture_of", "picture_vitals", "sound_vitals"]

_NS = 1_000_000_000
_LEAST_PICTURES = 4
_PLANAR = ("yuv420p", "yuvj420p")
_MOST_PIXELS = 1 << 25


def picture_vitals(taken: Taken, order: SelfTestOrder) -> PictureVitals | None:
    """The look at the picture; None when there is no key frame or it does not decode at all, and where the picture
    builds up over many (intra refresh): the few that are taken of it are broken for no fault of the camera's."""
    stream, packets = taken.video, taken.of(taken.video)
    if stream is None or not packets or not packets[0].data or builds_up(taken):
        return None
    shown = [packet for packet in packets if packet.data]
    pictures = list(_pictures(stream, shown))
    if not pictures:
        return None
    missing = len(pictures) < len(shown)
    first = pictures[0] if not missing else Picture(
        pictures[0].at_ns, pictures[0].luma, pictures[0].cb, pictures[0].cr, True
    )  # fmt: skip
    return PictureVitals(
        picture=first,
        following=tuple(pictures[1:]),
        registered=order.registered,
        local_minutes=order.local_minutes,
        rate_fps=_rate(packets),
    )


def builds_up(taken: Taken) -> bool:
    """Whether the picture is whole only many pictures after the one that was taken."""
    stream, packets = taken.video, taken.of(taken.video)
    return stream is not None and bool(packets) and refreshes_slowly(stream.codec, packets[0].data)


def picture_of(jpeg: bytes) -> Picture | None:
    """A reference picture as checks are shown it; None where it does not decode."""
    packet = TakenPacket(0, jpeg, None, 0, True, False)
    return next(_pictures(Stream(0, "video", "mjpeg", (1, 25)), [packet]), None)


def light_of(frame: Any) -> str:
    """Day or night, of a decoded frame; averaged down by libav: there is no OpenCV where viewings are drawn."""
    width = min(frame.width, SMALL_WIDTH) & ~1
    height = max(2, round(frame.height * width / frame.width) & ~1)
    small = frame.reformat(width=width, height=height, format="yuv420p")
    return _picture(small, 0, broken=False).light


def _rate(packets: Sequence[TakenPacket]) -> float:
    """Pictures a second by the camera's stamps, else by their coming; 0 where there are too few to tell."""
    stamps = sorted(packet.stamp_ns for packet in packets if packet.stamp_ns is not None)
    if len(stamps) < len(packets):
        stamps = [packet.arrival_ns for packet in packets]
    lasted = stamps[-1] - stamps[0]
    return 0.0 if len(packets) < _LEAST_PICTURES or lasted <= 0 else (len(packets) - 1) * _NS / lasted


def _pictures(stream: Stream, packets: Sequence[TakenPacket]) -> Iterator[Picture]:
    """One for each packet that decodes. ``broken``: the decoder complained, or the transport lost something."""
    decoder = decoder_for(stream)
    decoder.options = {"flags": "output_corrupt+low_delay"}
    arrivals = [packet.arrival_ns for packet in packets]
    given = 0
    for number in range(len(packets) + 1):
        packet = packets[number] if number < len(packets) else None
        with av.logging.Capture(True) as complaints:
            try:
                frames = decoder.decode(_wrapped(packet, number))
            except FFmpegError:
                frames = []
                complaints.append((av.logging.ERROR, stream.codec, "refused"))
        bad = any(level <= av.logging.ERROR for level, *_ in complaints) or bool(packet and packet.is_corrupt)
        for frame in frames:
            if 0 < frame.width * frame.height <= _MOST_PIXELS and given < len(arrivals):
                yield _picture(frame, arrivals[given], broken=bad or bool(frame.is_corrupt))
                given += 1


def _wrapped(packet: TakenPacket | None, number: int) -> Any:
    if packet is None:
        return None
    wrapped: Any = av.Packet(packet.data)
    wrapped.pts = wrapped.dts = number
    wrapped.time_base = Fraction(1, 25)
    return wrapped


def _picture(frame: Any, at_ns: int, *, broken: bool) -> Picture:
    width, height = max(2, frame.width & ~1), max(2, frame.height & ~1)
    if frame.format.name not in _PLANAR or (width, height) != (frame.width, frame.height):
        frame = frame.reformat(width=width, height=height, format="yuv420p")
    planes = []
    for plane, shrink in zip(frame.planes, (1, 2, 2), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        planes.append(rows[: height // shrink, : width // shrink].copy())
    return Picture(at_ns, planes[0], planes[1], planes[2], broken)


def sound_vitals(taken: Taken, order: SelfTestOrder) -> SoundVitals:
    """The look at the sound. Without approval no sample was taken, only whether the camera sends some."""
    stream, packets = taken.audio, taken.of(taken.audio)
    samples, rate = _samples(stream, packets) if stream is not None else (np.zeros((1, 0), np.float32), 0)
    heard_ns, seen_ns = _least_late_ns(packets), _least_late_ns(taken.of(taken.video))
    at_ns = packets[0].arrival_ns if packets else 0
    lasted = (packets[-1].arrival_ns - packets[0].arrival_ns) / _NS if packets else 0.0
    return SoundVitals(
        samples=samples,
        rate_hz=rate,
        has_track=stream is not None or taken.unapproved_sound,
        registered=order.registered,
        arrived_seconds=lasted,
        stamp_seconds=None if heard_ns is None else (at_ns + heard_ns) / _NS,
        picture_seconds=None if seen_ns is None else (at_ns + seen_ns) / _NS,
        arrival_seconds=at_ns / _NS,
        local_minutes=order.local_minutes,
        at_ns=at_ns,
    )


def _least_late_ns(packets: Sequence[TakenPacket]) -> int | None:
    """By how much the camera's stamps are ahead of the recorder's clock, at the packet that came least late: whatever
    held up the others does not count. None without stamps."""
    return max((packet.stamp_ns - packet.arrival_ns for packet in packets if packet.stamp_ns is not None), default=None)


def _samples(stream: Stream, packets: Sequence[TakenPacket]) -> tuple[Any, int]:
    """(channels, count) float32 and the rate; what does not decode is left out."""
    decoder = decoder_for(stream)
    plain = av.AudioResampler(format="fltp")
    parts, rate = [], 0
    for packet in packets:
        if not packet.data:
            continue
        try:
            for frame in decoder.decode(av.Packet(packet.data)):
                rate = frame.sample_rate
                parts += [each.to_ndarray() for each in plain.resample(frame)]
        except (FFmpegError, ValueError):
            continue
    usable = [part for part in parts if part.shape[0] == parts[0].shape[0]]
    return (np.concatenate(usable, axis=1) if usable else np.zeros((1, 0), np.float32)), rate
