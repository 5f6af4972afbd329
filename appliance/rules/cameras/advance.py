"""What a camera version is after a row: from the row and what its act brought, and nothing else. Pure.

The caller has judged the act, and entered it; replaying a version's entries through here gives the version again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.signing import Acting
from appliance.rules.cameras.states import ENDS, LIVE, Cell, Origin, State
from appliance.rules.cameras.version import REVIEW_LINES, CameraVersion, Drift, Signature
from appliance.rules.deadlines import day_of
from appliance.rules.document_number import plain_doc_no

__all__ = ["advance"]

Changes = dict[str, Any]


def advance(sight: GuardContext, row: Row, fit: Acting) -> CameraVersion:
    """The version after ``row``, which ``judge`` gave for this very sight; ``fit``: how its cell was signed."""
    version = sight.version
    changes = _BRINGS.get(row.event, _nothing)(sight)
    version = msgspec.structs.replace(version, **changes)
    version = _moved(version, row, sight)
    if row.cell is None:
        return version
    ink = sight.actor.ink
    cell = Signature(
        cell=row.cell,
        account=sight.actor.account,
        day=day_of(ink.at_ns) if ink else sight.today,
        role=fit.role,
        deputy=fit.deputy,
        double=fit.double,
        ink=ink,
    )
    return msgspec.structs.replace(version, signatures=(*version.signatures, cell))


def _moved(version: CameraVersion, row: Row, sight: GuardContext) -> CameraVersion:
    """The version in its new state; a drift ends with it, wherever it leads."""
    was, state = version.state, version.before if row.back else row.target
    if state is None:
        return version
    changes: Changes = {"state": state, "before": was if state is State.DRIFT else None}
    if was is State.DRIFT and version.drifts:
        ended = msgspec.structs.replace(version.drifts[-1], end_ns=sight.facts.at_ns)
        changes["drifts"] = (*version.drifts[:-1], ended)
    if state in ENDS or state is State.SUSPENDED:
        changes["ended_on"] = sight.today
    if state is State.IN_FORCE and was not in LIVE:
        begun = {"in_force_ns": sight.facts.at_ns, "in_force_on": sight.today, "announced_on": None}
        changes |= begun | {"ended_on": None}
    return msgspec.structs.replace(version, **changes)


def _nothing(_sight: GuardContext) -> Changes:
    return {}


def _drafted(sight: GuardContext) -> Changes:
    """What a draft says; ``filing`` as the rules of this day have it for its kind."""
    facts, origin = sight.facts, msgspec.convert(sight.facts.typed.origin, Origin)
    filing = getattr(facts.filing, origin) if origin in facts.filing.__struct_fields__ else "exempt"
    changes = {**_typed(sight), "origin": origin, "filing": filing, "drafted_on": sight.today}
    return changes | _approval_of(facts.standing, origin, filing)


def _put_in_force(sight: GuardContext) -> Changes:
    version = sight.version
    return _approval_of(sight.facts.standing, version.origin, version.filing)


def _approval_of(standing: CameraVersion | None, origin: Origin, filing: str) -> Changes:
    """What is replaced like for like and asks the police authority for nothing stays what it approved: by its document,
    under its conditions and until its last day; or it owes the papers that the camera before it owed."""
    if standing is None or origin is not Origin.REPLACEMENT or filing != "exempt":
        return {}
    if standing.papers_lack:
        return {"existing": True, "plan_due": standing.plan_due}
    return {"answer": standing.answer, "existing": False}


def _adopted(sight: GuardContext) -> Changes:
    return {**_typed(sight), "origin": msgspec.convert(sight.facts.typed.origin, Origin), "drafted_on": sight.today}


def _typed(sight: GuardContext) -> Changes:
    typed = sight.facts.typed
    names = ("matters", "device", "wiring", "reason", "alternative")
    return {name: getattr(typed, name) for name in names}


def _rechecked(sight: GuardContext) -> Changes:
    return {"checked": sight.version.looked_up(sight.facts.typed.device)}


def _superseding(*cells: Cell) -> Callable[[GuardContext], Changes]:
    def changes(sight: GuardContext) -> Changes:
        return {
            "signatures": tuple(
                msgspec.structs.replace(each, superseded=True) if each.cell in cells else each
                for each in sight.version.signatures
            )
        }

    return changes


_CHAIN = _superseding(Cell.MAKER, Cell.UNIT_HEAD, Cell.SECRETARY, Cell.DIRECTOR)
_ANSWER = _superseding(Cell.ANSWER_ENTERED, Cell.ANSWER_CONFIRMED)
_ACCEPTANCE = _superseding(Cell.ACCEPTED)
_REVIEW = _superseding(Cell.REVIEWED, Cell.REVIEW_STAMPED)
_EXPLANATION = _superseding(Cell.EXPLAINED, Cell.EXPLANATION_CONFIRMED)


def _answered(sight: GuardContext) -> Changes:
    return {"answer": sight.facts.typed.answer, **_ANSWER(sight)}


def _accepted(sight: GuardContext) -> Changes:
    return {"acceptance": sight.facts.typed.acceptance, **_ACCEPTANCE(sight)}


def _announced(sight: GuardContext) -> Changes:
    before = sight.version.before
    return {"announced_on": sight.today, "before": State.ANNOUNCED if before is State.IN_FORCE else before}


def _reviewed(sight: GuardContext) -> Changes:
    return {"review": sight.facts.typed.review, **_REVIEW(sight)}


def _differing(sight: GuardContext) -> Changes:
    review = sight.facts.typed.review
    cause = next((line for line in REVIEW_LINES if getattr(review, line) == "no"), "")  # "": its record is lost
    return {"review": review, **_REVIEW(sight), **_drifting(sight, cause)}


def _drifting(sight: GuardContext, cause: str = "view") -> Changes:
    return {"drifts": (*sight.version.drifts, Drift(start_ns=sight.facts.at_ns, cause=cause)), **_EXPLANATION(sight)}


def _explained(sight: GuardContext) -> Changes:
    picture = sight.facts.typed.acceptance.picture
    acceptance = msgspec.structs.replace(sight.version.acceptance, picture=picture)
    return {"acceptance": acceptance, **_EXPLANATION(sight)}


def _identified(sight: GuardContext) -> Changes:
    identity = sight.facts.typed.acceptance.identity
    return {"acceptance": msgspec.structs.replace(sight.version.acceptance, identity=identity)}


_BRINGS: Mapping[Event, Callable[[GuardContext], Changes]] = MappingProxyType(
    {
        Event.DRAFT: _drafted,
        Event.ADOPT: _adopted,
        Event.REVISE: _typed,
        Event.RETURN: _CHAIN,
        Event.SEND: lambda sight: {"letter_no": plain_doc_no(sight.facts.typed.letter_no)},
        Event.ENTER_ANSWER: _answered,
        Event.REJECT: _answered,
        Event.FILE_EVIDENCE: _answered,
        Event.ACCEPT: _accepted,
        Event.PUT_IN_FORCE: _put_in_force,
        Event.ANNOUNCE: _announced,
        Event.REPUBLISH: _announced,
        Event.REVIEW: _reviewed,
        Event.STAMP_REVIEW: lambda sight: {"reviewed_on": sight.today},
        Event.MISMATCH: _differing,
        Event.DRIFTED: _drifting,
        Event.EXPLAIN: _explained,
        Event.PIN: _identified,
        Event.RECOGNISE: _identified,
        Event.RECHECK: _rechecked,
        Event.SIGN_PLAN: lambda sight: {"plan_due": sight.facts.typed.plan_due},
    }
)
