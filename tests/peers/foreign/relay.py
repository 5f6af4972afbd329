"""A TCP relay on 127.0.0.1 that keeps what a server sent on each connection: the only way to know it of a server that
encodes as it likes."""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
import threading
from pathlib import Path

_BLOCK_BYTES = 1 << 16


class Relay:
    """A context manager. Each connection to ``port`` goes on to ``to_port``; what comes back is kept in ``folder``."""

    def __init__(self, folder: Path, to_port: int) -> None:
        self.folder, self._to_port = folder, to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.files: list[Path] = []
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                path = self.folder / f"connection-{len(self.files)}"
                path.touch()
                self.files.append(path)
                threading.Thread(target=self._carry, args=(here, path), daemon=True).start()

    def _carry(self, here: socket.socket, path: Path) -> None:
        with (
            here,
            socket.create_connection(("127.0.0.1", self._to_port)) as there,
            path.open("ab", buffering=0) as kept,
        ):
            threading.Thread(target=_copy, args=(here, there), daemon=True).start()
            with contextlib.suppress(OSError):
                while block := there.recv(_BLOCK_BYTES):
                    kept.write(block)
                    here.sendall(block)
                here.shutdown(socket.SHUT_WR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(_BLOCK_BYTES):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


class _Answer(io.BytesIO):
    """What ``http.client`` reads an answer from."""

    def makefile(self, *_arguments: object) -> io.BytesIO:
        return self


def jpegs_in(answer: bytes) -> list[bytes]:
    """The whole pictures in an HTTP answer of the kind multipart/x-mixed-replace, as far as it has come."""
    response = http.client.HTTPResponse(_Answer(answer))  # type: ignore[arg-type]
    response.begin()
    body = b""
    try:
        body = response.read()
    except http.client.IncompleteRead as error:
        body = error.partial
    found, at = [], 0
    while head := re.compile(rb"Content-Length:\s*(\d+)\r\n(?:[^\r\n]+\r\n)*\r\n", re.IGNORECASE).search(body, at):
        at = head.end() + int(head[1])
        if at <= len(body):
            found.append(body[head.end() : at])
    return found
