"""Forms that were sent and not done: what was typed, and what the keeper said to it, kept for a day.

Such a form is shown again at an address of its own, as often as somebody goes back to it, and after a new log-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tinydb import where

from appliance.core.clock import Clock
from appliance.storage.documents import Documents

__all__ = ["Sent", "SentForms"]

_KEEP_NS = 86_400 * 1_000_000_000
_MAX_PER_PERSON = 20


class Sent(NamedTuple):
    """One submit. ``route`` and ``params``: where it was sent; ``page``: the address that shows it again; ``values``:
    its fields in their order, no secret among them; ``refused``: the error's code, sentence and details, empty where
    the keeper was not asked."""

    act: str
    person: str
    route: str
    params: Mapping[str, str]
    page: str
    values: list[list[str]]
    refused: Mapping[str, Any]


class SentForms:
    """Blocking and thread-safe. What was sent belongs to whoever sent it and to nobody else."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents, self._clock = documents, clock
        self._table = documents.table("sent")
        self._unwritten: dict[str, list[list[str]]] = {}

    def keep(self, sent: Sent, unwritten: list[list[str]]) -> bool:
        """Durable on return; ``unwritten`` fields are remembered until the process ends and on no disk. False, and
        nothing changes, when another person sent something under this act id."""
        with self._documents.lock:
            found = self._table.get(where("act") == sent.act)
            if isinstance(found, dict) and found["person"] != sent.person:
                return False
            kept = {**sent._asdict(), "saved_ns": self._clock.wall_ns()}
            self._table.upsert(kept, where("act") == sent.act)
            self._trim(sent.person)
            self._unwritten.pop(sent.act, None)
            if unwritten:
                self._unwritten[sent.act] = unwritten
            while len(self._unwritten) > _MAX_PER_PERSON:
                del self._unwritten[next(iter(self._unwritten))]
            return True

    def get(self, act: str, person: str) -> Sent | None:
        with self._documents.lock:
            found = self._table.get((where("act") == act) & (where("person") == person))
            unwritten = self._unwritten.get(act, [])
        if not isinstance(found, dict):
            return None
        sent = Sent(**{name: found[name] for name in Sent._fields})
        return sent._replace(values=sent.values + unwritten)

    def _trim(self, person: str) -> None:
        self._table.remove(where("saved_ns") < self._clock.wall_ns() - _KEEP_NS)
        mine = sorted(self._table.search(where("person") == person), key=lambda sent: -sent["saved_ns"])
        extra = [sent.doc_id for sent in mine[_MAX_PER_PERSON:]]
        if extra:
            self._table.remove(doc_ids=extra)
