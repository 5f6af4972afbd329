"""A disk that fails when it is told to, under a real ext4: no device mapper is needed, so it works in a container, too.

The loop device's backing file lies in a FUSE file system of ours, a process of its own, that answers each read, write
and flush of the kernel's block layer: with an error, late, or as a disk should.
``failing_disk.py IMAGE MOUNT SWITCHES``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mfusepy

from tests.box import until

__all__ = ["FailingDisk", "failing_disk"]

ROOT = Path(__file__).parents[2]


class FailingDisk:
    """A mounted ext4 on the failing device, at ``path``.

    It goes on after a failed write (``errors=continue``, no journal), so that such a write costs what was written and
    no more, until :meth:`read_only`.
    """

    def __init__(self, directory: Path, megabytes: int = 64) -> None:
        self._image, self._below, self.path = directory / "disk.img", directory / "below", directory / "mounted"
        self._switches = directory / "switches.json"
        for made in (self._below, self.path):
            made.mkdir(parents=True)
        with self._image.open("wb") as file:
            file.truncate(megabytes << 20)
        self.switch()
        words = [sys.executable, "-P", __file__, str(self._image), str(self._below), str(self._switches)]
        self._process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)})
        until(lambda: (self._below / "disk").exists(), what="the failing disk")
        self.loop = _sh("losetup", "-f", "--show", str(self._below / "disk"))
        _sh("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", "-O", "^has_journal", self.loop)
        self.mount()

    def mount(self) -> None:
        self.put_in(self.loop)

    def put_in(self, loop: str) -> None:
        """Mounts this or another disk."""
        _sh("mount", "-t", "ext4", "-o", "noatime,errors=continue", loop, str(self.path))

    def read_only(self) -> None:
        """ext4 finds an error of its own and stops writing, as on a failing disk. Only :meth:`mount_anew` helps.
        (``mount -o remount,ro`` is refused as long as somebody has a file open to write.)"""
        _sh("mount", "-o", "remount,errors=remount-ro", str(self.path))
        Path("/sys/fs/ext4", Path(self.loop).name, "trigger_fs_error").write_text("played")

    def mount_anew(self) -> None:
        """As a person does or the next boot, once nobody has a file open."""

        def unmounted() -> bool:
            return subprocess.run(["umount", str(self.path)], capture_output=True, check=False).returncode == 0

        until(unmounted, what="the end of everybody's use of the disk")
        self.mount()

    def vanish(self) -> None:
        """The mount point is an empty folder again, under whoever uses it."""
        _sh("umount", "-l", str(self.path))

    def switch(self, *, write: bool = False, read: bool = False, flush_seconds: float = 0.0) -> None:
        """From now on these fail or are late, all others work."""
        new = self._switches.with_suffix(".new")
        new.write_text(json.dumps({"write": write, "read": read, "flush_seconds": flush_seconds}))
        new.rename(self._switches)

    def forget_cache(self, path: str | Path) -> None:
        """The next read of this file asks the disk."""
        fd = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)

    def close(self) -> None:
        self.switch()
        for words in (
            ["umount", "-l", str(self.path)],
            ["losetup", "-d", self.loop],
            ["umount", "-l", str(self._below)],
        ):
            subprocess.run(words, capture_output=True, check=False)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()


@contextlib.contextmanager
def failing_disk(directory: Path, megabytes: int = 64) -> Iterator[FailingDisk]:
    """A :class:`FailingDisk` under ``directory``, gone at the end whatever happens."""
    disk = FailingDisk(directory, megabytes)
    try:
        yield disk
    finally:
        disk.close()


def _sh(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class _Below(mfusepy.Operations):  # type: ignore[misc]
    """One file, ``disk``."""

    use_ns = True

    def __init__(self, image: str, switches: str) -> None:
        self._fd, self._size, self._path = os.open(image, os.O_RDWR), os.path.getsize(image), switches
        self._seen, self._now = 0, dict[str, Any]()

    def _is(self, switch: str) -> Any:
        found = os.stat(self._path).st_mtime_ns
        if found != self._seen:
            self._now, self._seen = json.loads(Path(self._path).read_text()), found
        return self._now[switch]

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
        if path != "/disk":
            raise mfusepy.FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": self._size}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", "disk"]

    def open(self, path: str, flags: int) -> int:
        return 1

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        if self._is("read"):
            raise mfusepy.FuseOSError(errno.EIO)
        return os.pread(self._fd, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if self._is("write"):
            raise mfusepy.FuseOSError(errno.EIO)
        return os.pwrite(self._fd, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        time.sleep(self._is("flush_seconds"))  # the disk itself is late
        return 0

    def flush(self, path: str, fh: int) -> int:
        return 0


if __name__ == "__main__":
    mfusepy.FUSE(_Below(sys.argv[1], sys.argv[3]), sys.argv[2], foreground=True, nothreads=True, direct_io=True)
