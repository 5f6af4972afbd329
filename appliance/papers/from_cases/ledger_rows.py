"""附件4 as cases fill it: a row a case, from its receipt to the two signatures. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from appliance.papers.from_cases.applications import broken_off, instead_of, outcome_words, unshown
from appliance.papers.from_cases.rectified import righted
from appliance.papers.from_cases.sources import (
    Desk,
    applicant_of,
    asked_of,
    before,
    beside,
    copy_withheld,
    reason_of,
    signed_of,
    viewers_of,
)
from appliance.papers.sheets.issue import Issue, Signed
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.usage_book import ROWS_A_SHEET, UsageBook, Use, Viewed, usage_book
from appliance.papers.sheets.words import day, moment, time_to_second
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import AskedRange, CaseView

__all__ = ["ledger_row", "register", "use_of", "uses_of"]


def use_of(told: CaseView, number: int, issue: Issue) -> Use:
    """The row of one case; ``number``: its place in the year's book."""
    agency = told.kind == Kind.AGY
    return Use(
        number=number,
        received_ns=told.received_ns,
        applicant=str(told.letter.get("officer", "")) if agency else applicant_of(told).name,
        agency=str(told.letter.get("agency", "")) if agency else "",
        letter_no=str(told.letter.get("number", "")) if agency else "",
        case=told.number,
        kind=Kind(told.kind).zh,  # type: ignore[call-arg]
        reason_code="" if agency else reason_of(told, issue),
        matter=_matter(told),
        asked=asked_of(told),
        viewed=_viewed(told),
        copied=_copied(told),
        notes=_notes(told, issue),
        instead=_instead(told),
        signed_manager=signed_of(told, "ledger_manager"),
        signed_head=signed_of(told, "ledger_head"),
    )


def uses_of(told: CaseView, number: int, issue: Issue) -> tuple[Use, ...]:
    """The row of a case as it was signed, and below it, under no number of its own, each row that puts it right
    (更正第 n 列, domain 3.4): which word, what it said, how it reads and why, the row with the words as they read then
    and what had come of it, and its own two signatures."""
    stands = [each for each in told.rectified if each.state == "stands"]
    rows = [use_of(before(told, stands), number, issue)]
    for count, each in enumerate(stands, 1):
        then = _until(before(told, stands[count:]), each.head_ns)
        rows.append(
            msgspec.structs.replace(
                use_of(then, 0, issue),
                corrects=number,
                righted=righted(told, each),
                received_ns=each.at_ns,
                notes=(),
                signed_manager=Signed(person=each.by, name=each.name, post=each.post, at_ns=each.at_ns),
                signed_head=Signed(
                    person=each.head,
                    name=each.head_name,
                    post=each.head_post,
                    at_ns=each.head_ink_ns or each.head_ns,
                    scan=each.head_scan,
                ),
            )
        )
    return tuple(rows)


def _until(told: CaseView, at_ns: int) -> CaseView:
    """The case without what came after ``at_ns``: no signature stands under that."""
    history = tuple(deed for deed in told.history if deed.at_ns <= at_ns)
    states = {deed.state for deed in history}
    ended = int(told.session.get("ended_ns") or 0)
    return msgspec.structs.replace(
        told,
        history=history,
        state=history[-1].state if history else told.state,
        result=told.result if told.result in states else "",
        session=told.session if ended <= at_ns else {},
        signatures=tuple(cell for cell in told.signatures if cell.at_ns <= at_ns),
    )


def ledger_row(desk: Desk) -> Sheet:
    """The row of this case alone, on a sheet of 附件4, with what puts it right."""
    return usage_book(UsageBook(uses=uses_of(desk.told, desk.row, desk.issue)), desk.issue)


_PART_ROWS = 5 * ROWS_A_SHEET
"""So many rows are one paper: what a press makes of them within its bounds, also on a slow box."""


def register(rows: Sequence[tuple[int, CaseView]], issue: Issue) -> list[Sheet]:
    """The book over many cases, in the order of their receipts: as many papers as it takes, one at least."""
    uses = tuple(use for number, told in rows for use in uses_of(told, number, issue))
    parts = [uses[at : at + _PART_ROWS] for at in range(0, len(uses), _PART_ROWS)] or [()]
    return [
        usage_book(UsageBook(uses=part, part=number, parts=len(parts)), issue) for number, part in enumerate(parts, 1)
    ]


def _matter(told: CaseView) -> str:
    if told.kind == Kind.AGY:
        return "偵查案件" if told.letter.get("secret") else str(told.letter.get("purpose", ""))
    return beside(told, str(told.form.get("reason_text", "")), "form/reason_text")


def _viewed(told: CaseView) -> tuple[Viewed, ...]:
    session = told.session
    began, ended = session.get("began_ns"), session.get("ended_ns")
    if not began or not ended:
        return ()
    filming = str(session.get("filming", ""))
    return (
        Viewed(
            start_ns=int(began),
            end_ns=int(ended),
            viewers=viewers_of(told),
            accompanied=tuple(map(str, session.get("accompanied", ()))),
            unshown=unshown(told),
            broken_off=broken_off(told),
            filming="無" if filming == "none" else f"有（{filming}）" if filming else "未載明",
        ),
    )


def _instead(told: CaseView) -> str:
    """What the answer was, where it did not give all, be it a copy; what ended the request; else how far it is, until
    it is known whether anything is copied."""
    answers = {"refused": "否准", "partly": "部分准予"}
    answer = f"{answers[told.result]}：{outcome_words(told)}" if told.result in answers else ""
    withheld = copy_withheld(told)
    no_copy = "" if withheld is None else "：".join(filter(None, ("複製部分否准", withheld)))
    state = next((each.zh for each in State if each == told.state), told.state)
    waits = f"辦理中（{state}）" if _copied(told) is None else ""
    return "\n".join(filter(None, (answer, no_copy, instead_of(told) or waits)))


def _copied(told: CaseView) -> bool | None:
    """Whether anything was copied; None while it may still be, or may still be granted."""
    if "delivered" in told.flags or told.otherwise.get("copied") == "yes":
        return True
    signed = any(cell.stage == "ledger_manager" for cell in told.signatures)
    viewed = "viewed" in told.flags and "copy" not in told.allows
    over = told.state == "closed" or signed or viewed or told.result == "refused" or instead_of(told)
    return False if over else None


_FOOTAGE = {"partly": "部分時段無影音", "expired": "已逾保存期限", "gap": "無紀錄"}


def _notes(told: CaseView, issue: Issue) -> tuple[str, ...]:
    """By which other law it was asked; whose footage it is where it is not this recorder's; what was missing of it,
    stretch by stretch with its cause (``T-22``); of a copy that left the office its medium and what became of its
    traces; of those that were viewed here, their end."""
    notes = [f"補登：{moment(int(told.late['entered_ns']))} 登記；{told.late['reason']}"] if told.late else []
    notes += [f"另依{told.statutory}提出"] if told.statutory else []
    notes += ["影音資料屬前一套錄影監視系統，不在本系統內"] if told.recorder == FORMER else []
    notes += [line for each in told.ranges if each.footage in _FOOTAGE for line in _missing(each, issue)]
    done = told.otherwise
    if done.get("copied") == "yes":
        notes += [f"媒體編號：{done.get('medium', '')}", f"複本留存檔案銷毀：{done.get('destroyed', '')}"]
    elif medium := _cell(told, "medium").get("medium"):
        notes += [f"媒體編號：{medium}"]
    return (*notes, *_copies(told))


def _cell(told: CaseView, code: str) -> Mapping[str, Any]:
    return next((cell.values for cell in told.cells if cell.code == code), {})


def _copies(told: CaseView) -> Iterator[str]:
    """Of each copy that an agency viewed, when it was made and destroyed, why and by whom (七(三)); of each on a medium
    when it was made, and when it was entered that nothing of it stayed (八(五)3(3))."""
    for copy, made_ns, ended_ns, cause, by in _cell(told, "destroyed").get("copies", ()):
        why = "，".join(filter(None, (next((each.zh for each in CopyEnd if each == cause), ""), str(by))))
        kind, end = ("提供機關之複本", "確認無留存") if cause in _ON_MEDIUM else ("閱覽用複本", "銷毀")
        yield f"{kind} {str(copy)[:8]}：{moment(int(made_ns))} 製作，{moment(int(ended_ns))} {end}（{why}）"


_ON_MEDIUM = (CopyEnd.REMADE, CopyEnd.HANDED)


def _exact(at_ns: int) -> str:
    """To the second: a gap may be shorter than a minute."""
    return f"{day(at_ns)} {time_to_second(at_ns)}"


def _missing(asked: AskedRange, issue: Issue) -> list[str]:
    holes = asked.holes
    lines = [f"第 {asked.no + 1} 段（監視器 {asked.camera_no}）：{_FOOTAGE[asked.footage]}"]
    for each in holes.listed:
        cause = issue.causes.get(each.cause, each.cause)
        lines.append(f"缺 {_exact(each.start_ns)} ~ {_exact(each.end_ns)}（{cause}）")
    return lines + ([f"另有較短缺錄 {holes.more} 段，合計 {holes.more_seconds} 秒"] if holes.more else [])
