"""The talk that begins an RTSP connection (RFC 2326, RFC 7826): requests, answers, accounts. Blocking.

Not a plugin; ``source.py`` opens with it, then reads the same socket itself and hands on what is no packet
(:meth:`RtspClient.heard`).
"""

from __future__ import annotations

import contextlib
import errno
import re
import socket
from collections.abc import Callable
from urllib.parse import unquote, urlsplit, urlunsplit

from appliance.api import CameraLost
from appliance.plugins.sources.rtsp.account import Account
from appliance.plugins.sources.rtsp.messages import Answer, Request, message_end, parsed
from appliance.plugins.sources.rtsp.sdp import NoTcp, NotOurs

__all__ = ["REFUSALS", "Lost", "RtspClient"]

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
_OTHERS = frozenset({301, 302, 303, 305, 551})
"""Answers that libav may know what to do with: redirections, an option that is required."""
_NO_TCP = 461
"""Unsupported transport; some answer 400 to a SETUP instead."""

_SESSION_SECONDS = 60
"""How long a session lives without a word where the camera does not say (RFC 2326 section 12.37)."""
_MOST_QUIET_SECONDS = 25.0

Lost = Callable[[str], CameraLost]
"""Makes the error from a code of the catalogue or a reason in words: it knows the camera's name and what must not be
repeated."""


class RtspClient:
    """A connection to ``address``, which may hold an account. ``left()`` gives the seconds that opening may still take.
    ``server`` and ``realm``: what the camera says that it runs, and for what it wants a password. ``quiet_seconds``:
    so long the session may be without a request.

    Every method raises what ``lost`` makes of the reason, or NotOurs.
    """

    def __init__(self, address: str, lost: Lost, left: Callable[[], float]) -> None:
        parts = urlsplit(address)
        if parts.scheme.lower() != "rtsp":
            raise NotOurs(parts.scheme)
        self._lost, self._left = lost, left
        account, _, place = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        self._account = Account(unquote(user), unquote(password)) if account else None
        self.url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
        self.session = self.server = self.realm = ""
        self.quiet_seconds = _MOST_QUIET_SECONDS
        self._sequence = 0
        self._keeps: tuple[str, ...] = ("OPTIONS",)
        self._kept = 0
        self._unread = bytearray()
        try:
            self.sock = socket.create_connection((parts.hostname or "", parts.port or 554), left())
        except ConnectionRefusedError:
            raise lost("camera-refuses") from None
        except (OSError, UnicodeError) as error:
            raise lost(_words(error)) from None

    # --- opening ---

    def options(self) -> None:
        """Asks what the camera takes; some answer nothing else before. Whatever it answers is no reason to give up."""
        answer = self._asked("OPTIONS", self.url, ())
        public = {word.strip().upper() for line in answer.head.get("public", []) for word in line.split(",")}
        if "GET_PARAMETER" in public:
            # In turn: what does not count as a sign of life with one camera does with another.
            self._keeps = ("GET_PARAMETER", "OPTIONS")

    def call(self, method: str, url: str, *lines: str) -> Answer:
        """One request and its answer; once more with the account where that is asked for."""
        answer = self._asked(method, url, lines)
        if answer.status in _OTHERS:
            raise NotOurs(f"answer {answer.status}")
        if answer.status == _NO_TCP or (method == "SETUP" and answer.status == 400):
            raise NoTcp(f"answer {answer.status}")
        if answer.status != 200:
            raise self._lost(REFUSALS.get(answer.status, f"answers {answer.status} to {method}"))
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
        if answer.status == 401 and self._account and self._account.learn(challenges):
            answer = self._exchange(method, url, lines)
        if answer.status == 200 and self._account:
            self._account.accepted()
        return answer

    def _exchange(self, method: str, url: str, lines: tuple[str, ...]) -> Answer:
        try:
            self.sock.settimeout(self._left())
            self.ask(method, url, *lines)
            return self._answer()
        except OSError as error:
            raise self._lost(_words(error)) from None

    def _answer(self) -> Answer:
        while True:
            end = message_end(self._unread, 0, len(self._unread))
            if end is None:
                raise self._lost("camera-nonsense")
            if not end:
                self.sock.settimeout(self._left())
                block = self.sock.recv(_BLOCK_BYTES)
                if not block:
                    raise self._lost("ended the connection without an answer")
                self._unread += block
                continue
            message = bytes(self._unread[:end])
            del self._unread[:end]
            found = parsed(message)
            if isinstance(found, Answer):
                return found
            if isinstance(found, Request):
                self._reply(found)

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
            self._keeps = ("OPTIONS",)

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


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "camera-silent"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "camera-stream-ended"
    number = getattr(error, "errno", None)
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "camera-no-route"
    return getattr(error, "strerror", None) or "camera-nowhere"
