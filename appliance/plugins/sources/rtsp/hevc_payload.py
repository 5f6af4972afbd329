"""H.265 pictures out of RTP payloads (RFC 7798). Pure. Not a plugin; ``rtp.py`` chooses it."""

from __future__ import annotations

from appliance.api import Packet
from appliance.plugins.sources.rtsp.rtp_packets import past_start_code
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.plugins.sources.rtsp.video_payload import START_CODE, Video

__all__ = ["Hevc"]


class Hevc(Video):
    """RFC 7798, single units, AP and FU, with and without numbers, in the order in which they are decoded."""

    __slots__ = ("_numbered",)

    PICTURES, KEYS, SETS = frozenset(range(32)), frozenset(range(16, 22)), frozenset({32, 33, 34})
    AHEAD, HEAD = frozenset({32, 33, 34, 35, 39}), 2
    KIND_BITS, FRAGMENT = 0x7E, 49 << 1

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
            start = START_CODE + bytes((data[at] & 0x81 | kind << 1, data[at + 1]))
        if not self._in_unit and not self._was_in_unit:
            self._spoiled = True
            return
        self._add(start, data[at + 3 : end])
        if head & 0x40:
            self._in_unit, self._was_in_unit = False, True
