"""The fork server: children come fast, end known, and never outlive whoever may kill them."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.core.errors import Unavailable
from appliance.process.confinement import Allowed, confine
from appliance.recorder.supervisor.forkserver import ChildExit, ForkServer, start_fork_server
from tests.process.test_confinement import NEW_PROCESS_IDS, machine_gives
from tests.recorder.box import until

_PR_GET_PDEATHSIG = 2


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
            sock.sendall(os.readlink("/proc/self").encode())  # as the test sees it
        elif word.startswith(b"kill"):
            sock.sendall(_tried(lambda pid=int(word[4:]): os.kill(pid, 0)).encode())  # type: ignore[misc]
        elif word == b"orphan":
            if not os.fork():
                sock.recv(1)  # until the test closes
                os._exit(0)
            return
        elif word == b"parent":
            sock.sendall(str(os.getppid()).encode())
        elif word == b"signal":
            signal_of_parent = ctypes.c_int()
            ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(signal_of_parent), 0, 0, 0)
            confine(Allowed(network=True))
            after = ctypes.c_int()
            ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(after), 0, 0, 0)
            sock.sendall(f"{signal_of_parent.value} {after.value}".encode())


def _tried(work: Callable[[], object]) -> str:
    try:
        work()
    except OSError as error:
        return type(error).__name__
    return "done"


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
        assert forks.exits() == ChildExit(1, "status 0")
        assert _ask(second, b"who") == "cam 02"


@pytest.mark.parametrize(("word", "how"), [(b"die", "signal 6"), (b"raise", "status 1")])
def test_how_a_child_ended_is_reported(forks: ForkServer, word: bytes, how: str) -> None:
    with forks.spawn(7, "cam 07") as sock:
        sock.sendall(word)
        assert forks.exits() == ChildExit(7, how)
        assert sock.recv(1) == b""


def test_a_child_is_killed_by_its_token_and_an_unknown_token_is_nothing(forks: ForkServer) -> None:
    with forks.spawn(1, "cam 01") as first, forks.spawn(2, "cam 02") as second:
        forks.kill(99)
        forks.kill(1)
        assert forks.exits() == ChildExit(1, "signal 9")
        assert first.recv(1) == b""
        assert _ask(second, b"who") == "cam 02"


def test_many_children_at_once_are_all_reaped(forks: ForkServer) -> None:
    socks = [forks.spawn(token, f"cam {token}") for token in range(20)]
    for sock in socks:
        sock.close()
    ended = {exit_of.token for exit_of in (forks.exits() for _ in socks) if exit_of is not None}
    assert ended == set(range(20))
    assert not Path(f"/proc/{forks.pid}/task/{forks.pid}/children").read_text().split()


@pytest.fixture(params=["whoever runs the tests", "a user without rights"])
def anybodys(request: pytest.FixtureRequest) -> Iterator[ForkServer]:
    """A fork server of root's, if root runs the tests, and of a user as on an installed box."""
    if request.param == "a user without rights" and os.geteuid() == 0:
        os.setresuid(65534, 65534, 0)
        try:
            server = start_fork_server(lambda: _child)
        finally:
            os.setresuid(0, 0, 0)
    else:
        server = start_fork_server(lambda: _child)
    yield server
    server.close()


def test_no_child_can_name_the_supervisor(anybodys: ForkServer) -> None:
    if not machine_gives(NEW_PROCESS_IDS):
        pytest.skip("this machine gives a user no namespace of process ids")
    with anybodys.spawn(1, "cam 01") as sock:
        assert _ask(sock, b"parent") == "1", "the fork server"
        assert _ask(sock, f"kill{os.getpid()}".encode()) == "ProcessLookupError"


def test_what_a_child_leaves_behind_is_reaped_and_harms_nobody(anybodys: ForkServer) -> None:
    with anybodys.spawn(2, "cam 02") as other:
        with anybodys.spawn(1, "cam 01") as sock:
            sock.sendall(b"orphan")
            assert anybodys.exits() == ChildExit(1, "status 0")
        children = Path(f"/proc/{anybodys.pid}/task/{anybodys.pid}/children")
        until(lambda: len(children.read_text().split()) == 1)
        assert _ask(other, b"who") == "cam 02"
    assert anybodys.exits() == ChildExit(2, "status 0")


def test_a_child_that_is_confined_still_goes_with_the_server(anybodys: ForkServer) -> None:
    with anybodys.spawn(1, "cam 01") as sock:
        assert _ask(sock, b"signal") == "9 9"


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
        assert select.select([server], [], [], 120)[0]
        server.close()
        until(lambda: not Path(f"/proc/{pid}").exists())
    assert capfd.readouterr().err == ""
