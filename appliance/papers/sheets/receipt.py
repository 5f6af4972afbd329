"""收件收據 (``C1``): what was received, which minutes are pinned until when, by when it is answered."""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Line, Row, Sheet
from appliance.papers.sheets.slip import ask_at, named, slip
from appliance.papers.sheets.words import BLANK_RANGE, Asked, day, moment, range_lines

__all__ = ["Receipt", "receipt"]


class Receipt(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``pinned``: the minutes kept from now on, the ten on either side included (``D-04``).
    ``found``: whether each range was there at the receipt, and nothing of what is on it (``AT-39``, ``T-21``).
    ``pin_until``: the last day of the pin; ``while_open``: it has none yet and lasts as long as the case, to the
    ``ceiling`` at the latest. ``due``: the last day for the decision (``D-11``)."""

    number: str = ""
    case: str = ""
    received_ns: int | None = None
    applicant: str = ""
    kind: str = ""
    pinned: tuple[Asked, ...] = ()
    found: tuple[str, ...] = ()
    pin_until: date | None = None
    while_open: bool = False
    ceiling: date | None = None
    due: date | None = None
    elsewhere: bool = False
    signed_officer: Signed | None = None


def receipt(paper: Receipt, issue: Issue) -> Sheet:
    ranges = range_lines(paper.pinned) or [BLANK_RANGE] * 2
    if paper.elsewhere:
        kept: tuple[Row, ...] = (
            named("申請範圍", [Line(text) for text in ranges], 22),
            named("影音所在", "前一套錄影監視系統，不在本系統內；本收據不表示該影音資料尚存或將予保存。"),
        )
    else:
        kept = (
            named("先行保存範圍", [Line(text) for text in ranges], 22),
            named("收件時影音存否", [Line(text) for text in paper.found] or "□保存中　□已逾保存期限　□無紀錄"),
            named("先行保存至", _while_open(paper) if paper.while_open else day(paper.pin_until)),
        )
    rows = (
        named("收件編號", paper.number),
        named("收件日期時間", moment(paper.received_ns)),
        named("申請人（機關）", paper.applicant),
        named("案件種類", paper.kind or "□民眾調閱　□內部調閱　□機關調閱"),
        *kept,
        named("辦理期限", day(paper.due)),
        ask_at(issue),
        named("收件人簽章", sign("", paper.signed_officer), 26),
    )
    return slip("收件收據", rows, issue.pack.papers.receipt, issue, paper.case)


def _while_open(paper: Receipt) -> str:
    """No case keeps anything beyond the ceiling (七(二))."""
    last = f"，最遲至 {day(paper.ceiling).strip('　')}（一年上限）" if paper.ceiling else ""
    return f"本案結案時{last}"
