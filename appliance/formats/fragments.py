"""A fragment: about half a second of packets as the camera sent them, and where they lie on the wall clock.

Pure: the plaintext of MEDIA and STREAMS frames, encoded and decoded (``docs/spec/segment.md``). Nothing is muxed or
mended: missing time stamps, corrupt flags and every byte come back as they went in.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

from appliance.api import AUDIO_CODECS, NO_PTS, VIDEO_CODECS, Packet, Stream, Streams
from appliance.core.errors import CameraLost, Damaged
from appliance.core.model import from_wire, to_wire
from appliance.formats.segment import MAX_PLAINTEXT_BYTES

__all__ = [
    "FRAGMENT_HEADER_BYTES",
    "MAX_EXTRADATA_BYTES",
    "MAX_PACKET_BYTES",
    "MAX_STREAMS",
    "PACKET_HEADER_BYTES",
    "Fragment",
    "check_streams",
    "decode_fragment",
    "decode_streams",
    "encode_fragment",
    "encode_streams",
    "media_ns",
    "packet_wall_ns",
]

_FRAGMENT = struct.Struct(">qqI")
_PACKET = struct.Struct(">HBBqqqI")
FRAGMENT_HEADER_BYTES = _FRAGMENT.size
PACKET_HEADER_BYTES = _PACKET.size
MAX_PACKET_BYTES = MAX_PLAINTEXT_BYTES - FRAGMENT_HEADER_BYTES - PACKET_HEADER_BYTES
MAX_STREAMS = 16
MAX_EXTRADATA_BYTES = 1 << 16
_KEY, _CORRUPT = 1, 2


class Fragment(NamedTuple):
    """Packets and their anchor: media time ``anchor_media_ns`` was recorded at wall time ``anchor_wall_ns``."""

    anchor_wall_ns: int
    anchor_media_ns: int
    packets: tuple[Packet, ...]


def media_ns(packet: Packet, time_base: tuple[int, int]) -> int | None:
    """The packet's place on its camera's time line (pts, else dts), in ns rounded down; None without either."""
    stamp = packet.pts if packet.pts != NO_PTS else packet.dts
    return None if stamp == NO_PTS else stamp * time_base[0] * 1_000_000_000 // time_base[1]


def packet_wall_ns(fragment: Fragment, packet: Packet, time_base: tuple[int, int]) -> int:
    """When the packet was recorded, by the recorder's clock. One without time stamps counts as the fragment's start."""
    media = media_ns(packet, time_base)
    return fragment.anchor_wall_ns + (0 if media is None else media - fragment.anchor_media_ns)


def encode_fragment(fragment: Fragment) -> bytes:
    """The plaintext of a MEDIA frame. Raises CameraLost when a packet has values that the format cannot carry."""
    try:
        parts = [_FRAGMENT.pack(fragment.anchor_wall_ns, fragment.anchor_media_ns, len(fragment.packets))]
        for stream, data, pts, dts, duration, is_key, is_corrupt in fragment.packets:
            flags = (_KEY if is_key else 0) | (_CORRUPT if is_corrupt else 0)
            parts.append(_PACKET.pack(stream, flags, 0, pts, dts, duration, len(data)))
            parts.append(data)
    except struct.error as error:
        raise CameraLost(f"camera: a packet whose numbers are out of range ({error}); reconnecting") from error
    return b"".join(parts)


def decode_fragment(data: bytes) -> Fragment:
    """The fragment in the plaintext of a MEDIA frame. Raises Damaged unless it is exactly one."""
    if len(data) < FRAGMENT_HEADER_BYTES:
        raise Damaged(f"fragment: {len(data)} bytes, shorter than its header")
    wall, media, count = _FRAGMENT.unpack_from(data)
    if count > (len(data) - FRAGMENT_HEADER_BYTES) // PACKET_HEADER_BYTES:
        raise Damaged(f"fragment: {count} packets do not fit its {len(data)} bytes")
    packets = []
    at = FRAGMENT_HEADER_BYTES
    for number in range(count):
        if at + PACKET_HEADER_BYTES > len(data):
            raise Damaged(f"fragment: it ends in packet {number} of {count}")
        stream, flags, zero, pts, dts, duration, length = _PACKET.unpack_from(data, at)
        at += PACKET_HEADER_BYTES
        if flags & ~(_KEY | _CORRUPT) or zero or length > len(data) - at:
            raise Damaged(f"fragment: packet {number} of {count} is malformed")
        body = bytes(data[at : at + length])
        packets.append(Packet(stream, body, pts, dts, duration, bool(flags & _KEY), bool(flags & _CORRUPT)))
        at += length
    if at != len(data):
        raise Damaged(f"fragment: {len(data) - at} bytes after its last packet")
    return Fragment(wall, media, tuple(packets))


def check_streams(streams: Streams) -> str:
    """What is wrong with a description, "" if nothing: numbers unique, kinds and codecs known, values possible."""
    if not 0 < len(streams.streams) <= MAX_STREAMS:
        return f"{len(streams.streams)} streams; 1 to {MAX_STREAMS} are possible"
    numbers = [stream.number for stream in streams.streams]
    if len(set(numbers)) != len(numbers) or not all(0 <= number < 1 << 16 for number in numbers):
        return f"stream numbers {numbers}; different ones of 16 bits are needed"
    return next(filter(None, map(_check_stream, streams.streams)), "")


def _check_stream(stream: Stream) -> str:
    codecs = {"video": VIDEO_CODECS, "audio": AUDIO_CODECS}.get(stream.kind)
    if codecs is None:
        return f"stream {stream.number} is neither video nor audio"
    if stream.codec not in codecs:
        return f"stream {stream.number} has the codec {stream.codec[:20]!r}; {', '.join(codecs)} are possible"
    if stream.codec.startswith("adpcm_") and not (len(stream.extradata) == 1 and 2 <= stream.extradata[0] <= 5):
        return f"stream {stream.number} is G.726 and does not say how many bits a sample has, 2 to 5"
    if not all(0 < part < 1 << 32 for part in stream.time_base):
        return f"stream {stream.number} has the time base {stream.time_base}"
    if not all(0 <= value < 1 << 31 for value in (stream.width, stream.height, stream.sample_rate, stream.channels)):
        return f"stream {stream.number} has a size, rate or number of channels that cannot be"
    if len(stream.extradata) > MAX_EXTRADATA_BYTES:
        return f"stream {stream.number} has {len(stream.extradata)} bytes of extradata"
    return ""


def encode_streams(streams: Streams) -> bytes:
    """The plaintext of a STREAMS frame: msgpack."""
    return to_wire(streams)


def decode_streams(data: bytes) -> Streams:
    """The description in the plaintext of a STREAMS frame. Raises Damaged."""
    try:
        streams = from_wire(data, Streams)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(f"stream description: {error}") from error
    wrong = check_streams(streams)
    if wrong:
        raise Damaged(f"stream description: {wrong}")
    return streams
