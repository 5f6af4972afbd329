"""Quirks of RTCP, in the connection."""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.quirks.catalogue.transport import _every
from tests.quirks.script import Flow, Quirk, Script, Wire

G = "rtp"
_GOODBYE = struct.pack(">BBHI", 0x81, 203, 1, 5)


def _report(change: Callable[[bytes], bytes]) -> Wire:
    """Changes what is sent on channels of reports."""

    def wire(data: bytes, flow: Flow) -> bytes:
        if not data[1] % 2:
            return data
        body = change(data[4:])
        return struct.pack(">BBH", 0x24, data[1], len(body)) + body

    return wire


def _jumping(body: bytes) -> bytes:
    """The clock of a camera that is set anew all the time."""
    seconds = int.from_bytes(body[8:12], "big")
    return body[:8] + (seconds + seconds * 7919 % 90_000 & 0xFFFFFFFF).to_bytes(4, "big") + body[12:]


def _sound_leaves(data: bytes, flow: Flow) -> bytes:
    return data + struct.pack(">BBH", 0x24, 3, 8) + struct.pack(">BBHI", 0x81, 203, 1, 2) if data[1] == 3 else data


def _empty(data: bytes, flow: Flow) -> bytes:
    return struct.pack(">BBH", 0x24, 1, 0) + data if data[1] == 0 else data


def _many(data: bytes, flow: Flow) -> bytes:
    """A report with each packet."""
    report = struct.pack(">BBHI5I", 0x80, 200, 6, 0x1001, 3_900_000_000, 0, 1_000_000, 1, 1)
    return struct.pack(">BBH", 0x24, 1, len(report)) + report + data if data[1] == 0 else data


def rows() -> list[Quirk]:
    sound = {"sound": "alaw"}
    junk = struct.pack(">BBH", 0x24, 1, 20) + b"\xff" * 20
    return [
        Quirk("report-empty", G, "reports of no length", "", Script(wire=(_empty,))),
        Quirk("report-short", G, "reports of three bytes", "bluenviron/mediamtx#1085", Script(wire=(_report(
              lambda body: body[:3]),))),
        Quirk("report-cut", G, "reports that end before their length", "bluenviron/mediamtx#1085", Script(wire=(
              _report(lambda body: body[:20]),), **sound)),
        Quirk("report-junk", G, "reports that are none", "", Script(wire=(_every(5, junk),))),
        Quirk("report-sdes-first", G, "the source's description ahead of the report", "", Script(wire=(_report(
              lambda body: body[28:] + body[:28]),), **sound)),
        Quirk("report-app", G, "APP packets behind the report", "", Script(wire=(_report(
              lambda body: body + struct.pack(">BBHI4s", 0x80, 204, 2, 1, b"Cam1")),), **sound)),
        Quirk("report-alone", G, "sender reports without a description", "", Script(wire=(_report(
              lambda body: body[:28]),), **sound)),
        Quirk("report-padding", G, "reports with padding", "", Script(wire=(_report(
              lambda body: body + b"\xa0\xca\x00\x02\x00\x00\x00\x01\x00\x00\x00\x04"),), **sound)),
        Quirk("report-goodbye-sound", G, "BYE for the sound, and picture and sound go on", "", Script(
              wire=(_sound_leaves,), **sound)),
        Quirk("report-goodbye-lies", G, "BYE in each report, and goes on", "", Script(wire=(_report(
              lambda body: body + _GOODBYE),), seconds=14)),
        Quirk("report-goodbye-lies-slow", G, "the same, one picture each two seconds", "", Script(fps=0.5,
              film="h264-all-key", wire=(_report(lambda body: body + _GOODBYE),), seconds=20)),
        Quirk("report-clock-jumps", G, "the clock of its reports jumps each time", "", Script(wire=(_report(
              _jumping),), **sound)),
        Quirk("report-clock-zero", G, "the clock of its reports is 0", "", Script(wire=(_report(
              lambda body: body[:8] + bytes(8) + body[16:]),), **sound)),
        Quirk("report-time-zero", G, "the RTP time of its reports is 0", "", Script(wire=(_report(
              lambda body: body[:16] + bytes(4) + body[20:]),), **sound)),
        Quirk("report-other-source", G, "reports of another sender than the packets", "", Script(wire=(_report(
              lambda body: body[:4] + b"\xde\xad\xbe\xef" + body[8:]),), **sound)),
        Quirk("report-each-packet", G, "a report with each packet", "", Script(wire=(_many,))),
    ]  # fmt: skip
