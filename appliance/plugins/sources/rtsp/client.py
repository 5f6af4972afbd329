"""The talk that begins an RTSP connection (RFC 2326, RFC 7826): requests, answers, accounts. Blocking.

Not a plugin; ``source.py`` opens with it, then reads the same socket itself and hands on what is no packet
(:meth:`RtspClient.heard`).
"""

from __future__ import annotations

import contextlib
import errno
import re
import socket
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from appliance.api import CameraLost, Clock
from appliance.plugins.sources.rtsp.account import Account
from appliance.plugins.sources.rtsp.datagrams import Datagrams
from appliance.plugins.sources.rtsp.messages import MAX_MESSAGE_BYTES, Answer, Request, has_head, message_end, parsed
from appliance.plugins.sources.rtsp.sdp import NoTcp, NotOurs
from appliance.plugins.sources.rtsp.tls import UNCHECKED, TlsSocket, Trust, secured

__all__ = ["REFUSALS", "Lost", "Patience", "RtspClient"]

_AGENT = "office-recorder"
_BLOCK_BYTES = 16 << 10
_REALM = re.compile(r'realm="([^"]{1,200})"')
_TIMEOUT = re.compile(r";\s*timeout\s*=\s*(\d{1,5})", re.IGNORECASE)
REFUSALS = {
    401: "camera-401",
    403: "camera-403",
    404: "camera-404",
    453: "camera-453",
    454: "camera-454",
    503: "camera-503",
}
_OPTION_REQUIRED = 551
_NO_TCP = 461
_SETUP_REFUSED = frozenset({400, 406, 459, 500, 501, 505})
"""Unsupported transport; some answer one of these to a SETUP instead, or nothing."""

_MOST_JUNK = 8 << 10
_LEAST_SECONDS = 0.001
_AGAIN_SECONDS = 1.0
_REST_SECONDS = 1.5
"""No camera pauses for so long inside a description."""
_MOST_CHALLENGES = 3

_PORTS = {"rtsp": 554, "rtsps": 322}

_SESSION_SECONDS = 60
"""How long a session lives without a word where the camera does not say (RFC 2326 section 12.37)."""
_MOST_QUIET_SECONDS = 25.0


class Lost(Protocol):
    """Makes the error from a code of the catalogue or a reason in words: it knows the camera's name and what must not
    be repeated."""

    def __call__(self, why: str, *, what: str = "") -> CameraLost: ...


class Patience:
    """The seconds that are left to connect, or for an answer: each one has ``seconds`` of its own, for some cameras
    wake up first."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock
        self.renew()

    def renew(self) -> None:
        self._until_ns = self._clock.boot_ns() + int(self._seconds * 1e9)

    def __call__(self) -> float:
        return max(_LEAST_SECONDS, (self._until_ns - self._clock.boot_ns()) / 1e9)


class RtspClient:
    """A connection to ``address``, which may hold an account. ``left`` says for how long is waited.
    ``server`` and ``realm``: what the camera says that it runs, and for what it wants a password. ``quiet_seconds``:
    so long the session may be without a request; ``status``: of the last answer, 0 where none came; ``hung_up``: the
    camera ended the connection in place of one; ``sign``: the method of the last sign of life, where there is another
    way; "" else.

    With ``rtsps://`` all of it goes through TLS, and ``trust`` says by what the camera's certificate is known. Every
    method raises what ``lost`` makes of the reason, or NotOurs.
    """

    connection: socket.socket | TlsSocket
    sock: socket.socket | TlsSocket | Datagrams
    """What is read and written: the connection, or what has ports beside it."""

    def __init__(self, address: str, lost: Lost, left: Patience, trust: Trust = UNCHECKED) -> None:
        parts = urlsplit(address)
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        if scheme not in _PORTS:
            raise NotOurs(parts.scheme)
        self._lost, self._left = lost, left
        account, _, place = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        self._account = Account(unquote(user), unquote(password)) if account else None
        self.url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
        self.session = self.server = self.realm = self.sign = ""
        self.hung_up = False
        self.status = 0
        self.quiet_seconds = _MOST_QUIET_SECONDS
        self._sequence, self._answered = 0, ""
        self._keeps: tuple[str, ...] = ("OPTIONS",)
        self._kept = 0
        self._unread = bytearray()
        try:
            sock = socket.create_connection((host, parts.port or _PORTS[scheme]), left())
        except ConnectionRefusedError:
            raise lost("camera-refuses") from None
        except (OSError, UnicodeError) as error:
            raise lost(_words(error)) from None
        sock.settimeout(left())
        self.connection = secured(sock, host, trust) if scheme == "rtsps" else sock
        self.sock = self.connection

    # --- opening ---

    def options(self, without: str = "") -> None:
        """Asks what the camera takes; some answer nothing else before. Whatever it answers is no reason to give up.
        ``without``: the method at which it hung up as a sign of life, and which is none from now on."""
        answer = self._asked("OPTIONS", self.url, ())
        public = {word.strip().upper() for line in answer.head.get("public", []) for word in line.split(",")}
        if "GET_PARAMETER" in public:
            # In turn: what does not count as a sign of life with one camera does with another.
            self._keeps = tuple(method for method in ("GET_PARAMETER", "OPTIONS") if method != without)

    def call(self, method: str, url: str, *lines: str) -> Answer:
        """One request and its answer; once more with the account where that is asked for."""
        try:
            answer = self._asked(method, url, lines)
        except CameraLost:
            if method == "SETUP" and self.hung_up:
                raise NoTcp("no answer") from None
            raise
        if 300 <= answer.status < 400 or answer.status == _OPTION_REQUIRED:  # libav may know what to do
            raise NotOurs(f"answer {answer.status}")
        if answer.status == _NO_TCP or (method == "SETUP" and answer.status in _SETUP_REFUSED):
            raise NoTcp(f"answer {answer.status}")
        if not _is_good(answer.status):
            if answer.status in REFUSALS:
                raise self._lost(REFUSALS[answer.status])
            raise self._lost("camera-answers", what=f"{method} {answer.status}")
        self._begin_session(answer)
        return answer

    def _begin_session(self, answer: Answer) -> None:
        """The first session that a camera names is the one: some give none with a later answer, or another."""
        said = answer.one("session")
        if not said or self.session:
            return
        self.session = said.partition(";")[0].strip()
        found = _TIMEOUT.search(said)
        seconds = int(found[1]) if found and int(found[1]) else _SESSION_SECONDS
        self.quiet_seconds = min(_MOST_QUIET_SECONDS, max(1.0, seconds / 3))

    def _asked(self, method: str, url: str, lines: tuple[str, ...]) -> Answer:
        answer = self._exchange(method, url, lines)
        self.server = answer.one("server") or self.server
        challenges = answer.head.get("www-authenticate", [])
        for challenge in challenges:
            realm = _REALM.search(challenge)
            self.realm = realm[1] if realm else self.realm
        for _ in range(_MOST_CHALLENGES):
            if answer.status != 401 or self._account is None:
                break
            if not self._account.learn(answer.head.get("www-authenticate", [])):
                break
            answer = self._exchange(method, url, lines)
        if _is_good(answer.status) and self._account:
            self._account.accepted()
        return answer

    def _exchange(self, method: str, url: str, lines: tuple[str, ...]) -> Answer:
        self._left.renew()
        self.status = 0
        try:
            self.sock.settimeout(self._left())
            self.ask(method, url, *lines)
            answer = self._answer()
            if self._is_again(answer):
                answer = self._next_or(answer)
            self._answered, self.status = answer.one("cseq"), answer.status
            return answer
        except OSError as error:
            self.hung_up = isinstance(error, ConnectionError)
            raise self._lost(_words(error)) from None

    def _answer(self) -> Answer:
        while True:
            end = message_end(self._unread, 0, len(self._unread))
            if end is None:
                end = self._past_junk()
            if not end:
                block = self._more()
                if block is None:  # a length that is too long: what has come is all
                    end, block = len(self._unread), b""
            if not end:
                if not block:
                    self.hung_up = True
                    raise self._lost(
                        "camera-hung-up" if bytes(self._unread[:5]) in (b"", b"RTSP/") else "camera-nonsense"
                    )
                self._unread += block
                continue
            message = bytes(self._unread[:end])
            del self._unread[:end]
            found = parsed(message)
            if isinstance(found, Answer) and found.status >= 200:  # below, another one follows
                return self._whole(found)
            if isinstance(found, Request):
                self._reply(found)

    def _is_again(self, answer: Answer) -> bool:
        """Whether it has the number of the request before, which was answered: some proxies hand on each answer twice,
        and of some cameras the number stands still."""
        number = answer.one("cseq")
        return bool(number) and number == self._answered == str(self._sequence - 1)

    def _next_or(self, answer: Answer) -> Answer:
        """The next answer; this one where none comes."""
        self.sock.settimeout(min(self._left(), _AGAIN_SECONDS))
        with contextlib.suppress(TimeoutError):
            if not self._unread:
                self._unread += self.sock.recv(_BLOCK_BYTES)
            return self._answer() if self._unread else answer
        return answer

    def _more(self) -> bytes | None:
        """What comes next; None where only an end of the body is awaited, and nothing comes."""
        begun = has_head(self._unread)
        self.sock.settimeout(min(self._left(), _REST_SECONDS) if begun else self._left())
        try:
            return self.sock.recv(_BLOCK_BYTES)
        except TimeoutError:
            if not begun:
                raise
            return None

    def _whole(self, answer: Answer) -> Answer:
        """An answer with its description, whose length some cameras leave out: then it is what comes until nothing
        does."""
        if {"content-length", "transfer-encoding"} & answer.head.keys() or "sdp" not in answer.one("content-type"):
            return answer
        with contextlib.suppress(TimeoutError):
            while len(self._unread) < MAX_MESSAGE_BYTES and self._left() > _LEAST_SECONDS:
                self.sock.settimeout(min(self._left(), _REST_SECONDS))
                block = self.sock.recv(_BLOCK_BYTES)
                if not block:
                    break
                self._unread += block
        return answer._replace(body=bytes(self.unread()))

    def _past_junk(self) -> int:
        """Some cameras put bytes that are nothing ahead of an answer: they are left out, up to where it begins."""
        start = self._unread.find(b"RTSP/", 1)
        if start < 0:
            if len(self._unread) > _MOST_JUNK or self._unread.lstrip().startswith((b"RTSP/", b"HTTP/", b"<")):
                raise self._lost("camera-nonsense")
            return 0
        del self._unread[:start]
        return message_end(self._unread, 0, len(self._unread)) or 0

    # --- while it plays ---

    def ask(self, method: str, url: str, *lines: str) -> None:
        """A request whose answer nobody waits for. Raises OSError."""
        self._sequence += 1
        head = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {_AGENT}", *lines]
        if self.session:
            head.append(f"Session: {self.session}")
        if self._account and (words := self._account.authorization(method, url)):
            head.append(f"Authorization: {words}")
        self.sock.sendall("\r\n".join([*head, "", ""]).encode())

    def keep_alive(self) -> None:
        """Says that somebody is still here. Raises OSError."""
        method = self._keeps[self._kept % len(self._keeps)]
        self._kept += 1
        self.sign = method if len(self._keeps) > 1 else ""
        self.ask(method, self.url)

    def heard(self, message: bytes) -> None:
        """Takes in what came between packets: the answer to a sign of life, or a request of the camera's own. Raises
        OSError."""
        found = parsed(message)
        if isinstance(found, Request):
            self._reply(found)
        elif found is not None and found.status == 401:
            if self._account and self._account.learn(found.head.get("www-authenticate", [])):
                self._kept -= 1
                self.keep_alive()
        elif found is not None and found.status >= 400:
            self._keeps = ("GET_PARAMETER",) if self.sign == "OPTIONS" else ("OPTIONS",)

    def _reply(self, request: Request) -> None:
        known = request.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE")
        head = [f"RTSP/1.0 {'200 OK' if known else '501 Not Implemented'}", f"CSeq: {request.sequence}"]
        if self.session:
            head.append(f"Session: {self.session}")
        self.sock.sendall("\r\n".join([*head, "", ""]).encode())

    def goodbye(self, seconds: float) -> None:
        """Ends the session and waits for the camera's word that it has: one that serves a single viewer takes the next
        only then."""
        with contextlib.suppress(OSError):
            self.sock.settimeout(seconds)
            self.ask("TEARDOWN", self.url)
            last = b""
            for _ in range(_MOST_BLOCKS):
                block = self.sock.recv(_BLOCK_BYTES)
                if not block or b"RTSP/1." in last[-8:] + block:
                    break
                last = block
        self.sock.close()

    def unread(self) -> bytearray:
        """What came after the last answer: the first packets."""
        rest, self._unread = self._unread, bytearray()
        return rest


_MOST_BLOCKS = 64
"""Reads in which a camera that goes on sending may say that it ends."""


def _is_good(status: int) -> bool:
    """200, or a variety of it: created, low on storage space (RFC 2326 section 11.1)."""
    return 200 <= status < 300


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "camera-silent"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "camera-stream-ended"
    number = getattr(error, "errno", None)
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "camera-no-route"
    return getattr(error, "strerror", None) or "camera-nowhere"
