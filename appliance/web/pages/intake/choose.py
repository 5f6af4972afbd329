"""Where an intake begins: which form lies on the desk, drafts that wait, and calls that await their letter."""

from __future__ import annotations

import asyncio

from aiohttp import web

from appliance.protocol.cases import CASES, CasesQuery
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.status import CAMERAS
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import day_of
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.due_words import due_words
from appliance.web.pages.intake.fields import FORMS
from appliance.web.pages.intake.page import actors, draft_form

__all__ = ["choose"]

_MOST_CALLS = 50


async def choose(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    asked = CasesQuery(
        session=visit.token, kind=Kind.AGY, state=State.PRESERVED, order="due", page=1, per_page=_MOST_CALLS
    )
    calls = (await site.keeper.ask(CASES, asked)).cases
    drafts = {
        form.name: await asyncio.to_thread(site.drafts.of, visit.person, draft_form(form).name)
        for form in FORMS.values()
    }
    today = day_of((await site.keeper.ask(CAMERAS, SessionRequest(session=visit.token))).now_ns)
    return page(
        request,
        "intake/intake_choose.html",
        forms=[(form.name, bool(actors(form, visit.seats))) for form in FORMS.values()],
        calls=[(call, due_words(call.due, today)) for call in calls],
        drafts=drafts,
    )
