"""The case's row of 附件4 as the page shows it: each cell with what stands in it, or that it is still empty. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.rules.cases.views import CaseView, CellView
from appliance.web.i18n.roc_time import date_text, moment_text
from appliance.web.pages.cases.record import span_text
from appliance.web.pages.cases.words import CaseWords

__all__ = ["COLUMNS", "RowCell", "RowColumn", "ledger_row"]

COLUMNS = (1, 2, 3, 4)
"""日期時間, 申請人, 案由, and all that was viewed; the two signatures stand in a fifth."""

_Words = Callable[[Mapping[str, Any], CaseWords], str]


class RowCell(NamedTuple):
    """``empty``: it must be filled before the row is signed."""

    label: str
    text: str
    empty: bool = False


class RowColumn(NamedTuple):
    heading: str
    cells: tuple[RowCell, ...]


def ledger_row(told: CaseView, words: CaseWords) -> list[RowColumn]:
    """The columns in their order; nothing before the receipt opened the row."""
    if not told.received_ns:
        return []
    received = RowCell("", moment_text(told.received_ns, words.lang))
    if told.late:
        entered = moment_text(int(told.late["entered_ns"]), words.lang)
        received = RowCell(
            "", words.noted(received.text, words.text("case-page.row-late", at=entered, why=told.late["reason"]))
        )
    columns = {number: [received] if number == 1 else [] for number in COLUMNS}
    for cell in told.cells:
        if cell.filled or cell.required:
            columns.setdefault(cell.column, []).append(_cell(cell, words))
    return [RowColumn(words.text(f"case-page.row-{number}"), tuple(cells)) for number, cells in sorted(columns.items())]


def _cell(cell: CellView, words: CaseWords) -> RowCell:
    said = _SAID.get(cell.code)
    text = said(cell.values, words) if said and cell.values else ""
    return RowCell(words.of("case-cell", cell.code), text, empty=cell.required and not cell.filled)


def _listed(name: str) -> _Words:
    return lambda values, words: words.listed(str(each) for each in values.get(name, ()))


def _plain(name: str) -> _Words:
    return lambda values, _words: str(values.get(name, ""))


def _letter(values: Mapping[str, Any], _words: CaseWords) -> str:
    return f"{values.get('agency', '')}　{values.get('number', '')}"


def _matter(values: Mapping[str, Any], words: CaseWords) -> str:
    if values.get("reason"):
        return f"{words.choice('form/reason', str(values['reason']))}　{values.get('text', '')}"
    return str(values.get("purpose") or values.get("scope") or "")


def _minutes(values: Mapping[str, Any], words: CaseWords) -> str:
    ranges = values.get("ranges", ())
    return words.listed(f"{camera} {span_text(start, end, words.lang)}" for camera, start, end in ranges)


def _copied(values: Mapping[str, Any], words: CaseWords) -> str:
    return words.text("case-page.row-copied" if values.get("copied") else "case-page.row-not-copied")


def _result(values: Mapping[str, Any], words: CaseWords) -> str:
    return words.of("case-at", str(values.get("result", "")))


def _gaps(values: Mapping[str, Any], words: CaseWords) -> str:
    told = (str(each).partition(":") for each in values.get("ranges", ()))
    said = [f"{number} {words.of('case-footage', found)}" for number, _, found in told]
    for number, start, end, cause in values.get("holes", ()):
        if cause:
            said.append(words.noted(f"{number} {span_text(start, end, words.lang)}", words.cause(cause)))
        else:
            said.append(words.text("case-page.holes-more", number=number, count=start, seconds=end))
    return words.listed(said)


def _session(values: Mapping[str, Any], words: CaseWords) -> str:
    began, ended = values.get("began_ns"), values.get("ended_ns")
    if not began or not ended:
        return ""
    span = span_text(began, ended, words.lang)
    said = span if values.get("shown", True) else words.text("case-page.row-unshown", span=span)
    early = f"case-page.row-{str(values.get('ended_by', '')).replace('_', '-')}"
    return words.noted(said, words.text(early) if words.knows(early) else "")


def _filming(values: Mapping[str, Any], words: CaseWords) -> str:
    filming = str(values.get("filming", ""))
    return words.text("case-choice.filming-none") if filming == "none" else filming


def _otherwise(values: Mapping[str, Any], words: CaseWords) -> str:
    return words.noted(date_text(str(values.get("day", "")), words.lang), str(values.get("done", "")))


def _destroyed(values: Mapping[str, Any], words: CaseWords) -> str:
    said = []
    for copy, made_ns, ended_ns, cause, by in values.get("copies", ()):
        made, ended = (moment_text(int(at), words.lang) for at in (made_ns, ended_ns))
        whole = words.text("case-page.row-copy", copy=str(copy)[:8], made=made, ended=ended)
        why = words.of("copy-end", str(cause)).rstrip("。.")
        said.append(words.noted(whole, " ".join(filter(None, (why, str(by))))))
    return words.listed([*said, *filter(None, (str(values.get("destroyed", "")),))])


_SAID: Mapping[str, _Words] = MappingProxyType(
    {
        "applicant": _listed("names"),
        "letter": _letter,
        "matter": _matter,
        "cameras": _listed("cameras"),
        "minutes": _minutes,
        "copied": _copied,
        "result": _result,
        "gaps": _gaps,
        "session": _session,
        "viewers": _listed("names"),
        "accompanied": _listed("names"),
        "filming": _filming,
        "otherwise": _otherwise,
        "medium": _plain("medium"),
        "destroyed": _destroyed,
    }
)
