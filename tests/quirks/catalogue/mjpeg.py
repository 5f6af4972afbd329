"""Quirks of MJPEG over RTP (RFC 2435)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace as replaced
from typing import Any

from tests.quirks.edits import after_media, drop, replace
from tests.quirks.jpeg import jpeg_parts
from tests.quirks.script import Flow, Moment, Part, Quirk, Rtp, Script

G = "mjpeg"


def _way(**words: Any) -> Callable[[Moment], Iterator[Part]]:
    return lambda moment: jpeg_parts(moment, **words)


def _tables_at_first(moment: Moment) -> Iterator[Part]:
    return jpeg_parts(moment, quality=200, tables=moment.number % 10 == 0)


def _three_tables(moment: Moment) -> Iterator[Part]:
    """Tables of 192 bytes, as a C922 behind v4l2rtspserver."""
    for number, part in enumerate(jpeg_parts(moment)):
        if number:
            yield part
            continue
        head, body = part.payload[:8], part.payload[12:]
        yield Part(head + b"\x00\x00" + (192).to_bytes(2, "big") + body[:128] + body[:64] + body[128:], part.marker)


def _no_marker(moment: Moment) -> Iterator[Part]:
    return (Part(part.payload, False) for part in jpeg_parts(moment))


def _middle_lost(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    if len(packets) > 3 and flow.number % 15 == 14:
        flow.damaged.add(flow.number)
        return [*packets[:1], *packets[2:]]
    return packets


def _all_of_it(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    extension = struct.pack(">HH", 0xBEDE, 2) + bytes(8)
    return [replaced(packet, extension=extension, padding=b"\0\0\0\4") for packet in packets]


def _still(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [replaced(packet, stamp=0) for packet in packets]


def _sized_zero(moment: Moment) -> Iterator[Part]:
    """No size in the heads of the packets, as of pictures wider than 2,040."""
    return jpeg_parts(moment, size=(0, 0))


def rows() -> list[Quirk]:
    film = {"film": "mjpeg"}
    return [
        Quirk("mjpeg-dynamic-type", G, "payload type 96 with an rtpmap", "", Script(**film)),
        Quirk("mjpeg-static-type", G, "payload type 26 without an rtpmap", "", Script(payload_type=26,
              describe=(drop("a=rtpmap"),), **film)),
        Quirk("mjpeg-static-type-map", G, "payload type 26 with an rtpmap", "", Script(payload_type=26, **film)),
        Quirk("mjpeg-sound", G, "with G.711", "", Script(sound="ulaw", payload_type=26, **film)),
        Quirk("mjpeg-tables-now-and-then", G, "tables with each tenth picture (Q 200)", "bluenviron/gortsplib#566",
              Script(way=_tables_at_first, payload_type=26, **film)),
        Quirk("mjpeg-three-tables", G, "three tables of 64 bytes", "mpromonet/v4l2rtspserver#361",
              Script(way=_three_tables, payload_type=26, **film)),
        Quirk("mjpeg-end-in-scan", G, "the end marker of JPEG in the payload", "", Script(way=_way(eoi=True),
              payload_type=26, **film)),
        Quirk("mjpeg-type-specific", G, "a type-specific byte that is not 0", "", Script(way=_way(specific=3),
              payload_type=26, **film)),
        Quirk("mjpeg-no-marker", G, "no marker", "", Script(way=_no_marker, payload_type=26, **film)),
        Quirk("mjpeg-tiny", G, "fragments of 200 bytes", "", Script(way=_way(mtu=200), payload_type=26, **film)),
        Quirk("mjpeg-large", G, "a picture in one packet", "", Script(way=_way(mtu=60_000), payload_type=26, **film)),
        Quirk("mjpeg-two-one-time", G, "two pictures under one time stamp", "", Script(way=_two, payload_type=26,
              **film)),
        Quirk("mjpeg-lower-case", G, "rtpmap says jpeg", "", Script(describe=(replace("JPEG/", "jpeg/"),), **film)),
        Quirk("mjpeg-restart", G, "restart intervals", "", Script(film="mjpeg-restart", payload_type=26)),
        Quirk("mjpeg-middle-lost", G, "a packet of each 15th picture is lost in the camera", "", Script(
              rtp=(_middle_lost,), payload_type=26, **film)),
        Quirk("mjpeg-extension", G, "an extension and padding in each packet", "", Script(rtp=(_all_of_it,),
              payload_type=26, **film)),
        Quirk("mjpeg-time-still", G, "every picture under one time stamp", "", Script(rtp=(_still,), payload_type=26,
              **film)),
        Quirk("mjpeg-size-in-description", G, "no size in its packets, x-dimensions in the description", "", Script(
              way=_sized_zero, payload_type=26, describe=(after_media("a=x-dimensions:320,176"),), **film)),
    ]  # fmt: skip


def _two(moment: Moment) -> Iterator[Part]:
    after = -(moment.number % 2) * moment.ticks
    return (Part(part.payload, part.marker, after) for part in jpeg_parts(moment))
