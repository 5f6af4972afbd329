"""A sheet as an ODT file (OpenDocument 1.3 text) by the standard library: the same cells, words and widths as its PDF.

Offices exchange editable papers in this format (ODF-CNS15251). The same sheet gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup, escape

from appliance.papers.sheets.sheet import Cell, Grid, Row, Sheet
from appliance.papers.sheets.templates import Templates

__all__ = ["MIME", "odt_of"]

MIME = "application/vnd.oasis.opendocument.text"
_PARTS = ("content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_RUN_OF_SPACES = re.compile(r"^ | {2,}")


class Placed(NamedTuple):
    """A cell in its place; ``cell`` None: covered by one that spans. ``style``: its name in the package."""

    cell: Cell | None
    style: str = ""


class PlacedRow(NamedTuple):
    row: Row
    cells: tuple[Placed, ...]


class PlacedGrid(NamedTuple):
    """``number``: of the grid on the sheet, for the names of its styles."""

    number: int
    grid: Grid
    rows: tuple[PlacedRow, ...]


def odt_of(sheet: Sheet, templates: Templates) -> bytes:
    """The whole file. Raises UsageError for texts that hide or turn what is read."""
    sheet.checked()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo("mimetype", _EPOCH), MIME, zipfile.ZIP_STORED)  # first and plain: ODF 1.3, 3.3
        for name in _PARTS:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            values = _values(sheet) if name == "content.xml" else {}
            package.writestr(info, templates.part(f"{name.rpartition('/')[2]}", sheet, text=_text, mime=MIME, **values))
    return file.getvalue()


def _values(sheet: Sheet) -> dict[str, object]:
    grids = [_placed(at, block) for at, block in enumerate(sheet.blocks) if isinstance(block, Grid)]
    words = [block for block in sheet.blocks if not isinstance(block, Grid)]
    lines = [line for block in words for line in block.lines]
    lines += [line._replace(look=f"{line.look} above") for block in words for line in block.lines[:1]]
    cells = [placed for grid in grids for row in grid.rows for placed in row.cells if placed.cell]
    lines += [line for placed in cells if placed.cell for line in placed.cell.lines]
    return {
        "grids": {grid.number: grid for grid in grids},
        "looks": sorted({line.look for line in lines}),
        "look_name": _look_name,
        "cell_styles": sorted({placed.style for placed in cells}),
    }


def _look_name(look: str) -> str:
    return "L" + "".join(word.capitalize() for word in look.split())


def _text(text: str) -> Markup:
    """Escaped, with spaces that ODF would fold kept as its own element."""
    return Markup(_RUN_OF_SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', str(escape(text))))  # noqa: S704


def _placed(number: int, grid: Grid) -> PlacedGrid:
    """Which column each cell begins in, what is covered, and which edges of the frame it has."""
    covered: set[tuple[int, int]] = set()
    rows, width = [], len(grid.widths_mm)
    for y, row in enumerate(grid.rows):
        cells, waiting = [], iter(row.cells)
        for x in range(width):
            if (x, y) in covered:
                cells.append(Placed(None))
                continue
            cell = next(waiting, Cell())
            covered |= {(x + dx, y + dy) for dx in range(cell.columns) for dy in range(cell.rows)}
            cells.append(Placed(cell, "".join(_style(grid, cell, x, y))))
        rows.append(PlacedRow(row, tuple(cells)))
    return PlacedGrid(number, grid, tuple(rows))


def _style(grid: Grid, cell: Cell, x: int, y: int) -> Iterator[str]:
    """The name of a cell's style: frame, edges of the grid that it touches, place of its text."""
    yield grid.frame
    if grid.frame == "double":
        edges = {"T": y == 0, "L": x == 0, "R": x + cell.columns == len(grid.widths_mm)}
        edges["B"] = y + cell.rows == len(grid.rows)
        yield "".join(edge for edge, touches in edges.items() if touches)
    yield f"-{cell.place}"
