"""The RTSP talk against a peer that speaks from a script: accounts, refusals, nonsense."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import CameraLost, SystemClock
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.rtsp.account import Account
from appliance.plugins.sources.rtsp.client import Patience, RtspClient
from appliance.plugins.sources.rtsp.messages import Answer, message_end, parsed
from appliance.plugins.sources.rtsp.sdp import NotOurs
from tests.patience import PATIENCE_SECONDS


def _lost(why: str, *, what: str = "") -> CameraLost:
    return lost("camera", why, (), what=what)


PATIENCE = Patience(5.0, SystemClock())

Reply = Callable[[str], bytes]


@contextmanager
def _peer(*replies: bytes | Reply) -> Iterator[tuple[int, list[str]]]:
    """Answers each request with the next of ``replies``, then closes."""
    heard: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            for reply in replies:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    block = connection.recv(4096)
                    if not block:
                        return
                    request += block
                heard.append(request.decode())
                connection.sendall(reply if isinstance(reply, bytes) else reply(heard[-1]))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], heard
    finally:
        server.close()
        thread.join()


def _client(port: int, account: str = "") -> RtspClient:
    return RtspClient(f"rtsp://{account}127.0.0.1:{port}/stream?x=1", _lost, PATIENCE)


OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\nPublic: PLAY\r\n\r\nbody"


def test_a_request_names_no_account_and_an_answer_comes_with_its_body() -> None:
    with _peer(OK) as (port, heard):
        client = _client(port, "user:secret@")
        answer = client.call("DESCRIBE", client.url, "Accept: application/sdp")
        client.sock.close()
    assert (answer.status, answer.body, answer.one("public")) == (200, b"body", "PLAY")
    assert heard[0].startswith(f"DESCRIBE rtsp://127.0.0.1:{port}/stream?x=1 RTSP/1.0\r\nCSeq: 1\r\n")
    assert "secret" not in heard[0]


@pytest.mark.parametrize(
    ("words", "name"), [("", "md5"), (", algorithm=SHA-256", "sha256"), (', qop="auth,auth-int"', "md5")]
)
def test_digest_is_what_rfc_7616_says(words: str, name: str) -> None:
    challenge = f'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="door", nonce="n1"{words}\r\n\r\n'.encode()

    def check(request: str) -> bytes:
        def digest(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        line = next(line for line in request.split("\r\n") if line.startswith("Authorization: Digest "))
        parts = dict(part.split("=", 1) for part in line.removeprefix("Authorization: Digest ").split(", "))
        parts = {key: value.strip('"') for key, value in parts.items()}
        middle = f"{parts['nc']}:{parts['cnonce']}:auth:" if "qop" in parts else ""
        wanted = digest(f"{digest('user:door:p@ss')}:n1:{middle}{digest('DESCRIBE:' + parts['uri'])}")
        return OK if parts["response"] == wanted else b"RTSP/1.0 401 No\r\n\r\n"

    with _peer(challenge, check) as (port, _):
        client = _client(port, "user:p%40ss@")
        assert client.call("DESCRIBE", client.url).status == 200
        client.sock.close()


def test_digest_is_preferred_to_basic_and_basic_is_used_where_there_is_nothing_else() -> None:
    both = Account("user", "word")
    assert both.learn(["Basic realm=x", 'Digest realm="x", nonce="y"'])
    assert both.authorization("PLAY", "rtsp://x").startswith("Digest ")
    basic = Account("user", "word")
    assert basic.learn(["Basic realm=x"])
    assert basic.authorization("PLAY", "rtsp://x") == "Basic dXNlcjp3b3Jk"


def test_a_wrong_account_is_tried_once_and_a_stale_challenge_again() -> None:
    account = Account("user", "word")
    assert account.learn(['Digest realm="x", nonce="1"'])
    assert not account.learn(['Digest realm="x", nonce="2"'])
    assert account.learn(['Digest realm="x", nonce="3", stale=TRUE'])
    assert not Account("user", "word").learn(["Digest realm=x, nonce=y, algorithm=SCRAM"])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"RTSP/1.0 404 Not Found\r\n\r\n", "has no such path"),
        (b"RTSP/1.0 401 No\r\n\r\n", "user name or password"),
        (b"RTSP/1.0 500 Oh\r\n\r\n", "answers DESCRIBE 500"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no stream of this kind"),
        (b"\x00\x01\x02\x03", "no stream of this kind"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "no stream of this kind"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "no stream of this kind"),
        (b"A" * 200_000, "no stream of this kind"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nshort", "ended the connection"),
        (b"", "ended the connection"),
    ],
)
def test_what_is_no_good_answer_is_said_in_plain_words(answer: bytes, words: str) -> None:
    with _peer(answer) as (port, _):
        client = _client(port)
        with pytest.raises(CameraLost, match=words):
            client.call("DESCRIBE", client.url)
        client.sock.close()


@pytest.mark.parametrize("status", [301, 302, 461])
def test_what_libav_may_know_better_is_left_to_it(status: int) -> None:
    with _peer(f"RTSP/1.0 {status} x\r\n\r\n".encode()) as (port, _):
        client = _client(port)
        with pytest.raises(NotOurs):
            client.call("SETUP", client.url)
        client.sock.close()
    with pytest.raises(NotOurs):
        RtspClient("rtspu://127.0.0.1/x", _lost, PATIENCE)


def test_packets_and_requests_of_the_camera_between_answers_are_passed_over() -> None:
    with _peer(b"$\x00\x00\x03abcOPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n" + OK + b"$\x00\x00\x02de") as (port, _):
        client = _client(port)
        assert client.call("PLAY", client.url).body == b"body"
        assert client.unread() == b"$\x00\x00\x02de"
        client.sock.close()


@given(st.binary(max_size=100), st.integers(0, 50))
def test_where_a_message_ends_is_never_beyond_what_is_there(data: bytes, at: int) -> None:
    end = message_end(bytearray(data), min(at, len(data)), len(data))
    assert end is None or end == 0 or at < end <= len(data)


@pytest.mark.parametrize(
    ("line", "last"), [("\n", "\r\n"), ("\r\n", "\n"), ("\r\r\n", "\r\r\n"), ("\r", "\r"), ("\n", "\n")]
)
def test_a_head_ends_at_its_empty_line_however_lines_end(line: str, last: str) -> None:
    head = line.join(["RTSP/1.0 200 OK", "CSeq: 2", "Content-Length:", "content-length: 4", last]).encode()
    message = head + b"body"
    whole = bytearray(message + b"$\x00\x00\x00")
    assert message_end(whole, 0, len(whole)) == len(message)
    assert not any(message_end(whole[:fill], 0, fill) for fill in range(len(message)))
    found = parsed(message)
    assert isinstance(found, Answer)
    assert (found.status, found.one("cseq"), found.body) == (200, "2", b"body")


class _Clock(SystemClock):
    def __init__(self) -> None:
        self.now_ns = 0

    def boot_ns(self) -> int:
        return self.now_ns


def test_each_answer_has_its_own_time() -> None:
    """Some cameras wake up first, and take as long again for what follows."""
    clock = _Clock()

    def late(request: str) -> bytes:
        clock.now_ns += 4_000_000_000
        return OK

    with _peer(late, late, late) as (port, _):
        client = RtspClient(f"rtsp://127.0.0.1:{port}/", _lost, patience := Patience(5.0, clock))
        for _ in range(3):
            assert client.call("DESCRIBE", client.url).status == 200
            assert patience() == 1.0
        client.sock.close()
    clock.now_ns += 60_000_000_000
    assert 0 < patience() < 0.1


@pytest.mark.parametrize("length", [b"", b"Content-Length: 90\r\n"])
def test_a_description_without_its_length_is_what_came(length: bytes) -> None:
    described = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n" + length + b"\r\nv=0\r\nm=video 0"
    over = threading.Event()

    def stays(request: str) -> bytes:
        over.wait(PATIENCE_SECONDS)
        return b""

    with _peer(described, stays) as (port, _):
        client = _client(port)
        assert client.call("DESCRIBE", client.url).body == b"v=0\r\nm=video 0"
        over.set()
        client.sock.close()


def test_an_answer_that_comes_twice_is_taken_once_and_a_number_that_stands_still_is_none() -> None:
    other = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nother"
    with _peer(OK + OK, other) as (port, _):
        client = _client(port)
        assert [client.call("DESCRIBE", client.url).body for _ in range(2)] == [b"body", b"other"]
        client.sock.close()
    with _peer(OK, OK, OK) as (port, _):
        client = _client(port)
        assert [client.call("DESCRIBE", client.url).body for _ in range(3)] == [b"body"] * 3
        client.sock.close()
