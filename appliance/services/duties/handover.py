"""What of the office's work is in somebody's hands now: the hand-over list, out of all books. Nothing is changed here.

A thing is in somebody's hands when the person's role leads it on and the person acted in it, took it over before, or is
the only one who could. So is a request in which the person is applicant or viewer. Roles are those that the person had
last, so that whoever has left still has the same list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from appliance.core.clock import Clock
from appliance.rules.cameras.states import State
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.handover import SORTS, Item
from appliance.rules.holds import GROUNDS
from appliance.rules.inspection.rows import HEADS, OFFICERS, RowState, TicketState
from appliance.rules.people import Role, roles_on
from appliance.rules.registers.duties import LEADS, owed
from appliance.rules.registers.shape import Register
from appliance.rules.registers.tables import REGISTERS
from appliance.services.cameras.book import CameraBook
from appliance.services.cases.board import InHand, in_hands
from appliance.services.cases.book import CaseBook
from appliance.services.holds.holds import HoldBook
from appliance.services.inspection.book import InspectionBook
from appliance.services.people.peoplebook import PeopleBook, Person
from appliance.services.registers.book import RegisterBook
from appliance.services.registers.entries import File

__all__ = ["HandoverList", "HandoverLists"]

_FIRST_DAY = date(1970, 1, 1)
_OFFICERS, _HEADS = tuple(sorted(OFFICERS)), tuple(sorted(HEADS))
_DESK = ("officer", "unit_head")
_CAMERAS: Mapping[State, tuple[str, ...]] = MappingProxyType(
    {
        State.DRAFT: _OFFICERS,
        State.INTERNAL: ("director", "secretary", "unit_head"),
        State.SUBMITTED: _DESK,
        State.APPROVED: _DESK,
        State.ACK: _DESK,
        State.REVIEW_DUE: _DESK,
        State.DRIFT: _DESK,
    }
)
"""Who leads on a camera version that waits: what is drafted, on its way, to be reviewed, or seen to have moved."""


class _Open(NamedTuple):
    """An open thing, when it began, and whether the person acted in it. ``party``: the person is a party to it."""

    item: Item
    began_ns: int
    acted: bool = False
    party: bool = False


class HandoverLists:
    """Makes the lists, over the books of one keeper."""

    def __init__(
        self,
        people: PeopleBook,
        cases: CaseBook,
        holds: HoldBook,
        cameras: CameraBook,
        inspections: InspectionBook,
        registers: RegisterBook,
        clock: Clock,
    ) -> None:
        self._books = (people, cases, holds, cameras, inspections, registers)
        self._clock = clock

    def as_things_stand(self) -> HandoverList:
        """A list for one question: it reads each book once."""
        return HandoverList(*self._books, self._clock.wall_ns())


class HandoverList:
    """Over the books as they are when it is first asked."""

    def __init__(
        self,
        people: PeopleBook,
        cases: CaseBook,
        holds: HoldBook,
        cameras: CameraBook,
        inspections: InspectionBook,
        registers: RegisterBook,
        now_ns: int,
    ) -> None:
        self._people, self._cases, self._holds = people, cases, holds
        self._cameras, self._inspections, self._registers = cameras, inspections, registers
        self._now_ns = now_ns

    def of(self, name: str) -> tuple[Item, ...]:
        """What the person has to hand over as things stand; of somebody who has left, what no signed list gave to
        anybody yet. Raises NotFound."""
        person, today = self._people.get(name), self._people.today()
        roles = set(roles_on(person.grants, day_of(person.closed_ns) if person.closed_ns else today))
        taken = self._people.taken_over(person.name)
        found = [each.item for each in self._all(person) if self._is_of(each, person, roles, taken)]
        return tuple(sorted(found, key=lambda item: (SORTS.index(item.sort), item.due or "9999", item.key)))

    def left_open(self) -> int:
        """How many things of those who left wait for somebody to take them."""
        return sum(len(self.of(person.name)) for person in self._people.all() if person.closed_ns)

    # --- inside ---

    @staticmethod
    def _is_of(each: _Open, person: Person, roles: set[str], taken: frozenset[str]) -> bool:
        if person.closed_ns and (each.began_ns > person.closed_ns or each.item.id in person.handed):
            return False
        mine = each.acted or each.item.id in taken or not each.item.takers
        return each.party or (mine and bool(roles & set(each.item.roles)))

    def _all(self, person: Person) -> Iterator[_Open]:
        yield from self._of_cases(person.name)
        today = self._people.today()
        others = [(each.name, set(each.on(today))) for each in self._people.all() if each.name != person.name]
        for found in self._of_desk(person.name):
            takers = tuple(account for account, held in others if held & set(found.item.roles))
            yield found._replace(item=msgspec.structs.replace(found.item, takers=takers))

    @cached_property
    def _hands(self) -> list[InHand]:
        return list(in_hands(self._cases, [each.name for each in self._people.all() if not each.closed_ns]))

    def _of_cases(self, leaver: str) -> Iterator[_Open]:
        for waits in self._hands:
            file = waits.file
            item = Item(
                sort="case",
                key=file.key,
                number=file.case.number,
                what=waits.row.event,
                due=waits.due.day.isoformat() if waits.due else "",
                roles=tuple(waits.row.who),
                takers=tuple(account for account in waits.takers if account != leaver),
            )
            acted = any(deed.account == leaver for deed in file.deeds)
            yield _Open(item, file.deeds[0].at_ns, acted, any(each.account == leaver for each in file.people))

    def _of_desk(self, leaver: str) -> Iterator[_Open]:
        """Everything that is not a case."""
        for held in self._holds.all():
            if held.living:
                until = day_of(held.until_ns - 1).isoformat() if held.until_ns else ""
                openers = tuple(sorted(GROUNDS[held.ground].openers))
                item = Item(sort="hold", key=held.number, what=held.ground, due=until, roles=openers)
                yield _Open(item, held.set_ns, held.set_by == leaver)
        for file in self._inspections.tickets():
            if file.ticket.state is not TicketState.CLOSED:
                item = Item(sort="ticket", key=file.ticket.number, what=file.ticket.state, roles=_OFFICERS)
                yield _Open(item, file.ticket.opened_ns, any(deed.person == leaver for deed in file.history))
        yield from self._of_cameras(leaver)
        yield from self._rows
        for register in REGISTERS.values():
            for line in self._registers.all(register.code):
                if line.item.state not in register.done:
                    yield self._of_register(register, line, leaver)

    def _of_register(self, register: Register, file: File, leaver: str) -> _Open:
        """A line that goes on. The line that lets somebody look live is in that person's own hands, so that somebody
        ends it."""
        item = file.item
        steps = [step for step in register.possible(item.state) if Role.SYSTEM not in step.who]
        led = LEADS.get((register.code, item.state), ())
        step = next((step for step in steps if step.event in led), steps[0])
        due_ns = min((each.due_ns for each in owed(item, self._now_ns) if each.due_ns), default=0)
        thing = Item(
            sort=register.code,
            key=item.number,
            number=item.number,
            what=item.state,
            due=day_of(due_ns).isoformat() if due_ns else "",
            roles=tuple(map(str, step.who)),
        )
        acted = any(deed.account == leaver for deed in file.deeds)
        return _Open(thing, item.opened_ns, acted, item.value("viewer") == leaver)

    def _of_cameras(self, leaver: str) -> Iterator[_Open]:
        fleet = self._cameras.fleet
        for version in (each for camera_no in sorted(fleet.numbers()) for each in fleet.of(camera_no)):
            if version.state in _CAMERAS:
                number = f"{version.camera_no} v{version.version}"
                roles = _CAMERAS[version.state]
                item = Item(sort="camera", key=version.key, number=number, what=version.state, roles=roles)
                began_ns = start_ns_of(version.drafted_on) if version.drafted_on else 0
                yield _Open(item, began_ns, any(cell.account == leaver for cell in version.signatures))

    @cached_property
    def _rows(self) -> list[_Open]:
        """The days of the inspection log that wait for a signature or a stamp: whoever is left in the role has them."""
        found = []
        for file in self._inspections.days(_FIRST_DAY, self._people.today()):
            on, state = file.row.on, file.row.state
            if state in (RowState.OPEN, RowState.PROPOSED, RowState.MISSED) and on < self._people.today():
                item = Item(sort="inspection", key=on.isoformat(), what="sign", roles=_OFFICERS)
                found.append(_Open(item, start_ns_of(on)))
            elif state in (RowState.INSPECTED, RowState.FAULT, RowState.REPAIRED):
                item = Item(sort="inspection", key=on.isoformat(), what="stamp", roles=_HEADS)
                found.append(_Open(item, start_ns_of(on)))
        return found
