"""The duty board (``AT-07``): what waits for each person who sits here, of all four duties of 四, and how much."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from appliance.core.clock import Clock
from appliance.rules.duties import SEEN_BY, DeskDuty, Duties, PersonsDuties, Waiting, urgency
from appliance.rules.people import may
from appliance.services.cases.board import MOST, CaseDuties
from appliance.services.duties.waits import WaitingItem
from appliance.services.people.login import Seat

__all__ = ["DutyBoard"]

_FRESH_NS = 30 * 1_000_000_000
"""A count that no act has made stale is believed for so long: a log-in elsewhere or a day that ends changes it too."""

_URGENT = ("red", "over")
_Who = frozenset[tuple[str, tuple[str, ...]]]


class _Counted(NamedTuple):
    acts: int
    at_ns: int
    waiting: Waiting


class DutyBoard:
    """Thread-safe. ``cases`` tells those of a session; ``desk`` is what every other book offers, asked anew each time.
    ``acts``: how many the ledger has."""

    def __init__(
        self,
        cases: Callable[[Sequence[Seat]], CaseDuties],
        desk: Callable[[], Iterable[WaitingItem]],
        clock: Clock,
        acts: Callable[[], int],
    ) -> None:
        self._cases, self._desk, self._clock, self._acts = cases, desk, clock, acts
        self._counted: dict[_Who, _Counted] = {}

    def of(self, seats: Sequence[Seat]) -> Duties:
        """What waits for each person of a session, and what is urgent and waits for nobody of them."""
        cases, waits = self._cases(seats), sorted(self._desk(), key=_urgency)
        people = tuple(
            PersonsDuties(
                seat=seat.seat,
                person=seat.person,
                name=seat.display,
                duties=mine.duties,
                desk=tuple(itertools.islice(_of(seat, waits), MOST)),
                notices=mine.notices,
            )
            for seat, mine in zip(seats, cases.people, strict=True)
        )
        taken = {duty.id for person in people for duty in person.desk}
        seen = {duty for duty, name in SEEN_BY.items() if any(may(name, seat.roles) for seat in seats)}
        rest = (
            msgspec.structs.replace(each.duty, role=each.whom)
            for each in waits
            if each.duty.id not in taken and each.duty.of in seen
        )
        urgent = (duty for duty in rest if duty.due and duty.due.mark in _URGENT)
        return Duties(
            today=cases.today,
            now_ns=self._clock.wall_ns(),
            people=people,
            others=cases.others,
            others_desk=tuple(itertools.islice(urgent, MOST)),
        )

    def waiting(self, seats: Sequence[Seat]) -> Waiting:
        """How much waits for those of a session, for the head of every page: counted anew after an act and when it is
        old."""
        now_ns, acts = self._clock.boot_ns(), self._acts()
        who = frozenset((seat.person, seat.roles) for seat in seats)
        found = self._counted.get(who)
        if found and found.acts == acts and now_ns < found.at_ns + _FRESH_NS:
            return found.waiting
        waiting = self.of(seats).waiting
        self._counted = {each: kept for each, kept in self._counted.items() if now_ns < kept.at_ns + _FRESH_NS}
        self._counted[who] = _Counted(acts, now_ns, waiting)
        return waiting


def _urgency(waits: WaitingItem) -> tuple[object, ...]:
    duty = waits.duty
    return (*urgency(duty.due, duty.due_ns), duty.number or duty.key)


def _of(seat: Seat, waits: Iterable[WaitingItem]) -> Iterable[DeskDuty]:
    for each in waits:
        if role := each.fit(seat):
            yield msgspec.structs.replace(each.duty, role=role)
