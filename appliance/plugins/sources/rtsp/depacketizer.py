"""What every reader of an RTP stream has in common: order, time stamps, what is missing (RFC 3550). Pure.

What arrives is a stranger's. A packet that makes no sense spoils its picture (``is_corrupt``) and nothing else, memory
is bounded, and no byte is looked into further than the payload formats need. Not a plugin; ``rtp.py`` has the readers.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod

from appliance.api import NO_PTS, Packet
from appliance.plugins.sources.rtsp.rtp_packets import bounds, signed
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["Depacketizer", "OutOfOrder"]

_RTP = struct.Struct(">BBHI").unpack_from
_PLAIN = 0x80
"""First byte of a packet with version 2, no padding, no extension, no contributing sources: nearly all."""

_OFTEN, _ENOUGH = 4, 16
"""Where more numbers than one in so many do not follow the one before, they mean nothing: in the connection nothing is
lost, and some cameras count picture and sound in one row. Known after so many packets."""

_MANY_STRANGE = 20
"""So many packets of a type that the description does not have, and none of the right one, are the stream."""

_MOST_HEARD = 512
"""Packets of another sender that are kept until it is seen whether it is the camera."""

_NEAR_SECONDS = 2
"""Another sender whose time is so little later goes on with that of the one before."""

_FAR_SECONDS = 10
"""A camera that says that it starts further away from its first packet does not know what it says."""


class OutOfOrder(Exception):
    """The camera sends units in another order than that in which they are decoded, which is not put right here."""


class Depacketizer(ABC):
    """One stream's. :meth:`feed` it RTP packets; what is whole is appended to ``out``.

    Time stamps count from :attr:`origin`, the camera's time stamp at the stream's start, in the stream's time base.
    """

    # By slots: an object with more than thirty attributes of its own is looked up by name, which is felt here.
    __slots__ = (
        "_count", "_heard", "_heard_at", "_jumps", "_last_pts", "_last_stamp", "_number", "_payload_type", "_rate",
        "_sequence", "_spoiled", "_stamp", "_strange", "_strange_at", "_time", "announced", "begins_ns", "media",
        "origin", "source",
    )  # fmt: skip

    def __init__(self, media: Media) -> None:
        self.media = media
        self.origin: int | None = None
        self._number, self._payload_type = media.stream.number, media.payload_type
        self._rate = media.stream.time_base[1]
        self.begins_ns = 0
        """What the time at the origin is, where this goes on with what another connection gave."""
        self.source: int | None = None
        """Who sends (SSRC), once something came."""
        self.announced: int | None = None
        """Who would send by the camera's word, which need not be so."""
        self._sequence = -1
        self._count = self._jumps = 0
        self._strange: list[bytearray] = []
        self._strange_at = (0, -1)
        self._heard: list[tuple[int, bytearray]] = []
        self._heard_at = (0, -1)
        self._stamp = -1
        self._last_stamp = 0
        self._time = 0
        self._last_pts = NO_PTS
        self._spoiled = False

    def feed(self, data: bytearray, at: int, end: int, out: list[Packet]) -> None:
        """The RTP packet in ``data[at:end]``. Raises CameraLost when a picture has no end."""
        if end - at < 13:
            return
        first, second, sequence, stamp = _RTP(data, at)
        payload = at + 12
        if first != _PLAIN:
            payload, end = bounds(data, at, end, first)
            if payload >= end:
                if sequence == self._sequence:  # padding alone has a number, too
                    self._sequence = sequence + 1 & 0xFFFF
                return
        if second & 0x7F != self._payload_type and not self._takes(second & 0x7F, data, at, end, out):
            return
        if sequence != self._sequence:  # who sends is looked at here alone: nobody else has just this number
            source, last = int.from_bytes(data[at + 8 : at + 12], "big"), self._sequence
            if last < 0 and self.announced in (None, source):
                self._first(source, stamp)
            elif source != self.source:
                self._hear(data[at:end], source, stamp, out)
                return
            elif sequence != last - 1 & 0xFFFF:
                self._jumps += 1
                if self._count < _ENOUGH or self._jumps * _OFTEN < self._count:
                    self._spoil()
            elif self._repeats(data, payload, end, stamp):
                return
        self._sequence = sequence + 1 & 0xFFFF
        self._count += 1
        self._take(data, payload, end, stamp, second > 0x7F, out)

    def inside(self, data: bytearray, at: int, fill: int, channel: int) -> int:
        """Takes the packets that follow at ``at``, framed on ``channel``, as long as they are the middle of what the
        last one began. Returns where the first other one begins. The same comes of it as of feeding each."""
        return at

    def takes(self, payload_type: int) -> bool:
        """Whether packets of this type are the stream."""
        return payload_type == self._payload_type

    @property
    def highest(self) -> int:
        """The highest sequence number, for a report to the camera."""
        return self._sequence - 1 & 0xFFFF

    def _first(self, source: int, stamp: int) -> None:
        if self.origin is None or abs(signed(stamp - self.origin)) > _FAR_SECONDS * self._rate:
            self.origin = stamp
        self.source = source

    def _begin_source(self, source: int, stamp: int, out: list[Packet]) -> None:
        """Another sender (SSRC) begins, whose time stamps begin anywhere."""
        self._spoil()
        if not 0 <= signed(stamp - self._last_stamp) <= _NEAR_SECONDS * self._rate:
            self._finish(out)
            self._last_stamp = stamp - self._step() & 0xFFFFFFFF
        self.source = source

    def _finish(self, out: list[Packet]) -> None:  # noqa: B027  (most streams keep nothing)
        """What is kept of the last picture comes out: its time is not that of what follows."""

    def _hear(self, packet: bytearray, source: int, stamp: int, out: list[Packet]) -> None:
        """A packet of another sender. It may be one of somebody else's in between, or the sender from now on: then
        nothing of the one before comes for a second of its time, and what came is the stream."""
        # Of some cameras each packet has another sender, and the numbers go on.
        follows = bool(self._heard) and _number(packet) == _number(self._heard[-1][1]) + 1 & 0xFFFF
        if self._heard_at[0] != self._count or (self._heard_at[1] != source and not follows):
            self._heard = []
        self._heard_at = (self._count, source)
        self._heard.append((stamp, packet))
        if abs(signed(stamp - self._heard[0][0])) < self._rate and len(self._heard) < _MOST_HEARD:
            return
        heard, self._heard = self._heard, []
        if self._sequence < 0:
            self.announced = None
            self._first(source, heard[0][0])
        else:
            self._begin_source(source, heard[0][0], out)
        self._sequence = _number(heard[0][1])
        for _, each in heard:
            self.feed(each, 0, len(each), out)

    def _repeats(self, data: bytearray, at: int, end: int, stamp: int) -> bool:
        """Whether a packet with the number of the last one is that one again; of some cameras the number stands
        still."""
        return stamp == self._last_stamp

    def _takes(self, payload_type: int, data: bytearray, at: int, end: int, out: list[Packet]) -> bool:
        """Whether packets of a type that the description does not have are the stream all the same: where many of this
        one come and none of the right type; they are kept until that is seen. Sound has other types for good reasons,
        so it must never have had the right one."""
        if self._strange_at != (self._count, payload_type):
            self._strange_at, self._strange = (self._count, payload_type), []
        if self._count and self.media.stream.kind == "audio":
            return False
        if len(self._strange) + 1 < _MANY_STRANGE:
            self._strange.append(data[at:end])
            return False
        self._payload_type = payload_type
        strange, self._strange = self._strange, []
        for each in strange:
            self.feed(each, 0, len(each), out)
        return True

    def _steps_back(self) -> bool:
        """Whether what has an earlier time than the one before means that the camera's time was set back."""
        return True

    def _step(self) -> int:
        """Ticks from one packet of a time of its own to the next, as far as that is known."""
        return self._rate // 30

    def settle(self, out: list[Packet]) -> None:  # noqa: B027  (most streams have nothing to settle)
        """Nothing more has arrived: what is whole comes out now and not with the next packet."""

    def time_of(self, stamp: int) -> int:
        """A time stamp of the camera, counted from the origin on; near the last one, whatever way it wrapped."""
        if self._last_pts == NO_PTS:
            return signed(stamp - (self.origin or 0)) + self.begins_ns * self._rate // 1_000_000_000
        return self._time + signed(stamp - self._last_stamp)

    @property
    def reached_ns(self) -> int | None:
        """The time of the last one, None before the first."""
        return None if self._last_pts == NO_PTS else self._last_pts * 1_000_000_000 // self._rate

    def time_ns(self, stamp: int) -> int:
        """The same in nanoseconds."""
        return self.time_of(stamp) * 1_000_000_000 // self._rate

    def shift(self, by_ns: int) -> None:
        """From now on everything is so much later on the time line."""
        ticks = by_ns * self._rate // 1_000_000_000
        self._time += ticks
        if self.origin is not None:
            self.origin = self.origin - ticks & 0xFFFFFFFF

    @abstractmethod
    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        """One RTP payload, ``data[at:end]``."""

    def _spoil(self) -> None:
        """Packets are missing before this one."""
        self._spoiled = True

    def _emit(self, data: bytes, stamp: int, duration: int, is_key: bool, out: list[Packet]) -> None:
        pts = self.time_of(stamp)
        if pts < self._last_pts and signed(stamp - self._last_stamp) < 0 and self._steps_back():
            self._last_stamp = stamp - self._step() & 0xFFFFFFFF
            pts = self.time_of(stamp)
        # Pictures in another order than they are shown come without a word on when to decode them.
        dts = pts if self._last_pts == NO_PTS or pts > self._last_pts else NO_PTS
        self._time, self._last_stamp = pts, stamp
        self._last_pts = pts if self._last_pts == NO_PTS else max(pts, self._last_pts)
        out.append(Packet(self._number, data, pts, dts, duration, is_key, self._spoiled))
        self._spoiled = False


def _number(packet: bytearray) -> int:
    """The sequence number of an RTP packet."""
    return int.from_bytes(packet[2:4], "big")
