"""Reading a medium back: what files are on it, and the SHA-256 of each from the medium itself.

The device is open past the page cache (``block.py``), so a stick that lost, mixed up or never had room for what it took
is found here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NamedTuple

from appliance.medium.block import BLOCK_BYTES, BlockDevice, aligned
from appliance.medium.exfat import Layout
from appliance.medium.exfat_reading import read_volume
from appliance.medium.volume import Progress

__all__ = ["Contents", "FileSum", "read_back"]


class FileSum(NamedTuple):
    """``sha256``: hexadecimal, of the bytes that the medium gave."""

    name: str
    size: int
    sha256: str


class Contents(NamedTuple):
    """``others``: names of what this recorder did not write there, unread."""

    files: tuple[FileSum, ...]
    others: tuple[str, ...]


def read_back(device: BlockDevice, progress: Progress) -> Contents:
    """All files, hashed. Raises Damaged for a medium that is not as this recorder made it, Unavailable where it does
    not answer. Blocking, and as slow as the medium."""
    layout = Layout.of(device.bytes, device.sector_bytes)
    found = read_volume(layout, device.read)
    total, done, sums = sum(file.size for file in found.files), 0, list[FileSum]()
    for file in found.files:
        hashed = hashlib.sha256()
        for block in _blocks(device, layout.at(file.cluster), file.size):
            hashed.update(block)
            done += len(block)
            progress(done, total)
        sums.append(FileSum(file.name, file.size, hashed.hexdigest()))
    return Contents(tuple(sums), found.others)


def _blocks(device: BlockDevice, start: int, size: int) -> Iterator[memoryview]:
    """What lies from ``start`` on, a block at a time; the next is read while one is looked at, which is then gone."""
    buffers = [memoryview(aligned(BLOCK_BYTES)) for _ in range(2)]
    ahead = _ask(device, buffers[0], start, size)
    for number, at in enumerate(range(0, size, BLOCK_BYTES), 1):
        ahead.result()
        left = size - at - BLOCK_BYTES
        if left > 0:
            ahead = _ask(device, buffers[number % 2], start + at + BLOCK_BYTES, left)
        yield buffers[(number - 1) % 2][: min(BLOCK_BYTES, size - at)]


def _ask(device: BlockDevice, buffer: memoryview, at: int, size: int) -> Future[None]:
    whole = -(-min(BLOCK_BYTES, size) // device.sector_bytes) * device.sector_bytes
    return device.submit_read(buffer[:whole], at)
