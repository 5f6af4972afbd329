"""附件2, a citizen's request (民眾調閱申請書): a double frame for the applicant, the office's part on the next page.

Rules 3.2 (proposed fields, in :mod:`citizen_fields`), ``AT-43``, ``AT-64``, ``D-13`` (paper with ink is the original).
"""

from __future__ import annotations

from datetime import date

from appliance.errors import UsageError
from appliance.model import Record
from appliance.office.papers.citizen_fields import INSIDE, OUTSIDE
from appliance.office.papers.citizen_office import OfficePart, office_rows
from appliance.office.papers.issue import Issue, Signed, sign
from appliance.office.papers.sheet import Cell, Grid, Line, Row, Sheet, Words, cell, head, lines_of
from appliance.office.papers.words import BLANK_RANGE, Asked, box, day, range_lines

__all__ = ["ATTACHMENTS", "Agent", "CitizenRequest", "citizen_request"]

ATTACHMENTS = ("身分證明", "報案證明", "委任書")
_CODE = "附件2"
_BLANK_RANGES = 3
_UNITS = (18.0, 18.0, *(13.5,) * 4, 18.0, 18.0, *(13.5,) * 4)


class Agent(Record, frozen=True, kw_only=True):
    """Who acts for the applicant; ``legal``: by law, with the relation, else by mandate with its paper."""

    name: str = ""
    born: date | None = None
    id_number: str = ""
    phone: str = ""
    address: str = ""
    legal: bool | None = None
    relation: str = ""


class CitizenRequest(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``id_number`` as it may be shown (masked, unless the applicant signs this print).
    ``standing``: ``party`` or ``interested`` with its ``interest``. ``attached``: of :data:`ATTACHMENTS`, or another
    paper's name. ``statutes``: indices into the pack's. Raises UsageError for an unknown standing."""

    number: str = ""
    applied: date | None = None
    applicant: str = ""
    born: date | None = None
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
    signed_applicant: Signed | None = None
    office: OfficePart = OfficePart()

    def __post_init__(self) -> None:
        if self.standing not in ("", "party", "interested"):
            raise UsageError(f"{_CODE}: standing {self.standing!r} is unknown; it is party or interested")


def citizen_request(paper: CitizenRequest, issue: Issue) -> Sheet:
    """The sheet, A4 upright: the applicant's page and the office's page. Raises UsageError for more viewers than the
    pack allows, and for a statute that it does not have."""
    words, most = issue.pack.papers.annex_2, issue.pack.numbers.most_viewers
    if len(paper.viewers) > most:
        raise UsageError(f"{_CODE}: {len(paper.viewers)} viewers; at most {most}, the applicant included")
    if not all(0 <= each < len(words.statutes) for each in paper.statutes):
        raise UsageError(f"{_CODE}: statutes {paper.statutes} names one that the form does not have")
    return Sheet(
        code=_CODE,
        title=issue.pack.fill(words.title),
        corner="附件 2",
        banner=issue.banner(),
        foot=issue.foot(words.label, words.rule, paper.number),
        type_pt=9.5,
        blocks=(
            Grid(_UNITS, tuple(_applicant_rows(paper, issue)), frame="double"),
            Words((Line(issue.pack.fill(words.foot_note)),), kept=True),
            Grid(_UNITS, tuple(office_rows(paper.office, OUTSIDE, issue.pack)), new_page=True),
        ),
    ).checked()


def _wide(number: int, lines: str | tuple[Line, ...], height_mm: float, *, look: str = "", splits: bool = False) -> Row:
    """A field over the whole width."""
    body = lines_of(lines, look) if isinstance(lines, str) else lines
    return Row((head(INSIDE[number], 2), Cell(body, columns=10)), height_mm, splits)


def _two(number: int, text: str, other: int, other_text: str, height_mm: float) -> Row:
    """Two fields side by side."""
    return Row(
        (
            head(INSIDE[number], 2), cell(text, columns=4),
            head(INSIDE[other], 2), cell(other_text, columns=4),
        ),
        height_mm,
    )  # fmt: skip


def _applicant_rows(paper: CitizenRequest, issue: Issue) -> list[Row]:
    ranges = range_lines(paper.asked) or [BLANK_RANGE] * _BLANK_RANGES
    pack = issue.pack
    words = pack.papers.annex_2
    report = f"{day(paper.reported)}\n第 {paper.report_no or '　' * 9} 號\n"
    report += box(paper.report_attached, "附「受（處）理案件證明單」")
    return [
        _wide(1, day(paper.applied), 7),
        _two(2, paper.applicant, 3, day(paper.born), 9),
        _two(4, paper.id_number, 5, paper.phone, 9),
        _wide(6, paper.address, 9),
        _wide(7, _standing(paper), 7),
        _wide(8, _agent(paper.agent), 12),
        _two(9, paper.police_station, 10, report, 10),
        _wide(11, paper.reason, 26, splits=True),
        _wide(12, tuple(map(Line, ranges)), 15, splits=True),
        _two(13, paper.place, 14, _viewers(paper, pack.numbers.most_viewers), 13),
        _wide(15, _attached(paper), 7),
        _wide(16, tuple(Line(pack.fill(text), "small") for text in words.statement), 15),
        _wide(17, tuple(Line(pack.fill(text), "small") for text in words.notice), 26),
        _wide(18, f"{box(bool(paper.statutes), '另依')}　{_statutes(paper, words.statutes)}　提出請求", 7),
        _wide(19, sign("", paper.signed_applicant), 17),
    ]


def _standing(paper: CitizenRequest) -> str:
    interested = f"利害關係人（關係及說明：{paper.interest or '　' * 14}）"
    return f"{box(paper.standing == 'party', '當事人')}　{box(paper.standing == 'interested', interested)}"


def _agent(agent: Agent) -> str:
    name, gap = agent.name or "　" * 6, "　"
    first = f"姓名：{name}{gap}出生年月日：{day(agent.born)}{gap}身分證號：{agent.id_number}"
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
    return "　".join(box(at in paper.statutes, name) for at, name in enumerate(names))
