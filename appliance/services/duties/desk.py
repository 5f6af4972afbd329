"""The duty board put together: what each of the books offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from appliance.core.clock import Clock
from appliance.ledger.log import Ledger
from appliance.rules.cases.pins import appeal_needs_nothing
from appliance.rules.deadlines import day_of
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cases.board import board
from appliance.services.cases.book import CaseBook
from appliance.services.duties.board import DutyBoard
from appliance.services.duties.of_cameras import of_cameras, of_publication
from appliance.services.duties.of_holds import of_holds
from appliance.services.duties.of_inspection import of_inspection
from appliance.services.duties.of_people import of_people
from appliance.services.duties.of_registers import of_registers
from appliance.services.duties.of_scans import of_scans
from appliance.services.duties.waits import WaitingItem
from appliance.services.holds.holds import HoldBook
from appliance.services.inspection.book import InspectionBook
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.registers.book import RegisterBook

__all__ = ["duty_board"]


def duty_board(
    people: PeopleBook,
    cases: CaseBook,
    holds: HoldBook,
    cameras: CameraBook,
    publications: PublicationBook,
    inspections: InspectionBook,
    registers: RegisterBook,
    ledger: Ledger,
    clock: Clock,
    *,
    trial: Callable[[], bool],
) -> DutyBoard:
    """A training office (``trial``) publishes nothing and shows nobody, so of that nothing is owed."""

    def appeal_is_over(case: str) -> bool:
        return cases.knows(case) and appeal_needs_nothing(cases.file(case).case, cases.today(), cases.world.days_off())

    def desk() -> Iterator[WaitingItem]:
        now_ns, in_training = clock.wall_ns(), trial()
        today, acting_of = day_of(now_ns), people.acting_of
        yield from of_cameras(cameras, acting_of, today)
        if not in_training:
            yield from of_publication(publications, today)
            yield from of_people(people.all(), today)
        yield from of_inspection(inspections, today)
        yield from of_holds(holds, now_ns, appeal_is_over)
        yield from of_scans(cases)
        yield from of_registers(registers, acting_of, now_ns, trial=in_training)

    return DutyBoard(lambda seats: board(cases, seats), desk, clock, lambda: ledger.performed)
