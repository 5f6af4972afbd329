"""A small filter of system calls for processes that handle hostile bytes: what nothing in a decoder or a camera's
client has a use for, and what Landlock cannot see.

It is a list of refusals, not of permissions: a list of permissions would break with every release of FFmpeg and libc,
and the files, the signals and the network are Landlock's and the namespaces' work already. The one hole those leave is
named Unix sockets: a camera's process could connect to the keeper as if it were the recorder. So ``socket(AF_UNIX)``
and every family but IP is refused here, with EPERM so that libraries fall back. And Landlock guards what is in a file,
not its mode, owner, times and attributes: their calls are refused, so that nobody shuts the keeper out of footage.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

__all__ = ["filter_system_calls"]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
_LOAD_WORD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENT_0_AT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10

# Audit architecture and the numbers of the same calls on both processors the recorder runs on.
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    "x86_64": {
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_getfd": 438, "kcmp": 312,
        "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "setns": 308, "unshare": 272,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442,
        "open_by_handle_at": 304, "name_to_handle_at": 303, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
        "io_uring_setup": 425, "keyctl": 250, "add_key": 248, "request_key": 249, "init_module": 175,
        "finit_module": 313, "delete_module": 176, "kexec_load": 246, "kexec_file_load": 320, "reboot": 169,
        "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305, "swapon": 167, "swapoff": 168,
        "acct": 163, "quotactl": 179, "iopl": 172, "ioperm": 173, "personality": 135,
        "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94,
        "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "file_setattr": 469,
        "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "setxattrat": 463,
        "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "removexattrat": 466,
    },
    "aarch64": {
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_getfd": 438, "kcmp": 272,
        "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "setns": 268, "unshare": 97,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442,
        "open_by_handle_at": 265, "name_to_handle_at": 264, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
        "io_uring_setup": 425, "keyctl": 219, "add_key": 217, "request_key": 218, "init_module": 105,
        "finit_module": 273, "delete_module": 106, "kexec_load": 104, "kexec_file_load": 294, "reboot": 142,
        "settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266, "swapon": 224, "swapoff": 225,
        "acct": 89, "quotactl": 60, "personality": 92,
        "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchown": 55, "fchownat": 54, "utimensat": 88,
        "file_setattr": 469, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "setxattrat": 463,
        "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "removexattrat": 466,
    },
}  # fmt: skip
_SOCKET = {"x86_64": 41, "aarch64": 198}
_CLONE = {"x86_64": 56, "aarch64": 220}
_PROGRAMS = {
    "x86_64": {"execve": 59, "execveat": 322, "fork": 57, "vfork": 58},
    "aarch64": {"execve": 221, "execveat": 281},
}
_CLONE3 = 435


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(*, network: bool, local_sockets: bool, programs: bool) -> bool:
    """Installs the filter for this thread and all it starts. False where the kernel or processor has none.

    ``no_new_privs`` must be set before. Refused calls fail with EPERM; calls by another architecture's table kill.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        return False
    code = _code(machine, network=network, local_sockets=local_sockets, programs=programs)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _code(machine: str, *, network: bool, local_sockets: bool, programs: bool) -> bytes:
    """The filter as classic BPF (seccomp(2)): one refusal after the other, then yes."""
    families = ([_AF_INET, _AF_INET6] if network else []) + ([_AF_UNIX] if local_sockets else [])
    steps = [
        (_LOAD_WORD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, _MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
    ]
    refused = list(_REFUSED[machine].values())
    if not programs:
        refused += _PROGRAMS[machine].values()
        # clone3 hides its flags behind a pointer; libc falls back to clone when the kernel has none.
        steps += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS)]
    for number in refused:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    # socket(2): only the families that are allowed.
    steps += [(_JUMP_EQUAL, 0, 2 + 2 * len(families), _SOCKET[machine]), (_LOAD_WORD, 0, 0, _ARGUMENT_0_AT)]
    for family in families:
        steps += [(_JUMP_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    steps += [(_RETURN, 0, 0, _EPERM)]
    if not programs:
        steps += [
            (_JUMP_EQUAL, 0, 3, _CLONE[machine]),
            (_LOAD_WORD, 0, 0, _ARGUMENT_0_AT),
            (_JUMP_ANY_BIT, 1, 0, _CLONE_THREAD),
            (_RETURN, 0, 0, _EPERM),
        ]
    steps += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def refused_numbers() -> dict[str, int]:
    """Names and numbers of what is refused here always; for the tests and the documentation."""
    return dict(_REFUSED.get(os.uname().machine, {}))
