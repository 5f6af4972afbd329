"""Case files that go to the archive (歸檔) by the month in which their cases were closed: who took which, with what.

Two entries an export: one before anything goes out, with the cases, and one when the last byte was made, with the hash
of the archive's manifest, by which anybody can tell later whether a file is the one that was exported. A first without
a second broke off. Source: ``D-18`` (exported to the archive, never deleted), 八(六), ``domain`` 4.3 (export 專卷).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.core.errors import Damaged, NotFound, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.archive import Export
from appliance.services.people.login import Seat, Session

__all__ = ["ArchiveBook"]

_BEGUN, _MADE = "archive.begun", "archive.made"
_MONTH = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ArchiveBook:
    """Asks the ledger each time: exports are few. Thread-safe."""

    def __init__(self, acts: Acts, ledger: Ledger) -> None:
        self._acts, self._ledger = acts, ledger

    def all(self) -> list[Export]:
        """The newest first."""
        found: dict[int, Export] = {}
        for entry in self._ledger.acts(_BEGUN, _MADE):
            if entry.kind == _BEGUN:
                found[entry.index] = self._begun(entry)
            elif (before := found.get(int(entry.fields["archive"]))) is not None:
                size, digest = int(entry.fields["bytes"]), str(entry.fields["sha256"])
                found[before.index] = msgspec.structs.replace(before, sha256=digest, bytes=size)
        return list(reversed(found.values()))

    def begin(self, act_id: str, by: Seat, month: str, cases: Sequence[str]) -> int:
        """Enters that these cases' files go out; the number of the export. Raises UsageError for no month, NotFound
        where nothing was closed in it, NotWritable."""
        if not _MONTH.fullmatch(month):
            raise UsageError.of("archive-month", month=repr(month[:20]))
        clear: dict[str, Any] = {"month": month, "cases": len(cases)}
        if (entry := self._acts.repeated(act_id, _BEGUN, {"month": month}, {"by": by.person})) is not None:
            return entry.index
        if not cases:
            raise NotFound.of("archive-empty", month=month)
        sealed = {"cases": list(cases), "by": by.person, "display": by.display}
        return self._acts.perform(act_id, _BEGUN, clear, sealed).entry.index

    def made(self, act_id: str, by: Seat, index: int, *, sha256: str, size: int) -> None:
        """Enters what came out, by whoever began it. Raises NotFound, UsageError, NotWritable."""
        export = next((each for each in self.all() if each.index == index), None)
        if export is None or export.person != by.person:
            raise NotFound.of("archive-none", entry=index)
        if not _SHA256.fullmatch(sha256) or size < 0:
            raise UsageError.of("archive-hash")
        clear = {"archive": index, "sha256": sha256, "bytes": size}
        self._acts.perform(act_id, _MADE, clear, {"by": by.person, "display": by.display})

    def beginner(self, index: int) -> str:
        """Who began the export; "" where there is none."""
        return next((each.person for each in self.all() if each.index == index), "")

    def taker(self, index: int, case: str) -> str:
        """Who takes the file of ``case`` along in the export ``index``; "" where none goes on or it is not in it."""
        export = next((each for each in self.all() if each.index == index and not each.sha256), None)
        if export is None:
            return ""
        return export.person if case in self._sealed(self._ledger.entry(index)).get("cases", ()) else ""

    def exporter(self, session: Session, index: int, case: str) -> Seat:
        """Who sits here and takes ``case`` along in the export ``index``, which goes on and was begun by the own
        password. Raises Refused."""
        person = self.taker(index, case)
        by = next((seat for seat in session.seats if person and seat.person == person), None)
        if by is None:
            raise Refused.of("archive-other", archive=index)
        return by

    def _sealed(self, entry: Entry) -> dict[str, Any]:
        try:
            return self._acts.sealed_of(entry) or {}
        except (Damaged, NotFound):
            return {}

    def _begun(self, entry: Entry) -> Export:
        sealed = self._sealed(entry)
        return Export(
            index=entry.index,
            month=str(entry.fields["month"]),
            at_ns=entry.at_ns,
            cases=int(entry.fields["cases"]),
            person=str(sealed.get("by", "")),
            display=str(sealed.get("display", "")),
        )
