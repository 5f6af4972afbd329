"""What a process gives up for good before it touches anything hostile: files, privileges, signals, memory, sockets.

Everything here is one-way. What the kernel cannot do is said, not hidden: :func:`confine` returns what it enforced,
what is missing, and what is missing of the floor, without which nothing hostile may be touched: the filter of system
calls (``seccomp.py``), and files closed by Landlock, by a root of the process's own (``closed_root.py``) or by its
unit. Landlock is reached by its system calls (444 to 446).
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
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import NamedTuple

from appliance.core.errors import Unavailable
from appliance.process.capabilities import drop_capabilities
from appliance.process.closed_root import close_root
from appliance.process.seccomp import filter_system_calls

__all__ = [
    "Allowed",
    "Enforced",
    "adopt_orphans",
    "confine",
    "die_with_parent",
    "hide_memory",
    "landlock_version",
    "leave_process_ids",
    "name_process",
]

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 15, 36, 38
_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_CLONE_NEWPID = 0x20000000
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
    may speak (UDP and TCP, to any address that its unit admits; never listen on TCP). ``programs``: may start programs.
    ``local_sockets``: may make Unix sockets (those it holds it keeps). ``memory_bytes``: how much its private memory
    may still grow, 0 = as it was. ``hidden``: directories that the unit hides from the process; files count as closed
    by the unit only where there are such and none can be read.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    network: bool = False
    programs: bool = False
    local_sockets: bool = False
    open_files: int = 64
    memory_bytes: int = 0
    hidden: tuple[str, ...] = ()


class Enforced(NamedTuple):
    """What holds now. ``landlock`` is the kernel's version of it, 0 = none. ``files``: what closes them, "landlock",
    "mounts", "unit" or "". ``missing`` says in words what does not hold; empty means that everything asked for does.
    ``below`` is what is missing of the floor: unless it is empty nothing hostile may be touched."""

    landlock: int
    seccomp: bool
    files: str
    own_network: bool
    own_ipc: bool
    missing: tuple[str, ...]
    below: tuple[str, ...] = ()

    def check_floor(self) -> None:
        """Raises Unavailable, in words for whoever looks after the machine, where the floor does not hold."""
        if self.below:
            raise Unavailable(f"confinement: {'; '.join(self.below)}; install a kernel that can, and restart")


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
    """This process gets the signal ``how`` when process ``parent``, which forked it, ends; at once if it has ended. A
    parent outside its namespace of process ids cannot be told from one that ended before: it must be looked for in
    another way."""
    _prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() not in (0, parent):
        os.kill(os.getpid(), how)


def name_process(name: str) -> None:
    """The name that ``ps`` and ``top`` show; 15 bytes of it. Never a secret."""
    _prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()[:15]))


def adopt_orphans(adopt: bool) -> None:
    """Whether what a child of this process leaves behind when it ends becomes a child of this process."""
    _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


def leave_process_ids() -> bool:
    """What this process forks from here on is in a namespace of process ids of its own, in which there is no other
    process; the first of them is its process 1, and when that ends the kernel kills the rest. False where the kernel
    gives none. One thread."""
    libc, uid, gid = _libc(), os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWPID) == 0:
        return True
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWPID) != 0:
        return False
    _map_ids(uid, gid)
    return True


def confine(allowed: Allowed) -> Enforced:
    """Gives up all but ``allowed``, for this thread and all it starts: call it before there is a second thread.

    Raises Unavailable when ``no_new_privs`` cannot be had or a capability is left. Whether the rest of the floor holds
    is the caller's to look at: :meth:`Enforced.check_floor`.
    """
    missing: list[str] = []
    hide_memory()
    _limit(allowed, missing)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    version = landlock_version()
    left = _leave(allowed, mounts=not version)
    own_network, own_ipc = bool(left & _CLONE_NEWNET), bool(left & _CLONE_NEWIPC)
    if not allowed.network and not own_network:
        missing.append("network: no namespace of its own; only new sockets are refused")
    files = ""
    if version:
        version = _landlock(allowed, version, missing)
        files = "landlock" if version else ""
    else:
        files = _close_by_mounts(allowed, left, missing)
    drop_capabilities()
    seccomp = filter_system_calls(
        network=allowed.network,
        local_sockets=allowed.local_sockets,
        programs=allowed.programs,
        truncate=bool(allowed.writes),
    )
    if not files and allowed.hidden and not any(os.access(path, os.R_OK) for path in allowed.hidden):
        files = "unit"
    below = []
    if not seccomp:
        below.append("this kernel or processor has no filter of system calls (seccomp)")
    if not files:
        below.append("files cannot be closed: the kernel has neither Landlock nor mount namespaces for this user")
    if not allowed.reads:
        sys.meta_path.insert(0, _TooLate())
    return Enforced(version, seccomp, files, own_network, own_ipc, tuple(missing), tuple(below))


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


def _leave(allowed: Allowed, *, mounts: bool) -> int:
    """Into namespaces of its own, as many as the kernel gives: System V IPC, an empty network without ``network`` (no
    interface, not even a UDP packet), and ``mounts``. Returns their flags."""
    libc, uid, gid = _libc(), os.geteuid(), os.getegid()
    wanted = _CLONE_NEWIPC | (0 if allowed.network else _CLONE_NEWNET) | (_CLONE_NEWNS if mounts else 0)
    for flags in (wanted, wanted & ~_CLONE_NEWIPC, wanted & _CLONE_NEWNET, wanted & _CLONE_NEWNS):
        for user in (0, _CLONE_NEWUSER):
            if flags and libc.unshare(flags | user) == 0:
                if user and flags & _CLONE_NEWNS:
                    _map_ids(uid, gid)
                return flags
    return 0


def _map_ids(uid: int, gid: int) -> None:
    """This user is itself in its own user namespace, so that it can make files in its new root."""
    _prctl(_PR_SET_DUMPABLE, 1)  # while it is not, its own /proc/self is root's
    with contextlib.suppress(OSError):
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    _prctl(_PR_SET_DUMPABLE, 0)


def _close_by_mounts(allowed: Allowed, left: int, missing: list[str]) -> str:
    """ "mounts" where a root of its own closes files."""
    if not left & _CLONE_NEWNS:
        missing.append("landlock: not in this kernel, and no mount namespace of its own")
        return ""
    try:
        close_root(*(_found(paths) for paths in (allowed.reads, allowed.devices, allowed.writes)))
    except OSError as error:
        missing.append(f"landlock: not in this kernel, and no root of its own ({error.filename}: {error.strerror})")
        return ""
    missing.append("landlock: not in this kernel; a mount namespace closes files instead")
    return "mounts"


def _found(patterns: Iterable[str]) -> list[str]:
    return sorted({found for pattern in patterns for found in glob.glob(pattern)})


def landlock_version() -> int:
    """The version of Landlock in this kernel; 0 = none."""
    return max(0, int(_libc().syscall(_LANDLOCK_CREATE, None, 0, _VERSION)))


def _landlock(allowed: Allowed, version: int, missing: list[str]) -> int:
    """The version that was enforced, 0 = none."""
    libc = _libc()
    handled = sum(rights for since, rights in _FS_RIGHTS.items() if version >= since)
    ruleset = _Ruleset(fs=handled)
    if version >= 4:
        ruleset.net = _BIND_TCP if allowed.network else _BIND_TCP | _CONNECT_TCP
    if version >= 6:
        ruleset.scoped = _SCOPE_ABSTRACT_SOCKET | _SCOPE_SIGNAL
    elif allowed.programs:
        missing.append(f"landlock {version}: cannot keep signals of the programs it starts in; version 6 can")
    else:
        missing.append(f"landlock {version}: the filter alone refuses signals, abstract sockets and listening")
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
            for path in _found(paths):
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
