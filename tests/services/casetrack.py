"""A citizen's case led along its rows in a book of its own: lin receives and manages, wu signs everything above."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from appliance.rules.cases.people import Appointment, Person
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Stage, State
from appliance.rules.people import Role
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.ports import CasePorts
from tests.caselife import CaseLife

__all__ = ["NAMES", "go_on", "small_world", "track"]

NAMES = {1: ("lin", "林小明"), 2: ("wu", "吳大同")}
_ROLES = {1: (Role.OFFICER, Role.MANAGER), 2: (Role.UNIT_HEAD, Role.SECRETARY, Role.DIRECTOR)}


def small_world(*cameras: str) -> CasePorts:
    """A training office of two people that has all footage that anybody asks for."""
    roster = tuple(
        Appointment(person=Person(account=NAMES[seat][0], name=NAMES[seat][1]), role=role, first=date.min)
        for seat, roles in _ROLES.items()
        for role in roles
    )
    return CasePorts(
        cameras=lambda: dict.fromkeys(cameras, ""),
        accounts=lambda: [name for name, _ in NAMES.values()],
        roster=lambda: roster,
        managing=lambda: "行政庶務課",
        policy_on=lambda day: "113-09-27",
        footage=lambda scope: "in_store",
        readable=lambda scopes: True,
        scans=lambda case: {"form", "letter"},
        opened_by=lambda case, since: ("lin",),
        round_the_clock=True,
    )


def track(book: CaseBook, at_ns: Callable[[], int], seed: object = 0) -> CaseLife:
    """What leads cases of this book; act ids are repeatable."""
    numbers = itertools.count()

    def call(verb: str, **told: Any) -> dict[str, Any]:
        account, name = NAMES[told["seat"]]
        who = ActingUser(account, name, proved=True, roles_here=_roles(_ROLES[told["seat"]]))
        kind = str(told.get("kind", ""))
        done = book.act(str(told["act"]), who, str(told["case"]), str(told["event"]), told["facts"], kind=kind)
        return {"case": done.file.key, "state": done.file.case.state, "row": done.row}

    def act() -> str:
        return hashlib.sha256(f"{seed} {next(numbers)}".encode()).hexdigest()[:32]

    class BookLife(CaseLife):
        def cleared(self, key: str) -> None:
            book.system(key, Event.CLEAN)

    life = BookLife(call, "", at_ns, act=act)
    life.signer = NAMES[2][0]
    return life


def _roles(roles: Sequence[Role]) -> tuple[str, ...]:
    return tuple(map(str, roles))


def go_on(life: CaseLife, book: CaseBook, key: str, result: str) -> None:
    """The next act that leads the case to its close: by a refusal, or by a viewing; nothing once it is closed."""
    file = book.file(key)
    steps: dict[State, Callable[[], object]] = {
        State.RECEIVED: lambda: life.act("pass_formal", key),
        State.CHECKING: lambda: life.propose(key),
        State.UNIT_REVIEW: lambda: life.act("stamp", key, seat=2),
        State.SEC_REVIEW: lambda: life.act("stamp", key, seat=2, double=True),
        State.DECISION: lambda: life.decide(key) if result == "granted" else life.refuse(key),
        State.GRANTED: lambda: life.notify(key),
        State.REFUSED: lambda: life.notify(key),
        State.SCHEDULED: lambda: life.act("prepare", key),
        State.PREPARED: lambda: life.act("begin", key, viewing=life.door),
        State.VIEWING: lambda: life.act("finish", key, viewing={"filming": "none", "signed": True}),
        State.VIEWED: lambda: book.system(key, Event.CLEAN),
    }
    act = steps.get(file.case.state)
    if act:
        act()
    elif file.case.state is State.NOTIFIED and file.case.result is State.GRANTED:
        life.schedule(key)
    elif file.case.state is not State.CLOSED:
        signed = {cell.stage for cell in file.case.signatures}
        if Stage.LEDGER_MANAGER not in signed:
            life.act("sign_ledger", key)
        elif Stage.LEDGER_HEAD not in signed:
            life.act("stamp_ledger", key, seat=2)
        else:
            life.act("close", key)
