"""What the keeper answers about exports to the archive (歸檔)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from appliance.protocol.archive import (
    ARCHIVE_BEGIN,
    ARCHIVE_MADE,
    ARCHIVE_MONTHS,
    ArchiveBegin,
    ArchiveBegun,
    ArchiveMade,
    ArchiveMonths,
    ClosedMonth,
)
from appliance.protocol.endpoint import Done, Served, SessionRequest, serves
from appliance.rules.people import ARCHIVERS
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.listing import Listing
from appliance.services.people.rights import Rights

__all__ = ["ArchiveHandlers"]


class ArchiveHandlers:
    """Over the book of exports and the list of cases."""

    def __init__(self, rights: Rights, exports: ArchiveBook, cases: Listing, *, today: Callable[[], date]) -> None:
        self._rights, self._exports, self._cases, self._today = rights, exports, cases, today

    def served(self) -> tuple[Served, ...]:
        return (
            serves(ARCHIVE_MONTHS, self._months),
            serves(ARCHIVE_BEGIN, self._begin),
            serves(ARCHIVE_MADE, self._made),
        )

    def _months(self, request: SessionRequest) -> ArchiveMonths:
        self._rights.session(request).seat_of(ARCHIVERS)
        closed = sorted(self._cases.closed().items(), reverse=True)
        months = tuple(ClosedMonth(month=month, cases=len(keys)) for month, keys in closed)
        return ArchiveMonths(this=f"{self._today():%Y-%m}", months=months, exports=tuple(self._exports.all()))

    def _begin(self, request: ArchiveBegin) -> ArchiveBegun:
        by = self._rights.acting(request, ARCHIVERS)
        keys = self._cases.closed().get(request.month, [])
        index = self._exports.begin(request.act, by, request.month, keys)
        return ArchiveBegun(archive=index, cases=tuple(keys))

    def _made(self, request: ArchiveMade) -> Done:
        """Only the person who began an export ends it."""
        session = self._rights.session(request)
        session.seat_of(ARCHIVERS)
        beginner = self._exports.beginner(request.archive)
        by = next((seat for seat in session.seats if seat.person == beginner), session.seats[0])
        self._exports.made(request.act, by, request.archive, sha256=request.sha256, size=request.bytes)
        return Done()
