"""Who may view in a case: whom it names, and of whom it was said that they could view alone (``T-29``). Pure."""

from __future__ import annotations

from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView, PartyView

__all__ = ["asks_alone", "candidates", "companions", "parts_of", "who_of"]


def who_of(told: CaseView, person: PartyView) -> tuple[str, str]:
    """What is the same wherever the case names somebody: account and name. A colleague whom 附件3 names by name alone
    is the one who has that name in the case, as the rules take it (``Person.is_same``)."""
    known = (each.account for each in told.parties if told.kind == Kind.INT and each.name == person.name)
    return person.account or next(filter(None, known), ""), person.name


def candidates(told: CaseView) -> tuple[PartyView, ...]:
    """Everybody whom the case names, each once and as named last: those who may be viewers."""
    return tuple({who_of(told, each): each for each in told.parties if each.name or each.account}.values())


def asks_alone(told: CaseView, person: PartyView) -> bool:
    """Whether the request is this person's own: what was granted, the applicant views alone."""
    return any(each.part == "applicant" and each.name == person.name for each in told.parties)


def parts_of(told: CaseView, person: PartyView) -> tuple[str, ...]:
    """All parts that somebody has in the case, in the order in which they were named."""
    mine = (each.part for each in told.parties if who_of(told, each) == who_of(told, person))
    return tuple(dict.fromkeys(mine))


def companions(told: CaseView) -> tuple[PartyView, ...]:
    """Whom a citizen brings to view, and of whom nobody said yet that they could view alone."""
    if told.kind != Kind.CIT:
        return ()
    return tuple(
        each
        for each in candidates(told)
        if "viewer" in parts_of(told, each) and not each.entitled and not asks_alone(told, each)
    )
