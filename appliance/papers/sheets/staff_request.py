"""附件3, a colleague's request (調閱申請書(所內)): exactly the cells of the rules' own sheet (``AT-45``, rules 3.3)."""

from __future__ import annotations

from datetime import date

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign, signed_by_two
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, Words, cell, head, lines_of
from appliance.papers.sheets.words import BLANK_RANGE, Asked, box, day, range_lines

__all__ = ["LABELS", "OUTCOMES", "StaffRequest", "staff_request"]

OUTCOMES = ("", "granted", "partly", "refused")

LABELS = (
    "申請日期", "申請人", "申請課室", "閱覽人", "申請原因", "申請調閱日期/畫面", "辦理情形",
    "申請單位", "管理單位",
)  # fmt: skip
"""The cells that name, in the order of the sheet; those of secretary and director follow, by the pack's names."""

_CODE = "附件3"


class StaffRequest(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``reason_code`` is one of the pack's words for staff. ``outcome_words``: why it was
    refused, or how far it was granted; ``instead``: what became of it beside the two boxes. Raises UsageError for an
    unknown outcome, and for one person in two sign cells."""

    number: str = ""
    applied: date | None = None
    applicant: str = ""
    section: str = ""
    viewers: tuple[str, ...] = ()
    reason_code: str = ""
    reason: str = ""
    asked: tuple[Asked, ...] = ()
    outcome: str = ""
    outcome_words: str = ""
    instead: str = ""
    signed_applicant: Signed | None = None
    signed_unit_head: Signed | None = None
    signed_manager: Signed | None = None
    signed_managing_head: Signed | None = None
    signed_secretary: Signed | None = None
    signed_director: Signed | None = None

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise UsageError.of("sheet-outcome", outcome=repr(self.outcome))
        signed_by_two(
            _CODE, self.signed_applicant, self.signed_unit_head, self.signed_manager, self.signed_managing_head,
            self.signed_secretary, self.signed_director,
        )  # fmt: skip


def staff_request(paper: StaffRequest, issue: Issue) -> Sheet:
    """The sheet, A4 upright. Twelve equal columns carry both its rows of six cells and its row of four. Raises
    UsageError for a reason that the pack does not have (``AT-44``)."""
    (applied, applicant, section, viewers, reason, asked, outcome, unit, managing) = LABELS
    words, posts, known = issue.pack.papers.annex_3, issue.pack.posts, tuple(issue.pack.reasons.staff.values())
    if paper.reason_code and paper.reason_code not in known:
        raise UsageError.of("sheet-reason", reason=repr(paper.reason_code), rule=words.rule, known="、".join(known))
    ranges = range_lines(paper.asked) or [BLANK_RANGE]
    first = Row((head(applied, 2), cell(day(paper.applied), columns=10)), 11)
    people = Row(
        (
            head(applicant, 2), cell(paper.applicant, "centre", columns=2),
            head(section, 2), cell(paper.section, "centre", columns=2),
            head(viewers, 2), cell("\n".join(paper.viewers), "centre", columns=2),
        ),
        15,
    )  # fmt: skip
    rows = (
        first,
        people,
        Row((head(reason, 2), Cell(_reason(paper), columns=10, place="top")), 60, splits=True),
        Row((head(asked.replace("日期", "\n日期"), 2), Cell(tuple(map(Line, ranges)), columns=10)), 30, splits=True),
        Row((head(outcome, 2), Cell(_outcome(paper), columns=10)), 38, splits=True),
        Row((head(unit, 3), head(managing, 3), head(posts.secretary, 3), head(posts.director, 3)), 9, leads=True),
        Row(
            (
                _signs(("申請人：", paper.signed_applicant), (f"{posts.head}：", paper.signed_unit_head)),
                _signs((f"{posts.manager}：", paper.signed_manager), (f"{posts.head}：", paper.signed_managing_head)),
                _signs(("", paper.signed_secretary)),
                _signs(("", paper.signed_director)),
            ),
            58,
        ),
    )
    return Sheet(
        code=_CODE,
        title=issue.pack.fill(words.title),
        corner="附件 3",
        banner=issue.banner(),
        foot=issue.foot(_CODE, words.rule, paper.number),
        type_pt=12,
        blocks=(Grid((15.0,) * 12, rows), Words((Line(issue.pack.fill(words.note), "hang"),), kept=True)),
    ).checked()


def _reason(paper: StaffRequest) -> tuple[Line, ...]:
    if not paper.reason_code:
        return lines_of(paper.reason)
    return lines_of(f"{paper.reason_code}：{paper.reason}" if paper.reason else paper.reason_code)


def _outcome(paper: StaffRequest) -> tuple[Line, ...]:
    granted, words = paper.outcome in ("granted", "partly"), paper.outcome_words
    scope = f"（範圍：{words}）" if paper.outcome == "partly" else ""
    cause = words if paper.outcome == "refused" else ""
    return (
        *lines_of(box(granted, f"准予調閱{scope}")),
        *lines_of(box(paper.outcome == "refused", f"否准調閱，原因：{cause}")),
        *(lines_of(paper.instead) if paper.instead else ()),
    )


def _signs(*signatures: tuple[str, Signed | None]) -> Cell:
    """One or two signatures, one below the other, with room for a stamp after a label in ink."""
    lines: list[Line] = []
    for label, signed in signatures:
        first, *more = sign(label, signed)
        apart = f"{first.look} apart" if signed else "stamp"
        lines += [first._replace(look=apart) if lines else first, *more]
    return Cell(tuple(lines), columns=3, place="top")
