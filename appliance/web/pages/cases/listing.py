"""The list of cases of all kinds: looked for, ordered, page by page. The keeper finds; names are masked by it."""

from __future__ import annotations

from aiohttp import web

from appliance.protocol.cases import CASES
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.status import CAMERAS
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import day_of
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.due_words import due_words
from appliance.web.pages.cases.search import ORDERS, search_from
from appliance.web.pages.intake.fields import FORMS
from appliance.web.pages.intake.page import actors

__all__ = ["listing"]


async def listing(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    search = search_from(request.query)
    told = await site.keeper.ask(CASES, search.query(visit.token))
    status = await site.keeper.ask(CAMERAS, SessionRequest(session=visit.token))
    today = day_of(status.now_ns)
    return page(
        request,
        "cases/case_list.html",
        search=search,
        told=told,
        rows=[(case, due_words(case.due, today)) for case in told.cases],
        kinds=tuple(Kind),
        states=[state for state in State if told.states.get(state) or state == search.state],
        orders=ORDERS,
        cameras=status.cameras,
        may_receive=[form.name for form in FORMS.values() if actors(form, visit.seats)],
    )
