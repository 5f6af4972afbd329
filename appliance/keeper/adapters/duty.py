"""The duty board of this keeper: what each of its books offers, put together."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.keeper.context import Keeper
from appliance.rules.cases.pins import appeal_needs_nothing
from appliance.rules.deadlines import day_of
from appliance.services.cases.board import board
from appliance.services.duties.board import DutyBoard
from appliance.services.duties.of_cameras import of_cameras, of_publication
from appliance.services.duties.of_holds import of_holds
from appliance.services.duties.of_inspection import of_inspection
from appliance.services.duties.of_people import of_people
from appliance.services.duties.of_registers import of_registers
from appliance.services.duties.of_scans import of_scans
from appliance.services.duties.waits import WaitingItem

__all__ = ["duty_board"]


def duty_board(keeper: Keeper) -> DutyBoard:
    return DutyBoard(
        lambda seats: board(keeper.cases, seats),
        lambda: _desk(keeper),
        keeper.clock,
        lambda: keeper.ledger.performed,
    )


def _appeal_is_over(keeper: Keeper, case: str) -> bool:
    book = keeper.cases
    return book.knows(case) and appeal_needs_nothing(book.file(case).case, book.today(), book.world.days_off())


def _desk(keeper: Keeper) -> Iterator[WaitingItem]:
    """A training office publishes nothing and shows nobody, so of that nothing is owed."""
    now_ns, trial = keeper.clock.wall_ns(), keeper.registry.trial
    today, acting_of = day_of(now_ns), keeper.people.book.acting_of
    yield from of_cameras(keeper.cameras, acting_of, today)
    if not trial:
        yield from of_publication(keeper.publications, today)
        yield from of_people(keeper.people.book.all(), today)
    yield from of_inspection(keeper.inspections, today)
    yield from of_holds(keeper.holds, now_ns, lambda case: _appeal_is_over(keeper, case))
    yield from of_scans(keeper.cases)
    yield from of_registers(keeper.registers, acting_of, now_ns, trial=trial)
