"""What a viewing station (閱覽站) reports of itself, and when it is ready. Pure.

Source: ``domain`` AT-55 (a stick mounts nothing and raises an event), ``T-46``, ``T-47``, the guard of C14 (備妥).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.core.errors import UsageError

__all__ = ["CHECKS", "MOST_USB", "READY_NS", "check_report", "is_ready"]

CHECKS = ("certificate", "key", "swap", "dumps", "console", "boot", "usb", "browser", "displays")
"""What a station looks at, by the word that its self-check (``deploy/station/check``) begins a line with."""
READY_NS = 180 * 1_000_000_000
"""A report counts for so long: a station makes one each minute."""
MOST_USB = 50
"""Of one report; what is more comes with the next one."""
_DEVICE, _KIND = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}", re.ASCII), ("02", "06", "08")


def check_report(wrong: Sequence[str], usb: Sequence[tuple[str, str]]) -> None:
    """``usb``: class and device of each. Raises UsageError for what no station reports."""
    whole = all(each in CHECKS for each in wrong) and len(set(wrong)) == len(wrong) and len(usb) <= MOST_USB
    if not whole or not all(kind in _KIND and _DEVICE.fullmatch(device) for kind, device in usb):
        raise UsageError.of("station-report")


def is_ready(wrong: Sequence[str], ago_ns: int) -> bool:
    """閱覽站就緒: the self-check finds nothing, and found it just now."""
    return not wrong and ago_ns <= READY_NS
