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

__all__ = ["Depacketizer"]

_RTP = struct.Struct(">BBHI").unpack_from
_PLAIN = 0x80
"""First byte of a packet with version 2, no padding, no extension, no contributing sources: nearly all."""

_MANY_STRANGE = 20
"""So many packets of a type that the description does not have, and none of the right one, are the stream."""

_FAR_SECONDS = 10
"""A camera that says that it starts further away from its first packet does not know what it says."""


class Depacketizer(ABC):
    """One stream's. :meth:`feed` it RTP packets; what is whole is appended to ``out``.

    Time stamps count from :attr:`origin`, the camera's time stamp at the stream's start, in the stream's time base.
    """

    def __init__(self, media: Media) -> None:
        self.media = media
        self.origin: int | None = None
        self._number, self._payload_type = media.stream.number, media.payload_type
        self._rate = media.stream.time_base[1]
        self.source: int | None = None
        """Who sends (SSRC), once something came."""
        self._sequence = -1
        self._strange_type, self._strange, self._count = -1, 0, 0
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
                return
        if second & 0x7F != self._payload_type and not self._takes(second & 0x7F):
            return
        if sequence != self._sequence:
            self._jumped(int.from_bytes(data[at + 8 : at + 12], "big"), stamp)
        self._sequence = sequence + 1 & 0xFFFF
        self._count += 1
        self._take(data, payload, end, stamp, bool(second & 0x80), out)

    def takes(self, payload_type: int) -> bool:
        """Whether packets of this type are the stream."""
        return payload_type == self._payload_type

    @property
    def highest(self) -> int:
        """The highest sequence number, for a report to the camera."""
        return self._sequence - 1 & 0xFFFF

    def _jumped(self, source: int, stamp: int) -> None:
        """The first packet, or one that does not follow the last: some are missing, or another sender (SSRC) began,
        whose time stamps begin anywhere."""
        if self._sequence < 0:
            if self.origin is None or abs(signed(stamp - self.origin)) > _FAR_SECONDS * self._rate:
                self.origin = stamp
        else:
            self._spoil()
            if source != self.source:
                self._last_stamp = stamp - self._step() & 0xFFFFFFFF
        self.source = source

    def _takes(self, payload_type: int) -> bool:
        """Whether packets of a type that the description does not have are the stream all the same: where none of the
        right type ever came, and many of this one."""
        if self._count:
            return False
        self._strange = self._strange + 1 if payload_type == self._strange_type else 1
        self._strange_type = payload_type
        if self._strange < _MANY_STRANGE:
            return False
        self._payload_type = payload_type
        return True

    def _step(self) -> int:
        """Ticks from one packet of a time of its own to the next, as far as that is known."""
        return self._rate // 30

    def settle(self, out: list[Packet]) -> None:  # noqa: B027  (most streams have nothing to settle)
        """Nothing more has arrived: what is whole comes out now and not with the next packet."""

    def time_of(self, stamp: int) -> int:
        """A time stamp of the camera, counted from the origin on; near the last one, whatever way it wrapped."""
        if self._last_pts == NO_PTS:
            return signed(stamp - (self.origin or 0))
        return self._time + signed(stamp - self._last_stamp)

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
        # Pictures in another order than they are shown come without a word on when to decode them.
        dts = pts if self._last_pts == NO_PTS or pts > self._last_pts else NO_PTS
        self._time, self._last_stamp = pts, stamp
        self._last_pts = pts if self._last_pts == NO_PTS else max(pts, self._last_pts)
        out.append(Packet(self._number, data, pts, dts, duration, is_key, self._spoiled))
        self._spoiled = False
