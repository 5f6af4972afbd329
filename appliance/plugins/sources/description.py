"""Keeps a stream description true: notices that a camera has changed its parameter sets or picture size. Pure.

A camera that is told another resolution goes on in the same stream; the only sign is in its next key frame. Not a
plugin; sources use it.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.api import Packet, Stream, Streams, length_size, parameter_sets, picture_size, split_nals

__all__ = ["Described", "FromFirstKey"]


class Described:
    """The description in force, ``streams``. Ask :meth:`change` with every packet before it is handed on."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        self.streams = Streams(tuple(_sized(stream) for stream in streams))

    def change(self, packet: Packet, extradata: bytes | None = None) -> Streams | None:
        """The new description if ``packet`` needs one, else None.

        ``extradata`` is what the container announced with the packet, if it did.
        """
        stream = self.streams.streams[packet.stream]
        if stream.kind == "video" and packet.is_key and extradata is None:
            new = _after_key(stream, packet.data)
        elif extradata is not None and extradata != stream.extradata:
            new = _sized(stream._replace(extradata=extradata), known=False)
        else:
            return None
        if new == stream:
            return None
        streams = list(self.streams.streams)
        streams[packet.stream] = new
        self.streams = Streams(tuple(streams))
        return self.streams


class FromFirstKey:
    """Packets of a source that is begun in the middle: nothing before its first key frame, which nobody could show, and
    the description ahead of that and of each packet that needs another."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._described, self._begun = Described(streams), False

    def items(self, packet: Packet) -> list[Packet | Streams]:
        """What is handed on for the packet."""
        if not self._begun and not packet.is_key:
            return []
        change = self._described.change(packet)
        if not self._begun:
            change = change or self._described.streams
        self._begun = True
        return [change, packet] if change else [packet]


def _after_key(stream: Stream, data: bytes) -> Stream:
    if stream.codec == "mjpeg":
        width, height = picture_size("mjpeg", data)
        return stream._replace(width=width, height=height) if width else stream
    length_bytes = length_size(stream.codec, stream.extradata)
    sets = parameter_sets(stream.codec, data, length_bytes)
    if not sets or length_bytes:
        # In MP4's form the sets belong into the record ahead of the stream; copies in band repeat it.
        return stream
    known = list(split_nals(stream.extradata))
    found = list(split_nals(sets))
    if all(unit in known for unit in found):
        return stream
    width, height = picture_size(stream.codec, sets)
    if width:
        return stream._replace(extradata=sets, width=width, height=height)
    # Only picture parameters came: they replace those they stand for, the sequence's stay.
    kinds = {_kind(stream.codec, unit) for unit in found}
    kept = [unit for unit in known if _kind(stream.codec, unit) not in kinds]
    return stream._replace(extradata=b"".join(b"\x00\x00\x00\x01" + unit for unit in kept) + sets)


def _kind(codec: str, unit: bytes) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def _sized(stream: Stream, *, known: bool = True) -> Stream:
    """With the size that the parameter sets say, which is the picture's own; the container's word is second best."""
    if stream.kind != "video" or stream.codec == "mjpeg":
        return stream
    width, height = picture_size(stream.codec, stream.extradata)
    if width:
        return stream._replace(width=width, height=height)
    return stream if known else stream._replace(width=0, height=0)
