"""附件1, the daily inspection log (檢查日誌): nine rows a sheet, a row a calendar day (rules 3.1, ``A2``, ``T-78``)."""

from __future__ import annotations

from datetime import date

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, cell, head, lines_of
from appliance.papers.sheets.words import BLANK_DAY, BLANK_TIME, box, day, moment, month

__all__ = ["FINDINGS", "HEADINGS", "Inspection", "InspectionLog", "inspection_log"]

HEADINGS = ("日期及時間", "檢查人員", "檢查情形", "處理情形", "單位主管核章")
FINDINGS = ("均無異常", "畫面異常", "錄音異常", "存取異常")
"""The four boxes; the first excludes the others."""

ROWS_A_SHEET = 9
_CODE = "附件1"
_WIDTHS_MM = (36.0, 33.0, 28.0, 50.0, 33.0)
_ROW_MM = 22.0


class Inspection(Record, frozen=True, kw_only=True):
    """One row. ``signed_ns``: when it was really signed; another day than ``on`` is 補簽 and says so. ``found``: of
    :data:`FINDINGS`. Raises UsageError for another word, for 均無異常 beside a fault, and for one person in both
    cells (``D-10``)."""

    on: date
    signed_ns: int
    found: tuple[str, ...] = ()
    handled: str = ""
    late: bool = False
    signed_inspector: Signed | None = None
    signed_head: Signed | None = None

    def __post_init__(self) -> None:
        if not set(self.found) <= set(FINDINGS) or (FINDINGS[0] in self.found and len(self.found) > 1):
            raise UsageError.of("sheet-findings", found="、".join(self.found))
        one, other = self.signed_inspector, self.signed_head
        if one and other and one.person == other.person:
            raise UsageError.of("sheet-both-cells-inspector", name=one.name)


class InspectionLog(Record, frozen=True, kw_only=True):
    """Rows in their order; none: a blank sheet. ``month``: a day of the month whose sheet it is, named in the title."""

    rows: tuple[Inspection, ...] = ()
    month: date | None = None


def inspection_log(paper: InspectionLog, issue: Issue) -> Sheet:
    """A4 upright, nine rows a sheet."""
    words = issue.pack.papers.annex_1
    grids = []
    for at in range(0, max(1, len(paper.rows)), ROWS_A_SHEET):
        rows = [_row(row) for row in paper.rows[at : at + ROWS_A_SHEET]]
        if not paper.rows:
            rows = [_blank_row()] * ROWS_A_SHEET
        elif len(rows) < ROWS_A_SHEET:
            rows.append(Row((cell("以下空白", "centre faint", columns=5),), 8))
        grids.append(Grid(_WIDTHS_MM, (Row(tuple(map(head, HEADINGS)), 9), *rows), heads=1, new_page=at > 0))
    return Sheet(
        code=_CODE,
        title=issue.pack.fill(words.title) + (f"（{month(paper.month)}）" if paper.month else ""),
        corner="附件 1",
        banner=issue.banner(),
        foot=issue.foot(_CODE, words.rule),
        type_pt=10,
        blocks=tuple(grids),
    ).checked()


def _boxes(found: tuple[str, ...]) -> tuple[Line, ...]:
    return tuple(Line(box(each in found, each)) for each in FINDINGS)


def _blank_row() -> Row:
    when = Cell((Line(BLANK_DAY, "right"), Line(BLANK_TIME, "right")))
    return Row((when, cell(), Cell(_boxes(())), cell(), cell()), _ROW_MM)


def _row(row: Inspection) -> Row:
    when = [Line(day(row.on)), Line(f"{'補簽：' if row.late else '簽認：'}{moment(row.signed_ns)}", "small")]
    return Row(
        (
            Cell(tuple(when)),
            Cell(sign("", row.signed_inspector)),
            Cell(_boxes(row.found)),
            Cell(lines_of(row.handled, "small")),
            Cell(sign("", row.signed_head)),
        ),
        _ROW_MM,
    )
