"""The duty board: what waits for each person here, what is urgent and waits for others (``AT-07``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from aiohttp import web

from appliance.protocol.duties import DUTIES
from appliance.protocol.endpoint import SessionRequest
from appliance.rules.duties import FOUR, DeskDuty, Duties, Duty, PersonsDuties, urgency
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.pages.duties.rows import DutyRow, case_row, desk_row
from appliance.web.pages.intake.fields import FORMS
from appliance.web.pages.intake.page import actors
from appliance.web.pages.tour.page import tour_card

__all__ = ["show"]


class _Part(NamedTuple):
    """What waits of one of the four duties."""

    of: str
    rows: tuple[DutyRow, ...]


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    duties = await site.keeper.ask(DUTIES, SessionRequest(session=visit.token))
    rows = _Rows(site.messages, visit.lang, date.fromisoformat(duties.today), duties.now_ns)
    return page(
        request,
        "duties/duties.html",
        people=[(person, rows.of(person)) for person in duties.people],
        others=rows.others(duties),
        waiting=duties.waiting,
        may_receive=[form.name for form in FORMS.values() if actors(form, visit.seats)],
        **(await tour_card(request) if "see-status" not in visit.may else {"tour": None}),
    )


class _Rows:
    def __init__(self, messages: Messages, lang: str, today: date, now_ns: int) -> None:
        self._messages, self._lang, self._today, self._now_ns = messages, lang, today, now_ns

    def of(self, person: PersonsDuties) -> list[_Part]:
        """The four duties, each with what waits of it."""
        rows = self._sorted(person.duties, person.desk)
        return [_Part(of, tuple(row for row in rows if row.of == of)) for of in FOUR]

    def others(self, duties: Duties) -> list[DutyRow]:
        return self._sorted(duties.others, duties.others_desk)

    def _sorted(self, cases: Iterable[Duty], desk: Iterable[DeskDuty]) -> list[DutyRow]:
        """The most urgent first, of both sorts together."""
        said = (self._messages, self._lang, self._today)
        rows = [(urgency(duty.due), case_row(duty, *said)) for duty in cases]
        rows += [(urgency(duty.due, duty.due_ns), desk_row(duty, *said, self._now_ns)) for duty in desk]
        return [row for _, row in sorted(rows, key=lambda pair: pair[0])]
