"""Sticks that are not what they should be: a loop device over a file system of ours, in a process of its own.

``pulled``: reads, writes and flushes fail from now on, as those of a stick that was pulled out. ``holds``: a stick that
claims more than it has: what is written beyond so many bytes lands at its beginning again, and nobody is told.
``bad_sticks.py IMAGE MOUNT SWITCHES``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mfusepy

from tests.box import until
from tests.medium.loops import loop_device, sh

__all__ = ["BadStick", "bad_stick"]

ROOT = Path(__file__).parents[2]


class BadStick:
    """``device``: its loop device."""

    def __init__(self, device: str, switches: Path) -> None:
        self.device, self._switches = device, switches

    def switch(self, *, pulled: bool = False, holds: int = 0) -> None:
        _switch(self._switches, pulled=pulled, holds=holds)


@contextlib.contextmanager
def bad_stick(folder: Path, size: int) -> Iterator[BadStick]:
    """A good one until it is switched."""
    image, below, switches = folder / "bad.img", folder / "below", folder / "switches.json"
    below.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    _switch(switches, pulled=False, holds=0)
    words = [sys.executable, "-P", __file__, str(image), str(below), str(switches)]
    process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        until(lambda: (below / "stick").exists(), what="the stick")
        with loop_device(below / "stick") as device:
            yield BadStick(device, switches)
    finally:
        sh("umount", "-l", below, check=False)
        process.wait(120)


def _switch(path: Path, **switches: Any) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(switches))
    new.rename(path)


class _Below(mfusepy.Operations):  # type: ignore[misc]
    use_ns = True

    def __init__(self, image: str, switches: str) -> None:
        self._fd, self._size, self._path = os.open(image, os.O_RDWR), os.path.getsize(image), switches

    def _at(self, offset: int) -> int:
        now = json.loads(Path(self._path).read_text())
        if now["pulled"]:
            raise mfusepy.FuseOSError(errno.EIO)
        return offset % now["holds"] if now["holds"] else offset

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
        if path != "/stick":
            raise mfusepy.FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": self._size}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", "stick"]

    def open(self, path: str, flags: int) -> int:
        return 1

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(self._fd, size, self._at(offset))

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(self._fd, data, self._at(offset))

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._at(0)
        return 0

    def flush(self, path: str, fh: int) -> int:
        return 0


if __name__ == "__main__":
    mfusepy.FUSE(_Below(sys.argv[1], sys.argv[3]), sys.argv[2], foreground=True, nothreads=True, direct_io=True)
