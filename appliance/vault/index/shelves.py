"""Where segment files lie and how they are read: ``open/`` while recorded, ``ring/<first two digits>/`` when closed.

Reading only, but for the one rename that closes a bucket. Blocking and thread-safe.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from appliance.core.errors import NotFound, NotWritable, Unavailable
from appliance.core.messages import Said
from appliance.formats.segment_files import segment_name, segment_of
from appliance.storage.files import Fs

__all__ = ["Shelves"]

_T = TypeVar("_T")


class Shelves:
    """``open_dir`` and ``ring_dir`` exist and are on one file system.

    ``wrong()`` says why another disk lies there than should (``FootageDisk``): nothing is concluded then from what is
    missing, and whatever would conclude it raises Unavailable. Of a file in ``open/`` only what :meth:`set_durable`
    said is shown; one that it never named has no bytes yet.
    """

    def __init__(self, fs: Fs, open_dir: str, ring_dir: str, wrong: Callable[[], Said] = lambda: "") -> None:
        self.fs, self.open_dir, self.ring_dir, self.wrong = fs, open_dir, ring_dir, wrong
        self._durable: dict[str, int] = {}

    def need(self) -> None:
        """Raises Unavailable while the disk that lies there is not the office's."""
        if why := self.wrong():
            raise Unavailable(why)

    def open_path(self, bucket_id: str, number: int) -> str:
        return os.path.join(self.open_dir, segment_name(bucket_id, number))

    def ring_path(self, bucket_id: str, number: int) -> str:
        return os.path.join(self.ring_dir, bucket_id[:2], segment_name(bucket_id, number))

    def look_for(self, buckets: Iterable[tuple[str, Iterable[int]]]) -> tuple[list[str], list[str]]:
        """The names of the segment files of (bucket id, numbers) that lie anywhere, and of those that do not. Raises
        Unavailable while the disk that lies there is not the office's: asked before and after, for a day of files."""
        there: list[str] = []
        absent: list[str] = []
        self.need()
        for bucket_id, numbers in buckets:
            for number in numbers:
                lies = self.fs.exists(self.ring_path(bucket_id, number))
                (there if lies else absent).append(segment_name(bucket_id, number))
        if absent:
            in_open = set(self.fs.list_dir(self.open_dir))
            there += [name for name in absent if name in in_open]
            absent = [name for name in absent if name not in in_open]
        self.need()
        return there, absent

    def set_durable(self, lengths: Mapping[str, int]) -> None:
        """How many bytes of files in ``open/`` survive a power cut; a file that is not named keeps its last length."""
        self._durable = {**self._durable, **lengths}

    def durable_bytes(self) -> int:
        """Bytes in ``open/`` that survive a power cut now."""
        return sum(self._durable.values())

    def durable(self, bucket_id: str) -> list[tuple[int, int]]:
        """(number, durable bytes) of the files of a bucket that is being recorded, in order."""
        parts = ((segment_of(name), size) for name, size in self._durable.items())
        return sorted((part[1], size) for part, size in parts if part is not None and part[0] == bucket_id)

    def size(self, bucket_id: str, number: int) -> int:
        """The readable bytes of a segment file. Raises NotFound."""

        def size(path: str, limit: int | None) -> int:
            there = self.fs.size(path)
            return there if limit is None else min(there, limit)

        return self._wherever(bucket_id, number, size)

    def read_at(self, bucket_id: str, number: int, offset: int, size: int) -> bytes:
        """At most ``size`` readable bytes from ``offset`` of a segment file. Raises NotFound."""

        def read(path: str, limit: int | None) -> bytes:
            wanted = size if limit is None else min(size, limit - offset)
            return self.fs.read_at(path, offset, max(0, wanted))

        return self._wherever(bucket_id, number, read)

    def move(self, bucket_id: str, numbers: Iterable[int]) -> None:
        """Renames files from ``open/`` into ``ring/``, durably; those that are not in ``open/`` are there already.

        Raises NotWritable; a repeat finishes it.
        """
        self.need()
        waiting = [number for number in numbers if self.fs.exists(self.open_path(bucket_id, number))]
        if not waiting:
            return
        target = os.path.join(self.ring_dir, bucket_id[:2])
        try:
            if not self.fs.exists(target):
                self.fs.make_dir(target)
            self.fs.sync_dir(self.ring_dir)
            for number in waiting:
                self.fs.rename(self.open_path(bucket_id, number), self.ring_path(bucket_id, number))
            self.fs.sync_dir(target)
            self.fs.sync_dir(self.open_dir)
        except OSError as error:
            raise NotWritable.of("bucket-unmoved", bucket=bucket_id, why=error.strerror) from error
        moved = {segment_name(bucket_id, number) for number in waiting}
        self._durable = {name: size for name, size in self._durable.items() if name not in moved}

    def unlink(self, buckets: Iterable[tuple[str, Iterable[int]]]) -> None:
        """Removes the files of (bucket id, numbers) wherever they lie, durably; what is gone already is no error. One
        sync for all of them: a day of files lies in every directory of the ring.

        For destruction alone: the keys are gone by then. Raises NotWritable.
        """
        self.need()
        try:
            in_open = set(self.fs.list_dir(self.open_dir))
            for bucket_id, numbers in buckets:
                for number in numbers:
                    with contextlib.suppress(FileNotFoundError):
                        self.fs.unlink(self.ring_path(bucket_id, number))
                    if segment_name(bucket_id, number) in in_open:
                        with contextlib.suppress(FileNotFoundError):
                            self.fs.unlink(self.open_path(bucket_id, number))
            self.fs.sync_fs(self.ring_dir)
        except OSError as error:
            raise NotWritable.of("file-unlinked", file=error.filename, why=error.strerror) from error

    def in_open(self) -> dict[str, list[int]]:
        """The segment files in ``open/``: numbers by bucket id."""
        self.need()
        found: dict[str, list[int]] = {}
        for name in self.fs.list_dir(self.open_dir):
            if part := segment_of(name):
                found.setdefault(part[0], []).append(part[1])
        return found

    def in_ring(self) -> Iterator[str]:
        """Every name under ``ring/``; a name that is no segment file comes with its directory. Slow: the whole ring."""
        self.need()
        for shelf in self.fs.list_dir(self.ring_dir):
            try:
                names = self.fs.list_dir(os.path.join(self.ring_dir, shelf))
            except NotADirectoryError:
                yield shelf
                continue
            for name in names:
                yield name if segment_of(name) and name.startswith(shelf) else os.path.join(shelf, name)

    def path_of(self, name: str) -> str:
        """Where a name that :meth:`in_ring` gave lies."""
        part = segment_of(name)
        return self.ring_path(*part) if part else os.path.join(self.ring_dir, name)

    def listing(self) -> Iterator[str]:
        """Every name under ``ring/`` and every segment file in ``open/``."""
        yield from self.in_ring()
        yield from (
            segment_name(bucket_id, number) for bucket_id, numbers in self.in_open().items() for number in numbers
        )

    def _wherever(self, bucket_id: str, number: int, read: Callable[[str, int | None], _T]) -> _T:
        """Reads in the ring, else in open, else once more in the ring: the file may just have been moved."""
        name = segment_name(bucket_id, number)
        tries = (
            (self.ring_path(bucket_id, number), None),
            (self.open_path(bucket_id, number), self._durable.get(name, 0)),
            (self.ring_path(bucket_id, number), None),
        )
        for path, limit in tries:
            try:
                return read(path, limit)
            except FileNotFoundError:
                continue
        self.need()
        raise NotFound.of("file-none", file=name)
