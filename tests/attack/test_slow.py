"""Clients that take their time: connections that say nothing, heads and bodies that never end, answers that nobody
reads, floods of log-ins. Each ends by itself, and meanwhile the site answers the others."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from appliance.protocol.transport import Message, Peer, Reply
from appliance.web.http.connection_limits import Patience
from tests.attack.client import FORM, Answer, Attacker
from tests.attack.tally import Tally, row_of
from tests.box import until
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

HURRIED = Patience(idle_seconds=1.0, body_seconds=0.5, stalled_seconds=0.5, handshake_seconds=1.0, linger_seconds=0.1)
"""What takes seconds in an office, in tests."""
CROWDED = Patience(idle_seconds=600, body_seconds=600, handshake_seconds=600, connections=40, of_one=20)
"""Where nobody is sent away for being slow, and few have room."""


class _Slow(KeeperDouble):
    """A keeper whose log-ins wait until ``go`` is set."""

    def __init__(self, path: str) -> None:
        super().__init__(path, cameras=2)
        self.go, self.asked = threading.Event(), threading.Semaphore(0)
        self.go.set()

    def _handle(self, verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
        if verb == "login":
            self.asked.release()
            self.go.wait(120)
        return super()._handle(verb, arguments, message, peer)


class _Hurried(RunningSite):
    patience = HURRIED


class _Crowded(RunningSite):
    patience = CROWDED


@contextlib.contextmanager
def _running(kind: type[RunningSite], folder: Path) -> Iterator[tuple[RunningSite, _Slow]]:
    with kind(folder) as site, _Slow(site.settings.layout.socket("keeper")) as keeper:
        yield site, keeper


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSite, _Slow]]:
    with _running(_Hurried, tmp_path_factory.mktemp("hurried")) as running:
        yield running


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSite, _Slow]]:
    with _running(_Crowded, tmp_path_factory.mktemp("crowded")) as running:
        yield running


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSite, _Slow]]:
    """As in an office: forty handshakes at once may take a busy machine more than a second."""
    with _running(RunningSite, tmp_path_factory.mktemp("patient")) as running:
        yield running


def _attacker(site: RunningSite, tally: Tally) -> Attacker:
    return Attacker(site.settings.web.port, str(site.authority), tally)


def _logged_in(site: RunningSite, tally: Tally) -> Attacker:
    attacker = _attacker(site, tally)
    attacker.session = _log_in(attacker).cookie("__Host-sid")
    return attacker


def _log_in(attacker: Attacker) -> Answer:
    return attacker.post("/login", {"name": "officer", "password": PASSWORDS["officer"]}, attack="log-in")


def _ended(sock: socket.socket) -> bytes:
    """What came before the site closed; fails where it does not close."""
    got = bytearray()
    sock.settimeout(120)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := sock.recv(65_536):
            got += piece
    return bytes(got)


def _head(site: RunningSite, first: str, *lines: str) -> bytes:
    own = (f"Host: localhost:{site.settings.web.port}", f"Origin: {site.address}", "Sec-Fetch-Site: same-origin")
    return ("\r\n".join((first, *own, *lines)) + "\r\n").encode()


# --- nothing comes ---


def test_two_hundred_connections_that_say_nothing_keep_nobody_out_and_are_closed(
    hurried: tuple[RunningSite, _Slow], tally: Tally
) -> None:
    site, _ = hurried
    attacker = _attacker(site, tally)
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(attacker.opened()) for _ in range(200)]
        tally.count("silent connection", 200)
        assert attacker.get("/login").status == 200
        for sock in socks:
            assert _ended(sock) == b""
    assert attacker.get("/login").status == 200


def test_a_connection_without_a_handshake_is_closed(hurried: tuple[RunningSite, _Slow], tally: Tally) -> None:
    site, _ = hurried
    tally.count("silent connection")
    with socket.create_connection(("localhost", site.settings.web.port), timeout=120) as plain:
        assert _ended(plain) == b""


@pytest.mark.parametrize("before", ["", "a request"])
def test_a_head_that_never_ends_is_closed_however_it_drips(
    hurried: tuple[RunningSite, _Slow], tally: Tally, before: str
) -> None:
    """Each further line is one that came in time; also where a whole request went before on the same connection."""
    site, _ = hurried
    attacker = _attacker(site, tally)
    tally.count("slow head")
    with attacker.opened() as sock:
        if before:
            sock.sendall(_head(site, "GET /trust HTTP/1.1") + b"\r\n")
            assert sock.recv(10).startswith(b"HTTP/1.1 2")
        sock.sendall(_head(site, "GET /login HTTP/1.1"))
        sock.settimeout(0.1)
        dripped, gone = 0, False
        while not gone and dripped < 300:
            with contextlib.suppress(TimeoutError):
                try:
                    sock.sendall(b"X-More: 1\r\n")
                    dripped += 1
                    gone = not sock.recv(65_536)
                except (ConnectionError, ssl.SSLError):
                    gone = True
        assert gone
    assert attacker.get("/login").status == 200


FORMS = {
    "a log-in": ("POST /login HTTP/1.1", f"Content-Type: {FORM}", b"name=off"),
    "a log-in in chunks": ("POST /login HTTP/1.1", f"Content-Type: {FORM}\r\nTransfer-Encoding: chunked", b"8\r\na="),
    "parts": ("POST /login HTTP/1.1", "Content-Type: multipart/form-data; boundary=a", b"--a\r\nContent-Disp"),
    "a version": ("POST /rules/packs HTTP/1.1", "Content-Type: multipart/form-data; boundary=a",
                  b"--a\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nxx"),
    "what was shown": ("POST /viewing/0/shown HTTP/1.1", "Content-Type: application/json", b'{"spans": ['),
    "a draft": ("POST /cases/new/citizen/draft HTTP/1.1", f"Content-Type: {FORM}", b"act="),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_body_that_never_ends_is_answered_with_a_time_out_and_nothing_is_done(
    hurried: tuple[RunningSite, _Slow], tally: Tally, name: str
) -> None:
    site, keeper = hurried
    attacker = _logged_in(site, tally)
    first, kind, body = FORMS[name]
    length = () if "chunked" in kind else ("Content-Length: 4000",)
    keeper.calls.clear()
    tally.count("slow body")
    with attacker.opened() as sock:
        sock.sendall(_head(site, first, kind, *length, f"Cookie: __Host-sid={attacker.session}") + b"\r\n" + body)
        told = _ended(sock)
    assert told.startswith(b"HTTP/1.1 408 "), told[:80]
    assert not {call.verb for call in keeper.calls} - {"session", "office", "duties.count"}


def _go_on(sock: socket.socket, data: bytes) -> None:
    while True:
        sock.sendall(data)


def test_an_answer_that_nobody_reads_is_given_up(hurried: tuple[RunningSite, _Slow], tally: Tally) -> None:
    """Requests by the hundred whose answers pile up: the connection goes, the site stays."""
    site, _ = hurried
    attacker = _attacker(site, tally)
    tally.count("unread answer", 400)
    with attacker.opened() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(120)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            _go_on(sock, (_head(site, "GET /static/site.css HTTP/1.1") + b"\r\n") * 400)
    assert attacker.get("/login").status == 200


# --- too many come ---


def test_past_the_most_of_one_address_the_one_that_waited_longest_goes(
    crowded: tuple[RunningSite, _Slow], tally: Tally
) -> None:
    site, _ = crowded
    attacker = _attacker(site, tally)
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(attacker.opened()) for _ in range(CROWDED.of_one + 10)]
        tally.count("too many connections", len(socks))
        for sock in socks[:10]:
            assert _ended(sock) == b""
        last = socks[-1]
        last.sendall(_head(site, "GET /login HTTP/1.1") + b"\r\n")
        assert last.recv(20).startswith(b"HTTP/1.1 200")


def test_connections_without_a_handshake_count_as_well(crowded: tuple[RunningSite, _Slow], tally: Tally) -> None:
    """They wait for minutes here: only that there are too many ends them."""
    site, _ = crowded
    attacker = _attacker(site, tally)
    with contextlib.ExitStack() as stack:
        address = ("localhost", site.settings.web.port)
        socks = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(CROWDED.of_one + 10)]
        tally.count("too many connections", len(socks))
        for sock in socks[:10]:
            assert _ended(sock) == b""
        socks[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            socks[-1].recv(1)
        assert attacker.get("/login").status == 200, "the newest still get in"


def test_a_browser_that_goes_in_the_middle_of_its_form_is_no_defect(
    hurried: tuple[RunningSite, _Slow], tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    site, _ = hurried
    attacker = _attacker(site, tally)
    lines = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 60000")
    for _ in range(10):
        with attacker.opened() as sock:
            sock.sendall(_head(site, "POST /login HTTP/1.1", *lines) + b"\r\nname=")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tally.count("slow body")
        assert attacker.get("/login").status == 200
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_request_under_way_is_never_dropped_for_a_newcomer(crowded: tuple[RunningSite, _Slow], tally: Tally) -> None:
    site, keeper = crowded
    busy, idle = _attacker(site, tally), _attacker(site, tally)
    keeper.go.clear()
    with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
        answer = pool.submit(_log_in, busy)
        assert keeper.asked.acquire(timeout=120)
        socks = [stack.enter_context(idle.opened()) for _ in range(CROWDED.of_one + 5)]
        tally.count("too many connections", len(socks))
        assert _ended(socks[0]) == b""
        keeper.go.set()
        assert answer.result(timeout=120).status == 303


def test_a_flood_of_log_ins_waits_in_no_thread_that_pages_need(
    patient: tuple[RunningSite, _Slow], tally: Tally
) -> None:
    """Of forty at once eight are looked at; the others are told to come again, and who is logged in goes on."""
    site, keeper = patient
    here = _logged_in(site, tally)
    while keeper.asked.acquire(blocking=False):
        pass
    keeper.go.clear()
    with ThreadPoolExecutor(40) as pool:
        flood = [pool.submit(_log_in, _attacker(site, tally)) for _ in range(40)]
        try:
            refused = until(lambda: [each for each in flood if each.done()][31:], what="32 refusals")
            assert here.get("/account").status == 200
            assert here.get("/cases").status == 200
        finally:
            keeper.go.set()
        answers = [each.result(timeout=120) for each in flood]
    assert len(refused) == 1
    assert sorted(each.status for each in answers) == [303] * 8 + [403] * 32
    assert all("請稍後再試" in each.text for each in answers if each.status == 403)


def test_the_page_of_figures_tells_no_more_than_was_tried(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_slow.py")
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0
