"""The talk that begins an RTSP connection (RFC 2326, RFC 7826): requests, answers, accounts. Blocking.

Not a plugin; ``source.py`` opens with it and then reads the same socket itself.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import re
import secrets
import socket
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from appliance.api import CameraLost
from appliance.plugins.sources.rtsp.sdp import NotOurs

__all__ = ["REFUSALS", "Account", "Answer", "Lost", "RtspClient", "message_end"]

MAX_MESSAGE_BYTES = 128 << 10
_AGENT = "office-recorder"
_BLOCK_BYTES = 16 << 10
_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_REALM = re.compile(r'realm="([^"]{1,200})"')
_STATUS = re.compile(r"RTSP/\d+\.\d+ (\d{3})\b")
REFUSALS = {
    401: "camera-401",
    403: "camera-403",
    404: "camera-404",
    454: "camera-454",
    503: "camera-503",
}
_OTHERS = frozenset({301, 302, 303, 305, 461, 551})
"""Answers that libav may know what to do with: redirections, another transport, an option that is required."""

Lost = Callable[[str], CameraLost]
"""Makes the error from a code of the catalogue or a reason in words: it knows the camera's name and what must not be
repeated."""


class Answer(NamedTuple):
    """``head``: values by lower-case name, in order."""

    status: int
    head: dict[str, list[str]]
    body: bytes

    def one(self, name: str) -> str:
        return self.head.get(name, [""])[0]


class Account:
    """User and password, and how the camera wants them: Digest (RFC 7616) or Basic (RFC 7617)."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._challenge: dict[str, str] = {}
        self._basic = self._tried = False
        self._count = 0

    def learn(self, challenges: list[str]) -> bool:
        """Takes in the camera's challenges; False when none helps, or the last one was answered in vain."""
        stale = False
        for line in challenges:
            scheme, _, rest = line.strip().partition(" ")
            if scheme.lower() == "basic":
                self._basic = True
            elif scheme.lower() == "digest":
                found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
                if found.get("algorithm", "MD5").upper() in _ALGORITHMS:
                    self._challenge = found
                    stale = found.get("stale", "").lower() == "true"
                    break
        again, self._tried = stale or not self._tried, True
        return again and bool(self._challenge or self._basic)

    def authorization(self, method: str, url: str) -> str:
        """The value of the Authorization header; "" before the camera asked for one."""
        if self._challenge:
            return self._digest(method, url, self._challenge)
        if self._basic:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode("ascii")
        return ""

    def _digest(self, method: str, url: str, challenge: dict[str, str]) -> str:
        algorithm = _ALGORITHMS[challenge.get("algorithm", "MD5").upper()]
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")

        def digest(text: str) -> str:
            return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()

        secret, asked = digest(f"{self._user}:{realm}:{self._password}"), digest(f"{method}:{url}")
        words = [f'username="{self._user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{url}"']
        if "auth" in challenge.get("qop", "").replace(" ", "").split(","):
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            response = digest(f"{secret}:{nonce}:{count}:{own}:auth:{asked}")
            words += [f'response="{response}"', "qop=auth", f"nc={count}", f'cnonce="{own}"']
        else:
            words.append(f'response="{digest(f"{secret}:{nonce}:{asked}")}"')
        words += [f"algorithm={challenge['algorithm']}"] if "algorithm" in challenge else []
        words += [f'opaque="{challenge["opaque"]}"'] if "opaque" in challenge else []
        return "Digest " + ", ".join(words)


class RtspClient:
    """A connection to ``address``, which may hold an account. ``left()`` gives the seconds that opening may still take.
    ``server`` and ``realm``: what the camera says that it runs, and for what it wants a password.

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
        self._sequence = 0
        self._unread = bytearray()
        try:
            self.sock = socket.create_connection((parts.hostname or "", parts.port or 554), left())
        except ConnectionRefusedError:
            raise lost("camera-refuses") from None
        except (OSError, UnicodeError) as error:
            raise lost(_words(error)) from None

    def call(self, method: str, url: str, *lines: str) -> Answer:
        """One request and its answer; once more with the account where that is asked for."""
        answer = self._exchange(method, url, lines)
        self.server = answer.one("server") or self.server
        for challenge in answer.head.get("www-authenticate", []):
            realm = _REALM.search(challenge)
            self.realm = realm[1] if realm else self.realm
        if answer.status == 401 and self._account and self._account.learn(answer.head.get("www-authenticate", [])):
            answer = self._exchange(method, url, lines)
        if answer.status in _OTHERS:
            raise NotOurs(f"answer {answer.status}")
        if answer.status != 200:
            raise self._lost(REFUSALS.get(answer.status, f"answers {answer.status} to {method}"))
        return answer

    def ask(self, method: str, url: str, *lines: str) -> None:
        """A request whose answer nobody waits for. Raises OSError."""
        self._sequence += 1
        head = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {_AGENT}", *lines]
        if self.session:
            head.append(f"Session: {self.session}")
        if self._account and (words := self._account.authorization(method, url)):
            head.append(f"Authorization: {words}")
        self.sock.sendall("\r\n".join([*head, "", ""]).encode())

    def unread(self) -> bytearray:
        """What came after the last answer: the first packets."""
        rest, self._unread = self._unread, bytearray()
        return rest

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
            first, head, body = _parsed(message)
            if status := _STATUS.match(first):
                return Answer(int(status[1]), head, body)
            # A packet or a request of the camera's own: nothing that has to be answered before it plays.


def message_end(data: bytearray, at: int, fill: int) -> int | None:
    """Where the message or packet that begins at ``at`` ends; 0 when it is not whole yet, None when it is nonsense."""
    if at >= fill:
        return 0
    if data[at] == 0x24:  # "$": a packet between messages
        end = at + 4 + (data[at + 2] << 8 | data[at + 3]) if fill - at >= 4 else fill + 1
        return end if end <= fill else 0
    if not 0x41 <= data[at] <= 0x5A:
        return None
    head = data.find(b"\r\n\r\n", at, fill)
    if head < 0:
        return 0 if fill - at <= MAX_MESSAGE_BYTES else None
    _, lines, _ = _parsed(bytes(data[at : head + 4]))
    length = lines.get("content-length", ["0"])[0]
    if not length.isdecimal() or len(length) > 6 or head + 4 + int(length) - at > MAX_MESSAGE_BYTES:
        return None
    end = head + 4 + int(length)
    return end if end <= fill else 0


def _parsed(message: bytes) -> tuple[str, dict[str, list[str]], bytes]:
    head, _, body = message.partition(b"\r\n\r\n")
    first, *rest = head.decode(errors="replace").split("\r\n")
    lines: dict[str, list[str]] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            lines.setdefault(name.strip().lower(), []).append(value.strip())
    return first, lines, body


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "camera-silent"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "camera-stream-ended"
    number = getattr(error, "errno", None)
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "camera-no-route"
    return getattr(error, "strerror", None) or "camera-nowhere"
