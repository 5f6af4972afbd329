"""Quirks of RTP: numbers, times, senders and headers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from tests.quirks.edits import header, without_header
from tests.quirks.script import Flow, Quirk, Rtp, Script

G = "rtp"
Change = Callable[[list[Rtp], Flow], list[Rtp]]


def _each(change: Callable[[Rtp, Flow], Rtp]) -> Change:
    return lambda packets, flow: [change(packet, flow) for packet in packets]


def _from(number: int, **words: int) -> Change:
    """From picture ``number`` on other values; ``stamp`` and ``sequence`` are added."""

    def change(packet: Rtp, flow: Flow) -> Rtp:
        if flow.number < number:
            return packet
        new = dict(words)
        if "stamp" in new:
            new["stamp"] += packet.stamp
        if "sequence" in new:
            new["sequence"] += packet.sequence
        return replace(packet, **new)

    return _each(change)


def _padded(size: int) -> Change:
    return _each(lambda packet, flow: replace(packet, padding=bytes(size - 1) + bytes((size,))))


def _extended(profile: int, words: int) -> Change:
    body = struct.pack(">HH", profile, words) + bytes(range(1, 1 + 4 * words))
    return _each(lambda packet, flow: replace(packet, extension=body))


def _extended_first(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    body = struct.pack(">HH", 0xABAC, 3) + bytes(12)
    return [replace(packet, extension=body if number == 0 else None) for number, packet in enumerate(packets)]


def _twice(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [packet for packet in packets for _ in range(2)]


def _lost(every: int) -> Change:
    """A packet of each ``every``-th picture never comes: the camera lost it."""

    def change(packets: list[Rtp], flow: Flow) -> list[Rtp]:
        if flow.number % every == every - 1 and packets:
            flow.damaged.add(flow.number)
            return packets[:-1]
        return packets

    return change


def _skipped(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """The numbers jump by one between pictures although nothing is missing."""
    shift = flow.number
    return [replace(packet, sequence=packet.sequence + shift) for packet in packets]


def _still(packet: Rtp, flow: Flow) -> Rtp:
    return replace(packet, sequence=500)


def _jitter(packet: Rtp, flow: Flow) -> Rtp:
    return replace(packet, stamp=packet.stamp + (flow.number * 7919 % 900))


def _events(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Packets of another payload type in between while the camera turns, under the last number."""
    if not packets or flow.number % 3:
        return packets
    return [
        replace(packets[0], payload=b"\x3c\x3f\x78\x6d\x6c", payload_type=50, sequence=packets[0].sequence - 1),
        *packets,
    ]


def _another_track(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Sound on the picture's channel."""
    if not packets or flow.number % 2:
        return packets
    return [Rtp(bytes(160), False, flow.number * 160, 7, 0x77, 8, track=0), *packets]


def _swapped(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Two neighbouring fragments change places, inside the connection."""
    if len(packets) > 2 and flow.number % 5 == 1:
        packets = [*packets]
        packets[-1], packets[-2] = packets[-2], packets[-1]
    return packets


def rows() -> list[Quirk]:
    wrap = {"first_sequence": 65_530}
    return [
        Quirk("sequence-wraps", G, "the numbers wrap after six packets", "", Script(**wrap)),
        Quirk("time-wraps", G, "the time stamps wrap in the third second", "", Script(first_stamp=(1 << 32) - 200_000)),
        Quirk("time-zero", G, "the first time stamp is 0", "", Script(first_stamp=0)),
        Quirk("no-rtp-info", G, "PLAY is answered without RTP-Info", "ZoneMinder/zoneminder#609",
              Script(rtp_info=False, sound="alaw")),
        Quirk("rtp-info-no-time", G, "RTP-Info without rtptime", "", Script(answers=(header("PLAY", "RTP-Info",
              "url={url}/track1;seq=100"),))),
        Quirk("rtp-info-wrong", G, "RTP-Info with a time that is not so", "",
              Script(answers=(header("PLAY", "RTP-Info", "url={url}/track1;seq=1;rtptime=4000000000"),))),
        Quirk("rtp-info-zero", G, "RTP-Info with seq=0;rtptime=0", "",
              Script(answers=(header("PLAY", "RTP-Info", "url={url}/track1;seq=0;rtptime=0"),))),
        Quirk("rtp-info-empty", G, "RTP-Info with nothing", "", Script(answers=(header("PLAY", "RTP-Info", ""),))),
        Quirk("rtp-info-nonsense", G, "RTP-Info that is nonsense", "",
              Script(answers=(header("PLAY", "RTP-Info", "url=trackID=1;;seq=x;rtptime=-5,"),))),
        Quirk("rtp-info-odd-address", G, "RTP-Info names an address of another camera", "",
              Script(answers=(header("PLAY", "RTP-Info", "url=rtsp://10.0.0.1/x/track1;seq=100;rtptime=1000000"),))),
        Quirk("no-range", G, "PLAY is answered without Range", "", Script(answers=(without_header("PLAY", "Range"),))),
        Quirk("ssrc-zero", G, "SSRC 0", "scottlamb/retina#108", Script(rtp=(_from(0, source=0),))),
        Quirk("ssrc-not-as-said", G, "another SSRC than Transport says", "scottlamb/retina#79", Script(rtp=(_from(0,
              source=0xA0C6),))),
        Quirk("ssrc-changes", G, "a new SSRC after two seconds, numbers and times go on", "", Script(rtp=(_from(20,
              source=0x999),))),
        Quirk("ssrc-changes-time-reset", G, "a new SSRC, numbers and times begin anew", "",
              Script(rtp=(_from(20, source=0x999, stamp=-900_000_000, sequence=20_000),))),
        Quirk("time-jumps-ahead", G, "times jump ten minutes ahead", "home-assistant/core#144498",
              Script(rtp=(_from(20, stamp=54_000_000),))),
        Quirk("time-jumps-back", G, "times jump back ten seconds", "scottlamb/retina#64", Script(rtp=(_from(20,
              stamp=-900_000),))),
        Quirk("time-small-step-back", G, "times step back 30 ms once", "scottlamb/retina#64", Script(rtp=(_from(20,
              stamp=-12_000),))),
        Quirk("time-jitters", G, "times that jitter by 10 ms", "", Script(rtp=(_each(_jitter),))),
        Quirk("sequence-jumps", G, "numbers jump by 1,000 once, nothing missing", "", Script(rtp=(_from(20,
              sequence=1000),))),
        Quirk("sequence-back", G, "numbers jump back by 50 once, nothing missing", "", Script(rtp=(_from(20,
              sequence=-50),))),
        Quirk("sequence-holes", G, "a number is left out after each picture, nothing missing", "",
              Script(rtp=(_skipped,))),
        Quirk("sequence-still", G, "the number stands still", "BogdanovKirill/RtspClientSharp#98",
              Script(rtp=(_each(_still),))),
        Quirk("packets-twice", G, "each packet twice", "", Script(rtp=(_twice,))),
        Quirk("packets-swapped", G, "two packets change places now and then, in the connection", "",
              Script(rtp=(_swapped,))),
        Quirk("packet-lost", G, "the last packet of each fifteenth picture is lost in the camera",
              "bluenviron/gortsplib#503", Script(rtp=(_lost(15),))),
        Quirk("padding", G, "padding of 4 bytes", "", Script(rtp=(_padded(4),))),
        Quirk("padding-long", G, "padding of 200 bytes", "", Script(rtp=(_padded(200),))),
        Quirk("padding-hevc", G, "padding with H.265", "", Script(film="hevc", rtp=(_padded(8),))),
        Quirk("extension", G, "an extension header of four words", "", Script(rtp=(_extended(0xBEDE, 4),))),
        Quirk("extension-empty", G, "an extension header without words", "", Script(rtp=(_extended(0x1234, 0),))),
        Quirk("extension-onvif", G, "the ONVIF replay extension in first packets (0xABAC)", "",
              Script(rtp=(_extended_first,))),
        Quirk("contributors", G, "two contributing sources", "", Script(rtp=(_each(lambda packet,
              flow: replace(packet, contributors=(1, 2))),))),
        Quirk("payload-type-other", G, "packets of type 97 where the description says 96", "", Script(rtp=(_from(0,
              payload_type=97),))),
        Quirk("payload-type-changes", G, "type 96, after two seconds 97", "", Script(rtp=(_from(20, payload_type=97),
              ))),
        Quirk("payload-type-events", G, "packets of type 50 in between", "BogdanovKirill/RtspClientSharp#98",
              Script(rtp=(_events,))),
        Quirk("payload-of-sound", G, "packets of sound on the picture's channel", "", Script(rtp=(_another_track,))),
        Quirk("rate-1-fps", G, "one picture a second", "", Script(fps=1, seconds=16)),
        Quirk("rate-30-fps", G, "30 pictures a second", "", Script(fps=30)),
    ]  # fmt: skip
