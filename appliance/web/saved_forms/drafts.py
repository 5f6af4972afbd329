"""Drafts of forms: what a person has typed and not yet submitted, so that nothing typed is ever lost.

A draft is named by the random act id of its form, so that a submit that is repeated finds the same draft.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import NamedTuple

from tinydb import where

from appliance.core.clock import Clock
from appliance.storage.documents import Documents

__all__ = ["Draft", "Drafts"]

_KEEP_NS = 30 * 86_400 * 1_000_000_000
_MAX_PER_PERSON = 20
_MAX_BEGUN = 10_000


class Draft(NamedTuple):
    act: str
    person: str
    form: str
    saved_ns: int
    values: dict[str, list[str]]


class Drafts:
    """Blocking and thread-safe. A draft belongs to the person who began it and to nobody else."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents, self._clock = documents, clock
        self._table = documents.table("drafts")
        self._spent = documents.table("spent")
        self._begun: dict[str, str] = {}
        self._beginning = threading.Lock()  # not the documents': whoever holds theirs may be waiting for a disk

    def save(self, act: str, person: str, form: str, values: Mapping[str, list[str]]) -> bool:
        """Durable on return. False, and nothing changes, when the act id is another person's draft or was submitted."""
        with self._documents.lock:
            found = self._table.get(where("act") == act)
            if (isinstance(found, dict) and found["person"] != person) or self._spent.contains(where("act") == act):
                return False
            draft = Draft(act, person, form, self._clock.wall_ns(), dict(values))
            self._table.upsert(draft._asdict(), where("act") == act)
            self._trim(person)
            return True

    def begin(self, act: str, person: str) -> None:
        """Remembers whose form this is, until the process ends: one that was never saved may then come home by its act
        id alone, which is 128 random bits that only that form's page has seen."""
        with self._beginning:
            self._begun[act] = person
            while len(self._begun) > _MAX_BEGUN:
                del self._begun[next(iter(self._begun))]

    def owner(self, act: str) -> str:
        """Whose form this is; "" where nobody began or saved one."""
        with self._beginning:
            if act in self._begun:
                return self._begun[act]
        with self._documents.lock:
            found = self._table.get(where("act") == act)
        return str(found["person"]) if isinstance(found, dict) else ""

    def of(self, person: str, form: str) -> list[Draft]:
        """The person's drafts of one form, newest first."""
        with self._documents.lock:
            found = self._table.search((where("person") == person) & (where("form") == form))
        return sorted((Draft(**draft) for draft in found), key=lambda draft: -draft.saved_ns)

    def get(self, act: str, person: str) -> Draft | None:
        with self._documents.lock:
            found = self._table.get((where("act") == act) & (where("person") == person))
        return Draft(**found) if isinstance(found, dict) else None

    def spend(self, act: str, person: str) -> None:
        """The form was submitted: a save of it that was under way and comes later makes no new draft."""
        with self._documents.lock:
            self._spent.upsert({"act": act, "saved_ns": self._clock.wall_ns()}, where("act") == act)
            self.strike(act, person)

    def is_spent(self, act: str) -> bool:
        """Whether the form of this act was submitted already."""
        with self._documents.lock:
            return bool(self._spent.contains(where("act") == act))

    def strike(self, act: str, person: str) -> None:
        """The form was thrown away."""
        with self._documents.lock:
            self._table.remove((where("act") == act) & (where("person") == person))

    def _trim(self, person: str) -> None:
        oldest = self._clock.wall_ns() - _KEEP_NS
        self._table.remove(where("saved_ns") < oldest)
        self._spent.remove(where("saved_ns") < oldest)
        mine = sorted(self._table.search(where("person") == person), key=lambda draft: -draft["saved_ns"])
        extra = [draft.doc_id for draft in mine[_MAX_PER_PERSON:]]
        if extra:
            self._table.remove(doc_ids=extra)
