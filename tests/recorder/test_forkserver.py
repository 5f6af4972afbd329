"""The fork server: children come fast, end known, and never outlive whoever may kill them."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import Unavailable
from appliance.recorder.forkserver import Exit, ForkServer, start_fork_server
from tests.recorder.box import until


def _child(sock: socket.socket) -> None:
    """Does what it is told over its socket, then ends as the last word says."""
    while (word := sock.recv(100)) != b"":
        if word == b"who":
            sock.sendall(Path("/proc/self/comm").read_bytes().strip())
        elif word == b"files":
            sock.sendall(" ".join(sorted(os.listdir("/proc/self/fd"), key=int)).encode())
        elif word == b"output":
            sock.sendall(os.readlink("/proc/self/fd/2").encode())
        elif word == b"threads":
            sock.sendall(str(threading.active_count()).encode())
        elif word == b"die":
            os.abort()
        elif word == b"raise":
            raise ValueError("a defect")
        elif word == b"pid":
            sock.sendall(str(os.getpid()).encode())


@pytest.fixture
def forks() -> Iterator[ForkServer]:
    server = start_fork_server(lambda: _child)
    yield server
    server.close()


def _ask(sock: socket.socket, word: bytes) -> str:
    sock.settimeout(120)
    sock.sendall(word)
    return sock.recv(1000).decode()


def test_a_child_has_its_name_its_socket_and_no_other_file(forks: ForkServer) -> None:
    with forks.spawn(1, "cam 01") as sock:
        assert _ask(sock, b"who") == "cam 01"
        # 4 is the directory that is being listed
        assert _ask(sock, b"files") == "0 1 2 3 4"
        assert _ask(sock, b"output") == "/dev/null"


def test_children_know_nothing_of_each_other(forks: ForkServer) -> None:
    with forks.spawn(1, "cam 01") as first, forks.spawn(2, "cam 02") as second:
        assert _ask(second, b"files") == "0 1 2 3 4"
        first.close()
        assert forks.exits() == Exit(1, "status 0")
        assert _ask(second, b"who") == "cam 02"


@pytest.mark.parametrize(("word", "how"), [(b"die", "signal 6"), (b"raise", "status 1")])
def test_how_a_child_ended_is_reported(forks: ForkServer, word: bytes, how: str) -> None:
    with forks.spawn(7, "cam 07") as sock:
        sock.sendall(word)
        assert forks.exits() == Exit(7, how)
        assert sock.recv(1) == b""


def test_a_child_is_killed_by_its_token_and_an_unknown_token_is_nothing(forks: ForkServer) -> None:
    with forks.spawn(1, "cam 01") as first, forks.spawn(2, "cam 02") as second:
        forks.kill(99)
        forks.kill(1)
        assert forks.exits() == Exit(1, "signal 9")
        assert first.recv(1) == b""
        assert _ask(second, b"who") == "cam 02"


def test_many_children_at_once_are_all_reaped(forks: ForkServer) -> None:
    socks = [forks.spawn(token, f"cam {token}") for token in range(20)]
    for sock in socks:
        sock.close()
    ended = {exit_of.token for exit_of in (forks.exits() for _ in socks) if exit_of is not None}
    assert ended == set(range(20))
    assert not Path(f"/proc/{forks.pid}/task/{forks.pid}/children").read_text().split()


def test_when_the_server_is_closed_its_children_are_gone() -> None:
    forks = start_fork_server(lambda: _child)
    with forks.spawn(1, "cam 01") as sock:
        pid = int(_ask(sock, b"pid"))
        forks.close()
        until(lambda: not Path(f"/proc/{pid}").exists())


def test_when_the_server_is_killed_its_children_are_gone_and_a_request_says_so() -> None:
    forks = start_fork_server(lambda: _child)
    with forks.spawn(1, "cam 01") as sock:
        pid = int(_ask(sock, b"pid"))
        os.kill(forks.pid, 9)
        assert forks.exits() is None
        until(lambda: not Path(f"/proc/{pid}").exists())
        with pytest.raises(Unavailable, match="fork server: is gone"):
            forks.spawn(2, "cam 02")
    forks.close()


def test_a_server_that_cannot_be_prepared_ends(capfd: pytest.CaptureFixture[str]) -> None:
    def prepare() -> object:
        raise Unavailable("plugin: missing")

    forks = start_fork_server(prepare)  # type: ignore[arg-type]
    assert forks.exits() is None
    forks.close()
    assert "plugin: missing" in capfd.readouterr().err


def test_it_goes_quietly_when_reports_were_left_unread(capfd: pytest.CaptureFixture[str]) -> None:
    server = start_fork_server(lambda: _child)
    with server.spawn(1, "cam 01") as alive, server.spawn(2, "cam 02") as ended:
        pid = int(_ask(alive, b"pid"))
        ended.close()
        assert select.select([server], [], [], 10)[0]
        server.close()
        until(lambda: not Path(f"/proc/{pid}").exists())
    assert capfd.readouterr().err == ""
