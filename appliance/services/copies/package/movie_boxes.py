"""MP4 and QuickTime boxes of a whole movie: sample tables, tracks, edit lists, the start of recording. Pure.

Sources: ISO/IEC 14496-12 §8 (boxes, edit lists), 3GPP TS 26.245 (tx3g), Opus in ISO-BMFF §4.3.2 (dOps), QuickTime File
Format (``jpeg``, ``ulaw``, ``alaw``, ``twos``). ``cstb`` is the start time box of the ONVIF Export File Format, as
ONVIF's own reference player reads it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from appliance.sandbox.boxes import audio_entry, box, full_box

__all__ = [
    "MOVIE_TIMESCALE",
    "SampleTable",
    "TrackBoxes",
    "caption_entry",
    "file_type",
    "movie",
    "opus_entry",
    "pcm_entry",
    "recording_start",
]

MOVIE_TIMESCALE = 90_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4
_TO_1904, _TO_1601 = 2_082_844_800, 11_644_473_600
"""Seconds from the epochs of MP4 and of ONVIF's box to 1970."""

_HANDLERS = {"video": b"vide", "audio": b"soun", "text": b"sbtl"}


_MOST, _LEAST_SHIFT, _MOST_SHIFT = (1 << 32) - 1, -(1 << 31), (1 << 31) - 1
"""What a table can say of a duration, and of a shift. A camera may stamp its packets as it likes; none of it may keep
the others from being copied."""


class SampleTable:
    """What a movie says of a track's samples: some 12 bytes each. ``sample_bytes``: of samples that all have one size,
    such as PCM's; 0 where each has its own. Times beyond what a table holds are cut to it."""

    def __init__(self, sample_bytes: int = 0) -> None:
        self._sample_bytes = sample_bytes
        self.count = self.duration = 0
        self._sizes, self._keys = array("I"), array("I")
        self._times, self._shifts = array("I"), array("i")  # pairs of (how many, value)
        self._chunks, self._in_chunks = array("Q"), array("I")

    def chunk(self, offset: int, samples: int) -> None:
        """The samples that were added last lie together from ``offset`` of the file."""
        self._chunks.append(offset)
        if not self._in_chunks or self._in_chunks[-1] != samples:
            self._in_chunks.extend((len(self._chunks), samples))

    def add(self, size: int, duration: int, shift: int = 0, *, is_key: bool = True) -> None:
        """``shift``: presentation minus decode time."""
        self._sizes.append(size)
        self._shift(max(_LEAST_SHIFT, min(shift, _MOST_SHIFT)))
        if is_key:
            self._keys.append(self.count + 1)
        self._time(1, duration)

    def add_equal(self, samples: int, last: int) -> None:
        """Samples of one tick each, of which the last lasts ``last``."""
        self._time(samples - 1, 1)
        self._time(1, last)

    def lengthen(self, ticks: int) -> None:
        """The newest sample lasts longer by so much."""
        count, value = self._times[-2], self._times[-1]
        ticks = min(ticks, _MOST - value)
        if count > 1:
            self._times[-2] = count - 1
            self._times.extend((1, value + ticks))
        else:
            self._times[-1] = value + ticks
        self.duration += ticks

    def _time(self, samples: int, duration: int) -> None:
        if samples <= 0:
            return
        duration = max(0, min(duration, _MOST))
        if self._times and self._times[-1] == duration:
            self._times[-2] += samples
        else:
            self._times.extend((samples, duration))
        self.count += samples
        self.duration += samples * duration

    def _shift(self, shift: int) -> None:
        if self._shifts and self._shifts[-1] == shift:
            self._shifts[-2] += 1
        else:
            self._shifts.extend((1, shift))

    def boxes(self, entry: bytes) -> bytes:
        """``stbl``."""
        parts = [full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry)]
        parts.append(full_box(b"stts", 0, 0, struct.pack(">I", len(self._times) // 2), _big(self._times)))
        if any(self._shifts[1::2]):
            parts.append(full_box(b"ctts", 1, 0, struct.pack(">I", len(self._shifts) // 2), _big(self._shifts)))
        if self._keys and len(self._keys) < self.count:
            parts.append(full_box(b"stss", 0, 0, struct.pack(">I", len(self._keys)), _big(self._keys)))
        to_chunk = b"".join(struct.pack(">III", *pair, 1) for pair in _pairs(self._in_chunks))
        parts.append(full_box(b"stsc", 0, 0, struct.pack(">I", len(self._in_chunks) // 2), to_chunk))
        sizes = struct.pack(">II", self._sample_bytes, self.count)
        parts.append(full_box(b"stsz", 0, 0, sizes, b"" if self._sample_bytes else _big(self._sizes)))
        parts.append(full_box(b"co64", 0, 0, struct.pack(">I", len(self._chunks)), _big(self._chunks)))
        return box(b"stbl", *parts)


def _pairs(values: array[int]) -> list[tuple[int, int]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _big(values: array[int]) -> bytes:
    turned = array(values.typecode, values)
    turned.byteswap()
    return turned.tobytes() if struct.pack("=I", 1) != struct.pack(">I", 1) else values.tobytes()


class TrackBoxes(NamedTuple):
    """One track. ``start``: when its first sample is presented, in its own ticks from the start of the movie; ``shift``
    is that sample's presentation minus decode time."""

    track_id: int
    kind: str
    timescale: int
    entry: bytes
    table: SampleTable
    start: int = 0
    shift: int = 0
    width: int = 0
    height: int = 0

    @property
    def end(self) -> int:
        """When it ends, in ticks of the movie."""
        return self._moved(self.start + self.table.duration)

    def _moved(self, ticks: int) -> int:
        return ticks * MOVIE_TIMESCALE // self.timescale

    def box(self, created: int) -> bytes:
        video = self.kind == "video"
        header = full_box(
            b"tkhd",
            1,
            3,
            struct.pack(">QQI4xQ", created, created, self.track_id, self.end),
            struct.pack(">8xHHHH", 0, int(self.kind == "text"), 0x100 if self.kind == "audio" else 0, 0),
            _MATRIX,
            struct.pack(">II", self.width << 16, self.height << 16),
        )
        times = struct.pack(">QQIQHH", created, created, self.timescale, self.table.duration, _UNDETERMINED, 0)
        handler = struct.pack(">I4s12x", 0, _HANDLERS[self.kind])
        kinds = {"video": full_box(b"vmhd", 0, 1, bytes(8)), "audio": full_box(b"smhd", 0, 0, bytes(4))}
        data = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
        media = box(
            b"mdia",
            full_box(b"mdhd", 1, 0, times),
            full_box(b"hdlr", 0, 0, handler, self.kind.encode() + b"\0"),
            box(b"minf", kinds.get(self.kind) or full_box(b"nmhd", 0, 0), data, self.table.boxes(self.entry)),
        )
        return box(b"trak", header, self._edits(video), media)

    def _edits(self, video: bool) -> bytes:
        """Where the track begins later than the movie, or its first picture is not presented when it is decoded."""
        if not self.start and not self.shift:
            return b""
        wait, length = self._moved(self.start), self._moved(self.table.duration)
        edits = [struct.pack(">QqI", wait, -1, 0x10000)] if wait else []
        edits.append(struct.pack(">QqI", length, self.shift if video else 0, 0x10000))
        return box(b"edts", full_box(b"elst", 1, 0, struct.pack(">I", len(edits)), *edits))


def file_type(form: str) -> bytes:
    """``ftyp`` of ``mp4`` or ``mov``."""
    if form == "mov":
        return box(b"ftyp", b"qt  ", struct.pack(">I", 0x200), b"qt  ")
    return box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isom", b"iso2", b"mp41")


def movie(tracks: Sequence[TrackBoxes], start_ns: int) -> bytes:
    """``moov``, created when its recording began."""
    created = start_ns // 1_000_000_000 + _TO_1904
    times = struct.pack(">QQIQ", created, created, MOVIE_TIMESCALE, max(track.end for track in tracks))
    following = struct.pack(">I", max(track.track_id for track in tracks) + 1)
    header = full_box(b"mvhd", 1, 0, times, struct.pack(">IH10x", 0x10000, 0x100), _MATRIX, bytes(24), following)
    return box(b"moov", header, *(track.box(created) for track in tracks))


def recording_start(start_ns: int) -> bytes:
    """``meta`` with ``cstb``: when all tracks begin (track 0), in units of 100 ns since 1601 UTC."""
    handler = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"null"), b"MetadataHandler\0")
    start = struct.pack(">IIQ", 1, 0, start_ns // 100 + _TO_1601 * 10_000_000)
    return full_box(b"meta", 0, 0, handler, box(b"cstb", start))


def caption_entry() -> bytes:
    """Text at the foot of the picture, white on half black."""
    style = struct.pack(">HHHBBI", 0, 0, 1, 0, 18, 0xFFFFFFFF)
    fonts = box(b"ftab", struct.pack(">HHB", 1, 1, 5), b"Serif")
    head = struct.pack(">6xHIbbI8x", 1, 0, 1, -1, 0x00000080)
    return box(b"tx3g", head, style, fonts)


def pcm_entry(codec: str, channels: int, sample_rate: int) -> bytes:
    """G.711 or 16-bit samples, as QuickTime calls them."""
    kind = {"pcm_mulaw": b"ulaw", "pcm_alaw": b"alaw", "pcm_s16be": b"twos"}[codec]
    return audio_entry(kind, channels, sample_rate, b"")


def opus_entry(channels: int) -> bytes:
    return audio_entry(b"Opus", channels, 48_000, box(b"dOps", struct.pack(">BBHIhB", 0, channels, 0, 48_000, 0, 0)))
