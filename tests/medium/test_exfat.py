"""The layout of a volume for disks of any size: what the specification wants of it holds, without a disk."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Refused
from appliance.medium.exfat import ALIGNMENT, FileEntry, Layout, boot_checksum, boot_region, partition_table, tables

GIB = 1 << 30


@given(st.integers(8 << 20, 2 << 40).map(lambda size: size // 4096 * 4096), st.sampled_from([512, 4096]))
def test_parts_lie_behind_each_other_and_within_the_disk(disk: int, sector: int) -> None:
    """Sections 3.1.3 to 3.1.9 of the specification."""
    if disk // sector > 0xFFFFFFFF:
        return
    layout = Layout.of(disk, sector)
    volume = layout.sectors * sector
    assert layout.start_bytes == ALIGNMENT
    assert ALIGNMENT + volume == disk
    assert volume >= 1 << 20
    assert layout.fat_offset >= 24
    assert layout.fat_length * sector >= (layout.clusters + 2) * 4
    assert layout.heap_offset >= layout.fat_offset + layout.fat_length
    assert layout.clusters == (layout.sectors - layout.heap_offset) // (layout.cluster_bytes // sector)
    assert 0 < layout.clusters <= 0xFFFFFFF5
    assert layout.heap_offset * sector % ALIGNMENT == 0
    assert layout.first_free < layout.end_cluster
    assert layout.at(layout.end_cluster) <= disk


def test_clusters_grow_with_the_disk() -> None:
    assert [Layout.of(size * GIB, 512).cluster_bytes >> 10 for size in (1, 32, 33, 2000)] == [32, 32, 128, 128]


def test_a_disk_beyond_what_a_partition_table_can_name_is_refused() -> None:
    with pytest.raises(Refused, match="smaller stick"):
        Layout.of(2 << 40, 512)
    assert Layout.of((2 << 40) - 512, 512).sectors <= 0xFFFFFFFF
    assert Layout.of(4 << 40, 4096).sectors <= 0xFFFFFFFF


@pytest.mark.parametrize("sector", [512, 4096])
def test_the_boot_region_ends_with_its_checksum(sector: int) -> None:
    region = boot_region(Layout.of(GIB, sector), 7)
    assert len(region) == 12 * sector
    total = boot_checksum(region[: 11 * sector])
    assert region[11 * sector :] == struct.pack("<I", total) * (sector // 4)
    dirty = bytearray(region)
    dirty[106], dirty[112] = 2, 50  # another computer marks it in use
    assert boot_checksum(bytes(dirty[: 11 * sector])) == total


@pytest.mark.parametrize("sector", [512, 4096])
def test_the_partition_is_the_volume(sector: int) -> None:
    layout = Layout.of(GIB, sector)
    table = partition_table(layout, 7)
    assert len(table) == sector
    status, kind, start, count = struct.unpack_from("<B3xB3xII", table, 446)
    assert (status, kind, start * sector, count) == (0, 7, layout.start_bytes, layout.sectors)
    assert table[510:512] == b"\x55\xaa"
    assert not any(table[446 + 16 : 510])


@given(st.lists(st.integers(0, 3 << 20), max_size=6))
def test_each_used_cluster_and_no_other_is_marked(sizes: list[int]) -> None:
    layout = Layout.of(1500 * GIB, 512)
    files, at = list[FileEntry](), layout.first_free
    for number, size in enumerate(sizes):
        files.append(FileEntry(str(number), size, at if size else 0, 0))
        at += layout.clusters_for(size)
    found = dict(tables(layout, files))
    bitmap = found[layout.at(layout.bitmap_cluster)]
    assert len(bitmap) == layout.bitmap_bytes
    assert int.from_bytes(bitmap, "little") == (1 << at - 2) - 1
    chains = struct.unpack(f"<{len(found[layout.fat_at]) // 4}I", found[layout.fat_at])
    lengths = list[int]()
    for first in (layout.bitmap_cluster, layout.upcase_cluster, layout.root_cluster):
        end = first
        while chains[end] != 0xFFFFFFFF:
            assert chains[end] == end + 1
            end += 1
        lengths.append(end + 1 - first)
    assert lengths == [layout.clusters_for(layout.bitmap_bytes), 1, 1]
    assert lengths[0] > 1
    assert len(chains) == layout.first_free
