"""A store in which scans are taken in: books, uploads and what they say, over a disk in memory."""

from __future__ import annotations

import types
from typing import Any

from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.services.scans import file as scanfile_module
from appliance.services.scans import scans as scans_module
from appliance.services.scans.record import Paper, Scan
from appliance.services.scans.scans import ScanBook
from appliance.services.scans.uploads import Uploads
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import BOX_KEY, DIRECTORIES, LEDGER, SIGNING, MovingClock, drawn

__all__ = ["BOTH", "FORM", "LIN", "RECORDS", "SCANS", "ScanOffice", "scan_disk"]

RECORDS, SCANS = "/office/keeper/records", "/office/keeper/scans"
LIN = Seat(1, "lin", "林小明", ("officer",), "", 1 << 62)
BOTH = Pair(LIN, Seat(2, "tsai", "蔡主任", ("director",), "", 1 << 62))
FORM = Paper(of="case/115-0001", kind="form", name="附件2.pdf")


def scan_disk() -> MemoryFs:
    return MemoryFs(*DIRECTORIES)


class ScanOffice:
    """``book`` and ``uploads`` over one disk; opened anew with the same disk it is the next start of the keeper."""

    def __init__(
        self,
        fs: Any,
        clock: MovingClock | None = None,
        *,
        seed: object = 0,
        scans: types.ModuleType = scans_module,
        file: types.ModuleType = scanfile_module,
    ) -> None:
        self.fs, self.clock, self._file, self._random = fs, clock or MovingClock(), file, drawn(f"scans {seed}")
        self.ledger = Ledger(fs, LEDGER, self.clock, origin="office-recorder/test", signing_key=SIGNING)
        self.acts = Acts(self.ledger, fs, RECORDS, BOX_KEY, self.clock, random=drawn(f"acts {seed}"))
        self.book: ScanBook = scans.ScanBook(self.acts, self.ledger, fs, SCANS, self.clock, random=self._random)
        self.uploads = Uploads(fs, SCANS, self.clock, self._random)

    def take(self, data: bytes = b"scan" * 30_000, act: str = "act", paper: Paper = FORM, by: Seat = LIN) -> Scan:
        """A scan as the keeper takes it in, without a look at what it is."""
        file_id, key = self._random(16).hex(), self._random(32)
        writer = self._file.ScanWriter(self.fs, f"{SCANS}/{file_id}.part", key, file_id)
        for at in range(0, len(data), 50_000):
            writer.add(data[at : at + 50_000])
        sealed = writer.finish()
        return self.book.put(act, by, paper, file_id, key, sealed, ("pdf", 2))

    def read(self, number: str) -> bytes:
        return b"".join(self.book.open(number))

    def files(self) -> dict[str, bytes]:
        """The files of scans by name."""
        return {
            path.removeprefix(f"{SCANS}/"): data
            for path, data in self.fs.files().items()
            if path.startswith(SCANS) and not path.endswith("/")
        }
