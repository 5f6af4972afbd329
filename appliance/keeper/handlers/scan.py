"""Scans of signed papers, for pages: bringing one piece by piece, the list, a page as a picture, the file, striking.

Each verb names the session. A case, a hold, a person, a camera's version or a line of a
register is known here by its number alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import Damaged, NotFound, Refused
from appliance.keeper.arguments import asked_day
from appliance.keeper.context import Keeper
from appliance.keeper.handlers.archive import exporter_of
from appliance.keeper.handlers.case import visible_key
from appliance.keeper.rights import acting, pair_of, require
from appliance.keeper.tasks.scan import ScanWatch
from appliance.protocol.transport import Message, Reply
from appliance.rules.cameras.states import ENDS
from appliance.rules.cases.states import State
from appliance.rules.deadlines import day_of
from appliance.rules.registers.tables import REGISTERS
from appliance.rules.scans import (
    DESTROYERS,
    GETTERS,
    TAKERS,
    TYPES,
    camera_papers,
    check_destroyed,
    check_type,
    destroyed_from,
    subject_of,
    version_of_papers,
)
from appliance.services.people.login import Seat, Session
from appliance.services.scans.file import read_sealed
from appliance.services.scans.record import Paper, Scan, checked_paper

__all__ = ["VERBS"]


def _subject(keeper: Keeper, arguments: dict[str, Any], of: str) -> tuple[Session, str]:
    """The session, if somebody in it may see what the scan belongs to; and the one name that this has, however it was
    written. Raises NotFound, Refused."""
    row, name, text = subject_of(of)
    if name == "case":
        session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
        return session, f"case/{visible_key(keeper, session, text)}"
    session = require(keeper, arguments, row.see)
    if name == "inspection":
        number = keeper.inspections.day(asked_day("inspection", text)).row.on.isoformat()
    elif name == "register":
        number = keeper.registers.find(text).item.number
    elif name == "camera":
        version = keeper.cameras.fleet.get(*version_of_papers(text))
        return session, camera_papers(version.camera_no, version.version)
    else:
        number = keeper.holds.get(text).number if name == "hold" else keeper.people.book.get(text).name
    return session, f"{name}/{number}"


def _named(keeper: Keeper, of: str) -> str:
    """What ``of`` is called on pages and in addresses: a case by its number, once it has one."""
    name, _, key = of.partition("/")
    number = keeper.cases.file(key).case.number if name == "case" and keeper.cases.knows(key) else ""
    return f"case/{number}" if number else of


def _seen(keeper: Keeper, arguments: dict[str, Any]) -> tuple[Session, Scan]:
    """A scan that is named, for somebody who may see it; a struck one only for who may have the file. Nobody who is
    not logged in learns whether there is one."""
    keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    scan = keeper.scans.get(str(arguments["scan"]))
    if "/" not in scan.of:
        raise NotFound(f"scan {scan.number}: its record is gone or does not open")
    session, _ = _subject(keeper, arguments, scan.of)
    if scan.struck_ns and not _has(session, GETTERS):
        raise Refused.of("scan-struck-unseen", number=scan.number)
    return session, scan


def _masked(keeper: Keeper, session: Session, scan: Scan) -> bool:
    """Whether it shows identifiers that are masked for this log-in: those of a case that it does not see in full."""
    name, _, key = scan.of.partition("/")
    return name == "case" and keeper.cases.knows(key) and not keeper.case_uses.full(session, keeper.cases.file(key))


def _need_shown(keeper: Keeper, session: Session, scan: Scan) -> None:
    """Raises Refused."""
    if _masked(keeper, session, scan):
        raise Refused(f"scan {scan.number}: it shows what is masked for you; give a reason on its case's page")


def _has(session: Session, roles: Collection[str]) -> bool:
    return any(set(seat.roles) & set(roles) for seat in session.seats)


# --- bringing one ---


def _begin(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    paper = Paper(
        of=str(arguments["of"]),
        kind=str(arguments["kind"]),
        name=str(arguments["name"]),
        note=str(arguments.get("note", "")),
    )
    session, of = _subject(keeper, arguments, paper.of)
    session.seat_of(TAKERS)
    checked_paper(paper)
    by = acting(keeper, arguments, TAKERS)
    paper = msgspec.structs.replace(paper, of=of)
    return Reply({"upload": keeper.uploads.begin(session.session_id, paper, by.person)})


def _more(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = keeper.logins.session(str(arguments["session"]))
    keeper.uploads.add(session.session_id, str(arguments["upload"]), message.body)
    return Reply({})


def _drop(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = keeper.logins.session(str(arguments["session"]), active=False)
    keeper.uploads.drop(session.session_id, str(arguments["upload"]))
    return Reply({})


def _put(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The file is there as a whole: a confined child looks at it, and only then is it taken in, in the name of
    the person who began the upload."""
    session = keeper.logins.session(str(arguments["session"]))
    session.seat_of(TAKERS)
    brought = keeper.uploads.finish(session.session_id, str(arguments["upload"]))
    try:
        by = _bringer(session, brought.by)
        _subject(keeper, arguments, brought.paper.of)
        kind, pages = keeper.looker.look_at(
            lambda: read_sealed(keeper.fs, brought.path, brought.sealed.sealed_bytes, brought.key, brought.file_id)
        )
        check_type(brought.paper.name, kind)
    except Exception:
        keeper.scans.discard(brought.file_id)
        raise
    scan = keeper.scans.put(
        str(arguments["act"]), by, brought.paper, brought.file_id, brought.key, brought.sealed, (kind, pages)
    )
    return Reply({"scan": scan.number, "of": scan.of, "pages": scan.pages})


def _bringer(session: Session, person: str) -> Seat:
    found = next((seat for seat in session.seats if seat.person == person and set(seat.roles) & TAKERS), None)
    if found is None:
        raise Refused.of("scan-bringer")
    return found


# --- looking ---


def _scans(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, of = _subject(keeper, arguments, str(arguments["of"]))
    row, _, _ = subject_of(of)
    return Reply(
        {
            "of": of,
            "named": _named(keeper, of),
            "kinds": list(row.kinds),
            "scans": [scan.as_map() for scan in keeper.scans.of(of)],
            "may_take": _has(session, TAKERS),
            "may_get": _has(session, GETTERS),
        }
    )


def _scan(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, scan = _seen(keeper, arguments)
    return Reply(
        {
            "scan": scan.as_map(),
            "named": _named(keeper, scan.of),
            "may_take": _has(session, TAKERS),
            "may_get": _has(session, GETTERS),
            "masked": _masked(keeper, session, scan),
            "may_destroy": _destroys(session),
            "destroyed_from": destroyed_from(ended).isoformat() if (ended := _ended(keeper, scan)) else "",
            "term_over": _term_over(keeper, scan),
        }
    )


def _page(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, scan = _seen(keeper, arguments)
    number = int(arguments["page"])
    if not 1 <= number <= scan.pages:
        raise NotFound(f"scan {scan.number}: there is no page {number}; it has {scan.pages}")
    _need_shown(keeper, session, scan)
    _looked(keeper, session, scan)
    return Reply({}, keeper.looker.page(lambda: _opened(keeper, scan), number))


def _original(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The file, for those who may have it; in an export to the archive, for the person who began the export."""
    session, scan = _seen(keeper, arguments)
    session.seat_of(GETTERS)
    _need_shown(keeper, session, scan)
    archive = int(arguments.get("archive") or 0)
    if archive:
        by = exporter_of(keeper, session, archive, scan.of.removeprefix("case/"))
    else:
        by = acting(keeper, arguments, GETTERS)
    blocks = _opened(keeper, scan)
    keeper.scans.used(by, scan.number, what="original", once="")
    file = TYPES[scan.type]
    return Reply({"type": file.mime, "name": f"{scan.number}.{file.suffixes[0]}", "bytes": scan.sealed.bytes}, blocks)


def _opened(keeper: Keeper, scan: Scan) -> Any:
    try:
        return keeper.scans.open(scan.number)
    except Damaged:
        ScanWatch(keeper).check(scan)
        raise


def _looked(keeper: Keeper, session: Session, scan: Scan) -> None:
    """Entered once for each log-in and scan."""
    by = _who(session)
    keeper.scans.used(
        by, scan.number, what="pages", once=f"pages of {scan.number} by {by.person} in {session.session_id}"
    )


def _who(session: Session) -> Seat:
    """The one of those here who may have files, or the first."""
    return next((seat for seat in session.seats if set(seat.roles) & GETTERS), session.seats[0])


def _strike(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    _, scan = _seen(keeper, arguments)
    by = acting(keeper, arguments, TAKERS)
    keeper.scans.strike(str(arguments["act"]), by, scan.number, reason=str(arguments["reason"]))
    return Reply({"of": scan.of})


# --- when its term is over ---


def _ended(keeper: Keeper, scan: Scan) -> date | None:
    """The day on which what the scan belongs to was over; None while it is not."""
    name, _, number = scan.of.partition("/")
    ended_ns = 0
    if name == "hold":
        ended_ns = keeper.holds.get(number).ended_ns
    elif name == "person":
        ended_ns = keeper.people.book.get(number).closed_ns if number else 0
    elif name == "inspection":
        ended_ns = keeper.inspections.day(asked_day("inspection", number)).filed_ns
    elif name == "camera":
        version = keeper.cameras.fleet.get(*version_of_papers(number))
        return version.ended_on if version.state in ENDS else None
    elif name == "register":
        line = keeper.registers.find(number)
        ended_ns = 0 if REGISTERS[line.item.register].possible(line.item.state) else line.deeds[-1].at_ns
    elif (file := keeper.cases.file(number)).case.state is State.CLOSED:
        ended_ns = max(deed.at_ns for deed in file.deeds if deed.event)
    return day_of(ended_ns) if ended_ns else None


def _holds_about(keeper: Keeper, scan: Scan) -> list[str]:
    name, _, number = scan.of.partition("/")
    living = (held for held in keeper.holds.all() if held.living)
    return [held.number for held in living if name == "case" and held.case == number]


def _check_term(keeper: Keeper, scan: Scan) -> None:
    """Raises Refused; also while the clock is not trusted."""
    if not keeper.destruction.time_trusted():
        raise Refused(f"scan {scan.number}: the clock is not trusted; nothing is destroyed until it is")
    check_destroyed(scan.number, _ended(keeper, scan), keeper.people.book.today(), _holds_about(keeper, scan))


def _term_over(keeper: Keeper, scan: Scan) -> bool:
    try:
        _check_term(keeper, scan)
    except Refused:
        return False
    return not scan.destroyed_ns


def _destroys(session: Session) -> bool:
    """Whether two here may do it together."""
    return any(
        set(one.roles) & TAKERS and set(other.roles) & DESTROYERS and one.person != other.person
        for one in session.seats
        for other in session.seats
    )


def _destroy(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Two people destroy a scan whose term is over: officer or manager proposes, the director approves."""
    _, scan = _seen(keeper, arguments)
    pair = pair_of(keeper, arguments, DESTROYERS)
    if not scan.destroyed_ns:
        _check_term(keeper, scan)
    words = {name: str(arguments[name]) for name in ("reason", "document")}
    keeper.scans.destroy(str(arguments["act"]), pair, scan.number, **words)
    return Reply({"of": scan.of})


VERBS = {
    "scan.begin": _begin,
    "scan.more": _more,
    "scan.drop": _drop,
    "scan.put": _put,
    "scans": _scans,
    "scan": _scan,
    "scan.page": _page,
    "scan.original": _original,
    "scan.strike": _strike,
    "scan.destroy": _destroy,
}
