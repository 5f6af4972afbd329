"""Sound out of RTP payloads, as the camera encoded it: AAC (RFC 3640, 3016), G.711, G.726 and L16 (RFC 3551), Opus
(RFC 7587). Pure.

Not a plugin; ``rtp.py`` chooses between them.
"""

from __future__ import annotations

from appliance.api import NO_PTS, Packet
from appliance.plugins.sources.rtsp.depacketizer import Depacketizer
from appliance.plugins.sources.rtsp.sdp import Media

__all__ = ["Aac", "Latm", "WholeFrames"]


class Aac(Depacketizer):
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


class Latm(Depacketizer):
    """RFC 3016: a frame behind its size, a row of bytes that ends in one below 255; over packets up to a marker."""

    FRAME = 1024
    _MOST_BYTES = 1 << 16

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._partial = bytearray()

    def _spoil(self) -> None:
        super()._spoil()
        self._partial.clear()

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        self._partial += data[at:end]
        if not marker and len(self._partial) <= self._MOST_BYTES:
            return
        whole, place, number = bytes(self._partial), 0, 0
        self._partial.clear()
        while place < len(whole):
            size = 0
            while place < len(whole) and whole[place] == 255:
                size, place = size + 255, place + 1
            size += whole[place] if place < len(whole) else 0
            place += 1
            if not size or place + size > len(whole):
                self._spoiled = True
                return
            frame = whole[place : place + size]
            self._emit(frame, stamp + number * self.FRAME & 0xFFFFFFFF, self.FRAME, True, out)
            place, number = place + size, number + 1


class WholeFrames(Depacketizer):
    """A packet's payload is the frame: G.711, L16 and G.726 (8, 16 and 2 to 5 bits a sample, RFC 3551), Opus (RFC
    7587)."""

    def __init__(self, media: Media) -> None:
        super().__init__(media)
        self._is_opus = media.stream.codec == "opus"
        self._sample_bits = max(1, media.stream.channels) * _bits(media)
        self._length = 0

    def _take(self, data: bytearray, at: int, end: int, stamp: int, marker: bool, out: list[Packet]) -> None:
        if self._is_opus:
            if self._last_pts != NO_PTS:
                length = self.time_of(stamp) - self._last_pts
                self._length = length if 0 < length <= 5760 else self._length  # 120 ms, the longest packet
        else:
            self._length = (end - at) * 8 // self._sample_bits
        self._emit(bytes(data[at:end]), stamp, self._length, True, out)


def _bits(media: Media) -> int:
    codec = media.stream.codec
    return media.stream.extradata[0] if codec.startswith("adpcm_") else 16 if codec == "pcm_s16be" else 8
