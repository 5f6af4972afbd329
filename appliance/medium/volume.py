"""Making the medium: wiped, formatted, written file by file, finished.

Until :meth:`VolumeWriter.finish` the directory is empty: whoever pulls the stick out before it, or cuts the power, has
a volume without a file, never half a package that looks whole.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from appliance.core.errors import Broken, Refused
from appliance.medium.block import BLOCK_BYTES, BlockDevice, aligned
from appliance.medium.exfat import (
    UPCASE,
    FileEntry,
    Layout,
    boot_region,
    directory,
    partition_table,
    tables,
    valid_name,
)
from appliance.rules.amounts import bytes_text

__all__ = ["Fill", "Progress", "VolumeWriter"]

Progress = Callable[[int, int], None]
"""(done, of how many bytes). What it raises ends what is going on."""
Fill = Callable[[memoryview], None]
"""Brings the next bytes: as many as there is room for in what it is given, which is written as it is."""

_ENDS_BYTES = 16 << 20
"""So much at either end is overwritten where the rest is not: all signatures of file systems, partition tables, RAID
and volume managers lie in less."""
_BUFFERS = 4


class VolumeWriter:
    """For one thread. Any error leaves a medium that has no file in its directory."""

    def __init__(self, device: BlockDevice, *, disk_serial: int, volume_serial: int, label: str) -> None:
        """The serial numbers are drawn by whoever calls. Raises Refused for a disk of a size that cannot be used."""
        self._device, self._label = device, label
        self._disk_serial, self._volume_serial = disk_serial, volume_serial
        self.layout = Layout.of(device.bytes, device.sector_bytes)
        self._stream = _Stream(device)
        self._files: list[FileEntry] = []
        self._prepared = self._finished = False
        self._name = ""

    @property
    def free_bytes(self) -> int:
        """That a file may have now."""
        return (self.layout.end_cluster - self._next()) * self.layout.cluster_bytes

    def prepare(self, *, whole: bool, progress: Progress) -> int:
        """Overwrites with zeros, the whole of it or both ends, and makes an empty volume; how many bytes were
        overwritten. On the medium on return."""
        disk, layout = self._device.bytes, self.layout
        first = max(_ENDS_BYTES, layout.at(layout.first_free))  # and all that lies before the first file
        last = disk - _ENDS_BYTES
        ends = [(0, disk)] if whole or first >= last else [(0, first), (last, disk)]
        total, done = int(sum(end - start for start, end in ends)), 0
        for start, end in ends:
            self._stream.begin(start)
            while self._stream.at < end:
                self._stream.add_zeros(min(BLOCK_BYTES, end - self._stream.at))
                progress(done + self._stream.at - start, total)
            self._stream.end()
            done += end - start
        self._device.flush()
        self._tables()
        for at in (0, 12 * layout.sector_bytes):
            self._device.write(boot_region(layout, self._volume_serial), layout.start_bytes + at)
        self._device.write(UPCASE, layout.at(layout.upcase_cluster))
        self._device.write(partition_table(layout, self._disk_serial), 0)
        self._device.flush()
        self._prepared = True
        return total

    def begin(self, name: str) -> None:
        """The next file. Raises UsageError for a name that cannot be, Broken out of order."""
        if not self._prepared or self._finished or self._name:
            raise Broken("medium: a file begins after the medium was prepared, and after the one before it ended")
        directory(self.layout, self._label, [*self._files, FileEntry(name, 0, 0, 0)])
        self._name = valid_name(name)
        self._stream.begin(self.layout.at(self._next()))

    def add(self, size: int, fill: Fill) -> None:
        """The next bytes of the file, which ``fill`` brings. Raises Refused where the medium is full."""
        if not self._name:
            raise Broken("medium: no file was begun")
        if self._stream.size + size > self.free_bytes:
            raise Refused.of("medium-full", name=self._name, free=bytes_text(self.free_bytes))
        self._stream.add(size, fill)

    def end(self, at_ns: int) -> FileEntry:
        """The file has all its bytes; ``at_ns`` is its time."""
        if not self._name:
            raise Broken("medium: no file was begun")
        size, cluster = self._stream.size, self._next()
        self._stream.add_zeros(self.layout.clusters_for(size) * self.layout.cluster_bytes - size)
        self._stream.end()
        file = FileEntry(self._name, size, cluster if size else 0, at_ns)
        self._files.append(file)
        self._name = ""
        return file

    def finish(self) -> None:
        """The files are in the directory, and all of it is on the medium, on return."""
        if self._name or not self._prepared:
            raise Broken("medium: a file is not at its end, or the medium was not prepared")
        self._device.flush()
        self._tables()
        self._device.flush()
        self._finished = True

    def _next(self) -> int:
        last = next((file for file in reversed(self._files) if file.size), None)
        return self.layout.first_free if last is None else last.cluster + self.layout.clusters_for(last.size)

    def _tables(self) -> None:
        for at, data in tables(self.layout, self._files):
            self._device.write(data, at)
        root = directory(self.layout, self._label, self._files)
        self._device.write(root, self.layout.at(self.layout.root_cluster))


class _Stream:
    """Bytes of any size, written one behind the other in blocks. While a block is written the next is filled."""

    def __init__(self, device: BlockDevice) -> None:
        self._device = device
        self._buffers = [memoryview(aligned(BLOCK_BYTES)) for _ in range(_BUFFERS)]
        self._written: list[Future[None] | None] = [None] * _BUFFERS
        self._number = self._filled = self._start = 0
        self.at = 0

    @property
    def size(self) -> int:
        return self.at - self._start

    def begin(self, at: int) -> None:
        self._start = self.at = at
        self._filled = 0

    def add(self, size: int, fill: Fill) -> None:
        while size:
            if not self._filled:
                self._wait(self._number)
            count = min(BLOCK_BYTES - self._filled, size)
            fill(self._buffers[self._number][self._filled : self._filled + count])
            self._filled, self.at, size = self._filled + count, self.at + count, size - count
            if self._filled == BLOCK_BYTES:
                self._send()

    def add_zeros(self, size: int) -> None:
        self.add(size, _zero)

    def end(self) -> None:
        """All of it was taken by the device on return. Its size must be whole sectors."""
        if self._filled:
            self._send()
        for number in range(_BUFFERS):
            self._wait(number)

    def _send(self) -> None:
        block = self._buffers[self._number][: self._filled]
        self._written[self._number] = self._device.submit_write(block, self.at - self._filled)
        self._number, self._filled = (self._number + 1) % _BUFFERS, 0

    def _wait(self, number: int) -> None:
        pending, self._written[number] = self._written[number], None
        if pending is not None:
            pending.result()


_ZEROS = memoryview(bytes(BLOCK_BYTES))


def _zero(block: memoryview) -> None:
    block[:] = _ZEROS[: len(block)]
