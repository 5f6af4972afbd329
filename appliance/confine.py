"""What a process gives up for good before it touches anything hostile: files, privileges, signals, memory, sockets.

Everything here is one-way. What the kernel cannot do is said, not hidden: :func:`confine` returns what it enforced and
what it could not, and the caller decides whether to go on. Landlock is reached by its system calls (444 to 446);
system calls themselves are filtered in ``seccomp.py``.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import resource
import signal
import stat
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from appliance.errors import Unavailable
from appliance.seccomp import filter_system_calls

__all__ = ["Allowed", "Enforced", "confine", "die_with_parent", "hide_memory", "landlock_version", "name_process"]

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME, _PR_SET_NO_NEW_PRIVS = 1, 4, 15, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_RULE_PATH_BENEATH = 1
_VERSION = 1

# landlock(7): one bit a right; the first version of Landlock that knows it decides what can be handled.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FS_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL_DEV}
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKET, _SCOPE_SIGNAL = 1, 2


class Allowed(NamedTuple):
    """What a process may still do; all else is given up.

    ``reads``, ``devices`` and ``writes`` are globs of files, or of directories with all that is beneath. ``network``:
    may speak (UDP and TCP, never listen on TCP). ``programs``: may start programs. ``local_sockets``: may make Unix
    sockets (those it holds it keeps). ``memory_bytes``: how much its private memory may still grow, 0 = as it was.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    network: bool = False
    programs: bool = False
    local_sockets: bool = False
    open_files: int = 64
    memory_bytes: int = 0


class Enforced(NamedTuple):
    """What holds now. ``landlock`` is the kernel's version of it, 0 = none. ``missing`` says in words what does not
    hold; empty means that everything asked for does."""

    landlock: int
    seccomp: bool
    own_network: bool
    missing: tuple[str, ...]


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _TooLate:
    """Says in the log which module is asked for where none can be loaded any more. Libraries swallow that failure (a
    codec's even as text that cannot be read) and go on with less: what a child needs is used once before."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Of ``sys.meta_path``: finds nothing, so that the others are asked."""
        with contextlib.suppress(OSError):
            os.write(2, f"confined: {name} is asked for and cannot be loaded here; use it before confining\n".encode())


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: object) -> None:
    if _libc().prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise Unavailable(f"prctl({option}): {os.strerror(number)}; the kernel refuses what every Linux 5.13 can do")


def hide_memory() -> None:
    """No core dump and no debugger of the same user from here on; ``/proc/self`` becomes root's."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """This process gets the signal ``how`` when process ``parent``, which forked it, ends; at once if it has ended."""
    _prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def name_process(name: str) -> None:
    """The name that ``ps`` and ``top`` show; 15 bytes of it. Never a secret."""
    _prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()[:15]))


def confine(allowed: Allowed) -> Enforced:
    """Gives up all but ``allowed``, for this thread and all it starts: call it before there is a second thread.

    Raises Unavailable when not even ``no_new_privs`` and the resource limits can be had.
    """
    missing: list[str] = []
    hide_memory()
    _limit(allowed, missing)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    own_network = not allowed.network and _leave_network()
    if not allowed.network and not own_network:
        missing.append("network: no namespace of its own; only TCP and new sockets are refused")
    landlock = _landlock(allowed, missing)
    seccomp = filter_system_calls(
        network=allowed.network, local_sockets=allowed.local_sockets, programs=allowed.programs
    )
    if not seccomp:
        missing.append("seccomp: this kernel or processor has no filter of ours; system calls are not limited")
    if not allowed.reads:
        sys.meta_path.insert(0, _TooLate())
    return Enforced(landlock, seccomp, own_network, tuple(missing))


def _limit(allowed: Allowed, missing: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed.open_files, allowed.open_files))
    if not allowed.writes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if allowed.memory_bytes:
        now = _private_bytes()
        if now:
            limit = now + allowed.memory_bytes
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        else:
            missing.append("memory: /proc/self/statm cannot be read, so no limit was set")


def _private_bytes() -> int:
    """What the kernel counts against RLIMIT_DATA now; 0 = not known."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[5]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _leave_network() -> bool:
    """Into an empty network namespace: no interface, not even a UDP packet. False where the kernel forbids it."""
    libc = _libc()
    return bool(libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def landlock_version() -> int:
    """The version of Landlock in this kernel; 0 = none."""
    return max(0, int(_libc().syscall(_LANDLOCK_CREATE, None, 0, _VERSION)))


def _landlock(allowed: Allowed, missing: list[str]) -> int:
    """The version that was enforced, 0 = none."""
    libc, version = _libc(), landlock_version()
    if not version:
        missing.append("landlock: not in this kernel; files are protected by their owner and mode alone")
        return 0
    handled = sum(rights for since, rights in _FS_RIGHTS.items() if version >= since)
    ruleset = _Ruleset(fs=handled)
    if version >= 4:
        ruleset.net = _BIND_TCP if allowed.network else _BIND_TCP | _CONNECT_TCP
    else:
        missing.append(f"landlock {version}: cannot refuse TCP; version 4 can")
    if version >= 6:
        ruleset.scoped = _SCOPE_ABSTRACT_SOCKET | _SCOPE_SIGNAL
    else:
        missing.append(f"landlock {version}: cannot keep signals and abstract sockets in; version 6 can")
    fd = libc.syscall(_LANDLOCK_CREATE, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    if fd < 0:
        missing.append(f"landlock {version}: no rule set could be made ({os.strerror(ctypes.get_errno())})")
        return 0
    try:
        execute = _EXECUTE if allowed.programs else 0
        for paths, rights in (
            (allowed.reads, _READ_FILE | _READ_DIR | execute),
            (allowed.devices, _READ_FILE | _WRITE_FILE | _READ_DIR | _IOCTL_DEV),
            (allowed.writes, handled & ~_EXECUTE),
        ):
            for path in sorted({found for pattern in paths for found in glob.glob(pattern)}):
                _allow(libc, fd, path, rights & handled, missing)
        if libc.syscall(_LANDLOCK_RESTRICT, fd, 0) != 0:
            missing.append(f"landlock {version}: refused ({os.strerror(ctypes.get_errno())})")
            return 0
    finally:
        os.close(fd)
    return version


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int, missing: list[str]) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        missing.append(f"{path}: cannot be allowed ({error.strerror})")
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _FILE_RIGHTS
        rule = _PathBeneath(access=rights, parent_fd=fd)
        if libc.syscall(_LANDLOCK_ADD, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0) != 0:
            missing.append(f"{path}: cannot be allowed ({os.strerror(ctypes.get_errno())})")
    finally:
        os.close(fd)
