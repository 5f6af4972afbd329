"""A whole case as the keeper tells it to a page (``rules.cases.views.CaseView``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.core.model import Span
from appliance.rules.cases.chains import row_named
from appliance.rules.cases.checklist import lines_for
from appliance.rules.cases.clocks import lapses_after
from appliance.rules.cases.dues import Due, dues, mark_of
from appliance.rules.cases.facts import Case
from appliance.rules.cases.formal_check import formal_missing
from appliance.rules.cases.holes import Holes
from appliance.rules.cases.masks import bare_scopes, why_not_masked
from appliance.rules.cases.pins import PIN_RULES, pin_last_day, pinned, slip_last_day
from appliance.rules.cases.ranges import FORMER, Ruling, Scope
from appliance.rules.cases.rows import Effect, Event
from appliance.rules.cases.states import POSITIVE, State
from appliance.rules.cases.typed import CaseTyped, TypedParty
from appliance.rules.cases.views import (
    ActView,
    AskedRange,
    Booked,
    CaseView,
    CheckLine,
    DueView,
    Earlier,
    LinksView,
    MasksView,
    PaperDue,
    PartyView,
    PinView,
    RangeDecision,
    Signed,
    Stretch,
)
from appliance.rules.deadlines import ceiling_date, day_of
from appliance.services.cases.act_context import lost_scans
from appliance.services.cases.attending import attended, ending_of, office_names, was_shown
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseAct, CaseFile, Found, facts_of, viewers_of
from appliance.services.cases.ink_sheet import told_ink
from appliance.services.cases.links import scans_of
from appliance.services.cases.masking import masked_name, named
from appliance.services.cases.outgoing import signers_for
from appliance.services.cases.possible_events import names_in, tell_possible
from appliance.services.cases.rectifying import rectified_told
from appliance.services.cases.usage_log_row import cells_of
from appliance.services.people.login import Seat

__all__ = ["days_told", "due_told", "tell"]

_DAYS = ("preserved_on", "received_on", "decided_on", "issued_on", "served_on", "slip_on", "withdrawn_on", "locked_on",
         "closed_on")  # fmt: skip
_ID_LAST = 4
"""末四碼: so much of a checked ID number 附件2 notes (its field 21)."""
_NOT_WORDS = {"parties", "rectify"}
"""What stands elsewhere in the answer, masked as the reader's right is."""


def tell(
    book: CaseBook, file: CaseFile, seats: Sequence[Seat], *, full: bool, names: bool = False, grant: str = "",
    earlier: Earlier | None = None, links: LinksView | None = None,
) -> CaseView:  # fmt: skip
    """The case for the people of a session; ``full``: no identifier is masked, ``names``: no name is; ``grant``: the
    viewing under way in it; ``earlier`` and ``links``: what the same hand asked before, and what goes on from what, for
    whom that is to be told."""
    case, today, names = file.case, book.today(), names or full
    received = next((deed for deed in file.deeds if deed.state is State.RECEIVED), None)
    seen = Found(existence=file.existence, scans=scans_of(book.world, book.links, file.key))
    facts = facts_of(file, CaseTyped(asked=case.asked), seen)
    accompanied, shown = attended(file, book.world), was_shown(file, book.world)
    possible = tell_possible(book, file, seats)
    return CaseView(
        case=file.key,
        kind=case.kind,
        state=case.state,
        number=case.number,
        policy=case.policy,
        unit=case.unit,
        section=case.section,
        statutory=case.statutory,
        recorder=case.recorder,
        result=case.result or "",
        doc_no=case.doc_no,
        allows=tuple(sorted(case.allows)),
        flags=tuple(sorted(case.flags)),
        received_ns=file.late.at_ns or (received.at_ns if received else 0),
        late={"entered_ns": received.at_ns, "reason": file.late.reason} if received and file.late.at_ns else {},
        received_by=received.name if received else "",
        received_person=received.account if received else "",
        days=days_told(case, book.world.days_off()),
        clock=_clock(file),
        dues=tuple(due_told(due, today, file.booking.starts) for due in dues(case, today, book.world.days_off())),
        ranges=tuple(_range(file, no, each, book.world.cameras()) for no, each in enumerate(case.asked)),
        parties=tuple(_party(file, each, full=full, names=names) for each in file.people),
        full=full,
        form=_form(file, names=names) | {"scanned": facts.form.scanned, "scan": book.world.form_scan(file.key)},
        letter=_paper(file.letter) | {"scanned": facts.letter.scanned},
        added=file.added,
        findings=file.findings,
        barred=file.barred,
        voice=_paper(file.voice),
        visit=_paper(file.visit),
        letters=tuple(file.letters.values()),
        letter_word=book.world.letter_word_on(today),
        signers=signers_for(case, today, book.world),
        rectified=rectified_told(file, book.world.post_of, full=full, names=names),
        otherwise=_paper(file.otherwise) if "otherwise" in case.flags else {},
        words=file.words,
        defects=formal_missing(case.kind, facts, statutory=bool(case.statutory))
        if case.state in (State.RECEIVED, State.CORRECTION)
        else (),
        checklist=tuple(
            CheckLine(code=line.code, answer=file.checklist.get(line.code, ""), source=line.source)
            for line in lines_for(case, facts)
        ),
        proposal=_paper(file.proposal),
        reason=file.reason,
        article=file.article,
        signatures=_signatures(file, book),
        history=tuple(_deed(file, deed, book) for deed in file.deeds),
        pin=_pin(file, book),
        booked=_booked(file, today, full=names),
        session=_session(file, accompanied, shown=shown),
        grant=grant,
        papers=tuple(_papers(file)),
        attendants=office_names(book.world.roster(), today),
        cells=cells_of(file, accompanied, full=names, shown=shown),
        possible=possible,
        names=names_in(book, possible),
        masks=_masks(file, book),
        on_medium=book.world.medium_of(file.key) if file.handed else None,
        gives_copies=book.world.gives_copies(),
        earlier=earlier,
        links=links or LinksView(),
        today=today.isoformat(),
        ink_lost=lost_scans(file, book.world),
        damaged=file.damaged,
    )


def due_told(due: Due, today: date, starts: str) -> DueView:
    """``starts``: the hour for which the case is booked."""
    at = starts if due.code == "appointment" else ""
    return DueView(code=due.code, day=due.day.isoformat(), mark=mark_of(due, today), at=at)


def _clock(file: CaseFile) -> dict[str, Any]:
    return dict(msgspec.to_builtins(file.case.clock)) if file.case.clock else {}


def _paper(paper: object) -> dict[str, Any]:
    return dict(msgspec.to_builtins(paper))


def _form(file: CaseFile, *, names: bool) -> dict[str, Any]:
    """The form's answers; who read it aloud and who heard it are names like others."""
    form = _paper(file.form)
    helpers = {} if names else {name: masked_name(form[name]) for name in ("reader", "witness") if form.get(name)}
    return form | helpers


def _party(file: CaseFile, party: TypedParty, *, full: bool, names: bool) -> PartyView:
    last = party.id_no.strip()[-_ID_LAST:] if names and file.form.id_checked else ""
    return msgspec.structs.replace(named(party, full=full, names=names), id_last=last)


def _stretch(scope: Scope) -> Stretch:
    return Stretch(camera_no=scope.camera_no, start_ns=scope.start_ns, end_ns=scope.end_ns)


def _range(file: CaseFile, no: int, asked: Scope, cameras: dict[str, str]) -> AskedRange:
    keeps = pinned(asked.span) if file.case.recorder != FORMER else Span(0, 0)
    ruling = next((each for each in file.case.rulings if each.range_no == no), None)
    return AskedRange(
        no=no,
        camera_no=asked.camera_no,
        start_ns=asked.start_ns,
        end_ns=asked.end_ns,
        kept_start_ns=keeps.start_ns,
        kept_end_ns=keeps.end_ns,
        location=cameras.get(asked.camera_no, ""),
        footage=_at(file.footage, no),
        holes=file.holes[no] if no < len(file.holes) else Holes(),
        at_receipt=_at(file.at_receipt, no),
        ruled=_ruled(ruling, asked) if ruling else None,
    )


def _at(found: Sequence[str], no: int) -> str:
    return found[no] if no < len(found) else ""


def _ruled(ruling: Ruling, asked: Scope) -> RangeDecision:
    return RangeDecision(
        outcome=ruling.outcome(asked),
        scopes=tuple(map(_stretch, ruling.scopes)),
        masked=ruling.masked,
        reason=ruling.reason,
    )


def _signatures(file: CaseFile, book: CaseBook) -> tuple[Signed, ...]:
    """With the instant of the act that made each: cells stand in the order of their acts."""
    acts = [deed for deed in file.deeds if (row := row_named(file.case, deed.row)) and row.stage]
    return tuple(
        Signed(
            stage=cell.stage,
            role=cell.role,
            person=cell.person.account,
            name=cell.person.name,
            post=book.world.post_of(cell.person.account),
            at_ns=deed.signed_ns,
            day=cell.day.isoformat(),
            deputy=cell.deputy,
            double=cell.double,
            superseded=cell.superseded,
            ink=told_ink(file, deed, book.world),
        )
        for cell, deed in zip(file.case.signatures, acts, strict=False)
    )


def _deed(file: CaseFile, deed: CaseAct, book: CaseBook) -> ActView:
    words = {name: value for name, value in msgspec.to_builtins(deed.typed).items() if name not in _NOT_WORDS}
    return ActView(
        index=deed.index,
        at_ns=deed.at_ns,
        event=deed.event,
        row=deed.row,
        state=deed.state,
        name=deed.name,
        person=deed.account,
        words=words,
        lacks=deed.lacks,
        due=deed.due,
        damaged=deed.damaged,
        signed_ns=deed.signed_ns,
        ink=told_ink(file, deed, book.world),
    )


def days_told(case: Case, days_off: Collection[date]) -> dict[str, str]:
    """The days on which things were done, and the last on which what was granted may be viewed."""
    days = {name: day for name in _DAYS if (day := getattr(case, name))}
    if case.decided_on and case.result in POSITIVE and "viewing" in case.allows and case.recorder != FORMER:
        days["lapses_on"] = lapses_after(case.decided_on, case.terms, days_off)
    return {name: day.isoformat() for name, day in days.items()}


def _pin(file: CaseFile, book: CaseBook) -> PinView:
    days_off, ceiling_days = book.world.days_off(), book.world.ceiling_days()
    last = pin_last_day(file.case, days_off)
    rule = next((each.code for each in PIN_RULES if last and each.last(file.case, days_off) == last), "")
    slip = slip_last_day(file.case, ceiling_days)
    ceilings = [ceiling_date(day_of(each.start_ns), ceiling_days) for each in file.case.asked]
    return PinView(
        pinned=file.pins,
        last=last.isoformat() if last else "",
        rule=rule,
        ceiling=min(ceilings).isoformat() if ceilings else "",
        slip=slip.isoformat() if slip else "",
        soon=file.soon,
    )


def _booked(file: CaseFile, today: date, *, full: bool) -> Booked | None:
    token, case = file.case.token, file.case
    if token is None:
        return None
    return Booked(
        on=token.on.isoformat(),
        last=token.last.isoformat(),
        starts=file.booking.starts,
        ends=file.booking.ends,
        place=file.booking.place,
        accompanied_by=file.viewing.accompanied_by,
        others=file.viewing.others if full else masked_name(file.viewing.others),
        others_body=file.viewing.others_body,
        viewers=tuple(name if full else masked_name(name) for name in viewers_of(file)),
        scopes=tuple(map(_stretch, token.scopes)),
        lives=case.state in (State.SCHEDULED, State.PREPARED, State.VIEWING) and token.on <= today <= token.last,
    )


def _masks(file: CaseFile, book: CaseBook) -> MasksView | None:
    """How far the masks are that were ordered; None where none were, or what they were for is over."""
    case = file.case
    if not case.is_masked:
        return None
    masks = book.world.masks(file.key)
    return MasksView(
        count=len(masks),
        bare=tuple(map(_stretch, bare_scopes(case.masked_scopes, masks))),
        drawn=case.masks_drawn,
        confirmed=case.masks_confirmed,
        opens=not why_not_masked(case),
    )


def _session(file: CaseFile, accompanied: tuple[str, ...], *, shown: bool) -> dict[str, Any]:
    """Of the viewing: when it began and ended, who accompanied it, what was ticked at the door and at its end; whether
    footage was opened in it, and why not; which act ended it, and why one that was broken off (終止) was."""
    ticked = {
        name: value
        for name, value in msgspec.to_builtins(file.viewing).items()
        if name not in ("on", "scopes", "viewers", "accompanied_by", "attendant_known", "shown")
    }
    if not file.began_ns and not ticked:
        return {}
    last = ending_of(file)
    ended: dict[str, Any] = {}
    if file.ended_ns and last:
        stopped, said = last.event == Event.STOP, last.typed.reason
        ended = {
            "shown": shown,
            "why_not": "" if shown or stopped else said,
            "ended_by": last.event,
            "why_stopped": said if stopped else "",
        }
    return {
        "began_ns": file.began_ns, "ended_ns": file.ended_ns, "accompanied": list(accompanied), **ticked, **ended
    }  # fmt: skip


def _papers(file: CaseFile) -> Iterable[PaperDue]:
    for deed in file.deeds:
        row = row_named(file.case, deed.row)
        for effect in row.effects if row else ():
            if effect.name in (Effect.PAPER, Effect.NOTICE):
                due = (date.fromisoformat(deed.day) + timedelta(days=effect.days)).isoformat() if effect.days else ""
                yield PaperDue(
                    code=effect.detail, what=effect.name, index=deed.index, at_ns=deed.at_ns, row=deed.row, due=due
                )
