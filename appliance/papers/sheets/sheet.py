"""A sheet: what stands on a paper, cell by cell, before it is drawn. PDF and ODT are both drawn from it. Pure.

A sheet is blocks one below the other: grids of cells, and words between them. Every text was typed by someone or stands
in the rules; here it is refused when it holds what hides or turns text, and nothing in it is ever markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from appliance.core.errors import UsageError
from appliance.rules.wording import holds_controls

__all__ = ["Block", "Cell", "Grid", "Line", "Row", "Sheet", "Words", "cell", "head", "lines_of", "table"]

MAX_CHARACTERS = 40_000
"""What one paper may hold: some forty pages, six seconds of a press (measured on a NUC-like processor)."""


class Line(NamedTuple):
    """One paragraph. ``look``: words of ``small``, ``strong``, ``centre``, ``right``, ``faint``, ``hang``, ``tight``,
    ``spread``."""

    text: str
    look: str = ""


class Cell(NamedTuple):
    """``label``: the cell names its neighbours and is no content. ``columns`` and ``rows``: how many it takes up.
    ``place``: ``middle``, ``top`` or ``bottom`` of its height."""

    lines: tuple[Line, ...] = ()
    label: bool = False
    columns: int = 1
    rows: int = 1
    place: str = "middle"

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


class Row(NamedTuple):
    """``height_mm``: at least. ``splits``: the end of a page may cut it. ``leads``: stays with the next row."""

    cells: tuple[Cell, ...]
    height_mm: float = 8.0
    splits: bool = False
    leads: bool = False


class Grid(NamedTuple):
    """``widths_mm`` of its columns. The first ``heads`` rows stand again on every page. ``frame``: ``plain``,
    ``double`` (附件2) or ``none`` (no lines). ``new_page``: begins one."""

    widths_mm: tuple[float, ...]
    rows: tuple[Row, ...]
    heads: int = 0
    frame: str = "plain"
    new_page: bool = False


class Words(NamedTuple):
    """Paragraphs between grids. ``kept``: on one page with what comes before."""

    lines: tuple[Line, ...]
    kept: bool = False


Block = Grid | Words


class Sheet(NamedTuple):
    """``code`` names the form in its foot and file. ``corner``: the label above at the right, such as 附件 3.
    ``banner`` stands at the head of every page, ``foot`` at its foot beside the page's number. ``type_pt``: size of
    the writing. ``head_number``: a case's or paper's number beside the title."""

    code: str
    title: str
    blocks: tuple[Block, ...]
    corner: str = ""
    banner: str = ""
    foot: tuple[str, ...] = ()
    landscape: bool = False
    type_pt: float = 11.0

    def texts(self) -> Iterator[str]:
        """Every text on it, in reading order."""
        yield from (text for text in (self.banner, self.corner, self.title) if text)
        for block in self.blocks:
            if isinstance(block, Words):
                yield from (line.text for line in block.lines)
            else:
                yield from (line.text for row in block.rows for each in row.cells for line in each.lines)
        yield from self.foot

    def checked(self) -> Sheet:
        """Itself. Raises UsageError where a text hides or turns what is read, or the paper is too long to print."""
        for text in self.texts():
            if holds_controls(text):
                raise UsageError.of("sheet-controls", form=self.code, text=repr(text[:20]))
        length = sum(map(len, self.texts()))
        if length > MAX_CHARACTERS:
            raise UsageError.of("sheet-long", form=self.code, length=length, most=MAX_CHARACTERS)
        return self


def lines_of(text: str, look: str = "") -> tuple[Line, ...]:
    """Typed text as paragraphs: a line break begins another."""
    return tuple(Line(part.rstrip().replace("\t", "　"), look) for part in text.splitlines()) or (Line("", look),)


def cell(text: str | Iterable[Line] = "", look: str = "", **more: int | str) -> Cell:
    """A cell of content."""
    return Cell(lines_of(text, look) if isinstance(text, str) else tuple(text), **more)  # type: ignore[arg-type]


def head(text: str, columns: int = 1, rows: int = 1, look: str = "centre") -> Cell:
    """A cell that names."""
    return Cell(lines_of(text, look), True, columns, rows)


def table(widths_mm: tuple[float, ...], names: Sequence[str], rows: Iterable[Row], none: str) -> Grid:
    """Rows under the ``names`` of their columns, which stand again on every page; ``none`` where there are no rows."""
    found = tuple(rows) or (Row((cell(none, "centre", columns=len(names)),), 9),)
    return Grid(widths_mm, (Row(tuple(map(head, names)), 8), *found), heads=1)
