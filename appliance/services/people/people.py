"""What is done about people: each act is entered first, then carried out in accounts, key slots and sessions.

Two people act: an officer or manager proposes, somebody whom the role's row names approves, and neither of them is the
person concerned (``rules`` 4.2: account granter × own grant). An act that was cut between its entry and its effect is
finished by :meth:`People.settle` at the next start. Passwords are drawn by the machine, shown once, and open only the
form for an own one (防護基準 4-2-1, 4-2-8).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from appliance.core.clock import Clock
from appliance.core.errors import Refused, UsageError
from appliance.ledger.records import Acts
from appliance.rules.deadlines import day_of
from appliance.rules.handover import LINES, Item, check_handover
from appliance.rules.people import IDLE_DAYS, REVIEW_DAYS, ROLES, RoleGrant, check_grant, check_left
from appliance.rules.wording import checked_words
from appliance.services.people.accounts import Account, Accounts, account_name, check_account
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins, Seat
from appliance.services.people.pairs import Pair
from appliance.services.people.peoplebook import PeopleBook, Person
from appliance.vault.keys.passwords import draw_password

__all__ = ["People"]

_MAX_WORDS = 200
_FRESH_NS = 300 * 1_000_000_000
"""How long a typed password counts for an act of one person."""


class People:
    """Thread-safe. ``book`` says who is who."""

    def __init__(
        self,
        book: PeopleBook,
        acts: Acts,
        accounts: Accounts,
        keyholders: Keyholders,
        logins: Logins,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        founded_ns: int = 0,
    ) -> None:
        self._founded_ns = founded_ns
        self.book, self._acts, self._accounts, self._keyholders = book, acts, accounts, keyholders
        self._logins, self._clock, self._random = logins, clock, random
        self._lock = threading.RLock()

    # --- two people's acts ---

    def add(
        self, act_id: str, pair: Pair, *, name: str, display: str, post: str, unit: str, grant: RoleGrant, document: str
    ) -> str:
        """Gives somebody an account and a first role. Returns the password for the first log-in, which is shown this
        once: "" on a repeat. Raises UsageError for a name that is taken, Refused, NotWritable."""
        name = account_name(name)
        words = self._words(display=display, post=post, unit=unit, document=document)
        with self._lock:
            if self._acts.repeated(act_id, "person.added", _fields(grant), {"person": name}):
                return self._finish_drawing(name)
            if self.book.knows(name) or self._accounts.find(name):
                raise UsageError.of("people-taken-2", name=f"{name!r}")
            check_account(Account(name=name, display=words["display_of"], roles=(), verifier=""))
            check_grant((), grant, self.book.today())
            self._check_pair(pair, name, grant.role)
            self.book.enter(act_id, "person.added", _fields(grant), {"person": name, **words, **pair.sealed()})
            return self._open_account(name)

    def grant(self, act_id: str, pair: Pair, name: str, grant: RoleGrant, *, document: str) -> Person:
        """Gives a person another role, or somebody else's for a time. Where it is the first that takes a
        second factor, the person must have one, and logs in anew with it.

        Raises UsageError, Refused, NotFound, NotWritable.
        """
        with self._lock:
            person = self.book.get(name)
            clear = {"change": "granted", **_fields(grant)}
            if not self._acts.repeated(act_id, "person.changed", clear, {"person": person.name}):
                words = self._words(document=document)
                self._check_in_use(person)
                check_grant(person.grants, grant, self.book.today())
                self._check_pair(pair, person.name, grant.role)
                self._check_factor(person.name, grant)
                anew = ROLES[grant.role].factor and not self.book.needs_factor(person.name)
                self.book.enter(act_id, "person.changed", clear, {"person": person.name, **words, **pair.sealed()})
                if anew:
                    self._logins.end_all_of(person.name)
            return self.book.get(name)

    def end_grant(self, act_id: str, pair: Pair, name: str, role: str, *, acting: bool, document: str) -> Person:
        """Takes a role away, from now on. Raises UsageError, Refused when the person has it not or nobody would be left
        to run the office, NotFound, NotWritable."""
        with self._lock:
            person, today = self.book.get(name), self.book.today()
            clear = {"change": "ended", "role": role, "acting": acting}
            if not self._acts.repeated(act_id, "person.changed", clear, {"person": person.name}):
                words = self._words(document=document)
                left = [each for each in person.grants if (each.role, each.acting) != (role, acting)]
                if not any(each not in left and (each.end is None or each.end >= today) for each in person.grants):
                    raise Refused.of("people-not-held", name=person.name, role=role[:20])
                self._check_pair(pair, person.name)
                self._check_left(person, tuple(left))
                self.book.enter(act_id, "person.changed", clear, {"person": person.name, **words, **pair.sealed()})
            return self.book.get(name)

    def move(self, act_id: str, pair: Pair, name: str, *, display: str, post: str, unit: str, document: str) -> Person:
        """Another name, post or unit from now on; old entries keep the old. Raises UsageError, Refused, NotFound,
        NotWritable."""
        with self._lock:
            person = self.book.get(name)
            words = self._words(display=display, post=post, unit=unit, document=document)
            if not self._acts.repeated(act_id, "person.changed", {"change": "moved"}, {"person": person.name, **words}):
                self._check_open(person)
                self._check_pair(pair, person.name)
                sealed = {"person": person.name, **words, **pair.sealed()}
                self.book.enter(act_id, "person.changed", {"change": "moved"}, sealed)
            self._accounts.set_display(person.name, words["display_of"])
            return self.book.get(name)

    def close(self, act_id: str, pair: Pair, name: str, *, document: str) -> Person:
        """Closes the account of somebody who leaves, at once: sessions, key slot, roles. It is never opened again.

        Raises Refused when nobody would be left to run the office, NotFound, NotWritable.
        """
        with self._lock:
            person = self.book.get(name)
            if not self._acts.repeated(act_id, "person.disabled", {"why": "left"}, {"person": person.name}):
                words = self._words(document=document)
                self._check_open(person)
                self._check_pair(pair, person.name)
                self._check_left(person, ())
                sealed = {"person": person.name, **words, **pair.sealed()}
                self.book.enter(act_id, "person.disabled", {"why": "left"}, sealed)
            self._shut(person.name)
            return self.book.get(name)

    def reopen(self, act_id: str, pair: Pair, name: str, *, document: str) -> Person:
        """Opens an account again that was suspended because nobody used it: with its roles, password, second factor and
        key slot. Raises Refused for one that is not suspended, UsageError, NotFound, NotWritable."""
        with self._lock:
            person = self.book.get(name)
            if not self._acts.repeated(act_id, "person.reopened", {}, {"person": person.name}):
                words = self._words(document=document)
                if person.closed_ns or not person.suspended_ns:
                    self._check_open(person)
                    raise Refused.of("people-not-suspended", name=person.name)
                self._check_pair(pair, person.name)
                self.book.enter(act_id, "person.reopened", {}, {"person": person.name, **words, **pair.sealed()})
            if not self.book.get(name).suspended_ns:
                self._accounts.set_suspended(person.name, False)
            return self.book.get(name)

    def hand_over(
        self,
        act_id: str,
        pair: Pair,
        name: str,
        items: Sequence[Item],
        receivers: Mapping[str, str],
        ticked: Collection[str],
        *,
        document: str,
    ) -> Person:
        """Signs the hand-over list of somebody who leaves or left (``T-81``): who takes each of ``items``, which are
        the person's as things stand. Raises Refused for a thing that nobody takes and for a line that is not ticked,
        UsageError, NotFound, NotWritable."""
        with self._lock:
            person = self.book.get(name)
            if not self._acts.repeated(act_id, "person.handed", {}, {"person": person.name}):
                words = self._words(document=document)
                self._check_pair(pair, person.name)
                check_handover(items, receivers, ticked)
                listed = [
                    {"id": item.id, "number": item.number, "what": item.what, "due": item.due,
                     "taker": receivers[item.id]}
                    for item in items
                ]  # fmt: skip
                sealed = {"person": person.name, "items": listed, "ticked": list(LINES), **words, **pair.sealed()}
                self.book.enter(act_id, "person.handed", {"things": len(items)}, sealed)
            return self.book.get(name)

    def reset(self, act_id: str, pair: Pair, name: str) -> str:
        """Voids somebody's password and second factor, and key slot if there is one; the new password for the first
        log-in, which is shown this once: "" on a repeat. The person was identified before (防護基準 4-2-8).

        Raises Refused when nobody would be left who opens the vault, NotFound, NotWritable.
        """
        with self._lock:
            person = self.book.get(name)
            if self._acts.repeated(act_id, "password.reset", {}, {"person": person.name}):
                return self._finish_drawing(person.name)
            self._check_in_use(person)
            self._check_pair(pair, person.name)
            if self._keyholders.can_unlock(person.name) and self._keyholders.count() < 2:
                raise Refused.of("people-vault-reset", name=person.name)
            self.book.enter(act_id, "password.reset", {}, {"person": person.name, **pair.sealed()})
            return self._open_account(person.name)

    def enrol(self, act_id: str, token: str, keyholder: Seat, person: Seat, passwords: Mapping[int, str]) -> None:
        """Lets ``person`` open the vault as ``keyholder`` does; both sit here and typed their passwords.

        Raises Refused for a wrong password, for somebody who opens it already, and for a role that never opens it.
        """
        with self._lock:
            holder = self._logins.reauthenticate(token, keyholder.seat, passwords.get(keyholder.seat, ""))
            new = self._logins.reauthenticate(token, person.seat, passwords.get(person.seat, ""))
            if self._acts.repeated(act_id, "keyholder.added", {}, {"person": new.person}):
                return
            if not any(ROLES[role].factor for role in new.roles):
                raise Refused.of("vault-role", person=new.person)
            if self._keyholders.can_unlock(new.person):
                raise Refused.of("vault-holds", person=new.person)
            with self._keyholders.unlock(holder.person, passwords[keyholder.seat]) as vault:
                sealed = {"person": new.person, "by": holder.person, "display": holder.display}
                self.book.enter(act_id, "keyholder.added", {}, sealed)
                self._keyholders.enrol(new.person, passwords[person.seat], vault)

    # --- one person's acts ---

    def pledge(self, act_id: str, by: Seat, name: str, *, document: str) -> Person:
        """Files somebody's pledge of confidentiality of today (``rules`` 八(一)). Raises UsageError, Refused."""
        with self._lock:
            person = self.book.get(name)
            if not self._acts.repeated(act_id, "person.pledged", {}, {"person": person.name}):
                words = self._words(document=document)
                self._check_in_use(person)
                sealed = {"person": person.name, **words, "by": by.person, "display": by.display}
                self.book.enter(act_id, "person.pledged", {}, sealed)
            return self.book.get(name)

    def review(self, act_id: str, by: Seat, *, remark: str) -> None:
        """The yearly review: somebody looked at every account and signs with the password (防護基準 1-1-4)."""
        with self._lock:
            if self._clock.boot_ns() - by.proved_ns > _FRESH_NS:
                raise Refused.of("password-again", thing="review")
            remark = checked_words("review", "remark", remark, most=2_000, needed=False)
            open_people = sum(1 for person in self.book.all() if not person.closed_ns)
            sealed = {"remark": remark, "by": by.person, "display": by.display}
            if not self._acts.repeated(act_id, "people.reviewed", {}, sealed):
                self.book.enter(act_id, "people.reviewed", {"people": open_people}, sealed)

    def review_due(self) -> str:
        """A sentence when the last review, or the first account, is over a year old; else ""."""
        since_ns = self.book.reviewed_ns or self._founded_ns
        days = (self.book.today() - day_of(since_ns)).days
        return f"the accounts were last reviewed {days} days ago; review and sign them" if days > REVIEW_DAYS else ""

    # --- the machine's ---

    def suspend_idle(self, *, trusted: bool) -> list[str]:
        """Suspends accounts that nobody used for 90 days (防護基準 1-1-3): sessions end, the slot stays and opens
        nothing. Never one without which nobody could run the office, and so reopen the others. Does nothing while time
        is not ``trusted``. The names. Raises NotWritable."""
        suspended: list[str] = []
        with self._lock:
            for person in self.book.all() if trusted else ():
                account = self._accounts.find(person.name)
                if person.closed_ns or person.suspended_ns or account is None or not self._is_idle(person, account):
                    continue
                try:
                    self._check_left(person, ())
                except Refused:
                    continue
                self.book.enter(self._random(16).hex(), "person.suspended", {}, {"person": person.name})
                self._suspend(person.name)
                suspended.append(person.name)
        return suspended

    def settle(self) -> None:
        """At start, before :meth:`Keyholders.settle`: what was entered and then cut is carried out. Somebody whose
        account was not made in time, or whose password was not voided in time, gets in after a further reset."""
        with self._lock:
            for person in self.book.all():
                account = self._accounts.find(person.name)
                if account is not None and account.suspended != bool(person.suspended_ns):
                    self._accounts.set_suspended(person.name, bool(person.suspended_ns))
                if account is None and not person.closed_ns:
                    self._accounts.add(_account(person))
                elif account is not None and account.enabled and person.closed_ns:
                    self._accounts.set_enabled(person.name, False)
                elif account is not None and person.waits and not account.must_change:
                    self._accounts.set_initial(person.name, "")

    # --- inside ---

    def _words(self, **typed: str) -> dict[str, str]:
        names = {"display": "name as on papers", "post": "post", "unit": "unit", "document": "document that decided it"}
        checked = {name: checked_words("person", names[name], text, most=_MAX_WORDS) for name, text in typed.items()}
        if "display" in checked:
            checked["display_of"] = checked.pop("display")
        return checked

    def _check_open(self, person: Person) -> None:
        if person.closed_ns:
            raise Refused.of("people-closed", name=person.name)

    def _check_in_use(self, person: Person) -> None:
        self._check_open(person)
        if person.suspended_ns:
            raise Refused.of("people-suspended", name=person.name)

    def _is_idle(self, person: Person, account: Account) -> bool:
        """Whether nobody used it for too long since it was made or opened again."""
        used_ns = max(account.used_ns, person.added_ns, person.reopened_ns) or self._founded_ns
        return bool(used_ns) and self.book.today() - day_of(used_ns) > timedelta(days=IDLE_DAYS)

    def _check_pair(self, pair: Pair, name: str, role: str = "") -> None:
        if name in (pair.proposer.person, pair.approver.person):
            raise Refused.of("people-own", name=name)
        if role and not ROLES[role].approvers & set(pair.approver.roles):
            raise Refused.of("people-approver", role=role, approvers=" or ".join(sorted(ROLES[role].approvers)))

    def _check_factor(self, name: str, grant: RoleGrant) -> None:
        """Somebody who waits for the first log-in sets a factor up there; everybody else has one before the role."""
        account = self._accounts.find(name)
        waits = account is None or account.must_change
        if ROLES[grant.role].factor and not waits and not self._logins.has_factor(name):
            raise Refused.of("people-factor", role=grant.role, name=name)

    def _check_left(self, leaving: Person, grants: tuple[RoleGrant, ...]) -> None:
        """What would be left if ``leaving`` had ``grants`` alone; none means that the person goes."""
        today = self.book.today()
        others = [person for person in self.book.all() if person.name != leaving.name and self._can_log_in(person)]
        roles = [person.on(today) for person in others]
        holders = sum(1 for person in others if self._keyholders.can_unlock(person.name))
        if grants:
            stays = Person(name=leaving.name, display=leaving.display, grants=grants)
            roles.append(stays.on(today))
            holders += self._keyholders.can_unlock(leaving.name)
        check_left(roles, holders)

    def _can_log_in(self, person: Person) -> bool:
        account = self._accounts.find(person.name)
        return account is not None and account.open and not account.must_change and not person.closed_ns

    def _finish_drawing(self, name: str) -> str:
        """A repeat of an act that drew a password: "", unless nothing had been drawn before it broke off."""
        account = self._accounts.find(name)
        unfinished = self.book.get(name).waits and not (account and account.must_change and account.verifier)
        return self._open_account(name) if unfinished else ""

    def _open_account(self, name: str) -> str:
        """An account that the drawn password opens, once; whoever sat somewhere is out."""
        drawn = draw_password(self._random)
        if self._accounts.find(name) is None:
            self._accounts.add(_account(self.book.get(name)))
        self._keyholders.reset_password(name, drawn)
        self._logins.end_all_of(name)
        return drawn

    def _suspend(self, name: str) -> None:
        self._accounts.set_suspended(name, True)
        self._logins.end_all_of(name)

    def _shut(self, name: str) -> None:
        self._logins.end_all_of(name)
        if self._accounts.find(name):
            self._keyholders.disable(name)


def _account(person: Person) -> Account:
    """One that nothing opens yet."""
    return Account(name=person.name, display=person.display, roles=(), verifier="", must_change=True)


def _fields(grant: RoleGrant) -> dict[str, Any]:
    """As an entry holds it."""
    fields: dict[str, Any] = {"role": grant.role, "start": grant.start.isoformat(), "acting": grant.acting}
    return fields | ({"end": grant.end.isoformat()} if grant.end else {})
