"""What a case is after a row: the next ``Case``, from the row's target and effects alone. Pure.

The caller has judged the act, and entered it; replaying a case's entries through here gives the case again. What an
effect does outside the case (papers, keys, stations) is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.rules.cases import clocks
from appliance.rules.cases.facts import Case, GuardContext, Token
from appliance.rules.cases.people import Signature
from appliance.rules.cases.pins import is_pinned
from appliance.rules.cases.roster import Acting, Unfit, acting
from appliance.rules.cases.rows import Effect, EffectSpec, Row
from appliance.rules.cases.states import NEGATIVE, POSITIVE, Stage, State

__all__ = ["advance"]

Changes = Mapping[str, Any]

_CHAIN_STAGES = frozenset({Stage.MANAGER, Stage.UNIT_HEAD, Stage.SECRETARY, Stage.DIRECTOR})
_MASK_STAGES = frozenset({Stage.MASK_MAKER, Stage.MASK_CHECKER})


def advance(sight: GuardContext, row: Row, fit: Acting | None = None) -> Case:
    """The case after ``row``, which ``judge`` gave for this very sight. ``fit``: how its cell was signed, where an
    entry says so; else as the people of the sight make it."""
    case = sight.case
    state = row.target or case.state
    for effect in row.effects:
        changes = _CARRIED.get(effect.name, _nothing)(case, sight, effect)
        case = msgspec.structs.replace(case, **changes) if changes else case
    case = msgspec.structs.replace(case, state=state, **_answer(sight, row, state))
    return _signed(case, sight, row, fit or acting(sight, row)) if row.stage else case


def _answer(sight: GuardContext, row: Row, state: State) -> dict[str, Any]:
    """What was decided, told or closed."""
    facts, today = sight.facts, sight.today
    changes: dict[str, Any] = {}
    if row.target in NEGATIVE | POSITIVE:
        changes.update(result=state, decided_on=today)
    if row.kind == "case.decided":
        changes["rulings"] = facts.rulings
    if row.target is State.NOTIFIED:
        changes.update(served_on=facts.service.day)
    if row.target is State.CLOSED:
        changes["closed_on"] = today
    return changes


def _signed(case: Case, sight: GuardContext, row: Row, fit: Acting | Unfit) -> Case:
    if isinstance(fit, Unfit) or row.stage is None:
        return case
    cell = Signature(
        stage=row.stage,
        person=sight.actor.person,
        day=sight.today,
        role=fit.role,
        deputy=fit.deputy,
        double=fit.double,
        ink=sight.actor.ink,
    )
    return msgspec.structs.replace(case, signatures=(*case.signatures, cell))


def _nothing(_case: Case, _sight: GuardContext, _effect: EffectSpec) -> Changes:
    return {}


def _pin(case: Case, sight: GuardContext, effect: EffectSpec) -> Changes:
    """The ranges of the act, or those as well; the margin around them is ``pins.pinned``'s."""
    if effect.detail == "more":
        return {"asked": (*case.asked, *sight.facts.asked)}
    return {"asked": sight.facts.asked, "terms": sight.facts.terms}


def _pin_term(case: Case, sight: GuardContext, effect: EffectSpec) -> Changes:
    if effect.detail == "slip":
        return {"slip_on": sight.today, "slips": case.slips + 1}
    field = {"preserve": "preserved_on", "withdrawn": "withdrawn_on", "judicial": "locked_on"}.get(effect.detail)
    return {field: sight.today} if field else {}


def _ledger_row(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
    facts = sight.facts
    return {
        "number": facts.number,
        "policy": facts.policy,
        "unit": facts.managing_section,
        "section": facts.section,
        "parties": facts.parties,
        "statutory": facts.statutory,
        "recorder": facts.recorder,
        "received_on": sight.today,
    }


def _clock_start(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
    facts = sight.facts
    statutory = bool(facts.statutory)
    day = facts.since or sight.today
    clock = clocks.started(case.kind, day, statutory=statutory, days_off=facts.days_off, terms=case.terms)
    return {"clock": clock}


def _clock(
    change: Callable[[clocks.CaseClock, GuardContext], clocks.CaseClock],
) -> Callable[[Case, GuardContext, EffectSpec], Changes]:
    def changed(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
        return {"clock": change(case.clock, sight)} if case.clock else {}

    return changed


def _ended(clock: clocks.CaseClock, _sight: GuardContext) -> clocks.CaseClock:
    return msgspec.structs.replace(clock, ended=True)


def _record(case: Case, sight: GuardContext, effect: EffectSpec) -> Changes:
    """The days of letters: 發文 as it is dated, 送達 as it is proved; and who entered 更正 that waits."""
    facts = sight.facts
    if effect.detail == "rectifying":
        return {"rectifying": (*case.rectifying, sight.actor.person)}
    if effect.detail == "correction_called":  # once more after a return: its letter is another one
        return {"correction_issued_on": None, "correction_served_on": None, "correction_due": None}
    if effect.detail in ("rectified", "declined"):
        return {"rectifying": ()}
    if effect.detail == "appeal_over":
        ended = {"appeal_ended_on": facts.voucher.day, "appeal_end": facts.voucher.kind}
        return {"flags": case.flags - {"appeal"} | {"appeal_over"}, **ended}
    if effect.detail == "issued":
        return {"issued_on": facts.dispatch.day, "doc_no": facts.dispatch.doc_no}
    if effect.detail in ("correction_issued", "extension_issued"):
        return {f"{effect.detail}_on": facts.dispatch.day}
    return {f"{effect.detail}_on": facts.service.day} if effect.detail in _NOTICES_SERVED else {}


_NOTICES_SERVED = ("correction_served", "extension_served")


def _correction_term(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
    """What an applicant is given counts from the day on which the notice arrived."""
    told = sight.facts.service.day or sight.today
    return {"correction_due": clocks.correction_due(told, sight.facts.days_off, case.terms)}


def _supersede(case: Case, _sight: GuardContext, effect: EffectSpec) -> Changes:
    """The cells of the chain, where that of the applicant's own unit head stands; or those of the masks."""
    stages = _MASK_STAGES if effect.detail == "masks" else _CHAIN_STAGES
    return {
        "flags": case.flags if effect.detail == "masks" else case.flags - {"redirecting"},
        "signatures": tuple(
            msgspec.structs.replace(each, superseded=True) if each.stage in stages else each for each in case.signatures
        ),
    }


def _template(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
    return {"allows": frozenset({"viewing"})}


def _flag(case: Case, sight: GuardContext, effect: EffectSpec) -> Changes:
    changes: dict[str, Any] = {"flags": case.flags | {effect.detail}}
    if effect.detail == "appeal":  # another one, or 行政訴訟 after the appeal
        changes = {
            "flags": case.flags - {"appeal_over"} | {"appeal"},
            "appealed_on": sight.facts.voucher.day,
            "appeal_keeps": is_pinned(case, sight.today, sight.facts.days_off),
        }
    if effect.detail == "statutory":
        changes["statutory"] = sight.facts.statutory
    if effect.detail == "copy_decision":
        changes["allows"] = frozenset({"copy"} | ({"viewing"} if sight.facts.viewing_too else set()))
    return changes


def _token(case: Case, sight: GuardContext, _effect: EffectSpec) -> Changes:
    viewing = sight.facts.viewing
    if viewing.on is None or case.decided_on is None:
        return {}
    known = [each for each in viewing.viewers if not any(each.person == party.person for party in case.parties)]
    last = clocks.lapses_after(case.decided_on, case.terms, sight.facts.days_off)
    token = Token(scopes=viewing.scopes, on=viewing.on, last=last)
    return {"token": token, "parties": (*case.parties, *known)}


def _token_revoke(_case: Case, _sight: GuardContext, _effect: EffectSpec) -> Changes:
    return {"token": None}


def _viewing_copy(case: Case, _sight: GuardContext, _effect: EffectSpec) -> Changes:
    return {"flags": case.flags | {"viewing_copy"}}


_CARRIED: Mapping[Effect, Callable[[Case, GuardContext, EffectSpec], Changes]] = MappingProxyType(
    {
        Effect.PIN: _pin,
        Effect.PIN_TERM: _pin_term,
        Effect.LEDGER_ROW: _ledger_row,
        Effect.CLOCK_START: _clock_start,
        Effect.CLOCK_STOP: _clock(lambda clock, sight: clocks.stopped(clock, sight.today)),
        Effect.CLOCK_RESUME: _clock(lambda clock, sight: clocks.resumed(clock, sight.today)),
        Effect.CLOCK_EXTEND: _clock(lambda clock, sight: clocks.extended(clock, sight.case.terms)),
        Effect.CLOCK_END: _clock(_ended),
        Effect.RECORD: _record,
        Effect.CORRECTION_TERM: _correction_term,
        Effect.SUPERSEDE: _supersede,
        Effect.TOKEN_TEMPLATE: _template,
        Effect.FLAG: _flag,
        Effect.TOKEN: _token,
        Effect.TOKEN_REVOKE: _token_revoke,
        Effect.VIEWING_COPY: _viewing_copy,
    }
)
