"""Who issues a paper and on what ground; and a signature, by ink or electronic. Pure.

Source: ``rules`` 一 (basis) and 3 (foot, sign boxes), ``D-10`` (兼簽), ``D-22`` (policy pack), 公文程式條例 3 to 6.
"""

from __future__ import annotations

import msgspec

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.sheet import Line, lines_of
from appliance.papers.sheets.words import day, moment, time_of
from appliance.rules.packs.articles import cited
from appliance.rules.packs.pack import Pack

__all__ = ["MARKS", "Issue", "Signed", "deputy_mark", "sign", "signed_by_two"]

MARKS = ("", "代行", "代理", "兼簽")
"""How somebody signs who does not sign for himself alone."""

_TRIAL = "訓練　本表件由訓練環境產生，不得作為正式紀錄"
_DRAFT = "稿　尚未編列發文字號，不得發出"
_MOST_NAME = 60


def deputy_mark(role: str, *, deputy: bool) -> str:
    """How a deputy signs in place of ``role``: 代行 for the director, the head of the office (公文程式條例 4), 代理 for
    anybody else; "" for who signs as himself."""
    return ("代行" if role == "director" else "代理") if deputy else ""


class Signed(Record, frozen=True, kw_only=True):
    """A signature: who, as what, when (0: in ink), and ``mark`` for a deputy (代行, 代理) or a second cell (兼簽). With
    ``scan`` it stands in ink on the sheet, whose scan has that number.
    ``person`` is the account, by which two cells are compared. Raises UsageError for another mark or no name."""

    person: str
    name: str
    post: str = ""
    at_ns: int = 0
    mark: str = ""
    scan: str = ""

    @property
    def how(self) -> str:
        """電子簽章, whose moment is known; or in ink: 紙本簽核, with its scan, and without a moment 紙本簽名."""
        if self.scan:
            return f"紙本{'簽核' if self.at_ns else '簽名'}（掃描檔 {self.scan}）"
        return "電子簽章" if self.at_ns else "紙本簽名"

    def __post_init__(self) -> None:
        if self.mark not in MARKS:
            raise UsageError.of("sheet-mark", name=self.name, mark=repr(self.mark))
        if not self.name.strip() or len(self.name) > _MOST_NAME:
            raise UsageError.of("sheet-name", most=_MOST_NAME)


class Issue(Record, frozen=True, kw_only=True):
    """What every paper of an office says of it. ``pack``: names and words, of the case where it is about one
    (``AT-01``, ``AT-05``). ``director``: the head's name. ``printed_ns`` None: a blank form, which says no time.
    ``head``: the ledger's head when it was printed, of which the first 12 digits are shown.
    ``causes``: why footage is missing, in words, by the recorder's codes."""

    pack: Pack
    director: str = ""
    printed_ns: int | None = None
    head: str = ""
    trial: bool = False
    causes: dict[str, str] = msgspec.field(default_factory=dict)

    def banner(self, *, draft: bool = False) -> str:
        """The line at the head of every page: a trial's, or a letter's without a number."""
        return "　".join(text for text, shown in ((_TRIAL, self.trial), (_DRAFT, draft)) if shown)

    def foot(self, form: str, rule: str, number: str = "") -> tuple[str, ...]:
        """The foot of every page: the basis (一); form, number, version, time of printing, ledger's head."""
        named = (form, f"案號：{number}" if number else "", f"規範版本：{self.pack.version}")
        printed = (
            f"列印：{moment(self.printed_ns)}" if self.printed_ns is not None else "",
            f"稽核紀錄簿驗證碼：{self.head[:12]}" if self.head else "",
        )
        lines = (
            f"依據：{self.pack.rules.basis}{cited(rule)}",
            *("　".join(filter(None, each)) for each in (named, printed)),
        )
        return tuple(filter(None, lines))


def sign(label: str, signed: Signed | None) -> tuple[Line, ...]:
    """What stands in a sign box: the label alone for ink and stamp, or who signed, as what and when."""
    if signed is None:
        return (Line(label),)
    lines = [*lines_of(f"{label}{signed.name}", "strong")]
    if post := "　".join(filter(None, (signed.post, signed.mark))):
        lines += lines_of(post, "small")
    when = [Line(day(signed.at_ns), "small")] if signed.at_ns else []
    at = f"{time_of(signed.at_ns)}　" if signed.at_ns else ""
    lines += [*when, Line(f"{at}{signed.how}", "small")]
    return tuple(lines)


def signed_by_two(thing: str, *cells: Signed | None) -> None:
    """Raises UsageError where one person signed two of the cells and neither bears 兼簽 (``D-10``)."""
    seen: dict[str, Signed] = {}
    for signed in filter(None, cells):
        before = seen.setdefault(signed.person, signed)
        if before is not signed and "兼簽" not in (before.mark, signed.mark):
            raise UsageError.of("sheet-both-cells", thing=thing, name=signed.name)
