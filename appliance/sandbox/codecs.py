"""From a camera's codec parameters to what MP4 and a browser want: sample entries, MIME names, sample bytes. Pure.

Parameter sets come from the first key frame itself, if it has them, else from the stream description: the frame is what
will be decoded. Sources: ISO/IEC 14496-15 §5.3.3 (avcC), §8.3.3 (hvcC); 14496-1 §7.2.6 (esds), 14496-3 §1.6.2 and
§1.A.2 (AudioSpecificConfig, ADTS); RFC 6381 (names).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from appliance.api import Stream
from appliance.api.nal import length_size, parameter_sets, picture_size, pixel_format, record_units, split_nals
from appliance.core.errors import Unavailable
from appliance.sandbox.boxes import audio_entry, box, full_box, visual_entry

__all__ = [
    "AAC_FRAME",
    "Entry",
    "SoundConfig",
    "aac_entry",
    "adts_header_bytes",
    "sound_config",
    "to_sample",
    "video_entry",
]

AAC_FRAME = 1024
"""Samples in one AAC-LC frame."""

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_ESCAPE = 31
_LARGEST = 0xFFFF
"""Width and height of a sample entry are of 16 bits."""


class Entry(NamedTuple):
    """A sample entry box, the codec's name in a MIME type, and the picture's size (0, 0 for sound)."""

    box: bytes
    name: str
    width: int = 0
    height: int = 0


class SoundConfig(NamedTuple):
    """An AudioSpecificConfig, read: object type (2 = LC), Hz, channels, and the bytes themselves."""

    object_type: int
    sample_rate: int
    channels: int
    bytes: bytes


def video_entry(stream: Stream, key: bytes) -> Entry:
    """The sample entry for H.264 or HEVC whose first key frame is ``key``.

    Raises Unavailable when neither the frame nor the description has parameter sets that make sense.
    """
    units = _parameter_units(stream, key)
    sps = [unit for unit in units if _is_sps(stream.codec, unit)]
    width, height = next(filter(all, (picture_size(stream.codec, b"\0\0\1" + unit) for unit in sps)), (0, 0))
    width, height = (width, height) if width else (stream.width, stream.height)
    shortest = 16 if stream.codec == "hevc" else 4
    if not sps or len(_plain(sps[0])) < shortest or not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise Unavailable.of("stretch-codec", codec=stream.codec)
    if stream.codec == "h264":
        return Entry(visual_entry(b"avc1", width, height, _avcc(units)), f"avc1.{sps[0][1:4].hex()}", width, height)
    return Entry(visual_entry(b"hvc1", width, height, _hvcc(units)), _hevc_name(sps[0]), width, height)


def _parameter_units(stream: Stream, key: bytes) -> list[bytes]:
    """The parameter sets, each once, in order: the key frame's own if it has any, else the description's."""
    units = list(split_nals(parameter_sets(stream.codec, key, length_size(stream.codec, stream.extradata))))
    if not any(_is_sps(stream.codec, unit) for unit in units):
        record = length_size(stream.codec, stream.extradata)
        units = list((record_units if record else _annex_b_units)(stream.codec, stream.extradata))
    return [unit for unit in dict.fromkeys(units) if len(unit) < 1 << 16]


def _annex_b_units(codec: str, extradata: bytes) -> Iterator[bytes]:
    return split_nals(parameter_sets(codec, extradata))


def _is_sps(codec: str, unit: bytes) -> bool:
    return unit[0] & 0x1F == 7 if codec == "h264" else unit[0] >> 1 & 0x3F == 33


def _avcc(units: list[bytes]) -> bytes:
    sps = [unit for unit in units if unit[0] & 0x1F == 7][:31]
    pps = [unit for unit in units if unit[0] & 0x1F == 8][:255]
    first = sps[0]
    body = bytes([1, *first[1:4], 0xFF, 0xE0 | len(sps)]) + b"".join(map(_sized, sps))
    body += bytes([len(pps)]) + b"".join(map(_sized, pps))
    if first[1] not in (66, 77, 88):
        chroma, luma_bits, chroma_bits = pixel_format("h264", first)
        body += bytes([0xFC | chroma & 3, 0xF8 | luma_bits - 8 & 7, 0xF8 | chroma_bits - 8 & 7, 0])
    return box(b"avcC", body)


def _hvcc(units: list[bytes]) -> bytes:
    """General profile, tier and level lie at fixed places in the parameter set, ahead of any emulation prevention byte
    that matters: bytes 3 to 14 after unescaping."""
    sps = next(unit for unit in units if _is_sps("hevc", unit))
    plain = _plain(sps)
    chroma, luma_bits, chroma_bits = pixel_format("hevc", sps)
    layers = (plain[2] >> 1 & 7) + 1
    body = b"\1" + plain[3:15]
    body += struct.pack(
        ">HBBBBHB", 0xF000, 0xFC, 0xFC | chroma & 3, 0xF8 | luma_bits - 8 & 7, 0xF8 | chroma_bits - 8 & 7, 0, 0
    )
    body = body[:-1] + bytes([layers << 3 | (plain[2] & 1) << 2 | 3])
    arrays = []
    for kind in (32, 33, 34):
        found = [unit for unit in units if unit[0] >> 1 & 0x3F == kind]
        if found:
            arrays.append(struct.pack(">BH", 0x80 | kind, len(found)) + b"".join(map(_sized, found)))
    return box(b"hvcC", body, bytes([len(arrays)]), *arrays)


def _plain(sps: bytes) -> bytes:
    """Without the emulation prevention bytes."""
    return sps.replace(b"\0\0\3", b"\0\0")


def _hevc_name(sps: bytes) -> str:
    """``hvc1.1.6.L93.B0`` (14496-15 annex E.3): profile, compatibility bits reversed, tier and level, constraints."""
    plain = _plain(sps)
    space, tier, profile = plain[3] >> 6, plain[3] >> 5 & 1, plain[3] & 31
    flags = int(f"{int.from_bytes(plain[4:8], 'big'):032b}"[::-1], 2)
    name = f"hvc1.{['', 'A', 'B', 'C'][space]}{profile}.{flags:X}.{'LH'[tier]}{plain[14]}"
    constraints = plain[8:14].rstrip(b"\0")
    return ".".join([name, *(f"{byte:X}" for byte in constraints)])


def _sized(unit: bytes) -> bytes:
    return struct.pack(">H", len(unit)) + unit


def to_sample(codec: str, data: bytes, length_bytes: int) -> bytes:
    """One H.264 or HEVC packet with a length of four bytes ahead of each unit. Every unit stays, SEI too; b"" if the
    packet holds none."""
    if length_bytes == 4:
        return data
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in split_nals(data, length_bytes))


def adts_header_bytes(data: bytes) -> int:
    """The length of the ADTS header that ``data`` begins with, 0 for raw AAC."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return 0
    return 7 if data[1] & 1 else 9


def sound_config(extradata: bytes, packet: bytes) -> SoundConfig | None:
    """The configuration of an AAC stream from its description, or its first packet's ADTS header; None if neither is
    one that MP4 can carry."""
    if not extradata and adts_header_bytes(packet):
        kind, rate, channels = (packet[2] >> 6) + 1, packet[2] >> 2 & 15, (packet[2] & 1) << 2 | packet[3] >> 6
        extradata = struct.pack(">H", kind << 11 | rate << 7 | channels << 3)
    if len(extradata) < 2:
        return None
    bits = int.from_bytes(extradata[:2], "big")
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if kind in (0, _ESCAPE) or rate >= len(_AAC_RATES) or not 1 <= channels <= 7:
        return None
    return SoundConfig(kind, _AAC_RATES[rate], 8 if channels == 7 else channels, extradata)


def aac_entry(config: SoundConfig) -> Entry:
    """The sample entry for AAC. SBR and PS are named as such."""
    specific = _descriptor(5, config.bytes)
    decoder = _descriptor(4, struct.pack(">BBBHII", 0x40, 0x15, 0, 0, 0, 0) + specific)
    stream = _descriptor(3, struct.pack(">HB", 0, 0) + decoder + _descriptor(6, b"\2"))
    entry = audio_entry(b"mp4a", config.channels, config.sample_rate, full_box(b"esds", 0, 0, stream))
    return Entry(entry, f"mp4a.40.{config.object_type}")


def _descriptor(tag: int, body: bytes) -> bytes:
    size = len(body)
    return bytes([tag, 0x80 | size >> 21 & 0x7F, 0x80 | size >> 14 & 0x7F, 0x80 | size >> 7 & 0x7F, size & 0x7F]) + body
