"""What a ring holds, read with every key in hand: the stopped office's own vault, opened by the officer's password."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from appliance.api import Packet, Streams
from appliance.core.clock import Clock, SystemClock
from appliance.core.model import Gap, Span
from appliance.core.settings import Settings
from appliance.formats.fragments import decode_fragment, decode_streams, packet_wall_ns
from appliance.formats.segment import MEDIA, STREAMS, SegmentOpener
from appliance.keeper.stores import open_stores
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box

__all__ = ["Held", "held", "held_in"]


@dataclass
class Held:
    """One camera's footage in the order of recording. ``items`` has a description before the packets it is for."""

    items: list[Streams | Packet]
    walls: list[int]
    segments: int
    buckets: int
    gaps: list[Gap]

    def packets(self, stream: int) -> list[Packet]:
        return [item for item in self.items if isinstance(item, Packet) and item.stream == stream]

    @property
    def last_ns(self) -> int:
        return max(self.walls, default=0)


def held(box: Box) -> dict[str, Held]:
    """Everything of every camera. The box is stopped; what its recorder left open is read as it lies."""
    cameras = {camera.camera_no for camera in box.cameras}
    return held_in(box.settings, SystemClock(assume_trusted=True), cameras)


def held_in(settings: Settings, clock: Clock, cameras: Collection[str]) -> dict[str, Held]:
    """Everything of these cameras in a stopped office."""
    found: dict[str, Held] = {}
    with open_stores(settings, RealFs(), clock) as stores:
        office, ring = stores.office, stores.ring
        always = Span(0, 1 << 62)
        with office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault:
            for camera_no in cameras:
                camera = found[camera_no] = Held([], [], 0, 0, ring.index.noted_gaps(camera_no, always))
                for stretch in ring.find(camera_no, always):
                    stored = office.key_store.sealed(stretch.bucket_id)
                    if stored is None:
                        raise AssertionError(f"bucket {stretch.bucket_id} has no key")
                    camera.buckets += 1
                    with vault.open_buckets([stored]) as keys:
                        for segment in stretch.segments:
                            camera.segments += 1
                            read_at = functools.partial(ring.shelves.read_at, stretch.bucket_id, segment.number)
                            opener = SegmentOpener(read_at, segment.bytes, keys[stretch.bucket_id])
                            for item, wall in _read(opener):
                                camera.items.append(item)
                                camera.walls += [wall] if wall else []
    return found


def _read(opener: SegmentOpener) -> Iterator[tuple[Streams | Packet, int]]:
    bases: dict[int, tuple[int, int]] = {}
    for frame in opener.frames():
        if frame.type == STREAMS:
            streams = decode_streams(opener.open(frame))
            bases = {stream.number: stream.time_base for stream in streams.streams}
            yield streams, 0
        elif frame.type == MEDIA:
            fragment = decode_fragment(opener.open(frame))
            for packet in fragment.packets:
                yield packet, packet_wall_ns(fragment, packet, bases[packet.stream])
