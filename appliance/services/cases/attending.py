"""Who is and was there when footage of a case is shown: whoever is logged in where it is opened (會同, 陪同). Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from appliance.rules.cases.people import Appointment
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.deadlines import day_of
from appliance.rules.people import OFFICERS, Role
from appliance.services.cases.casefile import CaseAct, CaseFile
from appliance.services.cases.ports import CasePorts

__all__ = ["MASKERS", "SITS", "SITS_LACK", "attended", "began_at", "ending_of", "office_names", "was_shown"]

SITS = {Kind.CIT: frozenset({Role.MANAGER}), Kind.INT: frozenset({Role.OFFICER}), Kind.AGY: OFFICERS}
"""Of whom one is logged in where footage is opened: 會同系統管理人 (八(五)1(2)), 專責人員陪同 (附件3 備註)."""

MASKERS = (frozenset({Role.OFFICER}), frozenset({Role.MANAGER, Role.UNIT_HEAD}))
"""Who sits where masks are drawn: whoever draws them, and another who may confirm them (``T-26``)."""

SITS_LACK: dict[Sequence[Collection[str]], str] = {
    MASKERS: "needs-both",
    (SITS[Kind.CIT],): "needs-manager",
    (SITS[Kind.INT],): "needs-officer",
    (OFFICERS,): "needs-either",
}
"""The message where somebody of these is not logged in."""


def attended(file: CaseFile, world: CasePorts) -> tuple[str, ...]:
    """The names of those who accompanied the viewing that began last: whom an agency's named at its beginning, and the
    people who were logged in where it was opened, system managers first. Where nothing was opened, whoever began it.
    Whoever else was there stands last, with the body that sent them."""
    begun = _begun(file)
    if begun is None:
        return ()
    named = str(begun.typed.viewing.get("accompanied_by", "")) if file.case.kind is Kind.AGY else ""
    day = day_of(begun.at_ns)
    managers = {each.person.account for each in world.roster() if each.role is Role.MANAGER and each.covers(day)}
    people = dict.fromkeys(world.opened_by(file.key, begun.index))
    there = [world.name_of(account) for account in sorted(people, key=lambda each: each not in managers)]
    others = f"{file.viewing.others}（{file.viewing.others_body}）" if file.viewing.others else ""
    return tuple(dict.fromkeys(filter(None, (named, *(there or [begun.name]), others))))


def ending_of(file: CaseFile) -> CaseAct | None:
    """The act that ended the viewing that began last; None while it goes on, and before any."""
    ends = (Event.FINISH, Event.STOP, Event.END_OF_DAY)
    since = itertools.takewhile(lambda deed: deed.event != Event.BEGIN, reversed(file.deeds))
    return next((deed for deed in since if deed.event in ends), None) if _begun(file) else None


def was_shown(file: CaseFile, world: CasePorts) -> bool:
    """Whether footage was opened in the viewing that began last."""
    begun = _begun(file)
    return begun is not None and bool(world.opened_by(file.key, begun.index))


def office_names(roster: Iterable[Appointment], day: date) -> tuple[str, ...]:
    """Those of the office who may accompany a viewing: whoever holds a role in it that day."""
    return tuple(sorted({each.person.name for each in roster if each.covers(day) and each.person.name}))


def began_at(file: CaseFile) -> int:
    """The entry by which the viewing began that began last; -1 before any."""
    begun = _begun(file)
    return -1 if begun is None else begun.index


def _begun(file: CaseFile) -> CaseAct | None:
    return next((deed for deed in reversed(file.deeds) if deed.event == Event.BEGIN), None)
