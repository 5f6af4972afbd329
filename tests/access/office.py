"""An office with everybody in it: a real keeper in this process, and a session for each caller of the tables."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pyotp

from appliance.core.errors import NotLoggedIn, RecorderError
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message, Reply
from appliance.rules.cases.checklist import LINES
from appliance.rules.people import ROLES
from tests.box import OFFICER, UNIT_HEAD
from tests.caselife import CaseLife
from tests.footage import FilmClock
from tests.verbs import VERBS

__all__ = ["BOTH", "CALLERS", "CHECKLIST", "HOUR_NS", "MANAGING", "OWN", "Caller", "Office", "act_id", "outcome"]

HOUR_NS = 3600 * 10**9
OWN = "chosen by the person alone"
CHECKLIST = {line.code: "yes" for line in LINES}
MANAGING = "行政庶務課"
_MANAGING = frozenset({"officer", "manager", "unit_head"})
"""Whose accounts are in the managing unit; all others are of one other section."""
BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}


class Caller(NamedTuple):
    """Somebody at a browser. ``seats``: the one role of each person who sits there; no seat for nobody. ``lost``: what
    became of the first person since the log-in: the account was *closed*, or its role has *ended*."""

    name: str
    seats: tuple[str, ...]
    lost: str = ""

    @property
    def holds(self) -> frozenset[str]:
        """The roles that somebody here has now."""
        return frozenset() if self.lost else frozenset(self.seats)


CALLERS = (
    Caller("nobody", ()),
    Caller("closed", ("officer",), "closed"),
    Caller("ended", ("officer",), "ended"),
    *(Caller(role, (role,)) for role in ROLES),
    Caller("officer and unit_head", ("officer", "unit_head")),
    Caller("officer and director", ("officer", "director")),
    Caller("officer and secretary", ("officer", "secretary")),
    Caller("staff and director", ("staff", "director")),
)


APPLICANT = Caller("applicant", ("staff",))
"""One of the staff whose request is another's for each of the callers."""


class _Life(CaseLife):
    """The founders lead a case; where one of them would sign twice, whoever has that role alone signs."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.ask, office.founders, office.keeper.clock.wall_ns)
        self._office = office

    def by(self, role: str, event: str, key: str, *, password: str = "", **facts: Any) -> None:
        caller = next(each for each in CALLERS if each.name == role)
        self.call("case-act", session=self._office.session(caller), act=act_id(), case=key, event=event, seat=1,
                  password=password, facts=facts)  # fmt: skip

    def to_decision(self, key: str) -> None:
        self.act("pass_formal", key)
        self.act("propose", key, checklist=CHECKLIST, proposal={"result": "granted", "article": "八(五)"})
        self.by("unit_head", "stamp", key)
        self.by("secretary", "stamp", key)

    def decide(self, key: str, event: str = "grant", *, act: str = "", **facts: Any) -> None:
        self.by("director", event, key, password=OWN, **facts)


def act_id() -> str:
    return os.urandom(16).hex()


def outcome(error: RecorderError | None) -> str:
    """What a caller got, as the tables write it."""
    if error is None:
        return "done"
    return "refused" if error.code == "not-allowed" else error.code


class Office:
    """Each has an own account, also those who share a browser. ``ask`` calls a verb as the socket does."""

    def __init__(self, keeper: Keeper, clock: FilmClock) -> None:
        self.keeper, self._clock = keeper, clock
        keeper.cases.world = replace(
            keeper.cases.world, footage=lambda scope: "in_store", readable=lambda scopes: True, round_the_clock=True
        )
        self._tokens: dict[str, str] = {}
        self._factors: dict[str, str] = {}
        self._founders = ""
        self.fresh = False
        self._things: dict[object, str] = {}
        self._count = 0
        self.last: RecorderError | None = None
        for caller in (*CALLERS, APPLICANT):
            for seat, role in enumerate(caller.seats, 1):
                self.add(self.account(caller, seat), role)

    @staticmethod
    def account(caller: Caller, seat: int = 1) -> str:
        return f"{caller.name.replace(' and ', '.')}-{seat}"

    def ask(self, verb: str, body: bytes = b"", **arguments: Any) -> dict[str, Any]:
        return dict(self.reply(verb, body, **arguments).head)

    def reply(self, verb: str, body: bytes = b"", **arguments: Any) -> Reply:
        return VERBS[verb](self.keeper, arguments, Message({}, body))

    # --- people ---

    @property
    def founders(self) -> str:
        """A living session of the two people of set-up, who run the office."""
        if not self._lives(self._founders):
            first = self.ask("login", name=OFFICER.name, password=OFFICER.password)["session"]
            second = self.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)
            self._founders = str(second["session"])
        return self._founders

    def change(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """What both founders change about somebody."""
        told = {"session": self.founders, "act": act_id(), "passwords": BOTH, "document": "簽", **arguments}
        return self.ask(verb, **told)

    def add(self, name: str, role: str, *, factor: bool = False) -> None:
        """An account with that role, its own password and its factor: where the role takes one or with ``factor``."""
        first = self.keeper.people.book.today()
        today, tomorrow = first.isoformat(), (first + timedelta(days=1)).isoformat()
        end = tomorrow if ROLES[role].most_days else ""  # the log-ins of a run may go past midnight
        words = {"display": name, "post": "課員", "unit": MANAGING if role in _MANAGING else "戶籍登記課"}
        drawn = self.change("person.add", name=name, role=role, start=today, end=end, acting=False, **words)["drawn"]
        begun = self.ask("first.begin", name=name, password=drawn)
        self._factors[name] = begun["secret"] if begun["needed"] or factor else ""
        self.ask("first.finish", token=begun["token"], password=OWN, code=self._code(name))

    def _code(self, name: str) -> str:
        """The next code of somebody's factor: each is good for one log-in, so half a minute goes by."""
        self._clock.at_ns += 30 * 10**9
        secret = self._factors[name]
        return pyotp.TOTP(secret).at(self._clock.at_ns // 10**9) if secret else ""

    def session(self, caller: Caller) -> str:
        """The caller's token: a living one, but for who lost the account; "" for nobody."""
        token = self._tokens.get(caller.name, "")
        if not caller.seats or self._lives(token) or (token and caller.lost == "closed"):
            return token
        if token and caller.lost == "ended":
            today = self.keeper.people.book.today().isoformat()
            self.change("person.grant", name=self.account(caller), role=caller.seats[0], start=today)
        token = ""
        for seat in range(1, len(caller.seats) + 1):
            name, joins = self.account(caller, seat), {"session": token} if token else {}
            told = self.ask("login", name=name, password=OWN, totp=self._code(name), **joins)
            token = str(told["session"])
        self._tokens[caller.name] = token
        if caller.lost == "closed":
            self.change("person.close", name=self.account(caller))
        if caller.lost == "ended":
            self.change("person.end-grant", name=self.account(caller), role=caller.seats[0])
        return token

    def session_of(self, name: str) -> str:
        """A living session of somebody alone who was added by name."""
        token = self._tokens.get(name, "")
        if not self._lives(token):
            token = str(self.ask("login", name=name, password=OWN, totp=self._code(name))["session"])
            self._tokens[name] = token
        return token

    def _lives(self, token: str) -> bool:
        try:
            return bool(self.keeper.logins.session(token, active=False))
        except NotLoggedIn:
            return False

    # --- what they act on ---

    def one(self, make: Callable[[Office], str]) -> str:
        """One of what ``make`` makes: a ``fresh`` one where an act is about to change it."""
        if self.fresh:
            return make(self)
        if make not in self._things:
            self._things[make] = make(self)
        return self._things[make]

    def own(self, session: str, make: Callable[[], str]) -> str:
        """The caller's own, made once; an empty name where making it is refused."""
        people = self.keeper.logins.session(session, active=False).seats
        who = people[0].person
        if who not in self._things:
            self._things[who] = make()
        return self._things[who]

    def count(self) -> int:
        """A number that was not given before."""
        self._count += 1
        return self._count

    def today(self) -> str:
        return self.keeper.people.book.today().isoformat()

    def life(self) -> CaseLife:
        return _Life(self)

    def span(self) -> tuple[int, int]:
        return self.keeper.clock.wall_ns() - 2 * HOUR_NS, self.keeper.clock.wall_ns() - HOUR_NS
