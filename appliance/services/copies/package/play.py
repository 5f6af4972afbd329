"""播放用轉檔: a stretch once more as H.264 and AAC, for a PC that lacks the codec of the original. For watching alone.

A child of the darkroom decodes and encodes; what it gives back is its own fragmented MP4, of which nothing is believed
but sizes that fit. It is laid out anew as a whole movie, because plain players show no length of a fragmented one and
seek badly in it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from appliance.api import Streams
from appliance.core.errors import Broken, Unavailable
from appliance.sandbox.protocol import Block, Opening, Sample
from appliance.sandbox.tracks import VIDEO_TIMESCALE
from appliance.services.copies.package.movie import TrackFacts, captions
from appliance.services.copies.package.movie_boxes import (
    SampleTable,
    TrackBoxes,
    caption_entry,
    file_type,
    movie,
    recording_start,
)
from appliance.services.copies.package.stretches import Part

__all__ = ["PLAY_MARK", "PlayMovie", "Viewer", "Viewers", "is_needed", "play_chunks", "pushed"]

PLAY_MARK = "播放用轉檔"
_BLOCK_BYTES = 4 << 20
_AT_ONCE = 32
"""So many packets are asked of a child in one request: some pictures of 4K take a second."""
_PLAIN = frozenset({"h264", "aac"})
_LARGEST_ENTRY, _LONGEST_TICKS = 1 << 17, 1 << 31


class Viewer(Protocol):
    """The part of :class:`appliance.sandbox.client.Viewer` that converts."""

    def open(self, opening: Opening) -> None: ...
    def push(self, samples: Sequence[Sample]) -> Block: ...
    def finish(self, end_ns: int = 0) -> Block: ...
    def close(self) -> None: ...


Viewers = Callable[[], Viewer]
"""A confined child of one's own. Raises Unavailable."""


def is_needed(streams: Streams) -> bool:
    """Whether a stretch has a codec that a plain Windows PC or Chromium may lack."""
    return any(stream.codec not in _PLAIN for stream in streams.streams)


def play_chunks(viewers: Viewers, parts: Iterator[Part], made: PlayMovie, end_ns: int) -> Iterator[bytes]:
    """The converted file piece by piece. A child that dies of what it was handed, or answers what no darkroom does,
    ends the file where it is: the original is whole, and ``made.end_ns`` says how far this one goes. Nothing comes if
    nothing was converted."""
    try:
        viewer = viewers()
    except Unavailable:
        return
    try:
        first = next(parts, None)
        if first is None:
            return
        viewer.open(Opening(streams=first.streams, origin_ns=made.start_ns))
        yield from filter(None, map(made.add, _blocks(viewer, first, parts, end_ns)))
    except (Unavailable, Broken):
        pass
    finally:
        viewer.close()
    yield made.finish(end_ns)


def _blocks(viewer: Viewer, first: Part, parts: Iterator[Part], end_ns: int) -> Iterator[bytes]:
    part: Part | None = first
    while part:
        yield from pushed(viewer, part)
        part = next(parts, None)
    yield viewer.finish(end_ns).data


def pushed(viewer: Viewer, part: Part) -> Iterator[bytes]:
    """What a child answers to a part, of which it is handed a little at a time: a request has its limit."""
    for at in range(0, len(part.samples), _AT_ONCE):
        yield viewer.push(part.samples[at : at + _AT_ONCE]).data


class _Track(NamedTuple):
    """A track of the child's movie, and what was taken of it. ``began``: its first run's (decode time, offset)."""

    kind: str
    timescale: int
    entry: bytes
    width: int
    height: int
    table: SampleTable
    began: list[tuple[int, int]]


class PlayMovie:
    """The child's fragments as one movie, with ``words`` in each caption. ``add`` each block, then ``finish``."""

    def __init__(self, start_ns: int, words: str) -> None:
        self.start_ns, self.end_ns, self.words = start_ns, start_ns, words
        self._tracks: dict[int, _Track] = {}
        self._waiting: list[tuple[SampleTable, list[bytes]]] = []
        self._waiting_bytes = self._at = 0
        self._shown = array("q")

    def add(self, block: bytes) -> bytes:
        """The next bytes of the file. Raises Broken for what no darkroom says."""
        try:
            moof = b""
            for kind, body in _boxes(block):
                if kind == b"moov":
                    if self._tracks:
                        raise ValueError("a second beginning")
                    self._begin(body)
                elif kind == b"moof":
                    moof = body
                elif kind == b"mdat":
                    self._take(moof, body)
        except (struct.error, ValueError, LookupError, OverflowError) as error:
            raise Broken(f"darkroom: what it converted is no fragment ({error})") from error
        return self._flush() if self._waiting_bytes >= _BLOCK_BYTES else b""

    def finish(self, end_ns: int) -> bytes:
        """The rest; nothing where nothing came."""
        tracks = [self._track(number, each) for number, each in self._tracks.items() if each.table.count]
        if not tracks:
            return b""
        lasts = (
            each.start * 10**9 // each.timescale + each.table.duration * 10**9 // each.timescale for each in tracks
        )
        self.end_ns = min(end_ns, self.start_ns + max(lasts))
        data = self._flush()
        table, samples = SampleTable(), []
        for each in captions(self.start_ns, self.end_ns, self.words):
            text = each.text.encode()
            samples.append(struct.pack(">H", len(text)) + text)
            table.add(len(samples[-1]), each.end_ms - each.start_ms)
        self._waiting, self._waiting_bytes = [(table, samples)], sum(map(len, samples))
        data += self._flush()
        text_track = TrackBoxes(max(self._tracks) + 1, "text", 1000, caption_entry(), table)
        return data + movie([*tracks, text_track], self.start_ns) + recording_start(self.start_ns)

    def shown_ns(self) -> list[int]:
        """When each picture is shown, by the child's word, in order."""
        return sorted(self.start_ns + ticks * 10**9 // VIDEO_TIMESCALE for ticks in self._shown)

    @property
    def facts(self) -> tuple[TrackFacts, ...]:
        codecs = {"video": "h264", "audio": "aac"}
        tracks = [each for each in self._tracks.values() if each.table.count]
        return tuple(
            TrackFacts(each.kind, codecs[each.kind], each.table.count, each.width, each.height) for each in tracks
        )

    @staticmethod
    def _track(number: int, track: _Track) -> TrackBoxes:
        ((decode, offset),) = track.began
        start, size = decode + offset, (track.width, track.height)
        return TrackBoxes(number, track.kind, track.timescale, track.entry, track.table, start, offset, *size)

    def _begin(self, moov: bytes) -> None:
        for kind, trak in _boxes(moov):
            if kind != b"trak" or len(self._tracks) >= 2:
                continue
            parts = dict(_boxes(trak))
            media = dict(_boxes(parts[b"mdia"]))
            tables = dict(_boxes(dict(_boxes(media[b"minf"]))[b"stbl"]))
            (number,) = struct.unpack_from(">I", parts[b"tkhd"], 12)
            width, height = struct.unpack_from(">II", parts[b"tkhd"], len(parts[b"tkhd"]) - 8)
            (timescale,) = struct.unpack_from(">I", media[b"mdhd"], 12)
            handler, entry = media[b"hdlr"][8:12], tables[b"stsd"][8:]
            if (
                handler not in (b"vide", b"soun")
                or not 0 < timescale < 1 << 31
                or len(entry) > _LARGEST_ENTRY
                or not number
            ):
                raise ValueError("a track that is neither")
            ((_, _),) = _boxes(entry)
            name = "video" if handler == b"vide" else "audio"
            self._tracks[number] = _Track(name, timescale, entry, width >> 16, height >> 16, SampleTable(), [])

    def _take(self, moof: bytes, data: bytes) -> None:
        """The samples of one fragment, which fill its data exactly; all of them or none."""
        at, runs = 0, []
        for kind, body in _boxes(moof):
            if kind != b"traf":
                continue
            parts = dict(_boxes(body))
            track = self._tracks[struct.unpack_from(">I", parts[b"tfhd"], 4)[0]]
            (decode,) = struct.unpack_from(">Q", parts[b"tfdt"], 4)
            found, samples = list(struct.iter_unpack(">IIIi", parts[b"trun"][12:])), []
            for duration, size, _, _ in found:
                if at + size > len(data) or duration >= _LONGEST_TICKS:
                    raise ValueError("a sample beyond its data, or without an end")
                samples.append(data[at : at + size])
                at += size
            hole = decode - (track.began[0][0] + track.table.duration if track.began else 0)
            if hole >= _LONGEST_TICKS:
                raise ValueError("a hole without an end")
            if found and not track.began and decode + found[0][3] < 0:
                raise ValueError("a picture before the beginning")
            if found:
                runs.append((track, decode, hole, found, samples))
        if at != len(data):
            raise ValueError("data of no sample")
        for track, decode, hole, found, samples in runs:
            if track.kind == "video":
                self._show(decode, track.timescale, found)
            if not track.began:
                track.began.append((decode, found[0][3]))
            elif hole > 0:
                track.table.lengthen(hole)
            for duration, size, flags, offset in found:
                track.table.add(size, duration, offset, is_key=bool(flags & 0x02000000))
            self._waiting.append((track.table, samples))
        self._waiting_bytes += at

    def _show(self, decode: int, timescale: int, found: Sequence[tuple[int, int, int, int]]) -> None:
        for duration, _, _, offset in found:
            self._shown.append((decode + offset) * VIDEO_TIMESCALE // timescale)
            decode += duration

    def _flush(self) -> bytes:
        if not self._waiting:
            return b""
        head = b"" if self._at else self._count(file_type("mp4"))
        at, parts = self._at + 8, [struct.pack(">I4s", 8 + self._waiting_bytes, b"mdat")]
        for table, samples in self._waiting:
            table.chunk(at, len(samples))
            at += sum(map(len, samples))
            parts += samples
        self._waiting, self._waiting_bytes = [], 0
        return head + self._count(b"".join(parts))

    def _count(self, data: bytes) -> bytes:
        self._at += len(data)
        return data


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of boxes that fill ``data`` exactly. Raises ValueError."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if not 8 <= size <= len(data) - at:
            raise ValueError("a box beyond its end")
        yield kind, data[at + 8 : at + size]
        at += size
