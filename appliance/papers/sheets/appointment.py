"""閱覽約定單 (``C13``): when, where and who, what to bring, and that nothing is filmed."""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Line, Sheet
from appliance.papers.sheets.slip import ask_at, named, slip
from appliance.papers.sheets.words import BLANK_RANGE, Asked, day, moment, range_lines

__all__ = ["Appointment", "appointment"]


class Appointment(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``granted``: what may be viewed. ``lapses``: the last day before the grant lapses.
    ``void``: that the appointment was undone, and when."""

    case: str = ""
    viewers: tuple[str, ...] = ()
    at_ns: int | None = None
    place: str = ""
    granted: tuple[Asked, ...] = ()
    accompanied: str = ""
    lapses: date | None = None
    void: str = ""
    signed_officer: Signed | None = None


def appointment(paper: Appointment, issue: Issue) -> Sheet:
    ranges = range_lines(paper.granted) or [BLANK_RANGE]
    words = issue.pack.papers.appointment
    rows = (
        *((named("註記", paper.void, look="big"),) if paper.void else ()),
        named("案號", paper.case),
        named("閱覽人", "\n".join(paper.viewers), 14),
        named("約定日時", moment(paper.at_ns), look="big"),
        named("地點", paper.place, 12),
        named("核准閱覽範圍", [Line(text) for text in ranges], 20),
        named("陪同（會同）人員", paper.accompanied),
        named("應攜帶", issue.pack.fill(words.bring)),
        named("逾期失效", day(paper.lapses)),
        ask_at(issue),
        named("承辦人簽章", sign("", paper.signed_officer), 26),
    )
    return slip("閱覽約定單", rows, words, issue, paper.case)
