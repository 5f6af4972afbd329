"""交接清冊: what somebody who leaves hands over, thing by thing, and who takes it (rules 三, ``T-81``). Pure.

Its fields are proposed; the rules ask for the record and have no sheet for it.
"""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, Words, cell, head, table
from appliance.papers.sheets.words import box, day

__all__ = ["Handover", "HandoverThing", "handover"]

_CODE = "交接清冊"
_RULE = "三"
_TICKED = (
    "鑰匙、識別證及門禁卡已繳回",
    "紙本文件及儲存媒體已點交",
    "存放處所、作業方式已說明",
    "已告知離職、調職後仍負保密義務",
)
_HEADINGS = ("項次", "類別", "編號", "待辦或狀態", "期限", "接收人")
_WIDTHS_MM = (12.0, 26.0, 44.0, 46.0, 24.0, 28.0)
_BLANK_ROWS = 12


class HandoverThing(Record, frozen=True, kw_only=True):
    """A row. ``taker``: the name of who takes it; "" to be written by hand."""

    sort: str
    number: str
    what: str
    due: date | None = None
    taker: str = ""


class Handover(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``ticked``: every line under the list was. ``vault``: what became of the own key."""

    person: str = ""
    post: str = ""
    left: date | None = None
    document: str = ""
    vault: str = ""
    things: tuple[HandoverThing, ...] = ()
    listed: bool = False
    ticked: bool = False
    signed_officer: Signed | None = None
    signed_head: Signed | None = None


def handover(paper: Handover, issue: Issue) -> Sheet:
    """A4 upright; the list goes on over the page with its heads."""
    about = Grid(
        (32.0, 58.0, 32.0, 58.0),
        (
            Row((head("移交人"), cell(paper.person), head("單位職稱"), cell(paper.post)), 9),
            Row((head("離職（調職）日"), cell(day(paper.left)), head("依據文號"), cell(paper.document)), 9),
            Row((head("影音金鑰"), cell(paper.vault, columns=3)), 9),
        ),
    )
    rows = [_row(at, thing) for at, thing in enumerate(paper.things, 1)]
    if not rows and not paper.listed:
        rows = [Row(tuple(cell() for _ in _HEADINGS), 9)] * _BLANK_ROWS
    things = table(_WIDTHS_MM, _HEADINGS, rows, "無未結事項")
    signs = Grid(
        (45.0, 45.0, 45.0, 45.0),
        (
            Row(tuple(map(head, ("移交人簽章", "接收人簽章", "經辦簽章", "監交人（主管）簽章"))), 8, leads=True),
            Row((cell(), cell(), Cell(sign("", paper.signed_officer)), Cell(sign("", paper.signed_head))), 26),
        ),
    )
    ticked = tuple(Line(box(paper.ticked, text), "item") for text in _TICKED)
    note = Line("移交人就職務上知悉之影音資料及個人資料，離職、調職後仍負保密義務。", "small")
    return Sheet(
        code=_CODE,
        title=f"{issue.pack.office.name}　錄影監視系統業務交接清冊",
        banner=issue.banner(),
        foot=issue.foot(_CODE, _RULE),
        type_pt=11,
        blocks=(about, Words((Line(""),)), things, Words((*ticked, note)), signs),
    ).checked()


def _row(at: int, thing: HandoverThing) -> Row:
    due = cell(day(thing.due) if thing.due else "", "small")
    what = cell(thing.what, "small")
    return Row((cell(str(at), "centre"), cell(thing.sort), cell(thing.number), what, due, cell(thing.taker)), 9)
