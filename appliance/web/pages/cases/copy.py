"""The copy that an agency views, on its case's page: made by two people, watched while it is made, stopped."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from appliance.core.errors import NotAllowed, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.copies import CANCEL_COPY, COPY_STATE, MAKE_COPY, CopyRequest, MakeCopy
from appliance.rules.cases.views import RefusalView
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, redirect, visit_of
from appliance.web.http.seats import keyholder_of
from appliance.web.pages.cases.page import case_of, case_page, words_for

__all__ = ["make", "refused_page", "state", "stop"]


async def make(request: web.Request) -> web.Response:
    """Begins to make it, with a keyholder's password; the page then shows how far it is."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    asked = MakeCopy(session=visit.token, act=act_of(posted), case=case, **keyholder_of(posted))
    try:
        await site.keeper.ask(MAKE_COPY, asked)
    except (Refused, Unavailable, UsageError) as error:
        return await refused_page(request, error, at="copy", lacks="copy-lacks")
    return redirect(f"/cases/{case}")


async def refused_page(
    request: web.Request, error: RecorderError, *, at: str, lacks: str, who: Sequence[str] = ("officer",)
) -> web.Response:
    """The case's page again, with why no copy is made or read ``at`` its part; what the tables lack in the message
    ``lacks``, in the words that the case's forms have for it. ``who``: the roles that may."""
    if isinstance(error, NotLoggedIn):
        raise error
    told = await case_of(request)
    if isinstance(error, NotAllowed) and (why := str(error.details.get("why", ""))):
        missing = tuple(map(str, error.details.get("missing", ())))
        refusal = RefusalView(event=str(error.details.get("event", "")), why=why, missing=missing)
        error = UsageError.of(lacks, what=words_for(request, told).why(refusal, who))
    return await case_page(request, told, status=503 if isinstance(error, Unavailable) else 403, at=at, error=error)


async def state(request: web.Request) -> web.Response:
    """How far it is, for the page that waits for it. No activity."""
    site, visit = request.app[SITE], visit_of(request)
    asked = CopyRequest(session=visit.token, active=False, case=request.match_info["case"])
    found = await site.keeper.ask(COPY_STATE, asked)
    return web.json_response({"state": found.state, "percent": found.percent})


async def stop(request: web.Request) -> web.Response:
    """Stops the making; nothing of it is left."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    await read_form(request)
    await site.keeper.ask(CANCEL_COPY, CopyRequest(session=visit.token, case=case))
    return redirect(f"/cases/{case}")
