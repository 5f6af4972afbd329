"""What a reader recorded of a scripted camera, in one form for all readers."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av

from appliance.api import NO_PTS, Packet, Stream, Streams, length_size, split_nals

__all__ = ["Recorded", "Segment", "of_files", "of_items", "of_ours"]


@dataclass
class Recorded:
    """One picture as it was stored. ``extradata``: what the recording has beside it to decode it with."""

    units: tuple[bytes, ...]
    data: bytes
    pts: float | None
    extradata: bytes


@dataclass
class Segment:
    """Of one connection: its pictures in the order of the recording, and all bytes of its sound. ``notes`` and ``lost``
    are what our reader said."""

    codec: str = ""
    pictures: list[Recorded] = field(default_factory=list)
    sound: list[bytes] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    lost: str = ""


def units_of(codec: str, data: bytes, extradata: bytes) -> tuple[bytes, ...]:
    if codec == "mjpeg":
        return (data,)
    return tuple(split_nals(data, length_size(codec, extradata)))


def of_ours(path: Path) -> list[Segment]:
    """Of the file that our reader wrote, one for each connection: see ``ours.py``. A description that is the one before
    again begins a connection, too: the reader connects anew by itself where a camera hangs up at a sign of life."""
    found: list[tuple[list[Packet | Streams], dict[str, Any]]] = []
    with path.open("rb") as file, contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            what, value = pickle.load(file)
            if what == "connection":
                found.append(([], {}))
            elif what == "streams":
                streams = Streams(tuple(Stream(*one) for one in value))
                if streams in found[-1][0]:
                    found.append(([], {}))
                found[-1][0].append(streams)
            elif what == "packet":
                found[-1][0].append(Packet(*value))
            else:
                found[-1][1][what] = value
    return [replace(of_items(items), **said) for items, said in found]


def of_items(items: Iterable[Packet | Streams]) -> Segment:
    """Of what one source gave. The recorder drops what comes before the first key frame; so does this."""
    segment = Segment()
    streams: tuple[Stream, ...] = ()
    begun = False
    for item in items:
        if isinstance(item, Streams):
            streams = item.streams
            continue
        stream = streams[item.stream]
        if stream.kind == "audio":
            segment.sound.append(item.data)
            continue
        begun = begun or item.is_key
        if begun:
            segment.codec = stream.codec
            pts = None if item.pts == NO_PTS else item.pts * stream.time_base[0] / stream.time_base[1]
            units = units_of(stream.codec, item.data, stream.extradata)
            segment.pictures.append(Recorded(units, item.data, pts, stream.extradata))
    return segment


def of_files(paths: list[Path]) -> list[Segment]:
    """Of Matroska files, one a connection; sound may lie in one of its own."""
    return [_of_file(path) for path in paths if path.exists() and path.stat().st_size]


def _of_file(path: Path) -> Segment:
    segment = Segment()
    with (
        contextlib.suppress(av.FFmpegError),
        av.open(str(path), options={"fflags": "+nofillin+noparse"}, metadata_errors="replace") as container,
    ):
        for packet in container.demux():
            if not packet.size:
                continue
            stream = packet.stream
            if stream.type == "audio":
                segment.sound.append(bytes(packet))
            elif stream.type == "video":
                context = stream.codec_context
                segment.codec = context.name
                extradata = bytes(context.extradata or b"")
                data = bytes(packet)
                pts = None if packet.pts is None else float(packet.pts * stream.time_base)
                segment.pictures.append(Recorded(units_of(context.name, data, extradata), data, pts, extradata))
    return segment
