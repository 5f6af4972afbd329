"""A block device that nobody else uses, read and written past the page cache.

``O_EXCL`` is the kernel's own word that nothing of the device or of a partition of it is mounted, swapped on or held by
LVM, RAID or the device mapper, and that nothing can be as long as it is open. ``O_DIRECT`` writes what comes and reads
what is on the medium: no page of memory answers for it. Sizes, places and buffers are whole sectors.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import stat
import struct
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from appliance.core.errors import Refused, Unavailable

__all__ = ["BLOCK_BYTES", "BlockDevice", "aligned", "open_exclusively"]

BLOCK_BYTES = 1 << 20
"""Of one read or write."""

_BLKROGET, _BLKSSZGET, _BLKGETSIZE64 = 0x125E, 0x1268, 0x80081272
_SECTORS = (512, 4096)
_PROTECTED = frozenset({errno.EROFS, errno.EPERM, errno.EACCES})


def aligned(size: int) -> mmap.mmap:
    """A buffer of whole pages, of zeros, that is not shared."""
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def open_exclusively(path: str, number: int, *, write: bool) -> BlockDevice:
    """The block device ``path``, which must have this number (``st_rdev``). Raises Refused for one that is in use or
    write-protected, Unavailable for one that is gone."""
    flags = (os.O_RDWR if write else os.O_RDONLY) | os.O_EXCL | os.O_DIRECT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise Refused.of("medium-in-use", how=os.path.basename(path)) from error
        if error.errno == errno.EROFS:
            raise Refused.of("medium-protected") from error
        if error.errno in _PROTECTED:
            raise Refused.of("medium-rights", device=path) from error
        raise Unavailable.of("medium-lost", why=error.strerror) from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISBLK(found.st_mode) or found.st_rdev != number:
            raise Unavailable.of("medium-changed")
        return BlockDevice(fd, write=write)
    except BaseException:
        os.close(fd)
        raise


class BlockDevice:
    """Owns the descriptor ``fd``. Reads and writes raise Unavailable where the medium does not answer, Refused where
    it does not let itself be written. For one thread, with one write in the air."""

    def __init__(self, fd: int, *, write: bool) -> None:
        self.fd = fd
        (self.sector_bytes,) = struct.unpack("i", fcntl.ioctl(fd, _BLKSSZGET, bytes(4)))
        (self.bytes,) = struct.unpack("Q", fcntl.ioctl(fd, _BLKGETSIZE64, bytes(8)))
        if self.sector_bytes not in _SECTORS:
            raise Refused.of("medium-sectors", bytes=self.sector_bytes)
        if write and struct.unpack("i", fcntl.ioctl(fd, _BLKROGET, bytes(4)))[0]:
            raise Refused.of("medium-protected")
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="medium")
        self._small = aligned(BLOCK_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing of it is in use afterwards. What was not flushed may be lost."""
        self._worker.shutdown(cancel_futures=True)
        os.close(self.fd)

    def submit_write(self, buffer: memoryview, at: int) -> Future[None]:
        """Writes in a thread; look at the result before the buffer is used again."""
        return self._worker.submit(self._write, buffer, at)

    def submit_read(self, buffer: memoryview, at: int) -> Future[None]:
        return self._worker.submit(self._read, buffer, at)

    def write(self, data: bytes, at: int) -> None:
        """``data``, filled up with zeros to a whole sector."""
        for begin in range(0, len(data), BLOCK_BYTES):
            part = data[begin : begin + BLOCK_BYTES]
            size = -(-len(part) // self.sector_bytes) * self.sector_bytes
            with memoryview(self._small) as view, view[:size] as block:
                block[:] = part.ljust(size, b"\0")
                self.submit_write(block, at + begin).result()

    def read(self, at: int, size: int) -> bytes:
        """Any bytes, at most a block's worth."""
        first = at // self.sector_bytes * self.sector_bytes
        whole = -(-(at + size - first) // self.sector_bytes) * self.sector_bytes
        with memoryview(self._small) as view, view[:whole] as block:
            self.submit_read(block, first).result()
            return bytes(block[at - first : at - first + size])

    def flush(self) -> None:
        """What was written is on the medium on return, as far as the medium tells the truth."""
        try:
            os.fsync(self.fd)
        except OSError as error:
            raise _failure(error) from error

    def _write(self, buffer: memoryview, at: int) -> None:
        done = 0
        while done < len(buffer):
            try:
                count = os.pwrite(self.fd, buffer[done:], at + done)
            except OSError as error:
                raise _failure(error) from error
            if count == 0:
                raise Unavailable.of("medium-lost", why=os.strerror(errno.ENOSPC))
            done += count

    def _read(self, buffer: memoryview, at: int) -> None:
        done = 0
        while done < len(buffer):
            try:
                count = os.preadv(self.fd, [buffer[done:]], at + done)
            except OSError as error:
                raise _failure(error) from error
            if count == 0:
                raise Unavailable.of("medium-lost", why=os.strerror(errno.ENODATA))
            done += count


def _failure(error: OSError) -> Refused | Unavailable:
    if error.errno in _PROTECTED:
        return Refused.of("medium-protected")
    return Unavailable.of("medium-lost", why=error.strerror)
