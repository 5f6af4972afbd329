"""Reading a medium back: from the medium, never from memory; what is not as it was made is refused."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.core.errors import Damaged
from appliance.medium.contents import Contents, read_back
from appliance.medium.exfat import Layout, set_checksum
from tests.medium.loops import loop_device, opened, sh
from tests.medium.test_volume import FILES, MIB, SUMS, make

pytestmark = pytest.mark.root
SIZE = 32 * MIB
LAYOUT = Layout.of(SIZE, 512)
ROOT = LAYOUT.at(LAYOUT.root_cluster)
FIRST_SET = ROOT + 3 * 32


def read(device: str) -> Contents:
    with opened(device, write=False) as block:
        return read_back(block, lambda done, of: None)


@pytest.mark.parametrize("options", [(), ("--sector-size=4096",)], ids=["512", "4096"])
def test_each_file_is_read_back_with_its_hash_and_progress_ends_at_all(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    steps = list[tuple[int, int]]()
    with loop_device(tmp_path / "stick", *options, size=SIZE) as device:
        make(device, FILES)
        with opened(device, write=False) as block:
            found = read_back(block, lambda done, of: steps.append((done, of)))
    assert {file.name: file.sha256 for file in found.files} == SUMS
    assert [file.size for file in found.files] == [len(data) for data in FILES.values()]
    assert found.others == ()
    total = sum(map(len, FILES.values()))
    assert steps == sorted(steps)
    assert steps[-1] == (total, total)


def test_the_bytes_come_from_the_medium_and_not_from_memory(tmp_path: Path) -> None:
    """The device's pages in memory hold what was written; the medium below has something else."""
    image = tmp_path / "stick"
    with loop_device(image, size=SIZE) as device:
        make(device, FILES)
        at = LAYOUT.at(LAYOUT.first_free)
        buffered = os.open(device, os.O_RDONLY)  # as long as it is open the kernel keeps its pages
        try:
            before = os.pread(buffered, 4096, at)
            with image.open("r+b") as file:
                file.seek(at)
                file.write(b"\0" * 4096)
            assert os.pread(buffered, 4096, at) == before != bytes(4096)
            first = read(device).files[0]
        finally:
            os.close(buffered)
    name, data = next(iter(FILES.items()))
    assert first.name == name
    assert first.sha256 == hashlib.sha256(bytes(4096) + data[4096:]).hexdigest()


def test_what_another_computer_puts_there_is_told_by_name(tmp_path: Path) -> None:
    """exfat-fuse writes a folder and a file of its own, as Windows makes its System Volume Information."""
    image, below = tmp_path / "stick", tmp_path / "mounted"
    below.mkdir()
    with loop_device(image, size=SIZE) as device:
        make(device, FILES)
        with loop_device(image, f"--offset={MIB}") as volume:
            sh("mount.exfat-fuse", volume, below)
            try:
                (below / "System Volume Information").mkdir()
                (below / "System Volume Information" / "IndexerVolumeGuid").write_text("x" * 100)
            finally:
                sh("umount", below)
        found = read(device)
    assert found.others == ("System Volume Information",)
    assert {file.name: file.sha256 for file in found.files} == SUMS


def _poke(at: int, data: bytes) -> Callable[[bytearray], None]:
    def change(image: bytearray) -> None:
        image[at : at + len(data)] = data

    return change


def _in_first_set(at: int, data: bytes) -> Callable[[bytearray], None]:
    """With a checksum that fits, as a program would write it."""

    def change(image: bytearray) -> None:
        length = 32 * (1 + image[FIRST_SET + 1])
        image[FIRST_SET + at : FIRST_SET + at + len(data)] = data
        total = set_checksum(bytes(image[FIRST_SET : FIRST_SET + length]))
        image[FIRST_SET + 2 : FIRST_SET + 4] = struct.pack("<H", total)

    return change


_CHANGES = {
    "no partition table": _poke(0, bytes(512)),
    "two partitions": _poke(446 + 16, bytes([0, 1, 1, 0, 7, 1, 1, 0, 0, 8, 0, 0, 0, 8, 0, 0])),
    "another kind of volume": _poke(MIB + 3, b"NTFS    "),
    "its first boot region": _poke(MIB + 120, b"\x90"),
    "its second boot region": _poke(MIB + 12 * 512 + 80, b"\1"),
    "larger than the disk": _poke(MIB + 72, struct.pack("<Q", 1 << 60)),
    "case table": _poke(LAYOUT.at(LAYOUT.upcase_cluster) + 2 * 0x61, b"\x62"),
    "a directory that goes on elsewhere": _poke(LAYOUT.fat_at + 4 * LAYOUT.root_cluster, struct.pack("<I", 99)),
    "where the bitmap lies": _poke(ROOT + 32 + 20, struct.pack("<I", 77)),
    "where the case table lies": _poke(ROOT + 64 + 20, struct.pack("<I", 77)),
    "no bitmap": _poke(ROOT + 32, b"\x01"),
    "an entry that nobody knows": _poke(ROOT, b"\x99"),
    "a file's checksum": _poke(FIRST_SET + 2, b"\0\0"),
    "a file before the first": _in_first_set(32 + 20, struct.pack("<I", 2)),
    "a file beyond the end": _in_first_set(32 + 20, struct.pack("<I", LAYOUT.end_cluster - 1)),
    "a file larger than the disk": _in_first_set(32 + 8, struct.pack("<Q4xIQ", 1 << 60, LAYOUT.first_free, 1 << 60)),
    "a name of more entries than there are": _in_first_set(32 + 3, b"\xff"),
    "no entry of where it lies": _in_first_set(32, b"\xc1"),
    "a set that is longer than the directory": _poke(ROOT + LAYOUT.cluster_bytes - 32, b"\x85\x04"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A medium whose directory is read to its end: the entries behind its files were once in use."""
    image = tmp_path_factory.mktemp("sound") / "stick"
    with loop_device(image, size=SIZE) as device:
        make(device, FILES)
    found = bytearray(image.read_bytes())
    for at in range(ROOT, ROOT + LAYOUT.cluster_bytes, 32):
        found[at] = found[at] or 0x05
    image.write_bytes(found)
    with loop_device(image) as device:
        assert {file.name: file.sha256 for file in read(device).files} == SUMS
    return bytes(found)


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_a_structure_that_was_changed_is_refused(
    tmp_path: Path, sound: bytes, change: Callable[[bytearray], None]
) -> None:
    found = bytearray(sound)
    change(found)
    (tmp_path / "stick").write_bytes(found)
    with loop_device(tmp_path / "stick") as device, pytest.raises(Damaged):
        read(device)
