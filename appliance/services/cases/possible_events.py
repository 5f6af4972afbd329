"""What may be done with a case now, and what each act would answer to each person of a session."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from appliance.core.errors import UsageError
from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.ink_steps import is_on_sheet
from appliance.rules.cases.judging import Refusal, scans_lost
from appliance.rules.cases.judging import possible as events_of
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.roster import Acting, Unfit, acting
from appliance.rules.cases.rows import Effect, Row, find
from appliance.rules.cases.typed import TAKES, CaseTyped
from appliance.rules.cases.views import PossibleEvent, RefusalView, SeatsAnswer
from appliance.rules.people import OFFICERS, Role
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.ink_sheet import sheet_signers
from appliance.services.cases.typed import completed
from appliance.services.people.login import Seat

__all__ = ["names_in", "tell_possible"]


def tell_possible(book: CaseBook, file: CaseFile, seats: Sequence[Seat]) -> tuple[PossibleEvent, ...]:
    """What the state has for people, and what each would answer to each of them as things lie on file."""
    rows = [find(rows_of(file.case), file.case.state, event) for event in events_of(file.case)]
    return tuple(_possible(book, file, row, seats) for row in rows if row and row.who != (Role.SYSTEM,))


def names_in(book: CaseBook, possible: Sequence[PossibleEvent]) -> dict[str, str]:
    """Who is meant where a refusal names an account."""
    refused = [seat.refused for each in possible for seat in each.seats if seat.refused]
    accounts = set(book.world.accounts()) & {code for each in refused for code in each.missing}
    return {account: book.world.name_of(account) for account in sorted(accounts)}


def _possible(book: CaseBook, file: CaseFile, row: Row, seats: Sequence[Seat]) -> PossibleEvent:
    here = tuple(role for seat in seats for role in seat.roles)
    answers: list[SeatsAnswer] = []
    found_missing: list[tuple[bool, tuple[str, ...]]] = []
    for seat in seats or (Seat(0, "", "", (), "", 0),):
        who = ActingUser(seat.person, seat.display, proved=True, roles_here=here)
        typed = completed(file, row.event, CaseTyped(), who.actor.person)
        try:
            sight, _, found = book.judged(file, who, row.event, typed, copy=_copy_after(book, file, row))
        except UsageError:
            continue
        missing = tuple(dict.fromkeys(code for guard in row.guards for code in guard(sight)))
        found_missing.append((not isinstance(acting(sight, row), Acting), missing + scans_lost(row, sight.facts)))
        if seat.seat:
            answers.append(_answer(seat, sight, row, found))
    return PossibleEvent(
        event=row.event,
        row=row.id,
        who=tuple(row.who),
        stage=row.stage or "",
        password=row.password or len(seats) > 1,
        takes=TAKES[row.event],
        lacks=min(found_missing, key=lambda each: (each[0], len(each[1])), default=(True, ()))[1],
        seats=tuple(answers),
        on_sheet=is_on_sheet(row),
        signers=sheet_signers(file, row, book.world, book.today())
        if any(OFFICERS & set(seat.roles) for seat in seats)
        else (),
    )


def _copy_after(book: CaseBook, file: CaseFile, row: Row) -> CopyWork | None:
    """The cause under which an act ends the viewing copy, which is destroyed before the act is judged."""
    ends = any(each.name is Effect.VIEWING_COPY_DESTROY for each in row.effects)
    return CopyWork(destroyed=True) if ends and book.world.copy_of(file.key).alive else None


def _answer(seat: Seat, sight: GuardContext, row: Row, found: Row | Refusal) -> SeatsAnswer:
    fit = acting(sight, row)
    if isinstance(fit, Unfit) and fit.why == "pair_unavoidable":  # as what they would sign with the mark
        fit = acting(sight._replace(facts=msgspec.structs.replace(sight.facts, double=True)), row)
    refused = found if isinstance(found, Refusal) else None
    told = refused and RefusalView(
        event=refused.event, why=refused.why, missing=tuple(map(str, refused.missing)), next=refused.next
    )
    if isinstance(fit, Acting):
        return SeatsAnswer(
            seat=seat.seat, person=seat.person, role=fit.role, deputy=fit.deputy, double=fit.double, refused=told
        )
    return SeatsAnswer(seat=seat.seat, person=seat.person, refused=told)
