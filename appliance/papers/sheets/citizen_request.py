"""附件2, a citizen's request (民眾調閱申請書): a double frame for the applicant, the office's part on the next page.

Rules 3.2 (proposed fields, in :mod:`citizen_fields`), ``AT-43``, ``AT-64``, ``D-13`` (paper with ink is the original).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.citizen_fields import GLOSS, INSIDE, OUTSIDE
from appliance.papers.sheets.citizen_office import OfficePart, office_rows
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, Words, cell, head, lines_of
from appliance.papers.sheets.words import BLANK_DAY, BLANK_RANGE, Asked, box, day, range_lines

__all__ = ["ATTACHMENTS", "HELPED", "Agent", "CitizenRequest", "Reading", "citizen_request"]

HELPED = {"no_chinese": "不識中文", "cannot_read": "不識字或有視覺障礙", "cannot_write": "不能書寫"}
ATTACHMENTS = ("身分證明", "報案證明", "委任書")
_CODE = "附件2"
_BLANK_RANGES = 3
_UNITS = (18.0, 18.0, *(13.5,) * 4, 18.0, 18.0, *(13.5,) * 4)
_GLOSSED_UNITS = (23.0, 23.0, *(11.0,) * 4, 23.0, 23.0, *(11.0,) * 4)


class Agent(Record, frozen=True, kw_only=True):
    """Who acts for the applicant; ``legal``: by law, with the relation, else by mandate with its paper."""

    name: str = ""
    born: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    legal: bool | None = None
    relation: str = ""


class Reading(Record, frozen=True, kw_only=True):
    """That the form was read aloud to the applicant (``T-39``): ``why`` of :data:`HELPED`, by whom, before whom."""

    why: str = ""
    reader: str = ""
    witness: str = ""


class CitizenRequest(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``born`` and ``id_number`` as they may be shown (masked, unless the applicant signs this
    print).
    ``standing``: ``party`` or ``interested`` with its ``interest``. ``attached``: of :data:`ATTACHMENTS`, or another
    paper's name. ``statutes``: indices into the pack's; ``other_statute``: a law that the pack's form does not have.
    Raises UsageError for an unknown standing."""

    number: str = ""
    applied: date | None = None
    applicant: str = ""
    born: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    standing: str = ""
    interest: str = ""
    agent: Agent = Agent()
    police_station: str = ""
    reported: date | None = None
    report_no: str = ""
    report_attached: bool = False
    reason: str = ""
    asked: tuple[Asked, ...] = ()
    place: str = ""
    viewers: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    statutes: tuple[int, ...] = ()
    other_statute: str = ""
    signed_applicant: Signed | None = None
    reading: Reading = Reading()
    office: OfficePart = OfficePart()

    def __post_init__(self) -> None:
        if self.standing not in ("", "party", "interested"):
            raise UsageError.of("sheet-standing", standing=repr(self.standing))


def citizen_request(paper: CitizenRequest, issue: Issue, *, gloss: bool = False) -> Sheet:
    """The sheet, A4 upright: the applicant's page and the office's page; ``gloss``: with English beside the words of
    the applicant's page, as far as the pack has it. Raises UsageError for more viewers than the
    pack allows, and for a statute that it does not have."""
    words, most = issue.pack.papers.annex_2, issue.pack.numbers.most_viewers
    if len(paper.viewers) > most:
        raise UsageError.of("sheet-viewers", count=len(paper.viewers), most=most)
    if not all(0 <= each < len(words.statutes) for each in paper.statutes):
        raise UsageError.of("sheet-statutes", statutes=paper.statutes)
    return Sheet(
        code=_CODE,
        title=issue.pack.fill(words.title),
        corner="附件 2",
        banner=issue.banner(),
        foot=issue.foot(words.label, words.rule, paper.number),
        type_pt=8.2 if gloss else 9.5,
        blocks=(
            Grid(
                _GLOSSED_UNITS if gloss else _UNITS, tuple(_applicant_rows(paper, issue, _Face(gloss))), frame="double"
            ),
            Words((Line(issue.pack.fill(words.foot_note)),), kept=True),
            Grid(_UNITS, tuple(office_rows(paper.office, OUTSIDE, issue.pack)), new_page=True),
        ),
    ).checked()


class _Face(NamedTuple):
    """How the applicant's page looks: in Chinese, or with its gloss, for which the rows give way."""

    gloss: bool

    def name(self, number: int) -> Cell:
        named = head(INSIDE[number], 2)
        return named._replace(lines=(*named.lines, Line(GLOSS[number], "centre small"))) if self.gloss else named

    def wide(self, number: int, lines: str | tuple[Line, ...], height_mm: float, *, splits: bool = False) -> Row:
        """A field over the whole width."""
        body = lines_of(lines) if isinstance(lines, str) else lines
        return Row((self.name(number), Cell(body, columns=10)), height_mm, splits)

    def two(self, number: int, text: str, other: int, other_text: str, height_mm: float) -> Row:
        """Two fields side by side."""
        return Row((self.name(number), cell(text, columns=4), self.name(other), cell(other_text, columns=4)), height_mm)

    def said(self, issue: Issue, texts: tuple[str, ...], english: tuple[str, ...]) -> tuple[Line, ...]:
        """Paragraphs of the pack, with their gloss below."""
        return tuple(Line(issue.pack.fill(text), "small") for text in (*texts, *(english if self.gloss else ())))


def _applicant_rows(paper: CitizenRequest, issue: Issue, face: _Face) -> list[Row]:
    ranges = range_lines(paper.asked) or [BLANK_RANGE] * _BLANK_RANGES
    pack = issue.pack
    words = pack.papers.annex_2
    report = f"{day(paper.reported)}\n第 {paper.report_no or '　' * 9} 號\n"
    report += box(paper.report_attached, "附「受（處）理案件證明單」")
    return [
        face.wide(1, day(paper.applied), 7),
        face.two(2, paper.applicant, 3, paper.born or BLANK_DAY, 9),
        face.two(4, paper.id_number, 5, paper.phone, 9),
        face.wide(6, paper.address, 9),
        face.wide(7, _standing(paper), 7),
        face.wide(8, _agent(paper.agent), 12),
        face.two(9, paper.police_station, 10, report, 10),
        face.wide(11, paper.reason, 15 if face.gloss else 22, splits=True),
        face.wide(12, tuple(map(Line, ranges)), 13 if face.gloss else 15, splits=True),
        face.two(13, paper.place, 14, _viewers(paper, pack.numbers.most_viewers), 11 if face.gloss else 13),
        face.wide(15, _attached(paper), 7),
        face.wide(16, face.said(issue, words.statement, words.statement_gloss), 15),
        face.wide(17, face.said(issue, words.notice, words.notice_gloss), 26),
        face.wide(
            18,
            f"{box(bool(paper.statutes or paper.other_statute), '另依')}　{_statutes(paper, words.statutes)}　提出請求",
            7,
        ),
        face.wide(19, (*sign("", paper.signed_applicant), *_reading(paper.reading, face)), 17),
    ]


def _reading(reading: Reading, face: _Face) -> tuple[Line, ...]:
    """That it was read aloud, to be signed by whoever read it and by whoever heard it (Civil Code 3)."""
    why = "　".join(box(reading.why == code, words) for code, words in HELPED.items())
    blank = "　" * 8
    chinese = f"申請人{why}，本申請書經逐欄朗讀、說明並覆誦確認。"
    names = f"朗讀人簽章：{reading.reader or blank}　見證人簽章：{reading.witness or blank}"
    english = "Read aloud, explained and repeated back to the applicant; signed by the reader and by a witness."
    return tuple(Line(text, "small") for text in (chinese, names, *((english,) if face.gloss else ())))


def _standing(paper: CitizenRequest) -> str:
    interested = f"利害關係人　關係及說明：{paper.interest or '　' * 14}"
    return f"{box(paper.standing == 'party', '當事人')}　{box(paper.standing == 'interested', interested)}"


def _agent(agent: Agent) -> str:
    name, gap = agent.name or "　" * 6, "　"
    first = f"姓名：{name}{gap}出生年月日：{agent.born or BLANK_DAY}{gap}國民身分證統一編號：{agent.id_number}"
    by_law = box(agent.legal is True, f"法定（關係：{agent.relation or '　' * 4}）")
    second = f"電話：{agent.phone or '　' * 6}{gap}住址：{agent.address}"
    return f"{first}\n{second}\n{by_law}{gap}{box(agent.legal is False, '委任（附委任書）')}"


def _viewers(paper: CitizenRequest, most: int) -> str:
    return "\n".join(paper.viewers or (f"{at}." for at in range(1, most + 1)))


def _attached(paper: CitizenRequest) -> str:
    others = "、".join(each for each in paper.attached if each not in ATTACHMENTS)
    known = [box(each in paper.attached, each) for each in ATTACHMENTS]
    return "　".join([*known, box(bool(others), f"其他：{others}")])


def _statutes(paper: CitizenRequest, names: tuple[str, ...]) -> str:
    known = [box(at in paper.statutes, name) for at, name in enumerate(names)]
    return "　".join([*known, *((box(True, paper.other_statute),) if paper.other_statute else ())])
