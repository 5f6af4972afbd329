"""TLS in front of a server that speaks none, on 127.0.0.1: an RTSP server becomes one for ``rtsps://``."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading


class TlsFront:
    """A context manager. ``context`` may be exchanged while it runs: the next connection has the other certificate."""

    def __init__(self, context: ssl.SSLContext, to_port: int) -> None:
        self.context, self._to_port = context, to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> TlsFront:
        return self

    def __exit__(self, *_error: object) -> None:
        for sock in (self._listening, *self._connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(plain,), daemon=True).start()

    def _carry(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            here = self.context.wrap_socket(plain, server_side=True)
            there = socket.create_connection(("127.0.0.1", self._to_port))
            self._connections += [here, there]
            threading.Thread(target=_copy, args=(here, there), daemon=True).start()
            _copy(there, here)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 14):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
