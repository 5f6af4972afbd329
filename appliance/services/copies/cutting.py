"""A fragment cut to the granted minutes, and a segment of a copy as it is written.

What counts as inside is playback's rule: a picture by when it was taken, sound only if it also ended by then; the first
picture is the first key frame inside.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import NamedTuple

from appliance.api import NO_PTS, Packet, Streams
from appliance.core.model import SegmentFile, Span
from appliance.formats.fragments import Fragment, encode_fragment, encode_streams
from appliance.formats.segment import MAX_FRAMES, MEDIA, STARTS_WITH_KEY, STREAMS, SegmentSealer
from appliance.services.viewing.samples import length_ns, places_of
from appliance.storage.files import File

__all__ = ["Cut", "SegmentWriter", "cut"]


class Cut(NamedTuple):
    """What is left of a fragment, from its first packet on. ``has_key``: a key frame is in it; ``starts_with_key``: its
    first picture is one."""

    fragment: Fragment
    start_ns: int
    has_key: bool
    starts_with_key: bool


def cut(fragment: Fragment, streams: Streams, span: Span, *, from_key: bool) -> Cut | None:
    """The packets of a fragment that lie in ``span``; None without any. ``from_key``: nothing before its first key
    frame inside, neither picture nor sound. A packet that the camera gave no time keeps its place: where its neighbours
    were cut away it is stamped with it."""
    known = {stream.number: stream for stream in streams.streams}
    places = places_of(fragment, streams)
    kept: list[tuple[int, Packet]] = []
    begun = not from_key
    for index, packet in enumerate(fragment.packets):
        stream = known.get(packet.stream)
        if stream is None or not packet.data or not span.holds(places[index]):
            continue
        is_picture = stream.kind == "video"
        if not is_picture and places[index] + length_ns(packet, stream) > span.end_ns:
            continue
        begun = begun or (is_picture and packet.is_key)
        if begun:
            kept.append((places[index], packet))
    if not kept:
        return None
    whole = len(kept) == len(fragment.packets)
    packets = tuple(packet if whole else _stamped(packet, at_ns, fragment, known[packet.stream].time_base)
                    for at_ns, packet in kept)  # fmt: skip
    pictures = [packet for packet in packets if known[packet.stream].kind == "video"]
    return Cut(
        fragment._replace(packets=packets),
        min(at_ns for at_ns, _ in kept),
        any(packet.is_key for packet in pictures),
        bool(pictures and pictures[0].is_key),
    )


def _stamped(packet: Packet, at_ns: int, fragment: Fragment, time_base: tuple[int, int]) -> Packet:
    if packet.pts != NO_PTS or packet.dts != NO_PTS:
        return packet
    media_ns = at_ns - fragment.anchor_wall_ns + fragment.anchor_media_ns
    return packet._replace(pts=-(-media_ns * time_base[1] // (time_base[0] * 1_000_000_000)))


class SegmentWriter:
    """One segment file of a copy, from its header to its footer. ``write_under``: the lock that is held for each write,
    and ``check`` is called under it: a copy that ended takes no byte more."""

    def __init__(
        self,
        open_file: Callable[[], File],
        sealer: SegmentSealer,
        streams: Streams,
        base_ns: int,
        write_under: threading.RLock,
        check: Callable[[], None],
    ) -> None:
        self.streams, self._sealer, self._base_ns = streams, sealer, base_ns
        self._lock, self._check = write_under, check
        self._digest, self._ms = hashlib.sha256(), 0
        self.bytes = self.frames = self.start_ns = 0
        with self._lock:
            self._check()
            self._file = open_file()
        self._write(sealer.header)
        self._put(sealer.frame(STREAMS, encode_streams(streams), ms=0))

    @property
    def is_full(self) -> bool:
        return self.frames >= MAX_FRAMES - 1

    def add(self, part: Cut) -> None:
        """Seals what is left of the next fragment. Raises OSError, NotFound once the copy ended."""
        self.start_ns = self.start_ns or part.start_ns
        self._ms = max(self._ms, (part.start_ns - self._base_ns) // 1_000_000)
        flags = STARTS_WITH_KEY if part.starts_with_key else 0
        self._put(self._sealer.frame(MEDIA, encode_fragment(part.fragment), ms=self._ms, flags=flags))

    def close(self, number: int, end_ns: int) -> SegmentFile:
        """The segment with its footer, durable."""
        self._write(self._sealer.footer())
        with self._lock:
            self._check()
            self._file.sync()
        self._file.close()
        return SegmentFile(
            number=number,
            bytes=self.bytes,
            sha256=self._digest.hexdigest(),
            frames=self.frames,
            start_ns=self.start_ns,
            end_ns=end_ns,
        )

    def abandon(self) -> None:
        """Lets the file go as it is."""
        self._file.close()

    def _put(self, frame: bytes) -> None:
        self._write(frame)
        self.frames += 1

    def _write(self, data: bytes) -> None:
        with self._lock:
            self._check()
            self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)
