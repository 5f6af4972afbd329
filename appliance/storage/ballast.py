"""The records' own reserve (``T-13``): a file that holds blocks and is given up when there are no others.

Footage stops at as much free space again, so what is freed is the records' alone. :class:`BallastFs` stands between the
keeper's stores and the disk: a write that finds no space gives the ballast up and is made once more, from where it
began. A failed sync is not tried again: that is lost data, whatever space there is (``files.File.sync``).
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from typing import TypeVar

from appliance.storage.files import File, Fs

__all__ = ["Ballast", "BallastFs"]

_T = TypeVar("_T")


class Ballast:
    """The file at ``path``, of ``size`` bytes. Thread-safe. It is made while there is thrice its size, so that making
    it never is what fills a disk."""

    def __init__(self, fs: Fs, path: str, size: int) -> None:
        self._fs, self._path, self.size = fs, path, size
        self._lock = threading.Lock()

    @property
    def whole(self) -> bool:
        """Whether the reserve is there."""
        try:
            return self._fs.exists(self._path) and self._fs.size(self._path) == self.size
        except OSError:
            return False

    def make(self) -> bool:
        """Sets the blocks aside where there is room to; whether they are. Never raises for the disk's troubles."""
        with self._lock, contextlib.suppress(OSError):
            if self.whole:
                return True
            if self._fs.exists(self._path):
                self._fs.unlink(self._path)  # of another size, or half made
            if self._fs.free_bytes(os.path.dirname(self._path)) < 3 * self.size:
                return False
            self._fs.allocate(self._path, self.size)
            return True
        return False

    def give_up(self) -> bool:
        """Frees the blocks; False when there were none."""
        with self._lock, contextlib.suppress(OSError):
            if self._fs.exists(self._path):
                self._fs.unlink(self._path)
                return True
        return False


class BallastFs:
    """An ``Fs`` whose writes have ``ballast`` behind them. ``said`` is told when it was given up. Only what lies
    ``under`` that folder: on a disk of its own footage would find no more room for it."""

    def __init__(
        self, fs: Fs, ballast: Ballast, said: Callable[[str], None] = lambda line: None, *, under: str = "/"
    ) -> None:
        self._fs, self._ballast, self._said = fs, ballast, said
        self._under = under.rstrip("/") + "/"

    def _backs(self, path: str) -> bool:
        return path.startswith(self._under)

    def once_more(self, write: Callable[[], _T], undo: Callable[[], None] = lambda: None) -> _T:
        """``write()``; where it finds no space and there was ballast, ``undo()`` and ``write()`` again."""
        try:
            return write()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._ballast.give_up():
                raise
            self._said("the disk is full; the records' reserve was given up to write on")
        undo()
        return write()

    # --- what may find no space ---

    def create(self, path: str, *, mode: int = 0o600) -> File:
        if not self._backs(path):
            return self._fs.create(path, mode=mode)
        return _BallastFile(self.once_more(lambda: self._fs.create(path, mode=mode)), self)

    def append(self, path: str, *, mode: int = 0o600) -> File:
        if not self._backs(path):
            return self._fs.append(path, mode=mode)
        return _BallastFile(self.once_more(lambda: self._fs.append(path, mode=mode)), self)

    def rename(self, old: str, new: str) -> None:
        if not self._backs(new):
            self._fs.rename(old, new)
            return
        self.once_more(lambda: self._fs.rename(old, new))

    def make_dir(self, path: str, *, mode: int = 0o700) -> None:
        if not self._backs(path):
            self._fs.make_dir(path, mode=mode)
            return
        self.once_more(lambda: self._fs.make_dir(path, mode=mode))

    def overwrite(self, path: str, data: bytes) -> None:
        self._fs.overwrite(path, data)  # in place: its blocks are there already

    def allocate(self, path: str, size: int) -> None:
        self._fs.allocate(path, size)  # what only wants room for later gets none of the last

    # --- what cannot ---

    def read(self, path: str) -> bytes:
        return self._fs.read(path)

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        return self._fs.read_at(path, offset, size)

    def forget(self, path: str) -> None:
        self._fs.forget(path)

    def unlink(self, path: str) -> None:
        self._fs.unlink(path)

    def list_dir(self, path: str) -> list[str]:
        return self._fs.list_dir(path)

    def exists(self, path: str) -> bool:
        return self._fs.exists(path)

    def size(self, path: str) -> int:
        return self._fs.size(path)

    def links(self, path: str) -> int:
        return self._fs.links(path)

    def sync_dir(self, path: str) -> None:
        self._fs.sync_dir(path)

    def sync_fs(self, path: str) -> None:
        self._fs.sync_fs(path)

    def free_bytes(self, path: str) -> int:
        return self._fs.free_bytes(path)

    def total_bytes(self, path: str) -> int:
        return self._fs.total_bytes(path)


class _BallastFile:
    def __init__(self, file: File, fs: BallastFs) -> None:
        self._file, self._fs = file, fs

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """What a first try left of it is cut away before the second."""
        try:
            size = self._file.size()
        except OSError:
            self._file.write(data)
            return
        self._fs.once_more(lambda: self._file.write(data), lambda: self._file.truncate(size))

    def sync(self) -> None:
        self._file.sync()

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def size(self) -> int:
        return self._file.size()

    def close(self) -> None:
        self._file.close()
