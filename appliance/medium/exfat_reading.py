"""Reading back the volume that ``exfat.py`` makes. Pure: bytes come from a function.

It takes the layout that this recorder would have made for a disk of that size and no other, so nothing is computed from
numbers of a stick that somebody may have prepared: they are compared. A volume that another computer made, or whose
structure one changed, is refused; a file or folder that one added is told.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from appliance.core.errors import Damaged
from appliance.medium.exfat import ENTRY, UPCASE, UPCASE_CHECKSUM, Layout, boot_region, partition_table, set_checksum

__all__ = ["Found", "FoundFile", "read_volume"]

_DIRECTORY_ATTRIBUTE = 0x10
_IN_USE = 0x80


class FoundFile(NamedTuple):
    """A file in one piece, as its directory entry says. ``cluster`` 0: empty."""

    name: str
    size: int
    cluster: int


class Found(NamedTuple):
    """``others``: names that this recorder does not write: folders, files in pieces."""

    label: str
    files: tuple[FoundFile, ...]
    others: tuple[str, ...]


def read_volume(layout: Layout, read: Callable[[int, int], bytes]) -> Found:
    """``read(where, size)``: so many bytes of the disk. Raises Damaged where it is not as this recorder made it."""
    _check_boot(layout, read)
    table = read(layout.at(layout.upcase_cluster), len(UPCASE))
    if table != UPCASE or _chain_of(layout, read) != layout.root_cluster:
        raise Damaged.of("medium-altered")
    return _directory(layout, read(layout.at(layout.root_cluster), layout.cluster_bytes))


def _check_boot(layout: Layout, read: Callable[[int, int], bytes]) -> None:
    """Everything but the two serial numbers, VolumeFlags and PercentInUse, which other computers set."""
    table = read(0, layout.sector_bytes)
    (disk_serial,) = struct.unpack_from("<I", table, 440)
    if table != partition_table(layout, disk_serial):
        raise Damaged.of("medium-other-format")
    region = boot_region(layout, 0)
    for at in (layout.start_bytes, layout.start_bytes + len(region)):
        found = bytearray(read(at, len(region)))
        (serial,) = struct.unpack_from("<I", found, 100)
        made = boot_region(layout, serial)
        found[106:108], found[112] = made[106:108], made[112]
        if found != made:
            raise Damaged.of("medium-other-format" if at == layout.start_bytes else "medium-altered")


def _chain_of(layout: Layout, read: Callable[[int, int], bytes]) -> int:
    """The last cluster of the directory: itself, as long as nobody made it longer."""
    (after,) = struct.unpack("<I", read(layout.fat_at + 4 * layout.root_cluster, 4))
    return layout.root_cluster if after >= 0xFFFFFFF8 else int(after)


def _directory(layout: Layout, cluster: bytes) -> Found:
    label, system = "", set[int]()
    files, others = list[FoundFile](), list[str]()
    for entries in _sets(cluster):
        kind = entries[0]
        if kind == 0x83:
            label = entries[2 : 2 + 2 * min(entries[1], 11)].decode("utf-16-le", "replace")
        elif kind == 0x81:
            system.add(kind)
            if struct.unpack_from("<IQ", entries, 20) != (layout.bitmap_cluster, layout.bitmap_bytes):
                raise Damaged.of("medium-altered")
        elif kind == 0x82:
            system.add(kind)
            at = struct.unpack_from("<IQ", entries, 20)
            if at != (layout.upcase_cluster, len(UPCASE)) or entries[4:8] != struct.pack("<I", UPCASE_CHECKSUM):
                raise Damaged.of("medium-altered")
        elif kind == 0x85:
            file = _file(layout, entries)
            if isinstance(file, FoundFile):
                files.append(file)
            else:
                others.append(file)
        else:
            raise Damaged.of("medium-altered")
    if system != {0x81, 0x82}:
        raise Damaged.of("medium-altered")
    return Found(label, tuple(files), tuple(others))


def _sets(cluster: bytes) -> Iterator[bytes]:
    """Each directory entry in use with the secondary ones that belong to it, up to the first that was never used."""
    at = 0
    while at < len(cluster) and cluster[at]:
        count = 1 + (cluster[at + 1] if cluster[at] == 0x85 else 0)
        entries = cluster[at : at + count * ENTRY]
        if len(entries) != count * ENTRY:
            raise Damaged.of("medium-altered")
        if cluster[at] & _IN_USE:
            yield entries
            at += count * ENTRY
        else:
            at += ENTRY


def _file(layout: Layout, entries: bytes) -> FoundFile | str:
    """The file, or only its name where it is none that this recorder writes."""
    if entries[2:4] != struct.pack("<H", set_checksum(entries)) or len(entries) < 3 * ENTRY:
        raise Damaged.of("medium-altered")
    secondary = [entries[at] for at in range(ENTRY, len(entries), ENTRY)]
    length = entries[ENTRY + 3]
    names = -(-length // 15)
    if secondary != [0xC0] + [0xC1] * names:
        raise Damaged.of("medium-altered")
    units = b"".join(entries[at + 2 : at + ENTRY] for at in range(2 * ENTRY, len(entries), ENTRY))[: 2 * length]
    name = units.decode("utf-16-le", "replace")
    flags = entries[ENTRY + 1]
    valid, cluster, size = struct.unpack_from("<Q4xIQ", entries, ENTRY + 8)
    if entries[4] & _DIRECTORY_ATTRIBUTE or valid != size or (size and not flags & 0x02):
        return name
    if not size:
        return FoundFile(name, 0, 0)
    if cluster < layout.first_free or size > (layout.end_cluster - cluster) * layout.cluster_bytes:
        raise Damaged.of("medium-altered")
    return FoundFile(name, size, cluster)
