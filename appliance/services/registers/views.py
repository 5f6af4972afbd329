"""Registers as pages show them: lines, items with their acts, and who here may do what next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from appliance.protocol.registers import (
    ActView,
    ClockView,
    DataFileNotice,
    ItemView,
    LineView,
    ProposalView,
    SeatEligibility,
    SignatureView,
    StepView,
)
from appliance.rules.people import Actor
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.datafile import notice_state
from appliance.rules.registers.duties import due_told
from appliance.rules.registers.judging import beyond_form
from appliance.rules.registers.proposals import Proposal
from appliance.rules.registers.shape import DataFile, Item, Register, Signature, Step
from appliance.services.people.login import Seat
from appliance.services.registers.book import RegisterBook, register_of
from appliance.services.registers.entries import File, RegisterAct

__all__ = ["actor_of", "first_step", "item_view", "line_views", "notice_view", "proposal_view"]

_Acting = Callable[[str], frozenset[str]]


def actor_of(seat: Seat, acting: frozenset[str], *, proved: bool, beside: bool = False) -> Actor:
    return Actor(seat.person, seat.roles, acting, proved=proved, beside=beside)


def line_views(book: RegisterBook, code: str, now_ns: int) -> tuple[LineView, ...]:
    """The lines of a register, what goes on first. Raises NotFound."""
    register = register_of(code)
    return tuple(_line(register, file, now_ns) for file in book.all(code))


def _line(register: Register, file: File, now_ns: int) -> LineView:
    item = file.item
    return LineView(
        number=item.number,
        state=item.state,
        done=item.state in register.done,
        opened_ns=item.opened_ns,
        values={name: item.value(name) for name in register.gist},
        clocks=_clocks(item, now_ns),
        due=due_told(item, now_ns),
        lost=item.lost,
    )


def item_view(
    book: RegisterBook,
    code: str,
    number: str,
    seats: Sequence[Seat],
    acting_of: _Acting,
    name_of: Callable[[str], str],
    now_ns: int,
) -> ItemView:
    """An item with its acts, newest first. Raises NotFound."""
    register, file = register_of(code), book.get(code, number)
    item = file.item
    return ItemView(
        register=item.register,
        number=item.number,
        state=item.state,
        now_ns=now_ns,
        done=item.state in register.done,
        values=item.values,
        signatures=tuple(_signature(each) for each in item.signatures),
        opened_ns=item.opened_ns,
        lost=item.lost,
        clocks=_clocks(item, now_ns),
        due=due_told(item, now_ns),
        deeds=tuple(_act(act) for act in reversed(file.deeds)),
        names={each.account: name_of(each.account) for each in item.signatures},
        possible=tuple(
            _possible(book, register, item, step, seats, acting_of)
            for step in _for_people(register, item.state)
            if not book.never(item, step)
        ),
    )


def first_step(book: RegisterBook, code: str, seats: Sequence[Seat], acting_of: _Acting) -> StepView:
    """The step that begins an item, and who here may take it. Raises NotFound."""
    register = register_of(code)
    item = Item(register=code, number="")
    return _possible(book, register, item, register.first, seats, acting_of)


def notice_view(now: DataFile, posted: Collection[Item]) -> DataFileNotice:
    """The notice of the personal data file as it is ``now``, and whether it is what was ``posted``."""
    return DataFileNotice(**msgspec.structs.asdict(now), digest=now.digest, state=notice_state(posted, now))


def proposal_view(proposal: Proposal) -> ProposalView:
    return ProposalView(
        finding=proposal.finding,
        kind=proposal.kind,
        text=proposal.text,
        since_ns=proposal.since_ns,
        camera_no=proposal.camera_no,
    )


def _for_people(register: Register, state: str) -> list[Step]:
    return [step for step in register.possible(state) if any(role != "system" for role in step.who)]


def _possible(
    book: RegisterBook, register: Register, item: Item, step: Step, seats: Sequence[Seat], acting_of: _Acting
) -> StepView:
    """For each seat, what is missing beyond what the act itself brings: roles and cells first."""
    return StepView(
        event=str(step.event),
        row=step.id,
        password=step.password or len(seats) > 1,
        seats=tuple(_seat(book, register, item, step, seat, acting_of(seat.person)) for seat in seats),
    )


def _seat(
    book: RegisterBook, register: Register, item: Item, step: Step, seat: Seat, acting: frozenset[str]
) -> SeatEligibility:
    found = book.judged(register.code, item, str(step.event), actor_of(seat, acting, proved=True))
    left = beyond_form(step, found)
    missing = tuple(str(code) for code in left.missing) if left else ()
    return SeatEligibility(seat=seat.seat, person=seat.person, why=left.why if left else "", missing=missing)


def _clocks(item: Item, now_ns: int) -> tuple[ClockView, ...]:
    if item.register != "incidents":
        return ()
    return tuple(
        ClockView(code=each.code, due_ns=each.due_ns, done_ns=each.done_ns, state=each.state(now_ns), off=each.off)
        for each in clocks_of(item)
    )


def _signature(signature: Signature) -> SignatureView:
    return SignatureView(
        cell=signature.cell,
        account=signature.account,
        role=str(signature.role),
        at_ns=signature.at_ns,
        deputy=signature.deputy,
        ink=signature.ink,
    )


def _act(act: RegisterAct) -> ActView:
    return ActView(
        entry=act.entry, at_ns=act.at_ns, event=act.event, row=act.row, display=act.display, values=act.values
    )
