"""Real ext4 on a loop device whose power can be cut.

``EXT4_IOC_SHUTDOWN`` without a log flush stops the live file system at once, nothing dirty reaches the device, and the
next mount replays the journal as after a power failure.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Ext4", "ext4_on_loop"]

_EXT4_IOC_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2


def _sh(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Ext4:
    """A mounted image. Processes that still hold files on it must end before :meth:`cut` can mount it again."""

    def __init__(self, directory: Path, megabytes: int) -> None:
        self.image, self.path = directory / "disk.img", directory / "mounted"
        self.path.mkdir(parents=True)
        with self.image.open("wb") as file:
            file.truncate(megabytes << 20)
        _sh("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", str(self.image))
        self.loop = _sh("losetup", "-f", "--show", str(self.image))
        self.mount()

    def mount(self) -> None:
        _sh("mount", "-t", "ext4", "-o", "noatime", self.loop, str(self.path))

    def power_off(self) -> None:
        """From here on every call on the mount fails; what was dirty is lost."""
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, _EXT4_IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def power_on(self) -> None:
        """Mounts again with journal replay, and checks that the file system itself is sound."""
        _sh("umount", str(self.path))
        self.mount()

    def cut(self) -> None:
        self.power_off()
        self.power_on()

    def check(self) -> None:
        """``e2fsck`` on the unmounted image; CalledProcessError when it finds damage."""
        _sh("umount", str(self.path))
        _sh("e2fsck", "-fn", self.loop)
        self.mount()

    def device(self) -> bytes:
        """Every byte that the device has at this instant; nothing is synced for it."""
        return self.image.read_bytes()

    def after_a_cut(self, device: bytes, name: str) -> bytes:
        """The file ``name`` as the next start would find it if the power had gone when the device was read: a copy of
        it, mounted with journal replay. (Searching the bare bytes is no proof: a line that crosses the border of two
        blocks lies in two places.)"""
        copy, at = self.image.with_suffix(".copy"), self.path.with_name("copy")
        copy.write_bytes(device)
        at.mkdir(exist_ok=True)
        _sh("mount", "-t", "ext4", "-o", "loop,noatime", str(copy), str(at))
        try:
            return (at / name).read_bytes()
        finally:
            _sh("umount", str(at))

    def raw(self) -> bytes:
        """Every byte of the image, synced first: what somebody who pulls the disk gets."""
        os.sync()
        return self.image.read_bytes()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True, check=False)
        subprocess.run(["losetup", "-d", self.loop], capture_output=True, check=False)


@contextlib.contextmanager
def ext4_on_loop(directory: Path, megabytes: int = 64) -> Iterator[Ext4]:
    """An :class:`Ext4` under ``directory``, unmounted and detached at the end whatever happens."""
    disk = Ext4(directory, megabytes)
    try:
        yield disk
    finally:
        disk.close()
