"""What the machine tells of itself in ``/proc`` and ``/sys``, and what smartctl told of its disks. Reads, and no more.

``root`` stands in the place of ``/``, so that what other machines say can be read from files. What is not there is
absent from the answers: a virtual machine has no thermometer, and most disks are no eMMC.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from appliance.core.errors import Damaged
from appliance.keeper.machine.smart import disk_figures
from appliance.storage.files import read_own

__all__ = ["machine_figures", "smart_figures"]

_HUB = "09"
_LIFE_STEP = 0.1
_WORN_OUT = 11
_STALE_SECONDS = 2 * 86_400
_MOST_TOLD_BYTES = 4 << 20


def machine_figures(root: Path, usb_known: Collection[str] = ()) -> dict[str, float]:
    """Warmth, memory, file systems, the wear of eMMC and SD, and USB devices that are not among ``usb_known``."""
    sys = root / "sys"
    figures = dict(_memory(root / "proc/meminfo"))
    figures.update(_celsius(sys / "class"))
    for path in sorted(sys.glob("fs/ext4/*/errors_count")):
        with contextlib.suppress(ValueError, OSError):
            figures[f"filesystem_errors.{path.parent.name}"] = float(path.read_text())
    for path in sorted(sys.glob("block/mmcblk*/device/life_time")):
        with contextlib.suppress(ValueError, OSError):
            worn = _worn(path.read_text())
            if worn is not None:
                figures[f"disk_worn_share.{path.parts[-3]}"] = worn
    figures.update(_usb(sys / "bus/usb/devices", usb_known))
    return figures


def smart_figures(directory: Path, now_seconds: float) -> dict[str, float]:
    """The measures of each disk of which smartctl told within two days: a file ``sda.json`` is of sda.

    Other services can write beside ``directory``: only regular files of root or of the reader itself are read.
    """
    figures: dict[str, float] = {}
    for path in sorted(directory.glob("*.json")):
        with contextlib.suppress(OSError, Damaged, TypeError, ValueError):
            text, told_at = read_own(str(path), _MOST_TOLD_BYTES, owners=(0,))
            if now_seconds - told_at < _STALE_SECONDS:
                figures.update({f"{name}.{path.stem}": value for name, value in disk_figures(text).items()})
    return figures


def _memory(path: Path) -> Iterator[tuple[str, float]]:
    with contextlib.suppress(OSError, ValueError, KeyError, ZeroDivisionError):
        lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        yield "memory_free_share", int(lines["MemAvailable"].split()[0]) / int(lines["MemTotal"].split()[0])


def _celsius(classes: Path) -> Iterator[tuple[str, float]]:
    """The kernel's thermal zones; where there are none, the thermometers of hwmon."""
    for pattern in ("thermal/thermal_zone*/temp", "hwmon/hwmon*/temp*_input"):
        found = False
        for path in sorted(classes.glob(pattern)):
            with contextlib.suppress(OSError, ValueError):
                celsius = int(path.read_text()) / 1000
                if celsius > 0:
                    found = True
                    yield f"temperature_c.{path.parent.name}-{path.name}", celsius
        if found:
            return


def _worn(text: str) -> float | None:
    """``0x02 0x01``: two kinds of cells, in tenths of the life that is used; 0x0b: beyond it; 0x00: not told."""
    steps = [int(word, 16) for word in text.split()]
    worst = max(steps, default=0)
    return None if not 0 < worst <= _WORN_OUT else worst * _LIFE_STEP


def _usb(devices: Path, known: Collection[str]) -> Iterator[tuple[str, float]]:
    """One value for each that is not known; a single 0 where USB is there and every device is known."""
    if not devices.is_dir():
        return
    unknown = set()
    for path in devices.glob("*/idVendor"):
        with contextlib.suppress(OSError):
            device = f"{path.read_text().strip()}:{(path.parent / 'idProduct').read_text().strip()}"
            if (path.parent / "bDeviceClass").read_text().strip() != _HUB and device not in known:
                unknown.add(device)
    yield from ((f"usb_unknown.{device}", 1.0) for device in sorted(unknown))
    if not unknown:
        yield "usb_unknown", 0.0
