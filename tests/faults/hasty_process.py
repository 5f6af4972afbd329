"""A keeper in a hurry, for a disk that fills within seconds: ``hasty_process.py SETTINGS``.

It looks at the disk each second and waits one second where it would wait a minute. Nothing else is changed: same marks,
same order, real disk.
"""

from __future__ import annotations

import os
import sys

from appliance.core.settings import read_settings
from appliance.keeper.housekeeping import Housekeeping
from appliance.keeper.process import run_keeper
from appliance.rules import pressure

__all__ = ["hasty_command"]

_WAIT_NS = 500_000_000


def hasty_command(settings_path: str) -> list[str]:
    return [sys.executable, "-P", __file__, settings_path]


def _start(house: Housekeeping) -> None:
    for task in house.tasks:
        if task.name == "pressure":
            task.every_seconds = 1
    house._thread.start()


if __name__ == "__main__":
    os.umask(0o027)
    pressure._DWELL_NS = pressure._SETTLE_NS = _WAIT_NS
    Housekeeping.start = _start  # type: ignore[method-assign]
    run_keeper(read_settings(sys.argv[1]))
