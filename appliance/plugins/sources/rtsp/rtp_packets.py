"""What lies around the payload of RTP packets: headers, counters that wrap, sender reports (RFC 3550). Pure.

Not a plugin; ``rtp.py`` and ``source.py`` read with it.
"""

from __future__ import annotations

import struct

__all__ = [
    "SenderReport",
    "bounds",
    "past_start_code",
    "receiver_report",
    "says_goodbye",
    "sender_report",
    "signed",
]

_SR = struct.Struct(">BBHIIII")
_NTP_1970 = 2_208_988_800
_OWN_SOURCE = 0x0FF1CE00


class SenderReport:
    """A camera's word that its time stamp ``rtp`` was at ``ntp_ns`` by its clock (RFC 3550 section 6.4.1)."""

    __slots__ = ("ntp_ns", "rtp")

    def __init__(self, ntp_ns: int, rtp: int) -> None:
        self.ntp_ns, self.rtp = ntp_ns, rtp


def sender_report(packet: bytes | bytearray) -> SenderReport | None:
    """The report at the head of an RTCP packet, if it is one."""
    if len(packet) < _SR.size:
        return None
    first, kind, _, _, seconds, fraction, rtp = _SR.unpack_from(packet)
    if first >> 6 != 2 or kind != 200 or not seconds:
        return None
    return SenderReport((seconds - _NTP_1970) * 1_000_000_000 + (fraction * 1_000_000_000 >> 32), rtp)


def says_goodbye(packet: bytes | bytearray, source: int | None) -> bool:
    """Whether one of the parts of an RTCP packet is a BYE of ``source`` (RFC 3550 section 6.6), or of nobody."""
    at = 0
    while at + 4 <= len(packet) and packet[at] >> 6 == 2:
        end = at + 4 + 4 * (packet[at + 2] << 8 | packet[at + 3])
        if packet[at + 1] == 203:
            who = packet[at + 4 : min(end, at + 4 + 4 * (packet[at] & 31))]
            gone = [int.from_bytes(who[place : place + 4], "big") for place in range(0, len(who), 4)]
            if not gone or source in gone:
                return True
        at = end
    return False


def receiver_report(source: int | None, highest: int) -> bytes | None:
    """That packets of ``source`` arrive, up to the sequence number ``highest`` (RFC 3550 section 6.4.2); None before
    any came. What was lost is not told: inside a connection nothing is."""
    if source is None:
        return None
    return struct.pack(">BBHIIIIIII", 0x81, 201, 7, _OWN_SOURCE, source, 0, highest, 0, 0, 0)


def signed(difference: int) -> int:
    """A difference of two 32-bit counters as the nearer way round."""
    difference &= 0xFFFFFFFF
    return difference - (1 << 32) if difference >= 1 << 31 else difference


def past_start_code(data: bytearray, at: int, end: int) -> int:
    """Where the unit begins in ``data[at:end]``, which may have start codes ahead of it, and an empty one."""
    while end - at > 4 and bytes(data[at : at + 3]) in (b"\x00\x00\x00", b"\x00\x00\x01"):
        at += 4 if data[at + 2] == 0 and data[at + 3] == 1 else 3 if data[at + 2] == 1 else 1
    return at


def bounds(data: bytearray, at: int, end: int, first: int) -> tuple[int, int]:
    """Where the payload begins and ends in a packet with sources, an extension or padding; an empty one if it lies."""
    if first >> 6 != 2:
        return end, end
    payload = at + 12 + 4 * (first & 15)
    if first & 0x10:
        if payload + 4 > end:
            return end, end
        payload += 4 + 4 * (data[payload + 2] << 8 | data[payload + 3])
    if first & 0x20:
        end -= data[end - 1]
    return payload, end
