"""Whether an act may be: the row of the table that it is, or exactly why not and what to do next. Pure.

The keeper and the pages judge with the same function over the same facts; a page may show a refusal before the act, the
keeper gives the answer that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.cases.chains import TABLES, rows_of
from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.formal_check import FORMAL_ITEMS
from appliance.rules.cases.ink_steps import is_on_sheet, rests_on_sheet
from appliance.rules.cases.people import Actor
from appliance.rules.cases.roster import Unfit, acting
from appliance.rules.cases.rows import Effect, EffectSpec, Event, Row, events_from, find

__all__ = ["TABLES", "Next", "Refusal", "judge", "possible", "scans_lost"]


class Next(StrEnum):
    """What to do about a refusal."""

    COMPLETE = "complete"
    ASK_CORRECTION = "ask_correction"
    OTHER_EVENT = "other_event"
    LOG_IN_AS = "log_in_as"
    OTHER_PERSON = "other_person"
    MARK_DOUBLE = "mark_double"
    TYPE_PASSWORD = "type_password"  # noqa: S105  a step, no secret
    NEW_CASE = "new_case"
    AGENCY_LETTER = "agency_letter"
    CITIZEN_FORM = "citizen_form"
    REFUSE_PURPOSE = "refuse_purpose"
    WAIT = "wait"
    OTHER_MEANS = "other_means"


class Refusal(NamedTuple):
    """Why an act may not be. ``why``: ``no_row``, ``role``, ``party``, ``pair``, ``pair_marked``, ``pair_unavoidable``,
    ``holder_is_there``, ``password``, ``ink_row`` (no sheet has it) or ``guard``. ``missing``: codes, roles, stages,
    accounts or the events that the state has. ``next``: the next step. The words are the catalogue's (``case-why``,
    ``case-lack``, ``case-next``)."""

    event: Event
    why: str
    missing: tuple[str, ...]
    next: Next

    def __str__(self) -> str:
        what = ", ".join(self.missing) or "nothing"
        return f"to {self.event}: {self.why} ({what}); {self.next.replace('_', ' ')}"


_NEXT_FOR: Mapping[str, Next] = MappingProxyType(
    {
        "no_row": Next.OTHER_EVENT,
        "role": Next.LOG_IN_AS,
        "ink_row": Next.OTHER_EVENT,
        "party": Next.OTHER_PERSON,
        "pair": Next.OTHER_PERSON,
        "pair_marked": Next.OTHER_PERSON,
        "pair_unavoidable": Next.MARK_DOUBLE,
        "holder_is_there": Next.OTHER_PERSON,
        "password": Next.TYPE_PASSWORD,
        "judicial_no": Next.AGENCY_LETTER,
        "no_statute": Next.CITIZEN_FORM,
        "public_agency": Next.CITIZEN_FORM,
        "purpose_allowed": Next.REFUSE_PURPOSE,
        "token_scope": Next.NEW_CASE,
        "token_hours": Next.OTHER_EVENT,
        "slip_left": Next.AGENCY_LETTER,
        "not_lapsed": Next.OTHER_EVENT,
        "defects": Next.OTHER_EVENT,
        "not_refused": Next.OTHER_EVENT,
        "not_issued": Next.OTHER_EVENT,
        "not_handed": Next.OTHER_EVENT,
        "rectify_again": Next.WAIT,
        "rectify_nothing": Next.OTHER_EVENT,
        "rectify_other": Next.OTHER_PERSON,
        "rectify_party": Next.OTHER_EVENT,
        "rectify_person": Next.NEW_CASE,
        "rectify_stale": Next.OTHER_EVENT,
        "rectify_waits": Next.OTHER_EVENT,
        "already_issued": Next.OTHER_EVENT,
        "already_served": Next.OTHER_EVENT,
        "no_extension": Next.OTHER_EVENT,
        "no_redirect": Next.OTHER_EVENT,
        "redirect_waits": Next.OTHER_EVENT,
        "scan_there": Next.OTHER_EVENT,
        "nothing_given": Next.OTHER_EVENT,
        "viewing_done": Next.OTHER_EVENT,
        "copy_done": Next.OTHER_EVENT,
        "director_is_party": Next.OTHER_EVENT,
        "director_is_no_party": Next.OTHER_EVENT,
        "correction_overdue": Next.WAIT,
        "letter_term_over": Next.WAIT,
        "term_over": Next.WAIT,
        "colleague_watched": Next.OTHER_EVENT,
        "judicial_begun": Next.AGENCY_LETTER,
        "no_standing": Next.OTHER_EVENT,
        "no_unlawful_act": Next.OTHER_EVENT,
        "day_is_over": Next.WAIT,
        "copy_left": Next.OTHER_EVENT,
        "copy_too_early": Next.WAIT,
        "viewers_signed_nothing": Next.OTHER_PERSON,
        "ledger_two": Next.OTHER_PERSON,
        "masks": Next.OTHER_EVENT,
        "masks_newer": Next.OTHER_EVENT,
        "masking_ordered": Next.OTHER_EVENT,
        "masks_drawn": Next.OTHER_EVENT,
        "masks_not_drawn": Next.OTHER_EVENT,
        "masks_unconfirmed": Next.OTHER_EVENT,
    }
)
"""The next step for a reason or for the first thing that is missing; to complete the papers where nothing is here."""


def judge(case: Case, event: Event, actor: Actor, facts: CaseFacts, today: date) -> Row | Refusal:
    """The row that ``event`` by ``actor`` is on that day, or why it is none.

    A row whose cell is signed with 兼簽 comes back with the notice to the 政風 among its effects (``D-10``).
    """
    table = rows_of(case)
    row = find(table, case.state, event)
    if row is not None and actor.ink is not None and not is_on_sheet(row):
        return Refusal(event, "ink_row", (), _NEXT_FOR["ink_row"])
    if row is None:
        widens = event is Event.ADD_RANGE and case.received_on is not None
        step = Next.NEW_CASE if widens else Next.OTHER_EVENT
        return Refusal(event, "no_row", tuple(events_from(table, case.state)), step)
    sight = GuardContext(case, facts, actor, today)
    fit = acting(sight, row)
    if isinstance(fit, Unfit):
        return Refusal(event, fit.why, fit.more, _NEXT_FOR[fit.why])
    missing = (*dict.fromkeys(code for guard in row.guards for code in guard(sight)), *scans_lost(row, facts))
    if missing:
        return Refusal(event, "guard", missing, _next_for(missing, table, case))
    if (row.password or actor.beside) and not actor.proved:
        return Refusal(event, "password", (), _NEXT_FOR["password"])
    return row._replace(effects=(*row.effects, EffectSpec(Effect.NOTICE, "ethics"))) if fit.double else row


def scans_lost(row: Row, facts: CaseFacts) -> tuple[str, ...]:
    """What a row lacks that rests on signatures in ink whose scan does not count any more."""
    return tuple(f"ink_scan:{scan}" for scan in facts.ink_lost) if rests_on_sheet(row) else ()


def possible(case: Case) -> tuple[Event, ...]:
    """What the table has for the case as it stands, whoever acts."""
    return events_from(rows_of(case), case.state)


def _next_for(missing: tuple[str, ...], table: tuple[Row, ...], case: Case) -> Next:
    named = [_NEXT_FOR[code] for code in missing if code in _NEXT_FOR]
    if named:
        return named[0]
    of_the_form = {item.code for item in FORMAL_ITEMS[case.kind]}
    asks = find(table, case.state, Event.FIND_DEFECTS) and of_the_form & set(missing)
    return Next.ASK_CORRECTION if asks else Next.COMPLETE
