"""What stands open above an opinion, a stamp or a decision: who asks and why, every answer, a return's reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.rules.cases.checklist import weight_of
from appliance.rules.cases.told import CaseTold
from appliance.web.cases.record import Line, copy_lines, redirect_lines
from appliance.web.cases.words import CaseWords
from appliance.web.roctime import moment_text

__all__ = ["Answered", "Returned", "Weighed", "answers_of", "returned_of", "weighed_of"]

_WEIGHING = ("unit_review", "sec_review", "decision")


class Answered(NamedTuple):
    """A line of the checklist. ``weight``: of its answer (``rules.cases.checklist.weight_of``)."""

    weight: str
    said: str
    line: str
    source: str


class Weighed(NamedTuple):
    """``asks``: who asks, why, and whether for a copy. ``heavy``: the answers to be minded; ``others``: the rest; each
    in the list's order."""

    asks: Sequence[Line]
    proposal: str
    article: str
    exception: str
    opinion: str
    heavy: Sequence[Answered]
    others: Sequence[Answered]


class Returned(NamedTuple):
    """A return that nobody answered yet with another proposal."""

    name: str
    at: str
    reason: str


def weighed_of(told: CaseTold, parties: Sequence[dict[str, object]], words: CaseWords) -> Weighed | None:
    """For whoever stamps or decides; None in every other state. ``parties`` as the page shows them."""
    if told.state not in _WEIGHING:
        return None
    redirected = told.proposal.get("result") == "redirected"  # no line of the checklist is about it
    answers = [] if redirected else answers_of(told, words)
    result = str(told.proposal.get("result") or "")
    return Weighed(
        asks=(*_asks(told, parties, words), *redirect_lines(told.proposal, words)),
        proposal=words.choice("proposal/result", result) if result else "",
        article=str(told.proposal.get("article") or ""),
        exception=str(told.proposal.get("exception") or ""),
        opinion=str(told.words.get("opinion") or ""),
        heavy=tuple(each for each in answers if each.weight == "heavy"),
        others=tuple(each for each in answers if each.weight != "heavy"),
    )


def answers_of(told: CaseTold, words: CaseWords) -> list[Answered]:
    """The whole checklist, in its order."""
    return [_answered(line.code, line.answer, line.source, words) for line in told.checklist]


def returned_of(told: CaseTold, words: CaseWords) -> Returned | None:
    """Who sent the case back, when and why; None once it was proposed again."""
    deed = next(
        (deed for deed in reversed(told.history) if deed.event in ("return", "propose", "propose_redirect")), None
    )
    if told.state != "checking" or deed is None or deed.event != "return":
        return None
    return Returned(deed.name, moment_text(deed.at_ns, words.lang), str(deed.words.get("reason") or ""))


def _answered(code: str, answer: str, source: str, words: CaseWords) -> Answered:
    said = f"case-choice.answer-{answer.replace('_', '-')}" if answer else "case-page.unanswered-short"
    return Answered(weight_of(code, answer), words.text(said), words.of("case-check", code), source)


def _asks(told: CaseTold, parties: Sequence[dict[str, object]], words: CaseWords) -> list[Line]:
    form, letter = told.form, told.letter
    reason = words.choice("form/reason", str(form["reason"])) if form.get("reason") else ""
    why = "：".join(filter(None, (reason, str(form.get("reason_text") or ""))))
    if words.lang != "zh":
        why = why.replace("：", ": ", 1)
    lines = [Line(str(each["parts"]), str(each["name"])) for each in parties]
    if letter.get("agency"):
        lines.insert(0, Line(words.label("letter/agency"), str(letter["agency"])))
    if why:
        lines.append(Line(words.label("form/reason"), why))
    if letter.get("purpose"):
        lines.append(Line(words.label("letter/purpose"), str(letter["purpose"])))
    lines += copy_lines(letter, words)
    return lines
