"""Who acts on a case, and what the act came to."""

from __future__ import annotations

from typing import NamedTuple

from appliance.rules.cases.people import SYSTEM, Actor, Person
from appliance.rules.ink import Ink
from appliance.services.cases.casefile import CaseFile

__all__ = ["ActResult", "ActingUser"]


class ActingUser(NamedTuple):
    """Who acts. ``proved``: the password was typed for this act. ``roles_here``: of all who sit in the session.
    ``beside``: somebody else sits there too. ``ink``: on the sheet, and somebody enters it; it stands in the place of
    the password."""

    account: str
    name: str = ""
    proved: bool = False
    roles_here: tuple[str, ...] = ()
    beside: bool = False
    ink: Ink | None = None

    @property
    def actor(self) -> Actor:
        if self.account == SYSTEM.person.account:
            return SYSTEM
        proved = self.proved or self.ink is not None
        person = Person(account=self.account, name=self.name)
        return Actor(person=person, proved=proved, beside=self.beside, ink=self.ink)


class ActResult(NamedTuple):
    """An act that was performed: the file after it, and its row."""

    file: CaseFile
    row: str
