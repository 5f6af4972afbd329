"""What a confined process still can do, tried in forked processes; and that what cannot be enforced is said."""

from __future__ import annotations

import ctypes
import encodings.idna  # noqa: F401 - imported before files are out of reach
import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.process import confinement
from appliance.process.confinement import (
    Allowed,
    Enforced,
    confine,
    die_with_parent,
    hide_memory,
    landlock_version,
    name_process,
)

needs_landlock = pytest.mark.skipif(landlock_version() < 6, reason="this kernel's Landlock is older than version 6")


NEW_MOUNTS, NEW_PROCESS_IDS, _NEW_USER = 0x00020000, 0x20000000, 0x10000000


def _fork() -> int:
    """As ``os.fork``. What other tests left as garbage may own threads, for which a child would wait in vain when it
    frees it: nothing is collected there."""
    gc.disable()
    pid = os.fork()
    if pid:
        gc.enable()
    return pid


def machine_gives(namespace: int) -> bool:
    """Whether the kernel gives one to the weakest user that a test here runs as; asked without any code of ours."""
    pid = _fork()
    if not pid:
        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        os._exit(0 if ctypes.CDLL(None).unshare(_NEW_USER | namespace) == 0 else 1)
    return os.waitpid(pid, 0)[1] == 0


def _in_child(work: Callable[[], object]) -> str:
    """What ``work`` gave, or the name of its error, in a forked process; what ended it, if it answered nothing."""
    read, write = os.pipe()
    pid = _fork()
    if not pid:
        os.dup2(write, 3)  # nothing else of the test's own is open, as in a process of the recorder
        os.closerange(4, 1 << 16)
        write = 3
        try:
            answer = str(work())
        except BaseException as error:
            answer = type(error).__name__
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    return f"ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else answer


def _after(allowed: Allowed, work: Callable[[], object]) -> str:
    def confined() -> object:
        confine(allowed)
        return work()

    return _in_child(confined)


@needs_landlock
def test_everything_asked_for_holds_here() -> None:
    answer = _in_child(lambda: confine(Allowed(memory_bytes=1 << 30)))
    assert answer == str(Enforced(landlock_version(), True, "landlock", True, True, ()))


@needs_landlock
def test_files_that_are_not_allowed_cannot_be_opened_and_allowed_ones_only_read(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("yes")
    bad.write_text("no")
    allowed = Allowed(reads=(f"{tmp_path}/go*",))
    assert _after(allowed, good.read_text) == "yes"
    assert _after(allowed, bad.read_text) == "PermissionError"
    assert _after(allowed, lambda: os.open(good, os.O_WRONLY)) == "PermissionError"
    assert _after(allowed, lambda: os.truncate(good, 0)) == "PermissionError"
    assert _after(allowed, lambda: os.listdir(tmp_path)) == "PermissionError"


@needs_landlock
def test_what_is_loaded_too_late_is_named() -> None:
    """Libraries go on without it and say nothing: a PDF was read without what stood behind a string."""
    codec = "cp864"
    assert f"encodings.{codec}" not in sys.modules

    def decode() -> str:
        os.dup2(3, 2)  # what it says comes before its answer
        return b"a".decode(codec)

    said, *_, answer = _after(Allowed(), decode).splitlines()
    assert said.startswith(f"confined: encodings.{codec} is asked for and cannot be loaded here; ")
    assert answer in ("LookupError", "PermissionError")


@needs_landlock
def test_a_directory_that_may_be_written_may_and_another_may_not(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    allowed = Allowed(writes=(str(tmp_path / "mine"),))
    assert _after(allowed, lambda: (tmp_path / "mine" / "new").write_text("12345")) == "5"
    assert _after(allowed, lambda: (tmp_path / "new").write_text("12345")) == "PermissionError"


@needs_landlock
def test_a_path_that_is_not_there_is_no_hindrance(tmp_path: Path) -> None:
    assert _after(Allowed(reads=(f"{tmp_path}/none",), devices=("/dev/video*",)), lambda: "on") == "on"


def test_without_network_neither_tcp_nor_udp_nor_a_local_socket_can_be_had() -> None:
    for family, kind in (
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET6, socket.SOCK_DGRAM),
        (socket.AF_UNIX, socket.SOCK_STREAM),
        (socket.AF_NETLINK, socket.SOCK_RAW),
    ):
        assert _after(Allowed(), lambda f=family, k=kind: socket.socket(f, k)) == "PermissionError"  # type: ignore[misc]


@needs_landlock
def test_with_network_it_can_speak_but_never_listen_and_no_local_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def connect() -> str:
            socket.create_connection(("127.0.0.1", port), 2).close()
            return "connected"

        assert _after(Allowed(network=True), connect) == "connected"
    assert _after(Allowed(network=True), lambda: socket.create_server(("127.0.0.1", 0))) == "PermissionError"
    assert _after(Allowed(network=True), lambda: socket.socket(socket.AF_UNIX)) == "PermissionError"


def test_threads_go_on_but_no_program_and_no_child() -> None:
    def thread() -> str:
        said: list[str] = []
        started = threading.Thread(target=said.append, args=("ran",))
        started.start()
        started.join()
        return said[0]

    assert _after(Allowed(), thread) == "ran"
    assert _after(Allowed(), os.fork) == "PermissionError"
    assert _after(Allowed(), lambda: os.execv("/bin/true", ["true"])) == "PermissionError"


def test_programs_may_be_started_where_that_is_allowed() -> None:
    libraries = ("/bin", "/usr", "/lib", "/lib64")
    status = _after(Allowed(reads=libraries, programs=True), lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true"]))
    assert status == "0"


def test_its_memory_cannot_grow_beyond_the_limit() -> None:
    assert _after(Allowed(memory_bytes=32 << 20), lambda: len(bytearray(8 << 20))) == str(8 << 20)
    assert _after(Allowed(memory_bytes=32 << 20), lambda: bytearray(64 << 20)) == "MemoryError"


def test_it_leaves_no_core_and_no_debugger_gets_in() -> None:
    def state() -> str:
        hide_memory()
        return f"{resource.getrlimit(resource.RLIMIT_CORE)} {confinement._libc().prctl(3, 0, 0, 0, 0)}"

    assert _in_child(state) == "(0, 0) 0"


def test_other_processes_of_the_user_are_out_of_its_reach() -> None:
    if landlock_version() < 6:
        pytest.skip("this kernel's Landlock has no signal scope")
    assert _after(Allowed(), lambda: os.kill(os.getppid(), 0)) == "PermissionError"


def test_a_filter_call_that_only_root_would_use_is_refused_to_root_too() -> None:
    def chroot() -> None:
        os.chroot("/")

    assert _after(Allowed(reads=("/",)), chroot) == "PermissionError"


def test_a_kernel_without_landlock_is_reported_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    assert "landlock: not in this kernel" in _in_child(lambda: confine(Allowed()))


def test_it_dies_with_its_parent() -> None:
    read, write = os.pipe()
    middle = _fork()
    if not middle:
        parent = os.getpid()
        if not os.fork():
            die_with_parent(parent)
            os.write(write, b"ready")
            signal.pause()
        os.close(write)
        os.read(read, 5)
        os._exit(0)
    os.close(write)
    os.waitpid(middle, 0)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b""  # the end of the pipe: nobody holds its other end any more


def test_its_name_is_what_ps_shows() -> None:
    def name() -> str:
        name_process("cam 03 and a long tail")
        return Path("/proc/self/comm").read_text().strip()

    assert _in_child(name) == "cam 03 and a lo"
