"""Hostile input for the parsers of what cameras say, without a network: a million of them in minutes.

    python -m tests.peers.fuzz_parsers FIRST COUNT [PROCESSES [LIMIT_SECONDS]]

An input is a number. Of ten, nine are whole RTSP connections in memory, answers, description and media, of which
something was spoilt; the tenth is an answer to the search for cameras, pictures over HTTP, or a device that is asked by
ONVIF what it is. Prints one JSON line for each block of inputs:
``{"first", "count", "taken", "slowest_seconds", "peak_kib", "bad"}``. ``taken`` got as far as a packet; ``bad`` holds
what no input may do: an error that no source may raise, a packet that is none, more bytes out than came in, or the end
of the process by itself or by the limit of time. Inputs -1 to -3 do so on purpose.
"""

from __future__ import annotations

import base64
import json
import mmap
import os
import random
import resource
import signal
import struct
import sys
import traceback
import uuid
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from typing import Any
from unittest import mock

from appliance.api import CameraLost, Packet, UsageError, split_nals
from appliance.core.clock import SystemClock
from appliance.plugins.sources.rtsp.opening import Connecting
from appliance.plugins.sources.rtsp.sdp import NotOurs
from appliance.plugins.sources.rtsp.source import RtspSource
from appliance.plugins.sources.ws_discovery import answer_of
from tests.peers import fuzz_devices
from tests.peers.clips import clip
from tests.peers.fuzz_server import mutate

BLOCK = 5000
LIMIT_SECONDS = 20
"""So long an input may take on a busy machine; the slowest of a run is told."""
MEMORY_BYTES = 512 << 20
NOTHING: dict[str, Any] = {"count": 0, "taken": 0, "slowest_seconds": 0.0, "peak_kib": 0, "bad": ()}
ON_PURPOSE = {-1: "crash", -2: "escape", -3: "hang"}
MTU = 120
PICTURE_BYTES = 400
"""Pictures are cut: what is in them no parser here reads."""

TOKENS = (
    b"\r\n", b"\n", b"\r\n\r\n", b"$\x00\xff\xff", b"$\x00\x00\x00", b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 401 No\r\n",
    b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"Content-Length: 99999999999\r\n", b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff\r\n", b"Session: ;timeout=0\r\n",
    b"Session: 1;timeout=99999999\r\n",
    b"Transport: RTP/AVP/TCP;interleaved=300-400\r\n", b"Transport: RTP/AVP/TCP;interleaved=1-0\r\n",
    b"WWW-Authenticate: Digest realm=\"\", nonce=\"\", qop=\"auth,auth-int\"\r\n", b"WWW-Authenticate: Basic\r\n",
    b"RTP-Info: url=x;rtptime=99999999999\r\n", b"m=video 0 RTP/AVP 96\r\n", b"m=audio 0 RTP/AVP 0\r\n",
    b"a=sendonly\r\n",
    b"a=rtpmap:96 H264/0\r\n", b"a=rtpmap:96 H264/99999999999\r\n", b"a=rtpmap:96 H265/90000\r\n", b"a=control:rtsp://\r\n",
    b"a=fmtp:96 packetization-mode=2;sprop-parameter-sets=,,====\r\n",
    b"a=fmtp:96 sprop-max-don-diff=1;sprop-vps=AAAA\r\n",
    b"a=fmtp:97 mode=AAC-hbr;config=;sizelength=99;indexlength=-1\r\n",
    b"\x00\x00\x01", b"\x00\x00\x00\x01\x67", b"\xff" * 9,
)  # fmt: skip


class Connection:
    """The socket's side of a camera that answers what it is asked, each piece spoilt as ``random_`` has it."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self.codec = random_.choice(("h264", "hevc"))
        self.sound = random_.choice(("aac", "pcm_alaw", "opus", ""))
        self.where = random_.choice(("answers", "description", "headers", "payloads", "frames", "all"))
        self.share = random_.choice((0.0005, 0.005, 0.05))
        self.came = bytearray()
        self.sent = 0

    # What the client uses of a socket.

    def sendall(self, data: bytes) -> None:
        for request in bytes(data).split(b"\r\n\r\n"):
            words = request.split(b" ", 1)
            if request[:1] != b"$" and len(words) == 2 and words[0].isalpha():
                self._answer(words[0].decode(), request)

    def recv(self, size: int) -> bytes:
        size = min(size, self.random.choice((1, 7, 100, 5000, 1 << 16)))
        block = bytes(self.came[:size])
        del self.came[: len(block)]
        return block

    def recv_into(self, buffer: memoryview) -> int:
        block = self.recv(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def settimeout(self, seconds: float) -> None: ...

    def setblocking(self, flag: bool) -> None: ...

    def close(self) -> None: ...

    def getpeername(self) -> tuple[str, int]:
        return "127.0.0.1", 554

    # What the camera does.

    def _give(self, data: bytes) -> None:
        self.came += data
        self.sent += len(data)

    def _spoilt(self, where: str, data: bytes) -> bytes:
        if where != self.where and self.where != "all":
            return data
        if self.random.random() < 0.3:
            at = self.random.randrange(len(data) + 1)
            data = data[:at] + self.random.choice(TOKENS) + data[at:]
        return mutate(self.random, data, self.share) if self.random.random() < 0.7 else data

    def _answer(self, method: str, request: bytes) -> None:
        number = next((line[5:].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"cseq:")), b"1")
        head, body = b"RTSP/1.0 200 OK\r\nCSeq: " + number + b"\r\n", b""
        if method == "OPTIONS":
            head += b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n"
        elif method == "DESCRIBE":
            body = self._spoilt("description", _description(self.codec, self.sound))
            head += b"Content-Base: rtsp://127.0.0.1/x/\r\n"
        elif method == "SETUP":
            first = 2 if b"/audio" in request.split(b"\r\n")[0] else 0
            head += b"Session: 12;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=%d-%d\r\n" % (first, first + 1)
        if body and self.random.random() < 0.2:
            answer = head + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        else:
            answer = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        self._give(self._spoilt("answers", answer))
        if method == "PLAY":
            self._media()

    def _media(self) -> None:
        sequence = self.random.randrange(1 << 16)
        for number, picture in enumerate(PICTURES[self.codec]):
            payloads = list(_payloads(self.random, self.codec, picture))
            for at, payload in enumerate(payloads):
                marker = 0x80 if at == len(payloads) - 1 else 0
                self._packet(0, 96 | marker, sequence, number * 6000, payload)
                sequence += 1
            if self.sound:
                self._packet(2, 0x80 | 97, number, number * 1024, _sound(self.sound))
            if number % 3 == 2:
                report = struct.pack(">BBHIQIII", 0x80, 200, 6, 7, 1 << 60, number * 6000, 1, 1)
                self._give(self._spoilt("frames", b"$\x01" + len(report).to_bytes(2, "big") + report))

    def _packet(self, channel: int, kind: int, sequence: int, stamp: int, payload: bytes) -> None:
        head = self._spoilt("headers", struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, stamp, 7))
        packet = (head + self._spoilt("payloads", payload))[:65535]
        self._give(self._spoilt("frames", b"$" + bytes((channel,)) + len(packet).to_bytes(2, "big") + packet))


def _cut(units: Sequence[bytes]) -> list[list[bytes]]:
    return [[unit[:PICTURE_BYTES] for unit in split_nals(picture)] for picture in units[:12]]


PICTURES = {"h264": _cut(clip("h264").video), "hevc": _cut(clip("hevc_aac").video)}


def _payloads(random_: random.Random, codec: str, units: Sequence[bytes]) -> list[bytes]:
    """The ways in which cameras pack: singly, in fragments, several in one, all of them in Annex B in one."""
    way = random_.randrange(8)
    size = 1 if codec == "h264" else 2
    if way == 0:
        return [b"".join(b"\x00\x00\x00\x01" + unit for unit in units)]
    if way == 1:
        joined = b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
        kinds = {"h264": (b"\x78", b"\x79\x00\x00", b"\x7a\x00\x00"), "hevc": (b"\x60\x01", b"\x60\x01\x00\x00")}[codec]
        return [random_.choice(kinds) + joined]
    found = []
    for unit in units:
        if len(unit) <= MTU:
            found.append(unit)
            continue
        parts = [unit[at : at + MTU] for at in range(size, len(unit), MTU)]
        for at, part in enumerate(parts):
            ends = (0x80 if at == 0 else 0) | (0x40 if at == len(parts) - 1 else 0)
            if codec == "h264":
                number = b"\x00\x00" if way == 2 and at == 0 else b""
                found.append(bytes((unit[0] & 0xE0 | (29 if number else 28), unit[0] & 0x1F | ends)) + number + part)
            else:
                found.append(bytes((unit[0] & 0x81 | 49 << 1, unit[1], unit[0] >> 1 & 0x3F | ends)) + part)
    return found


def _sound(codec: str) -> bytes:
    return b"\x00\x20" + struct.pack(">HH", 100 << 3, 60 << 3) + bytes(160) if codec == "aac" else bytes(160)


def _description(codec: str, sound: str) -> bytes:
    words = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=x",
        "t=0 0",
        "a=control:*",
        "m=video 0 RTP/AVP 96",
        "a=control:video",
    ]
    sets = [base64.b64encode(unit).decode() for unit in PICTURES[codec][0]]
    if codec == "h264":
        words += ["a=rtpmap:96 H264/90000", f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={','.join(sets[:2])}"]
    else:
        words += ["a=rtpmap:96 H265/90000", f"a=fmtp:96 sprop-vps={sets[0]};sprop-sps={sets[1]};sprop-pps={sets[2]}"]
    if sound:
        name = {"aac": "MPEG4-GENERIC/16000", "pcm_alaw": "PCMA/8000", "opus": "OPUS/48000/2"}[sound]
        words += ["m=audio 0 RTP/AVP 97", "a=control:audio", f"a=rtpmap:97 {name}"]
        words += ["a=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3"] * (
            sound == "aac"
        )
    return "\r\n".join([*words, ""]).encode()


_NUMBER = uuid.UUID(int=7)
_PROBE_MATCH = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    f"<a:RelatesTo>uuid:{_NUMBER}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><d:Types>"
    "dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/x</d:Scopes>"
    "<d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
).encode()


def tried(case: int) -> tuple[bool, str]:
    """Whether the input got as far as a packet, and what of it was wrong; "" where nothing was."""
    random_ = random.Random(case)
    if case in ON_PURPOSE:
        _misbehave(ON_PURPOSE[case])
    if case % 10 == 9:
        return _tried_other(case // 10 % 3, random_)
    connection = Connection(random_)
    address = random_.choice(("rtsp://127.0.0.1/x", "rtsp://user:word@127.0.0.1/x"))
    out = packets = 0
    with mock.patch("socket.create_connection", return_value=connection):
        try:
            source = RtspSource(Connecting(address, "camera", open_seconds=60.0), SystemClock())
            for item in source:
                if isinstance(item, Packet):
                    packets += 1
                    out += len(item.data)
                    if not isinstance(item.data, bytes) or not item.data:
                        return True, "a packet without bytes"
        except (CameraLost, NotOurs, UsageError):
            pass
    if out > 2 * connection.sent + 4096:
        return True, f"{out} bytes came out of {connection.sent}"
    return packets > 0, ""


def _tried_other(which: int, random_: random.Random) -> tuple[bool, str]:
    if which == 1:
        return False, fuzz_devices.pictures(random_)
    if which == 2:
        return fuzz_devices.answers(random_)
    answer_of(mutate(random_, _PROBE_MATCH, random_.choice((0.001, 0.01, 0.1))), [_NUMBER])
    return False, ""


def _misbehave(how: str) -> None:
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    while how == "hang":
        signal.pause()
    raise LookupError("on purpose")


def block(first: int, count: int, limit_seconds: int = LIMIT_SECONDS) -> dict[str, Any]:
    """Tries inputs one after the other in a process of their own; one that ends it is told, and the rest goes on."""
    shared = mmap.mmap(-1, 8)
    found = {"first": first, **NOTHING, "bad": []}
    at = first
    while at < first + count:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            _child(at, first + count, shared, writer, limit_seconds)
        os.close(writer)
        with os.fdopen(reader) as answers:
            for line in answers:
                _add(found, json.loads(line))
        _, status = os.waitpid(process, 0)
        at = first + count
        if os.WIFSIGNALED(status):
            case = int.from_bytes(shared[:8], "big", signed=True)
            found["bad"].append([case, signal.Signals(os.WTERMSIG(status)).name])
            at = case + 1
            found["count"] = at - first
    return found


def _add(found: dict[str, Any], part: dict[str, Any]) -> None:
    found["count"] += part["count"]
    found["taken"] += part["taken"]
    found["bad"] += part["bad"]
    for name in ("slowest_seconds", "peak_kib"):
        found[name] = max(found[name], part[name])


def _child(first: int, end: int, shared: mmap.mmap, writer: int, limit_seconds: int) -> None:
    """Never returns. What it has found it says every hundred inputs, so that little is lost when one ends it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    clock = SystemClock()
    with os.fdopen(writer, "w") as answers:
        for start, stop in pairwise([*range(first, end, 100), end]):
            part = {**NOTHING}
            for case in range(start, stop):
                shared[:8] = case.to_bytes(8, "big", signed=True)
                signal.alarm(limit_seconds)
                start_ns = clock.boot_ns()
                try:
                    taken, wrong = tried(case)
                except BaseException:  # whatever it is, it is told
                    taken, wrong = False, traceback.format_exc()
                seconds = (clock.boot_ns() - start_ns) / 1e9
                part["slowest_seconds"] = max(part["slowest_seconds"], round(seconds, 3))
                part["count"] += 1
                part["taken"] += taken
                if wrong:  # told at once, for the next may end the process
                    print(json.dumps(NOTHING | {"bad": [[case, wrong]]}), file=answers, flush=True)
            part["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(json.dumps(part), file=answers, flush=True)
    os._exit(0)


def main(first: int, count: int, processes: int = 1, limit_seconds: int = LIMIT_SECONDS) -> None:
    blocks = [(at, min(BLOCK, first + count - at)) for at in range(first, first + count, BLOCK)]
    with get_context("fork").Pool(processes) as pool:
        for found in pool.imap_unordered(partial(_block, limit_seconds), blocks):
            print(json.dumps(found), flush=True)


def _block(limit_seconds: int, which: tuple[int, int]) -> dict[str, Any]:
    return block(*which, limit_seconds)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
