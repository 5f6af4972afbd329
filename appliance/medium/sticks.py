"""Which USB sticks are plugged in, and which of them may be wiped.

A stick is a whole disk that the kernel reaches over USB, calls removable and has a serial number for. It may be wiped
where nothing of this system lies on it: each reason against it is a row of :meth:`UsbSticks._refusal`. Last of all the
kernel is asked by opening it (``block.py``), which it refuses for what is in use, however that came about.

There is no other kind of medium here, and no setting that names one.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

import msgspec

from appliance.core.errors import NotFound, Refused
from appliance.core.messages import CodedMessage, coded
from appliance.medium.block import BlockDevice, open_exclusively
from appliance.protocol.medium import Stick

__all__ = ["Roots", "Sticks", "UsbSticks"]

_WIPED = frozenset({"", "vfat", "exfat", "ntfs", "iso9660", "udf"})
"""What a stick comes with, from a shop or from an office's computer. Anything else may be a disk of a computer: of this
one, pulled out of it, most of all."""
_SERIAL = re.compile(r"[!-~]{1,126}")
_DISK = re.compile(r"sd[a-z]+")
_SECTOR = 512
"""Sizes in sysfs are in these, whatever the disk's own sectors are."""


class Sticks(Protocol):
    """Where media come from."""

    def listed(self) -> list[Stick]: ...

    def open(self, serial: str, *, write: bool) -> tuple[Stick, BlockDevice]:
        """Raises NotFound for one that is not plugged in, Refused for one that may not be used, Unavailable for one
        that is gone meanwhile."""
        ...


class Roots(NamedTuple):
    """Where the kernel and udev tell of devices; tests have others."""

    sys: str = "/sys"
    dev: str = "/dev"
    proc: str = "/proc"
    udev: str = "/run/udev/data"
    fstab: str = "/etc/fstab"


class _Disk(NamedTuple):
    name: str
    number: str
    """Major and minor, ``8:16``."""
    stick: Stick
    parts: tuple[tuple[str, str], ...]
    """(name, number) of the disk and of each partition."""
    removable: bool


class UsbSticks:
    """Those of this machine."""

    def __init__(self, roots: Roots = Roots()) -> None:  # noqa: B008 (a tuple of text)
        self._roots = roots

    def listed(self) -> list[Stick]:
        """By serial number, each with why it may not be used."""
        return sorted((disk.stick for disk in self._disks()), key=lambda stick: (stick.serial, stick.seq))

    def open(self, serial: str, *, write: bool) -> tuple[Stick, BlockDevice]:
        """As :class:`Sticks`. It is judged before it is opened and once more while nobody else can use it."""
        before = self._found(serial, write)
        major, minor = map(int, before.number.split(":"))
        path = os.path.join(self._roots.dev, before.name)
        device = open_exclusively(path, os.makedev(major, minor), write=write)
        try:
            if self._found(serial, write) != before:
                raise Refused.of("medium-changed")
        except BaseException:
            device.close()
            raise
        return before.stick, device

    def _found(self, serial: str, write: bool) -> _Disk:
        disk = next((disk for disk in self._disks() if serial and disk.stick.serial == serial), None)
        if disk is None:
            raise NotFound.of("medium-none", serial=serial)
        if disk.stick.refused is not None:
            raise Refused(disk.stick.refused)
        if write and disk.stick.protected:
            raise Refused.of("medium-protected")
        return disk

    def _disks(self) -> list[_Disk]:
        """All USB disks, judged."""
        found = [disk for name in self._names("block") if (disk := self._disk(name)) is not None]
        serials = Counter(disk.stick.serial for disk in found)
        return [
            disk._replace(stick=msgspec.structs.replace(disk.stick, refused=self._refusal(disk, serials)))
            for disk in found
        ]

    def _disk(self, name: str) -> _Disk | None:
        """None for what is no disk behind USB, or has nothing in it, such as a reader of cards."""
        here = os.path.join(self._roots.sys, "block", name)
        usb = self._usb_device(here)
        size = int(_text(here, "size") or 0) * _SECTOR
        if not _DISK.fullmatch(name) or usb is None or not size:
            return None
        number = _text(here, "dev")
        serial = _text(usb, "serial")
        stick = Stick(
            serial=serial if _SERIAL.fullmatch(serial) else "",
            maker=_shown(_text(usb, "manufacturer")),
            model=_shown(_text(usb, "product")),
            bytes=size,
            seq=int(_text(here, "diskseq") or 0),
            protected=_text(here, "ro") != "0",
        )
        parts = [(name, number)]
        for part in self._names("block", name):
            if _text(here, part, "partition"):
                parts.append((part, _text(here, part, "dev")))
        return _Disk(name, number, stick, tuple(parts), _text(here, "removable") == "1")

    def _usb_device(self, block: str) -> str | None:
        """The folder of the USB device that the disk is behind."""
        at = os.path.realpath(block)
        top = os.path.realpath(self._roots.sys)
        while at.startswith(top + os.sep):
            if os.path.basename(os.path.realpath(os.path.join(at, "subsystem"))) == "usb" and _text(at, "idVendor"):
                return at
            at = os.path.dirname(at)
        return None

    def _refusal(self, disk: _Disk, serials: Mapping[str, int]) -> CodedMessage | None:
        """Why this one may not be wiped."""
        if not disk.removable:
            return coded("medium-fixed")
        if not disk.stick.serial:
            return coded("medium-no-serial")
        if serials[disk.stick.serial] > 1:
            return coded("medium-serial-twice", serial=disk.stick.serial)
        if used := next(self._uses(disk), ""):
            return coded("medium-in-use", how=used)
        told = [self._told(number) for _, number in disk.parts]
        if not told[0]:
            return coded("medium-not-ready")
        if named := next(self._named_in_fstab(disk, told), ""):
            return coded("medium-of-system", name=named)
        kinds = {kind for properties in told for kind in properties.get("ID_FS_TYPE", [""])} - _WIPED
        return coded("medium-kind", kind=min(kinds)) if kinds else None

    def _uses(self, disk: _Disk) -> Iterator[str]:
        """What this system uses of the disk: where it is mounted, what holds it, that it is swap."""
        numbers = {number for _, number in disk.parts}
        for line in _lines(self._roots.proc, "self", "mountinfo"):
            fields = line.split()
            if len(fields) > 4 and fields[2] in numbers:
                yield fields[4]
        for name, _ in disk.parts:
            below = ("block", disk.name) if name == disk.name else ("block", disk.name, name)
            yield from self._names(*below, "holders")
        paths = {os.path.join(self._roots.dev, name) for name, _ in disk.parts}
        for line in _lines(self._roots.proc, "swaps"):
            if line.split(" ")[0] in paths:
                yield "swap"

    def _named_in_fstab(self, disk: _Disk, told: list[dict[str, list[str]]]) -> Iterator[str]:
        """What ``/etc/fstab`` calls the disk or a partition of it by, mounted or not."""
        names = {os.path.join(self._roots.dev, name) for name, _ in disk.parts}
        for properties in told:
            names |= {os.path.join(self._roots.dev, link) for link in properties.get("", [])}
            for key, tag in _TAGS:
                names |= {f"{tag}={value}" for value in properties.get(key, [])}
        for line in _lines(self._roots.fstab):
            first = line.split()[:1]
            if first and first[0].replace('"', "") in names:
                yield first[0]

    def _told(self, number: str) -> dict[str, list[str]]:
        """What udev found out of a device: its properties, and under "" the names that it gave it. Empty as long as it
        knows nothing of it."""
        found: dict[str, list[str]] = {}
        for line in _lines(self._roots.udev, f"b{number}"):
            kind, _, rest = line.partition(":")
            if kind == "E":
                key, _, value = rest.partition("=")
                found.setdefault(key, []).append(value)
            elif kind == "S":
                found.setdefault("", []).append(rest)
            else:
                found.setdefault(kind, []).append(rest)
        return found

    def _names(self, *below: str) -> list[str]:
        try:
            return sorted(os.listdir(os.path.join(self._roots.sys, *below)))
        except OSError:
            return []


_TAGS = (
    ("ID_FS_UUID", "UUID"),
    ("ID_FS_LABEL", "LABEL"),
    ("ID_PART_ENTRY_UUID", "PARTUUID"),
    ("ID_PART_ENTRY_NAME", "PARTLABEL"),
)


def _text(*path: str) -> str:
    """A small file of the kernel's, "" where there is none."""
    return next(iter(_lines(*path)), "").strip()


def _lines(*path: str) -> list[str]:
    try:
        with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20).splitlines()
    except OSError:
        return []


def _shown(text: str) -> str:
    """What a device says of itself, for a page: letters, and not many."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:64]
