"""Fragmented MP4 as bytes: the init segment and one movie fragment. Pure; knows boxes, no codecs and no time lines.

Own writer, because libav's muxer decides itself when a fragment ends and where its time line begins, and both decide
what a player shows. Sources: ISO/IEC 14496-12 (boxes), 14496-14 (esds), the byte-stream format of Media Source
Extensions (``ftyp`` and ``moov`` first, then ``moof`` and ``mdat``).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "BoxTrack",
    "Run",
    "RunSample",
    "audio_entry",
    "box",
    "full_box",
    "init_segment",
    "media_segment",
    "visual_entry",
]

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_KEY_FLAGS, _OTHER_FLAGS = 0x02000000, 0x01010000
"""Sample flags: depends on no other; depends on others and is no point to start at (14496-12 §8.8.3.1)."""


class BoxTrack(NamedTuple):
    """One track of the init segment. ``entry`` is its whole sample entry box; sizes in pixels, 0 for sound."""

    track_id: int
    kind: str
    timescale: int
    entry: bytes
    width: int = 0
    height: int = 0


class RunSample(NamedTuple):
    """One sample. ``duration`` and ``offset`` (presentation minus decode time, may be negative) in ticks."""

    data: bytes
    duration: int
    offset: int
    is_key: bool


class Run(NamedTuple):
    """The samples of one track in a fragment, the first decoded at ``decode_time`` ticks (>= 0)."""

    track_id: int
    decode_time: int
    samples: Sequence[RunSample]


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def visual_entry(kind: bytes, width: int, height: int, configuration: bytes) -> bytes:
    """A VisualSampleEntry with its decoder configuration box."""
    head = struct.pack(">6xH16xHHII4xH32xHh", 1, width, height, 0x480000, 0x480000, 1, 24, -1)
    return box(kind, head, configuration)


def audio_entry(kind: bytes, channels: int, sample_rate: int, configuration: bytes) -> bytes:
    """An AudioSampleEntry with its decoder configuration box."""
    head = struct.pack(">6xH8xHH4xI", 1, channels, 16, min(sample_rate, 0xFFFF) << 16)
    return box(kind, head, configuration)


def init_segment(tracks: Sequence[BoxTrack]) -> bytes:
    """``ftyp`` and ``moov`` without any sample; what follows is fragments."""
    movie = full_box(
        b"mvhd", 0, 0, struct.pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x100), _MATRIX, bytes(24), b"\xff\xff\xff\xff"
    )
    extends = [full_box(b"trex", 0, 0, struct.pack(">IIIII", track.track_id, 1, 0, 0, 0)) for track in tracks]
    file_type = box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"mp41")
    return file_type + box(b"moov", movie, *map(_track_box, tracks), box(b"mvex", *extends))


def _track_box(track: BoxTrack) -> bytes:
    video = track.kind == "video"
    header = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII8xHHHH", 0, 0, track.track_id, 0, 0, 0, 0, 0 if video else 0x100, 0),
        _MATRIX,
        struct.pack(">II", track.width << 16, track.height << 16),
    )
    media_header = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, track.timescale, 0, 0x55C4, 0))
    handler = full_box(
        b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide" if video else b"soun"), track.kind.encode() + b"\0"
    )
    kind_header = full_box(b"vmhd", 0, 1, bytes(8)) if video else full_box(b"smhd", 0, 0, bytes(4))
    data = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    tables = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), track.entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"trak", header, box(b"mdia", media_header, handler, box(b"minf", kind_header, data, tables)))


def media_segment(sequence: int, runs: Sequence[Run]) -> bytes:
    """One ``moof`` and its ``mdat``. ``sequence`` counts from 1 within a response."""
    sizes = [sum(len(sample.data) for sample in run.samples) for run in runs]
    length = len(_moof(sequence, runs, [0] * len(runs)))
    starts = [length + 8 + sum(sizes[:number]) for number in range(len(runs))]
    data = [sample.data for run in runs for sample in run.samples]
    return _moof(sequence, runs, starts) + struct.pack(">I4s", 8 + sum(sizes), b"mdat") + b"".join(data)


def _moof(sequence: int, runs: Sequence[Run], starts: Sequence[int]) -> bytes:
    trafs = [_traf(run, start) for run, start in zip(runs, starts, strict=True)]
    return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), *trafs)


def _traf(run: Run, start: int) -> bytes:
    """Data offsets count from the start of the ``moof`` (default-base-is-moof); composition offsets are signed (v1)."""
    entries = [
        struct.pack(">IIIi", each.duration, len(each.data), _KEY_FLAGS if each.is_key else _OTHER_FLAGS, each.offset)
        for each in run.samples
    ]
    return box(
        b"traf",
        full_box(b"tfhd", 0, 0x020000, struct.pack(">I", run.track_id)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", run.decode_time)),
        full_box(b"trun", 1, 0xF01, struct.pack(">Ii", len(run.samples), start), *entries),
    )
