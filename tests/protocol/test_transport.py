"""Messages between the processes: whole, in order, with errors as the class they were raised as."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Broken, Damaged, NotAllowed, NotLoggedIn, Unavailable
from appliance.protocol.server import Server
from appliance.protocol.transport import Client, Connection, Message, Peer, Reply


def _handle(verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
    match verb:
        case "echo":
            return Reply({"arguments": arguments, "uid": peer.uid}, message.body)
        case "count":
            return Reply({"of": arguments["to"]}, (bytes([n]) * n for n in range(1, arguments["to"] + 1)))
        case "spoil":
            return Reply({}, _spoiled())
        case "refuse":
            raise NotLoggedIn("session: it has ended; log in again")
        case "forbid":
            raise NotAllowed("case 115-0001: to grant: guard", {"why": "guard", "missing": ("rulings",)})
        case _:
            raise KeyError(verb)


def _spoiled() -> Iterator[bytes]:
    yield b"first"
    raise Damaged("segment 3: frame 7 was altered")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Client, str, list[str]]]:
    defects: list[str] = []
    path = str(tmp_path / "k.sock")
    server = Server(path, _handle, on_defect=lambda verb, error: defects.append(f"{verb} {type(error).__name__}"))
    server.start()
    client = Client(path)
    yield client, path, defects
    client.close()
    server.close()


def test_a_call_carries_its_arguments_and_bytes_both_ways(served: tuple[Client, str, list[str]]) -> None:
    client, _, _ = served
    for size in (0, 1, 65536, 65537, 3_000_000):
        body = os.urandom(size)
        answer = client.call("echo", body, a=1, text="附件三", blob=b"\0\1")
        assert answer.body == body
        assert answer.head["arguments"] == {"a": 1, "text": "附件三", "blob": b"\0\1"}
        assert answer.head["uid"] == os.getuid()


def test_a_stream_comes_block_by_block_and_the_connection_serves_on(served: tuple[Client, str, list[str]]) -> None:
    client, _, _ = served
    head, blocks = client.stream("count", to=5)
    assert head["of"] == 5
    assert [len(block) for block in blocks] == [1, 2, 3, 4, 5]
    assert client.call("echo", b"x").body == b"x"


def test_an_error_arrives_as_what_it_was(served: tuple[Client, str, list[str]]) -> None:
    client, _, defects = served
    with pytest.raises(NotLoggedIn, match="log in again"):
        client.call("refuse")
    _head, blocks = client.stream("spoil")
    assert next(blocks) == b"first"
    with pytest.raises(Damaged, match="frame 7"):
        next(blocks)
    with pytest.raises(Broken, match="KeyError"):
        client.call("nonsense")
    assert defects == ["nonsense KeyError"]
    assert client.call("echo", b"still here").body == b"still here"


def test_what_a_refusal_lacks_travels_with_it(served: tuple[Client, str, list[str]]) -> None:
    client, _, _ = served
    with pytest.raises(NotAllowed, match="to grant") as refused:
        client.call("forbid")
    assert refused.value.details == {"why": "guard", "missing": ["rulings"]}
    with pytest.raises(NotLoggedIn) as plain:
        client.call("refuse")
    assert plain.value.details == {}


def test_nobody_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="keeper cannot be reached"):
        Client(str(tmp_path / "keeper.sock")).call("status")


def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    path = str(tmp_path / "k.sock")
    client = Client(path)
    for _ in range(2):
        server = Server(path, _handle)
        server.start()
        assert client.call("echo", b"1").body == b"1"
        server.close()


def test_other_users_are_turned_away(tmp_path: Path) -> None:
    path = str(tmp_path / "k.sock")
    server = Server(path, _handle, uids=[os.getuid() + 1])
    server.start()
    with pytest.raises(Unavailable):
        Client(path).call("echo")
    server.close()


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack(">II", 0, 0),
        struct.pack(">II", 1 << 30, 0),
        struct.pack(">II", 1, 1 << 31),
        struct.pack(">II", 1, 0) + b"\xc1",
        struct.pack(">II", 1, 0) + b"\x01",
        struct.pack(">II", 4, 0) + b"\x81\xa1\xff\x01",
        struct.pack(">II", 40, 0) + b"\x80",
        b"\0\0",
    ],
)
def test_malformed_messages_are_broken_and_nothing_is_allocated_for_them(raw: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(Broken):
            Connection(ours).receive()


def test_descriptors_travel() -> None:
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    with ours, theirs:
        Connection(ours).send({"verb": "take"}, b"body", [write])
        os.close(write)
        message = Connection(theirs, most_fds=1).receive()
        assert message is not None
        assert message.body == b"body"
        os.write(message.fds[0], b"through")
        os.close(message.fds[0])
        assert os.read(read, 16) == b"through"
        os.close(read)


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))


_GOOD = struct.pack(">II", 12, 0) + b"\x81\xa4verb\xa5other"
_TORN = [b"x", b"\xff" * 8, _GOOD[:8], _GOOD[:-1], struct.pack(">II", 3, 0) + b"\x93\1\2"]


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize("raw", [*_TORN, _GOOD])
def test_descriptors_that_nobody_takes_are_not_kept(raw: bytes, most: int) -> None:
    """Whatever comes with them: a whole message, a torn one, none."""
    ours, theirs = socket.socketpair()
    with ours, theirs, open(os.devnull, "rb") as sent:
        before = _files()
        connection = Connection(ours, most_fds=most)
        for piece in range(len(raw)):
            socket.send_fds(theirs, [raw[piece : piece + 1]], [sent.fileno()] * 8)
        theirs.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Broken):
            message = connection.receive()
            assert message is not None
            assert message.fds == ()
        assert _files() == before


def test_a_message_brings_no_more_descriptors_than_its_receiver_takes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, open(os.devnull, "rb") as sent:
        before = _files()
        socket.send_fds(theirs, [_GOOD], [sent.fileno()] * 2)
        with pytest.raises(Broken, match="brings 2 file descriptors; at most 1"):
            Connection(ours, most_fds=1).receive()
        assert _files() == before


def test_many_threads_share_one_client(served: tuple[Client, str, list[str]]) -> None:
    client, _, _ = served
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            if client.call("echo", bytes([number]) * 100).body != bytes([number]) * 100:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_call_may_be_given_less_time_and_the_next_has_its_own_again(tmp_path: Path) -> None:
    hang, path = threading.Event(), str(tmp_path / "k.sock")

    def handle(verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
        if verb == "hang":
            hang.wait(120)
        return Reply({})

    server, client = Server(path, handle), Client(path)
    server.start()
    try:
        client.call("ask")
        with pytest.raises(Unavailable, match=r"hang: k does not answer \(timed out\)"):
            client.call("hang", within_seconds=0.05)
        assert client.call("ask", within_seconds=60).head["ok"]
        assert client.call("ask").head["ok"]
    finally:
        hang.set()
        client.close()
        server.close()
