"""複製請由受（處）理機關來函 (``AT-34``): what a party who needs a copy takes to the agency that handles the case.

It promises no copy (八(四)); it says until when the footage is kept and what a letter must contain.
"""

from __future__ import annotations

from datetime import date

from appliance.model import Record
from appliance.office.papers.issue import Issue, Signed, sign
from appliance.office.papers.sheet import Line, Sheet
from appliance.office.papers.slip import ask_at, named, slip
from appliance.office.papers.words import BLANK_RANGE, Asked, day, range_lines

__all__ = ["LETTER_MUST_SAY", "Redirect", "redirect"]

LETTER_MUST_SAY = ("法令依據", "調查目的", "所需範圍（監視器編號、日期及起訖時分）", "申請複製之理由")
"""By which an agency's letter is judged (``A3``, 八(五)3)."""


class Redirect(Record, frozen=True, kw_only=True):
    """All empty: a blank form. ``pin_until``: the last day on which the footage is kept for that letter (``D-05``)."""

    case: str = ""
    applicant: str = ""
    asked: tuple[Asked, ...] = ()
    pin_until: date | None = None
    issued: date | None = None
    signed_officer: Signed | None = None


def redirect(paper: Redirect, issue: Issue) -> Sheet:
    ranges = range_lines(paper.asked) or [BLANK_RANGE]
    must = [Line(f"{at}. {text}") for at, text in enumerate(LETTER_MUST_SAY, 1)]
    rows = (
        named("案號", paper.case),
        named("當事人", paper.applicant),
        named("影音資料範圍", [Line(text) for text in ranges], 20),
        named("影音資料保留至", day(paper.pin_until), look="big"),
        named("來函應載明", must, 30),
        named("來函請寄", f"{issue.office_name}（{issue.unit}）\n{issue.address}"),
        ask_at(issue),
        named("開立日期", day(paper.issued)),
        named("承辦人簽章", sign("", paper.signed_officer), 26),
    )
    notes = (
        "一、依本所作業規範八(四)，影音資料之複製以提供公務機關為限；因證據保全或其他調查行為而有複製必要者，"
        "請受（處）理案件之公務機關於上列保留期日以前來函，並引用本單案號。",
        "二、本單不表示同意提供複製，仍應由本所依來函審核。",
        "三、期日屆至前來函確有困難者，請先以電話聯繫本所；保留得延長一次。",
    )
    return slip("複製轉介單", "複製請由受（處）理機關來函", rows, notes, issue, "八(四)", paper.case)
