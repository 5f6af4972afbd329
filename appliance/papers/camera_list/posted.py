"""A page as it was saved from the office's website, read for the list that stands on it, whatever site it is part of.

What people see is what counts: the cells of the table, not the hash that is printed below it. So an edit by hand is
found (``T-67``), and a frame that the website puts around the table is not taken for one.
"""

from __future__ import annotations

from html.parser import HTMLParser

from appliance.core.errors import UsageError
from appliance.papers.camera_list.files import HEADINGS
from appliance.rules.cameras.publication import ListRow, PublicList

__all__ = ["MOST_BYTES", "read_page"]

MOST_BYTES = 4 << 20
_SOUND = {"有": True, "無": False}
_CELLS = ("td", "th")


def read_page(data: bytes) -> PublicList:
    """The list on the page. Raises UsageError that says why none can be read."""
    if len(data) > MOST_BYTES:
        raise UsageError.of("list-large", bytes=len(data), most=MOST_BYTES >> 20)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError.of("list-encoding") from error
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if len(reader.tables) != 1:
        raise UsageError.of("list-many", lists=len(reader.tables)) if reader.tables else UsageError.of("list-none")
    head, *rows = reader.tables[0] or [()]
    if tuple(head) != HEADINGS:
        raise UsageError.of("list-columns", columns="、".join(HEADINGS))
    found = [_row(cells) for cells in rows]
    units = {(cells[4], cells[5]) for cells in rows}
    if len(units) > 1:
        raise UsageError.of("list-units")
    unit, phone = units.pop() if units else ("", "")
    return PublicList(unit=unit, phone=phone, rows=tuple(found))


def _row(cells: tuple[str, ...]) -> ListRow:
    area, numbers, count, sound, *_ = cells if len(cells) == len(HEADINGS) else ("",) * len(HEADINGS)
    row = ListRow(area=area, sound=_SOUND.get(sound, False), numbers=tuple(numbers.split("、")))
    if sound not in _SOUND or count != str(row.count):
        raise UsageError.of("page-edited", row=" ".join(cells)[:60])
    return row


class _Reader(HTMLParser):
    """Collects the rows of each table that bears the list's class, with white space as a browser shows it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[str, ...]]] = []
        self._depth = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            classes = (dict(attrs).get("class") or "").split()
            if self._depth or "camera-list" in classes:
                self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth and tag in _CELLS:
            self._end_cell()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if not self._depth:
            return
        if tag in _CELLS:
            self._end_cell()
        elif tag in ("tr", "thead", "tbody"):
            self._end_row()
        elif tag == "table":
            self._end_row()
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(" ".join("".join(self._cell).split()))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self.tables[-1].append(tuple(self._row))
        self._row = None
