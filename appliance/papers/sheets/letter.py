"""The shape of an outgoing letter (函): who, when, number, 主旨, 說明, who gets it, who signs. Pure.

Source: 公文程式條例 3 (head signs), 4 (代行), 6 (ROC date and number). Without date and number it is a draft and says
so on every page (``AT-72``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed
from appliance.papers.sheets.sheet import Grid, Line, Row, Sheet, Words, cell, lines_of
from appliance.papers.sheets.words import day, day_in_text, moment

__all__ = ["LetterHead", "letter", "numbered"]

_NUMERALS = "一二三四五六七八九十"
_EXPLAINED = "說明"


class LetterHead(Record, frozen=True, kw_only=True):
    """``dated`` and ``number`` (發文字號) empty: a draft, unless it is ``handed`` over in the office
    and no letter goes out. ``signed``: the head, or who signs for the head (代行)."""

    to: str = ""
    to_address: str = ""
    dated: date | None = None
    number: str = ""
    speed: str = "普通件"
    secrecy: str = ""
    enclosed: str = ""
    handler: str = ""
    originals: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    signed: Signed | None = None
    handed: bool = False

    @property
    def draft(self) -> bool:
        return not (self.dated and (self.number or self.handed))


def numbered(at: int) -> str:
    """一、 二、 … 十一、 from 1."""
    tens, ones = divmod(at, 10)
    head = ("" if tens < 2 else _NUMERALS[tens - 1]) + ("十" if tens else "")
    return f"{head}{_NUMERALS[ones - 1] if ones else ''}、"


def letter(
    code: str, head: LetterHead, subject: str, parts: Sequence[tuple[str, Sequence[str]]], issue: Issue, rule: str,
    case: str,
) -> Sheet:  # fmt: skip
    """A letter of 主旨 and 說明, whose items are numbered 一、 and below that (一). ``parts``: a heading and its
    paragraphs; those of 說明 are items, those of another (事實, 理由, …) stand below an item with its name. What
    follows the first line of a paragraph is a list of its own."""
    body = [*lines_of(f"主旨：{subject}", "hang"), *_explained(parts)]
    names = issue.pack.office
    reached = (
        f"地址：{names.address}" if names.address else "",
        f"承辦單位：{names.unit}　承辦人：{head.handler}",
        f"電話：{names.phone}" if names.phone else "",
    )
    office = tuple(Row((cell(""), cell(line, "small")), 4) for line in reached if line)
    handed = (
        Line(f"受通知人：{head.to}", "big"),
        Line(f"交付日期：{_dated(head.dated)}", "above"),
        Line("交付方式：於本所當面交付，不另發文"),
    )
    addressed = (
        Line(head.to_address, "small"),
        Line(f"受文者：{head.to}", "big"),
        Line(f"發文日期：{_dated(head.dated)}", "above"),
        Line(f"發文字號：{head.number}"),
        Line(f"速別：{head.speed}"),
        Line(f"密等及解密條件或保密期限：{head.secrecy}"),
        Line(f"附件：{head.enclosed}"),
    )
    ends = (
        Line(f"正本：{'、'.join(head.originals or (head.to,))}"),
        Line(f"副本：{'、'.join(head.copies)}"),
    )
    return Sheet(
        code=code,
        title=f"{names.name}　{code}" if head.handed else f"{names.name}　函",
        banner=issue.banner(draft=head.draft),
        foot=issue.foot(code, rule, case),
        type_pt=12,
        blocks=(
            Grid((95.0, 85.0), office, frame="none"),
            Words(handed if head.handed else addressed),
            Words(tuple(body)),
            Words((*(() if head.handed else ends), *_signed(head.signed, issue)), kept=True),
        ),
    ).checked()


def _signed(signed: Signed | None, issue: Issue) -> tuple[Line, ...]:
    """The name of the head who signed; of a deputy's letter the head's, and below it who signed for the head
    (公文程式條例 4)."""
    head = signed.name if signed and not signed.mark else issue.director
    lines = [Line(f"{issue.pack.posts.director}　{head}", "big stamp")]
    if signed and signed.mark:
        lines.append(Line(f"{signed.post}　{signed.name}　{signed.mark}"))
    if signed and signed.at_ns:
        lines.append(Line(f"{moment(signed.at_ns)}　{signed.how}", "small"))
    return tuple(lines)


def _dated(dated: date | None) -> str:
    return f"中華民國{day_in_text(dated)}" if dated else f"中華民國{day(None)}"


def _explained(parts: Sequence[tuple[str, Sequence[str]]]) -> list[Line]:
    """說明: what there is to say, item by item."""
    items: list[tuple[str, Sequence[str]]] = []
    for heading, paragraphs in parts:
        if heading == _EXPLAINED:
            items += [(text, ()) for text in paragraphs]
        elif len(paragraphs) == 1:
            items.append((f"{heading}：{_ended(paragraphs[0])}", ()))
        else:
            items.append((f"{heading}：", paragraphs))
    if len(items) == 1:
        first, *more = lines_of(items[0][0])
        return [Line(f"{_EXPLAINED}：{first.text}", "above hang"), *(Line(each.text, "list") for each in more)]
    lines = [Line(f"{_EXPLAINED}：", "above")]
    for at, (text, below) in enumerate(items, 1):
        first, *more = lines_of(text)
        lines += [Line(numbered(at) + first.text, "sub"), *(Line(each.text, "list") for each in more)]
        for under, paragraph in enumerate(below, 1):
            first, *more = lines_of(paragraph)
            lines += [
                Line(f"({numbered(under)[:-1]}){first.text}", "list"),
                *(Line(each.text, "list") for each in more),
            ]
    return lines


def _ended(text: str) -> str:
    """Ended as a sentence, where there is something to end."""
    return text if not text.strip() or text.rstrip("」』）").endswith(("。", "！", "？")) else f"{text}。"
