"""A projection of the keeper's cases, so that pages can search them. The keeper's records are the cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinydb import where

from appliance.office.documents import Documents

__all__ = ["CaseShelf"]


class CaseShelf:
    """Blocking and thread-safe. ``show`` replaces what is known; ``find`` searches it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._table = documents.table("cases")

    def show(self, cases: Iterable[Mapping[str, Any]]) -> None:
        """Takes over what the keeper says; writes only what changed."""
        told = {str(case["case"]): dict(case) for case in cases}
        with self._documents.lock:
            known = {str(document["case"]): document for document in self._table.all()}
            gone = [document.doc_id for case, document in known.items() if case not in told]
            if gone:
                self._table.remove(doc_ids=gone)
            for case, document in told.items():
                if case not in known:
                    self._table.insert(document)
                elif dict(known[case]) != document:
                    self._table.remove(doc_ids=[known[case].doc_id])
                    self._table.insert(document)

    def find(self, text: str = "", state: str = "") -> list[dict[str, Any]]:
        """Cases whose number, reason, cameras or people hold ``text``, newest first."""
        wanted = text.strip().casefold()
        query = where("state") == state if state else where("case").exists()
        with self._documents.lock:
            found = [dict(case) for case in self._table.search(query)]
        if wanted:
            found = [case for case in found if wanted in _searchable(case)]
        return sorted(found, key=lambda case: int(case.get("received_ns", 0)), reverse=True)


def _searchable(case: Mapping[str, Any]) -> str:
    words = [str(case.get(name, "")) for name in ("case", "reason", "received_by", "decided_by")]
    return " ".join([*words, *map(str, case.get("cameras", ()))]).casefold()
