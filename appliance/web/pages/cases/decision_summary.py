"""What stands open above an opinion, a stamp or a decision: who asks and why, every answer, a return's reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from appliance.papers.from_cases.sources import last_deed
from appliance.rules.cases.checklist import weight_of
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView
from appliance.web.i18n.roc_time import date_text, moment_text
from appliance.web.pages.cases.items import word_at
from appliance.web.pages.cases.record import (
    Line,
    agent_text,
    copy_lines,
    proposed_on_copy,
    range_text,
    read_aloud,
    redirect_lines,
)
from appliance.web.pages.cases.words import CaseWords

__all__ = ["Answered", "DecisionSummary", "Returned", "answers_of", "returned_of", "weighed_of"]

_WEIGHING = ("unit_review", "sec_review", "decision")
_PROPOSED = ("propose", "propose_redirect")


class Answered(NamedTuple):
    """A line of the checklist. ``weight``: of its answer (``rules.cases.checklist.weight_of``)."""

    weight: str
    said: str
    line: str
    source: str


class DecisionSummary(NamedTuple):
    """``asks``: all that whoever asks brought, so that nobody need look elsewhere. ``copy``: what is to be given where
    a letter asks for a copy, and why. ``heavy``: the answers to be minded; ``others``: the rest; each in the list's
    order. ``comments``: who signed before, and what they noted."""

    asks: Sequence[Line]
    proposal: str
    article: str
    exception: str
    copy: Sequence[Line]
    opinion: str
    heavy: Sequence[Answered]
    others: Sequence[Answered]
    comments: Sequence[Line] = ()


class Returned(NamedTuple):
    """A return that nobody answered yet with another proposal."""

    name: str
    at: str
    reason: str


def weighed_of(
    told: CaseView, parties: Sequence[dict[str, Any]], words: CaseWords, *, ruled_here: bool = False
) -> DecisionSummary | None:
    """For whoever gives an opinion, stamps or decides; None in every other state. ``parties`` as the page shows them.
    ``ruled_here``: the ranges stand below, each with its ruling. Before there is an opinion, or where another is to be
    given, it has what was asked alone: the answers stand in the form. A citizen's paper is checked on the desk, item by
    item."""
    proposed = told.state in _WEIGHING
    if not proposed and told.state != "checking" and (told.state != "received" or told.kind == Kind.CIT):
        return None
    proposal = told.proposal if proposed else {}
    result = str(proposal.get("result") or "")
    answers = answers_of(told, words) if proposed and result != "redirected" else []  # it is about no redirection
    ranges = "\n".join(range_text(each, words) for each in told.ranges)
    return DecisionSummary(
        asks=(
            *(_letter(told, parties, words) if told.letter.get("agency") else _form(told, parties, words)),
            *([] if ruled_here else [Line(words.text("case-page.asked-for"), ranges)]),
            *_came(told, words),
            *redirect_lines(proposal, words),
        ),
        proposal=words.choice("proposal/result", result) if result else "",
        article=str(proposal.get("article") or ""),
        exception=str(proposal.get("exception") or ""),
        copy=proposed_on_copy(proposal, words),
        opinion=str(told.words.get("opinion") or "") if proposed else "",
        heavy=tuple(each for each in answers if each.weight == "heavy"),
        others=tuple(each for each in answers if each.weight != "heavy"),
        comments=_comments(told),
    )


def answers_of(told: CaseView, words: CaseWords) -> list[Answered]:
    """The whole checklist, in its order."""
    return [_answered(line.code, line.answer, line.source, words) for line in told.checklist]


def returned_of(told: CaseView, words: CaseWords) -> Returned | None:
    """Who sent the case back, when and why; None once it was proposed again."""
    deed = last_deed(told, "return", "propose", "propose_redirect")
    if told.state != "checking" or deed is None or deed.event != "return":
        return None
    return Returned(deed.name, moment_text(deed.at_ns, words.lang), str(deed.words.get("reason") or ""))


def _comments(told: CaseView) -> tuple[Line, ...]:
    """What those who signed before noted: the applicant's section head, and whoever stamped what is proposed now."""
    proposed = last_deed(told, *_PROPOSED)
    since = proposed.index if proposed and told.state in _WEIGHING else None
    said = [
        (deed, str((deed.words.get("words") or {}).get("comment") or ""))
        for deed in told.history
        if deed.event == "sign_section" or (deed.event == "stamp" and since is not None and deed.index > since)
    ]
    return tuple(Line(deed.name, text) for deed, text in said if text)


def _answered(code: str, answer: str, source: str, words: CaseWords) -> Answered:
    said = f"case-choice.answer-{answer.replace('_', '-')}" if answer else "case-page.unanswered-short"
    return Answered(weight_of(code, answer), words.text(said), words.of("case-check", code), source)


def _form(told: CaseView, parties: Sequence[dict[str, Any]], words: CaseWords) -> list[Line]:
    """附件2 or 附件3: who, as what, why, and the report."""
    form = told.form
    reason = words.choice("form/reason", str(form["reason"])) if form.get("reason") else ""
    lines = [Line(str(each["parts"]), _named(told, each, words)) for each in parties]
    lines.append(Line(words.label("form/interest"), str(form.get("interest") or "")))
    lines.append(Line(words.label("form/reason"), _beside(words, reason, str(form.get("reason_text") or ""))))
    report = (form.get("report_unit"), date_text(str(form.get("report_day") or ""), words.lang), form.get("report_no"))
    seen = words.text(f"case-page.report-{'seen' if form.get('report_original') else 'unseen'}")
    reported = "　".join(str(each) for each in report if each)
    lines.append(Line(words.text("case-page.report"), words.noted(reported, seen) if reported else ""))
    lines.append(Line(words.text("intake.place"), str(told.words.get("place") or "")))
    lines.append(Line(words.text("case-page.said-read-aloud"), read_aloud(form, words)))
    lines.append(Line(words.label("statutory"), told.statutory))
    return [line for line in lines if line.value]


def _letter(told: CaseView, parties: Sequence[dict[str, Any]], words: CaseWords) -> list[Line]:
    """The letter of an agency, whole, and who else is to see."""
    letter = told.letter
    number = (date_text(str(letter.get("day") or ""), words.lang), letter.get("number"))
    marks = [words.text(f"case-page.marked-{name}") for name in ("secret", "keep") if letter.get(name)]
    lines = [
        Line(words.label("letter/agency"), str(letter["agency"])),
        Line(words.text("case-page.letter"), "　".join(str(each) for each in number if each)),
        *(Line(words.label(f"letter/{name}"), str(letter.get(name) or ""))
          for name in ("officer", "basis", "purpose", "scope", "need")),
        *copy_lines(letter, words),
        Line(words.text("case-page.marked"), words.listed(marks)),
        *(Line(str(each["parts"]), str(each["name"])) for each in parties if each["name"] != letter.get("officer")),
        Line(words.label("statutory"), told.statutory),
    ]  # fmt: skip
    return [line for line in lines if line.value]


def _named(told: CaseView, person: dict[str, Any], words: CaseWords) -> str:
    """With standing or unit, of an agent with what he acts by, and the relation."""
    applicant, agent = "applicant" in person["codes"], "agent" in person["codes"]
    standing = str(told.form.get("standing") or "")
    notes = (
        words.choice("form/standing", standing) if applicant and standing else "",
        told.section if applicant else "",
        agent_text(told.form, words) if agent else "",
        person["alone"],
        "" if applicant else person["relation"],
    )
    return words.noted(str(person["called"]), words.listed(filter(None, notes)))


def _came(told: CaseView, words: CaseWords) -> list[Line]:
    """What came after the receipt, by day, beside what was received."""
    days: dict[tuple[str, bool], list[str]] = {}
    for each in told.added:
        received = word_at(each.what, each.old, words) or words.text("case-page.came-nothing")
        said = words.text(
            "case-page.came", item=words.label(each.what), text=word_at(each.what, each.new, words), received=received
        )
        days.setdefault((each.day, each.asked), []).append(said)
    return [
        Line(
            words.text(f"case-page.came-{'asked' if asked else 'later'}", day=date_text(day, words.lang)),
            "\n".join(said),
        )
        for (day, asked), said in days.items()
    ]


def _beside(words: CaseWords, code: str, text: str) -> str:
    return words.text("site.colon").join(filter(None, (code, text)))
