"""People around a case: who is named in it, who is appointed on which days, who acts now, what has been signed.

A person is an account, a name and a hash of an ID number, as far as each is known. Deputies are appointed with a first
and a last day (domain 4.1, DEP); ``rank`` 0 is the holder, 1 the first deputy, 2 the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.rules.cases.states import Stage
from appliance.rules.ink import Ink
from appliance.rules.people import Role, RoleGrant

__all__ = ["SYSTEM", "Actor", "Appointment", "Party", "Person", "Signature", "appointments"]


class Person(Record, frozen=True, kw_only=True):
    """Somebody, as far as known: at least one of the three."""

    account: str = ""
    name: str = ""
    id_hash: str = ""

    def is_same(self, other: Person) -> bool:
        """Whether the two may be one natural person (domain 4.2: match on account, name and ID).

        Equal accounts or IDs are; different IDs are not, whatever the names; else equal names are taken for one.
        """
        if self.id_hash and other.id_hash:
            return self.id_hash == other.id_hash
        if self.account and other.account:
            return self.account == other.account
        return bool(self.name) and self.name == other.name


class Party(Record, frozen=True, kw_only=True):
    """Somebody the case is about: ``part`` is applicant, viewer or agent. ``entitled``: could view alone (``T-29``)."""

    person: Person
    part: str = "applicant"
    entitled: bool = False


class Appointment(Record, frozen=True, kw_only=True):
    """``person`` holds ``role`` from ``first`` to ``last`` (None: until further notice), both days included.

    ``section``: of a section head. Raises UsageError for a deputy without a last day.
    """

    person: Person
    role: Role
    first: date
    last: date | None = None
    rank: int = 0
    section: str = ""

    def __post_init__(self) -> None:
        if self.rank and self.last is None:
            raise UsageError.of("deputy-last-day", role=self.role)

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def appointments(person: Person, grants: Iterable[RoleGrant], section: str = "") -> tuple[Appointment, ...]:
    """What somebody's dated roles are in a case; ``section`` is the one a section head heads.

    Whoever acts for the director comes first as secretary, else second (2.1: 秘書, then 課長).
    """
    held = tuple(grants)
    is_secretary = any(grant.role == Role.SECRETARY and not grant.acting for grant in held)
    return tuple(
        Appointment(
            person=person,
            role=role,
            first=grant.start,
            last=grant.end,
            rank=(2 if grant.role == Role.DIRECTOR and not is_secretary else 1) if grant.acting else 0,
            section=section if grant.role == Role.SECTION_HEAD else "",
        )
        for grant in held
        for role in Role
        if role == grant.role
    )


class Actor(Record, frozen=True, kw_only=True):
    """Who does an act. ``proved``: the password was typed for it. ``beside``: somebody else is logged in at the same
    browser, so only the password says whose act it is. ``system``: the appliance itself. ``ink``: on the sheet."""

    person: Person
    proved: bool = False
    beside: bool = False
    system: bool = False
    ink: Ink | None = None


SYSTEM = Actor(person=Person(account="system"), system=True)


class Signature(Record, frozen=True, kw_only=True):
    """A signed cell. ``deputy``: signed 代理／代行. ``double``: the mark 兼簽 (``D-10``). ``superseded``: the case was
    returned after it; it stays visible, and stays a signature of this person. ``ink``: it stands on the sheet, whose
    scan shows it."""

    stage: Stage
    person: Person
    day: date
    role: Role
    deputy: bool = False
    double: bool = False
    superseded: bool = False
    ink: Ink | None = None
