"""The duty board: what waits for each person here, what is urgent and waits for others (``AT-07``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aiohttp import web

from appliance.rules.cases.told import Duty
from appliance.web.due_words import DueWords, due_words
from appliance.web.intake.fields import FORMS
from appliance.web.intake.page import actors
from appliance.web.visit import SITE, page, visit_of

__all__ = ["show"]


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    duties = await site.keeper.duties(visit.token)
    today = date.fromisoformat(duties.today)
    return page(
        request,
        "cases/duties.html",
        duties=duties,
        people=[(person, _with_dues(person.duties, today)) for person in duties.people],
        others=_with_dues(duties.others, today),
        waiting=duties.waiting,
        may_receive=[form.name for form in FORMS.values() if actors(form, visit.seats)],
    )


def _with_dues(duties: Iterable[Duty], today: date) -> list[tuple[Duty, DueWords | None]]:
    return [(duty, due_words(duty.due, today)) for duty in duties]
