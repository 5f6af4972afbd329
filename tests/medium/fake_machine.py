"""What the kernel and udev tell of a machine's disks, as files: a machine with the disks that a test gives it."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.medium.sticks import Roots, UsbSticks

__all__ = ["FakeMachine"]


class FakeMachine:
    """``/sys``, ``/dev``, ``/proc``, ``/run/udev/data`` and ``/etc/fstab`` below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("sys/block", "sys/bus/usb", "sys/bus/scsi", "dev", "proc/self", "udev"):
            (folder / name).mkdir(parents=True)
        self.write("proc/self/mountinfo", "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n")
        self.write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
        self.write("fstab", "# nothing\n")

    @property
    def sticks(self) -> UsbSticks:
        below = self.folder
        roots = Roots(*(str(below / name) for name in ("sys", "dev", "proc", "udev", "fstab")))
        return UsbSticks(roots)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add_disk(
        self,
        name: str = "sdb",
        *,
        serial: str = "4C530001",
        number: str = "8:16",
        size: int = 64 << 20,
        usb: bool = True,
        removable: str = "1",
        ro: str = "0",
        udev: str = "E:ID_BUS=usb\n",
    ) -> None:
        """A disk behind a USB device or, without ``usb``, behind a controller of its own."""
        device = f"sys/devices/pci0000:00/{'usb1/1-' if usb else 'ata'}{name}"
        block = f"{device}/1-1:1.0/host0/target0/0:0:0:0/block/{name}"
        self.write(f"{device}/serial", serial + "\n")
        self.write(f"{device}/manufacturer", "SanDisk\n")
        self.write(f"{device}/product", "Ultra\x07 Fit\n")
        if usb:
            self.write(f"{device}/idVendor", "0781\n")
        os.symlink(self.folder / ("sys/bus/usb" if usb else "sys/bus/scsi"), self.folder / device / "subsystem")
        values = {"size": size // 512, "dev": number, "diskseq": 7, "ro": ro, "removable": removable}
        for key, value in values.items():
            self.write(f"{block}/{key}", f"{value}\n")
        (self.folder / block / "holders").mkdir()
        os.symlink(self.folder / block, self.folder / "sys/block" / name)
        if udev:
            self.write(f"udev/b{number}", udev)

    def add_part(self, name: str, number: str, *, udev: str = "E:DEVTYPE=partition\n") -> None:
        """A partition of the disk that its name begins with."""
        below = f"sys/block/{name.rstrip('0123456789')}/{name}"
        self.write(f"{below}/partition", "1\n")
        self.write(f"{below}/dev", number + "\n")
        (self.folder / below / "holders").mkdir()
        self.write(f"udev/b{number}", udev)
