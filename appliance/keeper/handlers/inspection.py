"""The daily inspection and its repair tickets, for pages. The book judges; this carries, and says what may be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import Refused, UsageError
from appliance.keeper.arguments import asked_day
from appliance.keeper.context import Keeper
from appliance.keeper.ink import Inked, inked_act
from appliance.keeper.rights import check_own, require
from appliance.protocol.transport import Message, Reply
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.facts import Judged, Reported, Signing
from appliance.rules.inspection.guards import tickets_of
from appliance.rules.inspection.rows import HEADS, OFFICERS, RowEvent, RowState, TicketEvent, TicketState, ticket_step
from appliance.services.inspection.daybook import DayFile, TicketFile
from appliance.services.people.login import Seat, Session

__all__ = ["VERBS"]

_SEE = "see-inspection"


def _seat(keeper: Keeper, arguments: dict[str, Any], roles: Collection[str]) -> Seat:
    """Whoever acts, with one of ``roles``. Raises Refused."""
    session = require(keeper, arguments, _SEE)
    by = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if by is None or not set(roles) & set(by.roles):
        raise Refused(f"inspection: whoever does this must be logged in here as {' or '.join(sorted(roles))}")
    return by


def _officer(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    """Somebody here who inspects. Raises Refused."""
    session = require(keeper, arguments, _SEE)
    by = next((seat for seat in session.seats if OFFICERS & set(seat.roles)), None)
    if by is None:
        raise Refused.of("officer-role")
    return by


def _signer(keeper: Keeper, arguments: dict[str, Any], roles: Collection[str]) -> Seat:
    """Whoever signs, with the password typed for this very act."""
    by = _seat(keeper, arguments, roles)
    return keeper.logins.reauthenticate(str(arguments["session"]), by.seat, str(arguments["password"]))


def _signed(
    keeper: Keeper, arguments: dict[str, Any], roles: Collection[str], event: RowEvent, days: Collection[date]
) -> tuple[Seat, Inked | None]:
    """The person who signs here, or who signed the sheet that somebody here enters (``AT-73``): its scan is filed with
    one of the days that the sheet is about."""
    if not arguments.get("ink"):
        return _signer(keeper, arguments, roles), None
    seat = _signer(keeper, arguments, OFFICERS)
    signed = inked_act(keeper, arguments, seat, event, [f"inspection/{on.isoformat()}" for on in days])
    return (signed.seat(seat), signed) if signed else (seat, None)


def _day(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """One row in full; today's where no day is named."""
    session = require(keeper, arguments, _SEE)
    on = asked_day("inspection", arguments["day"]) if arguments.get("day") else day_of(keeper.clock.wall_ns())
    file = keeper.inspections.day(on)
    event = RowEvent.SIGN_LATE if file.row.state is RowState.MISSED else RowEvent.SIGN
    told = _row_fields(keeper, file) | {
        "sign": str(event),
        "may_sign": any(OFFICERS & set(seat.roles) for seat in session.seats),
        "lacking": list(keeper.inspections.lacking(on, event)),
        "stampers": _stampers(keeper, session, file),
        "values": [list(value) for value in file.values],
    }
    return Reply({"now_ns": keeper.clock.wall_ns(), "row": told, "tickets": _tickets(keeper)})


def _month(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The rows of a month, ``month`` as 2026-11; the present one where none is named."""
    session = require(keeper, arguments, _SEE)
    today = day_of(keeper.clock.wall_ns())
    first = asked_day("inspection", f"{arguments['month']}-01") if arguments.get("month") else today.replace(day=1)
    files = keeper.inspections.days(first, _last_of(first))
    rows = [_row_fields(keeper, file) | {"stampers": _stampers(keeper, session, file)} for file in files]
    return Reply(
        {
            "now_ns": keeper.clock.wall_ns(),
            "month": f"{first:%Y-%m}",
            "rows": rows,
            "missed": [on.isoformat() for on in keeper.inspections.missed()],
            "reviews": keeper.inspections.overridden(),
            "tickets": _tickets(keeper),
        }
    )


def _last_of(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _row_fields(keeper: Keeper, file: DayFile) -> dict[str, Any]:
    row = file.row
    tickets = [ticket.number for ticket in tickets_of(row, [each.ticket for each in keeper.inspections.tickets()])]
    return {
        "day": row.on.isoformat(),
        "state": str(row.state),
        "working": keeper.inspections.is_working(row.on),
        "begun_late": row.begun_late,
        "items": [msgspec.to_builtins(item) | {"opened": item.key in row.opened} for item in row.items],
        "proposals": [msgspec.to_builtins(told) for told in file.proposals],
        "boxes": list(row.boxes),
        "signed_ns": row.signed_ns,
        "inspector": file.inspector_name,
        "inspector_account": row.inspector,
        "handling": file.handling,
        "judged": {key: msgspec.to_builtins(judged) for key, judged in file.judged.items()},
        "late": row.late,
        "late_words": file.late_words,
        "tickets": tickets if row.boxes else [],
        "stamped_ns": file.stamped_ns,
        "stamped_by": file.stamped_name,
        "stamped_account": file.stamped_by,
        "deputy": file.deputy,
        "filed_ns": file.filed_ns,
        "ink": {what: msgspec.to_builtins(ink) for what, ink in file.ink.items()},
        "damaged": file.damaged,
    }


def _stampers(keeper: Keeper, session: Session, file: DayFile) -> list[int]:
    """The seats here whose stamp the row would take now: never the inspector's (``AT-18``)."""
    if file.row.state not in (RowState.INSPECTED, RowState.FAULT, RowState.REPAIRED):
        return []
    return [
        seat.seat
        for seat in session.seats
        if HEADS & set(seat.roles) and not keeper.inspections.lacking(file.row.on, RowEvent.STAMP, person=seat.person)
    ]


def _tickets(keeper: Keeper) -> list[dict[str, Any]]:
    return [_ticket_fields(file) for file in keeper.inspections.tickets()]


def _ticket_fields(file: TicketFile) -> dict[str, Any]:
    ticket = file.ticket
    return {
        "ticket": ticket.number,
        "day": ticket.on.isoformat(),
        "box": ticket.box,
        "state": str(ticket.state),
        "camera_no": file.camera_no,
        "findings": list(ticket.keys),
        "found_ns": file.found_ns,
        "opened_ns": ticket.opened_ns,
        "mended_ns": ticket.mended_ns,
        "lost_ns": file.told_lost_ns,
        "next": [str(event) for event in TicketEvent if ticket_step(ticket.state, event)],
        "history": [msgspec.to_builtins(deed) for deed in file.history],
    }


def _opened(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """An officer looks at what failed (``AT-15``)."""
    _officer(keeper, arguments)
    keeper.inspections.open_item(asked_day("inspection", arguments["day"]), str(arguments["item"]))
    return Reply({})


def _propose(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The tests propose now, in place of their next hour."""
    _officer(keeper, arguments)
    keeper.inspections.propose()
    return Reply({})


def _sign(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    judged = arguments.get("judged", {})
    try:
        said = {str(key): msgspec.convert(each, Judged) for key, each in dict(judged).items()}
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise UsageError("inspection: what was said of the findings cannot be read; open the page again") from error
    signing = Signing(
        normal=bool(arguments.get("normal")),
        boxes=tuple(str(box) for box in arguments.get("boxes", ())),
        judged=said,
        handling=str(arguments.get("handling", "")),
        late=str(arguments.get("late", "")),
        late_words=str(arguments.get("late_words", "")),
    )
    on = asked_day("inspection", arguments["day"])
    by, signed = _signed(keeper, arguments, OFFICERS, RowEvent.SIGN, [on])
    file = keeper.inspections.sign(str(arguments["act"]), by, on, signing, signed.ink if signed else None)
    return Reply({"state": str(file.row.state)})


def _stamp(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    days = [asked_day("inspection", day) for day in arguments["days"]]
    by, signed = _signed(keeper, arguments, HEADS, RowEvent.STAMP, days)
    acting = signed.acting if signed else keeper.people.book.acting_of(by.person)
    keeper.inspections.stamp(str(arguments["act"]), by, days, acting=acting, ink=signed.ink if signed else None)
    return Reply({})


def _file(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    month = asked_day("inspection", f"{arguments['month']}-01")
    rows = keeper.inspections.days(month, _last_of(month))
    by, signed = _signed(keeper, arguments, OFFICERS, RowEvent.FILE, [file.row.on for file in rows])
    ink = signed.ink if signed else None
    files = keeper.inspections.file_month(str(arguments["act"]), by, month, ink=ink)
    return Reply({"rows": len(files)})


def _texts(arguments: Mapping[str, Any]) -> dict[str, str]:
    names = ("to", "how", "text", "who", "cause", "parts", "cost", "removed")
    return {name: str(arguments.get(name, "")) for name in names}


def _report(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    by = check_own(keeper, arguments, _seat(keeper, arguments, OFFICERS))
    camera_no = str(arguments.get("camera", ""))
    if camera_no and camera_no not in {camera.camera_no for camera in keeper.registry.cameras}:
        raise UsageError(f"ticket: there is no camera {camera_no[:20]}")
    told = Reported(
        box=str(arguments["box"]),
        keys=[str(key) for key in arguments.get("findings", ())],
        camera_no=camera_no,
        on=asked_day("ticket", arguments["day"]) if arguments.get("day") else None,
    )
    file = keeper.inspections.report(str(arguments["act"]), by, told, _texts(arguments))
    return Reply({"ticket": file.ticket.number})


def _advance(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    by = check_own(keeper, arguments, _seat(keeper, arguments, OFFICERS))
    try:
        event = TicketEvent(str(arguments["event"]))
    except ValueError as error:
        raise UsageError(f"ticket: there is no step {str(arguments['event'])[:20]!r}") from error
    file = keeper.inspections.advance(str(arguments["act"]), by, str(arguments["ticket"]), event, _texts(arguments))
    return Reply({"state": str(file.ticket.state), "closed": file.ticket.state is TicketState.CLOSED})


VERBS = {
    "inspection.day": _day,
    "inspection.month": _month,
    "inspection.opened": _opened,
    "inspection.propose": _propose,
    "inspection.sign": _sign,
    "inspection.stamp": _stamp,
    "inspection.file": _file,
    "ticket.report": _report,
    "ticket.advance": _advance,
}
