"""答復函 to somebody who asked for footage of them to go (PDPA 11 ③, ``AT-66``): why it stays, and by when it is gone.

What stays is a refusal for now, so it has its remedy (行政程序法 96, 訴願法 14). No word of what is to be seen.
"""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.letter import LetterHead, letter
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.words import day_in_text, in_text

__all__ = ["DeletionAnswer", "deletion_answer"]

_WHY = {
    "statutory_retention": (
        "影音資料依{rules}第七點第(一)款至少應保存一個月，於該期限內不得銷毀（個人資料保護法第11條第3項但書）。",
        "上列影音資料至遲於{gone}銷毀，屆時不另通知。",
    ),
    "held": (
        "上列影音資料因案件或法令上之原因繼續保存中，於該原因消滅前不得銷毀（個人資料保護法第11條第3項但書）。",
        "上列影音資料至遲於{gone}銷毀；依法令須保存更久者，於其原因消滅後銷毀。",
    ),
    "due": ("上列影音資料已逾保存期限。", "上列影音資料至遲於{gone}銷毀，屆時不另通知。"),
    "none_there": ("經查上列時段現無影音資料，無從銷毀。",),
}
_OPEN_END = "上列影音資料依法令繼續保存，其原因消滅後銷毀。"


class DeletionAnswer(Record, frozen=True, kw_only=True):
    """``number``: of the request in its register. ``asked``: the minutes, a line each. ``gone_by`` None: a hold of law
    has no end that is known. ``ground``: as ``rules.cases.deletion.GROUNDS``."""

    head: LetterHead = LetterHead()
    number: str
    received: date
    asked: tuple[str, ...]
    ground: str
    gone_by: date | None = None
    article: str = ""


def deletion_answer(paper: DeletionAnswer, issue: Issue) -> Sheet:
    """A letter; without its number a draft."""
    pack = issue.pack
    gone = day_in_text(paper.gone_by) if paper.gone_by else ""
    texts = _WHY[paper.ground]
    if paper.ground == "held" and not gone:
        texts = (texts[0], _OPEN_END)
    why = tuple(text.format(rules=pack.rules.title, gone=gone) for text in texts)
    stays = paper.ground in ("statutory_retention", "held")
    parts = [
        (
            "說明",
            (
                f"復臺端{day_in_text(paper.received)}請求刪除下列時段之影音資料：\n"
                + "\n".join(map(in_text, paper.asked)),
                *why,
            ),
        ),
        ("法令依據", (paper.article or "個人資料保護法第11條",)),
    ]
    if stays:
        parts.append(("救濟方法、期間及受理機關", tuple(map(pack.fill, pack.papers.refusal.remedy))))
    said = "於保存期限屆滿前尚難銷毀" if stays else "復如說明"
    subject = f"臺端請求刪除本所錄影監視系統影音資料一案（編號：{paper.number}），{said}，復請查照。"
    return letter("個資刪除請求答復函", paper.head, subject, parts, issue, "七(一)", paper.number)
