"""What programs that are not ours say of a medium: exfatprogs, exfat-fuse, The Sleuth Kit, util-linux."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from tests.medium.loops import partition, sh

__all__ = ["check_sound", "sums_by_mounting", "sums_by_sleuth_kit"]


def check_sound(image: Path, *options: str) -> None:
    """fsck.exfat changes nothing, and finds nothing to change."""
    with partition(image, *options) as device:
        said = sh("fsck.exfat", "--repair-no", "--verbose", device)
        assert "clean" in said, said


def sums_by_mounting(image: Path, below: Path, *options: str) -> dict[str, str]:
    """SHA-256 of each file, by sha256sum, on the volume as exfat-fuse mounts it."""
    below.mkdir(exist_ok=True)
    with partition(image, *options) as device:
        sh("mount.exfat-fuse", "-o", "ro", device, below)
        try:
            listed = sh("find", below, "-type", "f", "-exec", "sha256sum", "{}", "+")
        finally:
            sh("umount", below)
    return {Path(line[66:]).name: line[:64] for line in listed.splitlines()}


def sums_by_sleuth_kit(image: Path) -> dict[str, str]:
    """The same by fls and icat, which read the image itself."""
    found = {}
    for inode, name in re.findall(r"^r/r (\d+):\t(.*)$", sh("fls", "-o", "2048", "-F", image), re.MULTILINE):
        if not name.startswith("$") and not name.endswith("(Volume Label Entry)"):
            read = subprocess.run(["icat", "-o", "2048", image, inode], capture_output=True, check=True)
            found[name] = hashlib.sha256(read.stdout).hexdigest()
    return found
