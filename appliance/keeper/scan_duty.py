"""Whether the scans are what was stored: told at start, read again bit by bit while the keeper runs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from appliance.custody.scanrecord import Scan, clear_of
from appliance.rules.deadlines import DAY_NS

if TYPE_CHECKING:
    from appliance.keeper.opening import Keeper

__all__ = ["ScanWatch", "tell_of_scans"]

_TURN_BYTES = 16 << 20
_PASS_NS = DAY_NS
"""So long after one began, the next pass over all files begins."""


def tell_of_scans(keeper: Keeper) -> None:
    """What a start finds: files that no entry names, records that do not open. Files themselves are read by and by."""
    for name in keeper.scans.strays:
        text = f"{name} is among the scans and no entry names it; it is kept"
        keeper.findings.open(f"scan-stray-{name}", "storage", text)
    for scan in keeper.scans.all():
        if scan.damaged:
            text = f"scan {scan.number}: its record does not open, so neither does the scan; restore the backup"
            keeper.findings.open(f"scan-record-{scan.number}", "storage", text)


class ScanWatch:
    """Reads all files once a day, a few a turn; what is wrong with one is a finding, and that file is read again each
    turn until it is well."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._waiting: deque[str] = deque()
        self._due_ns = 0

    def look(self) -> None:
        """One turn; and uploads that nobody goes on with are removed."""
        self._keeper.uploads.sweep()
        scans, now_ns = {scan.number: scan for scan in self._keeper.scans.all()}, self._keeper.clock.boot_ns()
        for number, scan in scans.items():
            if self._keeper.findings.is_open(_key(number)):
                self.check(scan)
        if not self._waiting and now_ns >= self._due_ns:
            self._waiting, self._due_ns = deque(scans), now_ns + _PASS_NS
        left = _TURN_BYTES
        while self._waiting and left > 0:
            scan = scans[self._waiting.popleft()]
            left -= scan.sealed.sealed_bytes
            self.check(scan)

    def check(self, scan: Scan) -> None:
        """Opens or clears the finding about one scan's file."""
        wrong = self._keeper.scans.wrong(scan)
        text = f"scan {scan.number} ({clear_of(scan.of)}): its sealed file is {wrong}; restore it from the backup"
        self._keeper.findings.set(_key(scan.number), "storage", text if wrong else "")


def _key(number: str) -> str:
    return f"scan-file-{number}"
