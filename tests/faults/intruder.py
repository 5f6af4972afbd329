"""What someone with root can do to a running office: see its processes, copy its disk, put other cameras in force."""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from appliance.core.clock import SystemClock
from appliance.core.model import Camera
from appliance.core.settings import Layout
from appliance.formats.segment import SegmentOpener
from appliance.installation.office import open_installation
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box, until
from tests.cameralife import CameraLife
from tests.faults.ext4 import Ext4

__all__ = [
    "Count",
    "bucket_keys",
    "commits",
    "count",
    "cut_power",
    "files_in",
    "opener",
    "processes_under",
    "put_in_force",
    "segment_key",
]

_HEADER_CLEAR_BYTES = 96
_BLOCK_BYTES = 1 << 20
_NOTHING = bytes(_BLOCK_BYTES)


def processes_under(*roots: int) -> dict[int, str]:
    """These processes and all their descendants, with the names that ``ps`` shows."""
    parents, names = dict[int, int](), dict[int, str]()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        names[int(entry)] = stat[stat.index("(") + 1 : stat.rindex(")")]
        parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = list(roots)
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return {pid: names[pid] for pid in found if pid in names}


def cut_power(box: Box, disk: Ext4) -> None:
    """The disk stops at once, every process of the box ends, and the disk is mounted as after a power failure."""
    pids = processes_under(*(process.pid for process in box.processes.values()))
    disk.power_off()
    box.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), what="the end of all processes")
    disk.power_on()


def put_in_force(box: Box, camera: Camera) -> None:
    """By the office's own acts, approval and all: there is no other way."""
    CameraLife(box.call, box.both_logged_in()).put_in_force(camera)


def files_in(*directories: str) -> list[str]:
    """Paths of all files below, in order."""
    return sorted(
        os.path.join(path, name) for directory in directories for path, _, names in os.walk(directory) for name in names
    )


def bucket_keys(box: Box, directory: Path) -> dict[str, bytes]:
    """Every bucket's key by its id, opened with the officer's password in a copy of the office under ``directory``."""
    layout, copied = box.settings.layout, Layout(str(directory))
    for part in ("boot", "keeper", "web"):
        shutil.copytree(getattr(layout, part), getattr(copied, part))
    office = open_installation(RealFs(), copied, SystemClock(assume_trusted=True))
    stored = office.key_store.sealed_of(sorted(office.key_store.bucket_ids()))
    with office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault, vault.open_buckets(stored) as keys:
        return {bucket_id: bytes(key) for bucket_id, key in keys.items()}


def segment_key(bucket_key: bytes, segment: bytes) -> bytes:
    """The key that a segment's frames are sealed under, by ``docs/spec/segment.md`` and not by the recorder's code."""
    info = b"office-recorder/segment/v1+AEAD_AES_256_GCM\0" + segment[:_HEADER_CLEAR_BYTES]
    return HKDFExpand(hashes.SHA256(), 76, info).derive(bucket_key)[:32]


def commits(key: bytes, segment: bytes) -> bool:
    """Whether ``key`` is the one that a segment's header, the first bytes of ``segment``, commits to: HKDF-Expand by
    hand, bytes 44 to 76."""
    info = b"office-recorder/segment/v1+AEAD_AES_256_GCM\0" + segment[:_HEADER_CLEAR_BYTES]
    blocks = last = b""
    for number in (1, 2, 3):
        last = hmac.digest(key, last + info + bytes([number]), "sha256")
        blocks += last
    return blocks[44:76] == segment[_HEADER_CLEAR_BYTES:128]


def opener(path: str | Path, bucket_key: bytes) -> SegmentOpener:
    """Raises Damaged when ``bucket_key`` is not the key of the segment file ``path``."""
    data = Path(path).read_bytes()
    return SegmentOpener(lambda offset, size: data[offset : offset + size], len(data), bucket_key)


class Count(dict[bytes, int]):
    """How often each needle was found; ``searched`` is how many bytes were looked at."""

    searched: int = 0


def count(path: str | Path, needles: Iterable[bytes]) -> Count:
    """Searches a file, or a raw disk, from its first byte to its last, for needles that are not all zeros."""
    found = Count((needle, 0) for needle in needles)
    longest = max(map(len, found))
    kept = b""
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            found.searched += len(block)
            if block == _NOTHING and not kept.strip(b"\0"):
                kept = _NOTHING[: longest - 1]
                continue
            block = kept + block
            for needle in found:
                found[needle] += block.count(needle) - kept.count(needle)
            kept = block[-(longest - 1) :]
    return found
