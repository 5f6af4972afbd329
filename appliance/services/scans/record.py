"""A scan as it stands, what may be said of one, and how each entry of the ledger changes it. No act, lock or disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.core.errors import UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.protocol.scans import ScanView
from appliance.rules.scans import SUBJECTS, check_name, subject_of
from appliance.rules.wording import checked_words
from appliance.services.scans.file import Sealed

__all__ = [
    "MAX_WORDS",
    "SCAN_KINDS",
    "STRUCK",
    "TAKEN",
    "Paper",
    "Scan",
    "checked_paper",
    "clear_of",
    "is_of_scans",
    "taken",
]

TAKEN, STRUCK = "scan.taken", "scan.struck"
SCAN_KINDS = (TAKEN, STRUCK, RECORD_ERASED)
"""Of entries that may change a scan."""

MAX_WORDS = 1000


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a paper when it is taken in: to what it belongs, what it is, the file's name, a remark."""

    of: str
    kind: str
    name: str
    note: str = ""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan as it stands. ``of`` is empty, and so are names and words, once its sealed record was erased or where it
    does not open (``damaged``). ``index``: the number of the entry that took it in. A time is 0 until its event."""

    number: str
    file_id: str
    of: str
    kind: str
    type: str
    pages: int
    sealed: Sealed
    index: int
    taken_ns: int
    taken_by: str = ""
    taken_display: str = ""
    name: str = ""
    note: str = ""
    struck_ns: int = 0
    struck_display: str = ""
    struck_reason: str = ""
    destroyed_ns: int = 0
    destroyed_display: str = ""
    destroyed_approver: str = ""
    destroyed_document: str = ""
    destroyed_reason: str = ""
    damaged: str = ""

    def view(self) -> ScanView:
        return ScanView(
            scan=self.number,
            of=self.of,
            kind=self.kind,
            type=self.type,
            pages=self.pages,
            bytes=self.sealed.bytes,
            sha256=self.sealed.sha256,
            entry=self.index,
            taken_ns=self.taken_ns,
            taken_by=self.taken_display or self.taken_by,
            name=self.name,
            note=self.note,
            struck_ns=self.struck_ns,
            struck_by=self.struck_display,
            struck_reason=self.struck_reason,
            destroyed_ns=self.destroyed_ns,
            destroyed_by=self.destroyed_display,
            destroyed_approver=self.destroyed_approver,
            destroyed_document=self.destroyed_document,
            destroyed_reason=self.destroyed_reason,
            damaged=bool(self.damaged),
        )


def is_of_scans(entry: Entry) -> bool:
    """Whether the entry changes a scan."""
    return entry.kind in _TAKERS and "scan" in entry.fields


def taken(entry: Entry, sealed: Mapping[str, Any], scans: Mapping[str, Scan]) -> Scan:
    """The scan after the entry, of those there were."""
    return _TAKERS[entry.kind](entry, sealed, scans)


def checked_paper(paper: Paper) -> dict[str, str]:
    """The words of a paper as they are sealed. Raises UsageError for what no paper may be called, NotFound for what
    papers cannot belong to."""
    row, name, _ = subject_of(paper.of)
    if paper.kind not in row.kinds:
        raise UsageError.of("scan-kind", name=name, kind=f"{paper.kind[:20]!r}", kinds=", ".join(row.kinds))
    note = checked_words("scan", "note", paper.note, most=MAX_WORDS, needed=False)
    return {"of": paper.of, "name": check_name(paper.name), "note": note}


def clear_of(of: str) -> str:
    """As much of it as may stand in the ledger in clear."""
    name = of.partition("/")[0]
    return of if name in SUBJECTS and SUBJECTS[name].clear else name


def _taken(entry: Entry, sealed: Mapping[str, Any], scans: Mapping[str, Scan]) -> Scan:
    fields = entry.fields
    return Scan(
        number=str(fields["scan"]),
        file_id=str(fields["file"]),
        of=str(sealed.get("of", fields["of"])),
        kind=str(fields["paper"]),
        type=str(fields["type"]),
        pages=int(fields["pages"]),
        sealed=Sealed(fields["bytes"], fields["sha256"], fields["sealed_bytes"], fields["sealed_sha256"]),
        index=entry.index,
        taken_ns=entry.at_ns,
        taken_by=str(sealed.get("by", "")),
        taken_display=str(sealed.get("display", "")),
        name=str(sealed.get("name", "")),
        note=str(sealed.get("note", "")),
    )


def _struck(entry: Entry, sealed: Mapping[str, Any], scans: Mapping[str, Scan]) -> Scan:
    return msgspec.structs.replace(
        scans[entry.fields["scan"]],
        struck_ns=entry.at_ns,
        struck_display=str(sealed.get("display", "")),
        struck_reason=str(sealed.get("reason", "")),
    )


def _destroyed(entry: Entry, sealed: Mapping[str, Any], scans: Mapping[str, Scan]) -> Scan:
    scan = scans[entry.fields["scan"]]
    gone = {"name": "", "note": "", "taken_by": "", "taken_display": ""}
    said = {
        "destroyed_display": str(sealed.get("display", "")),
        "destroyed_approver": str(sealed.get("approver", "")),
        "destroyed_document": str(sealed.get("document", "")),
        "destroyed_reason": str(sealed.get("reason", "")),
    }
    return msgspec.structs.replace(scan, of=clear_of(scan.of), destroyed_ns=entry.at_ns, **gone, **said)


_TAKERS = {TAKEN: _taken, STRUCK: _struck, RECORD_ERASED: _destroyed}
