"""The filter's numbers against libseccomp and the kernel's headers, for both processors."""

from __future__ import annotations

import ctypes
import errno
import re
import struct
from pathlib import Path

import pytest

from appliance.process.seccomp import filter_code
from appliance.process.syscalls import ARCHITECTURES, REFUSED, numbers

HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"),),
}
_TOO_NEW = -1
"""libseccomp does not know the name at all; less than that: this processor has no such call."""


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_numbers_are_those_of_libseccomp(machine: str) -> None:
    try:
        libseccomp = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp.so.2 is not installed")
    ours = numbers(machine)
    known = 0
    for name in numbers("x86_64"):  # it has every call that the tables name
        number = libseccomp.seccomp_syscall_resolve_name_arch(ARCHITECTURES[machine], name.encode())
        if number != _TOO_NEW:
            known += 1
            assert ours.get(name) == (number if number >= 0 else None), name
    assert known > 100


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    header = next((path for path in HEADERS[machine] if path.exists()), None)
    if header is None:
        pytest.skip("linux-libc-dev is not installed")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)$", header.read_text(), re.MULTILINE))
    compared = {name: number for name, number in numbers(machine).items() if name in defined}
    assert {name: int(defined[name]) for name in compared} == compared
    assert len(compared) > 100


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_fits_what_a_kernel_takes(machine: str) -> None:
    code = filter_code(machine, 4321, network=True, local_sockets=True, programs=False, truncate=False)
    assert len(code) % 8 == 0
    assert len(code) // 8 < 4096, "BPF_MAXINSNS"


PID = 4321
ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
CLONE_THREAD, CLONE_NEWUSER = 0x00010000, 0x10000000


def _answer(code: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the filter says to a call, by the instructions of classic BPF that it is made of: also for a processor that
    the tests do not run on."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("=HBBI", code))
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, operand)
            case 0x15:
                at += if_true if accumulator == operand else if_false
            case 0x45:
                at += if_true if accumulator & operand else if_false
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(f"operation {operation:#x} is none of the filter's")


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_the_filter_answers_on_each_processor(machine: str) -> None:
    architecture, number = ARCHITECTURES[machine], numbers(machine)
    camera = filter_code(machine, PID, network=True, local_sockets=False, programs=False, truncate=False)

    def answer(name: str, *arguments: int) -> int:
        return _answer(camera, architecture, number[name], *arguments)

    assert {name for name in REFUSED if name in number and answer(name) != EPERM} == set()
    for name in ("execve", "execveat", "truncate"):
        assert answer(name) == EPERM, name
    for name in ("prlimit64", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"):
        assert [answer(name, pid) for pid in (0, PID, PID + 1, 1)] == [ALLOW, ALLOW, EPERM, EPERM], name
    assert [answer("setpriority", *who) for who in ((0, 0), (0, PID), (0, 1), (1, 0), (2, 0))] == [
        ALLOW, ALLOW, EPERM, EPERM, EPERM,
    ]  # fmt: skip
    assert [answer("ioprio_set", *who) for who in ((1, 0), (1, PID), (1, 7), (2, 0), (3, 0))] == [
        ALLOW, ALLOW, EPERM, EPERM, EPERM,
    ]  # fmt: skip
    assert [answer("kill", pid) for pid in (PID, 0, 0xFFFFFFFF, 1)] == [ALLOW, EPERM, EPERM, EPERM]
    assert [answer("socket", family) for family in (2, 10, 1, 16, 17, 40)] == [ALLOW, ALLOW, EPERM, EPERM, EPERM, EPERM]
    assert answer("socketpair", 1) == EPERM
    assert [answer("clone", flags) for flags in (CLONE_THREAD, 17, CLONE_THREAD | CLONE_NEWUSER)] == [
        ALLOW, EPERM, EPERM,
    ]  # fmt: skip
    assert answer("clone3") == ENOSYS
    assert [answer("ioctl", 0, request) for request in (0x5401, 0x5412, 0x541C)] == [ALLOW, EPERM, EPERM]
    assert [answer("ioctl", 0, request) for request in (0x8901, 0x8902)] == [EPERM, EPERM]
    assert [answer("fcntl", 0, command) for command in (3, 4, 8, 10, 15)] == [ALLOW, ALLOW, EPERM, EPERM, EPERM]
    private, file, shared, validated = 0x22, 0x01, 0x21, 0x23
    assert [answer("mmap", 0, 9, 3, flags) for flags in (private, file, shared, validated)] == [
        ALLOW, ALLOW, EPERM, EPERM,
    ]  # fmt: skip
    assert _answer(camera, architecture, 0) == ALLOW, "read on one, io_setup on the other"
    other = next(each for each in ARCHITECTURES.values() if each != architecture)
    assert _answer(camera, other, 0) == KILL


def test_x32_is_a_table_of_x86_64_alone() -> None:
    for machine, said in (("x86_64", EPERM), ("aarch64", ALLOW)):
        code = filter_code(machine, PID, network=True, local_sockets=False, programs=True, truncate=True)
        assert _answer(code, ARCHITECTURES[machine], 0x40000000) == said


def test_what_may_start_programs_may_end_them_and_gives_them_no_namespace() -> None:
    code = filter_code("x86_64", PID, network=False, local_sockets=True, programs=True, truncate=True)
    number, architecture = numbers("x86_64"), ARCHITECTURES["x86_64"]
    for name, arguments in (
        ("execve", ()), ("fork", ()), ("kill", (1,)), ("truncate", ()), ("socketpair", (1,)), ("clone", (17,)),
        ("mmap", (0, 9, 3, 0x21)),
    ):  # fmt: skip
        assert _answer(code, architecture, number[name], *arguments) == ALLOW, name
    assert _answer(code, architecture, number["clone"], CLONE_NEWUSER | 17) == EPERM
    assert _answer(code, architecture, number["socket"], 2) == EPERM
