"""What goes on from what, as the page of a case shows it (I11): what people said, and what its minutes offer."""

from __future__ import annotations

from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import LinksView, OtherCase
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.earlier import in_short
from appliance.services.cases.listing import Listing, row_of

__all__ = ["links_of"]


def links_of(book: CaseBook, listing: Listing, file: CaseFile) -> LinksView:
    """``offered``: of a letter that was received, the locked staff cases that asked for some of its minutes."""
    former = book.links.former_of(file.key)
    letter = file.case.kind is Kind.AGY and file.case.received_on is not None
    offered = [row for row in listing.locked(file.case.asked) if row.case != former] if letter else []
    return LinksView(
        former=_told(book, former) if former else None,
        followers=tuple(_told(book, each) for each in book.links.followers_of(file.key)),
        offered=tuple(map(in_short, offered)),
    )


def _told(book: CaseBook, key: str) -> OtherCase:
    return in_short(row_of(book.file(key)))
