"""The forms of a case's page: which events may be done now and by whom, with which fields; and why others may not.

Everything comes from what the keeper says is possible (``CaseView.possible``); a form serves one event, or several that
ask for the same papers. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from appliance.protocol.login import Seat
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView, PossibleEvent, RefusalView, SeatsAnswer
from appliance.web.http.seats import officer_seat
from appliance.web.pages.cases.fields import APPEAL_ENDS, DECISIONS, Field, fields_for
from appliance.web.pages.cases.people import companions

__all__ = [
    "JOINT",
    "ORDER",
    "SIDE",
    "CaseForm",
    "EligibleUser",
    "form_of",
    "forms_of",
    "mended",
    "needs_letter",
    "sheet_forms",
    "step_of",
]

JOINT: Mapping[str, tuple[Event, ...]] = MappingProxyType(
    {
        "formal": (Event.PASS_FORMAL, Event.FIND_DEFECTS),
        "check": (Event.CHECK, Event.FIND_DEFECTS),
        "decide": DECISIONS,
        "appeal_end": APPEAL_ENDS,
    }
)
"""Forms that serve several events: with a button for each that somebody here may do, or, of a decision and of the end
of an appeal, the one that the rulings, or how it ended, come to."""

ORDER = (
    "receive_letter", "issue_extension", "issue_correction", "serve_correction", "formal", "check", "corrected",
    "sign_section", "propose", "none_found", "decide",
    "redirect", "stamp", "issue", "notify", "finish_masks", "confirm_masks",
    "lapse", "no_show", "otherwise", "schedule", "prepare", "begin",
    "finish", "recopy", "resume", "stop", "clean", "make_copy", "verify_copy", "deliver", "sign_ledger", "stamp_ledger",
    "close",
    "serve_extension",
)  # fmt: skip
"""The way to the close. What is not here stands beside it."""

SIDE = (
    "rectify_confirm", "return", "interrupt", "find_defects", "overdue", "propose_redirect", "dismiss", "add_range",
    "extend", "flag_statutory", "visit", "link", "slip", "appeal", "appeal_end", "court_order",
    "lock", "withdraw", "remind", "remake_copy", "rectify", "rectify_decline", "redraw_masks",
    "excuse_scan",
)  # fmt: skip

_EVENTS = {str(event): event for event in Event}
_OWN_PAGE = frozenset({"receive_letter"})
"""What is filled in on a page of its own, which says itself what it lacks."""
OWN_PART = frozenset({"make_copy", "remake_copy"})
"""What the recorder does, on a part of the case's page of its own."""
_FOUND_OUT = frozenset({"medium", "copy_scope", "copy_packed", "failed_destroyed"})
"""What the recorder finds out or does itself when it makes a copy: nobody waits for it before."""
_NOT_ITS_TURN = frozenset(
    {
        "already_issued", "already_served", "no_appeal", "not_issued", "no_extension", "rectify_nothing",
        "masking_ordered", "masks_drawn", "masks_not_drawn", "masks_unconfirmed", "no_redirect", "redirect_waits",
        "scan_there",
    }
)  # fmt: skip
"""A letter goes out once, and then arrives once; what nobody put right, nobody signs; what nobody appealed
against has no end of an appeal; masks are drawn where they were
ordered, and then confirmed."""


class EligibleUser(NamedTuple):
    """Somebody who sits here and may do it. ``role``: as whom; ``double``: only with the mark 兼簽."""

    seat: int
    person: str
    role: str = ""
    deputy: bool = False
    double: bool = False


class CaseForm(NamedTuple):
    """``code``: the event, or a joint form of :data:`JOINT`. ``turns``: who here may; empty: nobody, and ``refusal``
    says why (of whoever comes nearest). ``waits``: what is missing and no field mends. ``lacks``: codes that its
    fields mend. ``leads``: on the way to the close."""

    code: str
    events: tuple[Event, ...]
    fields: tuple[Field, ...]
    who: tuple[str, ...]
    turns: tuple[EligibleUser, ...] = ()
    refusal: RefusalView | None = None
    waits: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    stage: str = ""
    password: bool = False
    leads: bool = False

    @property
    def ready(self) -> bool:
        """Whether it can be filled in here and now."""
        return bool(self.turns) and not self.waits


def step_of(event: str) -> str:
    """The form in which an event is done: a step may have several outcomes, and waits for none of them."""
    return next((code for code, events in JOINT.items() if events[0] == event), event)


def mended(fields: Sequence[Field], code: str) -> Field | None:
    """The field that mends a missing thing."""
    if code.startswith("check_"):
        return next((field for field in fields if field.look == "checklist"), None)
    return next((field for field in fields if code.partition(":")[0] in field.mends), None)


def sheet_forms(told: CaseView, seats: Iterable[Seat]) -> list[CaseForm]:
    """The forms of the steps that were signed on the printed sheet (``AT-73``), for the officer who enters them as if
    it were to do them all: the keeper judges who signed. None where no officer is here."""
    by = officer_seat(seats)
    if by is None:
        return []
    possible = tuple(
        msgspec.structs.replace(each, seats=(SeatsAnswer(seat=by.seat, person=by.person, role=each.who[0]),))
        for each in told.possible
        if each.on_sheet
    )
    return forms_of(msgspec.structs.replace(told, possible=possible))


def form_of(told: CaseView, code: str) -> CaseForm | None:
    """The form of that name, where the case as it stands has it."""
    return next((form for form in forms_of(told) if form.code == code), None)


def forms_of(told: CaseView) -> list[CaseForm]:
    """Those on the way to the close first, then those beside it, each in its order. A cell of the ledger row that is
    signed already is not signed again; where nothing is there to be linked, none is; of a closed case only what may
    still come of it is there."""
    signed = {cell.stage for cell in told.signatures if not cell.superseded}
    there = {
        each.event: each
        for each in told.possible
        if not (each.stage.startswith("ledger") and each.stage in signed)
        and _NOT_ITS_TURN.isdisjoint(each.lacks)
        and (each.event != Event.LINK or told.links.offered or told.links.former)
    }
    made, taken = [], set[str]()
    for code, events in JOINT.items():
        served = tuple(event for event in events if event in there)
        if len(served) > 1 or (code == "decide" and served):
            here = tuple(event for event in served if any(map(_may, there[event].seats))) or served
            whole = _form(code, served, [there[event] for event in served], told)
            fields = tuple(field for field in whole.fields if set(field.events) & set(here))
            made.append(whole._replace(events=here, fields=fields))
            taken |= set(served)
    made += [_form(each, (_EVENTS[each],), [there[each]], told) for each in there if each not in taken]
    order = {code: at for at, code in enumerate((*ORDER, *SIDE))}
    made = [form for form in made if told.state != "closed" or not form.waits]
    return sorted(made, key=lambda form: (not form.leads, order.get(form.code, len(order))))


def _form(code: str, events: tuple[Event, ...], rows: Sequence[PossibleEvent], told: CaseView) -> CaseForm:
    fields = tuple(field for field in fields_for(events, Kind[told.kind]) if _shown(field, told, rows))
    typed = [code for row in rows for code in row.lacks if mended(fields, code)]
    waits = [_waits(row, fields, told) for row in rows]
    turns, refusals = _turns(rows)
    return CaseForm(
        code=code,
        events=events,
        fields=fields,
        who=tuple(dict.fromkeys(role for row in rows for role in row.who if role != "system")),
        turns=turns,
        refusal=None if turns else next(iter(refusals), None),
        waits=min(waits, key=len),
        lacks=tuple(dict.fromkeys(typed)),
        stage=rows[0].stage,
        password=any(row.password for row in rows),
        leads=code in ORDER and _LEADS_WHEN.get(code, _always)(told),
    )


def _always(_told: CaseView) -> bool:
    return True


def _is_to_book(told: CaseView) -> bool:
    """Nothing is booked, or the day of the appointment went by without a viewing."""
    booked = told.booked
    return booked is None or (booked.on < told.today and told.state in ("scheduled", "prepared"))


def _is_lapsed(told: CaseView) -> bool:
    """The term of what was granted is over: it is booked no more."""
    return any(due.code == "viewing" and due.mark == "over" for due in told.dues)


def needs_letter(told: CaseView) -> bool:
    """Whether its answer is a numbered letter. Where a citizen was granted everything the notice is handed over in the
    office (C12)."""
    return not (told.kind == Kind.CIT and told.state == "granted" and not told.statutory)


def _copy_is_lost(told: CaseView) -> bool:
    """The copy that was to be viewed is gone, and another one may be made (``T-42``)."""
    return any(row.event == "recopy" and not row.lacks for row in told.possible)


def _is_done_elsewhere(told: CaseView) -> bool:
    """Nothing that was granted is left to be viewed, or made, on this recorder."""
    viewed = "viewing" not in told.allows or "viewed" in told.flags
    handed = "copy" not in told.allows or "delivered" in told.flags or not told.gives_copies
    return told.recorder == FORMER or (viewed and handed)


_LEADS_WHEN: Mapping[str, Callable[[CaseView], bool]] = MappingProxyType(
    {
        "issue": needs_letter,
        "schedule": _is_to_book,
        "no_show": _is_to_book,
        "lapse": _is_lapsed,
        "recopy": _copy_is_lost,
        "otherwise": _is_done_elsewhere,
    }
)
"""Steps that are on the way only then, and beside it else."""


def _waits(row: PossibleEvent, fields: Sequence[Field], told: CaseView) -> tuple[str, ...]:
    refused = {seat.refused.why for seat in row.seats if seat.refused}
    if "no_copies" in refused or (row.event in OWN_PART and not told.gives_copies):
        return ("no_copies",)
    here = _FOUND_OUT if row.event in OWN_PART else frozenset[str]()
    return () if row.event in _OWN_PAGE else tuple(c for c in row.lacks if c not in here and not mended(fields, c))


def _shown(field: Field, told: CaseView, rows: Sequence[PossibleEvent]) -> bool:
    if field.when == "copy":
        return bool(told.letter.get("copy_asked"))
    if field.when == "linked":
        return told.links.former is not None
    if field.when == "joint":
        return bool(companions(told))
    lacking = any(code in field.mends for row in rows for code in row.lacks)
    if field.when == "agent":
        return lacking or told.form.get("agent") == "mandated"
    if field.when == "unset":
        part, _, name = field.name.partition("/")
        return not getattr(told, part).get(name)
    return lacking or field.when != "lacking"


def _turns(rows: Sequence[PossibleEvent]) -> tuple[tuple[EligibleUser, ...], list[RefusalView]]:
    """Whose turn it is, and why it is nobody's, the first reason first: that one outcome of several would need a copy
    keeps nobody from the others."""
    turns: dict[int, EligibleUser] = {}
    refusals: list[RefusalView] = []
    for seat in (seat for row in rows for seat in row.seats):
        if _may(seat):
            double = seat.double or (seat.refused is not None and seat.refused.why == "pair_unavoidable")
            turns.setdefault(seat.seat, EligibleUser(seat.seat, seat.person, seat.role, seat.deputy, double))
        elif seat.refused:
            refusals.append(seat.refused)
    return tuple(turns.values()), sorted(refusals, key=lambda each: (each.why == "no_copies", each.why == "role"))


def _may(seat: SeatsAnswer) -> bool:
    """Whether this person may, once everything is typed."""
    return seat.refused is None or seat.refused.why in ("guard", "password", "pair_unavoidable")
