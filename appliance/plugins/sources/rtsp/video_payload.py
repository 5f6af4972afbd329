"""Pictures out of RTP payloads, as the camera encoded them: H.264 (RFC 6184) and H.265 (RFC 7798). Pure.

Not a plugin; ``rtp.py`` chooses between them.
"""

from __future__ import annotations

from abc import abstractmethod

from appliance.api import NO_PTS, CameraLost, Packet, split_nals
from appliance.plugins.sources.rtsp.depacketizer import Depacketizer
from appliance.plugins.sources.rtsp.rtp_packets import past_start_code
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["H264", "MAX_PICTURE_BYTES", "Hevc"]

MAX_PICTURE_BYTES = 8 << 20
_START_CODE = b"\x00\x00\x00\x01"
_SEEN_PICTURES = 2
_MOST_AHEAD_BYTES = 64 << 10
"""Parameter sets and messages that wait for their picture; what is longer is handed on as it is."""


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
        self._ahead = self._after = b""
        self._length = 0
        self._pictures, self._ended_stamp = 0, -1
        self._marks_slices = False

    def settle(self, out: list[Packet]) -> None:
        # The first pictures show whether the marker ends a picture, or each slice of it: they wait for the next one.
        if self._whole and self._parts and self._pictures >= _SEEN_PICTURES and not self._marks_slices:
            self._end(out)

    def _step(self) -> int:
        return self._length or super()._step()

    def _slice(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        """A slice begins, its header at ``at``: the first of a picture ends the one before, which may have the same
        time stamp; another one behind a marker shows that markers end slices."""
        first = at + self.HEAD < end and data[at + self.HEAD] & 0x80
        if first and self._is_picture:
            self._end(out)
        elif not first and (self._whole if self._is_picture else stamp == self._ended_stamp):
            self._marks_slices = True

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

    def _several(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        """Units with their sizes ahead of them, in one packet."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            at += 2
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
        self._note(kind, data, at, end)
        self._add(_START_CODE, data[at:end])

    @staticmethod
    @abstractmethod
    def _kind(head: int) -> int:
        """The kind of a unit by its first byte."""


class H264(_Video):
    """RFC 6184, single units, STAP-A and -B, FU-A and -B, in the order in which they are decoded."""

    PICTURES, KEYS, SETS = frozenset(range(1, 6)), frozenset({5}), frozenset({7, 8})
    AHEAD, HEAD = frozenset({6, 7, 8, 9}), 1

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
        if kind in (28, 29):
            self._fragment(data, at, end, stamp, out)
        elif 0 < kind < 24:
            self._unit(data, at, end, stamp, out)
        elif kind in (24, 25):
            self._several(data, at + (1 if kind == 24 else 3), end, stamp, out)
        else:
            self._spoiled = True
        if marker:
            self._whole = True

    def _fragment(self, data: bytearray, at: int, end: int, stamp: int, out: list[Packet]) -> None:
        if end - at < 2:
            self._spoiled = True
            return
        head, start = data[at + 1], b""
        more = 2 if data[at] & 31 == 29 and head & 0x80 else 0  # the first of an FU-B has a number for its order
        if head & 0x80:
            kind = head & 31
            if kind in self.PICTURES:
                self._slice(data, at + 1 + more, end, stamp, out)
            self._note(kind, data, at, at)
            self._in_unit = True
            start = _START_CODE + bytes((data[at] & 0xE0 | kind,))
        if not self._in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 2 + more : end])
        if head & 0x40:
            self._in_unit = False


class Hevc(_Video):
    """RFC 7798, single units, AP and FU, in the order in which they are decoded."""

    PICTURES, KEYS, SETS = frozenset(range(32)), frozenset(range(16, 22)), frozenset({32, 33, 34})
    AHEAD, HEAD = frozenset({32, 33, 34, 35, 39}), 2

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
        if not self._in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 3 : end])
        if head & 0x40:
            self._in_unit = False
