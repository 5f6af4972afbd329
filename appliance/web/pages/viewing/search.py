"""Search in the granted minutes as the player asks for it. The keeper judges and keeps what is found; web keeps nothing
of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.errors import NotLoggedIn, Refused, UsageError
from appliance.protocol.change_search import BEGIN_SEARCH, CANCEL_SEARCH, SEARCH_STATE, BeginSearch, SearchState
from appliance.protocol.viewing import GrantRequest
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SITE, visit_of

__all__ = ["begin", "cancel", "state"]


async def begin(request: web.Request) -> web.Response:
    """Begins one; answers with how it stands, or with what is wrong in words."""
    visit, posted = visit_of(request), await read_form(request)
    try:
        asked = BeginSearch(
            session=visit.token,
            grant=request.match_info["grant"],
            device=visit.device,
            camera_no=str(posted.get("camera_no", ""))[:64],
            left=_number(posted, "left"),
            top=_number(posted, "top"),
            right=_number(posted, "right"),
            bottom=_number(posted, "bottom"),
            start_ns=_number(posted, "start_ns", "0"),
            end_ns=_number(posted, "end_ns", "0"),
        )
        found = await request.app[SITE].keeper.ask(BEGIN_SEARCH, asked)
    except NotLoggedIn:
        raise
    except (UsageError, Refused) as error:  # 400 for what is refused, too: 403 would end it for the player
        words = request.app[SITE].messages.said_or_quoted(error, visit.lang)
        return web.json_response({"code": error.code, "message": words}, status=400)
    return _told(request, found)


async def state(request: web.Request) -> web.Response:
    """How the newest one stands. The page asks by itself: no activity."""
    visit = visit_of(request)
    asked = GrantRequest(session=visit.token, active=False, grant=request.match_info["grant"], device=visit.device)
    return _told(request, await request.app[SITE].keeper.ask(SEARCH_STATE, asked))


async def cancel(request: web.Request) -> web.Response:
    """Stops it; what it found so far stays."""
    visit = visit_of(request)
    asked = GrantRequest(session=visit.token, grant=request.match_info["grant"], device=visit.device)
    return _told(request, await request.app[SITE].keeper.ask(CANCEL_SEARCH, asked))


def _told(request: web.Request, found: SearchState) -> web.Response:
    """As the player reads it: nanoseconds as text (2^53 is too small)."""
    why = request.app[SITE].messages.said(found.why, visit_of(request).lang) if found.why else ""
    told = {
        "state": found.state,
        "camera_no": found.camera_no,
        "region": {"left": found.left, "top": found.top, "right": found.right, "bottom": found.bottom},
        "looked": found.looked,
        "total": found.total,
        "step": found.step_ns / 1e9,
        "masked": found.masked,
        "found": [
            {"start_ns": str(each.start_ns), "end_ns": str(each.end_ns), "stays": each.stays} for each in found.found
        ],
        "more": found.more,
        "why": why,
    }
    return web.json_response(told)


def _number(posted: Mapping[str, Any], name: str, default: str = "") -> int:
    text = str(posted.get(name, default))
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) <= 19):
        raise UsageError.of("search-number")
    return int(text)
