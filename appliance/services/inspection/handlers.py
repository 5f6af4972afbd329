"""What the keeper answers about the daily inspection and its repair tickets. The book judges; this carries, and says
what may be done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from msgspec import structs

from appliance.core.clock import Clock
from appliance.core.errors import Refused, UsageError
from appliance.protocol.endpoint import ActRequest, Done, Served, SessionRequest, serves
from appliance.protocol.inspection import (
    ADVANCE_TICKET,
    FILE_MONTH,
    INSPECTION_DAY,
    INSPECTION_MONTH,
    OPEN_ITEM,
    PROPOSE,
    REPORT_FAULT,
    SIGN_ROW,
    STAMP_ROWS,
    AdvanceTicket,
    FileMonth,
    InspectedItemView,
    InspectionDay,
    InspectionDayRequest,
    InspectionMonth,
    InspectionMonthRequest,
    MonthFiled,
    OpenItem,
    ProposalView,
    ReportFault,
    RowView,
    SignedRow,
    SignRow,
    StampRows,
    TicketActView,
    TicketAdvanced,
    TicketOpened,
    TicketView,
)
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.facts import Reported, Signing
from appliance.rules.inspection.guards import tickets_of
from appliance.rules.inspection.rows import HEADS, OFFICERS, RowEvent, RowState, TicketEvent, TicketState, ticket_step
from appliance.services.asked_day import asked_day
from appliance.services.inspection.book import InspectionBook
from appliance.services.inspection.daybook import DayFile, TicketFile
from appliance.services.people.login import Seat, Session
from appliance.services.people.rights import Rights
from appliance.services.scans.ink_acts import InkActs, InkedAct

__all__ = ["InspectionHandlers"]

_SEE = "see-inspection"
_STAMPABLE = frozenset({RowState.INSPECTED, RowState.FAULT, RowState.REPAIRED})


class InspectionHandlers:
    """``acting_of``: the roles that an account holds for somebody else today; ``camera_numbers``: of the cameras that
    are recorded."""

    def __init__(
        self,
        rights: Rights,
        ink: InkActs,
        book: InspectionBook,
        clock: Clock,
        *,
        acting_of: Callable[[str], Collection[str]],
        camera_numbers: Callable[[], Collection[str]],
    ) -> None:
        self._rights, self._ink, self._book, self._clock = rights, ink, book, clock
        self._acting_of, self._camera_numbers = acting_of, camera_numbers

    def served(self) -> tuple[Served, ...]:
        return (
            serves(INSPECTION_DAY, self._day),
            serves(INSPECTION_MONTH, self._month),
            serves(OPEN_ITEM, self._open),
            serves(PROPOSE, self._propose),
            serves(SIGN_ROW, self._sign),
            serves(STAMP_ROWS, self._stamp),
            serves(FILE_MONTH, self._file),
            serves(REPORT_FAULT, self._report),
            serves(ADVANCE_TICKET, self._advance),
        )

    # --- looking ---

    def _day(self, request: InspectionDayRequest) -> InspectionDay:
        """One row in full."""
        session, now_ns = self._rights.require(request, _SEE), self._clock.wall_ns()
        on = asked_day("inspection", request.day) if request.day else day_of(now_ns)
        file, tickets = self._book.day(on), self._book.tickets()
        event = RowEvent.SIGN_LATE if file.row.state is RowState.MISSED else RowEvent.SIGN
        row = structs.replace(
            self._row(file, tickets, session),
            sign=str(event),
            may_sign=any(OFFICERS & set(seat.roles) for seat in session.seats),
            lacking=self._book.lacking(on, event),
            values=file.values,
        )
        return InspectionDay(now_ns=now_ns, row=row, tickets=tuple(_ticket(each) for each in tickets))

    def _month(self, request: InspectionMonthRequest) -> InspectionMonth:
        session, now_ns = self._rights.require(request, _SEE), self._clock.wall_ns()
        first = asked_day("inspection", f"{request.month}-01") if request.month else day_of(now_ns).replace(day=1)
        tickets = self._book.tickets()
        return InspectionMonth(
            now_ns=now_ns,
            month=f"{first:%Y-%m}",
            rows=tuple(self._row(file, tickets, session) for file in self._book.days(first, _last_of(first))),
            missed=tuple(on.isoformat() for on in self._book.missed()),
            reviews=self._book.overridden(),
            tickets=tuple(_ticket(each) for each in tickets),
        )

    def _row(self, file: DayFile, tickets: Sequence[TicketFile], session: Session) -> RowView:
        row = file.row
        under = tickets_of(row, [each.ticket for each in tickets]) if row.boxes else ()
        return RowView(
            day=row.on.isoformat(),
            state=str(row.state),
            working=self._book.is_working(row.on),
            begun_late=row.begun_late,
            items=tuple(InspectedItemView(**structs.asdict(item), opened=item.key in row.opened) for item in row.items),
            proposals=tuple(ProposalView(**structs.asdict(each)) for each in file.proposals),
            boxes=row.boxes,
            signed_ns=row.signed_ns,
            inspector=file.inspector_name,
            inspector_account=row.inspector,
            handling=file.handling,
            judged=dict(file.judged),
            late=row.late,
            late_words=file.late_words,
            tickets=tuple(ticket.number for ticket in under),
            stamped_ns=file.stamped_ns,
            stamped_by=file.stamped_name,
            stamped_account=file.stamped_by,
            deputy=file.deputy,
            filed_ns=file.filed_ns,
            ink=dict(file.ink),
            damaged=file.damaged,
            stampers=self._stampers(session, file),
        )

    def _stampers(self, session: Session, file: DayFile) -> tuple[int, ...]:
        """The seats here whose stamp the row would take now: never the inspector's (``AT-18``)."""
        if file.row.state not in _STAMPABLE:
            return ()
        heads = (seat for seat in session.seats if HEADS & set(seat.roles))
        lacking, on = self._book.lacking, file.row.on
        return tuple(seat.seat for seat in heads if not lacking(on, RowEvent.STAMP, person=seat.person))

    # --- the row ---

    def _open(self, request: OpenItem) -> Done:
        """An officer looks at what failed (``AT-15``)."""
        self._check_officer(request)
        self._book.open_item(asked_day("inspection", request.day), request.item)
        return Done()

    def _propose(self, request: SessionRequest) -> Done:
        """The tests propose now, in place of their next hour."""
        self._check_officer(request)
        self._book.propose()
        return Done()

    def _sign(self, request: SignRow) -> SignedRow:
        on = asked_day("inspection", request.day)
        signing = Signing(
            normal=request.normal,
            boxes=request.boxes,
            judged=request.judged,
            handling=request.handling,
            late=request.late,
            late_words=request.late_words,
        )
        by, signed = self._signed(request, request.ink, OFFICERS, RowEvent.SIGN, [on])
        file = self._book.sign(request.act, by, on, signing, signed.ink if signed else None)
        return SignedRow(str(file.row.state))

    def _stamp(self, request: StampRows) -> Done:
        days = [asked_day("inspection", day) for day in request.days]
        by, signed = self._signed(request, request.ink, HEADS, RowEvent.STAMP, days)
        acting = signed.acting if signed else self._acting_of(by.person)
        self._book.stamp(request.act, by, days, acting=acting, ink=signed.ink if signed else None)
        return Done()

    def _file(self, request: FileMonth) -> MonthFiled:
        month = asked_day("inspection", f"{request.month}-01")
        days = [file.row.on for file in self._book.days(month, _last_of(month))]
        by, signed = self._signed(request, request.ink, OFFICERS, RowEvent.FILE, days)
        files = self._book.file_month(request.act, by, month, ink=signed.ink if signed else None)
        return MonthFiled(len(files))

    # --- tickets ---

    def _report(self, request: ReportFault) -> TicketOpened:
        by = self._rights.own(request, self._seat(request, OFFICERS))
        if request.camera and request.camera not in self._camera_numbers():
            raise UsageError.of("ticket-camera", camera=request.camera[:20])
        reported = Reported(
            box=request.box,
            keys=request.findings,
            camera_no=request.camera,
            on=asked_day("ticket", request.day) if request.day else None,
        )
        file = self._book.report(request.act, by, reported, _words(request))
        return TicketOpened(file.ticket.number)

    def _advance(self, request: AdvanceTicket) -> TicketAdvanced:
        by = self._rights.own(request, self._seat(request, OFFICERS))
        try:
            event = TicketEvent(request.event)
        except ValueError as error:
            raise UsageError.of("ticket-step", event=repr(request.event[:20])) from error
        ticket = self._book.advance(request.act, by, request.ticket, event, _words(request)).ticket
        return TicketAdvanced(str(ticket.state), ticket.state is TicketState.CLOSED)

    # --- people ---

    def _check_officer(self, request: SessionRequest) -> None:
        """Raises Refused where nobody here inspects."""
        session = self._rights.require(request, _SEE)
        if not any(OFFICERS & set(seat.roles) for seat in session.seats):
            raise Refused.of("officer-role")

    def _seat(self, request: ActRequest, roles: Collection[str]) -> Seat:
        """The seat of the act, with one of ``roles``. Raises Refused."""
        session = self._rights.require(request, _SEE)
        by = next((seat for seat in session.seats if seat.seat == request.seat), None)
        if by is None or not set(roles) & set(by.roles):
            raise Refused.of("inspection-role", roles=" or ".join(sorted(roles)))
        return by

    def _signed(
        self,
        request: ActRequest,
        ink: dict[str, Any] | None,
        roles: Collection[str],
        event: RowEvent,
        days: Collection[date],
    ) -> tuple[Seat, InkedAct | None]:
        """The person who signs here with the password typed for this act, or who signed the sheet that an officer here
        enters (``AT-73``): its scan is filed with one of the days that the sheet is about."""
        seat = self._rights.proved(request, self._seat(request, OFFICERS if ink else roles))
        of = [f"inspection/{on.isoformat()}" for on in days]
        signed = self._ink.read(ink, seat, event, of, proved=bool(request.password))
        return (signed.seat(seat), signed) if signed else (seat, None)


def _last_of(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _ticket(file: TicketFile) -> TicketView:
    ticket = file.ticket
    return TicketView(
        ticket=ticket.number,
        day=ticket.on.isoformat(),
        box=ticket.box,
        state=str(ticket.state),
        camera_no=file.camera_no,
        findings=ticket.keys,
        found_ns=file.found_ns,
        opened_ns=ticket.opened_ns,
        mended_ns=ticket.mended_ns,
        lost_ns=file.told_lost_ns,
        next=tuple(str(event) for event in TicketEvent if ticket_step(ticket.state, event)),
        history=tuple(
            TicketActView(event=str(act.event), at_ns=act.at_ns, display=act.display, words=dict(act.words))
            for act in file.history
        ),
    )


def _words(request: ReportFault | AdvanceTicket) -> dict[str, str]:
    names = ("to", "how", "text", "who", "cause", "parts", "cost", "removed")
    return {name: getattr(request, name) for name in names}
