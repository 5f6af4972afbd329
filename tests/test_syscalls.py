"""The filter's numbers against libseccomp and the kernel's headers, for both processors."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from appliance.seccomp import filter_code
from appliance.syscalls import ARCHITECTURES, numbers

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
