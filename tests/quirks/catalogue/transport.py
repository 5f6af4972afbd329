"""Quirks of how packets and answers share a connection, and of what else they come over."""

from __future__ import annotations

import random
import struct

from tests.quirks.edits import everywhere, header, on, without_header
from tests.quirks.script import Flow, Quirk, Reply, Request, Rtp, Script, Talk, Wire

G = "transport"
_WORDS = b"RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\n"


def _every(times: int, junk: bytes) -> Wire:
    """Puts ``junk`` ahead of each ``times``-th packet."""

    def wire(data: bytes, flow: Flow) -> bytes:
        count = int(flow.extra.get("wired", 0)) + 1  # type: ignore[call-overload]
        flow.extra["wired"] = count
        return junk + data if count % times == 0 else data

    return wire


def _random_junk(data: bytes, flow: Flow) -> bytes:
    dice = flow.extra.setdefault("dice", random.Random(7))
    assert isinstance(dice, random.Random)
    if dice.random() < 0.2:
        return dice.randbytes(dice.randrange(1, 60)).replace(b"$", b"%") + data
    return data


def _foreign_channel(data: bytes, flow: Flow) -> bytes:
    return struct.pack(">BBH", 0x24, 9, 20) + bytes(20) + data


def _empty_frame(data: bytes, flow: Flow) -> bytes:
    return struct.pack(">BBH", 0x24, data[1], 0) + data


def _lost_tail(data: bytes, flow: Flow) -> bytes:
    """An old live555 that wrote half a packet and went on with the next."""
    count = int(flow.extra.get("wired", 0)) + 1  # type: ignore[call-overload]
    flow.extra["wired"] = count
    if count % 40 == 20 and flow.track == 0 and len(data) > 200 and data[1] == 0:
        flow.damaged.add(flow.number)
        return data[: len(data) // 2]
    return data


def _runt(data: bytes, flow: Flow) -> bytes:
    """An RTP header without a payload ahead of each packet."""
    return struct.pack(">BBH", 0x24, data[1], 6) + b"\x80\x60\x00\x00\x00\x00" + data


def _asks(method: str) -> Wire:
    return _every(8, f"{method} rtsp://127.0.0.1/stream RTSP/1.0\r\nCSeq: 77\r\nSession: 20261201\r\n\r\n".encode())


def _trickled(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.insert(0, "Server: " + "x" * 3000)
    return reply


def _foreign_source(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Packets of another session in between, under their own SSRC and number."""
    if flow.connection and packets:
        first = packets[0]
        count = int(flow.extra.get("foreign", 0))  # type: ignore[call-overload]
        flow.extra["foreign"] = count + 1
        payload = b"\x41" + bytes(range(1, 40))
        stranger = Rtp(payload, True, 777_000 + count * 9000, 40_000 + count, 0x5BF73F70, first.payload_type)
        return [stranger, *packets]
    return packets


def _early(talk: Talk, request: Request, reply: Reply) -> Reply:
    """Packets before the answer to PLAY, of a session before."""
    packet = struct.pack(">BBHIIB", 0x80, 0xE0, 9, 5, 0x99, 0x41) + bytes(30)
    head = f"RTSP/1.0 200 OK\r\nCSeq: {request.head.get('cseq')}\r\n" + "\r\n".join([*reply.lines, "", ""])
    reply.raw = struct.pack(">BBH", 0x24, 0, len(packet)) + packet + head.encode()
    return reply


def rows() -> list[Quirk]:
    return [
        Quirk("plain-h264", G, "no quirk: H.264 in the connection", "", Script()),
        Quirk("plain-h264-sound", G, "no quirk: H.264 and G.711", "", Script(sound="alaw")),
        Quirk("plain-hevc", G, "no quirk: H.265", "", Script(film="hevc")),
        Quirk("plain-mjpeg", G, "no quirk: MJPEG", "", Script(film="mjpeg")),
        Quirk("channels-own", G, "answers SETUP with channels of its own choice (4-5)",
              "bluenviron/gortsplib#72", Script(channels=(4, 5, 6, 7))),
        Quirk("channels-own-sound", G, "own channels (10-11, 12-13) for picture and sound",
              "bluenviron/gortsplib#72", Script(channels=(10, 11, 12, 13), sound="alaw")),
        Quirk("channels-high", G, "channels 200 and 201", "", Script(channels=(200, 201, 202, 203))),
        Quirk("channels-odd", G, "picture on channel 1, reports on 0", "", Script(channels=(1, 0, 3, 2))),
        Quirk("channels-unsaid", G, "answers SETUP with RTP/AVP/TCP and no channels",
              "bluenviron/gortsplib#142", Script(answers=(header("SETUP", "Transport", "RTP/AVP/TCP;unicast"),))),
        Quirk("channel-one-number", G, "says interleaved=0 without the second channel", "",
              Script(answers=(header("SETUP", "Transport", "RTP/AVP/TCP;unicast;interleaved=0"),))),
        Quirk("transport-unsaid", G, "answers SETUP without Transport", "bluenviron/gortsplib#456",
              Script(answers=(without_header("SETUP", "Transport"),))),
        Quirk("transport-ssrc-first", G, "Transport has ssrc ahead of interleaved", "scottlamb/retina#120",
              Script(answers=(header("SETUP", "Transport", "RTP/AVP/TCP;ssrc=22345684;interleaved=0-1"),))),
        Quirk("transport-spaces", G, "Transport has spaces behind its semicolons", "",
              Script(answers=(header("SETUP", "Transport", "RTP/AVP/TCP; unicast; interleaved=0-1; mode=\"PLAY\""),))),
        Quirk("transport-extra-words", G, "Transport has destination, source and ssrc", "Hikvision",
              Script(answers=(header("SETUP", "Transport",
                     "RTP/AVP/TCP;unicast;destination=127.0.0.1;source=127.0.0.1;interleaved=0-1;ssrc=0"),))),
        Quirk("transport-upper-case", G, "Transport in capitals: INTERLEAVED=0-1", "",
              Script(answers=(header("SETUP", "Transport", "RTP/AVP/TCP;UNICAST;INTERLEAVED=0-1"),))),
        Quirk("stray-bytes", G, "bytes that are nothing between packets", "scottlamb/retina#80",
              Script(wire=(_random_junk,))),
        Quirk("stray-crlf", G, "an empty line ahead of each packet", "", Script(wire=(_every(1, b"\r\n"),))),
        Quirk("stray-zeros", G, "four zero bytes ahead of each fifth packet", "", Script(wire=(_every(5, bytes(4)),))),
        Quirk("stray-dollar", G, "a lone $ and text ahead of each fifth packet", "scottlamb/moonfire-nvr#114",
              Script(wire=(_every(5, b"$ is money"),))),
        Quirk("half-packet", G, "half a packet, then the next one (live555 before 2013.12)", "scottlamb/retina#17",
              Script(wire=(_lost_tail,))),
        Quirk("foreign-channel", G, "packets on a channel that nobody set up", "", Script(wire=(_foreign_channel,))),
        Quirk("empty-frames", G, "interleaved packets of no length", "", Script(wire=(_empty_frame,))),
        Quirk("runt-packets", G, "RTP packets shorter than their header", "", Script(wire=(_runt,))),
        Quirk("foreign-session", G, "packets of another session, with another SSRC, on the same channel",
              "scottlamb/moonfire-nvr#114", Script(rtp=(_foreign_source,))),
        Quirk("packets-before-play-answer", G, "packets before the answer to PLAY", "scottlamb/moonfire-nvr#114",
              Script(answers=(on("PLAY", _early),))),
        Quirk("unasked-answers", G, "an answer to nothing between packets", "scottlamb/moonfire-nvr#268",
              Script(wire=(_every(10, _WORDS),))),
        Quirk("asks-options", G, "asks OPTIONS of the reader", "", Script(wire=(_asks("OPTIONS"),))),
        Quirk("asks-get-parameter", G, "asks GET_PARAMETER of the reader", "", Script(wire=(_asks("GET_PARAMETER"),))),
        Quirk("asks-set-parameter", G, "sends SET_PARAMETER to the reader", "", Script(wire=(_asks("SET_PARAMETER"),))),
        Quirk("announces", G, "sends ANNOUNCE while it plays", "", Script(wire=(_asks("ANNOUNCE"),))),
        Quirk("split-small", G, "writes the connection 40 bytes at a time", "", Script(split=40)),
        Quirk("split-odd", G, "writes it 997 bytes at a time", "", Script(split=997, sound="alaw")),
        Quirk("no-reports", G, "sends no RTCP", "", Script(reports=False, sound="alaw")),
        Quirk("long-headers", G, "3,000 bytes in one header", "", Script(answers=(everywhere(_trickled),))),
        Quirk("udp-only-461", G, "has no TCP and says 461", "scottlamb/retina#103", Script(tcp=False, plain=True,
              seconds=16)),
        Quirk("udp-only-461-sound", G, "the same with sound", "", Script(tcp=False, plain=True, sound="alaw",
              seconds=16)),
        Quirk("udp-only-hevc", G, "H.265 and no TCP", "", Script(tcp=False, plain=True, film="hevc", seconds=16)),
        Quirk("udp-only-400", G, "has no TCP and says 400", "",
              Script(tcp=False, plain=True, seconds=16, answers=(on("SETUP", _bad_tcp("400 Bad Request")),))),
        Quirk("udp-only-hangs-up", G, "has no TCP and hangs up at SETUP", "",
              Script(tcp=False, plain=True, seconds=16, answers=(on("SETUP", _bad_tcp("")),))),
        Quirk("udp-only-500", G, "has no TCP and says 500", "",
              Script(tcp=False, plain=True, seconds=16, answers=(on("SETUP", _bad_tcp("500 Internal Server Error")),))),
        Quirk("tcp-only", G, "has no UDP and says 461, to a reader that was told nothing", "AlexxIT/go2rtc#1510",
              Script(udp=False, plain=True)),
    ]  # fmt: skip


def _bad_tcp(words: str):  # type: ignore[no-untyped-def]
    def change(talk: Talk, request: Request, reply: Reply) -> Reply | None:
        if not reply.status.startswith("461"):
            return reply
        return Reply(words or "400 Bad Request", hang_up=not words, raw=None if words else b"")

    return change
