"""Looks for bytes in the memory of other processes, as a thief with root would. Needs root."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from tests.faults.intruder import commits

__all__ = ["Dump", "dump_of", "find_in_memory", "key_in"]

_BLOCK_BYTES = 1 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_NOTHING = bytes(_BLOCK_BYTES)

Dump = list[tuple[str, bytes]]
"""The memory of a process at one moment that it may write to: names of mappings, and what lies there."""


def find_in_memory(pid: int, needles: Collection[bytes]) -> dict[bytes, list[str]]:
    """Where in the memory of ``pid`` each needle lies: names of the mappings. Writable private memory and the rest
    alike; what the kernel does not let anyone read (device memory) is passed over. Empty when the process is gone."""
    found: dict[bytes, list[str]] = {}
    longest = max(map(len, needles))
    kept, before = b"", (0, 0)
    for start, name, _, block in _blocks(pid):
        kept, before = kept if start == before[1] else b"", (start, start + len(block))
        if block == _NOTHING and not kept.strip(b"\0"):
            kept = _NOTHING[-longest:]
            continue
        looked_at = kept + block
        for needle in needles:
            if needle in looked_at:
                found.setdefault(needle, []).append(name)
        kept = block[-longest:]
    return found


def dump_of(pid: int) -> Dump:
    """Empty when the process is gone. Whoever wants one moment stops it before."""
    whole: list[tuple[str, list[bytes]]] = []
    end = 0
    for start, name, writable, block in _blocks(pid):
        if writable and (start != end or not whole or whole[-1][0] != name):
            whole.append((name, []))
        if writable:
            whole[-1][1].append(block)
            end = start + len(block)
    return [(name, b"".join(blocks)) for name, blocks in whole]


def key_in(dump: Dump, segment: bytes) -> bytes:
    """The key of the bucket, or the copy, that a segment file beginning with ``segment`` belongs to: each 32 bytes that
    may be a key, at every place where an allocator puts one, is held against what the header commits to. b"": none."""
    for _, memory in dump:
        words = np.frombuffer(memory[: len(memory) // 8 * 8], "<u8")
        if len(words) < 4:
            continue
        # No pointer and no small number, and not text: a random key fails each of these once in some ten thousand.
        wide = words >> np.uint64(48) != 0
        high = words & np.uint64(0x8080808080808080) != 0
        windows = wide[:-3] & wide[1:-2] & wide[2:-1] & wide[3:] & (high[:-3] | high[1:-2]) & (high[2:-1] | high[3:])
        for at in (int(word) * 8 for word in np.flatnonzero(windows)):
            key = memory[at : at + 32]
            if len(set(key)) >= 20 and commits(key, segment):
                return key
    return b""


def _blocks(pid: int) -> Iterator[tuple[int, str, bool, bytes]]:
    """(address, name of its mapping, whether it is writable, bytes), in the order of addresses. A browser reserves
    terabytes and uses little: what holds no page, in memory or in swap, is passed over."""
    try:
        maps = Path("/proc", str(pid), "maps").read_text()
        memory, pages = (os.open(f"/proc/{pid}/{name}", os.O_RDONLY) for name in ("mem", "pagemap"))
    except (FileNotFoundError, ProcessLookupError):
        return
    try:
        for line in maps.splitlines():
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
            if match is None or "r" not in match[3] or match[4] in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                continue
            for at, size in _held(pages, int(match[1], 16), int(match[2], 16)):
                try:
                    block = os.pread(memory, size, at)
                except OSError:
                    break
                yield at, match[4] or "anonymous", "w" in match[3], block
    finally:
        os.close(memory)
        os.close(pages)


def _held(pages: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(address, bytes) of the blocks of a mapping of which a page is there, by /proc/PID/pagemap."""
    for first in range(start, end, _BLOCK_BYTES << 9):
        last = min(end, first + (_BLOCK_BYTES << 9))
        read = os.pread(pages, (last - first) // _PAGE_BYTES * 8, first // _PAGE_BYTES * 8)
        held = np.frombuffer(read, "<u8") >> np.uint64(62) != 0
        for at in range(first, last, _BLOCK_BYTES):
            size = min(_BLOCK_BYTES, last - at)
            begins = (at - first) // _PAGE_BYTES
            if held[begins : begins + size // _PAGE_BYTES].any():
                yield at, size
