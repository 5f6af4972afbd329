"""What waits of the daily inspection: rows to sign, to stamp and to file, and repair tickets that go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from appliance.custody.duties.waits import Fit, Waits, holding
from appliance.custody.inspection.book import InspectionBook
from appliance.custody.inspection.daybook import DayFile, TicketFile
from appliance.custody.login import Seat
from appliance.rules.duties import DeskDuty, due_on
from appliance.rules.inspection.rows import HEADS, OFFICERS, TICKET_STEPS, RowEvent, RowState, TicketState

__all__ = ["of_inspection"]

_FIRST_DAY = date(1970, 1, 1)
_UNSIGNED = (RowState.OPEN, RowState.PROPOSED, RowState.MISSED)
_UNSTAMPED = (RowState.INSPECTED, RowState.FAULT, RowState.REPAIRED)


def of_inspection(book: InspectionBook, today: date) -> Iterator[Waits]:
    """A day off is signed for on the first working day after it (``D-12``)."""
    months = set[date]()
    for file in book.days(_FIRST_DAY, today):
        on, state = file.row.on, file.row.state
        if state in _UNSIGNED and (on < today or book.is_working(on)):
            event = RowEvent.SIGN_LATE if state is RowState.MISSED else RowEvent.SIGN
            yield _row(file, event, today)
        elif state in _UNSTAMPED:
            yield _row(file, RowEvent.STAMP, today)
        elif state is RowState.STAMPED and on < today.replace(day=1):
            months.add(on.replace(day=1))
    for month in sorted(months):
        duty = DeskDuty(sort="month", key=f"{month:%Y-%m}", act=str(RowEvent.FILE), state=str(RowState.STAMPED))
        yield Waits(duty, "officer", holding(OFFICERS))
    for each in book.tickets():
        if each.ticket.state is not TicketState.CLOSED:
            yield _ticket(each)


def _ticket(file: TicketFile) -> Waits:
    ticket = file.ticket
    step = next(step for step in TICKET_STEPS if ticket.state in step.sources)
    act, state = str(step.event), str(ticket.state)
    duty = DeskDuty(sort="ticket", key=ticket.number, number=ticket.number, act=act, state=state)
    return Waits(duty, "officer", holding(OFFICERS))


def _row(file: DayFile, event: RowEvent, today: date) -> Waits:
    stamps = event is RowEvent.STAMP
    on = file.row.on
    due = None if stamps else due_on("row", on if event is RowEvent.SIGN else on + timedelta(days=1), today)
    duty = DeskDuty(sort="row", key=on.isoformat(), act=str(event), state=str(file.row.state), due=due)
    return Waits(duty, "unit_head" if stamps else "officer", _stamping(file) if stamps else holding(OFFICERS))


def _stamping(file: DayFile) -> Fit:
    """Whoever signed a row does not stamp it (``AT-18``)."""
    able = holding(HEADS)

    def fit(seat: Seat) -> str:
        return "" if seat.person == file.row.inspector else able(seat)

    return fit
