"""The shape that slips over the counter share: named lines in a box, what to know below, and who to ask. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.digests import in_fours
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, Words, head, lines_of
from appliance.rules.packs.pack import Appointment, Redirect, Slip

__all__ = ["ask_at", "digest_lines", "named", "slip"]

SlipWords = Slip | Redirect | Appointment

_WIDTHS_MM = (45.0, 135.0)


def named(label: str, text: str | Sequence[Line], height_mm: float = 10.0, *, look: str = "") -> Row:
    """A line of a slip."""
    lines = lines_of(text, look) if isinstance(text, str) else tuple(text)
    return Row((head(label), Cell(lines)), height_mm)


def slip(code: str, rows: Sequence[Row], words: SlipWords, issue: Issue, number: str) -> Sheet:
    """A slip on one A4 sheet; its notes are numbered in Chinese by their writer."""
    fill = issue.pack.fill
    return Sheet(
        code=code,
        title=f"{issue.pack.office.name}　{fill(words.title)}",
        banner=issue.banner(),
        foot=issue.foot(code, words.rule, number),
        type_pt=12,
        blocks=(Grid(_WIDTHS_MM, tuple(rows)), Words(tuple(Line(fill(note), "item") for note in words.notes))),
    ).checked()


def digest_lines(digest: str) -> tuple[Line, ...]:
    """A SHA-256, in groups of four or not, as two lines of eight groups."""
    groups = in_fours(digest.replace(" ", "")).split()
    return tuple(Line(" ".join(groups[at : at + 8])) for at in range(0, len(groups), 8))


def ask_at(issue: Issue) -> Row:
    """Unit, and the telephone and address that the pack has."""
    office = issue.pack.office
    reach = f"{office.unit}　電話：{office.phone}" if office.phone else office.unit
    return named("洽詢", "\n".join(filter(None, (reach, office.address))))
