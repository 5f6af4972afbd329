"""The part of the keeper's double that has scans: it keeps what it is brought, and draws the same page for each."""

from __future__ import annotations

import functools
import hashlib
import itertools
from typing import Any

from appliance.core.errors import NotFound, Refused, UsageError
from appliance.protocol.transport import Reply
from appliance.rules.scans import DESTROYERS, GETTERS, SUBJECTS, TAKERS, TYPES, subject_of
from tests.scanfiles import png

__all__ = ["ScansDouble"]


@functools.cache
def _page(number: int) -> bytes:
    return png(f"PAGE {number}")


def _shown(scan: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in scan.items() if name != "data"}


class ScansDouble:
    """To be mixed in. ``scans`` may be changed by a test; ``brought`` has the files, ``dropped`` the uploads that were
    given up. ``term_from``: the day from which all may be destroyed, and it is past; "" for none."""

    now_ns: int

    def start_scans(self) -> None:
        self.scans: dict[str, dict[str, Any]] = {}
        self.brought: dict[str, bytes] = {}
        self.dropped: list[str] = []
        self.term_from = ""
        self._uploads: dict[str, dict[str, Any]] = {}
        self._scan_acts: dict[str, str] = {}
        self._scan_numbers = itertools.count(1)

    def _may(self, session: str) -> dict[str, bool]:
        roles = {role for seat in self._seats(session) for role in seat["roles"]}  # type: ignore[attr-defined]
        return {"may_take": bool(roles & TAKERS), "may_get": bool(roles & GETTERS)}

    def _kept_of(self, of: str) -> str:
        """A case's papers lie under its key, however it is named."""
        sort, _, text = of.partition("/")
        return f"case/{self.named_case(text)}" if sort == "case" else of  # type: ignore[attr-defined]

    def _scans_of(self, of: str) -> str:
        sort, _, key = of.partition("/")
        file = self.book.get(key) if sort == "case" else None  # type: ignore[attr-defined]
        return f"case/{file.case.number}" if file and file.case.number else of

    def _scans(self, session: str, of: str) -> Reply:
        kinds = list(subject_of(of)[0].kinds)
        of = self._kept_of(of)
        found = [_shown(scan) for scan in self.scans.values() if scan["of"] == of]
        return Reply({"of": of, "named": self._scans_of(of), "kinds": kinds, "scans": found, **self._may(session)})

    def _scan(self, session: str, scan: str) -> Reply:
        if scan not in self.scans:
            raise NotFound(f"scan {scan[:20]}: there is no such scan")
        roles = [set(seat["roles"]) for seat in self._seats(session)]  # type: ignore[attr-defined]
        both = any(one & TAKERS for one in roles) and any(one & DESTROYERS for one in roles) and len(roles) > 1
        term = {"may_destroy": both, "destroyed_from": self.term_from, "term_over": bool(self.term_from)}
        named = self._scans_of(self.scans[scan]["of"])
        return Reply({"scan": _shown(self.scans[scan]), "named": named, **self._may(session), **term})

    def _scan_begin(self, session: str, of: str, kind: str, name: str, note: str, **_who: Any) -> Reply:
        if kind not in SUBJECTS[of.partition("/")[0]].kinds:
            raise UsageError.of("scan-kind", name="case", kind=f"{kind!r}", kinds="form")
        upload = f"upload-{next(self._scan_numbers)}"
        self._uploads[upload] = {"of": self._kept_of(of), "kind": kind, "name": name, "note": note}
        self.brought[upload] = b""
        return Reply({"upload": upload})

    def _scan_more(self, session: str, upload: str) -> Reply:
        self.brought[upload] += self.bodies.pop()  # type: ignore[attr-defined]
        return Reply({})

    def _scan_drop(self, session: str, upload: str) -> Reply:
        self.dropped.append(upload)
        return Reply({})

    def _scan_put(self, session: str, upload: str, act: str) -> Reply:
        data = self.brought[upload]
        kind = next((kind for kind, mark in (("pdf", b"%PDF"), ("png", b"\x89PNG")) if data.startswith(mark)), "jpeg")
        if act not in self._scan_acts:
            number = self._scan_acts[act] = f"S113-{len(self.scans) + 1:04d}"
            self.scans[number] = {
                "scan": number, **self._uploads[upload], "type": kind, "pages": 3 if kind == "pdf" else 1,
                "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "entry": 7, "taken_ns": self.now_ns,
                "taken_by": self._seats(session)[0]["display"], "struck_ns": 0, "data": data,  # type: ignore[attr-defined]
            }  # fmt: skip
        return Reply({"scan": self._scan_acts[act], "of": self.scans[self._scan_acts[act]]["of"], "pages": 1})

    def _scan_page(self, session: str, scan: str, page: int) -> Reply:
        if scan not in self.scans or not 1 <= page <= self.scans[scan]["pages"]:
            raise NotFound(f"scan {scan[:20]}: there is no page {page}")
        return Reply({}, _page(page))

    def _scan_original(self, session: str, scan: str, **_who: Any) -> Reply:
        if not self._may(session)["may_get"]:
            raise Refused.of("not-yours-to-do", roles="auditor or director")
        found = self.scans.get(scan)
        if found is None:
            raise NotFound(f"scan {scan[:20]}: there is no such scan")
        file, data = TYPES[found["type"]], found["data"]
        return Reply(
            {"type": file.mime, "name": f"{scan}.{file.suffixes[0]}", "bytes": len(data)},
            iter([data[at : at + 65_536] for at in range(0, len(data), 65_536)]),
        )

    def _scan_strike(self, session: str, act: str, scan: str, reason: str, **_who: Any) -> Reply:
        if scan not in self.scans:
            raise NotFound(f"scan {scan[:20]}: there is no such scan")
        if not reason:
            raise UsageError("scan: the reason is missing; write it down")
        by = self._seats(session)[0]["display"]  # type: ignore[attr-defined]
        self.scans[scan] |= {"struck_ns": self.now_ns, "struck_by": by, "struck_reason": reason}
        return Reply({"of": self.scans[scan]["of"]})

    def _scan_destroy(
        self, session: str, act: str, scan: str, passwords: dict[str, str], reason: str, document: str
    ) -> Reply:
        self._both(session, passwords)  # type: ignore[attr-defined]
        if not document:
            raise UsageError("scan: the document is missing; write it down")
        gone = {"destroyed_ns": self.now_ns, "destroyed_by": "陳怡君", "destroyed_approver": "林志明"}
        self.scans[scan] |= {**gone, "destroyed_reason": reason, "destroyed_document": document, "name": "", "note": ""}
        return Reply({"of": self.scans[scan]["of"]})
