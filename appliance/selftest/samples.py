"""What is taken from a camera for one look, and how it travels: a key frame, some sound, the count of the rest. Pure.

A tap is asked for, gathers while packets go by, and gives one message. It copies what is recorded and holds back
nothing of it; sound that is not approved never gets in (``D-16``), only the fact that there is some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.core.errors import Broken
from appliance.core.model import CameraNote, from_wire, to_wire

__all__ = ["FOLLOWING", "MAX_TAKEN_BYTES", "Taken", "TakenPacket", "Tap", "decode_taken"]

MAX_TAKEN_BYTES = 8 << 20
"""A key frame of four thousand pixels' width has a quarter of this."""

FOLLOWING = 5
"""Pictures after the key frame, where they are wanted: a fifth of a second of most cameras."""

_SECONDS_NS = 2_000_000_000
_KEY_WAIT_NS = 12_000_000_000
_ROOM_BYTES = 64 << 10


class TakenPacket(NamedTuple):
    """One packet. ``data`` is empty where only its coming counts. ``stamp_ns`` by the camera's time line, or None."""

    stream: int
    data: bytes
    stamp_ns: int | None
    arrival_ns: int
    is_key: bool
    is_corrupt: bool


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One look's worth. Video packets begin with the key frame. ``unapproved_sound``: the camera sends sound that is
    not approved, and none of it is here. ``identity``: what the device told of itself; ``notes``: what is to be known
    of how it is read, where somebody looks at a camera that is not recorded yet."""

    streams: Streams
    packets: tuple[TakenPacket, ...]
    unapproved_sound: bool = False
    identity: dict[str, str] = {}
    notes: tuple[CameraNote, ...] = ()

    @property
    def video(self) -> Stream | None:
        return next((stream for stream in self.streams.streams if stream.kind == "video"), None)

    @property
    def audio(self) -> Stream | None:
        return next((stream for stream in self.streams.streams if stream.kind == "audio"), None)

    def of(self, stream: Stream | None) -> list[TakenPacket]:
        """The packets of ``stream`` in the order in which they came."""
        return [packet for packet in self.packets if stream is not None and packet.stream == stream.number]


def decode_taken(body: bytes) -> Taken:
    """Raises Broken for what is no such message."""
    try:
        return from_wire(body, Taken)
    except msgspec.MsgspecError as error:
        raise Broken(f"look: what was taken cannot be read ({error})") from error


class Tap:
    """Of one camera's process. ``sound``: whether its sound is approved. Not thread-safe."""

    def __init__(self, *, sound: bool) -> None:
        self._sound = sound
        self._streams: Streams | None = None
        self._identity: dict[str, str] = {}
        self._kept: dict[int, Stream] = {}
        self._unapproved = False
        self._packets: list[TakenPacket] | None = None
        self._whole = self._brief = False
        self._key_ns: int | None = None
        self._asked_ns = self._bytes = self._pictures = 0

    def describe(self, streams: Streams) -> None:
        """The camera's streams from now on; what was being gathered is dropped, the order stands."""
        self._unapproved = not self._sound and any(one.kind == "audio" for one in streams.streams)
        first: dict[str, Stream] = {}
        for stream in streams.streams:
            if stream.kind == "video" or self._sound:
                first.setdefault(stream.kind, stream)
        self._streams = Streams(tuple(first.values()))
        self._kept = {stream.number: stream for stream in first.values()}
        if self._packets is not None:
            self._begin()

    def identify(self, identity: Mapping[str, str]) -> None:
        """What the device told of itself; it goes with each message."""
        self._identity = dict(identity)

    def ask(self, *, whole: bool, now_ns: int, brief: bool = False) -> None:
        """Gather from the next key frame on; ``whole``: with the pictures after it; ``brief``: that frame alone."""
        self._whole, self._brief, self._asked_ns = whole, brief, now_ns
        self._begin()

    def _begin(self) -> None:
        self._packets, self._key_ns, self._bytes, self._pictures = [], None, 0, 0

    def feed(self, packet: Packet, arrival_ns: int) -> bytes | None:
        """Takes in a packet that is recorded, too; the message once it is complete. An order without a key frame in
        twelve seconds, or over which the clock was set, comes back with what there is: nothing."""
        if self._packets is None:
            return None
        stream = self._kept.get(packet.stream)
        if stream is None:
            return None
        if self._key_ns is None:
            if not 0 <= arrival_ns - self._asked_ns < _KEY_WAIT_NS:
                return self._give()
            if stream.kind != "video" or not packet.is_key:
                return None
            self._key_ns = arrival_ns
        elif not 0 <= arrival_ns - self._key_ns < _SECONDS_NS:
            return self._give()
        self._keep(packet, stream, arrival_ns)
        return self._give() if self._brief else None

    def _keep(self, packet: Packet, stream: Stream, arrival_ns: int) -> None:
        wanted = stream.kind == "audio"
        if stream.kind == "video":
            wanted = self._pictures == 0 or (self._whole and self._pictures <= FOLLOWING)
            self._pictures += 1
        if wanted and self._bytes + len(packet.data) > MAX_TAKEN_BYTES - _ROOM_BYTES:
            wanted = False
        stamp = packet.pts if packet.pts != NO_PTS else packet.dts
        num, den = stream.time_base
        stamp_ns = None if stamp == NO_PTS else stamp * num * 1_000_000_000 // den
        if stamp_ns is not None and abs(stamp_ns) >= 1 << 62:
            stamp_ns = None
        data = packet.data if wanted else b""
        self._bytes += len(data)
        taken = TakenPacket(packet.stream, data, stamp_ns, arrival_ns, packet.is_key, packet.is_corrupt)
        if self._packets is not None and len(self._packets) < 4096:
            self._packets.append(taken)

    def _give(self) -> bytes:
        packets, self._packets = tuple(self._packets or ()), None
        streams = self._streams or Streams(())
        taken = Taken(streams=streams, packets=packets, unapproved_sound=self._unapproved, identity=self._identity)
        return to_wire(taken)
