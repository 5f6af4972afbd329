"""Exports to the archive (歸檔), for pages: which months have closed cases, beginning an export, and what came out."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.keeper.context import Keeper
from appliance.keeper.rights import acting
from appliance.protocol.transport import Message, Reply
from appliance.rules.people import ARCHIVERS
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.people.login import Seat, Session

__all__ = ["VERBS", "exporter_of"]


def _by(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    """Raises Refused."""
    return keeper.logins.session(str(arguments["session"])).seat_of(ARCHIVERS)


def _book(keeper: Keeper) -> ArchiveBook:
    return ArchiveBook(keeper.stores.acts, keeper.ledger)


def _months(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    _by(keeper, arguments)
    months = [{"month": month, "cases": len(keys)} for month, keys in keeper.case_list.closed().items()]
    months.sort(key=lambda each: str(each["month"]), reverse=True)
    this = f"{keeper.people.book.today():%Y-%m}"
    return Reply({"this": this, "months": months, "exports": msgspec.to_builtins(_book(keeper).all())})


def exporter_of(keeper: Keeper, session: Session, archive: int, case: str) -> Seat:
    """As :meth:`ArchiveBook.exporter`."""
    return _book(keeper).exporter(session, archive, case)


def _begin(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Enters the export of a month; the cases that go out, in the order of their numbers."""
    _by(keeper, arguments)
    by, month = acting(keeper, arguments, ARCHIVERS), str(arguments["month"])
    keys = keeper.case_list.closed().get(month, [])
    index = _book(keeper).begin(str(arguments["act"]), by, month, keys)
    return Reply({"archive": index, "cases": keys})


def _made(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Only the person who began an export ends it."""
    _by(keeper, arguments)
    index, size = int(arguments["archive"]), int(arguments["bytes"])
    session = keeper.logins.session(str(arguments["session"]))
    by = next((seat for seat in session.seats if seat.person == _book(keeper).beginner(index)), session.seats[0])
    _book(keeper).made(str(arguments["act"]), by, index, sha256=str(arguments["sha256"]), size=size)
    return Reply({})


VERBS = {"archive.months": _months, "archive.begin": _begin, "archive.made": _made}
