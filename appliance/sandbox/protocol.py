"""What the keeper (for a look: the recorder) and a darkroom child say to each other: one request, one answer, over one
``transport.Connection``.

========= ============================================== ============================================
verb      asks                                           answer
========= ============================================== ============================================
open      a new response: streams, origin, what plays    nothing
fragment  body: samples in decode order                  ``mime`` once it is known; body: fMP4 bytes
end       ``end_ns``: where the last picture ends        body: the last fMP4 bytes
picture   one key frame; body: its bytes                 body: JPEG
still     ``StillOrder``; body: what was ``Taken``       ``still``: ``StillAnswer``; body: JPEG
search    ``SearchOrder``: a search begins               nothing
search.key ``SearchKey``; body: a key frame              ``compared``: ``Compared``
search.pair ``first_ns``, ``last_ns``: two of these      ``differs``
scan      body: the next bytes of a scanned paper        nothing
scan.look what the bytes so far are                      ``type``, ``pages``
scan.page ``page``, ``side``: the longer one in pixels   body: PNG
refer     (``look.references``) body: JPEGs of the view  nothing
look      ``SelfTestOrder``; body: what was ``Taken``    body: ``SelfTestReport`` (``appliance/selftest/reports.py``)
========= ============================================== ============================================

Times are wall time in nanoseconds; the time line of a response is wall time minus ``origin_ns``. Samples carry wall
times, so the darkroom needs to know nothing of cameras' clocks; whoever asks has already dropped what may not be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from appliance.api import Stream, Streams
from appliance.core.errors import Broken, Unavailable
from appliance.core.model import from_wire, to_wire
from appliance.core.motion import KeyPosition, swept

__all__ = [
    "FIELD_NS",
    "MAX_PICTURE_WIDTH",
    "Block",
    "Compared",
    "CoveredArea",
    "Opening",
    "PictureOrder",
    "Sample",
    "SearchKey",
    "SearchOrder",
    "StillAnswer",
    "StillOrder",
    "decode_samples",
    "encode_samples",
    "is_converted",
]

MAX_PICTURE_WIDTH = 3840


class Sample(NamedTuple):
    """One packet and its place in time. ``dts_ns`` is None when the camera sent none; ``duration_ns`` 0 = unknown."""

    stream: int
    data: bytes
    pts_ns: int
    dts_ns: int | None
    duration_ns: int
    is_key: bool


class Block(NamedTuple):
    """Bytes to append. ``mime`` is set on the block that begins with the init segment, "" on the others."""

    mime: str
    data: bytes


FIELD_NS = 20_000_000
"""The second half of an interlaced picture was taken so much later, at 50 of them a second."""


class CoveredArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nobody may see this rectangle of the pictures taken in [``start_ns``, ``end_ns``): permille of width and height,
    ``right`` and ``bottom`` not included. ``positions``: of one that moves, from its start to its end; the rectangle
    is then all that it ever covers."""

    start_ns: int
    end_ns: int
    left: int
    top: int
    right: int
    bottom: int
    positions: tuple[KeyPosition, ...] = ()

    def standing(self, first_ns: int, last_ns: int) -> CoveredArea:
        """All that it covers from one moment to another, as one that stands still."""
        if not self.positions:
            return self
        left, top, right, bottom = swept(self.positions, first_ns, last_ns)
        return msgspec.structs.replace(self, left=left, top=top, right=right, bottom=bottom, positions=())


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A response begins. ``video_codecs`` are those of :data:`appliance.api.VIDEO_CODECS` that the browser plays; what
    is not among them is converted to H.264, and every sound but AAC to AAC. ``covered``: with any, every picture is
    converted, and nothing of what lies under them leaves the darkroom. ``kept``: what comes out is kept and not only
    watched: every picture is converted, covered or not, as large as it was and finer. ``from_ns``: where pictures are
    converted, the first one is that which stands then; those before it are decoded and go nowhere. 0: all of them."""

    streams: Streams
    origin_ns: int
    video_codecs: tuple[str, ...] = ("h264",)
    covered: tuple[CoveredArea, ...] = ()
    kept: bool = False
    from_ns: int = 0


def is_converted(stream: Stream, opening: Opening) -> bool:
    """Whether the pictures of ``stream`` are decoded and coded again."""
    plays = stream.codec == "h264" or (stream.codec == "hevc" and "hevc" in opening.video_codecs)
    return not plays or bool(opening.covered) or opening.kept


class PictureOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key frame as a JPEG, at most ``width`` pixels wide (0 = as it is), with ``covered`` painted over, whatever
    their times and positions. The frame's bytes are the body."""

    stream: Stream
    width: int = 0
    covered: tuple[CoveredArea, ...] = ()


class SearchOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Key frames are to be compared in this rectangle: permille of width and height, ``right`` and ``bottom`` not
    included."""

    left: int
    top: int
    right: int
    bottom: int


class SearchKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key frame of a search, by when it was taken. ``covered``: what nobody may see of it, whatever their times; it
    is painted over before anything is compared, and compared with nothing."""

    at_ns: int
    stream: Stream
    covered: tuple[CoveredArea, ...] = ()


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a key frame differs from the nearest ones before and after it that were looked at; None where there is
    none. ``seen``: it decoded; else it is left out."""

    seen: bool = False
    before: bool | None = None
    after: bool | None = None


class StillOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture for a person of what was just taken from a camera, at most ``width`` pixels wide (0 = as it is)."""

    width: int = 0


class StillAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told beside it. ``level_db`` and ``peak_db`` of approved sound, in dB under full scale; None without."""

    at_ns: int
    light: str
    level_db: float | None = None
    peak_db: float | None = None


def encode_samples(samples: Sequence[Sample]) -> bytes:
    """Raises Unavailable for times that no camera has: what made them is a plugin, or a process that was taken over."""
    try:
        return to_wire(samples)
    except OverflowError as error:
        raise Unavailable.of("stretch-times") from error


def decode_samples(body: bytes) -> list[Sample]:
    """Raises Broken unless ``body`` is exactly what :func:`encode_samples` gives."""
    try:
        return from_wire(body, list[Sample])
    except msgspec.MsgspecError as error:
        raise Broken(f"darkroom: the samples handed over cannot be read ({error})") from error
