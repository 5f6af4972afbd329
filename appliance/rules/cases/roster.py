"""Who may act for a role today, and who may not because of what they already are or signed in this case.

Source: domain 4.2 (forbidden pairs), ``D-10`` (兼簽), 2.1 (deputies), 2.3 I2 and I12. A deputy stands in only while
everybody before him is away or barred. Two stages by one person are possible only where nobody else can sign, with the
mark 兼簽; a party to the case signs nothing, whatever the mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import msgspec

from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.people import Appointment, Person
from appliance.rules.cases.rows import Row
from appliance.rules.cases.states import Stage
from appliance.rules.people import Role

__all__ = [
    "PAIRS",
    "RANKED",
    "Acting",
    "Pair",
    "Unfit",
    "acting",
    "appointed",
    "conflicts",
    "director_asks",
    "is_party",
]


class Pair(NamedTuple):
    """Two stages that one person does not sign on one case. ``waivable``: with 兼簽, where it cannot be avoided."""

    first: Stage
    second: Stage
    waivable: bool


_CHAIN = (Stage.MANAGER, Stage.UNIT_HEAD, Stage.SECRETARY, Stage.DIRECTOR)

PAIRS: tuple[Pair, ...] = (
    *(Pair(one, other, waivable=True) for at, one in enumerate(_CHAIN) for other in _CHAIN[at + 1 :]),
    *(Pair(Stage.RECEIPT, other, waivable=True) for other in _CHAIN[1:]),
    *(Pair(Stage.SECTION_HEAD, other, waivable=True) for other in _CHAIN),
    Pair(Stage.COPY_MAKER, Stage.COPY_VERIFIER, waivable=False),
    Pair(Stage.MASK_MAKER, Stage.MASK_CHECKER, waivable=False),
    Pair(Stage.LEDGER_MANAGER, Stage.LEDGER_HEAD, waivable=False),
)
"""Receiving and giving the opinion may be one person's (Q-07); deciding what one received may not."""


RANKED = frozenset({Stage.SECTION_HEAD, *_CHAIN, Stage.LEDGER_HEAD})
"""Cells that a deputy signs only in the place of whoever comes before; the officer's deputy shares the desk."""


class Acting(NamedTuple):
    """Somebody fit for a row: in which role, as a deputy or not, and whether the cell bears 兼簽."""

    role: Role
    deputy: bool = False
    double: bool = False


class Unfit(NamedTuple):
    """Why not: ``role``, ``party``, ``pair``, ``pair_marked``, ``pair_unavoidable`` or ``holder_is_there``, with
    the roles, stages or accounts that say more."""

    why: str
    more: tuple[str, ...] = ()


def is_party(person: Person, case: Case, facts: CaseFacts) -> bool:
    """Whether the person is applicant, viewer or agent of the case, or is named as one by this act."""
    return any(each.person.is_same(person) for each in case.parties) or facts.names(person)


def conflicts(person: Person, stage: Stage, case: Case) -> tuple[Pair, ...]:
    """The forbidden pairs that signing ``stage`` would complete; a superseded signature counts (``INV-14``)."""
    signed = {each.stage for each in case.signatures if each.person.is_same(person)}
    return tuple(
        pair
        for pair in PAIRS
        if (pair.first == stage and pair.second in signed) or (pair.second == stage and pair.first in signed)
    )


def appointed(role: Role, case: Case, facts: CaseFacts, today: date) -> tuple[Appointment, ...]:
    """Who holds a role, or is deputy for it, on that day (``AT-06``). The head of the applicant's section is the unit
    head where the applicant belongs to the managing unit (I2). Nobody heads the director but the director: where the
    director's own unit has no head, the secretary stands in, or the unit head of an office without one (I12)."""
    section = ""
    if role is Role.SECTION_HEAD:
        if _in_managing_unit(case, facts):
            role = Role.UNIT_HEAD
        else:
            section = case.section
    found = _chairs(role, facts, today, section)
    if section and not found and director_asks(case, facts, today):
        stand_in = _chairs(Role.SECRETARY, facts, today) or _chairs(Role.UNIT_HEAD, facts, today)
        return tuple(msgspec.structs.replace(each, rank=each.rank + 1, last=each.last or today) for each in stand_in)
    return found


def _chairs(role: Role, facts: CaseFacts, today: date, section: str = "") -> tuple[Appointment, ...]:
    return tuple(
        each
        for each in facts.roster
        if each.role is role and each.covers(today) and (not section or each.section == section)
    )


def director_asks(case: Case, facts: CaseFacts, today: date) -> bool:
    """Whether the director is applicant or viewer of the case (I12)."""
    directors = [each.person for each in _chairs(Role.DIRECTOR, facts, today) if each.rank == 0]
    return any(party.person.is_same(one) for party in case.parties for one in directors)


def acting(sight: GuardContext, row: Row) -> Acting | Unfit:
    """How the actor may perform the row, or why not. The mark 兼簽 is honoured only where it cannot be avoided."""
    case, facts, actor, today = sight
    if actor.system:
        return Acting(Role.SYSTEM) if Role.SYSTEM in row.who else Unfit("role", tuple(row.who))
    if Role.STAFF in row.who and _is_applicant(actor.person, case, facts):
        return Acting(Role.STAFF)
    mine = [
        (role, each)
        for role in row.who
        for each in appointed(role, case, facts, today)
        if each.person.account == actor.person.account
    ]
    if not mine:
        return Unfit("role", tuple(row.who))
    if any(is_party(person, case, facts) for person in (actor.person, *(each.person for _, each in mine))):
        return Unfit("party")
    if row.stage is None:
        return Acting(mine[0][0], deputy=mine[0][1].rank > 0)
    verdicts = [_signing(sight, row.stage, role, each) for role, each in mine]
    return next((each for each in verdicts if isinstance(each, Acting)), verdicts[0])


def _signing(sight: GuardContext, stage: Stage, role: Role, chair: Appointment) -> Acting | Unfit:
    case, facts, _, today = sight
    pairs = conflicts(chair.person, stage, case)
    stages = tuple(sorted({pair.first if pair.second == stage else pair.second for pair in pairs}))
    if any(not pair.waivable for pair in pairs):
        return Unfit("pair", stages)
    able = [each for each in appointed(role, case, facts, today) if _is_able(each, stage, case, facts)]
    free = [each for each in able if not conflicts(each.person, stage, case)]
    before = _first(free or able)
    if pairs and free:
        return Unfit("pair_marked" if facts.double else "pair", tuple(each.person.account for each in free))
    if pairs and not facts.double:
        return Unfit("pair_unavoidable", stages)
    shared = stage not in RANKED or (role is Role.SECTION_HEAD and _in_managing_unit(case, facts))
    if before is not None and chair.rank > before and not shared:
        return Unfit("holder_is_there", tuple(each.person.account for each in (free or able) if each.rank == before))
    deputy = chair.rank > 0 or (stage is Stage.DIRECTOR and role is not Role.DIRECTOR)
    return Acting(role, deputy=deputy, double=bool(pairs))


def _is_able(each: Appointment, stage: Stage, case: Case, facts: CaseFacts) -> bool:
    person = each.person
    if person.account in facts.away or is_party(person, case, facts):
        return False
    return all(pair.waivable for pair in conflicts(person, stage, case))


def _first(chairs: Iterable[Appointment]) -> int | None:
    return min((each.rank for each in chairs), default=None)


def _in_managing_unit(case: Case, facts: CaseFacts) -> bool:
    return bool(case.section) and case.section == facts.managing_section


def _is_applicant(person: Person, case: Case, facts: CaseFacts) -> bool:
    parties = case.parties or facts.parties
    return any(each.part == "applicant" and each.person.is_same(person) for each in parties)
