"""Looks for bytes in the memory of other processes, as a thief with root would. Needs root."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

__all__ = ["find_in_memory"]

_BLOCK_BYTES = 1 << 20


def find_in_memory(pid: int, needles: Collection[bytes]) -> dict[bytes, list[str]]:
    """Where in the memory of ``pid`` each needle lies: names of the mappings. Writable private memory and the rest
    alike; what the kernel does not let anyone read (device memory) is passed over. Empty when the process is gone."""
    found: dict[bytes, list[str]] = {}
    longest = max(map(len, needles))
    try:
        maps = Path("/proc", str(pid), "maps").read_text()
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return found
    try:
        for line in maps.splitlines():
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
            if match is None or "r" not in match[3] or match[4] in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            kept = b""
            for at in range(start, end, _BLOCK_BYTES):
                try:
                    block = os.pread(memory, min(_BLOCK_BYTES, end - at), at)
                except OSError:
                    break
                for needle in needles:
                    if needle in kept + block:
                        found.setdefault(needle, []).append(match[4] or "anonymous")
                kept = block[-longest:]
    finally:
        os.close(memory)
    return found
