"""複製請由受（處）理機關來函 (``AT-34``): what a party who needs a copy takes to the agency that handles the case.

It promises no copy (八(四)); it says until when the footage is kept and what a letter must contain.
"""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Line, Sheet
from appliance.papers.sheets.slip import ask_at, named, slip
from appliance.papers.sheets.words import BLANK_RANGE, Asked, day, range_lines

__all__ = ["Redirect", "redirect"]


class Redirect(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``pin_until``: the last day on which the footage is kept for that letter (``D-05``);
    ``elsewhere``: where it is, if not on this recorder."""

    case: str = ""
    applicant: str = ""
    asked: tuple[Asked, ...] = ()
    pin_until: date | None = None
    elsewhere: str = ""
    issued: date | None = None
    signed_officer: Signed | None = None


def redirect(paper: Redirect, issue: Issue) -> Sheet:
    ranges = range_lines(paper.asked) or [BLANK_RANGE]
    words, office = issue.pack.papers.redirect, issue.pack.office
    must = [Line(f"{at}. {issue.pack.fill(text)}") for at, text in enumerate(words.must_say, 1)]
    rows = (
        named("案號", paper.case),
        named("當事人", paper.applicant),
        named("影音資料範圍", [Line(text) for text in ranges], 20),
        named("影音資料所在", paper.elsewhere)
        if paper.elsewhere
        else named("影音資料先行保存至", day(paper.pin_until), look="big"),
        named("來函應載明", must, 30),
        named("來函請寄", "\n".join(filter(None, (f"{office.name}（{office.unit}）", office.address)))),
        ask_at(issue),
        named("開立日期", day(paper.issued)),
        named("承辦人簽章", sign("", paper.signed_officer), 26),
    )
    return slip("複製申請告知單", rows, words, issue, paper.case)
