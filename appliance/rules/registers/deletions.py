"""The register of those who ask for footage of them to go (個資刪除請求): receipt, answer with its day, letter.

Source: PDPA 11 ③ and 13, 個資法施行細則 21, ``AT-66``, ``T-28``. Nothing is destroyed by asking, and nothing is pinned:
the answer says why it stays (the floor of 七(一), a hold) and the last day on which it exists, as the machine works it
out (``rules.cases.deletion``) at the receipt, at the proposal and at the decision. Nobody types that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from appliance.rules.cases.deletion import GROUNDS
from appliance.rules.cases.terms import CaseTerms
from appliance.rules.deadlines import day_of
from appliance.rules.document_number import faults_of, plain_doc_no
from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW, Field, GuardContext, Item, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["DELETIONS", "DeletionEvent", "DeletionState", "answer_due"]


class DeletionState(Worded):
    RECEIVED = "received", "已受理"
    PROPOSED = "proposed", "待核定"
    DECIDED = "decided", "已核定"
    ISSUED = "issued", "已發文"
    SERVED = "served", "已送達"
    WITHDRAWN = "withdrawn", "已撤回"


class DeletionEvent(Worded):
    RECEIVE = "receive", "受理"
    EXTEND = "extend", "展延"
    PROPOSE = "propose", "擬辦"
    RETURN = "return", "退回"
    DECIDE = "decide", "核定"
    ISSUE = "issue", "發文"
    SERVE = "serve", "送達"
    WITHDRAW = "withdraw", "撤回"


def answer_due(item: Item) -> date:
    """The last day on which the answer goes out: by the pack in force at the receipt, which has the strictest of the
    laws (``D-11``, 個資法 13); longer once that was told in writing."""
    term = item.value("term")
    more = term["extension_days"] if item.value("extend_no") else 0
    return day_of(item.opened_ns) + timedelta(days=term["decision_days"] + more)


def letter_of(items: Iterable[Item], doc_no: str) -> str:
    """The number of the request to which the letter of that 發文字號 belongs; "" for none."""
    named = (each for each in items for name in _LETTERS if plain_doc_no(str(each.value(name))) == doc_no)
    return next((each.number for each in named), "") if doc_no else ""


def doc_no_in(typed: Mapping[str, Any]) -> str:
    """The plain 發文字號 that an act gives a letter; "" where it gives none."""
    return next((plain_doc_no(str(typed[name])) for name in _LETTERS if typed.get(name)), "")


def number_is_free(sight: GuardContext) -> tuple[str, ...]:
    """發文字號 is one of this office and of one letter only (公文程式條例 6)."""
    doc_no, facts = doc_no_in(sight.typed), sight.facts
    return faults_of(doc_no, facts.letter_word, facts.letter_of) if doc_no else ()


def extended_once(sight: GuardContext) -> tuple[str, ...]:
    return ("extended",) if sight.item.value("extend_no") else ()


def cameras_there(sight: GuardContext) -> tuple[str, ...]:
    named = dict.fromkeys(str(each["camera_no"]) for each in sight.said("asked_ranges", ()))
    return tuple(f"camera_unknown:{number}" for number in named if number not in sight.facts.cameras)


def nothing_ahead(sight: GuardContext) -> tuple[str, ...]:
    """What there is not yet cannot be asked to go."""
    late = any(each["end_ns"] > sight.facts.at_ns for each in sight.said("asked_ranges", ()))
    return ("range_ahead",) if late else ()


def ground_is_found(sight: GuardContext) -> tuple[str, ...]:
    """While the index is in doubt, nothing is answered."""
    return () if _found(sight) else ("ground_unknown",)


def ground_stands(sight: GuardContext) -> tuple[str, ...]:
    """What was proposed is what is found on the day of the decision."""
    found = _brings(sight)
    stands = all(sight.item.value(name) == found[name] for name in ("ground", "gone_by"))
    return ground_is_found(sight) or (() if stands else ("ground_moved",))


def issue_day_fits(sight: GuardContext) -> tuple[str, ...]:
    return _day_fits(sight, "issued_on", day_of(sight.item.times.get(DeletionEvent.DECIDE, 0)))


def served_day_fits(sight: GuardContext) -> tuple[str, ...]:
    issued = sight.said("issued_on")
    return _day_fits(sight, "served_on", date.fromisoformat(str(issued))) if issued else ()


def proof_day_fits(sight: GuardContext) -> tuple[str, ...]:
    """送達證書 bears a day from the issue on."""
    issued = sight.said("issued_on")
    return _day_fits(sight, "proof_day", date.fromisoformat(str(issued))) if issued else ()


def _day_fits(sight: GuardContext, name: str, first: date) -> tuple[str, ...]:
    told = sight.typed.get(name)
    if not told:
        return ()
    day = date.fromisoformat(str(told))
    if day > day_of(sight.facts.at_ns):
        return (f"{name}_ahead",)
    return (f"{name}_early",) if day < first else ()


def _found(sight: GuardContext) -> dict[str, Any]:
    """Ground and last day as the machine finds them now; nothing where it cannot tell."""
    return dict(sight.facts.kept(sight.said("asked_ranges", [])) or {})


def _brings(sight: GuardContext) -> dict[str, Any]:
    return {"ground": "", "gone_by": "", **_found(sight)}


def _begins(sight: GuardContext) -> dict[str, Any]:
    """What is found at the receipt, and the term that the request keeps."""
    return {**_brings(sight), "term": _term(sight.facts.terms)}


def _term(terms: CaseTerms) -> dict[str, int]:
    return {"decision_days": terms.decision_days, "extension_days": terms.extension_days}


_S, _E = DeletionState, DeletionEvent
_DESK = (Role.OFFICER, Role.MANAGER)
_NOTE = (Field("note", Widget.WORDS),)
_LETTERS = ("extend_no", "doc_no")

DELETIONS = Register(
    code="deletions",
    zh="個資刪除請求",
    letter="R",
    kind="deletion.changed",
    states=DeletionState,
    gist=("requester", "ground", "gone_by"),
    done=frozenset({_S.SERVED, _S.WITHDRAWN}),
    pairs=(Pair("proposed", "decided"),),
    found=(Field("ground", Widget.CHOICE, GROUNDS), Field("gone_by", Widget.DAY)),
    kept=("term",),
    steps=(
        Step(
            "R1",
            (NEW,),
            _E.RECEIVE,
            _S.RECEIVED,
            _DESK,
            (
                Field("requester", Widget.TEXT),
                Field("identified", Widget.TICK),
                Field("served_at", Widget.TEXT),
                Field("asks", Widget.WORDS),
                Field("asked_ranges", Widget.RANGES),
            ),
            (cameras_there, nothing_ahead),
            cell="received",
            brings=_begins,
        ),
        Step(
            "R2",
            (_S.RECEIVED, _S.PROPOSED),
            _E.EXTEND,
            None,
            _DESK,
            (Field("extend_no", Widget.TEXT), *_NOTE),
            (extended_once, number_is_free),
        ),
        Step(
            "R3",
            (_S.RECEIVED,),
            _E.PROPOSE,
            _S.PROPOSED,
            _DESK,
            (Field("article", Widget.TEXT), Field("opinion", Widget.WORDS, needed=False)),
            (ground_is_found,),
            cell="proposed",
            brings=_brings,
        ),
        Step("R4", (_S.PROPOSED,), _E.RETURN, _S.RECEIVED, (Role.DIRECTOR,), _NOTE, voids=("proposed",)),
        Step(
            "R5",
            (_S.PROPOSED,),
            _E.DECIDE,
            _S.DECIDED,
            (Role.DIRECTOR,),
            (),
            (ground_stands,),
            cell="decided",
            password=True,
        ),
        Step(
            "R6",
            (_S.DECIDED,),
            _E.ISSUE,
            _S.ISSUED,
            _DESK,
            (Field("doc_no", Widget.TEXT), Field("issued_on", Widget.DAY)),
            (issue_day_fits, number_is_free),
        ),
        Step(
            "R7",
            (_S.ISSUED,),
            _E.SERVE,
            _S.SERVED,
            _DESK,
            (
                Field("means", Widget.CHOICE, ("handed", "registered", "exchange", "posted")),
                Field("served_on", Widget.DAY),
                Field("proof_no", Widget.TEXT),
                Field("proof_day", Widget.DAY),
            ),
            (served_day_fits, proof_day_fits),
        ),
        Step("R8", (_S.RECEIVED, _S.PROPOSED), _E.WITHDRAW, _S.WITHDRAWN, _DESK, _NOTE),
    ),
)
