"""Copying one file of footage to another disk: byte for byte, synced, and read back from there. Judges nothing."""

from __future__ import annotations

import functools
import hashlib
from typing import NamedTuple

from appliance.core.errors import NotWritable
from appliance.formats.segment import ReadAt
from appliance.storage.files import Fs
from appliance.vault.ring.damage import Readable

__all__ = ["Copied", "copy_file"]

_BLOCK_BYTES = 1 << 20


class Copied(NamedTuple):
    """What was read and now lies in the copy. ``whole``: all of it read; what did not is zeros, page by page."""

    bytes: int
    sha256: str
    whole: bool


def copy_file(fs: Fs, source: str, copy: str) -> Copied:
    """``copy``, a new file, has the bytes of ``source`` on return, but its name may not be durable yet.

    Raises OSError, or NotWritable where the copy does not read back as it was written.
    """
    reading = Readable(functools.partial(fs.read_at, source))
    size, digest = fs.size(source), hashlib.sha256()
    file = fs.create(copy, mode=0o640)
    try:
        for offset in range(0, size, _BLOCK_BYTES):
            block = reading(offset, min(_BLOCK_BYTES, size - offset))
            digest.update(block)
            file.write(block)
        file.sync()
    finally:
        file.close()
    fs.forget(copy)
    if _sha256(functools.partial(fs.read_at, copy), fs.size(copy)) != digest.hexdigest():
        raise NotWritable(f"{copy}: reads back other than it was written; use another disk")
    return Copied(size, digest.hexdigest(), not reading.failed)


def _sha256(read_at: ReadAt, size: int) -> str:
    digest = hashlib.sha256()
    for offset in range(0, size, _BLOCK_BYTES):
        digest.update(read_at(offset, _BLOCK_BYTES))
    return digest.hexdigest()
