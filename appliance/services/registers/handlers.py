"""What the keeper answers about registers: their lists, an item with its acts, what begins one, and every step. The
book judges; this carries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import structs

from appliance.core.clock import Clock
from appliance.core.errors import NotAllowed, NotFound, NotWritable, Refused
from appliance.protocol.endpoint import Served, SessionRequest, serves
from appliance.protocol.registers import (
    REGISTER,
    REGISTER_ACT,
    REGISTER_BEGIN,
    REGISTER_ITEM,
    REGISTERS_OVERVIEW,
    DataFileNotice,
    ItemRequest,
    ItemView,
    Lines,
    LineView,
    Links,
    NewItemForm,
    Overview,
    ProposalView,
    RegisterAct,
    RegisterDone,
    RegisterRequest,
    RegisterView,
)
from appliance.rules.inspection.rows import TicketEvent
from appliance.rules.people import may
from appliance.rules.registers.datafile import DATAFILE
from appliance.rules.registers.incidents import INCIDENTS
from appliance.rules.registers.tables import REGISTERS
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights
from appliance.services.registers.book import RegisterActResult, RegisterBook
from appliance.services.registers.views import actor_of, first_step, item_view, line_views, notice_view, proposal_view
from appliance.services.scans.ink_acts import InkActs

__all__ = ["AdvanceTicket", "RegisterHandlers"]

_SEE, _OPEN_TO_ALL = "see-registers", "incidents"


class AdvanceTicket(Protocol):
    """A step of a repair ticket, as the book of inspections takes it. Raises NotAllowed, NotFound."""

    def __call__(
        self, act_id: str, by: Seat, number: str, event: TicketEvent, words: Mapping[str, str], /, *, visit: str
    ) -> object: ...


class RegisterHandlers:
    """``acting_of``: the roles that an account holds for somebody else today; ``name_of``: how its person is called;
    ``locations``: the place of each camera by its number. ``tell_clocks`` tells which clocks of incidents are late;
    raises NotWritable."""

    def __init__(
        self,
        rights: Rights,
        ink: InkActs,
        book: RegisterBook,
        clock: Clock,
        *,
        acting_of: Callable[[str], frozenset[str]],
        name_of: Callable[[str], str],
        locations: Callable[[], dict[str, str]],
        advance_ticket: AdvanceTicket,
        tell_clocks: Callable[[], None],
    ) -> None:
        self._rights, self._ink, self._book, self._clock = rights, ink, book, clock
        self._acting_of, self._name_of, self._locations = acting_of, name_of, locations
        self._advance_ticket, self._tell_clocks = advance_ticket, tell_clocks

    def served(self) -> tuple[Served, ...]:
        return (
            serves(REGISTERS_OVERVIEW, self._overview),
            serves(REGISTER, self._lines),
            serves(REGISTER_BEGIN, self._begin),
            serves(REGISTER_ITEM, self._item),
            serves(REGISTER_ACT, self._act),
        )

    # --- looking ---

    def _overview(self, request: SessionRequest) -> Overview:
        """Each register: how many lines it has, how many of them go on, and whose clocks are late."""
        self._rights.require(request, _SEE)
        return Overview(registers=tuple(self._register(code) for code in REGISTERS))

    def _register(self, code: str) -> RegisterView:
        lines = line_views(self._book, code, self._clock.wall_ns())
        return RegisterView(
            code=code,
            lines=len(lines),
            open=sum(not each.done for each in lines),
            late=tuple(sorted(each.number for each in lines if _is_late(each))),
        )

    def _lines(self, request: RegisterRequest) -> Lines:
        session, now_ns = self._rights.require(request, _SEE), self._clock.wall_ns()
        return Lines(
            register=request.register,
            now_ns=now_ns,
            lines=line_views(self._book, request.register, now_ns),
            begins=first_step(self._book, request.register, session.seats, self._acting_of),
            links=self._links(),
            proposals=self._proposals(request.register),
            notice=self._notice(request.register),
        )

    def _begin(self, request: RegisterRequest) -> NewItemForm:
        """For everybody who may begin a line: nearly everybody declares an incident."""
        session, code = self._rights.session(request), request.register
        sees = any(may(_SEE, seat.roles) for seat in session.seats)
        opens = REGISTERS[code if code in REGISTERS else _OPEN_TO_ALL].first.who
        if not sees and not any(set(opens) & set(seat.roles) for seat in session.seats):
            raise Refused.of("register-begin")
        return NewItemForm(
            register=code,
            now_ns=self._clock.wall_ns(),
            begins=first_step(self._book, code, session.seats, self._acting_of),
            links=self._links() if sees else {},
            cameras=self._locations(),
            proposals=self._proposals(code) if sees else (),
            notice=self._notice(code),
        )

    def _item(self, request: ItemRequest) -> ItemView:
        session, now_ns = self._rights.require(request, _SEE), self._clock.wall_ns()
        view = item_view(
            self._book, request.register, request.item, session.seats, self._acting_of, self._name_of, now_ns
        )
        return structs.replace(view, links=self._links(), cameras=self._locations())

    def _proposals(self, code: str) -> tuple[ProposalView, ...]:
        """What the machine saw that a person may declare, or not."""
        if code != _OPEN_TO_ALL:
            return ()
        return tuple(proposal_view(each) for each in self._book.world.proposals())

    def _notice(self, code: str) -> DataFileNotice | None:
        now = self._book.world.notice() if code == DATAFILE.code else None
        return notice_view(now, self._book.items(code).values()) if now else None

    def _links(self) -> Links:
        """What a field may name: number and words, by where it leads."""
        book = self._book
        vendors, media = book.items("vendors").values(), book.items("media").values()
        return {
            "vendors": tuple((item.number, str(item.value("firm"))) for item in vendors if item.state == "active"),
            "media": tuple((item.number, str(item.value("serial"))) for item in media if item.state == "away"),
            "tickets": tuple((number, "") for number in book.world.tickets()),
            "people": tuple((account, self._name_of(account)) for account in book.world.viewers()),
        }

    # --- acting ---

    def _act(self, request: RegisterAct) -> RegisterDone:
        """Performs a step. The password, where one is sent, is proved first: a wrong one performs nothing."""
        session = self._rights.require(request, _SEE) if request.item else self._rights.session(request)
        seat = self._rights.seat(request, "register")
        proved, event = bool(request.password), request.event
        if proved:
            seat = self._rights.proved(request, seat)
        acting, beside = self._acting_of(seat.person), len(session.seats) > 1
        actor, display = actor_of(seat, acting, proved=proved, beside=beside), seat.display
        if signed := self._ink.read(request.ink, seat, event, (f"register/{request.item}",), proved=proved):
            actor, display = signed.actor(), signed.signer.display
        done = self._book.act(request.act, actor, display, request.register, request.item, event, request.typed)
        if (request.register, event) == ("visits", "begin"):
            self._advance_repair(request.act, seat, done)
        if request.register == INCIDENTS.code:  # the status page and the board say the same from now on
            with contextlib.suppress(NotWritable):
                self._tell_clocks()
        item = done.file.item
        return RegisterDone(item=item.number, state=item.state, row=done.row, alarm=done.alarm)

    def _advance_repair(self, act_id: str, seat: Seat, done: RegisterActResult) -> None:
        """The repair that the firm came for is under way with it; one that was verified meanwhile stays as it is."""
        values = done.file.item.values
        if not values.get("ticket"):
            return
        words = {"who": "、".join(values["technicians"])[:200], "escort": seat.display}
        with contextlib.suppress(NotAllowed, NotFound):
            self._advance_ticket(
                f"{act_id[:56]}-ticket", seat, values["ticket"], TicketEvent.VISIT, words, visit=done.file.item.number
            )


def _is_late(line: LineView) -> bool:
    over = line.due is not None and line.due.mark == "over"
    return over or any(clock.state == "overdue" for clock in line.clocks)
