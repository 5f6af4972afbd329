"""Whether the scans are what was stored: told at start, read again bit by bit while the keeper runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.custody.scanrecord import Scan, clear_of

if TYPE_CHECKING:
    from appliance.keeper.opening import Keeper

__all__ = ["ScanWatch", "tell_of_scans"]

_TURN_BYTES = 16 << 20


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
    """Reads a few files a turn, one after the other and round again; what is wrong with one is a finding until it is
    well again."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._next = ""

    def look(self) -> None:
        """One turn; and uploads that nobody goes on with are removed."""
        self._keeper.uploads.sweep()
        left = _TURN_BYTES
        for scan in self._waiting():
            if left <= 0:
                self._next = scan.number
                return
            left -= scan.sealed.sealed_bytes
            self.check(scan)
        self._next = ""

    def check(self, scan: Scan) -> None:
        """Opens or clears the finding about one scan's file."""
        wrong = self._keeper.scans.wrong(scan)
        text = f"scan {scan.number} ({clear_of(scan.of)}): its sealed file is {wrong}; restore it from the backup"
        self._keeper.findings.set(f"scan-file-{scan.number}", "storage", text if wrong else "")

    def _waiting(self) -> list[Scan]:
        scans = self._keeper.scans.all()
        at = next((at for at, scan in enumerate(scans) if scan.number == self._next), 0)
        return scans[at:]
