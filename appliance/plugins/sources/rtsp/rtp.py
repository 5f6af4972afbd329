"""From RTP packets to pictures and sound as the camera encoded them: RFC 6184, 7798, 3640, 3551, 7587. Pure.

What arrives is a stranger's. A packet that makes no sense spoils its picture (``is_corrupt``) and nothing else, memory
is bounded, and no byte is looked into further than the payload formats need. Not a plugin; ``source.py`` reads with it.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod

from appliance.api import NO_PTS, CameraLost, Packet, split_nals
from appliance.plugins.sources.rtsp.rtp_packets import bounds, past_start_code, signed
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["MAX_PICTURE_BYTES", "Depacketizer", "depacketizer"]

MAX_PICTURE_BYTES = 8 << 20
_START_CODE = b"\x00\x00\x00\x01"
_MOST_AHEAD_BYTES = 64 << 10
"""Parameter sets and messages that wait for their picture; what is longer is handed on as it is."""

_RTP = struct.Struct(">BBHI").unpack_from
_PLAIN = 0x80
"""First byte of a packet with version 2, no padding, no extension, no contributing sources: nearly all."""

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
        self._sequence = -1
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
        if second & 0x7F != self._payload_type:
            return
        if sequence != self._sequence:
            if self._sequence >= 0:
                self._spoil()
            elif self.origin is None or abs(signed(stamp - self.origin)) > _FAR_SECONDS * self._rate:
                self.origin = stamp
        self._sequence = sequence + 1 & 0xFFFF
        self._take(data, payload, end, stamp, bool(second & 0x80), out)

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


class _Video(Depacketizer):
    """Collects what has one time stamp into one picture. The marker bit alone does not end it: some cameras set it
    after each parameter set, too.

    Cameras err in three ways that would leave footage without a key frame, and that are put right here. Parameter sets
    under a time stamp of their own, or under that of the picture before, go ahead of the next picture. A "NAL unit"
    that is several in Annex B is looked into for the kinds of units it holds. A start code ahead of a unit is left out.
    """

    PICTURES: frozenset[int]
    KEYS: frozenset[int]
    SETS: frozenset[int]

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._parts: list[bytes | bytearray] = []
        self._size = 0
        self._is_key = self._whole = self._in_unit = False
        self._is_picture = self._has_sets = False
        self._ahead = self._after = b""
        self._length = 0

    def settle(self, out: list[Packet]) -> None:
        if self._whole and self._parts:
            self._end(out)

    def _begin(self, stamp: int, out: list[Packet]) -> None:
        if self._parts:
            self._end(out)
        self._stamp, self._in_unit = stamp, False

    def _end(self, out: list[Packet]) -> None:
        data = b"".join((self._ahead, *self._parts))
        self._parts.clear()
        self._ahead, self._after, self._size = self._after, b"", 0
        if not self._is_picture or (self._has_sets and not self._is_key):
            self._look_into(data)
        if not self._is_picture and len(data) + len(self._ahead) <= _MOST_AHEAD_BYTES:
            self._ahead, self._whole = data + self._ahead, False  # a recovery point keeps ``_is_key`` for its picture
            return
        before = self._last_pts
        if before != NO_PTS:
            length = self.time_of(self._stamp) - before
            if 0 < length <= self._rate:
                self._length = length
        self._emit(data, self._stamp, self._length, self._is_key, out)
        self._is_key = self._whole = self._is_picture = self._has_sets = False

    def _look_into(self, data: bytes) -> None:
        """What the units of ``data`` are, by start codes: no unit has one inside (H.264 and H.265 section 7.4.1)."""
        for unit in split_nals(data):
            self._note(self._kind(unit[0]), unit, 0, len(unit))

    def _note(self, kind: int, data: bytes | bytearray, at: int, end: int) -> None:
        """A unit of this kind is part of the picture; ``data[at:end]`` is as much of it as there is."""
        if kind in self.PICTURES:
            self._is_picture = True
        if kind in self.KEYS:
            self._is_key = True
        if kind in self.SETS:
            self._has_sets = True

    def _spoil(self) -> None:
        super()._spoil()
        self._in_unit = False

    def _add(self, head: bytes, data: bytearray) -> None:
        """A piece of the picture; ``head`` belongs ahead of it and may be empty."""
        if head:
            self._parts.append(head)
        self._parts.append(data)
        self._size += len(head) + len(data)
        if self._size > MAX_PICTURE_BYTES:
            raise CameraLost(f"camera: a picture of over {MAX_PICTURE_BYTES} bytes; reconnecting")

    def _several(self, data: bytearray, at: int, end: int) -> None:
        """Units with their sizes ahead of them, in one packet."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            at += 2
            if not size or at + size > end:
                self._spoiled = True
                return
            self._unit(data, past_start_code(data, at, at + size), at + size)
            at += size

    def _unit(self, data: bytearray, at: int, end: int) -> None:
        """One NAL unit, ``data[at:end]``, or what a camera takes for one."""
        kind = self._kind(data[at])
        if kind in self.SETS and self._is_picture and data.find(b"\x00\x00\x01", at, end) < 0:
            # Sets after a picture begin the next one, whatever their time stamp is (section 7.4.1.2.3, 7.4.2.4.4).
            if len(self._after) <= _MOST_AHEAD_BYTES:
                self._after += _START_CODE + data[at:end]
            return
        self._note(kind, data, at, end)
        self._add(_START_CODE, data[at:end])

    @staticmethod
    @abstractmethod
    def _kind(head: int) -> int:
        """The kind of a unit by its first byte."""


class _H264(_Video):
    """RFC 6184, single units, STAP-A and FU-A."""

    PICTURES, KEYS, SETS = frozenset(range(1, 6)), frozenset({5}), frozenset({7, 8})

    @staticmethod
    def _kind(head: int) -> int:
        return head & 31

    def _note(self, kind: int, data: bytes | bytearray, at: int, end: int) -> None:
        super()._note(kind, data, at, end)
        if kind == 6 and end - at > 1 and data[at + 1] == 6:  # SEI recovery point
            self._is_key = True

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if stamp != self._stamp:
            self._begin(stamp, out)
        if not data[at]:
            at = past_start_code(data, at, end)
        kind = data[at] & 31
        if kind == 28:
            self._fragment(data, at, end)
        elif 0 < kind < 24:
            self._unit(data, at, end)
        elif kind == 24:
            self._several(data, at + 1, end)
        else:
            self._spoiled = True
        if marker:
            self._whole = True

    def _fragment(self, data: bytearray, at: int, end: int) -> None:
        if end - at < 3:
            self._spoiled = True
            return
        head, start = data[at + 1], b""
        if head & 0x80:
            kind = head & 31
            self._note(kind, data, at, at)
            self._in_unit = True
            start = _START_CODE + bytes((data[at] & 0xE0 | kind,))
        if not self._in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 2 : end])
        if head & 0x40:
            self._in_unit = False


class _Hevc(_Video):
    """RFC 7798, single units, AP and FU, in the order in which they are decoded."""

    PICTURES, KEYS, SETS = frozenset(range(32)), frozenset(range(16, 22)), frozenset({32, 33, 34})

    @staticmethod
    def _kind(head: int) -> int:
        return head >> 1 & 63

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if end - at < 3:
            self._spoiled = True
            return
        if stamp != self._stamp:
            self._begin(stamp, out)
        if not data[at]:
            at = past_start_code(data, at, end)
        kind = data[at] >> 1 & 63
        if kind == 49:
            self._fragment(data, at, end)
        elif kind < 48:
            self._unit(data, at, end)
        elif kind == 48:
            self._several(data, at + 2, end)
        else:
            self._spoiled = True
        if marker:
            self._whole = True

    def _fragment(self, data: bytearray, at: int, end: int) -> None:
        if end - at < 4:
            self._spoiled = True
            return
        head, start = data[at + 2], b""
        if head & 0x80:
            kind = head & 63
            if data[at + 1] & 7:
                self._note(kind, data, at, at)
            else:
                self._has_sets = True  # no header at all, but a start code: what is in it shows when it is whole
            self._in_unit = True
            start = _START_CODE + bytes((data[at] & 0x81 | kind << 1, data[at + 1]))
        if not self._in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 3 : end])
        if head & 0x40:
            self._in_unit = False


class _Aac(Depacketizer):
    """RFC 3640: frames whose sizes stand in a row ahead of them; one frame may be spread over several packets."""

    FRAME = 1024

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._size_bits, self._index_bits = media.au_header
        self._partial = bytearray()
        self._partial_size = 0

    def _spoil(self) -> None:
        super()._spoil()
        self._partial.clear()
        self._partial_size = 0

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        header_bits = data[at] << 8 | data[at + 1] if end - at > 2 else 0
        each = self._size_bits + self._index_bits
        count = header_bits // each
        headers = at + 2
        at = headers + (header_bits + 7) // 8
        if not count or at >= end:
            self._spoiled = True
            return
        row = int.from_bytes(data[headers:at], "big") >> (8 * (at - headers) - header_bits)
        mask = (1 << self._size_bits) - 1
        sizes = [row >> each * (count - 1 - number) + self._index_bits & mask for number in range(count)]
        if count == 1 and (self._partial_size or sizes[0] > end - at):
            self._spread(data, at, end, sizes[0], stamp, out)
            return
        for number, size in enumerate(sizes):
            if not size or at + size > end:
                self._spoiled = True
                return
            self._emit(bytes(data[at : at + size]), stamp + number * self.FRAME & 0xFFFFFFFF, self.FRAME, True, out)
            at += size

    def _spread(self, data: bytearray, at: int, end: int, size: int, stamp: int, out: list[Packet]) -> None:
        if self._partial_size != size:
            self._partial.clear()
        self._partial_size = size
        self._partial += data[at:end]
        if len(self._partial) >= size:
            if len(self._partial) == size:
                self._emit(bytes(self._partial), stamp, self.FRAME, True, out)
            else:
                self._spoiled = True
            self._partial.clear()
            self._partial_size = 0


class _Whole(Depacketizer):
    """A packet's payload is the frame: G.711 (a byte a sample, RFC 3551) and Opus (RFC 7587)."""

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._is_opus = media.stream.codec == "opus"
        self._channels = max(1, media.stream.channels)
        self._length = 0

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if self._is_opus:
            if self._last_pts != NO_PTS:
                length = self.time_of(stamp) - self._last_pts
                self._length = length if 0 < length <= 5760 else self._length  # 120 ms, the longest packet
        else:
            self._length = (end - at) // self._channels
        self._emit(bytes(data[at:end]), stamp, self._length, True, out)


_KINDS: dict[str, type[Depacketizer]] = {
    "h264": _H264, "hevc": _Hevc, "aac": _Aac, "pcm_alaw": _Whole, "pcm_mulaw": _Whole, "opus": _Whole
}  # fmt: skip


def depacketizer(media: Media) -> Depacketizer:
    """The right one for ``media``'s codec."""
    return _KINDS[media.stream.codec](media)
