"""A viewing station's files as ``deploy/station/install`` writes them, below a folder, and its scripts over them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

__all__ = ["POLICIES", "STATION", "StationPc"]

STATION = Path(__file__).parents[1] / "deploy/station"
POLICIES = "etc/chromium/policies/managed/office-recorder-station.json"
_WELL = {
    "proc/swaps": "Filename Type Size Used Priority\n",
    "proc/sys/kernel/core_pattern": "|/bin/false\n",
    "proc/sys/kernel/sysrq": "0\n",
    "boot/grub/grub.cfg": "password_pbkdf2 office grub.pbkdf2\n",
    "sys/class/drm/card0-HDMI-A-1/status": "connected\n",
    "sys/class/drm/card0-HDMI-A-2/status": "disconnected\n",
}


class StationPc:
    """``home`` is where its browser finds its store, ``usb`` where refused devices are written down."""

    def __init__(self, root: Path, address: str, authority: str | Path) -> None:
        self.root, self.home = root, root / "home"
        self.etc, self.usb = root / "etc/office-recorder-station", root / "usb"
        command = [STATION / "install", "--recorder", address, "--ca", authority, "--root", root]
        subprocess.run(command, check=True, capture_output=True)
        self.home.mkdir()

    def script(self, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """One of its library's, or its command where ``name`` is that."""
        folder = "sbin" if name == "office-recorder-station" else "lib/office-recorder-station"
        there = {
            **os.environ,
            "OFFICE_RECORDER_STATION_ETC": str(self.etc),
            "OFFICE_RECORDER_STATION_EVENTS": str(self.usb),
            "OFFICE_RECORDER_STATION_ROOT": str(self.root),
        }
        command = [str(self.root / "usr/local" / folder / name), *map(str, arguments)]
        return subprocess.run(command, env=there, capture_output=True, text=True, check=False)

    def be_well(self) -> None:
        """The parts of a machine that the self-check looks at are as they should be."""
        for path, text in _WELL.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="ascii")
