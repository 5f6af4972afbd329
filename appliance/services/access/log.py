"""Who looked at what: log-ins, cases, identifiers, scans, viewings and what was taken along, out of the ledger.

Entries that are acts of people are opened once, when somebody asks for the log, and kept; of a record that does not
open or was erased, what stands in clear is told. Nothing of an applicant is in it but the case.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from appliance.core.errors import Damaged, NotFound
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.openings import is_seen
from appliance.rules.deadlines import day_of
from appliance.services.cases.access_audit import USED

__all__ = ["Access", "AccessLog", "LogQuery"]

LOG_IN, TRIES, SCAN, VIEWING = "session.opened", "login.counted", "scan.used", "grant.opened"
PICTURE, LIVE = "picture.released", "live.opened"
_OPENED_FOR = {"masking": "masking", "copy": "copying", "medium": "copying"}
"""What footage was opened for that nobody saw then."""
_KINDS = (LOG_IN, TRIES, USED, SCAN, VIEWING, PICTURE, LIVE)


class Access(NamedTuple):
    """``index``: of its entry. ``what``: one of ``SORTS``. ``people``: accounts, the one who did it first. ``case``: a
    key, "" for none. ``scan``, ``reason``, ``tries`` (of ``failed``: how many) and ``spans`` (camera, start, end) where
    the sort has them. ``seat``: of a log-in, 1 or 2. ``purpose``, ``cameras`` and ``thing`` (the day, version or
    reference picture) of a picture; of a live look ``thing`` is what it was by and ``reason`` why."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks an access for
    at_ns: int
    what: str
    people: tuple[str, ...]
    case: str = ""
    scan: str = ""
    reason: str = ""
    tries: int = 0
    spans: tuple[tuple[str, int, int], ...] = ()
    seat: int = 0
    purpose: str = ""
    cameras: tuple[str, ...] = ()
    thing: str = ""


class LogQuery(NamedTuple):
    """What is asked of the log; "" and None ask for everything. Days are local ones, both included."""

    person: str = ""
    case: str = ""
    what: str = ""
    first: date | None = None
    last: date | None = None

    def fits(self, each: Access) -> bool:
        day = day_of(each.at_ns)
        return (
            (not self.person or self.person in each.people)
            and (not self.case or self.case == each.case)
            and (not self.what or self.what == each.what)
            and (self.first is None or day >= self.first)
            and (self.last is None or day <= self.last)
        )


class AccessLog:
    """``case_of``: the key of the case that a scan belongs to, "" for none. Thread-safe."""

    def __init__(self, acts: Acts, ledger: Ledger, case_of: Callable[[str], str]) -> None:
        self._acts, self._ledger, self._case_of = acts, ledger, case_of
        self._rows: list[Access] = []
        self._next = 0
        self._lock = threading.Lock()

    def find(self, looked: LogQuery) -> list[Access]:
        """All that fit, newest first."""
        return [each for each in reversed(self._all()) if looked.fits(each)]

    def people(self) -> set[str]:
        """Every account that is in it."""
        return {person for each in self._all() for person in each.people}

    def _all(self) -> Sequence[Access]:
        with self._lock:
            for entry in self._ledger.acts(*_KINDS, since=self._next):
                self._rows += self._accesses(entry)
                self._next = entry.index + 1
            return list(self._rows)

    def _accesses(self, entry: Entry) -> list[Access]:
        sealed = self._sealed(entry)
        if entry.kind == TRIES:
            return list(_tries(entry, sealed))
        by = [str(sealed.get("by", "")), *map(str, sealed.get("beside", ()))]
        people = by if entry.kind != VIEWING else list(map(str, sealed.get("people", ())))
        found = Access(entry.index, entry.at_ns, "", tuple(filter(None, people)))
        return [found._replace(**self._told(entry, sealed))]

    def _told(self, entry: Entry, sealed: Mapping[str, Any]) -> dict[str, Any]:
        fields = entry.fields
        if entry.kind == LOG_IN:
            return {"what": "login", "seat": int(fields.get("seats", 1))}
        if entry.kind == SCAN:
            number = str(fields["scan"])
            return {"what": str(fields["what"]), "scan": number, "case": self._case_of(number)}
        if entry.kind == PICTURE:
            thing = next((str(fields[name]) for name in ("reference", "version", "day") if name in fields), "")
            cameras = tuple(map(str, fields["cameras"]))
            return {"what": "picture", "purpose": str(fields["purpose"]), "cameras": cameras, "thing": thing}
        if entry.kind == LIVE:
            cameras, ground = tuple(map(str, fields["cameras"])), f"live-{fields['ground']}"
            told = {"what": "live", "purpose": ground, "cameras": cameras, "thing": str(fields["basis"])}
            return {**told, "reason": str(sealed.get("purpose", ""))}
        if entry.kind == VIEWING:
            spans = tuple((str(each["camera_no"]), each["start_ns"], each["end_ns"]) for each in fields["spans"])
            what = "viewing" if is_seen(fields) else _OPENED_FOR.get(str(fields["purpose"]), "masking")
            return {"what": what, "case": str(fields["case"]), "spans": spans}
        return {
            "what": str(fields["what"]),
            "case": str(fields.get("case", "")),
            "reason": str(sealed.get("reason", "")),
        }

    def _sealed(self, entry: Entry) -> Mapping[str, Any]:
        try:
            return self._acts.sealed_of(entry) or {}
        except (Damaged, NotFound):
            return {}


def _tries(entry: Entry, sealed: Mapping[str, Any]) -> list[Access]:
    """The accounts at which somebody failed since the count before; none where all succeeded."""
    found = []
    for account, outcomes in dict(sealed.get("accounts", {})).items():
        failed = sum(count for outcome, count in outcomes.items() if outcome != "succeeded")
        if failed:
            people = (str(account),) if account != "?" else ()
            found.append(Access(entry.index, entry.at_ns, "failed", people, tries=failed))
    return found
