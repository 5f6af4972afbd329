"""A filter of system calls for processes that handle hostile bytes: what nothing in a decoder or a camera's client has
a use for, and what Landlock cannot see or an older kernel's Landlock does not know.

It is a list of refusals, not of permissions: a list of permissions would break with every release of FFmpeg and libc,
and the files are Landlock's work already. What is refused, and why:

- other processes of the same user: their memory, signals, limits, priority, processors and descriptors. Calls that take
  a process id stay allowed for 0 and for the process itself. Signals by way of a file, too: who is told when one can be
  read, and with which signal, SIGKILL among them, is for ``fcntl`` and ``ioctl`` to set (Landlock before version 6);
- System V IPC and message queues, which are the user's and not the process's;
- ``socket`` of every family but those allowed, ``socketpair`` without local sockets (one end of a datagram pair can
  send to any named socket: a camera's process could speak to the keeper as if it were the recorder), and ``listen``;
- mode, owner, times and attributes of files and ``truncate`` by path, which Landlock (before version 3) does not guard;
- programs and child processes, or at least namespaces of their own; mounts, keys, the clock, modules, ``io_uring``;
- shared memory of no file, which no limit of private memory counts (a camera that starts programs may have it);
- ``sync``, with which a child could hold everybody's disk;
- every call by another table: of another architecture (kills), or of x32 on x86_64, which has numbers of its own.

Refused calls fail with EPERM, so that libraries fall back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Collection, Iterator, Mapping

from appliance.process.syscalls import ARCHITECTURES, REFUSED, numbers

__all__ = ["filter_code", "filter_system_calls"]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
_LOAD_WORD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000
_CLONE_NEW_ANY = 0x7E020000
"""Namespaces: mount, cgroup, UTS, IPC, user, PID and network."""

_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_PRIO_PROCESS, _IOPRIO_WHO_PROCESS = 0, 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
"""Put words into a terminal as if they were typed there."""
_FIOSETOWN, _SIOCSPGRP = 0x8901, 0x8902
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
"""Who gets which signal when a file can be read."""
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20

_PROGRAMS = ("execve", "execveat", "fork", "vfork")
_Step = tuple[int, int, int, int]
_Arguments = Mapping[int, Collection[int]]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(*, network: bool, local_sockets: bool, programs: bool, truncate: bool) -> bool:
    """Installs the filter for this thread and all it starts. False where the kernel or processor has none.

    ``no_new_privs`` must be set before. ``truncate``: files may be cut by their path.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    code = filter_code(
        machine, os.getpid(), network=network, local_sockets=local_sockets, programs=programs, truncate=truncate
    )
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def filter_code(machine: str, pid: int, *, network: bool, local_sockets: bool, programs: bool, truncate: bool) -> bytes:
    """The filter of process ``pid`` as classic BPF (seccomp(2)): one refusal after the other, then yes."""
    number = numbers(machine)
    steps: list[_Step] = [
        (_LOAD_WORD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        steps += [(_JUMP_ANY_BIT, 0, 1, _X32_BIT), (_RETURN, 0, 0, _EPERM)]
    # clone3 hides its flags behind a pointer; libc falls back to clone when the kernel has none.
    steps += [(_JUMP_EQUAL, 0, 1, number["clone3"]), (_RETURN, 0, 0, _ENOSYS)]
    refused = [*REFUSED, *(() if programs else _PROGRAMS), *(() if truncate else ("truncate",))]
    for name in refused:
        if name in number:
            steps += [(_JUMP_EQUAL, 0, 1, number[name]), (_RETURN, 0, 0, _EPERM)]
    for name, arguments in _by_arguments(pid, network=network, local_sockets=local_sockets, programs=programs):
        steps += _block(number[name], list(_only(arguments)))
    steps += _block(number["ioctl"], list(_never(1, (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP))))
    steps += _block(number["fcntl"], list(_never(1, (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX))))
    if not programs:
        shared = [(_JUMP_ANY_BIT, 0, 2, _MAP_SHARED), (_JUMP_ANY_BIT, 0, 1, _MAP_ANONYMOUS), (_RETURN, 0, 0, _EPERM)]
        steps += _block(number["mmap"], [_argument(3), *shared])
    thread = [] if programs else [(_JUMP_ANY_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _EPERM)]
    no_namespace = [(_JUMP_ANY_BIT, 0, 1, _CLONE_NEW_ANY), (_RETURN, 0, 0, _EPERM)]
    steps += _block(number["clone"], [_argument(0), *thread, *no_namespace])
    steps += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _by_arguments(pid: int, *, network: bool, local_sockets: bool, programs: bool) -> Iterator[tuple[str, _Arguments]]:
    """(call, the values that its arguments may have)."""
    own = (0, pid)
    yield "socket", {0: (*((_AF_INET, _AF_INET6) if network else ()), *((_AF_UNIX,) if local_sockets else ()))}
    yield "socketpair", {0: (_AF_UNIX,) if local_sockets else ()}
    for name in ("prlimit64", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"):
        yield name, {0: own}
    yield "setpriority", {0: (_PRIO_PROCESS,), 1: own}
    yield "ioprio_set", {0: (_IOPRIO_WHO_PROCESS,), 1: own}
    if not programs:  # what starts a program must be able to end it
        yield "kill", {0: (pid,)}
        yield "tgkill", {0: (pid,)}


def _block(number: int, checks: list[_Step]) -> list[_Step]:
    """``checks`` for this call alone; it is allowed if none of them refuses it."""
    return [(_JUMP_EQUAL, 0, len(checks) + 1, number), *checks, (_RETURN, 0, 0, _ALLOW)]


def _only(arguments: _Arguments) -> Iterator[_Step]:
    for index, values in arguments.items():
        yield _argument(index)
        left = len(values)
        for value in values:
            yield (_JUMP_EQUAL, left, 0, value)
            left -= 1
        yield (_RETURN, 0, 0, _EPERM)


def _never(index: int, values: Collection[int]) -> Iterator[_Step]:
    yield _argument(index)
    for value in values:
        yield (_JUMP_EQUAL, 0, 1, value)
        yield (_RETURN, 0, 0, _EPERM)


def _argument(index: int) -> _Step:
    """Loads the low half of an argument: the kernel looks at no more of a process id, a family or a request."""
    return (_LOAD_WORD, 0, 0, _ARGUMENTS_AT + 8 * index)
