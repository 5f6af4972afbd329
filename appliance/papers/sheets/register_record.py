"""Papers of the registers: the record of an incident or a visit, a certificate of destruction, an authorisation.

Source: domain 3.5.

One shape: named lines in parts, what was done in its order, and the boxes of those who sign. Pure.
"""

from __future__ import annotations

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign, signed_by_two
from appliance.papers.sheets.sheet import Block, Cell, Grid, Line, Row, Sheet, Words, cell, head, lines_of
from appliance.papers.sheets.words import day, time_of

__all__ = ["Done", "Part", "RegisterRecord", "SignBox", "register_record", "sign_boxes"]

_WIDTHS_MM = (45.0, 135.0)
_DONE_MM = (38.0, 34.0, 108.0)
_WHOLE_MM = 180.0
_ROW_MM, _DENSE_MM = 8.0, 5.5


class Part(Record, frozen=True, kw_only=True):
    """Named lines under a heading: label and text."""

    heading: str
    lines: tuple[tuple[str, str], ...]


class Done(Record, frozen=True, kw_only=True):
    """An act in its time: what, by whom, and what was said with it."""

    at_ns: int
    what: str
    by: str
    said: str = ""


class SignBox(Record, frozen=True, kw_only=True):
    """``signed`` None: the box is for ink."""

    label: str
    signed: Signed | None = None


class RegisterRecord(Record, frozen=True, kw_only=True):
    """``rule``: the article that it carries out; ``number``: "" of what is no line of a register; ``statement`` is what
    those who sign attest. ``apart``: the labels of boxes that one person never signs both. ``dense``: lines of figures,
    set closer. Raises UsageError where one person did."""

    title: str
    rule: str
    number: str
    parts: tuple[Part, ...]
    done: tuple[Done, ...] = ()
    boxes: tuple[SignBox, ...] = ()
    statement: str = ""
    apart: tuple[str, ...] = ()
    dense: bool = False

    def __post_init__(self) -> None:
        signed_by_two(self.title, *(box.signed for box in self.boxes if box.label in self.apart))


def register_record(paper: RegisterRecord, issue: Issue) -> Sheet:
    """A4 upright; long parts go on to further pages."""
    blocks: list[Block] = [Words((Line(f"編號：{paper.number}", "right"),))] if paper.number else []
    blocks += [_part(part, _DENSE_MM if paper.dense else _ROW_MM) for part in paper.parts if part.lines]
    if paper.done:
        blocks.append(_course(paper.done))
    if paper.boxes:
        blocks.append(sign_boxes(paper.boxes, paper.statement))
    return Sheet(
        code=paper.title,
        title=f"{issue.pack.office.name}　{paper.title}",
        banner=issue.banner(),
        foot=issue.foot(paper.title, paper.rule),
        type_pt=10 if paper.dense else 11,
        blocks=tuple(blocks),
    ).checked()


def _part(part: Part, row_mm: float) -> Grid:
    title = Row((head(part.heading, columns=2, look="strong"),), row_mm, leads=True)
    rows = [Row((head(label), Cell(lines_of(text))), row_mm, splits=len(text) > 400) for label, text in part.lines]
    return Grid(_WIDTHS_MM, (title, *rows))


def _course(done: tuple[Done, ...]) -> Grid:
    title = Row((head("辦理經過", columns=3, look="strong"),), 8, leads=True)
    return Grid(_DONE_MM, (title, *map(_act, done)))


def _act(each: Done) -> Row:
    texts = (f"{day(each.at_ns)}\n{time_of(each.at_ns)}", f"{each.what}\n{each.by}", each.said)
    return Row(tuple(Cell(lines_of(text, "small")) for text in texts), 8, splits=len(each.said) > 400)


def sign_boxes(boxes: tuple[SignBox, ...], statement: str = "", whole_mm: float = _WHOLE_MM) -> Grid:
    """Side by side, all of one width, below what those who sign attest."""
    width = whole_mm / len(boxes)
    heads = Row(tuple(head(box.label) for box in boxes), 8, leads=True)
    said = (Row((cell(statement, columns=len(boxes)),), 8, leads=True),) if statement else ()
    signs = Row(tuple(Cell(sign("", box.signed)) for box in boxes), 26)
    return Grid((width,) * len(boxes), (*said, heads, signs))
