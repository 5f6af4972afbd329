"""Quirks of RTP: senders, numbers and times that go their own ways."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.quirks.catalogue.rtp import _each
from tests.quirks.script import Flow, Quirk, Rtp, Script

G = "rtp"
_SCATTER = 2_654_435_761


def _all_of_it(packet: Rtp, flow: Flow) -> Rtp:
    return replace(
        packet, extension=struct.pack(">HH", 0xBEDE, 2) + bytes(8), padding=b"\0\0\0\4", contributors=(1, 2, 3)
    )


def _padding_alone(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """A packet of nothing but padding behind each picture, in the row of numbers."""
    shift = int(flow.extra.get("shift", 0))  # type: ignore[call-overload]
    flow.extra["shift"] = shift + 1
    found = [replace(packet, sequence=packet.sequence + shift) for packet in packets]
    last = found[-1]
    padding = bytes(199) + b"\xc8"
    return [*found, replace(last, payload=b"", padding=padding, sequence=last.sequence + 1, marker=False)]


def _padding_lies(data: bytes, flow: Flow) -> bytes:
    return data[:4] + bytes((data[4] | 0x20,)) + data[5:] if data[1] == 0 else data


def _from_zero(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [replace(packet, sequence=number) for number, packet in enumerate(packets)]


def _one_row(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Numbers of a row that another track has every second of."""
    return [replace(packet, sequence=2 * packet.sequence + flow.track) for packet in packets]


def _middle_lost(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    if len(packets) > 4 and flow.number % 15 == 14:
        flow.damaged.add(flow.number)
        return packets[:2] + packets[3:]
    return packets


def _key_start_lost(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    if flow.number % 30 != 10:
        return packets
    first = next((at for at, packet in enumerate(packets) if packet.payload[0] & 31 == 28), None)
    if first is None:
        return packets
    flow.damaged.add(flow.number)
    return packets[:first] + packets[first + 1 :]


def _in_bursts(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    held = flow.extra.setdefault("held", [])
    assert isinstance(held, list)
    held += packets
    if flow.number % 10 != 9:
        return []
    flow.extra["held"] = []
    return held


def _drift(packet: Rtp, flow: Flow) -> Rtp:
    """A clock that is 3 per cent too fast."""
    return replace(packet, stamp=packet.stamp + flow.number * 270)


def _rewinds(packet: Rtp, flow: Flow) -> Rtp:
    """Raptor: two seconds back, each second second."""
    return replace(packet, stamp=packet.stamp - (180_000 if flow.number % 40 >= 20 else 0))


def rows() -> list[Quirk]:
    large = {"film": "h264-large"}
    return [
        Quirk("ssrc-each-packet", G, "another SSRC in each packet", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, source=packet.sequence * _SCATTER & 0xFFFFFFFF)),))),
        Quirk("ssrc-each-picture", G, "another SSRC for each picture", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, source=0x2000 + flow.number)),))),
        Quirk("ssrc-each-second", G, "another SSRC each second", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, source=0x2000 + flow.number // 10)),))),
        Quirk("ssrc-each-half-second", G, "another SSRC each half second", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, source=0x2000 + flow.number // 5)),))),
        Quirk("ssrc-of-keys", G, "key frames have an SSRC of their own", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, source=0x2000 + (flow.number % 10 == 0))),))),
        Quirk("ssrc-same", G, "picture and sound have the same SSRC", "", Script(sound="alaw", rtp=(_each(
              lambda packet, flow: replace(packet, source=7)),), sound_rtp=(_each(
              lambda packet, flow: replace(packet, source=7)),))),
        Quirk("ssrc-each-sound", G, "another SSRC in each packet of sound", "", Script(sound="alaw", sound_rtp=(_each(
              lambda packet, flow: replace(packet, source=0x3000 + flow.number)),))),
        Quirk("extension-and-padding", G, "an extension, padding and contributors in each packet", "", Script(
              rtp=(_each(_all_of_it),))),
        Quirk("extension-and-padding-hevc", G, "the same with H.265", "", Script(film="hevc", rtp=(_each(
              _all_of_it),))),
        Quirk("extension-and-padding-sound", G, "the same with the sound", "", Script(sound="alaw", sound_rtp=(_each(
              _all_of_it),))),
        Quirk("extension-long", G, "an extension of 200 words", "", Script(rtp=(_each(lambda packet,
              flow: replace(packet, extension=struct.pack(">HH", 0xBEDE, 200) + bytes(800))),))),
        Quirk("padding-alone", G, "a packet of padding alone behind each picture", "", Script(rtp=(_padding_alone,))),
        Quirk("padding-bit-lies", G, "the bit of padding is set, and there is none", "", Script(wire=(
              _padding_lies,))),
        Quirk("time-wraps-b-frames", G, "times wrap among B-frames", "", Script(film="h264-b",
              first_stamp=(1 << 32) - 100_000)),
        Quirk("time-wraps-sound", G, "the picture's times wrap beside sound", "", Script(sound="alaw",
              first_stamp=(1 << 32) - 300_000)),
        Quirk("both-wrap", G, "times and numbers wrap in the same second", "", Script(first_sequence=65_530,
              first_stamp=(1 << 32) - 1000)),
        Quirk("time-half-way", G, "times pass 2^31, no RTP-Info", "", Script(first_stamp=(1 << 31) - 50_000,
              rtp_info=False)),
        Quirk("time-jumps-hours", G, "times jump an hour ahead each three seconds", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=packet.stamp + flow.number // 30 * 324_000_000)),))),
        Quirk("time-jumps-half", G, "times jump by 2^31 once", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=packet.stamp + (1 << 31) * (flow.number >= 30))),))),
        Quirk("time-begins-anew", G, "times begin anew with each key frame", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=1_000_000 + flow.number % 10 * 9000)),))),
        Quirk("time-rewinds", G, "times jump two seconds back, and ahead again", "gtxaspec/raptor#43", Script(
              rtp=(_each(_rewinds),))),
        Quirk("time-back-often", G, "each fifth picture's time is before the one of the picture before", "", Script(
              rtp=(_each(lambda packet, flow: replace(packet,
              stamp=packet.stamp - 12_000 * (flow.number % 5 == 4))),))),
        Quirk("time-in-ms", G, "times in milliseconds though it says 90000", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=flow.number * 100)),))),
        Quirk("time-in-us", G, "times in microseconds", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=flow.number * 100_000)),))),
        Quirk("time-all-zero", G, "all times are 0", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=0)),))),
        Quirk("time-at-random", G, "times at random", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, stamp=flow.number * _SCATTER & 0xFFFFFFFF)),))),
        Quirk("time-drifts", G, "a clock that is three per cent fast, beside sound", "", Script(sound="alaw",
              rtp=(_each(_drift),))),
        Quirk("sequence-in-twos", G, "numbers go in twos", "", Script(rtp=(_each(
              lambda packet, flow: replace(packet, sequence=packet.sequence * 2)),), seconds=60)),
        Quirk("sequence-shared", G, "picture and sound take numbers of one row in turn", "", Script(sound="alaw",
              rtp=(_one_row,), sound_rtp=(_one_row,), seconds=60)),
        Quirk("sequence-each-picture", G, "numbers begin anew with each picture", "", Script(rtp=(_from_zero,))),
        Quirk("middle-lost", G, "a packet in the middle of each 15th picture is lost in the camera", "", Script(
              rtp=(_middle_lost,), **large)),
        Quirk("key-start-lost", G, "the first fragment of each third key frame is lost in the camera", "", Script(
              rtp=(_key_start_lost,), **large)),
        Quirk("bursts", G, "sends a second of pictures at once", "", Script(rtp=(_in_bursts,))),
        Quirk("rate-60-fps", G, "60 pictures a second", "", Script(fps=60)),
    ]  # fmt: skip
