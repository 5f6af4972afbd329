"""The cases on the duty board: what waits for whom, by when, how urgently (``AT-07``). Judged by the tables, changed by
nobody."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from appliance.rules.cases.chains import row_named
from appliance.rules.cases.dues import Due, due_of, dues
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_decision import director_is_party
from appliance.rules.cases.notices import FOR, SHOWN_DAYS, WHILE, NoticeView
from appliance.rules.cases.people import Actor, Person
from appliance.rules.cases.roster import Acting, Unfit, acting
from appliance.rules.cases.rows import Effect, Row
from appliance.rules.cases.typed import CaseTyped
from appliance.rules.cases.views import DueView
from appliance.rules.cases.waiting import waiting
from appliance.rules.deadlines import day_of
from appliance.rules.duties import Duty, urgency
from appliance.rules.people import Role
from appliance.services.cases.act_context import away_on
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseAct, CaseFile, Found, facts_of
from appliance.services.cases.listing import row_of
from appliance.services.cases.views import due_told
from appliance.services.people.login import Seat

__all__ = ["MOST", "CaseDuties", "InHand", "PersonsCases", "board", "in_hands"]

MOST = 200
"""So many duties of a person are told; whoever has more sees the most urgent."""

_BY_PLACE = frozenset({Role.STAFF, Role.SECTION_HEAD})
"""Roles that somebody has only towards an applicant (being one, or heading the section of one): holding such a role
does not say of which cases."""

_URGENT = ("red", "over")


class _Waits(NamedTuple):
    file: CaseFile
    row: Row
    due: Due | None
    sight: GuardContext


class InHand(NamedTuple):
    """A case with the row that leads it on, by when, and the accounts that could perform it now."""

    file: CaseFile
    row: Row
    due: Due | None
    takers: tuple[str, ...]


class PersonsCases(NamedTuple):
    duties: tuple[Duty, ...]
    notices: tuple[NoticeView, ...]


class CaseDuties(NamedTuple):
    """What waits for each person of a session, in the order of their seats; ``others``: what is urgent and waits for
    nobody of them."""

    today: str
    people: tuple[PersonsCases, ...]
    others: tuple[Duty, ...]


def in_hands(book: CaseBook, accounts: Sequence[str]) -> Iterator[InHand]:
    """Each open case once, with who of ``accounts`` may lead it on."""
    seen: set[str] = set()
    for each in _all(book, book.today()):
        if each.file.key not in seen:
            seen.add(each.file.key)
            takers = tuple(name for name in accounts if isinstance(_fit(each, name), Acting))
            yield InHand(each.file, each.row, each.due, takers)


def board(book: CaseBook, seats: Sequence[Seat]) -> CaseDuties:
    """What waits for each person of a session, and what is urgent and waits for nobody of them."""
    today = book.today()
    waits = sorted(_all(book, today), key=lambda each: _urgency(each, today))
    notices = sorted(_notices(book, today), key=lambda each: (each[1].day, each[1].case), reverse=True)
    people = tuple(
        PersonsCases(
            duties=tuple(itertools.islice(_of(seat, waits, today), MOST)),
            notices=tuple(told for file, told in notices if _is_for(seat, file, told))[:MOST],
        )
        for seat in seats
    )
    taken = {(duty.case, duty.event) for each in people for duty in each.duties}
    others = (_duty(each, each.row.who[0], today) for each in waits if (each.file.key, each.row.event) not in taken)
    urgent = (duty for duty in others if duty.due and duty.due.mark in _URGENT)
    return CaseDuties(today=today.isoformat(), people=people, others=tuple(itertools.islice(urgent, MOST)))


def _all(book: CaseBook, today: date) -> Iterator[_Waits]:
    world = book.world
    roster, days_off = world.roster(), world.days_off()
    away = away_on(roster, today) - frozenset(world.here())
    found = Found(managing=world.managing(), roster=roster, away=away, days_off=days_off)
    for file in book.living():
        sight = GuardContext(file.case, facts_of(file, CaseTyped(double=True), found), Actor(person=Person()), today)
        found_due = dues(file.case, today, days_off)
        lapsed = any(due.code == "viewing" and due.overdue for due in found_due)
        for row in waiting(
            file.case,
            today=today,
            director_is_party=not director_is_party(sight),
            lapsed=lapsed,
            gives_copies=book.world.gives_copies(),
        ):
            yield _Waits(file, row, due_of(row.event, found_due), sight)


def _notices(book: CaseBook, today: date) -> Iterator[tuple[CaseFile, NoticeView]]:
    """The notices that the acts of the last days give rise to, each code once a day. 兼簽 is told to the ethics office,
    in addition to what its row says (``D-10``)."""
    first = (today - timedelta(days=SHOWN_DAYS)).isoformat()
    for file in book.living():
        case = file.case
        told: dict[tuple[str, str], str] = {}
        for deed in itertools.takewhile(lambda each: _entered(each) >= first, reversed(file.deeds)):
            row = row_named(case, deed.row)
            for effect in row.effects if row else ():
                if effect.name is Effect.NOTICE and _holds(effect.detail, file, told):
                    told.setdefault((effect.detail, _entered(deed)), deed.typed.reason)
        double = (cell.day.isoformat() for cell in case.signatures if cell.double)
        told |= {("ethics", day): "" for day in double if day >= first and ("ethics", day) not in told}
        for (code, day), words in told.items():
            yield file, NoticeView(case=file.key, code=code, number=case.number, kind=case.kind, day=day, words=words)
        for deed in file.deeds:
            if deed.ink and deed.ink.by != deed.account and (day := _entered(deed)) >= first:
                about = {"case": file.key, "number": case.number, "kind": case.kind, "day": day}
                yield file, NoticeView(code="ink_entered", words=deed.ink.by_name, account=deed.account, **about)


def _holds(code: str, file: CaseFile, told: Iterable[tuple[str, str]]) -> bool:
    """Whether a notice still holds; ``told``: the newer ones of the case."""
    standing = WHILE.get(code)
    return standing is None or (file.case.state in standing and all(code != newer for newer, _day in told))


def _entered(deed: CaseAct) -> str:
    """The day on which an act was entered: what was signed in ink bears the day of its sheet."""
    return day_of(deed.at_ns).isoformat() if deed.ink else deed.day


def _is_for(seat: Seat, file: CaseFile, told: NoticeView) -> bool:
    if told.account:
        return told.account == seat.person
    whom = FOR.get(told.code, ())
    if Role.STAFF in whom:
        return any(each.part == "applicant" and each.account == seat.person for each in file.people)
    return not set(seat.roles).isdisjoint(whom)


def _urgency(waits: _Waits, today: date) -> tuple[object, ...]:
    return (*urgency(_told(waits, today)), waits.file.key)


def _told(waits: _Waits, today: date) -> DueView | None:
    return due_told(waits.due, today, waits.file.booking.starts) if waits.due else None


def _of(seat: Seat, waits: Iterable[_Waits], today: date) -> Iterator[Duty]:
    roles = _BY_PLACE | set(seat.roles)
    for each in waits:
        if roles.isdisjoint(each.row.who):
            continue
        fit = _fit(each, seat.person, seat.display)
        if isinstance(fit, Acting):
            yield _duty(each, fit.role, today)


def _fit(waits: _Waits, account: str, name: str = "") -> Acting | Unfit:
    actor = Actor(person=Person(account=account, name=name), proved=True)
    return acting(waits.sight._replace(actor=actor), waits.row)


def _duty(waits: _Waits, role: Role, today: date) -> Duty:
    row = row_of(waits.file)
    return Duty(
        case=row.case,
        event=waits.row.event,
        kind=row.kind,
        state=row.state,
        number=row.number,
        who=row.who,
        role=role,
        stage=waits.row.stage or "",
        since=waits.file.deeds[-1].day,
        due=_told(waits, today),
    )
