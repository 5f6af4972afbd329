"""An office whose people sign on paper: a real keeper in this process, and a clerk who enters what they signed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pyotp

from appliance.core.errors import NotLoggedIn, PasswordDue
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.people import ROLES
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.casefile import CaseFile
from tests.box import OFFICER, UNIT_HEAD
from tests.caseletters import CaseLetters
from tests.footage import FilmClock
from tests.keeper.filing import filed
from tests.verbs import VERBS

__all__ = ["MINUTE_NS", "PEOPLE", "InkOffice", "act_id"]

MINUTE_NS = 60 * 1_000_000_000
OWN = "chosen by the person alone"
BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}

PEOPLE: Mapping[str, tuple[str, str]] = {
    "wang": ("officer", "general"),
    "lin": ("manager", "general"),
    "chen": ("unit_head", "general"),
    "hsu": ("secretary", "registration"),
    "tsai": ("director", "registration"),
    "kuo": ("section_head", "registration"),
    "peng": ("staff", "registration"),
}
"""Account: role and unit. Beside them are the two founders, of whom the officer enters what others signed."""


class InkOffice(CaseLetters):
    """``clerk``: the founding officer, who enters. ``footage`` and ``scans``: what is there, as in ``BookDesk``."""

    def __init__(self, keeper: Keeper, clock: FilmClock) -> None:
        self.keeper, self.clock = keeper, clock
        self.footage = "in_store"
        self.scans: tuple[str, ...] = ("form", "letter")
        self._clerk = ""
        for name, (role, unit) in PEOPLE.items():
            self.add(name, role, unit)
        keeper.cases.world = replace(
            keeper.cases.world,
            cameras=lambda: {"C1": "大廳", "C2": "櫃檯"},
            managing=lambda: "general",
            footage=lambda scope: self.footage,
            readable=lambda scopes: True,
            scans=lambda case: self.scans,
            opened_by=lambda case, since: ("lin",),
            floor_of=lambda scope: day_of(scope.end_ns) + timedelta(days=31),
            round_the_clock=True,
        )

    # --- people ---

    def ask(self, verb: str, body: bytes = b"", **arguments: Any) -> dict[str, Any]:
        return dict(VERBS[verb](self.keeper, arguments, Message({}, body)).head)

    def founders(self) -> str:
        first = self.ask("login", name=OFFICER.name, password=OFFICER.password)["session"]
        return str(self.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)["session"])

    def clerk(self) -> str:
        """A living session of the founding officer alone."""
        try:
            self.keeper.logins.session(self._clerk)
        except NotLoggedIn:
            self._clerk = str(self.ask("login", name=OFFICER.name, password=OFFICER.password)["session"])
        return self._clerk

    def change(self, verb: str, **arguments: Any) -> dict[str, Any]:
        told = {"session": self.founders(), "act": act_id(), "passwords": BOTH, **arguments}
        return self.ask(verb, **told)

    def add(self, name: str, role: str, unit: str = "", *, start: date | None = None) -> None:
        words = {"display": f"{name}-name", "post": "課員", "unit": unit}
        first = (start or self.today).isoformat()
        self.change("person.add", name=name, role=role, start=first, end="", acting=False,
                    document="簽", **words)  # fmt: skip

    def session_of(self, name: str) -> str:
        """Of somebody who logs in for the first time."""
        drawn = str(self.change("person.reset", name=name)["drawn"])
        try:
            self.ask("login", name=name, password=drawn)
        except PasswordDue:
            begun = self.ask("first.begin", name=name, password=drawn)
        totp, now = pyotp.TOTP(begun["secret"]), self.clock.at_ns // 10**9
        code = (lambda at: totp.at(at)) if begun["needed"] else (lambda at: "")
        self.ask("first.finish", token=begun["token"], password=OWN, code=code(now))
        return str(self.ask("login", name=name, password=OWN, totp=code(now + 30))["session"])

    # --- time and papers ---

    @property
    def today(self) -> date:
        return day_of(self.clock.at_ns)

    def wait(self, days: int) -> None:
        self.clock.at_ns += days * DAY_NS

    def minutes(self, count: int = 2) -> int:
        """They go by; the moment before the last of them."""
        self.clock.at_ns += count * MINUTE_NS
        return self.clock.at_ns - MINUTE_NS

    def filed(self, of: str, kind: str = "form") -> str:
        """The number of a scan that the clerk takes in, without a darkroom to look at it."""
        return filed(self.keeper, of, kind)

    # --- cases ---

    def do(self, event: Event, who: str, key: str = "", *, kind: str = "", **facts: Any) -> CaseFile:
        """In the system, by the very book."""
        self._shown(event, key, facts)
        asked = ActingUser(who, f"{who}-name" if who in PEOPLE else "", proved=True)
        return self.keeper.cases.act(act_id(), asked, key, event, facts, kind=kind).file

    def ink(
        self, event: str, signer: str, key: str, *, at_ns: int = 0, scan: str | None = None, session: str = "",
        act: str = "", password: str = OFFICER.password, **facts: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """On the sheet, entered by the clerk, or by whoever is in seat 1 of ``session``; signed a minute ago where
        ``at_ns`` says nothing else."""
        at_ns = at_ns or self.minutes()
        scan = self.filed(f"case/{key}") if scan is None else scan
        self._shown(event, key, facts)
        signed = {"signer": signer, "at_ns": at_ns, "scan": scan}
        return self.ask("case-act", session=session or self.clerk(), act=act or act_id(), case=key, event=event, seat=1,
                        password=password, facts=facts, ink=signed)  # fmt: skip

    def _shown(self, event: str, key: str, facts: dict[str, Any]) -> None:
        """As a page that shows all corrections that wait."""
        if event in (Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE):
            waiting = [each.index for each in self.keeper.cases.file(key).rectified if each.state == "waits"]
            facts.setdefault("rectify", {"entries": waiting})

    def told(self, key: str) -> CaseView:
        return msgspec.convert(self.ask("case", session=self.clerk(), case=key), CaseView)


def act_id() -> str:
    return os.urandom(16).hex()


assert all(role in ROLES for role, _ in PEOPLE.values())
