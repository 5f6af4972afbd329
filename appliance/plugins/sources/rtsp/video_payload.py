"""Pictures out of RTP payloads, as the camera encoded them: H.264 (RFC 6184) and H.265 (RFC 7798). Pure.

Not a plugin; ``rtp.py`` chooses between them.
"""

from __future__ import annotations

from abc import abstractmethod

from appliance.api import NO_PTS, CameraLost, Packet, split_nals
from appliance.plugins.sources.rtsp.depacketizer import Depacketizer, OutOfOrder
from appliance.plugins.sources.rtsp.rtp_packets import past_start_code, signed
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["H264", "MAX_PICTURE_BYTES", "Hevc"]

MAX_PICTURE_BYTES = 8 << 20
_START_CODE = b"\x00\x00\x00\x01"
_SEEN_PICTURES = 2
_SLICE_TICKS = 90
_IN_ORDER_PICTURES = 12
"""So many in the order of showing, and the stream has no other."""
_MOST_AHEAD_BYTES = 64 << 10
"""Parameter sets and messages that wait for their picture; what is longer is handed on as it is."""


class _Video(Depacketizer):
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

    def _add(self, head: bytes, data: bytearray) -> None:
        """A piece of the picture; ``head`` belongs ahead of it and may be empty."""
        parts = self._parts
        if head:
            parts.append(head)
        parts.append(data)
        self._size = size = self._size + len(head) + len(data)
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
                self._after += _START_CODE + data[at:end]
            return
        self._was_in_unit = False
        self._note(kind, data, at, end)
        self._add(_START_CODE, data[at:end])

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


class H264(_Video):
    """RFC 6184, single units, STAP, MTAP and FU, in the order in which they are decoded."""

    __slots__ = ()

    PICTURES, KEYS, SETS = frozenset(range(1, 6)), frozenset({5}), frozenset({7, 8})
    AHEAD, HEAD = frozenset({6, 7, 8, 9}), 1

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._may_reorder = False

    @staticmethod
    def _kind(head: int) -> int:
        return head & 31

    def _look_at_slice(self, data: bytes | bytearray, at: int) -> None:
        """Only a stream with B slices is shown in another order than it is sent. In a picture's first slice
        ``first_mb_in_slice`` is one bit, 1; behind it stands the type (section 7.3.3): 1 or 6 is B."""
        head = data[at + 1]
        self._may_reorder |= head & 0xF0 == 0xA0 or head & 0xFC == 0x9C

    @staticmethod
    def _is_inside(data: bytearray, at: int, end: int) -> bool:
        return data[at] & 31 in (28, 29) and end - at > 1 and not data[at + 1] & 0x80

    def _note(self, kind: int, data: bytes | bytearray, at: int, end: int) -> None:
        super()._note(kind, data, at, end)
        if kind == 6 and end - at > 1 and data[at + 1] == 6:  # SEI recovery point
            self._is_key = True

    def _goes_on(self, data: bytearray, at: int, end: int) -> bool:
        kind, place = data[at] & 31, at + 1
        if kind in (28, 29):
            if end - at > 1 and not data[at + 1] & 0x80:
                return True
            kind, place = data[at + 1] & 31 if end - at > 1 else 0, at + 2 + 2 * (kind == 29)
        return kind in self.PICTURES and place < end and not data[place] & 0x80

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if stamp != self._stamp:
            self._begin(stamp, out, data, at, end)
        if not data[at]:
            at = past_start_code(data, at, end)
        kind = data[at] & 31
        if 28 <= kind <= 29:
            self._fragment(data, at, end, stamp, out)
        elif 0 < kind < 24:
            self._unit(data, at, end, stamp, out)
        elif kind == 24:
            self._several(data, at + 1, end, stamp, out)
        elif 25 <= kind <= 27 and end - at > 3:
            self._follows(data[at + 1] << 8 | data[at + 2])
            if kind == 25:
                self._several(data, at + 3, end, stamp, out)
            else:
                self._timed(data, at + 3, end, stamp, kind - 24, out)
        else:
            self._spoiled = True
        if marker:
            self._whole = True

    def _timed(self, data: bytearray, at: int, end: int, stamp: int, size: int, out: list[Packet]) -> None:
        """MTAP16 and MTAP24 (section 5.7.2): ahead of each unit its size, its place in the order, and in ``size`` bytes
        by how much it is later than the packet."""
        lead = 3 + size
        while at + lead < end:
            length = data[at] << 8 | data[at + 1]
            later = int.from_bytes(data[at + 3 : at + lead], "big")
            at += lead
            if not length or at + length > end:
                self._spoiled = True
                return
            if stamp + later & 0xFFFFFFFF != self._stamp:
                self._begin(stamp + later & 0xFFFFFFFF, out, data, at, at + length)
            self._unit(data, past_start_code(data, at, at + length), at + length, self._stamp, out)
            at += length

    def _fragment(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        if end - at < 2:
            self._spoiled = True
            return
        head, start, more = data[at + 1], b"", 0
        if head & 0x80:
            more = 2 if data[at] & 31 == 29 else 0  # the first of an FU-B has a number for its order
            if more and end - at > 3:
                self._follows(data[at + 2] << 8 | data[at + 3])
            kind = head & 31
            if kind in self.PICTURES:
                self._slice(data, at + 1 + more, end, stamp, out)
            self._note(kind, data, at, at)
            self._in_unit = True
            start = _START_CODE + bytes((data[at] & 0xE0 | kind,))
        if not self._in_unit and not self._was_in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 2 + more : end])
        if head & 0x40:
            self._in_unit, self._was_in_unit = False, True


class Hevc(_Video):
    """RFC 7798, single units, AP and FU, with and without numbers, in the order in which they are decoded."""

    __slots__ = ("_numbered",)

    PICTURES, KEYS, SETS = frozenset(range(32)), frozenset(range(16, 22)), frozenset({32, 33, 34})
    AHEAD, HEAD = frozenset({32, 33, 34, 35, 39}), 2

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._numbered = media.numbered

    @staticmethod
    def _kind(head: int) -> int:
        return head >> 1 & 63

    @staticmethod
    def _is_inside(data: bytearray, at: int, end: int) -> bool:
        return data[at] >> 1 & 63 == 49 and end - at > 2 and not data[at + 2] & 0x80

    def _without_numbers(self, data: bytearray, at: int, end: int, kind: int) -> tuple[bytearray, int, int]:
        """The payload without the numbers of order in it (section 4.4), which are looked at here."""
        lead = at + (3 if kind == 49 else 2)
        if kind == 49 and not data[at + 2] & 0x80:
            return data, at, end
        if lead + 2 < end:
            self._follows(data[lead] << 8 | data[lead + 1])
        plain = data[at:lead] + data[lead + 2 : end]
        if kind == 48:  # behind the first unit, a byte more ahead of each
            place = 2
            while place + 2 < len(plain):
                place += 2 + (plain[place] << 8 | plain[place + 1])
                del plain[place : place + 1]
        return plain, 0, len(plain)

    def _goes_on(self, data: bytearray, at: int, end: int) -> bool:
        kind, place = data[at] >> 1 & 63, at + 2
        if kind == 49:
            if not data[at + 2] & 0x80:
                return True
            kind, place = data[at + 2] & 63, at + 3 + 2 * self._numbered
        return kind in self.PICTURES and place < end and not data[place] & 0x80

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if end - at < 3:
            self._spoiled = True
            return
        if stamp != self._stamp:
            self._begin(stamp, out, data, at, end)
        if not data[at]:
            at = past_start_code(data, at, end)
        kind = data[at] >> 1 & 63
        if self._numbered and kind <= 49:
            data, at, end = self._without_numbers(data, at, end, kind)
        if kind == 49:
            self._fragment(data, at, end, stamp, out)
        elif kind < 48:
            self._unit(data, at, end, stamp, out)
        elif kind == 48:
            self._several(data, at + 2, end, stamp, out)
        else:
            self._spoiled = True
        if marker:
            self._whole = True

    def _fragment(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        if end - at < 3:
            self._spoiled = True
            return
        head, start = data[at + 2], b""
        if head & 0x80:
            kind = head & 63
            if kind in self.PICTURES and data[at + 1] & 7:
                self._slice(data, at + 1, end, stamp, out)
            if data[at + 1] & 7:
                self._note(kind, data, at, at)
            else:
                self._has_sets = True  # no header at all, but a start code: what is in it shows when it is whole
            self._in_unit = True
            start = _START_CODE + bytes((data[at] & 0x81 | kind << 1, data[at + 1]))
        if not self._in_unit and not self._was_in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 3 : end])
        if head & 0x40:
            self._in_unit, self._was_in_unit = False, True
