"""Papers that are one list out of the books, a line a camera, a look: A4 across, and boxes for ink at the end. Pure."""

from __future__ import annotations

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.register_record import SignBox, sign_boxes
from appliance.papers.sheets.sheet import Row, Sheet, Words, lines_of, table

__all__ = ["ListRecord", "list_record"]


class ListRecord(Record, frozen=True, kw_only=True):
    """``rule``: the article that it carries out; ``said`` stands above the list, ``none`` in its place where it has no
    rows. ``names`` and ``widths_mm`` of its columns. ``signers``: who signs in ink."""

    title: str
    rule: str
    said: str
    names: tuple[str, ...]
    widths_mm: tuple[float, ...]
    rows: tuple[Row, ...]
    none: str
    signers: tuple[str, ...]


def list_record(paper: ListRecord, issue: Issue) -> Sheet:
    """Its heads stand again on every page."""
    boxes = tuple(SignBox(label=signer) for signer in paper.signers)
    return Sheet(
        code=paper.title,
        title=f"{issue.pack.office.name}　{paper.title}",
        banner=issue.banner(),
        foot=issue.foot(paper.title, paper.rule),
        landscape=True,
        type_pt=10,
        blocks=(
            Words(lines_of(paper.said)),
            table(paper.widths_mm, paper.names, paper.rows, paper.none),
            sign_boxes(boxes, whole_mm=sum(paper.widths_mm)),
        ),
    ).checked()
