"""Whether the scans are what was stored: records and files are read bit by bit while the keeper runs."""

from __future__ import annotations

from collections import deque

from appliance.core.clock import Clock
from appliance.keeper.findings import Findings
from appliance.rules.deadlines import DAY_NS
from appliance.services.scans.record import Scan, clear_of
from appliance.services.scans.scans import ScanBook
from appliance.services.scans.uploads import Uploads

__all__ = ["ScanWatch"]

_TURN_BYTES = 16 << 20
_PASS_NS = DAY_NS
"""So long after one began, the next pass over all files begins."""


class ScanWatch:
    """Reads all records and files once a day, a few a turn; what is wrong with one is a finding, and that scan is read
    again each turn until it is well."""

    def __init__(self, scans: ScanBook, uploads: Uploads, findings: Findings, clock: Clock) -> None:
        self._scans, self._uploads, self._findings, self._clock = scans, uploads, findings, clock
        self._waiting: deque[str] = deque()
        self._due_ns = 0

    def tell_strays(self) -> None:
        """What a start finds: files that no entry names. Records and files are read by and by."""
        for name in self._scans.strays:
            text = f"{name} is among the scans and no entry names it; it is kept"
            self._findings.open(f"scan-stray-{name}", "storage", text)

    def look(self) -> None:
        """One turn; and uploads that nobody goes on with are removed."""
        self._uploads.sweep()
        scans, now_ns = {scan.number: scan for scan in self._scans.all()}, self._clock.boot_ns()
        for number, scan in scans.items():
            if any(self._findings.is_open(key) for key in (_key(number), _record_key(number))):
                self.check(scan)
        if not self._waiting and now_ns >= self._due_ns:
            self._waiting, self._due_ns = deque(scans), now_ns + _PASS_NS
        left = _TURN_BYTES
        while self._waiting and left > 0:
            scan = scans[self._waiting.popleft()]
            left -= scan.sealed.sealed_bytes
            self.check(scan)

    def check(self, scan: Scan) -> None:
        """Opens or clears the findings about one scan: its record, its file."""
        damaged = self._scans.get(scan.number).damaged
        text = f"scan {scan.number}: its record does not open, so neither does the scan; restore the backup"
        self._findings.set(_record_key(scan.number), "storage", text if damaged else "")
        wrong = self._scans.wrong(scan)
        text = f"scan {scan.number} ({clear_of(scan.of)}): its sealed file is {wrong}; restore it from the backup"
        self._findings.set(_key(scan.number), "storage", text if wrong else "")


def _key(number: str) -> str:
    return f"scan-file-{number}"


def _record_key(number: str) -> str:
    return f"scan-record-{number}"
