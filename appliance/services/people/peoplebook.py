"""The people of the office as the ledger tells of them: names, posts, dated roles, pledges, closed accounts.

What a person *is* stands here and is rebuilt at start from the ledger and the sealed records; what proves a log-in lies
with the accounts (``accounts.py``). Nobody is ever removed or renamed, so that old entries keep their meaning. The
people of the set-up have their first roles, unit and post from the accounts; whoever came later has what the ledger
gives, so a record that does not open any more takes roles away and never gives them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import NotFound
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import day_of
from appliance.rules.people import RoleGrant, acting_on, needs_factor, roles_on
from appliance.services.people.accounts import Accounts, account_name

__all__ = ["PeopleBook", "Person"]

_EVER = date(1970, 1, 1)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account. Times are 0 and days None until they are. ``closed_why``: left. ``waits``: a
    password was drawn, and the person has not chosen an own one since. ``handed``: who took over each thing of the
    hand-over lists that were signed for the person, by the thing's id. ``suspended_ns``: since when nobody used the
    account for too long, ``reopened_ns``: when two people last opened it again."""

    name: str
    display: str
    post: str = ""
    unit: str = ""
    grants: tuple[RoleGrant, ...] = ()
    added_ns: int = 0
    closed_ns: int = 0
    closed_why: str = ""
    pledged: date | None = None
    waits: bool = False
    handed_ns: int = 0
    handed: Mapping[str, str] = {}
    suspended_ns: int = 0
    reopened_ns: int = 0

    def on(self, day: date) -> tuple[str, ...]:
        """The roles in force that day; none of an account that is closed or suspended."""
        return () if self.closed_ns or self.suspended_ns else roles_on(self.grants, day)

    def was_on(self, day: date) -> tuple[str, ...]:
        """The roles in force on a day that may be over, of an account that was closed or suspended after it too."""
        ended_ns = min(filter(None, (self.closed_ns, self.suspended_ns)), default=0)
        return () if ended_ns and day_of(ended_ns) < day else roles_on(self.grants, day)


class PeopleBook:
    """Thread-safe. ``damaged`` has the entries whose sealed record does not open: what they changed is not known."""

    def __init__(self, acts: Acts, ledger: Ledger, clock: Clock, accounts: Accounts) -> None:
        self._acts, self._ledger, self._clock = acts, ledger, clock
        self._lock = threading.RLock()
        self.damaged: list[int] = []
        self.reviewed_ns = 0
        self._people = {
            account.name: Person(
                name=account.name,
                display=account.display,
                post=account.post,
                unit=account.unit,
                grants=tuple(RoleGrant(role=role, start=_EVER) for role in account.roles),
            )
            for account in accounts
        }
        for entry in ledger.acts(*_TAKERS, "people.reviewed"):
            self._take(entry)

    # --- asking ---

    def today(self) -> date:
        """The local date by the recorder's clock."""
        return day_of(self._clock.wall_ns())

    def all(self) -> list[Person]:
        """Those who may log in first, then those who may not any more; by name."""
        with self._lock:
            return sorted(self._people.values(), key=lambda person: (bool(person.closed_ns), person.name))

    def display(self, name: str) -> str:
        """What somebody is called; the account itself where there is no such person."""
        with self._lock:
            found = self._people.get(name)
        return found.display if found else name

    def get(self, name: str) -> Person:
        """Raises NotFound."""
        with self._lock:
            person = self._people.get(account_name(name))
        if person is None:
            raise NotFound.of("people-none", name=repr(name[:40]))
        return person

    def knows(self, name: str) -> bool:
        with self._lock:
            return account_name(name) in self._people

    def roles_of(self, name: str) -> tuple[str, ...]:
        """What the person may do today; nothing where there is nobody of that name."""
        with self._lock:
            person = self._people.get(name)
        return person.on(self.today()) if person else ()

    def needs_factor(self, name: str) -> bool:
        """Whether a role that the person has, today or from a later day on, takes a second factor at the log-in."""
        with self._lock:
            person = self._people.get(name)
        today = self.today()
        grants = () if person is None or person.closed_ns else person.grants
        return needs_factor(grant.role for grant in grants if grant.end is None or grant.end >= today)

    def acting_of(self, name: str) -> frozenset[str]:
        """Which of today's roles the person holds for somebody else only."""
        return acting_on(self.get(name).grants, self.today())

    def taken_over(self, name: str) -> frozenset[str]:
        """The ids of the things that hand-over lists gave to this person."""
        with self._lock:
            people = list(self._people.values())
        return frozenset(thing for person in people for thing, taker in person.handed.items() if taker == name)

    def history(self, name: str) -> list[Entry]:
        """The person's own entries, newest first."""
        return [
            entry
            for entry in reversed(list(self._ledger.acts(*_TAKERS)))
            if self._acts.legible(entry.index).get("person") == name
        ]

    # --- entering ---

    def enter(self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any]) -> Entry:
        """Enters an act and follows it. Raises NotWritable; then nothing has changed."""
        with self._lock:
            entry = self._acts.perform(act_id, kind, clear, sealed).entry
            self._take(entry)
            return entry

    # --- inside ---

    def _take(self, entry: Entry) -> None:
        if entry.kind == "people.reviewed":
            self.reviewed_ns = entry.at_ns
            return
        sealed = self._acts.legible(entry.index)
        if "person" not in sealed:
            self.damaged.append(entry.index)
            return
        name = str(sealed["person"])
        before = self._people.get(name) or Person(name=name, display=name)
        self._people[name] = _TAKERS[entry.kind](before, entry, sealed)


def _grant_of(fields: Mapping[str, Any]) -> RoleGrant:
    end = fields.get("end")
    return RoleGrant(
        role=str(fields["role"]),
        start=date.fromisoformat(fields["start"]),
        end=date.fromisoformat(end) if end else None,
        acting=bool(fields.get("acting", False)),
    )


def _added(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return Person(
        name=before.name,
        display=str(sealed["display_of"]),
        post=str(sealed["post"]),
        unit=str(sealed["unit"]),
        grants=(_grant_of(entry.fields),),
        added_ns=entry.at_ns,
        waits=True,
    )


def _changed(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    change = entry.fields["change"]
    if change == "granted":
        return msgspec.structs.replace(before, grants=(*before.grants, _grant_of(entry.fields)))
    if change == "ended":
        role, acting = entry.fields["role"], bool(entry.fields.get("acting", False))
        last = day_of(entry.at_ns) - timedelta(days=1)
        return msgspec.structs.replace(
            before,
            grants=tuple(
                msgspec.structs.replace(grant, end=last)
                if grant.role == role and grant.acting == acting and (grant.end is None or grant.end > last)
                else grant
                for grant in before.grants
            ),
        )
    return msgspec.structs.replace(
        before, display=str(sealed["display_of"]), post=str(sealed["post"]), unit=str(sealed["unit"])
    )


def _disabled(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, closed_ns=entry.at_ns, closed_why=str(entry.fields["why"]))


def _suspended(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, suspended_ns=entry.at_ns)


def _reopened(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, suspended_ns=0, reopened_ns=entry.at_ns)


def _pledged(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, pledged=day_of(entry.at_ns))


def _handed(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    given = {str(item["id"]): str(item["taker"]) for item in sealed["items"]}
    return msgspec.structs.replace(before, handed_ns=entry.at_ns, handed={**before.handed, **given})


def _reset(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, waits=True)


def _chosen(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return msgspec.structs.replace(before, waits=False)


def _same(before: Person, entry: Entry, sealed: Mapping[str, Any]) -> Person:
    return before


_TAKERS = {
    "person.added": _added,
    "person.changed": _changed,
    "person.disabled": _disabled,
    "person.suspended": _suspended,
    "person.reopened": _reopened,
    "person.pledged": _pledged,
    "person.handed": _handed,
    "password.reset": _reset,
    "password.changed": _chosen,
    "totp.changed": _same,
    "securitykey.added": _same,
    "securitykey.removed": _same,
    "keyholder.added": _same,
}
"""What each kind of entry about a person makes of the person."""
