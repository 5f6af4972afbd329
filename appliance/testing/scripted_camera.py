"""A camera for tests that does one thing oddly: an RTSP or HTTP server on 127.0.0.1 with the test card's pictures.

    with ScriptedCamera("rtsp", "stray-bytes") as camera:
        source = kind.open(checked_settings(kind, {"url": camera.url}))

:data:`QUIRKS` names what it can do. It needs neither a network nor ffmpeg. What it sent is known by :attr:`sent`.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import NamedTuple

from appliance.api import Pace, Packet, SystemClock, parameter_sets, split_nals
from appliance.api.registry import checked_settings, load_plugins

__all__ = ["QUIRKS", "SIZES", "SPEAKS", "ScriptedCamera"]

SPEAKS = ("rtsp", "mjpeg", "jpeg")
"""RTSP with H.264 inside the connection; JPEG pictures over HTTP without end; one JPEG picture over HTTP a request,
which has of the quirks only the other size."""

QUIRKS = {
    "": "does nothing oddly",
    "silent": "stops to send after a while and keeps the connection",
    "ends": "ends the connection after a while",
    "another-size": "sends pictures of another size after a while",
    "time-jumps": "jumps an hour ahead in its time stamps, and back again",
    "stray-bytes": "sends bytes that are nothing between its pictures",
    "late-first-picture": "sends its first picture only after some seconds",
}
SIZES = ((320, 180), (480, 270))
"""Of its pictures, and of those after a change."""

FPS = 15
_AFTER = 20
"""Pictures before what is odd begins."""
_LATE_SECONDS = 5.5
_MOST_SECONDS = 60
"""It ends by itself then, so that a reader that gives nothing, not even a sign of life, ends as well."""
_RATE = 90_000
_TYPE = 96
_MTU = 1400
_HOUR = 3600 * _RATE
_STRAY = bytes(range(0x80, 0x100)) + b"stray $\x24\x00\x00ABCDEF\r\n" * 3
_SETS = frozenset({7, 8})


class Clip(NamedTuple):
    """Pictures of the test card: H.264 access units in Annex B, or JPEGs."""

    size: tuple[int, int]
    pictures: tuple[bytes, ...]


@functools.cache
def _clip(codec: str, size: tuple[int, int]) -> Clip:
    """Two groups of pictures of the test card, made in a second."""
    kind = load_plugins(["source_testcard"]).source("testcard")
    shape = {"width": size[0], "height": size[1], "codec": codec, "audio": "none"}
    source = kind.open(checked_settings(kind, {"fps": 60, "gop_seconds": 0.25, "label": f"{size[0]}", **shape}))
    found: list[bytes] = []
    for item in source:
        if isinstance(item, Packet):
            found.append(item.data)
        if len(found) == 30:
            break
    source.close()
    return Clip(size, tuple(found))


class ScriptedCamera:
    """A context manager. ``speaks`` is one of :data:`SPEAKS`, ``quirk`` one of :data:`QUIRKS`."""

    def __init__(self, speaks: str, quirk: str = "") -> None:
        if speaks not in SPEAKS or quirk not in QUIRKS:
            raise ValueError(f"{speaks}, {quirk}: there is no such camera")
        self.speaks, self.quirk = speaks, quirk
        codec = "h264" if speaks == "rtsp" else "mjpeg"
        self._clips = tuple(_clip(codec, size) for size in SIZES)
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        scheme, path = ("rtsp", "live") if speaks == "rtsp" else ("http", "video.jpg")
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}/{path}"
        self.sent: list[bytes] = []
        """The pictures that went out, over whichever connection."""

    def __enter__(self) -> ScriptedCamera:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for sock in (self._listening, *self._connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._listening.accept()
                self._connections.append(connection)
                serve = self._rtsp if self.speaks == "rtsp" else self._http
                threading.Thread(target=self._serve, args=(serve, connection), daemon=True).start()

    def _serve(self, serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            serve(connection)

    # --- what is sent ---

    def _pictures(self) -> Iterator[tuple[int, bytes]]:
        """(time stamp, picture), each when it is due; ends where the camera does."""
        pace, late = Pace(SystemClock()), _LATE_SECONDS if self.quirk == "late-first-picture" else 0.0
        number = 0
        while not self._over.is_set() and number < _MOST_SECONDS * FPS:
            if not pace.reach(late + number / FPS):
                continue
            odd = number >= _AFTER
            if odd and self.quirk == "silent":
                self._over.wait(_MOST_SECONDS)
                return
            if odd and self.quirk == "ends":
                return
            clip = self._clips[1 if odd and self.quirk == "another-size" else 0]
            jump = _HOUR if self.quirk == "time-jumps" and _AFTER <= number < 2 * _AFTER else 0
            picture = clip.pictures[number % len(clip.pictures)]
            if number == _AFTER and self.quirk == "another-size":
                picture = clip.pictures[0]
            self.sent.append(picture)
            yield number * _RATE // FPS + jump, picture
            number += 1

    def _stray(self) -> bytes:
        return _STRAY if self.quirk == "stray-bytes" and len(self.sent) > _AFTER else b""

    # --- RTSP (RFC 2326) ---

    def _rtsp(self, connection: socket.socket) -> None:
        playing: threading.Thread | None = None
        while (request := _request(connection)) is not None:
            method, number = request
            head, body = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n", b""
            if method == "OPTIONS":
                head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                body = self._description()
                head += f"Content-Type: application/sdp\r\nContent-Base: {self.url}/\r\n"
            elif method == "SETUP":
                head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n"
            else:
                head += "Session: 1\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if method == "TEARDOWN":
                return
            if method == "PLAY" and playing is None:
                playing = threading.Thread(target=self._play, args=(connection,), daemon=True)
                playing.start()

    def _description(self) -> bytes:
        sets = list(split_nals(parameter_sets("h264", self._clips[0].pictures[0])))
        coded = ",".join(base64.b64encode(unit).decode() for unit in sets)
        words = [
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=test card", "t=0 0", "a=control:*", f"m=video 0 RTP/AVP {_TYPE}",
            f"a=rtpmap:{_TYPE} H264/{_RATE}", f"a=fmtp:{_TYPE} packetization-mode=1;sprop-parameter-sets={coded}",
            "a=control:video", "",
        ]  # fmt: skip
        return "\r\n".join(words).encode()

    def _play(self, connection: socket.socket) -> None:
        sequence = 0
        with contextlib.suppress(OSError):
            for stamp, picture in self._pictures():
                payloads = list(_payloads(picture))
                out = bytearray(self._stray())
                for at, payload in enumerate(payloads):
                    marker = 0x80 if at == len(payloads) - 1 else 0
                    head = struct.pack(">BBHII", 0x80, _TYPE | marker, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7)
                    out += struct.pack(">BBH", 0x24, 0, len(head) + len(payload)) + head + payload
                    sequence += 1
                connection.sendall(out)
            connection.shutdown(socket.SHUT_RDWR)

    # --- HTTP ---

    def _http(self, connection: socket.socket) -> None:
        while _request(connection) is not None:
            if self.speaks == "mjpeg":
                self._stream(connection)
                return
            number = len(self.sent)
            clip = self._clips[1 if self.quirk == "another-size" and number >= _AFTER else 0]
            picture = clip.pictures[number % len(clip.pictures)]
            self.sent.append(picture)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            connection.sendall(head.encode() + picture)

    def _stream(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
        for _, picture in self._pictures():
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            connection.sendall(self._stray() + head.encode() + picture + b"\r\n")
        connection.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> tuple[str, str] | None:
    """(method, CSeq) of the next request; packets of the reader's own, ahead of it, are passed over."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        block = connection.recv(4096)
        if not block:
            return None
        data += block
        while data[:1] == b"$" and len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[2:4], "big"):
            data = data[4 + int.from_bytes(data[2:4], "big") :]
    lines = data.decode("latin-1").split("\r\n")
    number = next((line[5:].strip() for line in lines if line.lower().startswith("cseq:")), "1")
    return lines[0].split(" ")[0], number


def _payloads(picture: bytes) -> Iterator[bytes]:
    """RFC 6184: single units, and FU-A for what is longer."""
    for unit in split_nals(picture):
        if len(unit) <= _MTU:
            yield unit
            continue
        parts = [unit[at : at + _MTU] for at in range(1, len(unit), _MTU)]
        for at, part in enumerate(parts):
            ends = (0x80 if at == 0 else 0) | (0x40 if at == len(parts) - 1 else 0)
            yield bytes((unit[0] & 0xE0 | 28, unit[0] & 0x1F | ends)) + part
