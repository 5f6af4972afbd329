"""The tests of a decision as lines to be answered (八(一), ``AT-28``): standing, purpose, others' privacy, secrecy.

The manager answers them with the proposal; while one is open, nobody decides. What speaks against a grant, or must be
minded with one, stands before the decider first, and some answers keep a grant from being given
(``guards_decision.answers_bear_grant``). The words are in the message catalogue, ``case-check.<code>``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appliance.rules.cases.facts import Case, CaseFacts
from appliance.rules.cases.formal_check import is_wide
from appliance.rules.cases.states import Kind

__all__ = ["ANSWERS", "LINES", "Line", "denied", "lines_for", "unanswered", "weight_of"]

ANSWERS = frozenset({"yes", "no", "not_applicable"})

_ALL = frozenset(Kind)


class Line(NamedTuple):
    """A line: its code, the kinds that have it, and the rule that it shows to the decider. ``when``: only then.
    ``heavy``: the answer that must be minded; "" where neither weighs against anything."""

    code: str
    kinds: frozenset[Kind]
    source: str
    when: str = ""
    heavy: str = "no"


LINES: tuple[Line, ...] = (
    Line("standing_holds", frozenset({Kind.CIT}), "作業規範第八點第(五)款第1目之(1)"),
    Line("purpose_fits", _ALL, "作業規範第二點；個人資料保護法第16條"),
    Line("third_persons", _ALL, "行政程序法第46條", heavy="yes"),
    Line("investigation_secrecy", _ALL, "偵查不公開作業辦法", heavy="yes"),
    Line("partial_possible", _ALL, "政府資訊公開法第18條第2項", heavy=""),
    Line("evidence_needed", frozenset({Kind.AGY}), "作業規範第八點第(五)款第3目之(1)"),
    Line("scope_no_wider", frozenset({Kind.AGY}), "作業規範第八點第(五)款第3目之(1)"),
    Line("no_colleague_watched", frozenset({Kind.INT}), "作業規範第八點第(五)款第2目之(1)"),
    Line("not_judicial", frozenset({Kind.INT}), "作業規範第八點第(五)款第2目之(2)"),
    Line(
        "other_reason_is_unlawful_act", frozenset({Kind.CIT}), "作業規範第八點第(五)款第1目之(1)", when="other_reason"
    ),
    Line("wide_scope_needed", _ALL, "個人資料保護法第5條", when="wide"),
    Line("statutory_grounds", _ALL, "個人資料保護法第10條；政府資訊公開法第18條", when="statutory"),
)


def lines_for(case: Case, facts: CaseFacts) -> tuple[Line, ...]:
    """The lines that this case has."""
    holds = {
        "": True,
        "other_reason": facts.form.reason == "other" and not case.statutory,
        "wide": is_wide(case.asked),
        "statutory": bool(case.statutory),
    }
    return tuple(line for line in LINES if case.kind in line.kinds and holds[line.when])


def unanswered(case: Case, facts: CaseFacts) -> tuple[str, ...]:
    """The codes of the lines without an answer that exists, in their order."""
    return _open(lines_for(case, facts), {code for code, answer in facts.checklist if answer in ANSWERS})


def denied(case: Case, facts: CaseFacts) -> frozenset[str]:
    """The codes of the lines of this case that were answered no."""
    return frozenset(
        {line.code for line in lines_for(case, facts)} & {code for code, said in facts.checklist if said == "no"}
    )


def weight_of(code: str, answer: str) -> str:
    """What an answer to a line is to the decider: ``open`` (none yet), ``heavy``, ``light``, or ``plain``, which weighs
    nothing either way."""
    heavy = {line.code: line.heavy for line in LINES}.get(code, "")
    if not answer:
        return "open"
    if not heavy or answer not in ("yes", "no"):
        return "plain"
    return "heavy" if answer == heavy else "light"


def _open(lines: Iterable[Line], answered: set[str]) -> tuple[str, ...]:
    return tuple(line.code for line in lines if line.code not in answered)
