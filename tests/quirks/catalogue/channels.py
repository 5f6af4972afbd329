"""Quirks of channels and transports: what SETUP is answered with, what shares the connection, and datagrams."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import replace as changed

from tests.quirks.catalogue.transport import _every
from tests.quirks.edits import header, on
from tests.quirks.script import Answer, Flow, Quirk, Reply, Request, Rtp, Script, Talk

G = "transport"
_META = b"<?xml version='1.0'?><tt:MetadataStream>" + b"$\x00\x04\x00" * 20 + b"</tt:MetadataStream>"
_UDP = {"tcp": False, "plain": True, "seconds": 16.0}


def _frame(channel: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0x24, channel, len(body)) + body


def _metadata() -> bytes:
    return _frame(6, struct.pack(">BBHII", 0x80, 0xE2, 5, 77, 0x5151) + _META)


def _transport(words: str) -> tuple[Answer, ...]:
    return (header("SETUP", "Transport", words),)


def _ports(old: str, new: Callable[[int], str]) -> tuple[Answer, ...]:
    """Another pair of ports in the answer to SETUP than is used."""

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        words = []
        for word in reply.value("Transport").split(";"):
            name, _, value = word.partition("=")
            words.append(new(int(value.split("-")[0])) if name == old else word)
        return reply.put("Transport", ";".join(word for word in words if word))

    return (on("SETUP", change),)


def _added(words: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        found = reply.value("Transport")
        return reply.put("Transport", f"{found};{words}") if found else reply

    return (on("SETUP", change),)


def _swapped(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Neighbouring datagrams overtake each other."""
    found = [*packets]
    for at in range(0, len(found) - 1, 2):
        found[at], found[at + 1] = found[at + 1], found[at]
    return found


def _twice(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [packet for packet in packets for _ in range(2)]


def _lost(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    if flow.number % 15 == 14 and len(packets) > 1:
        flow.damaged.add(flow.number)
        return packets[:-1]
    return packets


def _session(talk: Talk, request: Request, reply: Reply) -> Reply:
    return reply.put("Session", "99887766;timeout=60") if talk.count["SETUP"] > 1 else reply


def _typed(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [changed(packet, payload_type=97) for packet in packets]


def rows() -> list[Quirk]:
    noise = random.Random(3).randbytes(30_000)
    return [
        Quirk("channels-same", G, "gives picture and sound the same channels", "", Script(sound="alaw",
              channels=(0, 1, 0, 1))),
        Quirk("channels-same-aac", G, "the same with AAC", "", Script(sound="aac", channels=(0, 1, 0, 1))),
        Quirk("channels-overlap", G, "channels 0-1 for the picture, 1-2 for the sound", "", Script(sound="alaw",
              channels=(0, 1, 1, 2))),
        Quirk("channels-reports-too", G, "reports on the media's own channels", "", Script(sound="alaw",
              channels=(0, 0, 2, 2))),
        Quirk("channels-crossed", G, "the picture has channels 2-3, the sound 0-1", "", Script(sound="alaw",
              channels=(2, 3, 0, 1))),
        Quirk("channels-far", G, "channels 254 and 255", "bluenviron/gortsplib#47", Script(channels=(254, 255, 0, 1))),
        Quirk("transport-quoted", G, 'interleaved="0-1"', "", Script(answers=_transport(
              'RTP/AVP/TCP;unicast;interleaved="0-1"'))),
        Quirk("transport-zeros", G, "interleaved=00-01", "", Script(answers=_transport(
              "RTP/AVP/TCP;unicast;interleaved=00-01"))),
        Quirk("transport-two", G, "answers SETUP with two transports", "", Script(answers=_transport(
              "RTP/AVP/TCP;unicast;interleaved=0-1,RTP/AVP;unicast;client_port=1-2"))),
        Quirk("transport-mode-first", G, 'mode="PLAY" ahead of the rest', "", Script(answers=_transport(
              'RTP/AVP/TCP;mode="PLAY";unicast;interleaved=0-1'))),
        Quirk("transport-mode-lower", G, "mode=play", "pedroSG94/RTSP-Server#69", Script(answers=_added("mode=play"))),
        Quirk("transport-ssrc-decimal", G, "ssrc as a decimal number", "", Script(answers=_transport(
              "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=3735928559"))),
        Quirk("transport-ssrc-empty", G, "ssrc= with nothing", "", Script(answers=_transport(
              "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc="))),
        Quirk("transport-says-udp", G, "is asked for TCP, says UDP and sends in the connection", "", Script(
              answers=_transport("RTP/AVP;unicast;client_port=0-1;server_port=9000-9001"))),
        Quirk("transport-says-multicast", G, "says multicast and sends in the connection", "", Script(
              answers=_transport("RTP/AVP/TCP;multicast;interleaved=0-1"))),
        Quirk("transport-semicolon-behind", G, "a semicolon at the end of Transport", "", Script(answers=_added(""))),
        Quirk("transport-lower-case", G, "rtp/avp/tcp", "", Script(answers=_transport(
              "rtp/avp/tcp;unicast;interleaved=0-1"))),
        Quirk("split-bytes", G, "writes the connection one byte at a time", "", Script(split=1, fps=5)),
        Quirk("split-three", G, "writes it three bytes at a time", "", Script(split=3)),
        Quirk("metadata-unasked", G, "ONVIF metadata on a channel that nobody set up", "",
              Script(wire=(_every(6, _metadata()),))),
        Quirk("metadata-no-rtp", G, "metadata without RTP on such a channel", "", Script(wire=(_every(6, _frame(6,
              _META)),))),
        Quirk("metadata-large", G, "30 KB of its own data on such a channel", "", Script(wire=(_every(12, _frame(16,
              noise)),))),
        Quirk("metadata-zeros", G, "20 KB of zeros on such a channel", "", Script(wire=(_every(12, _frame(16,
              bytes(20_000))),))),
        # --- datagrams ---
        Quirk("udp-other-port", G, "sends datagrams from other ports than it says", "bluenviron/mediamtx#698",
              Script(answers=_ports("server_port", lambda port: "server_port=32770-32771"), **_UDP)),
        Quirk("udp-port-unsaid", G, "does not say from which ports it sends", "", Script(answers=_ports("server_port",
              lambda port: ""), **_UDP)),
        Quirk("udp-port-zero", G, "says server_port=0-0", "", Script(answers=_ports("server_port",
              lambda port: "server_port=0-0"), **_UDP)),
        Quirk("udp-port-alone", G, "says one port in place of two", "", Script(answers=_ports("server_port",
              lambda port: f"server_port={port}"), **_UDP)),
        Quirk("udp-client-port-wrong", G, "answers with another client_port and sends to the one that was asked for",
              "pedroSG94/RTSP-Server#69", Script(answers=_ports("client_port", lambda port: "client_port=8000-8001"),
              **_UDP)),
        Quirk("udp-source-other", G, "names another source than it sends from", "", Script(answers=_added(
              "source=192.168.1.64;destination=10.0.0.9"), **_UDP)),
        Quirk("udp-says-avp-udp", G, "answers RTP/AVP/UDP with mode=play", "pedroSG94/RTSP-Server#69", Script(
              answers=_added("mode=play"), **_UDP)),
        Quirk("udp-session-another", G, "names another session with the second SETUP, over UDP",
              "scottlamb/retina#85", Script(sound="alaw", answers=(on("SETUP", _session),), **_UDP)),
        Quirk("udp-swapped", G, "datagrams overtake each other", "", Script(rtp=(_swapped,), film="h264-large",
              **_UDP)),
        Quirk("udp-twice", G, "each datagram comes twice", "", Script(rtp=(_twice,), **_UDP)),
        Quirk("udp-lost", G, "the last datagram of each 15th picture is lost", "", Script(rtp=(_lost,), **_UDP)),
        Quirk("udp-no-reports", G, "no reports, over UDP", "", Script(reports=False, sound="alaw", **_UDP)),
        Quirk("udp-timeout-4", G, "timeout=4 over UDP, and only requests count", "",
              Script(timeout=4, alive_by=frozenset(("OPTIONS", "GET_PARAMETER")), **_UDP)),
        Quirk("udp-reports-count", G, "timeout=9 over UDP, and only receiver reports count",
              "ZoneMinder/zoneminder#560", Script(timeout=9, alive_by=frozenset(("RTCP",)), **_UDP)),
        Quirk("udp-hevc-aac", G, "H.265 and AAC over UDP alone", "", Script(film="hevc", sound="aac", **_UDP)),
        Quirk("udp-mjpeg", G, "JPEG and G.711 over UDP alone", "", Script(film="mjpeg", sound="ulaw", payload_type=26,
              **_UDP)),
        Quirk("udp-b-frames", G, "B-frames over UDP alone", "", Script(film="h264-b", **_UDP)),
        Quirk("udp-sets-own-time", G, "sets under another time than the key frame, over UDP alone", "", Script(
              sdp_sets=False, way=_sets_before(), **_UDP)),
        Quirk("udp-annex-b-key", G, "sets and key frame as one unit in Annex B, over UDP alone", "", Script(
              sdp_sets=False, way=_one_unit(), **_UDP)),
        Quirk("udp-type-other", G, "another payload type than described, over UDP alone", "", Script(rtp=(_typed,),
              **_UDP)),
        Quirk("udp-closes-6-s", G, "closes each six seconds, over UDP alone", "", Script(lasts=6, tcp=False, plain=True,
              seconds=26)),
        Quirk("udp-silent-once", G, "falls silent once, over UDP alone", "", Script(lasts=7, lasts_once=True,
              ends_by="silence", tcp=False, plain=True, seconds=30)),
    ]  # fmt: skip


def _sets_before():  # type: ignore[no-untyped-def]
    from tests.quirks.catalogue.h264 import sets_before

    return sets_before(0.5)


def _one_unit():  # type: ignore[no-untyped-def]
    from tests.quirks.catalogue.h264 import one_unit

    return one_unit
