"""What waits of the daily inspection: rows to sign, to stamp and to file, and repair tickets that go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from appliance.rules.duties import DeskDuty, due_on
from appliance.rules.inspection.rows import (
    HEADS,
    OFFICERS,
    TICKET_STEPS,
    UNSIGNED,
    RowEvent,
    RowState,
    TicketEvent,
    TicketState,
)
from appliance.services.duties.waits import WaitingItem, holding
from appliance.services.inspection.book import InspectionBook
from appliance.services.inspection.daybook import DayFile, TicketFile

__all__ = ["of_inspection"]

_FIRST_DAY = date(1970, 1, 1)
_UNSTAMPED = (RowState.INSPECTED, RowState.FAULT, RowState.REPAIRED)


def of_inspection(book: InspectionBook, today: date) -> Iterator[WaitingItem]:
    """A day off is signed for on the first working day after it (``D-12``); what is at fault meanwhile, or after the
    signature, waits to be reported for repair. A month waits to be filed once all its rows
    are stamped; whoever signed a row does not stamp it (``AT-18``)."""
    stamped, going_on = set[date](), {today.replace(day=1)}
    for file in book.days(_FIRST_DAY, today):
        on, state = file.row.on, file.row.state
        if state in UNSIGNED and (on < today or book.is_working(on)):
            event = RowEvent.SIGN_LATE if state is RowState.MISSED else RowEvent.SIGN
            yield _row(file, event, today)
        elif state in _UNSTAMPED:
            yield _row(file, RowEvent.STAMP, today)
        if state is RowState.STAMPED:
            stamped.add(on.replace(day=1))
        elif state is not RowState.FILED:
            going_on.add(on.replace(day=1))
    for month in sorted(stamped - going_on):
        duty = DeskDuty(sort="month", key=f"{month:%Y-%m}", act=str(RowEvent.FILE), state=str(RowState.STAMPED))
        yield WaitingItem(duty, "officer", holding(OFFICERS))
    for each in book.tickets():
        if each.ticket.state is not TicketState.CLOSED:
            yield _ticket(each)
    for item in book.unreported():
        duty = DeskDuty(sort="ticket", key=item.key, act=str(TicketEvent.REPORT), due=due_on("repair", today, today))
        yield WaitingItem(duty, "officer", holding(OFFICERS))


def _ticket(file: TicketFile) -> WaitingItem:
    """Its next step. Where a firm has come, another visit may follow, but its repair is what leads on."""
    ticket = file.ticket
    step = next(each for each in TICKET_STEPS if ticket.state in each.sources and each.target is not ticket.state)
    act, state = str(step.event), str(ticket.state)
    duty = DeskDuty(sort="ticket", key=ticket.number, number=ticket.number, act=act, state=state)
    return WaitingItem(duty, "officer", holding(OFFICERS))


def _row(file: DayFile, event: RowEvent, today: date) -> WaitingItem:
    on, stamps = file.row.on, event is RowEvent.STAMP
    due = None if stamps else due_on("row", on if event is RowEvent.SIGN else on + timedelta(days=1), today)
    why = "faults" if file.row.items and not stamps else ""
    duty = DeskDuty(sort="row", key=on.isoformat(), act=str(event), state=str(file.row.state), why=why, due=due)
    if stamps:
        return WaitingItem(duty, "unit_head", holding(HEADS, file.row.inspector.__eq__))
    return WaitingItem(duty, "officer", holding(OFFICERS))
