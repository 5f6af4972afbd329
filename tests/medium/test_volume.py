"""A medium on a loop device, judged by programs that are not ours."""

from __future__ import annotations

import hashlib
import random
import re
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance.core.errors import Broken, Refused, UsageError
from appliance.medium.block import BlockDevice
from appliance.medium.contents import read_back
from appliance.medium.exfat import UPCASE, UPCASE_CHECKSUM
from appliance.medium.volume import VolumeWriter
from tests.medium.foreign import check_sound, sums_by_mounting, sums_by_sleuth_kit
from tests.medium.loops import loop_device, opened, sh

pytestmark = pytest.mark.root
AT_NS = 1_796_106_923_450_000_000
"""2026-12-01 06:35:23.45 UTC"""
MIB = 1 << 20
FILES = {
    "影像複本-115-0001.zip": random.Random(1).randbytes(5_000_000),
    "讀我.pdf": random.Random(2).randbytes(70_001),
    "verify.html": b"<!doctype html>" * 1000,
    "empty.txt": b"",
    "SHA256SUMS": b"x" * 512,
    "a name of more than thirty letters, so of three entries.txt": b"y",
}
SUMS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


def writer_on(block: BlockDevice) -> VolumeWriter:
    return VolumeWriter(block, disk_serial=0x11223344, volume_serial=0x55667788, label="CCTV")


def add(writer: VolumeWriter, data: bytes) -> None:
    left = memoryview(data)

    def fill(room: memoryview) -> None:
        nonlocal left
        room[:], left = left[: len(room)], left[len(room) :]

    writer.add(len(data), fill)


def write(writer: VolumeWriter, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        writer.begin(name)
        for at in range(0, len(data), 300_007):
            add(writer, data[at : at + 300_007])
        writer.end(AT_NS)


def make(device: str, files: Mapping[str, bytes], *, whole: bool = False) -> None:
    with opened(device) as block:
        writer = writer_on(block)
        writer.prepare(whole=whole, progress=lambda done, of: None)
        write(writer, files)
        writer.finish()


@pytest.mark.parametrize("options", [(), ("--sector-size=4096",)], ids=["512", "4096"])
@pytest.mark.parametrize("megabytes", [16, 100])
def test_other_programs_find_a_sound_volume(tmp_path: Path, options: tuple[str, ...], megabytes: int) -> None:
    image = tmp_path / "stick"
    with loop_device(image, *options, size=megabytes * MIB) as device:
        make(device, FILES)
        table, start = sh("sfdisk", "--dump", device), MIB // (4096 if options else 512)
        assert re.search(rf"start= *{start}, size= *\d+, type=7", table), table
        said = sh("blkid", "--probe", f"--offset={MIB}", device)
        assert 'TYPE="exfat"' in said
        assert 'LABEL="CCTV"' in said
    check_sound(image, *options)
    assert sums_by_mounting(image, tmp_path / "mounted", *options) == SUMS


@pytest.mark.parametrize("gigabytes", [40, 1500], ids=["40 GB", "1.5 TB"])
def test_large_ones_are_as_sound(tmp_path: Path, gigabytes: int) -> None:
    image = tmp_path / "stick"  # the file has holes: it takes no room
    with loop_device(image, size=gigabytes * 1000 * MIB) as device:
        make(device, FILES)
        with opened(device, write=False) as block:
            assert {file.name: file.sha256 for file in read_back(block, lambda done, of: None).files} == SUMS
    check_sound(image)
    assert sums_by_mounting(image, tmp_path / "mounted") == SUMS


def test_the_sleuth_kit_reads_the_same_files_and_their_time(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=32 * MIB) as device:
        make(device, {name: data for name, data in FILES.items() if data})
    assert sums_by_sleuth_kit(image) == {name: each for name, each in SUMS.items() if FILES[name]}
    listed = sh("fls", "-o", "2048", "-F", "-l", "-z", "UTC", image)
    assert re.search(r"verify\.html\t2026-12-01 14:35:23 ", listed), listed  # it shows Taipei's time as it stands there
    assert b"\xa0\xa0\xa0" + bytes(7) + b"\xc0\x03" in image.read_bytes()  # which is eight hours before UTC


def test_the_case_table_is_the_one_that_mkfs_exfat_writes(tmp_path: Path) -> None:
    image = tmp_path / "theirs"
    with loop_device(image, size=16 * MIB) as device:
        sh("mkfs.exfat", device)
    assert UPCASE in image.read_bytes()
    total = 0
    for byte in UPCASE:
        total = ((total << 31 | total >> 1) + byte) & 0xFFFFFFFF
    assert total == UPCASE_CHECKSUM


@pytest.mark.parametrize("whole", [False, True], ids=["ends", "whole"])
def test_nothing_of_what_was_there_is_left_where_it_would_be_found(tmp_path: Path, whole: bool) -> None:
    image, before = tmp_path / "stick", b"somebody else's file" * 50_000
    with loop_device(image, size=100 * MIB) as device:
        sh("mkfs.ext4", "-q", device)
        with image.open("r+b") as file:  # a pattern everywhere, and GPT's and RAID's words at the end
            for at in range(0, 100 * MIB, MIB):
                file.seek(at + 4096)
                file.write(before[: MIB - 4096])
            file.seek(100 * MIB - 512)
            file.write(b"EFI PART")
            file.seek(100 * MIB - 65536)
            file.write(struct.pack("<I", 0xA92B4EFC))
        make(device, {"one.txt": b"one"}, whole=whole)
        assert [line.split()[2] for line in sh("wipefs", device).splitlines()[1:]] == ["dos"]
    found = image.read_bytes()
    assert before[:20] not in found[: 16 * MIB] + found[-16 * MIB :]
    assert (before[:20] in found) != whole
    check_sound(image)


def test_the_rest_of_a_file_s_last_cluster_is_zeros(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=100 * MIB) as device:
        with image.open("r+b") as file:
            file.write(b"\xaa" * 100 * MIB)
        make(device, {"long": b"l" * 20 * MIB, "odd": b"o" * 513}, whole=False)
    found = image.read_bytes()
    at = found.index(b"o" * 513)
    assert found[at : at + (32 << 10)] == (b"o" * 513).ljust(32 << 10, b"\0")


def test_until_it_is_finished_there_is_no_file_in_it(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=32 * MIB) as device, opened(device) as block:
        writer = writer_on(block)
        writer.prepare(whole=False, progress=lambda done, of: None)
        write(writer, FILES)
    check_sound(image)
    assert sums_by_mounting(image, tmp_path / "mounted") == {}


def test_a_medium_takes_a_file_that_fills_it_and_refuses_one_byte_more(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=16 * MIB) as device, opened(device) as block:
        writer = writer_on(block)
        writer.prepare(whole=False, progress=lambda done, of: None)
        free = writer.free_bytes
        assert 12 * MIB < free < 14 * MIB
        writer.begin("full")
        add(writer, bytes(free))
        with pytest.raises(Refused, match="full"):
            add(writer, b"x")
        writer.end(AT_NS)
        assert writer.free_bytes == 0
        writer.finish()
    check_sound(image)


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a:b", "end.", "end ", "x\n", "n" * 256, "a\ud800"])
def test_a_name_that_windows_does_not_take_is_refused(tmp_path: Path, name: str) -> None:
    with loop_device(tmp_path / "stick", size=16 * MIB) as device, opened(device) as block:
        writer = writer_on(block)
        writer.prepare(whole=False, progress=lambda done, of: None)
        with pytest.raises(UsageError):
            writer.begin(name)


def test_two_names_that_windows_takes_for_one_are_refused_and_so_is_one_too_many(tmp_path: Path) -> None:
    with loop_device(tmp_path / "stick", size=16 * MIB) as device, opened(device) as block:
        writer = writer_on(block)
        writer.prepare(whole=False, progress=lambda done, of: None)
        write(writer, {"Ärger.txt": b"1"})
        with pytest.raises(UsageError, match="another name"):
            writer.begin("äRGER.TXT")
        with pytest.raises(UsageError, match="no room"):
            write(writer, {f"{number}": b"" for number in range(1000)})


def test_out_of_order_is_a_defect_and_is_said(tmp_path: Path) -> None:
    with loop_device(tmp_path / "stick", size=16 * MIB) as device, opened(device) as block:
        writer = writer_on(block)
        for early in (lambda: writer.begin("x"), lambda: add(writer, b"x"), lambda: writer.end(0), writer.finish):
            with pytest.raises(Broken):
                early()


def test_one_too_small_is_refused(tmp_path: Path) -> None:
    with (
        loop_device(tmp_path / "stick", size=4 * MIB) as device,
        opened(device) as block,
        pytest.raises(Refused, match="larger stick"),
    ):
        writer_on(block)
