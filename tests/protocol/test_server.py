"""What a caller can have the serving side take: memory, connections, threads; and who is let go for whom."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Broken, Refused, Unavailable
from appliance.protocol.server import Limits, Server
from appliance.protocol.transport import Client, Connection, Message, Peer, Reply, listen
from tests.box import until

LARGEST = struct.pack(">II", 1 << 20, 64 << 20)
GOOD = "a" * 64


def _handle(verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
    return Reply({"verb": verb, "caller": peer.caller}, message.body)


def _admit(verb: str, peer: Peer) -> int:
    if verb == "guarded" and peer.caller != GOOD:
        raise Refused(f"{verb}: not for you")
    return 1 << 20 if verb in ("echo", "guarded") else 0


LIMITS = Limits(
    connections=40, of_user=30, strangers=8, message_seconds=600, admit=_admit, lasting=lambda peer: peer.caller == GOOD
)


@contextlib.contextmanager
def serving(path: str, limits: Limits = LIMITS) -> Iterator[Server]:
    server = Server(path, _handle, limits=limits)
    server.start()
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    where = str(tmp_path / "k.sock")
    with serving(where):
        yield where


def _connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(120)
    sock.connect(path)
    return sock


def _ended(sock: socket.socket) -> bool:
    with contextlib.suppress(ConnectionError):
        return sock.recv(1) == b""
    return True


def test_a_length_that_is_only_told_takes_no_memory() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        head = b"\x81\xa4verb\xa4echo"
        theirs.sendall(struct.pack(">II", len(head), 64 << 20) + head + b"x" * 100)
        theirs.shutdown(socket.SHUT_WR)
        tracemalloc.start()
        try:
            with pytest.raises(Broken):
                Connection(ours).receive()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 2 << 20


def test_a_head_is_not_decoded_for_who_is_refused() -> None:
    ours, theirs = socket.socketpair()
    asked: list[tuple[str, str]] = []

    def admit(verb: str, caller: str) -> int:
        asked.append((verb, caller))
        raise Refused("no")

    many = 200_000
    head = b"\x83\xa4verb\xa4echo\xa6caller\xa1c\xa4many" + b"\xdd" + struct.pack(">I", many) + b"\x80" * many
    with ours, theirs:
        threading.Thread(target=theirs.sendall, args=(struct.pack(">II", len(head), 0) + head,)).start()
        tracemalloc.start()
        try:
            with pytest.raises(Refused):
                Connection(ours).receive(admit)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert asked == [("echo", "c")]
    assert most < 4 << 20, "200,000 maps would be a multiple of it"


@pytest.mark.parametrize(
    ("verb", "body", "error"), [("echo", 1 << 21, Broken), ("other", 1, Broken), ("guarded", 0, Refused)]
)
def test_what_is_not_admitted_is_answered_and_not_read(verb: str, body: int, error: type[Exception], path: str) -> None:
    client = Client(path)
    with pytest.raises(error):
        client.call(verb, bytes(body)) if body < 2 else _send_lead(path, verb, body)
    assert client.call("echo", b"on").body == b"on"
    client.close()


def _send_lead(path: str, verb: str, body: int) -> None:
    """The head alone: the answer comes before the body."""
    head = b"\x81\xa4verb" + bytes([0xA0 + len(verb)]) + verb.encode()
    with _connect(path) as sock:
        sock.sendall(struct.pack(">II", len(head), body) + head)
        answer = Connection(sock).receive()
        assert answer is not None
        raise {"broken": Broken, "refused": Refused}[answer.head["code"]](answer.head["message"])


def test_strangers_are_few_and_the_longest_there_goes_while_who_is_vouched_for_stays(path: str) -> None:
    known = Client(path, caller=GOOD)
    known.call("guarded")
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(_connect(path)) for _ in range(60)]
        for sock in socks[:52]:
            assert _ended(sock)
        assert known.call("guarded").head["caller"] == GOOD
        newcomer = Client(path, caller=GOOD)
        assert newcomer.call("guarded").head["verb"] == "guarded"
        newcomer.close()
    known.close()


def test_the_connections_of_a_user_have_an_end_and_a_slot_comes_back(path: str) -> None:
    clients = [Client(path, caller=GOOD) for _ in range(LIMITS.of_user)]
    for client in clients:
        client.call("guarded")
    late = Client(path, caller=GOOD)
    with pytest.raises(Unavailable):
        late.call("guarded")
    clients.pop().close()

    def answered() -> bool:
        with contextlib.suppress(Unavailable):
            return bool(late.call("guarded"))
        return False

    until(answered, seconds=60, what="the place that was left")
    for client in [*clients, late]:
        client.close()


def test_a_hundred_floods_leave_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    path = str(tmp_path / "f.sock")
    with serving(path):
        Client(path).call("echo")
        threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
        for _ in range(100):
            with contextlib.suppress(OSError), _connect(path) as sock:
                sock.sendall(LARGEST + b"x" * 14)
        until(lambda: threading.active_count() <= threads or None, seconds=60, what="the threads' end")
        assert len(os.listdir("/proc/self/fd")) <= files + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2 << 20


def test_a_stranger_that_says_nothing_is_closed_and_one_who_is_vouched_for_may_wait(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sock")
    with serving(path, LIMITS._replace(message_seconds=0.3)):
        known = Client(path, caller=GOOD)
        known.call("guarded")
        with _connect(path) as silent, _connect(path) as slow:
            slow.sendall(LARGEST[:3])
            assert _ended(silent)
            assert _ended(slow)
        (connection,) = known._idle
        assert known.call("guarded").head["ok"]
        assert known._idle == [connection], "the same connection"
        known.close()


def test_a_socket_whose_path_is_longer_than_an_address_holds_works(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 300:
        deep /= "a folder of some name"
    deep.mkdir(parents=True)
    path = str(deep / "keeper.sock")
    with serving(path):
        client = Client(path)
        assert client.call("echo", b"far").body == b"far"
        client.close()
    assert not os.path.exists(path)
    listen(path).close()
    with pytest.raises(Unavailable, match="cannot be reached"):
        Client(path).call("echo")


def test_a_socket_that_somebody_else_put_there_is_not_spoken_to(path: str) -> None:
    mine, others = Client(path, server=[os.geteuid()]), Client(path, server=[os.geteuid() + 1])
    assert mine.call("echo", b"x").body == b"x"
    with pytest.raises(Unavailable, match="serves this socket"):
        others.call("echo", b"x")
    assert others._idle == []
    mine.close()
