"""A camera that sends JPEG pictures over HTTP, in a thread, on 127.0.0.1; with Basic authentication or TLS if told."""

from __future__ import annotations

import base64
import contextlib
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Answer(NamedTuple):
    """How the camera answers. ``kind`` is the Content-Type, none if empty. ``part`` stands ahead of each picture, with
    its length for ``{length}``, and ``after`` behind it. ``whole``: the whole answer, in place of the pictures."""

    kind: str = "multipart/x-mixed-replace; boundary=frame"
    part: str = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
    after: str = "\r\n"
    whole: bytes | None = None
    status: int = 200


ANSWER = Answer()


class MjpegServer:
    """``pictures`` are sent in turn, ``fps`` a second, until ``ended`` is set; then the connection closes."""

    def __init__(
        self,
        pictures: Sequence[bytes],
        *,
        fps: float = 20,
        account: str = "",
        tls: ssl.SSLContext | None = None,
        answer: Answer = ANSWER,
    ) -> None:
        self.scheme = "https" if tls else "http"
        self.pictures = pictures
        self.ended = threading.Event()
        self.silent = threading.Event()
        wanted = f"Basic {base64.b64encode(account.encode()).decode()}" if account else None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if wanted and self.headers.get("Authorization") != wanted:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                self.send_response(answer.status)
                if answer.kind:
                    self.send_header("Content-Type", answer.kind)
                if answer.whole is not None:
                    self.send_header("Content-Length", str(len(answer.whole)))
                self.end_headers()
                if answer.whole is not None:
                    self.wfile.write(answer.whole)
                    return
                number = 0
                with contextlib.suppress(OSError):
                    while not server.ended.wait(1 / fps):
                        if server.silent.is_set():
                            continue
                        picture = server.pictures[number % len(server.pictures)]
                        head = answer.part.format(length=len(picture))
                        self.wfile.write(head.encode() + picture + answer.after.encode())
                        number += 1

            def log_message(self, format: str, *values: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, account: str = "") -> str:
        return f"{self.scheme}://{account + '@' if account else ''}127.0.0.1:{self.port}/video.mjpg"

    def close(self) -> None:
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()


@contextlib.contextmanager
def mjpeg_server(
    pictures: Sequence[bytes],
    *,
    fps: float = 20,
    account: str = "",
    tls: ssl.SSLContext | None = None,
    answer: Answer = ANSWER,
) -> Iterator[MjpegServer]:
    server = MjpegServer(pictures, fps=fps, account=account, tls=tls, answer=answer)
    try:
        yield server
    finally:
        server.close()
