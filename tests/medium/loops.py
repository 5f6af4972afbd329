"""Loop devices as media. The product knows none: only tests hand them to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from appliance.medium.block import BlockDevice, open_exclusively

__all__ = ["loop_device", "opened", "partition", "sh"]


def sh(*command: str | Path, check: bool = True) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def loop_device(image: Path, *options: str, size: int = 0) -> Iterator[str]:
    """A loop device over ``image``, which is made with so many bytes where ``size`` is given."""
    if size:
        with image.open("wb") as file:
            file.truncate(size)
    device = sh("losetup", "--find", "--show", *options, image).strip()
    try:
        yield device
    finally:
        sh("losetup", "--detach", device, check=False)


@contextlib.contextmanager
def partition(image: Path, *options: str) -> Iterator[str]:
    """A loop device over the partition of a medium, for tools that know nothing of ours."""
    with loop_device(image, f"--offset={1 << 20}", "--read-only", *options) as device:
        yield device


def opened(device: str, *, write: bool = True) -> BlockDevice:
    return open_exclusively(device, os.stat(device).st_rdev, write=write)
