"""A scripted camera: an RTSP server on 127.0.0.1 that does what its script says. What it sends is kept account of.

Each connection is served by a thread of its own; ``stream.py`` sends. The camera begins to film when somebody first
connects, and films on whether anybody is connected or not, so that what a reader misses shows.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from types import TracebackType
from urllib.parse import quote

from tests.quirks.description import description
from tests.quirks.media import Film, Sound, film, sound
from tests.quirks.script import Reply, Request, Script, Talk
from tests.quirks.stream import Sender

__all__ = ["Camera"]

_PATIENCE_SECONDS = 90
_TALK_SECONDS = 2.0
_FURTHER = ("/track3", "/track9")


class Camera:
    """A context manager. ``url`` is without an account. ``sent``: the number of each picture whose packets all went
    out, and the connection; ``sounds`` the same of frames of sound. ``pictures``: sends so many as fast as they are
    taken, then ends the connection; 0: in real time, without end."""

    kind = "rtsp"

    def __init__(self, script: Script, *, pictures: int = 0) -> None:
        self.script, self.pictures = script, pictures
        self.film: Film = film(script.film)
        self.sound: Sound | None = sound(script.sound) if script.sound else None
        self.sent: list[tuple[int, int]] = []
        self.damaged: set[int] = set()
        self.sounds: list[tuple[int, int]] = []
        self.requests: list[str] = []
        self.connections = 0
        self.first = self.began = 0.0
        self.over = threading.Event()
        self.away_until = 0.0
        self.viewing: dict[int, float] = {}
        self.lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.url = f"rtsp://127.0.0.1:{self.port}{script.path}"
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def account_url(self) -> str:
        """The address with the account in it, where the camera has one."""
        if self.script.account is None:
            return self.url
        guard = self.script.account()
        account = f"{quote(guard.user, safe='')}:{quote(guard.password, safe='')}"
        return self.url.replace("://", f"://{account}@", 1)

    @property
    def account(self) -> dict[str, str]:
        """Settings of the kind ``rtsp``."""
        if self.script.account is None:
            return {}
        guard = self.script.account()
        return {"user": guard.user, "password": guard.password}

    def pictures_sent(self, found: set[int], last: int) -> set[int]:
        """Of the first ``last`` pictures and one, those that went out whole."""
        return {number for number, _ in self.sent if number <= last} - self.damaged

    def frames_sent(self, heard: set[int], last: int) -> set[int]:
        """Of the sound to those pictures."""
        if self.sound is None:
            return set()
        until = last / self.script.fps * self.sound.clock / self.sound.ticks
        return {number for number, _ in self.sounds if number <= until}

    def film_from_now(self) -> None:
        """The camera's time begins when it first plays, or two seconds after somebody first connected."""
        with self.lock:
            before = self.script.joins / self.script.fps
            self.began = self.began or min(time.monotonic(), self.first + _TALK_SECONDS) - before

    def elapsed(self) -> float:
        return time.monotonic() - self.began if self.began else 0.0

    def __enter__(self) -> Camera:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        for sock in (self._server, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(10)

    def _begin(self, what: object, *values: object) -> None:
        assert callable(what)
        thread = threading.Thread(target=what, args=values, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self.over.is_set():
                connection, _ = self._server.accept()
                self.first = self.first or time.monotonic()
                if time.monotonic() < self.away_until:
                    _reset(connection)
                    continue
                self._open.append(connection)
                self.connections += 1
                self._begin(self._serve, connection, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        _Connection(self, sock, number).serve()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class _Connection:
    def __init__(self, camera: Camera, sock: socket.socket, number: int) -> None:
        self.camera, self.script, self.sock, self.number = camera, camera.script, sock, number
        self.talk = Talk(camera.url, number)
        self.guard = camera.script.account() if camera.script.account else None
        self.sender = Sender(camera, sock, number)
        self.buffer = b""

    def serve(self) -> None:
        camera = self.camera
        with contextlib.suppress(OSError):
            self.sock.settimeout(_PATIENCE_SECONDS)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := self._read()) is not None:
                if not self._answer(request):
                    break
        self.sender.stop()
        if not self.sender.resets:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        with camera.lock:
            if self.number in camera.viewing:
                camera.viewing[self.number] = time.monotonic() + self.script.lingers

    def _answer(self, request: Request) -> bool:
        talk, script = self.talk, self.script
        self.camera.requests.append(f"{request.method} {request.url}")
        talk.count[request.method] = talk.count.get(request.method, 0) + 1
        if request.method == "RTCP":
            if "RTCP" in script.alive_by:
                self.sender.heard = time.monotonic()
            return True
        if request.method.startswith("RTSP/"):
            talk.extra["answered"] = request.url
            return True
        reply: Reply | None = self._reply(request)
        for answer in script.answers:
            if reply is not None:
                reply = answer(talk, request, reply)
        if request.method == "SETUP" and (reply is None or not reply.status.startswith("200")):
            self.sender.refuse(request.url)
        plays = request.method == "PLAY" and reply is not None and reply.status.startswith("200")
        if plays and not talk.playing:
            talk.playing = True
            with self.camera.lock:
                self.camera.viewing[self.number] = float("inf")
            self.sender.prepare()
        if reply is not None:
            if reply.status.startswith("200") and request.method in script.alive_by:
                self.sender.heard = time.monotonic()
            self.sender.write(reply.raw if reply.raw is not None else _written(request, reply))
        if plays:
            self.sender.start(self.camera._begin)
        if request.method == "TEARDOWN":
            with self.camera.lock:
                self.camera.viewing.pop(self.number, None)
            return False
        return not (reply is not None and reply.hang_up)

    def _reply(self, request: Request) -> Reply:
        method, script = request.method, self.script
        if self.guard is not None and (challenge := self.guard.refused(request)) is not None:
            return Reply("401 Unauthorized", challenge)
        if method == "OPTIONS":
            return Reply(lines=[f"Public: {script.public}"])
        if method == "DESCRIBE":
            body = description(self.camera.film, self.camera.sound, script).encode(script.charset)
            base = script.base.format(url=self.camera.url)
            return Reply(
                lines=["Content-Type: application/sdp", *([f"Content-Base: {base}"] if base else [])], body=body
            )
        if method == "SETUP":
            return self._set_up(request)
        if method in ("PLAY", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER", "PAUSE"):
            if method not in script.public:
                return Reply("501 Not Implemented")
            if method == "PLAY" and not self._knows(request):
                return Reply("454 Session Not Found")
            if method == "PLAY" and script.play_at and request.url != script.play_at.format(url=self.camera.url):
                return Reply("404 Not Found")
            reply = Reply(lines=[f"Session: {self.talk.session}"])
            if method == "PLAY":
                reply.lines.append("Range: npt=now-")
                if script.rtp_info:
                    reply.lines.append(self.sender.rtp_info())
            return reply
        return Reply("501 Not Implemented")

    def _knows(self, request: Request) -> bool:
        return request.head.get("session", "").partition(";")[0].strip() == self.talk.session

    def _set_up(self, request: Request) -> Reply:
        script, camera = self.script, self.camera
        wanted = [each.format(url=camera.url) for each in script.accepts]
        further = request.url.endswith(_FURTHER)
        if request.url not in wanted[: 2 if camera.sound else 1] and not further:
            return Reply("404 Not Found")
        if self.sender.tracks and not self._knows(request):
            return Reply("454 Session Not Found")
        if script.viewers and self._full():
            return Reply("453 Not Enough Bandwidth")
        if further:  # a medium that is listed, set up, and never comes
            return Reply(lines=[f"Transport: {request.head.get('transport', '')}", f"Session: {self.talk.session}"])
        track = wanted.index(request.url)
        for asked in request.head.get("transport", "").split(","):
            if "tcp" in asked.lower() and script.tcp:
                found = re.search(r"interleaved=(\d+)-", asked)
                first = script.channels[2 * track] if script.channels else int(found[1]) if found else 2 * track
                second = script.channels[2 * track + 1] if script.channels else first + 1
                self.sender.set_up(track, (first, second), None)
                said = f"RTP/AVP/TCP;unicast;interleaved={first}-{second};ssrc={self.sender.source(track):08X}"
                break
            ports = re.search(r"client_port=(\d+)-", asked)
            if ports and script.udp and "tcp" not in asked.lower():
                own = self.sender.set_up(track, None, int(ports[1]))
                said = f"RTP/AVP;unicast;client_port={ports[1]}-{int(ports[1]) + 1};server_port={own}-{own + 1}"
                break
        else:
            return Reply("461 Unsupported Transport")
        timeout = f";timeout={script.timeout}" if script.says_timeout else ""
        return Reply(lines=[f"Transport: {said}", f"Session: {self.talk.session}{timeout}"])

    def _full(self) -> bool:
        now = time.monotonic()
        with self.camera.lock:
            there = [each for each, until in self.camera.viewing.items() if until > now and each != self.number]
        return len(there) >= self.script.viewers

    def _read(self) -> Request | None:
        """The next request, the next report, or None at the end."""
        while True:
            if self.buffer[:1] == b"$" and len(self.buffer) >= 4:
                length = int.from_bytes(self.buffer[2:4], "big")
                if len(self.buffer) >= 4 + length:
                    self.buffer = self.buffer[4 + length :]
                    return Request("RTCP", "", {})
            elif self.buffer[:1] != b"$" and (end := self.buffer.find(b"\r\n\r\n")) >= 0:
                text, rest = self.buffer[:end], self.buffer[end + 4 :]
                first, *lines = text.decode(errors="replace").lstrip("\r\n").split("\r\n")
                head = {name.strip().lower(): value.strip() for name, _, value in (li.partition(":") for li in lines)}
                length = int(head.get("content-length", "0") or 0)
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    words = (*first.split(" "), "", "")
                    return Request(words[0], words[1], head)
            block = self.sock.recv(8192)
            if not block:
                return None
            self.buffer += block


def _written(request: Request, reply: Reply) -> bytes:
    lines = [f"RTSP/1.0 {reply.status}", f"CSeq: {request.head.get('cseq', '')}", *reply.lines]
    if reply.body and not reply.value("content-length") and not reply.value("transfer-encoding"):
        lines.append(f"Content-Length: {len(reply.body)}")
    return reply.end.join([*lines, "", ""]).encode(errors="surrogateescape") + reply.body
