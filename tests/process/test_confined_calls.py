"""System calls that a confined child must not have, each tried from inside a real one: what it could do to processes of
its own user, speak over, or change without a file."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.process import confinement
from appliance.process.capabilities import held_capabilities
from appliance.process.confinement import Allowed, confine, landlock_version
from appliance.process.syscalls import REFUSED, numbers
from tests.process.test_confinement import NEW_MOUNTS, _after, _in_child, machine_gives

needs_mounts = pytest.mark.skipif(not machine_gives(NEW_MOUNTS), reason="this machine gives no mount namespace")

NUMBERS = numbers(platform.machine())
LIBC = ctypes.CDLL(None, use_errno=True)
"""Opened before the fork: in a child, a thread that is not there any more may hold the loader's lock."""
CAMERA = Allowed(reads=("/usr", "/lib"), network=True)
"""As a network camera's process has it."""

_SYSV_CREATE, _PRIVATE = 0o1600, 0
_X32_GETPID = 0x40000000 + 39
_TIOCSTI = 0x5412
_PR_GET_DUMPABLE = 3
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
_CLONE_NEWUSER, _SIGCHLD = 0x10000000, 17


def _call(name: str, *arguments: int) -> str:
    """What the kernel answers to the bare call: "ok" or the name of the error."""
    if LIBC.syscall(NUMBERS[name], *(ctypes.c_long(each) for each in (*arguments, 0, 0, 0, 0, 0, 0)[:6])) >= 0:
        return "ok"
    return errno.errorcode[ctypes.get_errno()]


@pytest.fixture
def victim() -> Iterator[int]:
    """Another process of the same user."""
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


ON_PROCESSES: dict[str, Callable[[int], object]] = {
    "prlimit64": lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (16, 16)),
    "setpriority": lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "sched_setaffinity": lambda pid: os.sched_setaffinity(pid, {0}),
    "sched_setscheduler": lambda pid: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),
    "sched_setparam": lambda pid: os.sched_setparam(pid, os.sched_param(0)),
    "ioprio_set": lambda pid: _checked("ioprio_set", 1, pid, 3 << 13),
    "kill": lambda pid: os.kill(pid, 0),
    "tgkill": lambda pid: _checked("tgkill", pid, pid, 0),
}


def _own_socket(pid: int, request: int) -> None:
    fcntl.ioctl(_SOCKETS[0], request, struct.pack("i", pid))


_SOCKETS = socket.socketpair()
"""As each child has one to whoever made it."""
BY_A_FILE: dict[str, Callable[[int], object]] = {
    "F_SETOWN": lambda pid: fcntl.fcntl(_SOCKETS[0], _F_SETOWN, pid),
    "F_SETOWN_EX": lambda pid: fcntl.fcntl(_SOCKETS[0], _F_SETOWN_EX, struct.pack("ii", 1, pid)),
    "FIOSETOWN": lambda pid: _own_socket(pid, 0x8901),
    "SIOCSPGRP": lambda pid: _own_socket(pid, 0x8902),
}


@pytest.mark.parametrize("name", BY_A_FILE)
def test_no_signal_reaches_another_process_by_way_of_a_file(
    name: str, victim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told that a file can be read, by whichever signal: SIGKILL, if that is set."""

    def attempt() -> str:
        BY_A_FILE[name](victim)
        fcntl.fcntl(_SOCKETS[0], _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(_SOCKETS[0], fcntl.F_SETFL, os.O_ASYNC)
        _SOCKETS[1].send(b"x")
        return "sent"

    if landlock_version() >= 6:
        monkeypatch.setattr(confinement, "landlock_version", lambda: 2)
    assert _after(CAMERA, attempt) == "PermissionError"
    os.kill(victim, 0)
    assert "State:\tZ" not in Path(f"/proc/{victim}/status").read_text()


def test_memory_that_no_limit_counts_is_none_of_its() -> None:
    """RLIMIT_DATA is of private memory alone."""

    def share() -> int:
        return len(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))

    def private() -> int:
        return len(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))

    assert _after(CAMERA._replace(memory_bytes=64 << 20), private) == str(1 << 20)
    assert _after(CAMERA._replace(memory_bytes=64 << 20), share) == "PermissionError"


def _checked(name: str, *arguments: int) -> None:
    if (answer := _call(name, *arguments)) != "ok":
        raise OSError(getattr(errno, answer), name)


@pytest.mark.parametrize("name", ON_PROCESSES)
def test_another_process_of_the_user_is_left_alone(name: str, victim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = ON_PROCESSES[name]
    assert "Error" not in _in_child(lambda: attempt(victim)), "the attempt itself is sound"
    if landlock_version() >= 6:  # the filter alone must do it: Debian 12 has version 2
        monkeypatch.setattr(confinement, "landlock_version", lambda: 2)
    assert _after(CAMERA, lambda: attempt(victim)) == "PermissionError"


@pytest.mark.parametrize("name", ON_PROCESSES)
def test_itself_it_may_still_treat_so(name: str) -> None:
    attempt = ON_PROCESSES[name]
    assert "Error" not in _after(CAMERA, lambda: attempt(os.getpid()))


def test_neither_its_group_nor_all_of_its_user() -> None:
    """``who`` 0 means *my own* of whatever ``which`` names."""
    assert _after(CAMERA, lambda: os.setpriority(os.PRIO_USER, 0, 19)) == "PermissionError"
    assert _after(CAMERA, lambda: os.setpriority(os.PRIO_PGRP, 0, 19)) == "PermissionError"
    assert _after(CAMERA, lambda: _call("ioprio_set", 3, 0, 3 << 13)) == "EPERM"
    assert _after(CAMERA, lambda: os.kill(0, 0)) == "PermissionError"
    assert _after(CAMERA, lambda: os.kill(-1, 0)) == "PermissionError"


def test_system_v_ipc_and_message_queues_are_none_of_its() -> None:
    for name, arguments in (
        ("shmget", (_PRIVATE, 4096, _SYSV_CREATE)),
        ("msgget", (_PRIVATE, _SYSV_CREATE)),
        ("semget", (_PRIVATE, 1, _SYSV_CREATE)),
    ):
        assert _after(Allowed(), lambda n=name, a=arguments: _call(n, *a)) == "EPERM", name  # type: ignore[misc]


def test_it_is_in_an_ipc_namespace_of_its_own() -> None:
    ours = os.readlink("/proc/self/ns/ipc")
    theirs = _after(Allowed(reads=("/proc",), network=True), lambda: os.readlink("/proc/self/ns/ipc"))
    assert theirs.startswith("ipc:")
    assert theirs != ours


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a table of x86_64")
def test_calls_by_the_x32_table_are_refused() -> None:
    def x32() -> str:
        return "ok" if LIBC.syscall(_X32_GETPID) >= 0 else errno.errorcode[ctypes.get_errno()]

    assert _after(CAMERA, x32) == "EPERM"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET])
def test_no_pair_of_sockets_speaks_to_a_named_one(kind: socket.SocketKind, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as named:
        named.bind(path)
        named.setblocking(False)

        def send() -> str:
            one, _other = socket.socketpair(socket.AF_UNIX, kind)
            one.sendto(b"as if it were the recorder", path)
            return "sent"

        assert _after(CAMERA, send) == "PermissionError"
        with pytest.raises(BlockingIOError):
            named.recv(100)


def test_it_listens_nowhere_without_landlocks_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: min(3, landlock_version()))
    assert _after(CAMERA, lambda: socket.create_server(("127.0.0.1", 0))) == "PermissionError"


def test_a_file_is_not_cut_by_its_path_before_landlock_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    footage = tmp_path / "x.seg"
    footage.write_bytes(b"footage")
    monkeypatch.setattr(confinement, "landlock_version", lambda: min(2, landlock_version()))
    assert _after(CAMERA, lambda: os.truncate(footage, 0)) == "PermissionError"
    assert footage.read_bytes() == b"footage"


def test_programs_that_it_may_start_get_no_namespace() -> None:
    allowed = Allowed(reads=("/usr", "/lib"), programs=True)
    assert _after(allowed, lambda: _call("clone", _CLONE_NEWUSER | _SIGCHLD)) == "EPERM"
    assert _after(allowed, lambda: _call("clone3")) == "ENOSYS"


def test_it_types_nothing_into_a_terminal() -> None:
    assert _after(CAMERA, lambda: _call("ioctl", 0, _TIOCSTI, 0)) == "EPERM"


@pytest.mark.parametrize("name", [name for name in REFUSED if name in NUMBERS])
def test_every_call_of_the_list_is_refused(name: str) -> None:
    def call() -> str:
        signal.alarm(60)  # one that were not refused could wait for ever
        return _call(name)

    assert _after(CAMERA, call) == "EPERM"


def test_no_capability_is_left_whoever_started_it() -> None:
    def held() -> str:
        bounding = next(line for line in Path("/proc/self/status").read_text().splitlines() if "CapBnd" in line)
        return f"{held_capabilities()} {int(bounding.split()[1], 16)}"

    answer = _after(Allowed(reads=("/proc",)), held)
    assert answer == "0 0" if os.geteuid() == 0 else answer.startswith("0 ")


def test_it_may_end_itself_and_its_threads_work_on() -> None:
    def abort() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert _after(CAMERA, abort) == "None"


NO_LANDLOCK = Allowed(reads=("/etc/hostname", "/proc/net/arp", "/usr", "/lib", "/lib64"), network=True)


def _as_user(work: Callable[[], object]) -> Callable[[], object]:
    """As a user without any right, where the test runs as root."""

    def changed() -> object:
        if os.geteuid() == 0:
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        confine(NO_LANDLOCK)
        return work()

    return changed


@needs_mounts
@pytest.mark.parametrize("user", [True, False], ids=["user", "whoever runs the tests"])
def test_without_landlock_a_root_of_its_own_closes_files(user: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)

    def child(work: Callable[[], object]) -> str:
        return _in_child(_as_user(work)) if user else _after(NO_LANDLOCK, work)

    assert child(lambda: Path("/etc/hostname").read_text()) == Path("/etc/hostname").read_text()
    assert child(lambda: Path("/etc/passwd").read_text()) == "FileNotFoundError"
    assert child(lambda: Path("/../etc/passwd").read_text()) == "FileNotFoundError", "the old root is gone"
    assert child(lambda: sorted(os.listdir("/etc"))) == "['hostname']"
    assert child(lambda: Path("/proc/1/status").read_text()) == "FileNotFoundError"
    assert child(lambda: Path("/proc/net/arp").read_text()).startswith("IP address"), "by which a camera is known"
    assert child(lambda: os.path.exists("/lib/os-release")) == "True", "links lead on"
    assert child(lambda: os.open("/etc/hostname", os.O_WRONLY)) in ("OSError", "PermissionError")
    assert child(lambda: os.open("/etc/new", os.O_WRONLY | os.O_CREAT)) in ("OSError", "PermissionError")
    assert child(lambda: os.open("/usr", os.O_WRONLY | os.O_TMPFILE)) in ("OSError", "PermissionError")


@needs_mounts
def test_a_user_namespace_leaves_no_capability_and_no_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever enters one has all capabilities in it, and must be seen by ``/proc`` while it maps its user."""
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    state = _in_child(_as_user(lambda: (held_capabilities(), ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0))))
    assert state == "(0, 0)"


@needs_mounts
def test_what_may_be_written_may_be_also_without_landlock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    (tmp_path / "mine").mkdir()
    (tmp_path / "not").write_text("x")
    allowed = Allowed(writes=(str(tmp_path / "mine"),))
    assert _after(allowed, lambda: (tmp_path / "mine" / "new").write_text("12345")) == "5"
    assert (tmp_path / "mine" / "new").read_text() == "12345"
    assert _after(allowed, lambda: (tmp_path / "not").read_text()) == "FileNotFoundError"


def _floor(allowed: Allowed) -> str:
    def tried() -> str:
        try:
            confine(allowed).check_floor()
        except Exception as error:
            return str(error)
        return "holds"

    return _in_child(tried)


@needs_mounts
def test_the_floor_holds_here_and_needs_no_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _floor(CAMERA) == "holds"
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    assert _floor(CAMERA) == "holds"


def test_below_the_floor_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    monkeypatch.setattr(confinement, "_leave", lambda allowed, mounts: 0)
    assert "files cannot be closed" in _floor(CAMERA)
    assert "files cannot be closed" in _floor(CAMERA._replace(hidden=(str(tmp_path),))), "the unit hides nothing"
    assert _floor(CAMERA._replace(hidden=(str(tmp_path / "hidden"),))) == "holds", "the unit closes it"
    monkeypatch.setattr(confinement, "filter_system_calls", lambda **_: False)
    assert "no filter of system calls" in _floor(CAMERA)
