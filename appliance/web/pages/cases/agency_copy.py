"""The copy that an agency takes along, on its case's page: made on a stick by two people and watched, its pass-phrase
handed out once, read back by another person."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from appliance.core.errors import NotFound, Refused, Unavailable, UsageError
from appliance.core.freed import overwrite_freed
from appliance.protocol.agency_copies import (
    AGENCY_COPY_STATE,
    CANCEL_AGENCY_COPY,
    COPY_PASSPHRASE,
    MAKE_AGENCY_COPY,
    READ_AGENCY_COPY,
    AgencyCopyRequest,
    MakeAgencyCopy,
    ReadAgencyCopy,
)
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import keyholder_of, who_acts
from appliance.web.pages.cases.copy import refused_page
from appliance.web.pages.cases.handing import is_going
from appliance.web.pages.cases.page import case_of, case_page

__all__ = ["make", "passphrase", "read", "state", "stop"]

_AT, _LACKS = "agency-copy", "agency-lacks"
_VERIFIERS = ("manager", "unit_head")
_HERE = "{the pass-phrase}"
_FREED_SECONDS = 1.0
"""So long after a page was sent nothing of this process holds what was in it."""


async def make(request: web.Request) -> web.Response:
    """Begins to make it on the stick that was chosen, with a keyholder's password; the page shows how far it is."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    asked = MakeAgencyCopy(
        session=visit.token,
        act=act_of(posted),
        case=case,
        serial=str(posted.get("serial", "")),
        whole=posted.get("whole") == "1",
        **keyholder_of(posted),
    )
    try:
        if not asked.serial:
            raise UsageError.of("agency-no-stick")
        await site.keeper.ask(MAKE_AGENCY_COPY, asked)
    except (NotFound, Refused, Unavailable, UsageError) as error:
        return await refused_page(request, error, at=_AT, lacks=_LACKS)
    return redirect(f"/cases/{case}")


async def state(request: web.Request) -> web.Response:
    """How far it is, for the page that waits for it. No activity."""
    site, visit = request.app[SITE], visit_of(request)
    asked = AgencyCopyRequest(session=visit.token, active=False, case=request.match_info["case"])
    found = await site.keeper.ask(AGENCY_COPY_STATE, asked)
    stage = "reading" if found.read == "reading" else found.state
    going = is_going(found)
    words = site.messages.text(f"handing.going-{stage}", visit.lang) if going else ""
    return web.json_response({"state": "making" if going else stage, "percent": found.percent, "words": words})


async def stop(request: web.Request) -> web.Response:
    """Stops the making or the reading back; a making leaves no file on the stick."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    await read_form(request)
    await site.keeper.ask(CANCEL_AGENCY_COPY, AgencyCopyRequest(session=visit.token, case=case))
    return redirect(f"/cases/{case}")


async def passphrase(request: web.Request) -> web.StreamResponse:
    """Shows it, once: nobody here can show it again. No page of ours may be kept by a browser."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    await read_form(request)
    told = await case_of(request)
    try:
        found = await site.keeper.ask(COPY_PASSPHRASE, AgencyCopyRequest(session=visit.token, case=case))
    except NotFound as error:
        return await case_page(request, told, status=404, at=_AT, error=error)
    copy = told.on_medium
    around = page(request, "cases/copy_phrase.html", case=told, phrase=_HERE, medium=copy.medium if copy else "")
    return await _sent_apart(request, str(around.text), found.passphrase)


async def _sent_apart(request: web.Request, around: str, phrase: str) -> web.StreamResponse:
    """The page with the pass-phrase, which lies in no text as long as a page: a connection keeps its last answer until
    it is asked for the next, and what is freed of a long one stays in memory for as long as nothing else lies there."""
    before, _, after = around.rpartition(_HERE)
    parts = [part.encode() for part in (before, phrase, after)]
    answer = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
    answer.content_length = sum(map(len, parts))
    with contextlib.suppress(ConnectionError):  # the browser left
        await answer.prepare(request)
        for part in parts:
            await answer.write(part)
        await answer.write_eof()
    asyncio.get_running_loop().call_later(_FREED_SECONDS, overwrite_freed)
    return answer


async def read(request: web.Request) -> web.Response:
    """Begins to read it back from its medium, for the person who is to verify it."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    asked = ReadAgencyCopy(session=visit.token, act=act_of(posted), case=case, **who_acts(posted))
    try:
        await site.keeper.ask(READ_AGENCY_COPY, asked)
    except (NotFound, Refused, Unavailable, UsageError) as error:
        return await refused_page(request, error, at=_AT, lacks=_LACKS, who=_VERIFIERS)
    return redirect(f"/cases/{case}")
