"""An exFAT volume as bytes: where its parts lie, its boot region, its bitmap and its one directory. Pure: no disk.

After Microsoft's *exFAT file system specification*, revision 1.00, whose names are used. What is made is the plainest
volume that the specification knows: one partition of type 7 in an MBR, one directory of one cluster, each file in one
piece (``NoFatChain``), so that the FAT holds no more than the three chains of the bitmap, the up-case table and the
directory. ``exfat_reading.py`` reads the same and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from appliance.core.clock import local_time
from appliance.core.errors import Refused, UsageError
from appliance.rules.amounts import bytes_text

__all__ = [
    "ALIGNMENT",
    "ENTRY",
    "PARTITION_TYPE",
    "UPCASE",
    "UPCASE_CHECKSUM",
    "FileEntry",
    "Layout",
    "boot_checksum",
    "boot_region",
    "boot_sector",
    "directory",
    "partition_table",
    "set_checksum",
    "tables",
    "upcased",
    "valid_name",
]

ALIGNMENT = 1 << 20
"""Of the partition, the FAT and the cluster heap, in bytes: what Windows and mkfs.exfat use."""
PARTITION_TYPE = 0x07
ENTRY = 32
UPCASE = resources.files("appliance.medium").joinpath("upcase.bin").read_bytes()
"""The up-case table that the specification recommends (section 7.2.5.1), packed as there. Read at import: a confined
process opens no file later."""
UPCASE_CHECKSUM = 0xE619D30D

_SMALL_CLUSTER, _LARGE_CLUSTER, _LARGE_FROM = 32 << 10, 128 << 10, 32 << 30
_LEAST_BYTES = 8 << 20
_MOST_SECTORS = 0xFFFFFFFF
_BOOT_SECTORS = 12
_BOOT = struct.Struct("<3s8s53xQQIIIIIIHHBBBBB7x390s2s")
_END_OF_CHAIN = 0xFFFFFFFF
_FIRST_CLUSTER = 2
_IN_NAME = 15
_MOST_NAME = 255
_NOT_IN_NAMES = frozenset('"*/:<>?\\|') | {chr(code) for code in range(32)}


class Layout(NamedTuple):
    """Where the parts of the volume lie on a disk. ``start_bytes``: of the partition on the disk; offsets and lengths
    are in sectors of the volume, as in its boot sector."""

    sector_bytes: int
    start_bytes: int
    sectors: int
    fat_offset: int
    fat_length: int
    heap_offset: int
    cluster_bytes: int
    clusters: int

    @classmethod
    def of(cls, disk_bytes: int, sector_bytes: int) -> Layout:
        """The one layout for a disk of this size. Raises Refused for a disk that is too small or too large."""
        if disk_bytes < _LEAST_BYTES:
            raise Refused.of("medium-small", bytes=bytes_text(disk_bytes), least=bytes_text(_LEAST_BYTES))
        if disk_bytes // sector_bytes > _MOST_SECTORS:
            most = _MOST_SECTORS * sector_bytes
            raise Refused.of("medium-large", bytes=bytes_text(disk_bytes), most=bytes_text(most))
        volume = (disk_bytes - ALIGNMENT) // sector_bytes * sector_bytes
        cluster = _SMALL_CLUSTER if volume < _LARGE_FROM else _LARGE_CLUSTER
        fat_bytes = (volume // cluster + _FIRST_CLUSTER) * 4
        heap = _up(ALIGNMENT + fat_bytes, ALIGNMENT)
        return cls(
            sector_bytes=sector_bytes,
            start_bytes=ALIGNMENT,
            sectors=volume // sector_bytes,
            fat_offset=ALIGNMENT // sector_bytes,
            fat_length=_up(fat_bytes, sector_bytes) // sector_bytes,
            heap_offset=heap // sector_bytes,
            cluster_bytes=cluster,
            clusters=(volume - heap) // cluster,
        )

    @property
    def bitmap_bytes(self) -> int:
        return (self.clusters + 7) // 8

    @property
    def bitmap_cluster(self) -> int:
        return _FIRST_CLUSTER

    @property
    def upcase_cluster(self) -> int:
        return self.bitmap_cluster + self.clusters_for(self.bitmap_bytes)

    @property
    def root_cluster(self) -> int:
        return self.upcase_cluster + self.clusters_for(len(UPCASE))

    @property
    def first_free(self) -> int:
        """The cluster at which the first file begins."""
        return self.root_cluster + 1

    @property
    def end_cluster(self) -> int:
        """One past the last."""
        return self.clusters + _FIRST_CLUSTER

    def clusters_for(self, size: int) -> int:
        return -(-size // self.cluster_bytes)

    def at(self, cluster: int) -> int:
        """Where a cluster begins, in bytes from the start of the disk."""
        heap = self.start_bytes + self.heap_offset * self.sector_bytes
        return heap + (cluster - _FIRST_CLUSTER) * self.cluster_bytes

    @property
    def fat_at(self) -> int:
        """Where the FAT begins, in bytes from the start of the disk."""
        return self.start_bytes + self.fat_offset * self.sector_bytes


class FileEntry(NamedTuple):
    """A file of the directory; it lies in one piece from ``cluster`` on. ``cluster`` 0: an empty file."""

    name: str
    size: int
    cluster: int
    at_ns: int


def valid_name(name: str) -> str:
    """``name``. Raises UsageError for one that Windows or exFAT would not take."""
    length = len(name.encode("utf-16-le", "surrogatepass")) // 2
    wrong = not 0 < length <= _MOST_NAME or set(name) & _NOT_IN_NAMES or name[-1] in " ."
    if wrong or any(0xD800 <= ord(letter) < 0xE000 for letter in name):
        raise UsageError.of("medium-name", name=name)
    return name


def partition_table(layout: Layout, disk_serial: int) -> bytes:
    """The first sector of the disk: an MBR with the one partition."""
    start = layout.start_bytes // layout.sector_bytes
    beyond = b"\xfe\xff\xff"  # its place in cylinders is never asked for
    entry = struct.pack("<B3sB3sII", 0, beyond, PARTITION_TYPE, beyond, start, layout.sectors)
    return (struct.pack("<440xI2x", disk_serial) + entry + bytes(48) + b"\x55\xaa").ljust(layout.sector_bytes, b"\0")


def boot_sector(layout: Layout, volume_serial: int) -> bytes:
    sector = layout.sector_bytes
    packed = _BOOT.pack(
        b"\xeb\x76\x90",
        b"EXFAT   ",
        layout.start_bytes // sector,
        layout.sectors,
        layout.fat_offset,
        layout.fat_length,
        layout.heap_offset,
        layout.clusters,
        layout.root_cluster,
        volume_serial,
        0x0100,  # revision 1.00
        0,  # VolumeFlags: clean
        sector.bit_length() - 1,
        (layout.cluster_bytes // sector).bit_length() - 1,
        1,  # one FAT
        0x80,
        0xFF,  # PercentInUse: not told
        b"\xf4" * 390,  # whoever boots from it halts
        b"\x55\xaa",
    )
    return packed.ljust(sector, b"\0")


def boot_region(layout: Layout, volume_serial: int) -> bytes:
    """Twelve sectors; the volume begins with it twice."""
    sector = layout.sector_bytes
    extended = bytes(sector - 4) + struct.pack("<I", 0xAA550000)
    sectors = boot_sector(layout, volume_serial) + extended * 8 + bytes(sector) * 2
    return sectors + struct.pack("<I", boot_checksum(sectors)) * (sector // 4)


def boot_checksum(sectors: bytes) -> int:
    """Of the first eleven sectors, without VolumeFlags and PercentInUse (section 3.4)."""
    total = 0
    for number, byte in enumerate(sectors):
        if number not in (106, 107, 112):
            total = ((total << 31 | total >> 1) + byte) & 0xFFFFFFFF
    return total


def tables(layout: Layout, files: Sequence[FileEntry]) -> Iterator[tuple[int, bytes]]:
    """(where, what) of the bitmap and the chains of the FAT; the rest of the FAT is zeros."""
    ends = (file.cluster + layout.clusters_for(file.size) for file in files if file.size)
    used = max(ends, default=layout.first_free)
    count = used - _FIRST_CLUSTER  # files lie one behind the other, so that all before are in use
    bitmap = (b"\xff" * (count // 8) + bytes([(1 << count % 8) - 1])).ljust(layout.bitmap_bytes, b"\0")
    yield layout.at(layout.bitmap_cluster), bitmap[: layout.bitmap_bytes]
    chains = [0xFFFFFFF8, 0xFFFFFFFF]
    borders = (layout.bitmap_cluster, layout.upcase_cluster, layout.root_cluster, layout.first_free)
    for first, end in pairwise(borders):
        chains += [*range(first + 1, end), _END_OF_CHAIN]
    yield layout.fat_at, struct.pack(f"<{len(chains)}I", *chains)


def directory(layout: Layout, label: str, files: Iterable[FileEntry]) -> bytes:
    """The root directory's cluster. Raises UsageError where not all files have room in it or two have one name."""
    units = label.encode("utf-16-le")
    if len(units) > 22:
        raise UsageError.of("medium-name", name=label)
    entries = struct.pack("<BB22s8x", 0x83, len(units) // 2, units)
    entries += struct.pack("<BB18xIQ", 0x81, 0, layout.bitmap_cluster, layout.bitmap_bytes)
    entries += struct.pack("<B3xI12xIQ", 0x82, UPCASE_CHECKSUM, layout.upcase_cluster, len(UPCASE))
    names = set[bytes]()
    for file in files:
        entries += _entry_set(file)
        if (name := upcased(file.name)) in names:
            raise UsageError.of("medium-name-twice", name=file.name)
        names.add(name)
    if len(entries) > layout.cluster_bytes:
        raise UsageError.of("medium-many-files")
    return entries.ljust(layout.cluster_bytes, b"\0")


def _entry_set(file: FileEntry) -> bytes:
    """The entries of one file: File, Stream Extension, File Names (sections 7.4, 7.6, 7.7)."""
    units = valid_name(file.name).encode("utf-16-le")
    names = [units[at : at + 2 * _IN_NAME] for at in range(0, len(units), 2 * _IN_NAME)]
    stamp, hundredths, zone = _time(file.at_ns)
    head = struct.pack("<BB2xH2xIIIBBBBB7x", 0x85, 1 + len(names), 0x20, *[stamp] * 3, *[hundredths] * 2, *[zone] * 3)
    flags = 0x03 if file.size else 0x01  # AllocationPossible, and NoFatChain for what has clusters
    cluster = file.cluster if file.size else 0
    hashed = _name_hash(upcased(file.name))
    stream = struct.pack("<BBxBH2xQ4xIQ", 0xC0, flags, len(units) // 2, hashed, file.size, cluster, file.size)
    whole = head + stream + b"".join(struct.pack("<BB30s", 0xC1, 0, name) for name in names)
    return whole[:2] + struct.pack("<H", set_checksum(whole)) + whole[4:]


def set_checksum(entries: bytes) -> int:
    """Of an entry set, without the field that holds it (section 6.3.3)."""
    total = 0
    for number, byte in enumerate(entries):
        if number not in (2, 3):
            total = ((total << 15 | total >> 1) + byte) & 0xFFFF
    return total


def _name_hash(name: bytes) -> int:
    total = 0
    for byte in name:
        total = ((total << 15 | total >> 1) + byte) & 0xFFFF
    return total


def upcased(name: str) -> bytes:
    """``name`` as it is compared, in UTF-16."""
    units = name.encode("utf-16-le")
    return struct.pack(f"<{len(units) // 2}H", *(_CASES[unit] for (unit,) in struct.iter_unpack("<H", units)))


def _unpacked(table: bytes) -> list[int]:
    """All 65,536 units; 0xFFFF and a number stand for so many that stay as they are."""
    found: list[int] = []
    packed = iter(struct.unpack(f"<{len(table) // 2}H", table))
    for unit in packed:
        if unit == 0xFFFF and len(found) < 0xFFFF:
            found += range(len(found), len(found) + next(packed))
        else:
            found.append(unit)
    return found


_CASES = _unpacked(UPCASE)


def _time(at_ns: int) -> tuple[int, int, int]:
    """A moment as exFAT has it: two seconds, the hundredths above them, quarter hours from UTC (section 7.4.8)."""
    at = local_time(at_ns)
    offset = at.utcoffset()
    quarters = int(offset.total_seconds()) // 900 if offset else 0
    day = (max(0, at.year - 1980) << 9 | at.month << 5 | at.day) << 16
    stamp = day | at.hour << 11 | at.minute << 5 | at.second // 2
    return stamp, at.second % 2 * 100 + at.microsecond // 10_000, 0x80 | quarters & 0x7F


def _up(size: int, step: int) -> int:
    return -(-size // step) * step
