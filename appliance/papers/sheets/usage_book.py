"""附件4, the book of uses (影音應用紀錄簿): nine rows a sheet, a row a case (``AT-61``, rules 3.4)."""

from __future__ import annotations

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, cell, head, lines_of
from appliance.papers.sheets.words import BLANK_DAY, BLANK_TIME, Asked, between, box, day, range_lines, time_of

__all__ = ["HEADINGS", "ROWS_A_SHEET", "SIGNS", "Righted", "UsageBook", "Use", "Viewed", "usage_book"]

HEADINGS = ("日期時間", "申請人", "案由", "監視器編號/調閱時間/是否複製影音資料", "簽章")
SIGNS = ("管理人員", "主管")
"""The two columns under 簽章."""

ROWS_A_SHEET = 9
KINDS = ("民眾調閱", "內部調閱", "機關調閱")
_CODE = "附件4"
_WIDTHS_MM = (36.0, 35.0, 46.0, 86.0, 35.0, 35.0)
_ROW_MM = 14.5


class Viewed(Record, frozen=True, kw_only=True):
    """One session. ``accompanied``: who sat beside (陪同, 會同). ``filming``: 無, or 有 and what was done.
    ``unshown``: that nothing was opened in it, and why. ``broken_off``: that it was ended early (終止), and why."""

    start_ns: int
    end_ns: int
    viewers: tuple[str, ...] = ()
    accompanied: tuple[str, ...] = ()
    filming: str = "無"
    unshown: str = ""
    broken_off: str = ""


class Righted(Record, frozen=True, kw_only=True):
    """What a row puts right: the word by its name, what it said, how it reads, and why."""

    what: str
    old: str
    new: str
    reason: str


class Use(Record, frozen=True, kw_only=True):
    """One row. ``number`` 0: not known to whoever prints it. ``copied`` None: not yet known, both boxes stay empty.
    ``instead``: what became of a request without a viewing (否准, 查無影音, 撤回), or how far it is.
    ``corrects``: the row that this one puts right, and ``righted`` what of it. ``notes``: media serial, hand-over,
    destruction of the copy. Raises UsageError where one person signed both cells (``AT-61``)."""

    number: int
    received_ns: int
    applicant: str
    agency: str = ""
    letter_no: str = ""
    case: str = ""
    kind: str
    reason_code: str = ""
    matter: str = ""
    asked: tuple[Asked, ...] = ()
    viewed: tuple[Viewed, ...] = ()
    copied: bool | None = None
    notes: tuple[str, ...] = ()
    instead: str = ""
    corrects: int = 0
    righted: Righted | None = None
    signed_manager: Signed | None = None
    signed_head: Signed | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError.of("sheet-usage-kind", row=self.number, kind=repr(self.kind), kinds="、".join(KINDS))
        one, other = self.signed_manager, self.signed_head
        if one and other and one.person == other.person:
            raise UsageError.of("sheet-usage-both", row=self.number, name=one.name)


class UsageBook(Record, frozen=True, kw_only=True):
    """Rows in their order; none: a blank sheet. A long book is printed in ``parts``, of which this is ``part``."""

    uses: tuple[Use, ...] = ()
    part: int = 1
    parts: int = 1


def usage_book(paper: UsageBook, issue: Issue) -> Sheet:
    """Sheets of nine rows, A4 across. What is left of the last one is struck by 以下空白."""
    uses, blank, words = paper.uses, not paper.uses, issue.pack.papers.annex_4
    grids = []
    for at in range(0, max(1, len(uses)), ROWS_A_SHEET):
        rows = [_row(use) for use in uses[at : at + ROWS_A_SHEET]]
        left = ROWS_A_SHEET - len(rows)
        if blank:
            rows = [_blank_row()] * ROWS_A_SHEET
        elif left:
            rows.append(Row((cell("以下空白", "centre faint", columns=6),), 8))
        grids.append(Grid(_WIDTHS_MM, (*_heads(), *rows), heads=2, new_page=at > 0))
    return Sheet(
        code=_CODE,
        title=issue.pack.fill(words.title),
        corner="附件 4" if paper.parts == 1 else f"附件 4（第 {paper.part} 部分，共 {paper.parts} 部分）",
        banner=issue.banner(),
        foot=issue.foot(_CODE, words.rule),
        landscape=True,
        type_pt=10,
        blocks=tuple(grids),
    ).checked()


def _heads() -> tuple[Row, Row]:
    at, applicant, matter, use, signs = HEADINGS
    first = (head(at, rows=2), head(applicant, rows=2), head(matter, rows=2), head(use, rows=2), head(signs, 2))
    return Row(first, 7), Row(tuple(map(head, SIGNS)), 7)


def _blank_row() -> Row:
    lines = (Line(BLANK_DAY, "right"), Line(BLANK_TIME, "right"))
    return Row((Cell(lines), cell(), cell(), cell(), cell(), cell()), _ROW_MM)


def _row(use: Use) -> Row:
    number = (Line(f"第 {use.number} 列", "small faint"),) if use.number else ()
    when = (Line(day(use.received_ns)), Line(time_of(use.received_ns)), *number)
    return Row(
        (
            Cell(when),
            Cell(_who(use)),
            Cell(_matter(use)),
            Cell(_use(use)),
            Cell(sign("", use.signed_manager)),
            Cell(sign("", use.signed_head)),
        ),
        _ROW_MM,
    )


def _who(use: Use) -> tuple[Line, ...]:
    letter = f"來函 {use.letter_no}" if use.letter_no else ""
    return (*_filled(use.agency), *_filled(use.applicant), *_filled(letter, "small"))


def _matter(use: Use) -> tuple[Line, ...]:
    corrects = f"更正第 {use.corrects} 列" if use.corrects else ""
    kind = f"{use.kind}　{use.reason_code}".rstrip("　")
    return (*_filled(corrects, "strong"), *lines_of(kind), *_filled(use.matter), *_filled(use.case, "small"))


def _use(use: Use) -> tuple[Line, ...]:
    lines = _righted(use.righted) if use.righted else []
    lines += [line for text in range_lines(use.asked) for line in lines_of(text)]
    for each in use.viewed:
        named = "到所未閱覽" if each.unshown else "閱覽"
        lines += lines_of(f"{named}：{between(each.start_ns, each.end_ns)}", "small")
        lines += _filled(each.unshown, "small")
        lines += _filled(each.broken_off, "small")
        people = [("到所者：" if each.unshown else "閱覽人：", each.viewers), ("陪同（會同）：", each.accompanied)]
        lines += lines_of("　".join(label + "、".join(names) for label, names in people if names), "small")
        lines += lines_of(f"拍攝情形：{each.filming}", "small")
    lines += _filled(use.instead, "strong")
    lines += lines_of(f"複製影音資料：{box(use.copied is True, '是')}　{box(use.copied is False, '否')}")
    return (*lines, *(line for note in use.notes for line in lines_of(note, "small")))


def _righted(righted: Righted) -> list[Line]:
    """Before the row as it reads with the word put right."""
    said = [Line(f"更正項目：{righted.what}", "strong"), *lines_of(f"原載：{righted.old}")]
    said += [*lines_of(f"更正為：{righted.new}", "strong"), *lines_of(f"更正事由：{righted.reason}", "small")]
    return [*said, Line("更正後本列：", "small faint")]


def _filled(text: str, look: str = "") -> tuple[Line, ...]:
    """Its lines, or none of an empty text."""
    return lines_of(text, look) if text else ()
