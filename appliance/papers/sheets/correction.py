"""補正通知 (``C2``): what is missing, until when, and what follows. The footage stays pinned meanwhile."""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.letter import LetterHead, letter
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.words import day_in_text
from appliance.rules.packs.articles import cited

__all__ = ["Correction", "correction"]


class Correction(Record, frozen=True, kw_only=True):
    """``agency``: an agency's request is reminded and not dismissed (``A3``). ``example``: a day of service, and the
    last day that it gives. ``elsewhere``: what it asks for is not on this recorder, which keeps none of
    it."""

    head: LetterHead = LetterHead()
    case: str = ""
    received: date | None = None
    missing: tuple[str, ...] = ()
    example: tuple[date, date] | None = None
    agency: bool = False
    elsewhere: bool = False


def correction(paper: Correction, issue: Issue) -> Sheet:
    """A letter. Blank: three empty items to fill in."""
    items = paper.missing or ("　",) * 3
    listed = "\n".join(f"({at}) {text}" for at, text in enumerate(items, 1))
    pack, words = issue.pack, issue.pack.papers.correction
    consequence = pack.fill(words.agency_consequence if paper.agency else words.consequence)
    party = "貴機關" if paper.agency else "臺端" if paper.case else "臺端（貴機關）"
    days = pack.numbers.correction_days
    subject = f"{party}申請調閱本所錄影監視系統影音資料一案，請於本通知送達之次日起{days}日內補正，請查照。"
    explained = (
        f"依{pack.rules.title}{cited(words.rule)}及{day_in_text(paper.received)}收件之申請（案號：{paper.case}）辦理。",
        f"應補正事項如下：\n{listed}",
        f"請於本通知送達之次日起{days}日內補正{_until(paper)}；{consequence}",
        *(
            ()
            if paper.elsewhere
            else ("申請範圍內現存之影音資料已先行保存，本案結案前不予覆蓋；先行保存以一年為上限。",)
        ),
    )
    law = f"{pack.rules.title}{cited(words.rule)}；期間之計算依行政程序法第48條。"
    parts = [("說明", explained), ("法令依據", (law,))]
    return letter("補正通知", paper.head, subject, parts, issue, words.rule, paper.case)


def _until(paper: Correction) -> str:
    """What the days come to, by an example: the day of service is not known before it."""
    if paper.example is None:
        return ""
    served, last = map(day_in_text, paper.example)
    return f"（如於{served}送達者，至{last}止；末日為星期六、星期日或其他休息日者，以次一上班日代之）"
