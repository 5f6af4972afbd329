"""否准通知 (``C11``): facts, reasons, law and remedy, no block empty (``AT-70``, 行政程序法 96, 訴願法 14, 58).

It names range and ground and never what is to be seen (``T-54``). A request that names a law of its own (``D-23``) is
refused only after legal review; its law then stands among the grounds.
"""

from __future__ import annotations

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.letter import LetterHead, letter
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.words import Asked, in_text, range_lines

__all__ = ["BLOCKS", "Refusal", "refusal"]

BLOCKS = ("受文者", "事實", "理由", "法令依據", "首長署名", "發文日期及字號")
"""What a refusal must have besides the remedy, which is printed always."""


class Refusal(Record, frozen=True, kw_only=True):
    """``blank``: the form to fill in by hand, else every block is needed; a draft still lacks date and number.
    Raises UsageError naming the empty blocks."""

    head: LetterHead = LetterHead()
    case: str = ""
    asked: tuple[Asked, ...] = ()
    facts: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    blank: bool = False

    def __post_init__(self) -> None:
        filled = (
            self.head.to, self.facts, self.reasons, self.laws, self.head.signed or self.head.draft,
            self.head.draft or (self.head.dated and self.head.number),
        )  # fmt: skip
        empty = [name for name, there in zip(BLOCKS, filled, strict=True) if not there or there == ("",)]
        if empty and not self.blank:
            raise UsageError.of("sheet-refusal", blocks="、".join(empty))


def refusal(paper: Refusal, issue: Issue) -> Sheet:
    """A letter."""
    space = ("　",)
    ranges = [f"申請範圍：{text}" for text in map(in_text, range_lines(paper.asked))]
    words = issue.pack.papers.refusal
    parts = [
        ("事實", (*paper.facts, *ranges) or space),
        ("理由", paper.reasons or space),
        ("法令依據", paper.laws or space),
        ("救濟方法、期間及受理機關", tuple(map(issue.pack.fill, words.remedy))),
    ]
    subject = issue.pack.fill(words.subject, case=paper.case)
    return letter("否准通知", paper.head, subject, parts, issue, words.rule, paper.case)
