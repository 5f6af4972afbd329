"""The published list of cameras, for pages: what it is, its files, posting, confirming, comparing. Custody judges."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from appliance.core.errors import NotWritable, Refused, UsageError
from appliance.keeper.context import Keeper
from appliance.keeper.rights import check_own, require
from appliance.keeper.tasks.camera import tell_board
from appliance.papers.camera_list.files import csv_of, html_of, ods_of
from appliance.protocol.transport import Message, Reply
from appliance.rules.cameras.duties import duties_of
from appliance.rules.deadlines import day_of
from appliance.services.people.login import Seat

__all__ = ["VERBS"]


def _publication(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The list in force, whether it is what is posted, every posting, and what is owed around the cameras."""
    require(keeper, arguments, "see-cameras")
    book, today = keeper.publications, day_of(keeper.clock.wall_ns())
    current, board, months = book.current, book.board(), keeper.cameras.world.filing().review_months
    told = {
        "list": current,
        "digest": current.digest,
        "count": current.count,
        "as_of": book.as_of,
        "board": {"state": board.state, "red": board.red, "due": board.due, "late": board.is_late(today)},
        "postings": [posting._asdict() for posting in book.postings()],
        "duties": [duty._asdict() for duty in duties_of(keeper.cameras.fleet.all(), today, months)],
    }
    return Reply(dict(msgspec.to_builtins(told)))


def _file(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """``format``: html, csv or ods; the name under which it is saved."""
    require(keeper, arguments, "see-cameras")
    book, kind = keeper.publications, str(arguments["format"])
    current, as_of, trial = book.current, book.as_of, keeper.registry.trial
    if kind == "html":
        data = html_of(current, as_of, keeper.packs.in_force().pack.office.name, trial=trial)
    elif kind == "csv":
        data = csv_of(current, as_of, trial=trial)
    elif kind == "ods":
        data = ods_of(current, as_of, trial=trial)
    else:
        raise UsageError(f"publication: {kind[:10]!r} is no format of the list; choose html, csv or ods")
    return Reply({"name": f"cameras-{as_of:%Y%m%d}.{kind}", "digest": current.digest}, data)


def _seat(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    session = require(keeper, arguments, "see-cameras")
    found = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if found is None:
        raise Refused.of("people-absent", thing="publication")
    return found


def _tell(keeper: Keeper) -> None:
    """The status page and the board of duties say the same from now on; where it cannot be entered, in a minute."""
    with contextlib.suppress(NotWritable):
        tell_board(keeper)


def _post(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The body is the page as it was saved from the website."""
    by = check_own(keeper, arguments, _seat(keeper, arguments))
    posting = keeper.publications.post(str(arguments["act"]), by, str(arguments["url"]), message.body)
    _tell(keeper)
    return Reply({"entry": posting.entry, "digest": posting.digest})


def _confirm(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """By the person in ``seat``, whose password was typed for this very act."""
    by = _seat(keeper, arguments)
    by = keeper.logins.reauthenticate(str(arguments["session"]), by.seat, str(arguments["password"]))
    posting = keeper.publications.confirm(str(arguments["act"]), by, int(arguments["entry"]))
    _tell(keeper)
    return Reply({"entry": posting.entry, "red": keeper.publications.board().red})


def _check(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The body is the page as it was saved from the website now."""
    by = check_own(keeper, arguments, _seat(keeper, arguments))
    found = keeper.publications.check(str(arguments["act"]), by, message.body)
    _tell(keeper)
    return Reply({"differences": [list(each) for each in found], "red": keeper.publications.board().red})


VERBS = {
    "publication": _publication,
    "publication.file": _file,
    "publication.post": _post,
    "publication.confirm": _confirm,
    "publication.check": _check,
}
