"""H.264 pictures out of RTP payloads (RFC 6184). Pure. Not a plugin; ``rtp.py`` chooses it."""

from __future__ import annotations

from appliance.api import Packet
from appliance.plugins.sources.rtsp.rtp_packets import past_start_code
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.plugins.sources.rtsp.video_payload import START_CODE, Video

__all__ = ["H264"]


class H264(Video):
    """RFC 6184, single units, STAP, MTAP and FU, in the order in which they are decoded."""

    __slots__ = ()

    PICTURES, KEYS, SETS = frozenset(range(1, 6)), frozenset({5}), frozenset({7, 8})
    AHEAD, HEAD = frozenset({6, 7, 8, 9}), 1
    KIND_BITS, FRAGMENT = 31, 28

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
            start = START_CODE + bytes((data[at] & 0xE0 | kind,))
        if not self._in_unit and not self._was_in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 2 + more : end])
        if head & 0x40:
            self._in_unit, self._was_in_unit = False, True
