"""A hostile client: requests as no browser would send them, over one kept connection or as raw bytes, each counted."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import string
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import quote, urlencode

from tests.attack.tally import Tally

__all__ = ["FORM", "Answer", "Attacker"]

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """``fields`` keeps every header line in its order, ``headers`` the last of each name in lower case. ``status`` is 0
    where the connection ended without an answer."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.fields}

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    @property
    def goes_to(self) -> str:
        return self.headers.get("location", "")

    @property
    def set_cookies(self) -> list[str]:
        return [value for name, value in self.fields if name.lower() == "set-cookie"]

    def cookie(self, name: str) -> str:
        return next((jar[name].value for jar in map(SimpleCookie, self.set_cookies) if name in jar), "")


class Attacker:
    """Sends to one site as whoever ``session`` is; ``as_page`` adds what a page of the site itself would send.
    ``source``: the address that its own connections come from."""

    def __init__(self, port: int, authority: str, tally: Tally, session: str = "", source: str = "") -> None:
        self.port, self.session, self._tally = port, session, tally
        self._source = (source, 0) if source else None
        self.origin = f"https://localhost:{port}"
        self._tls = ssl.create_default_context(cafile=authority)
        self._kept: http.client.HTTPSConnection | None = None

    def as_page(self) -> dict[str, str]:
        return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, attack: str = "read", **headers: str) -> Answer:
        return self.ask("GET", path, {"Sec-Fetch-Site": "same-origin", **headers}, attack=attack)

    def post(self, path: str, form: Mapping[str, object] | None = None, attack: str = "submit") -> Answer:
        body = urlencode(dict(form or {}), doseq=True).encode()
        return self.ask("POST", path, {**self.as_page(), "Content-Type": FORM}, body, attack=attack)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, attack: str
    ) -> Answer:
        """One request over the kept connection, which is opened anew when the site closed it."""
        self._tally.count(attack)
        sent = {"Cookie": f"__Host-sid={self.session}", **headers} if self.session else dict(headers)
        for last in (False, True):
            if self._kept is None:
                self._kept = http.client.HTTPSConnection(
                    "localhost", self.port, context=self._tls, timeout=120, source_address=self._source
                )
            try:
                self._kept.request(method, path if path.isascii() else quote(path, string.printable), body, sent)
                answer = self._kept.getresponse()
                told = Answer(answer.status, tuple(answer.getheaders()), answer.read())
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                self.close()
                if last:
                    return Answer(0, (), b"")
                continue
            if answer.will_close:
                self.close()
            return told
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def opened(self, wait_seconds: float = 120.0) -> Iterator[ssl.SSLSocket]:
        """A connection with nothing sent on it."""
        with (
            socket.create_connection(("localhost", self.port), timeout=wait_seconds) as plain,
            self._tls.wrap_socket(plain, server_hostname="localhost") as sock,
        ):
            yield sock

    def raw(self, data: bytes, *, attack: str) -> list[Answer]:
        """Every answer to these very bytes, until the site closes or is silent for a second after the first."""
        self._tally.count(attack)
        got = bytearray()
        with self.opened() as sock, contextlib.suppress(OSError):
            sock.sendall(data)
            while piece := sock.recv(65_536):
                got += piece
                sock.settimeout(1.0)
        return list(_answers(bytes(got)))

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def _answers(data: bytes) -> Iterator[Answer]:
    while data.startswith(b"HTTP/"):
        head, _, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        size = next((int(value) for name, value in fields if name.lower() == "content-length"), len(rest))
        yield Answer(int(first.split()[1]), fields, rest[:size])
        data = rest[size:]
