"""The duty board: what waits for each person here, what is urgent and waits for others (``AT-07``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from aiohttp import web

from appliance.rules.cases.told import Duty
from appliance.rules.duties import FOUR, DeskDuty, Duties, PersonsDuties
from appliance.web.duties.rows import DutyRow, case_row, desk_row
from appliance.web.intake.fields import FORMS
from appliance.web.intake.page import actors
from appliance.web.messages import Messages
from appliance.web.visit import SITE, page, visit_of

__all__ = ["show"]


class _Part(NamedTuple):
    """What waits of one of the four duties."""

    of: str
    rows: tuple[DutyRow, ...]


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    duties = await site.keeper.duties(visit.token)
    rows = _Rows(site.messages, visit.lang, date.fromisoformat(duties.today))
    return page(
        request,
        "duties/duties.html",
        people=[(person, rows.of(person), rows.count(person)) for person in duties.people],
        others=rows.others(duties),
        waiting=duties.waiting,
        may_receive=[form.name for form in FORMS.values() if actors(form, visit.seats)],
    )


class _Rows:
    def __init__(self, messages: Messages, lang: str, today: date) -> None:
        self._messages, self._lang, self._today = messages, lang, today

    def of(self, person: PersonsDuties) -> list[_Part]:
        """The four duties, each with what waits of it."""
        rows = [*self._desk(person.desk), *self._cases(person.duties)]
        return [_Part(of, tuple(row for row in rows if row.of == of)) for of in FOUR]

    def count(self, person: PersonsDuties) -> int:
        return len(person.duties) + len(person.desk)

    def others(self, duties: Duties) -> list[DutyRow]:
        found = [*self._cases(duties.others), *self._desk(duties.others_desk)]
        return sorted(found, key=lambda row: row.due.day if row.due else "9")

    def _cases(self, duties: Iterable[Duty]) -> list[DutyRow]:
        return [case_row(duty, self._messages, self._lang, self._today) for duty in duties]

    def _desk(self, duties: Iterable[DeskDuty]) -> list[DutyRow]:
        return [desk_row(duty, self._messages, self._lang, self._today) for duty in duties]
