"""The disk, handed in: what the recorder asks of a file system, the real one, atomic replacement.

Nothing else in the package opens a file of the store, so a strict file system in memory, a FUSE one and ext4 on a
loop device can all stand behind the same code and be cut at any call (``tests/faults/``). The journal is in
``journal.py``.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Collection, Iterator
from typing import Protocol

from appliance.core.errors import NotWritable

__all__ = ["File", "Fs", "RealFs", "read_own", "write_atomic"]


class File(Protocol):
    """An open file that is only ever appended to, or cut back to a good length."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Appends all of ``data``. Raises OSError; then what lies on the disk is unknown past the last sync."""

    def sync(self) -> None:
        """Durable on return. An OSError means lost data: never retry and believe."""

    def truncate(self, size: int) -> None: ...

    def size(self) -> int: ...

    def close(self) -> None: ...


class Fs(Protocol):
    """The calls whose order decides what a power cut leaves."""

    def create(self, path: str, *, mode: int = 0o600) -> File:
        """A new empty file to append to; FileExistsError if the name is taken."""

    def append(self, path: str, *, mode: int = 0o600) -> File:
        """An existing or new file to append to."""

    def read(self, path: str) -> bytes: ...

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from ``offset``; fewer at the end of the file."""

    def forget(self, path: str) -> None:
        """What was synced of a file is read from the disk next, not from memory, where the system can do that."""

    def rename(self, old: str, new: str) -> None: ...

    def unlink(self, path: str) -> None: ...

    def make_dir(self, path: str, *, mode: int = 0o700) -> None:
        """The directory exists on return (with its parents); not yet durable."""

    def list_dir(self, path: str) -> list[str]:
        """Names, sorted; an absent directory is an error."""

    def exists(self, path: str) -> bool: ...

    def size(self, path: str) -> int: ...

    def links(self, path: str) -> int:
        """Link count of a regular file; 0 for anything else (symbolic links are not followed)."""

    def sync_dir(self, path: str) -> None: ...

    def sync_fs(self, path: str) -> None:
        """Everything written so far to the file system that holds ``path`` is durable on return."""

    def free_bytes(self, path: str) -> int: ...

    def total_bytes(self, path: str) -> int: ...

    def allocate(self, path: str, size: int) -> None:
        """A new file of ``size`` bytes whose blocks are the file's from now on, synced. Raises OSError; then nothing of
        it stays."""

    def overwrite(self, path: str, data: bytes) -> None:
        """Writes ``data`` over the start of an existing file in place and syncs it (for anchors only)."""


class _RealFile:
    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


_AT_ONCE = os.O_CLOEXEC | os.O_NONBLOCK
"""A pipe that somebody put in the place of a file keeps nobody waiting for its other end, no keeper from its start."""


class RealFs:
    """The operating system's files."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def create(self, path: str, *, mode: int = 0o600) -> File:
        return _RealFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, mode))

    def append(self, path: str, *, mode: int = 0o600) -> File:
        return _RealFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _AT_ONCE, mode))

    def read(self, path: str) -> bytes:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _AT_ONCE)) as file:
            return file.read()

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        fd = os.open(path, os.O_RDONLY | _AT_ONCE)
        try:
            return os.pread(fd, size, offset)
        finally:
            os.close(fd)

    def forget(self, path: str) -> None:
        fd = os.open(path, os.O_RDONLY | _AT_ONCE)
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)

    def rename(self, old: str, new: str) -> None:
        os.rename(old, new)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def make_dir(self, path: str, *, mode: int = 0o700) -> None:
        os.makedirs(path, mode=mode, exist_ok=True)

    def list_dir(self, path: str) -> list[str]:
        return sorted(os.listdir(path))

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def size(self, path: str) -> int:
        return os.stat(path, follow_symlinks=False).st_size

    def links(self, path: str) -> int:
        found = os.stat(path, follow_symlinks=False)
        return found.st_nlink if stat.S_ISREG(found.st_mode) else 0

    def sync_dir(self, path: str) -> None:
        with _open_dir(path) as fd:
            os.fsync(fd)

    def sync_fs(self, path: str) -> None:
        with _open_dir(path) as fd:
            if self._libc.syncfs(fd) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), path)

    def free_bytes(self, path: str) -> int:
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize

    def total_bytes(self, path: str) -> int:
        found = os.statvfs(path)
        return found.f_blocks * found.f_frsize

    def allocate(self, path: str, size: int) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, size)
            os.fsync(fd)
        except OSError:
            os.unlink(path)
            raise
        finally:
            os.close(fd)

    def overwrite(self, path: str, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | _AT_ONCE)
        try:
            view, offset = memoryview(data), 0
            while offset < len(data):
                offset += os.pwrite(fd, view[offset:], offset)
            os.fsync(fd)
        finally:
            os.close(fd)


@contextlib.contextmanager
def _open_dir(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def read_own(path: str, most_bytes: int, owners: Collection[int] = ()) -> tuple[bytes, float]:
    """A small file in a folder in which others can write, and when it was written. Raises OSError for what is no plain
    file of this user or of one of ``owners``, or is longer; never follows a link, never waits."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), *owners):
            raise OSError(errno.EPERM, "no plain file of whom it should be", path)
        if found.st_size > most_bytes:
            raise OSError(errno.EFBIG, f"longer than {most_bytes} bytes", path)
        return file.read(most_bytes), found.st_mtime


def write_atomic(fs: Fs, path: str, data: bytes, *, mode: int = 0o600) -> None:
    """Replaces ``path`` with ``data``: after a power cut it holds the old bytes or the new, never a mixture.

    Durable on return. Raises NotWritable; then the old content stands, unless the very last sync was what failed:
    then the new content reads back, but a power cut may still bring the old one back.
    """
    new = path + ".new"
    renamed = False
    try:
        if fs.exists(new):
            fs.unlink(new)
        file = fs.create(new, mode=mode)
        try:
            file.write(data)
            file.sync()
        finally:
            file.close()
        fs.rename(new, path)
        renamed = True
        fs.sync_dir(os.path.dirname(path))
    except OSError as error:
        if renamed:
            raise NotWritable(
                f"{path}: was replaced, but its directory cannot be synced ({error.strerror}); "
                "a power cut may bring the old content back"
            ) from error
        with contextlib.suppress(OSError):
            fs.unlink(new)
        raise NotWritable(
            f"{path}: cannot be replaced ({error.strerror}); what was there before still stands"
        ) from error
