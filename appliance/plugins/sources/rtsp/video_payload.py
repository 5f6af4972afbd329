"""Pictures out of RTP payloads, as the camera encoded them: what H.264 and H.265 have in common. Pure.

Not a plugin; ``h264_payload.py`` and ``hevc_payload.py`` have the two.
"""

from __future__ import annotations

import struct
from abc import abstractmethod

from appliance.api import NO_PTS, CameraLost, Packet, split_nals
from appliance.plugins.sources.rtsp.depacketizer import Depacketizer, OutOfOrder
from appliance.plugins.sources.rtsp.rtp_packets import past_start_code, signed
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["MAX_PICTURE_BYTES", "START_CODE", "Video"]

MAX_PICTURE_BYTES = 8 << 20
START_CODE = b"\x00\x00\x00\x01"
_FRAMED = struct.Struct(">HHBBH").unpack_from
"""Of a packet inside the connection: dollar and channel, length; of its head what comes ahead of the time stamp."""
_LEAD = 16
"""Bytes ahead of such a packet's payload."""
_SEEN_PICTURES = 2
_SLICE_TICKS = 90
_IN_ORDER_PICTURES = 12
"""So many in the order of showing, and the stream has no other."""
_MOST_AHEAD_BYTES = 64 << 10
"""Parameter sets and messages that wait for their picture; what is longer is handed on as it is."""


class Video(Depacketizer):
    """Collects what has one time stamp into one picture. The marker bit alone does not end it: some cameras set it
    after each parameter set, too.

    Cameras err in three ways that would leave footage without a key frame, and that are put right here. Parameter sets
    under a time stamp of their own, or under that of the picture before, go ahead of the next picture. A "NAL unit"
    that is several in Annex B is looked into for the kinds of units it holds. A start code ahead of a unit is left out.
    """

    __slots__ = (
        "_after", "_ahead", "_back_at", "_ended_stamp", "_has_sets", "_in_unit", "_is_key", "_is_picture", "_length",
        "_marks_slices", "_may_reorder", "_order", "_parts", "_pictures", "_size", "_was_in_unit", "_whole",
    )  # fmt: skip

    PICTURES: frozenset[int]
    KEYS: frozenset[int]
    SETS: frozenset[int]
    AHEAD: frozenset[int]
    """Kinds of units that come only ahead of a picture's first slice (H.264 section 7.4.1.2.3, H.265 7.4.2.4.4)."""
    HEAD: int
    """Bytes of a unit's header; the first bit behind it says in both codecs that a slice is its picture's first."""
    KIND_BITS: int
    FRAGMENT: int
    """Of a payload's first byte the bits that say its kind, and what they are in a fragment of a unit. Behind the
    unit's header such a payload has a byte that says whether it is the first or the last."""

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._parts: list[bytes | bytearray] = []
        self._size = 0
        self._is_key = self._whole = self._in_unit = False
        self._is_picture = self._has_sets = False
        self._was_in_unit = False
        """The last unit came in fragments: what goes on with it behind its end bit belongs to it."""
        self._ahead = self._after = b""
        self._length = 0
        self._pictures, self._ended_stamp = 0, -1
        self._marks_slices = False
        self._order = -1
        self._back_at = 0
        self._may_reorder = True
        """Whether the stream may be shown in another order than it is sent."""

    def settle(self, out: list[Packet]) -> None:
        # The first pictures show whether the marker ends a picture, or each slice of it: they wait for the next one.
        # A unit goes on behind a marker where cameras mark every packet.
        if (
            self._whole
            and self._parts
            and self._pictures >= _SEEN_PICTURES
            and not (self._marks_slices or self._in_unit)
        ):
            self._end(out)

    def _step(self) -> int:
        return self._length or super()._step()

    def _finish(self, out: list[Packet]) -> None:
        if self._parts:
            self._end(out)

    def _steps_back(self) -> bool:
        """A stream that is shown in another order than it is sent shows that soon, and over and over."""
        reorders = self._may_reorder and self._pictures - self._back_at < _IN_ORDER_PICTURES
        self._back_at = self._pictures
        return not reorders

    def _look_at_slice(self, data: bytes | bytearray, at: int) -> None:
        """What a slice's header, behind the unit's at ``at``, says of the stream."""

    def _slice(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        """A slice begins, its header at ``at``: the first of a picture ends the one before, which may have the same
        time stamp; another one behind a marker shows that markers end slices."""
        first = at + self.HEAD < end and data[at + self.HEAD] & 0x80
        if at + self.HEAD < end:
            self._look_at_slice(data, at)
        if first and self._is_picture:
            self._end(out)
        elif not first and (self._whole if self._is_picture else stamp == self._ended_stamp):
            self._marks_slices = True

    def _repeats(self, data: bytearray, at: int, end: int, stamp: int) -> bool:
        if not self._parts or stamp != self._stamp:
            return stamp == self._ended_stamp
        last = self._parts[-1]
        return len(last) <= end - at and data[end - len(last) : end] == last

    def _begin(self, stamp: int, out: list[Packet], data: bytearray, at: int, end: int) -> None:
        """Another time stamp, another picture; but that some cameras give each slice one that is a tick later."""
        if self._in_unit and self._is_inside(data, at, end):  # the clock of each packet, by some cameras
            return
        if self._is_picture and 0 < signed(stamp - self._stamp) <= _SLICE_TICKS and self._goes_on(data, at, end):
            return
        if self._parts:
            self._end(out)
        self._stamp, self._in_unit, self._was_in_unit = stamp, False, False

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
        self._ended_stamp = self._stamp
        self._pictures += 1
        self._is_key = self._whole = self._is_picture = self._has_sets = False
        if self._ahead:
            self._look_into(self._ahead)

    def _look_into(self, data: bytes) -> None:
        """What the units of ``data`` are, by start codes: no unit has one inside (H.264 and H.265 section 7.4.1)."""
        for unit in split_nals(data):
            self._note(self._kind(unit[0]), unit, 0, len(unit))

    def _note(self, kind: int, data: bytes | bytearray, at: int, end: int) -> None:
        """A unit of this kind is part of the picture; ``data[at:end]`` is as much of it as there is."""
        if kind in self.PICTURES:
            self._is_picture = True
            if at + self.HEAD < end:
                self._look_at_slice(data, at)
        if kind in self.KEYS:
            self._is_key = True
        if kind in self.SETS:
            self._has_sets = True

    def _spoil(self) -> None:
        super()._spoil()
        self._in_unit = self._was_in_unit = False
        self._order = -1

    def _follows(self, order: int) -> None:
        """The next unit to decode has this number (DON); units that come earlier than they are decoded are refused."""
        if self._order >= 0 and order - self._order & 0x8000:
            raise OutOfOrder
        self._order = order

    def inside(self, data: bytearray, at: int, fill: int, channel: int) -> int:
        """Nine of ten packets are the middle of a unit: here they cost a third."""
        if not self._in_unit:
            return at
        parts, expected, begins = self._parts, self._sequence, 0x2400 | channel
        payload_type, bits, fragment = self._payload_type, self.KIND_BITS, self.FRAGMENT
        lead, size, count = _LEAD + self.HEAD + 1, 0, 0
        while fill - at > lead:
            frame, length, first, second, sequence = _FRAMED(data, at)
            end = at + 4 + length
            if (
                frame != begins or first != 0x80 or second != payload_type or sequence != expected
                or not at + lead <= end <= fill or data[at + _LEAD] & bits != fragment or data[at + lead - 1] & 0xC0
            ):  # fmt: skip
                break
            parts.append(data[at + lead : end])
            size += end - at - lead
            count += 1
            expected = expected + 1 & 0xFFFF
            at = end
        self._sequence = expected
        self._count += count
        self._grow(size)
        return at

    def _add(self, head: bytes, data: bytearray) -> None:
        """A piece of the picture; ``head`` belongs ahead of it and may be empty."""
        parts = self._parts
        if head:
            parts.append(head)
        parts.append(data)
        self._grow(len(head) + len(data))

    def _grow(self, by: int) -> None:
        self._size = size = self._size + by
        if size > MAX_PICTURE_BYTES:
            raise CameraLost.of("camera-picture-large", most_mib=MAX_PICTURE_BYTES >> 20)

    def _several(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        """Units with their sizes ahead of them, in one packet."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            at += 2
            if not size and not any(data[at:end]):  # zeros behind the last unit
                return
            if not size or at + size > end:
                self._spoiled = True
                return
            self._unit(data, past_start_code(data, at, at + size), at + size, stamp, out)
            at += size

    def _unit(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        """One NAL unit, ``data[at:end]``, or what a camera takes for one."""
        kind = self._kind(data[at])
        if kind in self.PICTURES:
            self._slice(data, at, end, stamp, out)
        if kind in self.AHEAD and self._is_picture and data.find(b"\x00\x00\x01", at, end) < 0:
            # What comes ahead of pictures begins the next one, whatever its time stamp is.
            if len(self._after) <= _MOST_AHEAD_BYTES:
                self._after += START_CODE + data[at:end]
            return
        self._was_in_unit = False
        self._note(kind, data, at, end)
        self._add(START_CODE, data[at:end])

    @staticmethod
    @abstractmethod
    def _kind(head: int) -> int:
        """The kind of a unit by its first byte."""

    @staticmethod
    @abstractmethod
    def _is_inside(data: bytearray, at: int, end: int) -> bool:
        """Whether this payload is a fragment of a unit, and not its first."""

    @abstractmethod
    def _goes_on(self, data: bytearray, at: int, end: int) -> bool:
        """Whether this payload goes on with a unit, or begins a slice that is not its picture's first."""
