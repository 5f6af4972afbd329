"""What people do with their own account: the first log-in, another password, another second factor, security keys.

A second factor is enrolled by proving it: the secret is drawn here, shown as a picture to scan, and kept only once a
code of it was typed. Until then it waits in memory for ten minutes, under a token that only the asker has.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pyotp

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotLoggedIn, Refused, UsageError
from appliance.protocol.account import Enrolment
from appliance.rules.wording import checked_words
from appliance.services.people.accounts import Account, Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.people.securitykeys import MAX_KEYS, SecurityKey, SecurityKeys

__all__ = ["OwnAccounts"]

_WAITS_NS = 600 * 1_000_000_000
_MOST_WAITING = 32
_SECRET_BYTES = 20
_MOST_LABEL = 60


class _Waiting(NamedTuple):
    enrolment: Enrolment
    until_ns: int
    first: bool


class OwnAccounts:
    """Thread-safe. ``issuer`` is the office's name, as the authenticator app shows it."""

    def __init__(
        self,
        book: PeopleBook,
        accounts: Accounts,
        keyholders: Keyholders,
        logins: Logins,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        issuer: str,
        keys: SecurityKeys | None = None,
    ) -> None:
        self._book, self._accounts, self._keyholders, self._logins = book, accounts, keyholders, logins
        self._clock, self._random, self._issuer = clock, random, issuer
        self._keys = keys or SecurityKeys("localhost", "https://localhost", issuer, clock, random)
        self._lock = threading.RLock()
        self._waiting: dict[str, _Waiting] = {}

    def waiting(self, token: str) -> Enrolment:
        """What waits to be proved under this token. Raises NotLoggedIn when it is over."""
        with self._lock:
            waiting = self._waiting.get(token)
            return self._living(token, first=waiting.first if waiting else True).enrolment

    # --- the first log-in ---

    def begin_first(self, name: str, drawn: str, source: str = "") -> Enrolment:
        """With the password that the machine drew: what the form for an own one needs. With an own password whose
        account lacks the second factor that its roles need: what the form for that needs. Raises as a log-in does."""
        account = self._logins.prove_first(name, drawn, source)
        return self._begin(account.name, first=True, chooses=account.must_change)

    def finish_first(self, token: str, password: str, code: str) -> str:
        """The person's own password, where one was to be chosen, and second factor, where the roles take one or a code
        was typed, are in force; the account's name.

        Raises UsageError for a password that will not do, Refused for a code that does not fit, NotLoggedIn when it
        took over ten minutes, NotWritable.
        """
        with self._lock:
            waiting = self._living(token, first=True)
            name = waiting.enrolment.person
            account = self._accounts.find(name)
            if account is None or not account.enabled or not self._is_due(account, waiting.enrolment):
                del self._waiting[token]
                raise NotLoggedIn.of("first-login-none")
            if not waiting.enrolment.chooses:
                self._proved(waiting.enrolment, code)
                self._enter("totp.changed", name, {})
                self._accounts.set_totp(name, waiting.enrolment.secret, code)
                del self._waiting[token]
                return name
            self._accounts.check_password(name, password)
            if self._accounts.prove_password(name, password):
                raise UsageError.of("account-drawn")
            factor = self._proved(waiting.enrolment, code)
            self._enter("password.changed", name, {"first": True})
            if factor:
                self._enter("totp.changed", name, {})
            secret = waiting.enrolment.secret if factor else ""
            self._accounts.set_first(name, self._accounts.hasher.verifier(password), secret, code)
            del self._waiting[token]
            return name

    # --- somebody who is logged in ---

    def change_password(self, session: str, seat: int, old: str, new: str) -> None:
        """Another password; a keyholder's slot goes along. All sessions of the person end, this one too.

        Raises Refused for a wrong old one, UsageError for a new one that will not do, Unavailable while throttled.
        """
        person = self._logins.reauthenticate(session, seat, old).person
        self._accounts.check_password(person, new)
        self._enter("password.changed", person, {"first": False})
        self._keyholders.change_password(person, old, new)
        self._logins.end_all_of(person)

    def begin_factor(self, session: str, seat: int, password: str) -> Enrolment:
        """A second factor to be scanned, in place of the one in force. Raises as :meth:`change_password`."""
        return self._begin(self._logins.reauthenticate(session, seat, password).person, first=False)

    def finish_factor(self, token: str, session: str, code: str) -> None:
        """It is in force once ``code`` proved it. Raises Refused for a code that does not fit, NotLoggedIn."""
        with self._lock:
            waiting = self._living(token, first=False)
            name = waiting.enrolment.person
            if name not in {seat.person for seat in self._logins.session(session).seats}:
                raise NotLoggedIn.of("factor-left")
            if not self._proved(waiting.enrolment, code):
                raise Refused.of("account-code-2")
            self._enter("totp.changed", name, {})
            self._accounts.set_totp(name, waiting.enrolment.secret, code)
            del self._waiting[token]

    def begin_key(self, session: str, seat: int, password: str) -> dict[str, Any]:
        """What the person's browser is asked to make a security key with. Raises as :meth:`change_password`."""
        person = self._logins.reauthenticate(session, seat, password).person
        account = self._accounts.get(person)
        return self._keys.options_for(person, account.display, account.keys)

    def finish_key(self, session: str, seat: int, credential: str, label: str) -> None:
        """The key that was made is in force. Raises Refused for an answer that does not fit, UsageError for a label
        that will not do, NotLoggedIn, NotWritable."""
        person = self._person(session, seat)
        words = checked_words("security key", "label", label, most=_MOST_LABEL)
        with self._lock:
            keys = self._accounts.get(person).keys
            if len(keys) >= MAX_KEYS:
                raise Refused.of("key-most", most=MAX_KEYS)
            key = self._keys.enrolled(credential, person, keys, words)
            self._book.enter(self._random(16).hex(), "securitykey.added", {}, {"person": person, "label": words})
            self._accounts.set_keys(person, (*keys, key))

    def remove_key(self, session: str, seat: int, password: str, key_id: str) -> None:
        """It opens nothing any more. Raises as :meth:`change_password`, NotFound."""
        person = self._logins.reauthenticate(session, seat, password).person
        with self._lock:
            keys = self._accounts.get(person).keys
            gone = next((key for key in keys if key.key_id == key_id), None)
            if gone is None:
                raise NotFound.of("key-none")
            left = tuple(key for key in keys if key.key_id != key_id)
            self._check_factor_left(person, left)
            sealed = {"person": person, "label": gone.label}
            self._book.enter(self._random(16).hex(), "securitykey.removed", {}, sealed)
            self._accounts.set_keys(person, left)

    # --- inside ---

    def _is_due(self, account: Account, enrolment: Enrolment) -> bool:
        """Whether the account still lacks what the enrolment was begun for."""
        return account.must_change if enrolment.chooses else self._logins.lacks_factor(account.name)

    def _person(self, session: str, number: int) -> str:
        """Who sits there. Raises NotLoggedIn."""
        person = next((seat.person for seat in self._logins.session(session).seats if seat.seat == number), "")
        if not person:
            raise NotLoggedIn.of("key-left")
        return person

    def _check_factor_left(self, person: str, keys: tuple[SecurityKey, ...]) -> None:
        """Raises Refused where the last second factor would go of somebody whose roles need one."""
        account = self._accounts.get(person)
        lost = account.has_factor and not msgspec.structs.replace(account, keys=keys).has_factor
        if lost and self._book.needs_factor(person):
            raise Refused.of("key-last")

    def _begin(self, name: str, *, first: bool, chooses: bool = False) -> Enrolment:
        with self._lock:
            now_ns = self._clock.boot_ns()
            living = {token: waiting for token, waiting in self._waiting.items() if waiting.until_ns > now_ns}
            self._waiting = {token: waiting for token, waiting in living.items() if waiting.enrolment.person != name}
            if len(self._waiting) >= _MOST_WAITING:
                raise Refused.of("factor-crowd")
            secret = base64.b32encode(self._random(_SECRET_BYTES)).decode()
            enrolment = Enrolment(
                token=self._random(16).hex(),
                person=name,
                display=self._book.get(name).display,
                secret=secret,
                uri=pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=self._issuer),
                needed=self._book.needs_factor(name),
                chooses=chooses,
            )
            self._waiting[enrolment.token] = _Waiting(enrolment, now_ns + _WAITS_NS, first)
            return enrolment

    def _living(self, token: str, *, first: bool) -> _Waiting:
        waiting = self._waiting.get(token)
        if waiting is None or waiting.first != first or waiting.until_ns <= self._clock.boot_ns():
            raise NotLoggedIn.of("enrolment-late")
        return waiting

    def _proved(self, enrolment: Enrolment, code: str) -> bool:
        """Whether there is a second factor from now on. Raises Refused for digits that do not fit, or none where the
        roles take one."""
        if not code.strip() and enrolment.chooses and not self._book.needs_factor(enrolment.person):
            return False
        if not code.strip() or not self._accounts.proves_factor(enrolment.secret, code):
            raise Refused.of("account-code")
        return True

    def _enter(self, kind: str, person: str, clear: dict[str, Any]) -> None:
        self._book.enter(self._random(16).hex(), kind, clear, {"person": person})
