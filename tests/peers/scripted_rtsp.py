"""A camera that packs its pictures into RTP as it is told to: an RTSP server on 127.0.0.1, in a thread.

GStreamer's server, beside it, errs in nothing. This one sends the access units of a clip in the ways of cameras that do
(:data:`WAYS`), with or without parameter sets in its session description.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

from appliance.api import split_nals
from tests.peers.clips import Clip

__all__ = ["WAYS", "ScriptedRtsp"]

RATE = 90_000
MTU = 1400
PAYLOAD_TYPE = 96
CODE = b"\x00\x00\x00\x01"
SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}

Sent = Iterator[tuple[int, bytes, bool]]
"""(ticks after the picture's own time, payload, marker) of each RTP packet of one picture."""


class ScriptedRtsp:
    """A context manager. ``sdp_sets``: whether the session description has the parameter sets. ``pictures``: how many
    it sends before it closes the connection; 0: without end. ``paced``: as fast as they were filmed, else at once."""

    def __init__(self, clip: Clip, way: str, *, sdp_sets: bool = False, pictures: int = 0, paced: bool = False) -> None:
        self._clip, self._way, self._sdp_sets = clip, WAYS[way], sdp_sets
        self._pictures, self._paced = pictures, paced
        self._server = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.url = f"rtsp://127.0.0.1:{self._server.getsockname()[1]}/stream"

    def __enter__(self) -> ScriptedRtsp:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for sock in (self._server, *self._connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._server.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            while (request := _request(connection)) is not None:
                method, number = request
                head, body = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n", b""
                if method == "DESCRIBE":
                    body = self._description()
                    head += f"Content-Type: application/sdp\r\nContent-Base: {self.url}/\r\n"
                elif method == "SETUP":
                    head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                if method == "PLAY":
                    self._play(connection)
                    return

    def _description(self) -> bytes:
        codec = self._clip.recipe.video
        sets = _sets_of(codec, self._clip.video[0]) if self._sdp_sets else []
        coded = [base64.b64encode(unit).decode() for unit in sets]
        words = []
        if codec == "h264":
            words = ["packetization-mode=1", *([f"sprop-parameter-sets={','.join(coded)}"] if coded else [])]
        elif coded:
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            words = [f"{name}={text}" for name, text in zip(names, coded, strict=True)]
        fmtp = f"a=fmtp:{PAYLOAD_TYPE} {';'.join(words)}\r\n" if words else ""
        name = {"h264": "H264", "hevc": "H265"}[codec]
        return (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP {PAYLOAD_TYPE}\r\n"
            f"a=rtpmap:{PAYLOAD_TYPE} {name}/{RATE}\r\n{fmtp}a=control:track1\r\n"
        ).encode()

    def _play(self, connection: socket.socket) -> None:
        recipe, number, sequence = self._clip.recipe, 0, 100
        while not self._over.is_set() and (not self._pictures or number < self._pictures):
            unit = self._clip.video[number % len(self._clip.video)]
            for after, payload, marker in self._way(recipe.video, list(split_nals(unit)), RATE // recipe.fps):
                stamp = 1_000_000 + number * RATE // recipe.fps + after & 0xFFFFFFFF
                head = struct.pack(">BBHII", 0x80, PAYLOAD_TYPE | marker << 7, sequence, stamp, 7)
                packet = head + payload
                connection.sendall(struct.pack(">BBH", 0x24, 0, len(packet)) + packet)
                sequence = sequence + 1 & 0xFFFF
            number += 1
            if self._paced:
                self._over.wait(1 / recipe.fps)
        if self._pictures:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                continue


def _request(connection: socket.socket) -> tuple[str, str] | None:
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        block = connection.recv(4096)
        if not block:
            return None
        text += block
    lines = text.decode().split("\r\n")
    number = next(line.partition(":")[2].strip() for line in lines if line.lower().startswith("cseq:"))
    return lines[0].split()[0], number


def _kind(codec: str, unit: bytes) -> int:
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def _sets_of(codec: str, unit: bytes) -> list[bytes]:
    return [nal for nal in split_nals(unit) if _kind(codec, nal) in SETS[codec]]


def _fragments(codec: str, unit: bytes) -> list[bytes]:
    """The unit in one packet if it fits, else as FU-A (RFC 6184 section 5.8) or FU (RFC 7798 section 4.4.3)."""
    if len(unit) <= MTU:
        return [unit]
    if codec == "h264":
        kind, lead, rest = unit[0] & 31, bytes((unit[0] & 0xE0 | 28,)), unit[1:]
    else:
        kind, lead, rest = unit[0] >> 1 & 63, bytes((unit[0] & 0x81 | 49 << 1, unit[1])), unit[2:]
    pieces = [rest[at : at + MTU] for at in range(0, len(rest), MTU)]
    marks = [0x80, *[0] * (len(pieces) - 2), 0x40]
    return [lead + bytes((mark | kind,)) + piece for mark, piece in zip(marks, pieces, strict=True)]


def _sent(codec: str, units: list[bytes], after: int = 0, *, each_marked: bool = False) -> Sent:
    """The units one after the other; the marker ends the picture, or each unit."""
    for number, unit in enumerate(units):
        pieces = _fragments(codec, unit)
        for at, piece in enumerate(pieces):
            yield after, piece, at + 1 == len(pieces) and (each_marked or number + 1 == len(units))


def _right(codec: str, units: list[bytes], ticks: int) -> Sent:
    return _sent(codec, units)


def _one_unit(codec: str, units: list[bytes], ticks: int) -> Sent:
    """V380: the whole picture, parameter sets and all, in Annex B as if it were one unit, with the first one's kind."""
    return _sent(codec, [CODE.join(units)])


def _one_unit_with_code(codec: str, units: list[bytes], ticks: int) -> Sent:
    """The same with a start code ahead of the first unit, too."""
    return _sent(codec, [CODE + CODE.join(units)])


def _sets_earlier(codec: str, units: list[bytes], ticks: int) -> Sent:
    """Reolink, Tapo: the parameter sets under a time stamp between the last picture's and the key frame's."""
    sets = [unit for unit in units if _kind(codec, unit) in SETS[codec]]
    yield from _sent(codec, sets, -ticks // 2, each_marked=True)
    yield from _sent(codec, [unit for unit in units if unit not in sets])


def _sets_with_the_last(codec: str, units: list[bytes], ticks: int) -> Sent:
    """The parameter sets under the time stamp of the picture before, with no marker."""
    sets = [unit for unit in units if _kind(codec, unit) in SETS[codec]]
    for after, piece, _ in _sent(codec, sets, -ticks):
        yield after, piece, False
    yield from _sent(codec, [unit for unit in units if unit not in sets])


def _sets_never(codec: str, units: list[bytes], ticks: int) -> Sent:
    return _sent(codec, [unit for unit in units if _kind(codec, unit) not in SETS[codec]])


def _no_key(codec: str, units: list[bytes], ticks: int) -> Sent:
    """Key frames and their parameter sets are left out."""
    return iter(()) if any(_kind(codec, unit) in SETS[codec] for unit in units) else _sent(codec, units)


WAYS: dict[str, Callable[[str, list[bytes], int], Sent]] = {
    "right": _right,
    "one-unit": _one_unit,
    "one-unit-with-code": _one_unit_with_code,
    "sets-earlier": _sets_earlier,
    "sets-with-the-last": _sets_with_the_last,
    "sets-never": _sets_never,
    "no-key": _no_key,
}
