"""A scripted camera that sends JPEG pictures over HTTP, on 127.0.0.1: what its script's ``web`` says."""

from __future__ import annotations

import contextlib
import socket
import time

from tests.quirks.camera import Camera
from tests.quirks.script import Request, Script, Web

__all__ = ["WebCamera"]

_PATIENCE_SECONDS = 90


class WebCamera(Camera):
    """Like the camera that speaks RTSP: it films on whether anybody is connected or not, and keeps account."""

    kind = "mjpeg"

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        assert script.web is not None
        self.web: Web = script.web
        self.url = f"http://127.0.0.1:{self.port}{script.path}"
        self._guard = script.account() if script.account else None
        """Of all connections: who answers a challenge comes with another one."""

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(_PATIENCE_SECONDS)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = sock.makefile("rb")
            while (request := _read(reader)) is not None:
                if not self._answer(sock, request, number):
                    break

    def _answer(self, sock: socket.socket, request: Request, number: int) -> bool:
        self.requests.append(f"{request.method} {request.url}")
        if self._guard is not None and (challenge := self._guard.refused(request)) is not None:
            lines = [*challenge, "Content-Length: 0", *(["Connection: close"] if self.web.closes else [])]
            sock.sendall(_head("HTTP/1.1 401 Unauthorized", lines))
            return not self.web.closes
        if self.web.answer is not None and (answer := self.web.answer(request)) is not None:
            sock.sendall(answer)
            return False
        lines = [*self.web.lines]
        if self.web.says:
            lines.append(f"Content-Type: {self.web.says}")
        if self.web.chunked:
            lines.append("Transfer-Encoding: chunked")
        sock.sendall(_head(self.web.first_line, lines, self.web.end))
        self.film_from_now()
        self._stream(sock, number)
        return False

    def _stream(self, sock: socket.socket, connection: int) -> None:
        script = self.script
        began = time.monotonic()
        number = max(0, int(self.elapsed() * script.fps))
        self._write(sock, self.web.ahead)
        while not self.over.is_set():
            if script.lasts and time.monotonic() - began > script.lasts:
                return
            due = number / script.fps
            if due > self.elapsed():
                self.over.wait(min(due - self.elapsed(), 0.2))
                continue
            picture = self.film.pictures[number % len(self.film.pictures)].units[0]
            self._write(sock, self.web.part(picture, number))
            self.sent.append((number, connection))
            number += 1

    def _write(self, sock: socket.socket, data: bytes) -> None:
        if data and self.web.chunked:
            half = len(data) // 2
            for piece in (data[:half], data[half:]):
                sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b"")
            return
        sock.sendall(data)


def _read(reader: object) -> Request | None:
    lines: list[str] = []
    while True:
        line = reader.readline(65_536)  # type: ignore[attr-defined]
        if not line:
            return None
        text = line.decode(errors="replace").rstrip("\r\n")
        if text:
            lines.append(text)
        elif lines:
            break
    words = (*lines[0].split(" "), "", "")
    head = {name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in lines[1:])}
    return Request(words[0], words[1], head)


def _head(first: str, lines: list[str], end: str = "\r\n") -> bytes:
    return end.join([first, *lines, "", ""]).encode()
