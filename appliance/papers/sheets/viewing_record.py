"""閱覽紀錄, the record of a viewing of all three kinds: who saw which minutes, where, beside whom, and how it ended.

It says what the ledger has and nothing else (八(五)1(2), 2(3), 3(2); ``domain`` 3.2 row 30). What is not known, or not
yet, is an empty cell. No picture and no place in one stands in it (``D-19``).
"""

from __future__ import annotations

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign, signed_by_two
from appliance.papers.sheets.sheet import Block, Cell, Grid, Line, Row, Sheet, Words, cell, head, lines_of, table
from appliance.papers.sheets.usage_book import SIGNS
from appliance.papers.sheets.words import BLANK_TIME, between, box, day, length, moment, shown_length, time_to_second

__all__ = ["CODE", "Happened", "Missing", "Seen", "ViewingPaper", "viewing_record"]

CODE = "閱覽紀錄"
_WIDTHS_MM = (36.0, 54.0, 32.0, 58.0)
_SEEN_MM = (44.0, 76.0, 30.0, 30.0)
_MISSING_MM = (44.0, 90.0, 46.0)
_COURSE_MM = (59.0, 22.0, 39.0, 60.0)
_SIGN_MM = 45.0
_NOTES = (
    "一、本紀錄所載時段、長度、人員及經過，均依錄影監視系統稽核紀錄簿所載；同一影音於畫面重複顯示者，長度僅計一次。",
    "二、閱覽限於核准之監視器及時段，不得拍攝、錄音或複製；閱覽所得僅供申請事由使用。",
    "三、缺錄時段，機關調閱者為閱覽用複本製作時所查，其餘為核定前最後一次所查；其後始發現者未列。",
)


class Seen(Record, frozen=True, kw_only=True):
    """A camera, the minutes that were opened, in words, and how long they are and were shown."""

    camera: str
    opened: tuple[str, ...]
    opened_ns: int
    seen_ns: int


class Missing(Record, frozen=True, kw_only=True):
    """A stretch of the opened minutes without footage; ``cause`` in words."""

    camera: str
    start_ns: int
    end_ns: int
    cause: str


class Happened(Record, frozen=True, kw_only=True):
    """Something that the ledger has of the viewing. ``by``: whoever it was; ``said``: what was said with it."""

    at_ns: int
    what: str
    by: str = ""
    said: str = ""


class ViewingPaper(Record, frozen=True, kw_only=True):
    """``asked_as``: how the request is named, 申請日期 or 來函字號, and ``asked`` what stands there. ``attended``: who
    sat beside. ``missing`` None: what is missing is not known. ``filmed`` None: not noted yet. ``over``: it ended;
    ``in_ink``: the viewers, who signed on paper as whoever entered the end said. Raises UsageError where one person
    signed both cells of the book (``AT-61``)."""

    number: str
    kind: str
    rule: str
    asked_as: str
    asked: str
    applicant: str
    viewers: tuple[str, ...]
    attended: tuple[str, ...]
    began_ns: int | None
    ended_ns: int | None
    over: bool
    stations: tuple[str, ...]
    masks: str
    copies: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    missing: tuple[Missing, ...] | None = None
    more_missing: str = ""
    filmed: bool | None = None
    filming_handled: str = ""
    incidents: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    course: tuple[Happened, ...] = ()
    in_ink: tuple[str, ...] = ()
    signed_attending: Signed | None = None
    signed_manager: Signed | None = None
    signed_head: Signed | None = None

    def __post_init__(self) -> None:
        signed_by_two(CODE, self.signed_manager, self.signed_head)


def viewing_record(paper: ViewingPaper, issue: Issue) -> Sheet:
    """A4 upright; a long course goes on to further pages."""
    blocks: list[Block] = [_about(paper), _seen(paper.seen)]
    if paper.seen:
        blocks.append(_missing(paper))
    notes = tuple(Line(note, "small hang") for note in _NOTES)
    blocks += [_course(paper.course), _signs(paper), Words(notes, kept=True)]
    return Sheet(
        code=CODE,
        title=f"{issue.pack.office.name}　{CODE}",
        banner=issue.banner(),
        foot=issue.foot(CODE, paper.rule, paper.number),
        type_pt=10.5,
        blocks=tuple(blocks),
    ).checked()


def _about(paper: ViewingPaper) -> Grid:
    def pair(one: str, says: str, other: str, there: str) -> Row:
        return Row((head(one), Cell(lines_of(says)), head(other), Cell(lines_of(there))), 8)

    def wide(label: str, *lines: str) -> Row:
        return Row((head(label), Cell(lines_of("\n".join(filter(None, lines))), columns=3)), 8)

    rows = [
        pair("案號", paper.number, "案件種類", paper.kind),
        pair(paper.asked_as, paper.asked, "申請人（機關）", paper.applicant),
        wide("閱覽人", "、".join(paper.viewers)),
        wide("陪同（會同）人員", "、".join(paper.attended)),
        wide("起訖時間", _span(paper)),
        wide("閱覽站", *paper.stations),
        wide("遮蔽", paper.masks),
        *((wide("閱覽用複本", *paper.copies),) if paper.copies else ()),
        wide("拍攝情形", _filming(paper), *paper.incidents),
        wide("結束情形", *paper.ended),
    ]
    return Grid(_WIDTHS_MM, tuple(rows))


def _span(paper: ViewingPaper) -> str:
    if paper.began_ns is not None and paper.ended_ns is not None:
        return between(paper.began_ns, paper.ended_ns)
    return f"{moment(paper.began_ns)} ~{BLANK_TIME}"


def _filming(paper: ViewingPaper) -> str:
    handled = f"，處置：{paper.filming_handled}" if paper.filming_handled else ""
    return f"{box(paper.filmed is False, '未拍攝')}　{box(paper.filmed is True, f'發現拍攝{handled}')}"


def _seen(seen: tuple[Seen, ...]) -> Grid:
    rows = (
        Row(
            (
                cell(each.camera),
                Cell(tuple(Line(text, "small") for text in each.opened)),
                cell(length(each.opened_ns), "right"),
                cell(shown_length(each.seen_ns), "right"),
            ),
            8,
        )
        for each in seen
    )
    return table(_SEEN_MM, ("監視器", "開啟時段", "開啟長度", "已顯示長度"), rows, "未開啟任何影音")


def _missing(paper: ViewingPaper) -> Grid:
    rows = [
        Row((cell(each.camera), cell(_stretch(each), "small"), cell(each.cause, "small")), 7)
        for each in paper.missing or ()
    ]
    if paper.more_missing:
        rows.append(Row((cell(paper.more_missing, "small", columns=3),), 7))
    return table(_MISSING_MM, ("監視器", "缺錄時段", "原因"), rows, "無缺錄" if paper.missing is not None else "")


def _stretch(each: Missing) -> str:
    start, end = time_to_second(each.start_ns), time_to_second(each.end_ns)
    one, other = day(each.start_ns), day(each.end_ns)
    return f"{one} {start} ~ {end}" if one == other else f"{one} {start} ~ {other} {end}"


def _course(course: tuple[Happened, ...]) -> Grid:
    rows = (
        Row(
            (
                cell(f"{day(each.at_ns)} {time_to_second(each.at_ns)}", "small"),
                cell(each.what, "small"),
                cell(each.by, "small"),
                cell(each.said, "small"),
            ),
            6,
            splits=len(each.said) > 400,
        )
        for each in course
    )
    return table(_COURSE_MM, ("時間", "事項", "人員", "說明"), rows, "")


def _signs(paper: ViewingPaper) -> Grid:
    """The viewers sign in ink; the two who sign the book's row are named by their cells of 附件4."""
    ink = tuple(line for name in paper.in_ink for line in sign("", Signed(person=name, name=name)))
    labels = ("閱覽人", "陪同（會同）人員", *(f"{each}（附件4簽章）" for each in SIGNS))
    signs = (
        Cell(ink or (Line(""),)),
        *(Cell(sign("", each)) for each in (paper.signed_attending, paper.signed_manager, paper.signed_head)),
    )
    return Grid((_SIGN_MM,) * 4, (Row(tuple(map(head, labels)), 8, leads=True), Row(signs, 26)))
