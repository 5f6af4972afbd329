"""One sealed scan as a file: its format, writing it block by block, and reading it back whole or not at all.

``magic (8) | blocks``; a block is AES-256-GCM over 64 KiB of the scan, the last one shorter or empty. The nonce is
``0 (3) | number (8, big-endian) | last (1)``, as each file has a key of its own; magic and file id are authenticated.
So blocks can be neither left out, moved, nor cut off, and no block comes from another file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.core.errors import Damaged, NotWritable
from appliance.storage.files import Fs

__all__ = ["KEY_BYTES", "ScanWriter", "Sealed", "check_sealed", "read_sealed"]

KEY_BYTES = 32
_MAGIC = b"ORSCAN01"
_BLOCK = 64 << 10
_TAG = 16
_READ = 1 << 20


class Sealed(NamedTuple):
    """A scan and its sealed file: sizes in bytes, hashes in hexadecimal SHA-256."""

    bytes: int
    sha256: str
    sealed_bytes: int
    sealed_sha256: str


class ScanWriter:
    """Seals into the new file ``path``. One thread. After an error only :meth:`abandon` is left to do."""

    def __init__(self, fs: Fs, path: str, key: bytes, file_id: str) -> None:
        """Raises NotWritable."""
        self._fs, self.path, self._aead, self._aad = fs, path, AESGCM(key), _aad(file_id)
        self._waiting = bytearray()
        self._plain, self._sealed = hashlib.sha256(), hashlib.sha256()
        self._number = self.bytes = self._sealed_bytes = 0
        try:
            self._file = fs.create(path)
        except OSError as error:
            raise _not_writable(error) from error
        try:
            self._write(_MAGIC)
        except OSError as error:
            self.abandon()
            raise _not_writable(error) from error

    def add(self, piece: bytes) -> None:
        """The next bytes of the scan. Raises NotWritable."""
        self._waiting += piece
        self._plain.update(piece)
        self.bytes += len(piece)
        try:
            while len(self._waiting) > _BLOCK:
                self._seal(bytes(self._waiting[:_BLOCK]), last=False)
                del self._waiting[:_BLOCK]
        except OSError as error:
            raise _not_writable(error) from error

    def finish(self) -> Sealed:
        """Ends the file; it and its name are durable on return. Raises NotWritable."""
        try:
            self._seal(bytes(self._waiting), last=True)
            self._waiting.clear()
            self._file.sync()
            self._file.close()
            self._fs.sync_dir(os.path.dirname(self.path))
        except OSError as error:
            raise _not_writable(error) from error
        return Sealed(self.bytes, self._plain.hexdigest(), self._sealed_bytes, self._sealed.hexdigest())

    def abandon(self) -> None:
        """Removes the file. What cannot be removed now goes at the next start: no entry names it."""
        self._waiting.clear()
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._fs.unlink(self.path)

    def _seal(self, block: bytes, *, last: bool) -> None:
        self._write(self._aead.encrypt(_nonce(self._number, last), block, self._aad))
        self._number += 1

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._sealed.update(data)
        self._sealed_bytes += len(data)


def check_sealed(fs: Fs, path: str, sealed_bytes: int, sealed_sha256: str) -> str:
    """What is wrong with the file: ``missing``, ``unreadable``, ``altered``; "" when it is what was stored."""
    try:
        if not fs.exists(path):
            return "missing"
        if fs.size(path) != sealed_bytes:
            return "altered"
        seen = hashlib.sha256()
        for at in range(0, sealed_bytes, _READ):
            seen.update(fs.read_at(path, at, _READ))
    except OSError:
        return "unreadable"
    return "" if seen.hexdigest() == sealed_sha256 else "altered"


def read_sealed(fs: Fs, path: str, sealed_bytes: int, key: bytes, file_id: str) -> Iterator[bytes]:
    """The scan's bytes, block by block. Raises Damaged at the first that does not open."""
    aead, aad, step = AESGCM(key), _aad(file_id), _BLOCK + _TAG
    blocks = max(1, -(-(sealed_bytes - len(_MAGIC)) // step))
    for number in range(blocks):
        try:
            block = fs.read_at(path, len(_MAGIC) + number * step, step)
            yield aead.decrypt(_nonce(number, number == blocks - 1), block, aad)
        except (OSError, InvalidTag, ValueError) as error:
            raise Damaged.of("scan-altered", path=path, number=number) from error


def _aad(file_id: str) -> bytes:
    return _MAGIC + file_id.encode("ascii")


def _nonce(number: int, last: bool) -> bytes:
    return bytes(3) + number.to_bytes(8, "big") + bytes([last])


def _not_writable(error: OSError) -> NotWritable:
    return NotWritable.of("scan-stored", why=error.strerror)
