"""The office's part of 附件2: receipt, checks, result, signatures, viewing (rules 3.2, fields 20 to 31). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.papers.sheets.issue import Signed, sign, signed_by_two
from appliance.papers.sheets.sheet import Cell, Line, Row, cell, head, lines_of
from appliance.papers.sheets.words import between, box, day, moment
from appliance.rules.packs.pack import Pack

__all__ = ["OfficePart", "office_rows"]

_STORED = ("", "stored", "expired", "none")


class OfficePart(Record, frozen=True, kw_only=True):
    """What the office adds. ``stored``: ``stored`` (with ``last_day_ns``, the day on which it may first go),
    ``expired`` or ``none``. ``outcome`` as in 附件3. ``instead``: what became of it beside these. ``filmed`` None: not
    known. ``unshown``: that nothing was opened in the viewing, and why; ``broken_off``: that it was ended early (終止),
    and why; ``unsigned``: what stands in place of the applicant's signature where nobody said that there is one.
    Raises UsageError for another word."""

    receipt: str = ""
    id_kind: str = ""
    id_matches: bool = False
    report_matches: bool = False
    stored: str = ""
    last_day_ns: int | None = None
    pin: str = ""
    proposal: str = ""
    outcome: str = ""
    outcome_words: str = ""
    instead: str = ""
    notified: str = ""
    appointment: str = ""
    viewed_from_ns: int | None = None
    viewed_to_ns: int | None = None
    present: tuple[str, ...] = ()
    unshown: str = ""
    broken_off: str = ""
    filmed: bool | None = None
    filming_handled: str = ""
    signed_manager: Signed | None = None
    signed_managing_head: Signed | None = None
    signed_secretary: Signed | None = None
    signed_director: Signed | None = None
    signed_viewing_manager: Signed | None = None
    signed_viewer: Signed | None = None
    unsigned: str = ""

    def __post_init__(self) -> None:
        if self.stored not in _STORED or self.outcome not in ("", "granted", "partly", "refused"):
            raise UsageError.of("sheet-result", stored=repr(self.stored), outcome=repr(self.outcome))
        signed_by_two(
            "附件2", self.signed_manager, self.signed_managing_head, self.signed_secretary, self.signed_director
        )


def office_rows(part: OfficePart, labels: Mapping[int, str], pack: Pack) -> list[Row]:
    """The rows, twelve columns wide; ``labels`` by the field's number. Who signs is the pack's chain for citizens."""

    def wide(number: int, text: str | tuple[Line, ...], height_mm: float, *, splits: bool = False) -> Row:
        lines = lines_of(text) if isinstance(text, str) else text
        return Row((head(labels[number], 2), Cell(lines, columns=10)), height_mm, splits)

    identity = f"相符（證件別／末四碼：{part.id_kind or '　' * 5}）"
    checks = (
        head(labels[21], 2), cell(box(part.id_matches, identity), columns=4),
        head(labels[22], 2), cell(box(part.report_matches, "正本核對相符"), columns=4),
    )  # fmt: skip
    posts = pack.posts
    managing = (
        *sign(f"{posts.manager}：", part.signed_manager),
        *_stamp(sign(f"{posts.head}：", part.signed_managing_head)),
    )
    boxes = [("管理單位", managing)]
    if "secretary" in pack.chains.citizen:
        boxes.append((posts.secretary, sign("", part.signed_secretary)))
    boxes.append((posts.director, sign("", part.signed_director)))
    columns = 12 // len(boxes)
    names = tuple(head(name, columns) for name, _ in boxes)
    signs = tuple(Cell(lines, columns=columns, place="top") for _, lines in boxes)
    return [
        Row((head("以下由本所填寫", 12),), 7),
        wide(20, part.receipt, 9),
        Row(checks, 9),
        wide(23, _stored(part), 8),
        wide(24, part.pin, 9),
        wide(25, part.proposal, 30, splits=True),
        wide(26, _outcome(part), 36, splits=True),
        Row((head(labels[27], 12),), 7, leads=True),
        Row(names, 7, leads=True),
        Row(signs, 48),
        wide(28, part.notified, 11),
        wide(29, part.appointment, 11),
        wide(30, _viewing(part), 12),
        Row(
            (
                head("會同系統管理人簽章", 2), Cell(sign("", part.signed_viewing_manager), columns=4),
                head("申請人簽章", 2), Cell(sign(part.unsigned, part.signed_viewer), columns=4),
            ),
            22,
        ),
        wide(31, pack.fill(pack.papers.annex_2.remedy), 9),
    ]  # fmt: skip


def _stamp(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    first, *more = lines
    return (first._replace(look="strong apart" if more else "stamp"), *more)


def _stored(part: OfficePart) -> str:
    last = day(part.last_day_ns) if part.last_day_ns is not None else "　　年　　月　　日"
    return "　".join(
        (
            box(part.stored == "stored", f"保存中（至遲銷毀日 {last}）"),
            box(part.stored == "expired", "已逾保存期限"),
            box(part.stored == "none", "無紀錄"),
        )
    )


def _outcome(part: OfficePart) -> str:
    partly = part.outcome_words if part.outcome == "partly" else "　" * 12
    cause = part.outcome_words if part.outcome == "refused" else ""
    return "\n".join(
        (
            box(part.outcome == "granted", "准予調閱"),
            box(part.outcome == "partly", f"部分准予，範圍：{partly}"),
            box(part.outcome == "refused", f"否准調閱，原因及法令依據：{cause}"),
            *filter(None, (part.instead,)),
        )
    )


def _viewing(part: OfficePart) -> str:
    began, ended = part.viewed_from_ns, part.viewed_to_ns
    span = between(began, ended) if began and ended else f"{moment(began)} ~ {moment(ended)}"
    found = f"發現拍攝，處置：{part.filming_handled or '　' * 8}"
    seen = f"{box(part.filmed is False, '未拍攝')}　{box(part.filmed is True, found)}"
    nothing = f"　{part.unshown}" if part.unshown else ""  # on the line of who was there: the page has no other
    early = f"　{part.broken_off}" if part.broken_off else ""
    return f"起訖：{span}{early}\n在場人：{'、'.join(part.present)}{nothing}\n{seen}"
