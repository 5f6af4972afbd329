"""What waits of the people: pledges of confidentiality that whoever sees footage owes (八(一), ``AT-27``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from appliance.rules.cases.views import DueView
from appliance.rules.duties import DeskDuty, due_on
from appliance.rules.people import OFFICERS, PLEDGE_DAYS, SEES_FOOTAGE
from appliance.services.duties.waits import WaitingItem, holding
from appliance.services.people.peoplebook import Person

__all__ = ["of_people"]

_AHEAD = timedelta(days=30)
"""So long before a year is over its renewal is a task, as a firm's is."""


def of_people(people: list[Person], today: date) -> Iterator[WaitingItem]:
    """An officer files the pledge of each who holds a role that sees footage: before the first use, so at once, and
    each year again. Nobody opens a viewing in which somebody sits without one (``AT-41``, ``AT-47``)."""
    for person in people:
        if not SEES_FOOTAGE & set(person.on(today)):
            continue
        if (due := _due(person.pledged, today)) is not None:
            why = "renewal" if person.pledged else "unpledged"
            duty = DeskDuty(sort="person", key=person.name, number=person.display, act="pledge", why=why, due=due)
            yield WaitingItem(duty, "officer", holding(OFFICERS))


def _due(pledged: date | None, today: date) -> DueView | None:
    if pledged is None:
        return DueView(code="pledge", day=today.isoformat(), mark="red")
    last = pledged + timedelta(days=PLEDGE_DAYS)
    return due_on("pledge", last, today) if today >= last - _AHEAD else None
