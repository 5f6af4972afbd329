"""Who may do what in the office: roles, how long they last, who may give them, and what each may see. Pure.

Source: ``rules`` 三, 八; the roles of ``domain`` 4.1, the forbidden pairs of 4.2, the matrix of 4.3; 防護基準 1-1-2,
1-1-3, 1-1-4, 1-2-1. A role that is not here cannot be given; what is not in :data:`MAY` nobody may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.errors import Refused, UsageError
from appliance.core.model import Record
from appliance.rules.ink import Ink

__all__ = [
    "ACTORS",
    "ARCHIVERS",
    "DECIDERS",
    "IDLE_DAYS",
    "MAY",
    "OFFICERS",
    "PLEDGE_DAYS",
    "REVIEW_DAYS",
    "ROLES",
    "SEES_FOOTAGE",
    "SYSTEM",
    "Actor",
    "Role",
    "RoleGrant",
    "RoleRow",
    "acting_on",
    "check_grant",
    "check_left",
    "may",
    "needs_factor",
    "pledge_lives",
    "roles_on",
]

OFFICERS = frozenset({"officer", "manager"})
"""專責人員 and 系統管理人: who runs the recorder, receives requests, and one of whom is at every viewing."""

DECIDERS = frozenset({"unit_head", "director"})
"""Who approves what an officer proposes."""

IDLE_DAYS = 90
"""An account that nobody used for so long is suspended (防護基準 1-1-3)."""
REVIEW_DAYS = 365
"""The accounts are reviewed once a year (防護基準 1-1-4)."""
PLEDGE_DAYS = 365
"""A pledge of confidentiality is renewed once a year (``rules`` 八(一))."""
SEES_FOOTAGE = frozenset({"officer", "manager", "unit_head", "director", "live_viewer"})
"""Roles with which somebody opens, masks or accompanies what was recorded, or watches live pictures: they pledge."""
_LIVE_DAYS = 90
"""The longest that somebody may be authorised to watch live pictures (``AT-30``)."""
_ACTING_DAYS = 366
"""The longest that somebody may act for another without a new decision."""


class Role(StrEnum):
    """Who acts, as accounts name it; ``code`` as in the table of roles (domain 4.1)."""

    code: str

    def __new__(cls, value: str, code: str) -> Role:
        made = str.__new__(cls, value)
        made._value_, made.code = value, code
        return made

    OFFICER = "officer", "OFF"
    MANAGER = "manager", "MGR"
    UNIT_HEAD = "unit_head", "HEAD-U"
    SECRETARY = "secretary", "SEC"
    DIRECTOR = "director", "DIR"
    STAFF = "staff", "STF"
    SECTION_HEAD = "section_head", "STF-U"
    SYSTEM = "system", "SYS"


class RoleRow(NamedTuple):
    """``approvers``: one of whom approves it, beside an officer who proposes it. ``factor``: its log-in takes a second
    factor (防護基準 4-1-2). ``acting``: somebody may hold it for another (代理, 代行). ``exclusive``: it goes with no
    other role. ``most_days``: how long one grant may last, 0 for no limit."""

    approvers: frozenset[str]
    factor: bool = False
    acting: bool = False
    exclusive: bool = False
    most_days: int = 0


_UNIT_HEAD, _DIRECTOR = frozenset({"unit_head"}), frozenset({"director"})

ROLES = MappingProxyType(
    {
        "officer": RoleRow(_UNIT_HEAD, factor=True, acting=True),  # 專責人員
        "manager": RoleRow(_UNIT_HEAD, factor=True, acting=True),  # 系統管理人
        "unit_head": RoleRow(_DIRECTOR, factor=True, acting=True),  # 管理單位主管
        "secretary": RoleRow(DECIDERS, acting=True),  # 秘書
        "director": RoleRow(_UNIT_HEAD, factor=True, acting=True),  # 主任
        "live_viewer": RoleRow(_DIRECTOR, most_days=_LIVE_DAYS),  # 授權即時檢視人員
        "section_head": RoleRow(DECIDERS, acting=True),  # 申請單位主管
        "staff": RoleRow(DECIDERS),  # 同仁
        "auditor": RoleRow(_DIRECTOR, exclusive=True),  # 政風、稽核
        "archivist": RoleRow(DECIDERS),  # 檔案管理人員
        "webmaster": RoleRow(DECIDERS),  # 網站管理人員
    }
)
"""In the order in which they are shown. The head of the managing unit gives the director the account that the city
gave the office to; the director gives that of the unit's head (``domain`` 4.3, accounts)."""

ARCHIVERS = OFFICERS | {"archivist"}
"""Who exports case files to the archive (``domain`` 4.3, export 專卷); an archivist sees closed cases only."""

ACTORS = frozenset(ROLES) - {"auditor"}
"""Who may act in a case at all, be it to send an own request; auditors read only, and see footage only as a case of
another's (``domain`` 4.3, ``T-84``)."""

_READERS = OFFICERS | DECIDERS | {"secretary", "auditor"}

MAY = MappingProxyType(
    {
        "see-status": _READERS | {"live_viewer"},
        "see-cases": _READERS,
        "see-holds": _READERS,
        "see-rules": _READERS,
        "see-ledger": _READERS,
        "see-statements": _READERS,
        "see-inspection": _READERS,
        "see-people": _READERS,
        "see-access": _READERS,
        "see-stations": _READERS,
        "see-cameras": _READERS | {"webmaster"},
        "see-registers": _READERS,
        "see-references": OFFICERS | DECIDERS,
        "see-inspection-pictures": OFFICERS,
    }
)
"""Who may look at what (``domain`` 4.3). What changes anything names its roles where it is done."""


class Actor(NamedTuple):
    """Who performs an act on a camera or in a register. ``roles`` are today's, ``acting`` those of them held for
    somebody else. ``proved``: the password was typed. ``beside``: somebody else is logged in at the same browser, so
    only the password says whose act it is. ``ink``: it was signed on the sheet, and roles are those of that day."""

    account: str
    roles: Collection[str] = ()
    acting: Collection[str] = ()
    proved: bool = False
    system: bool = False
    beside: bool = False
    ink: Ink | None = None


SYSTEM = Actor("system", system=True)


class RoleGrant(Record, frozen=True, kw_only=True):
    """A role from the day ``start`` to the day ``end``, both included; without ``end`` until it is ended. ``acting``:
    for somebody else, whose role it is."""

    role: str
    start: date
    end: date | None = None
    acting: bool = False

    def on(self, day: date) -> bool:
        """Whether it is in force that day."""
        return self.start <= day and (self.end is None or day <= self.end)


def roles_on(grants: Iterable[RoleGrant], day: date) -> tuple[str, ...]:
    """The roles that are in force that day, in the order of :data:`ROLES`."""
    held = {grant.role for grant in grants if grant.on(day)}
    return tuple(role for role in ROLES if role in held)


def acting_on(grants: Iterable[RoleGrant], day: date) -> frozenset[str]:
    """The roles that are held that day for somebody else only."""
    here = [grant for grant in grants if grant.on(day)]
    return frozenset(grant.role for grant in here) - {grant.role for grant in here if not grant.acting}


def may(what: str, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may do ``what``, a key of :data:`MAY`."""
    return bool(MAY[what] & set(roles))


def needs_factor(roles: Iterable[str]) -> bool:
    """Whether a log-in with one of these roles takes a second factor."""
    return any(ROLES[role].factor for role in roles if role in ROLES)


def check_grant(held: Sequence[RoleGrant], asked: RoleGrant, today: date) -> None:
    """Raises UsageError for a grant that no one may have, Refused for one that what is ``held`` forbids."""
    row = ROLES.get(asked.role)
    if row is None:
        raise UsageError.of("role-unknown", role=repr(asked.role[:20]), roles=", ".join(ROLES))
    if asked.end is not None and asked.end < asked.start:
        raise UsageError.of("people-order", end=asked.end, start=asked.start)
    if asked.end is not None and asked.end < today:
        raise UsageError.of("people-past", end=asked.end)
    if asked.start < today:
        raise UsageError.of("people-past-start", start=asked.start, today=today)
    most_days = _ACTING_DAYS if asked.acting else row.most_days
    if asked.acting and not row.acting:
        raise UsageError.of("people-no-acting", role=asked.role)
    if most_days and asked.end is None:
        raise UsageError.of("people-last-day", role=asked.role, most_days=most_days)
    if most_days and asked.end is not None and (asked.end - asked.start).days > most_days:
        raise UsageError.of("people-longest", role=asked.role, most_days=most_days)
    for grant in held:
        if not _together(grant, asked):
            continue
        if grant.role == asked.role and grant.acting == asked.acting:
            raise Refused.of("people-double", role=asked.role)
        if grant.role != asked.role and (row.exclusive or ROLES[grant.role].exclusive):
            raise Refused.of("people-audit", role=asked.role, other=grant.role)


def check_left(roles_left: Sequence[Collection[str]], keyholders_left: int) -> None:
    """Raises Refused when those who are left could not run the office: nobody could then let anybody in again.

    ``roles_left`` has what each person who stays may do, ``keyholders_left`` how many of them open the vault.
    """
    for first in range(len(roles_left)):
        for second in range(len(roles_left)):
            if first != second and OFFICERS & set(roles_left[first]) and DECIDERS & set(roles_left[second]):
                if keyholders_left:
                    return
                raise Refused.of("people-vault")
    raise Refused.of("people-left")


def pledge_lives(pledged: date | None, today: date) -> bool:
    """Whether somebody's pledge of that day holds today: before the first use, and renewed once a year (八(一))."""
    return pledged is not None and today - pledged <= timedelta(days=PLEDGE_DAYS)


def _together(one: RoleGrant, other: RoleGrant) -> bool:
    """Whether there is a day on which both are in force."""
    return (one.end is None or other.start <= one.end) and (other.end is None or one.start <= other.end)
