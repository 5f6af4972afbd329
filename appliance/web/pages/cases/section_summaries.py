"""What a folded part of a case's page says in its heading: enough to know whether it need be opened. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from appliance.papers.from_cases.making import CasePaper
from appliance.rules.cases.views import CaseView
from appliance.web.pages.cases.record import Line
from appliance.web.pages.cases.usage_log_row import RowColumn
from appliance.web.pages.cases.view import Box
from appliance.web.pages.cases.words import CaseWords

__all__ = ["SectionSummaries", "Shown", "gists_of"]


class Shown(NamedTuple):
    """The parts as the page shows them."""

    ranges: Sequence[dict[str, Any]]
    parties: Sequence[dict[str, Any]]
    boxes: Sequence[Box]
    row: Sequence[RowColumn]
    appointment: Sequence[Line]
    papers: Sequence[CasePaper]
    history: Sequence[dict[str, Any]]


class SectionSummaries(NamedTuple):
    """One line for each part; "" where the heading says all there is."""

    asked: str
    record: str
    signatures: str
    checklist: str
    row: str
    booked: str
    papers: str
    history: str


def gists_of(told: CaseView, shown: Shown, words: CaseWords) -> SectionSummaries:
    return SectionSummaries(
        asked=_asked(shown.ranges, words),
        record=_record(told, shown, words),
        signatures=_signatures(shown.boxes, words),
        checklist=_left(sum(not line.answer for line in told.checklist), "checklist", words),
        row=_left(sum(cell.empty for column in shown.row for cell in column.cells), "row", words),
        booked=shown.appointment[0].value if shown.appointment else "",
        papers=words.text("case-page.gist-papers", count=len(shown.papers)),
        history=f"{shown.history[0]['title']}　{shown.history[0]['at']}" if shown.history else "",
    )


def _asked(ranges: Sequence[dict[str, Any]], words: CaseWords) -> str:
    if not ranges:
        return ""
    first = f"{ranges[0]['camera']}　{ranges[0]['asked']}"
    more = len(ranges) - 1
    return words.text("case-page.gist-more", first=first, count=more) if more else first


def _record(told: CaseView, shown: Shown, words: CaseWords) -> str:
    reason = words.choice("form/reason", told.form["reason"]) if told.form.get("reason") else ""
    agency = str(told.letter.get("agency") or told.voice.get("agency") or "")
    who = agency or (shown.parties[0]["name"] if shown.parties else "")
    return "　".join(filter(None, (who, reason or str(told.letter.get("purpose") or ""))))


def _signatures(boxes: Sequence[Box], words: CaseWords) -> str:
    marks = [mark for box in boxes for mark in box.marks]
    signed = sum(bool(mark.cells) and not mark.cells[-1].superseded for mark in marks)
    return words.text("case-page.gist-signed", count=signed, all=len(marks)) if marks else ""


def _left(count: int, part: str, words: CaseWords) -> str:
    return words.text(f"case-page.gist-{part}", count=count) if count else words.text(f"case-page.gist-{part}-done")
