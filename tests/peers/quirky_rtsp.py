"""A camera that talks RTSP as some makes do: an RTSP server on 127.0.0.1 whose quirks are named in :data:`QUIRKS`.

Each is known of cameras by the issues of other readers (retina, go2rtc, moonfire, ffmpeg). What it sends is right;
``scripted_rtsp.py``, which it builds on, packs wrongly.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import socket
import struct
import threading
import time

from tests.peers.clips import Clip
from tests.peers.scripted_rtsp import PAYLOAD_TYPE, RATE, ScriptedRtsp

__all__ = ["QUIRKS", "QuirkyRtsp"]

QUIRKS = {
    "session-timeout": "ends the session after its own `timeout=1` without a word",
    "get-parameter-ends": "has no GET_PARAMETER and hangs up at one",
    "get-parameter-counts-not": "offers GET_PARAMETER, and only OPTIONS counts as a sign of life",
    "options-ends": "offers GET_PARAMETER, and hangs up at OPTIONS while it plays",
    "offered-ends": "offers GET_PARAMETER, and hangs up at it",
    "options-454": "offers GET_PARAMETER, and answers OPTIONS with 454 while it plays",
    "keep-alive-401": "wants each sign of life with a new nonce (Axis M5525)",
    "one-time-nonce": "takes a nonce for one request",
    "options-first": "answers DESCRIBE only after OPTIONS",
    "no-options": "knows no OPTIONS",
    "another-session": "names another session with the second SETUP",
    "one-session": "names its session with the first SETUP alone",
    "sound-refused": "describes sound and does not set it up",
    "back-channel-first": "lists the sound that it would play before the one it sends",
    "own-channels": "sends on channels of its own choice",
    "stray-bytes": "puts bytes that are nothing between packets",
    "asks-itself": "asks OPTIONS of whoever looks, and hangs up without an answer",
    "lf-only": "ends its lines in LF",
    "empty-lines": "puts an empty line ahead of each answer",
    "length-too-long": "counts its description longer than it is",
    "chunked": "sends its description in chunks",
    "control-with-slash": "names its media /track1, below its own path",
    "control-whole-path": "names its media by their whole path",
    "control-twice": "has the scheme twice in its media's addresses",
    "base-relative": "gives a relative Content-Base",
    "base-without-slash": "gives a Content-Base without a slash at its end",
    "late-first-packet": "begins to send some time after PLAY",
    "other-payload-type": "sends another payload type than it describes",
    "packetization-2": "says that it interleaves (packetization mode 2), and sends in order",
    "interleaved": "interleaves: numbers its units and sends every second one late",
    "sound-alone": "has no picture",
    "slow": "sends a picture every second or so and nothing between",
    "tcp-461": "has no TCP, and says so with 461",
    "tcp-400": "has no TCP, and answers 400",
    "tcp-500": "has no TCP, and answers 500",
    "tcp-hangs-up": "has no TCP, and hangs up",
    "options-hangs-up": "hangs up at OPTIONS",
    "junk-ahead": "puts bytes that are nothing ahead of each answer",
    "money-between": "puts text with a dollar sign between packets",
    "base-without-scheme": "gives a Content-Base without rtsp://",
    "control-is-query": "names its media by a query alone",
}
_STRAY = bytes(range(0x80, 0x100)) + b"stray $ bytes \x24\x00" + b"ABCDEF\r\n" * 3
_OFFERS = {"get-parameter-counts-not", "options-ends", "offered-ends", "options-454"}
_ENDS = {"GET_PARAMETER": {"get-parameter-ends", "offered-ends"}, "OPTIONS": {"options-ends"}}
_NO_TCP = {"tcp-461", "tcp-400", "tcp-500", "tcp-hangs-up"}
_LATE_SECONDS = 1.0
_SLOW_SECONDS = 1.2


class QuirkyRtsp(ScriptedRtsp):
    """A context manager. ``alive``: how many signs of life counted since PLAY; ``refused``:
    how many it answered with an error, ``hung_up``: at how many it hung up."""

    def __init__(self, clip: Clip, *quirks: str, pictures: int = 0, paced: bool = False) -> None:
        super().__init__(clip, "right", sdp_sets=True, pictures=pictures, paced=paced)
        assert set(quirks) <= set(QUIRKS)
        self._quirks = frozenset(quirks)
        self.alive = self.hung_up = self.refused = 0
        self._heard_ns = 0
        self._options = False
        self._nonces: set[str] = set()
        self.requests: list[str] = []

    def _has(self, quirk: str) -> bool:
        return quirk in self._quirks

    # --- the talk ---

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            setups = itertools.count(1)
            self._options, udp = False, None
            while (request := _read(connection)) is not None:
                method, url, head = request
                self.requests.append(f"{method} {url}")
                if "RTSP/" not in url and self._refused(connection, method, head):
                    continue
                if method == "OPTIONS":
                    self._options = True
                    if self._has("options-hangs-up"):
                        return
                    if self._has("no-options"):
                        self._say(connection, head, "501 Not Implemented")
                        continue
                    public = "DESCRIBE, SETUP, PLAY, TEARDOWN"
                    public += ", GET_PARAMETER" if self._quirks & _OFFERS else ""
                    self._say(connection, head, lines=[f"Public: {public}"])
                elif method == "DESCRIBE":
                    self._describe(connection, head)
                elif method == "SETUP":
                    udp = self._set_up(connection, head, url, next(setups)) or udp
                elif method == "PLAY":
                    self._say(connection, head)
                    self._begin(connection, udp)
                    return
                else:
                    self._say(connection, head, "501 Not Implemented")

    def _refused(self, connection: socket.socket, method: str, head: dict[str, str]) -> bool:
        """Whether the account has to come again."""
        if not self._has("one-time-nonce") or method == "OPTIONS":
            return False
        found = re.search(r'nonce="(\w+)"', head.get("authorization", ""))
        if found and found[1] in self._nonces:
            self._nonces.discard(found[1])
            return False
        self._challenge(connection, head)
        return True

    def _challenge(self, connection: socket.socket, head: dict[str, str]) -> None:
        nonce = secrets.token_hex(8)
        self._nonces.add(nonce)
        line = f'WWW-Authenticate: Basic realm="x", Digest realm="x", nonce="{nonce}"'
        self._say(connection, head, "401 Unauthorized", lines=[line])

    def _describe(self, connection: socket.socket, head: dict[str, str]) -> None:
        if self._has("options-first") and not self._options:
            self._say(connection, head, "405 Method Not Allowed")
            return
        base = {
            "base-relative": "stream/",
            "base-without-slash": self.url,
            "base-without-scheme": f"{self.url.removeprefix('rtsp://')}/",
        }
        named = next((base[quirk] for quirk in base if self._has(quirk)), f"{self.url}/")
        body = self._description()
        lines = ["Content-Type: application/sdp", f"Content-Base: {named}"]
        if self._has("chunked"):
            half = len(body) // 2
            parts = (body[:half], body[half:], b"")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
            self._say(connection, head, lines=[*lines, "Transfer-Encoding: chunked"], body=body, length=-1)
            return
        more = 40 if self._has("length-too-long") else 0
        self._say(connection, head, lines=lines, body=body, length=len(body) + more)
        if more:  # the next answer follows at once, as if it were the rest
            connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 0\r\n\r\n")

    def _description(self) -> bytes:
        text = super()._description().decode()
        control = {
            "control-with-slash": "/track1",
            "control-whole-path": "/stream/track1",
            "control-twice": f"rtsp://{self.url}/track1",
            "control-is-query": "?track=1",
        }
        named = next((control[quirk] for quirk in control if self._has(quirk)), "track1")
        text = text.replace("a=control:track1", f"a=control:{named}")
        sound = "m=audio 0 RTP/AVP 8\r\na=control:track{}\r\n"
        if self._quirks & {"packetization-2", "interleaved"}:
            text = text.replace("packetization-mode=1", "packetization-mode=2;sprop-interleaving-depth=1")
        if self._has("other-payload-type"):
            text = text.replace(f":{PAYLOAD_TYPE} ", ":97 ").replace(f"AVP {PAYLOAD_TYPE}", "AVP 97")
        if self._has("sound-alone"):
            return (text[: text.index("m=video")] + sound.format(1)).encode()
        if self._has("back-channel-first"):
            picture = text.index("m=video")
            text = text[:picture] + sound.format(9) + "a=sendonly\r\n" + text[picture:]
        if self._quirks & {"sound-refused", "another-session", "one-session", "back-channel-first"}:
            text += sound.format(2)
        return text.encode()

    def _set_up(self, connection: socket.socket, head: dict[str, str], url: str, number: int) -> tuple[str, int] | None:
        """Where to send to, where that is not this connection."""
        wanted = f"{self.url}/track{number}"
        asked = head.get("transport", "")
        if self._quirks & _NO_TCP:
            found = re.search(r"client_port=(\d+)-", asked)
            if found is None:
                if self._has("tcp-hangs-up"):
                    connection.shutdown(socket.SHUT_RDWR)
                    return None
                status = {"tcp-461": "461 Unsupported Transport", "tcp-400": "400 Bad Request"}
                named = next((status[quirk] for quirk in status if self._has(quirk)), "500 Internal Server Error")
                self._say(connection, head, named)
                return None
            self._say(connection, head, lines=[f"Transport: {asked};server_port=6970-6971", "Session: 1"])
            return str(connection.getpeername()[0]), int(found[1])
        if self._has("control-is-query"):
            wanted = f"{self.url}/?track=1"
        if url != wanted or (number == 2 and self._has("sound-refused")):
            self._say(connection, head, "404 Not Found")
            return None
        first = 8 if self._has("own-channels") else 2 * (number - 1)
        session = "1" if number == 1 or not self._has("another-session") else "2"
        lines = [f"Transport: RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"]
        if number == 1 or not self._has("one-session"):
            lines.append(f"Session: {session}{';timeout=1' if self._has('session-timeout') else ''}")
        self._say(connection, head, lines=lines)
        return None

    def _say(
        self, connection: socket.socket, head: dict[str, str], status: str = "200 OK", *,
        lines: list[str] | None = None, body: bytes = b"", length: int = 0,
    ) -> None:  # fmt: skip
        end = "\n" if self._has("lf-only") else "\r\n"
        said = [f"RTSP/1.0 {status}", f"CSeq: {head.get('cseq', '')}", *(lines or [])]
        said += [f"Content-Length: {length or len(body)}"] if length >= 0 else []
        before = "\r\n" if self._has("empty-lines") else "\0\0junk" if self._has("junk-ahead") else ""
        connection.sendall((before + end.join([*said, "", ""])).encode() + body)

    # --- the stream ---

    def _begin(self, connection: socket.socket, udp: tuple[str, int] | None) -> None:
        listener = threading.Thread(target=self._listen, args=(connection,), daemon=True)
        self._heard_ns = time.monotonic_ns()
        if self._has("asks-itself"):
            connection.sendall(f"OPTIONS {self.url} RTSP/1.0\r\nCSeq: 77\r\n\r\n".encode())
        listener.start()
        if self._has("late-first-packet"):
            self._over.wait(_LATE_SECONDS)
        if udp is not None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                self._send(lambda packet: sock.sendto(packet, udp))
        else:
            channel = 8 if self._has("own-channels") else 0
            lead = struct.Struct(">BBH")
            self._send(
                lambda packet: connection.sendall(lead.pack(0x24, channel, len(packet)) + packet + self._between())
            )
        if self._pictures:
            connection.shutdown(socket.SHUT_WR)
            listener.join(60)

    def _between(self) -> bytes:
        if self._has("money-between"):
            return b"$ is money\r\n"
        return _STRAY if self._has("stray-bytes") and secrets.randbelow(4) == 0 else b""

    def _send(self, send: object) -> None:
        assert callable(send)
        recipe, number, sequence = self._clip.recipe, 0, 100
        while not self._over.is_set() and (not self._pictures or number < self._pictures):
            for packet in self._packets(number, sequence):
                send(packet)
                sequence = sequence + 1 & 0xFFFF
            number += 1
            if self._has("slow"):
                self._over.wait(_SLOW_SECONDS)
            elif self._paced:
                self._over.wait(1 / recipe.fps)
            if self._has("session-timeout") and time.monotonic_ns() - self._heard_ns > 30_000_000_000:
                return

    def _packets(self, number: int, sequence: int) -> list[bytes]:
        recipe = self._clip.recipe
        unit = self._clip.video[number % len(self._clip.video)]
        stamp = 1_000_000 + number * RATE // recipe.fps & 0xFFFFFFFF
        found = []
        for at, (_, payload, marker) in enumerate(self._way(recipe.video, list(_nals(unit)), RATE // recipe.fps)):
            head = struct.pack(">BBHII", 0x80, PAYLOAD_TYPE | marker << 7, sequence + at & 0xFFFF, stamp, 7)
            if self._has("interleaved"):
                payload = _numbered(payload, sequence + at ^ 1)
            found.append(head + payload)
        return found

    def _listen(self, connection: socket.socket) -> None:
        """What comes while it plays."""
        with contextlib.suppress(OSError):
            while (request := _read(connection)) is not None:
                method, _, head = request
                if method.startswith("RTSP/") and head.get("cseq") == "77":
                    self.alive += 1
                elif method == "OPTIONS" and self._has("options-454"):
                    self.refused += 1
                    self._say(connection, head, "454 Session Not Found")
                elif self._quirks & _ENDS.get(method, set()):
                    self.hung_up += 1
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                elif method in ("OPTIONS", "GET_PARAMETER"):
                    self._sign_of_life(connection, method, head)
                elif method == "TEARDOWN":
                    self.requests.append("TEARDOWN")
                    self._say(connection, head)

    def _sign_of_life(self, connection: socket.socket, method: str, head: dict[str, str]) -> None:
        if self._has("keep-alive-401"):
            found = re.search(r'nonce="(\w+)"', head.get("authorization", ""))
            if found is None or found[1] not in self._nonces:
                self._challenge(connection, head)
                return
            self._nonces.discard(found[1])
        if method == "OPTIONS" or not self._has("get-parameter-counts-not"):
            self._heard_ns = time.monotonic_ns()
            self.alive += 1
        self._say(connection, head)


def _numbered(payload: bytes, order: int) -> bytes:
    """The packet in its form with a number (RFC 6184 section 5.7.1, 5.8); a fragment that is not the first has none."""
    number = (order & 0xFFFF).to_bytes(2, "big")
    if payload[0] & 31 != 28:
        return b"\x79" + number + len(payload).to_bytes(2, "big") + payload
    if payload[1] & 0x80:
        return bytes((payload[0] & 0xE0 | 29, payload[1])) + number + payload[2:]
    return payload


def _nals(unit: bytes) -> list[bytes]:
    from appliance.api import split_nals

    return list(split_nals(unit))


def _read(connection: socket.socket) -> tuple[str, str, dict[str, str]] | None:
    """The next message, without its body: none has one here. Packets, a reader's reports, are passed over."""
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        block = connection.recv(1)
        if not block:
            return None
        if not text and block == b"$":
            length = int.from_bytes(_exactly(connection, 3)[1:], "big")
            _exactly(connection, length)
            continue
        text += block
    first, *rest = text.decode(errors="replace").split("\r\n")
    words = (*first.split(" "), "", "")
    head = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return words[0], words[1], head


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (block := connection.recv(size - len(data))):
        data += block
    return data
