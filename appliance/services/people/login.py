"""Log-ins and sessions: who is here now. In memory only, so all sessions end with the keeper's process.

A session has up to two *seats*: log-ins of different people at one browser, as a viewing needs them. Its token is
known to the browser alone; here is only its SHA-256. A session ends after 10 minutes without a request and 8 hours
after its first log-in, and its token changes when the second person joins (session fixation). Either leaves alone: what
the two had open together ends with their session, and whoever stays goes on in one with another id.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import FactorDue, Locked, NotLoggedIn, PasswordDue, Refused, UsageError
from appliance.core.messages import CodedMessage, coded
from appliance.rules.people import needs_factor
from appliance.services.people.accounts import Account, Accounts, account_name
from appliance.services.people.securitykeys import KeyCheck
from appliance.services.people.throttle import Outcome, Throttle, ThrottleKey, at_door, in_session

__all__ = ["ABSOLUTE_NS", "IDLE_NS", "MAX_SESSIONS", "Attempt", "Logins", "OwnSession", "Seat", "Session"]

_SECOND_NS = 1_000_000_000
IDLE_NS = 10 * 60 * _SECOND_NS
ABSOLUTE_NS = 8 * 3600 * _SECOND_NS
MAX_SESSIONS = 2
"""Per person; a further log-in ends the person's oldest."""

_SEATS = 2


class Seat(NamedTuple):
    """One person's log-in in a session. ``roles`` are those of now; ``proved_ns``: boot time of the last password
    typed."""

    seat: int
    person: str
    display: str
    roles: tuple[str, ...]
    slot_id: str
    proved_ns: int


class Session(NamedTuple):
    """A live session as it was at the call. ``session_id`` may be logged and bound to; ``token`` may not."""

    token: str
    session_id: str
    seats: tuple[Seat, ...]

    def __repr__(self) -> str:
        return f"<session {self.session_id}, {len(self.seats)} seats>"

    def seat_of(self, roles: Collection[str]) -> Seat:
        """The seat of somebody who has one of these roles. Raises Refused."""
        for seat in self.seats:
            if set(seat.roles) & set(roles):
                return seat
        raise Refused.of("not-yours-to-do", roles=" or ".join(sorted(roles)))


class OwnSession(NamedTuple):
    """One of a person's own sessions, for the page that lists them: times since when, in nanoseconds of now."""

    session_id: str
    began_ago_ns: int
    seen_ago_ns: int


class Attempt(NamedTuple):
    """A log-in that was tried, for the ledger's counts: succeeded, failed, or locked for what failed before. ``person``
    is empty when there is no such account."""

    person: str
    outcome: str


@dataclass
class _Live:
    session_id: str
    seats: tuple[Seat, ...]
    began_ns: int
    seen_ns: int


class Logins:
    """All live sessions. Thread-safe. ``roles_of`` says what a person may do now, ``needs_factor`` whether one of the
    person's roles takes a second factor, ``on_attempt`` is told of each log-in and re-authentication that was tried.
    ``trial``: in a training office the people of the set-up, whose passwords are printed, need no second factor."""

    def __init__(
        self,
        accounts: Accounts,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        roles_of: Callable[[str], tuple[str, ...]] | None = None,
        needs_factor: Callable[[str], bool] | None = None,
        trial: bool = False,
        on_attempt: Callable[[Attempt], None] = lambda attempt: None,
    ) -> None:
        self._accounts, self._clock, self._random, self._on_attempt = accounts, clock, random, on_attempt
        self._roles_of = roles_of or (lambda person: accounts.get(person).roles)
        self._needs_factor, self._trial = needs_factor or self._roles_need_factor, trial
        self._sessions: dict[bytes, _Live] = {}
        self._throttle = Throttle(clock)
        self._lock = threading.RLock()

    # --- logging in ---

    def log_in(
        self,
        name: str,
        password: str,
        totp: str = "",
        session: str | None = None,
        *,
        key: KeyCheck | None = None,
        source: str = "",
    ) -> Session:
        """A new session; or, with a live ``session``, its second seat, under a new token: the old one is dead.
        ``totp`` or ``key`` is the second factor, ``source`` the address that the log-in comes from.

        Raises Refused with one and the same sentence for every wrong input, PasswordDue where an own password must be
        chosen first, FactorDue where a second factor must be set up first, Locked after too many wrong tries from
        there, NotLoggedIn when ``session`` is over.
        """
        if session is not None:
            self.session(session)
        account = self._let_in(source, name, lambda: self._accounts.prove(name, password, totp, key))
        if account.must_change:
            raise PasswordDue.of("password-due")
        if not self._roles_of(account.name):
            raise Refused.of("account-no-role")
        if self.lacks_factor(account.name):
            raise FactorDue.of("factor-due")
        with self._lock:
            return self._seated(account, session)

    def prove_first(self, name: str, password: str, source: str = "") -> Account:
        """The account of this password, which lacks something before its first log-in: an own password in place of the
        drawn one, or a second factor. Raises as :meth:`log_in`."""
        account = self._let_in(source, name, lambda: self._accounts.prove(name, password, ""))
        if not account.must_change and not self.lacks_factor(account.name):
            raise Refused.of("password-own-already")
        return account

    def lacks_factor(self, name: str) -> bool:
        """Whether the person must set up a second factor before logging in."""
        return not self.has_factor(name) and self._needs_factor(name)

    def has_factor(self, name: str) -> bool:
        """Whether the person's log-in takes a second factor, or is one that never has to: of the set-up of a trial."""
        account = self._accounts.get(name)
        return account.has_factor or (self._trial and bool(account.roles))

    def _roles_need_factor(self, name: str) -> bool:
        return needs_factor(self._roles_of(name))

    def reauthenticate(self, session: str, seat: int, password: str) -> Seat:
        """The person of that seat typed the password again, now. Raises Refused, Locked after too many wrong ones
        in this session, NotLoggedIn."""
        by = self._seat(session, seat)
        account = self._proved(
            in_session(self.session(session).session_id, by.person),
            by.person,
            lambda: self._accounts.get(by.person) if self._accounts.prove_password(by.person, password) else None,
            lambda seconds: coded("throttled-here", name=by.display, seconds=seconds),
        )
        if account is None:
            raise Refused.of("password-of", name=by.display)
        with self._lock:
            live = self._live(session)
            proved = self._seat(session, seat)._replace(proved_ns=self._clock.boot_ns())
            live.seats = tuple(proved if each.seat == seat else each for each in live.seats)
            return proved

    def _let_in(self, source: str, name: str, prove: Callable[[], Account | None]) -> Account:
        """Whoever proves it at the door. One and the same sentence for every wrong input."""
        known = account_name(name)
        where = at_door(source, known)
        account = self._proved(where, known, prove, lambda seconds: coded("throttled-door", seconds=seconds))
        if account is None:
            raise Refused.of("login-wrong")
        return account

    def _proved(
        self,
        where: ThrottleKey,
        name: str,
        prove: Callable[[], Account | None],
        too_many: Callable[[int], CodedMessage],
    ) -> Account | None:
        """None for a wrong try. Raises Locked, with what ``too_many`` says of the seconds to wait, where no further one
        is looked at."""
        person = name if self._accounts.find(name) else ""

        def tried(outcome: Outcome) -> None:
            self._on_attempt(Attempt(person, "succeeded" if outcome.fits else "failed"))
            if outcome.locked:
                self._on_attempt(Attempt(person, "locked"))

        return self._throttle.attempt(where, prove, lambda seconds: Locked(too_many(seconds)), tried)

    def _seated(self, account: Account, session: str | None) -> Session:
        now = self._clock.boot_ns()
        live = _Live(self._random(16).hex(), (), now, now) if session is None else self._live(session)
        if any(seat.person == account.name for seat in live.seats):
            raise UsageError.of("same-person")
        if len(live.seats) >= _SEATS:
            raise UsageError.of("seats-full", seats=_SEATS)
        taken = {seat.seat for seat in live.seats}
        number = next(number for number in range(1, _SEATS + 1) if number not in taken)
        seat = Seat(number, account.name, account.display, self._roles_of(account.name), account.slot_id, now)
        self._end_oldest(account.name)
        if session is not None:
            del self._sessions[_hash(session)]
        live.seats, live.seen_ns = (*live.seats, seat), now
        token = self._random(32).hex()
        self._sessions[_hash(token)] = live
        return Session(token, live.session_id, live.seats)

    # --- being here ---

    def session(self, token: str, *, active: bool = True) -> Session:
        """The live session of this token; asking counts as activity unless a page asks by itself. NotLoggedIn."""
        with self._lock:
            live = self._live(token)
            if active:
                live.seen_ns = self._clock.boot_ns()
            return self._as_now(token, live)

    def require(self, token: str, roles: Collection[str]) -> Seat:
        """The seat in the session that has one of these roles. Raises NotLoggedIn, Refused."""
        return self.session(token).seat_of(roles)

    def is_live(self, session_id: str) -> bool:
        """Whether a session of this id lives; asking is no activity."""
        with self._lock:
            self._expire()
            return any(live.session_id == session_id for live in self._sessions.values())

    def by_id(self, session_id: str) -> Session | None:
        """The session of this id with the roles of now, without its token; None when it is over. No activity."""
        with self._lock:
            self._expire()
            for live in self._sessions.values():
                if live.session_id == session_id:
                    return self._as_now("", live)
            return None

    def _as_now(self, token: str, live: _Live) -> Session:
        """With the roles of now."""
        live.seats = tuple(seat._replace(roles=self._roles_of(seat.person)) for seat in live.seats)
        return Session(token, live.session_id, live.seats)

    def log_out(self, token: str) -> None:
        """Ends the session for both seats. No error when it is over already."""
        with self._lock:
            self._sessions.pop(_hash(token), None)

    def leave(self, token: str, number: int) -> Session | None:
        """Ends the log-in of one seat. Whoever stays goes on in a session of another id, under a new token; None when
        nobody does. Raises NotLoggedIn, UsageError where nobody sits there."""
        with self._lock:
            leaving, live = self._seat(token, number), self._live(token)
            del self._sessions[_hash(token)]
            if not self._goes_on_without(live, leaving.person):
                return None
            token = self._random(32).hex()
            self._sessions[_hash(token)] = live
            return self._as_now(token, live)

    def _goes_on_without(self, live: _Live, person: str) -> bool:
        """Takes the person's seat away; whether somebody stays. What is bound to the id of the two ends with it."""
        live.seats = tuple(seat for seat in live.seats if seat.person != person)
        live.session_id = self._random(16).hex()
        return bool(live.seats)

    def sittings(self, person: str) -> list[OwnSession]:
        """The sessions this person sits in, newest first."""
        with self._lock:
            self._expire()
            now = self._clock.boot_ns()
            mine = [live for live in self._sessions.values() if any(seat.person == person for seat in live.seats)]
            return [
                OwnSession(live.session_id, now - live.began_ns, now - live.seen_ns)
                for live in sorted(mine, key=lambda live: -live.began_ns)
            ]

    def end_all_of(self, person: str) -> None:
        """Ends each log-in of this person: the account was closed or suspended, or its password changed or reset.
        Whoever sits beside goes on."""
        with self._lock:
            for key in self._keys_of(person):
                self._end_seat(key, person)

    def left_ns(self, token: str) -> int:
        """For how much longer a session may last, whoever is there; no activity. Raises NotLoggedIn."""
        with self._lock:
            return self._live(token).began_ns + ABSOLUTE_NS - self._clock.boot_ns()

    def _keys_of(self, person: str) -> list[bytes]:
        return [key for key, live in self._sessions.items() if any(seat.person == person for seat in live.seats)]

    def _end_seat(self, key: bytes, person: str) -> None:
        if not self._goes_on_without(self._sessions[key], person):
            del self._sessions[key]

    def _seat(self, token: str, number: int) -> Seat:
        with self._lock:
            for seat in self._live(token).seats:
                if seat.seat == number:
                    return seat
        raise UsageError.of("session-seat", seat=number)

    def _live(self, token: str) -> _Live:
        self._expire()
        live = self._sessions.get(_hash(token))
        if live is None:
            raise NotLoggedIn.of("session-over")
        return live

    def _expire(self) -> None:
        now = self._clock.boot_ns()
        self._sessions = {
            key: live
            for key, live in self._sessions.items()
            if now - live.seen_ns < IDLE_NS and now - live.began_ns < ABSOLUTE_NS
        }

    def _end_oldest(self, person: str) -> None:
        mine = self._keys_of(person)
        for key in sorted(mine, key=lambda key: self._sessions[key].began_ns)[: len(mine) - MAX_SESSIONS + 1]:
            self._end_seat(key, person)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
