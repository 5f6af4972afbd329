"""What waits in the registers: each item's next step and its clocks, for whoever the tables let take it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from appliance.rules.deadlines import day_of
from appliance.rules.duties import DeskDuty, due_on, due_within
from appliance.rules.people import OFFICERS, Actor
from appliance.rules.registers.datafile import DATAFILE, notice_state
from appliance.rules.registers.duties import OwedStep, owed
from appliance.rules.registers.incidents import INCIDENTS
from appliance.rules.registers.judging import beyond_form
from appliance.rules.registers.shape import Item, Step
from appliance.rules.registers.tables import REGISTERS
from appliance.services.duties.waits import Fit, WaitingItem, holding
from appliance.services.people.login import Seat
from appliance.services.registers.book import RegisterBook

__all__ = ["of_registers"]


def of_registers(
    book: RegisterBook, acting_of: Callable[[str], frozenset[str]], now_ns: int, *, trial: bool
) -> Iterator[WaitingItem]:
    """A training office publishes no notice, and owes none."""
    for code, register in REGISTERS.items():
        for item in book.items(code).values():
            for each in owed(item, now_ns):
                step = register.step(item.state, each.event)
                if step is not None:
                    fit = _fit(book, item, step, acting_of)
                    yield WaitingItem(_duty(item, each, now_ns), str(step.who[0]), fit)
    yield from _of_offers(book, day_of(now_ns))
    if not trial:
        yield from _of_notice(book)


def _fit(book: RegisterBook, item: Item, step: Step, acting_of: Callable[[str], frozenset[str]]) -> Fit:
    def fit(seat: Seat) -> str:
        role = next((role for role in step.who if role in seat.roles), "")
        actor = Actor(seat.person, seat.roles, acting_of(seat.person), proved=True)
        left = role and beyond_form(step, book.judged(item.register, item, str(step.event), actor))
        return "" if left else str(role)

    return fit


def _duty(item: Item, each: OwedStep, now_ns: int) -> DeskDuty:
    return DeskDuty(
        sort=item.register,
        key=item.number,
        number=item.number,
        act=each.event,
        state=item.state,
        why=each.why,
        due=due_within(each.why, each.due_ns, now_ns) if each.due_ns else None,
        due_ns=each.due_ns if item.register == "incidents" else 0,
    )


def _of_offers(book: RegisterBook, today: date) -> Iterator[WaitingItem]:
    """What the machine saw that may be an incident (domain 2.10): to be judged on the day on which it was seen."""
    first = INCIDENTS.first
    for offer in book.world.proposals():
        duty = DeskDuty(
            sort=INCIDENTS.code,
            key=offer.finding,
            act=str(first.event),
            due=due_on("offer", day_of(offer.since_ns), today),
        )
        yield WaitingItem(duty, str(first.who[0]), holding(OFFICERS))


def _of_notice(book: RegisterBook) -> Iterator[WaitingItem]:
    """The notice of the personal data file that is not what is public (PDPA 17), while none waits to be confirmed."""
    now, items = book.world.notice(), book.items(DATAFILE.code).values()
    if now is None or notice_state(items, now) == "stands":
        return
    if not any(item.state == "posted" and item.value("digest") == now.digest for item in items):
        first = DATAFILE.first
        duty = DeskDuty(sort=DATAFILE.code, act=str(first.event))
        yield WaitingItem(duty, str(first.who[0]), holding(first.who))
