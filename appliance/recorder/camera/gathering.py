"""The fragment that is being gathered: packets, and what must be known of them when it is cut. Pure."""

from __future__ import annotations

from typing import NamedTuple

from appliance.api import Packet, Stream, Streams
from appliance.formats.fragments import Fragment, media_ns

__all__ = ["Gathered", "Gathering", "Reference"]

_LONGEST_PACKET_NS = 1_000_000_000


class Reference:
    """The stream that keeps time for its camera: the first video stream, else the first one."""

    def __init__(self, streams: Streams) -> None:
        video: Stream | None = next((one for one in streams.streams if one.kind == "video"), None)
        stream = video or streams.streams[0]
        self.is_video = video is not None
        self.number = stream.number
        self.time_base = stream.time_base

    def keeps_time_like(self, other: Reference | None) -> bool:
        return other is not None and (self.number, self.time_base) == (other.number, other.time_base)


class Gathered(NamedTuple):
    """A cut fragment: it spans [start_ns, end_ns) by the recorder's clock."""

    fragment: Fragment
    start_ns: int
    end_ns: int
    has_video: bool
    starts_with_key: bool


class Gathering:
    """An open fragment. It begins with its first packet and is thrown away when it was cut."""

    __slots__ = ("_first_media", "_last_ns", "_media_end", "bytes", "has_inter", "opened_ns", "packets", "starts_with")

    def __init__(self, opened_ns: int) -> None:
        self.packets: list[Packet] = []
        self.opened_ns = self._last_ns = opened_ns
        self.bytes = 0
        self.has_inter = False
        self.starts_with: bool | None = None
        self._first_media: int | None = None
        self._media_end = 0

    def add(self, packet: Packet, size: int, arrival_ns: int) -> None:
        """``size`` is what the packet takes in the frame, in bytes."""
        self.packets.append(packet)
        self.bytes += size
        self._last_ns = arrival_ns

    def note(self, packet: Packet, reference: Reference, media: int | None) -> None:
        """The packet just added is of the reference stream, at ``media`` ns on its time line."""
        if reference.is_video:
            if self.starts_with is None:
                self.starts_with = packet.is_key
            if not packet.is_key:
                self.has_inter = True
        if media is None:
            return
        if self._first_media is None:
            self._first_media = self._media_end = media
        length = packet.duration * reference.time_base[0] * 1_000_000_000 // reference.time_base[1]
        end = media + (length if 0 < length <= _LONGEST_PACKET_NS else 0)
        if end > self._media_end:
            self._media_end = end

    def cut(self, offset_ns: int | None, streams: Streams) -> Gathered:
        """The fragment, anchored: at its first packet of the reference stream, else at the first with a time stamp.

        Without a stamp, or before the clock map has an offset, its anchor is the arrival of its first packet.
        """
        start, end, media = self.opened_ns, max(self.opened_ns, self._last_ns), self._first_media
        if media is None:
            media = self._any_media(streams)
            if offset_ns is not None and media is not None:
                start = media + offset_ns
                end = max(start, end)
        elif offset_ns is not None:
            start, end = media + offset_ns, self._media_end + offset_ns
        fragment = Fragment(start, media or 0, tuple(self.packets))
        return Gathered(fragment, start, end, self.starts_with is not None, bool(self.starts_with))

    def _any_media(self, streams: Streams) -> int | None:
        bases = {stream.number: stream.time_base for stream in streams.streams}
        places = (media_ns(packet, bases[packet.stream]) for packet in self.packets)
        return next((place for place in places if place is not None), None)
