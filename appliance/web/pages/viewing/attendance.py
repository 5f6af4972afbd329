"""Who is there while footage is shown: signs of life, 確認在場, leaving, and coming back in the same place."""

from __future__ import annotations

from aiohttp import web

from appliance.core.errors import (
    FactorDue,
    NotFound,
    NotLoggedIn,
    PasswordDue,
    RecorderError,
    Refused,
    Unavailable,
    UsageError,
)
from appliance.protocol.login import LOG_IN, LOG_OUT, LogIn, LogOut
from appliance.protocol.viewing import (
    OPEN_VIEWING,
    PRESENT,
    VIEWING_LIVES,
    GrantRequest,
    OpenViewing,
    Presence,
    PresentRequest,
)
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SESSION_COOKIE, SITE, visit_of, with_session
from appliance.web.http.seats import who_acts

__all__ = ["come_back", "here", "leave", "present"]


async def here(request: web.Request) -> web.Response:
    """Whether the viewing still lives, for a player that is paused: else it goes dark. Activity only where somebody did
    something since the player asked last (``there``)."""
    active = request.query.get("there") == "1"
    visit = visit_of(request)
    asked = GrantRequest(session=visit.token, active=active, grant=request.match_info["grant"], device=visit.device)
    return _told(await request.app[SITE].keeper.ask(VIEWING_LIVES, asked))


async def present(request: web.Request) -> web.Response:
    """確認在場, by the own password."""
    visit, posted = visit_of(request), await read_form(request)
    asked = PresentRequest(
        session=visit.token, grant=request.match_info["grant"], device=visit.device, **who_acts(posted)
    )
    try:
        return _told(await request.app[SITE].keeper.ask(PRESENT, asked))
    except NotLoggedIn:
        raise
    except (UsageError, Refused, Unavailable) as error:
        return _wrong(request, error)


def _told(found: Presence) -> web.Response:
    return web.json_response({"dark": found.dark, "left": found.left_seconds})


async def leave(request: web.Request) -> web.Response:
    """離席: ends the log-in of one seat, and with it what both saw. Whoever stays goes on under a new token."""
    visit, seat = visit_of(request), str((await read_form(request)).get("seat", ""))
    if seat not in ("1", "2"):
        raise UsageError.of("form-whose-password")
    stays = await request.app[SITE].keeper.ask(LOG_OUT, LogOut(session=visit.token, seat=int(seat)))
    answer = web.json_response({"stays": bool(stays.session)})
    if stays.session:
        return with_session(answer, stays.session)
    answer.del_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return answer


async def come_back(request: web.Request) -> web.Response:
    """Whoever left logs in again beside the other, and with the same password opens the footage where it stood. Where
    that person holds no key of it, the case's page asks whoever does."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    password, case = str(posted.get("password", "")), str(posted.get("case", ""))
    path = f"/cases/{case}" if case.replace("-", "").isalnum() else "/cases"
    asked = LogIn(
        name=str(posted.get("name", "")).strip(),
        password=password,
        totp="".join(str(posted.get("totp") or "").split()),
        session=visit.token,
        key=str(posted.get("key", "")),
        source=request.remote or "",
    )
    try:
        seats = await site.keeper.ask(LOG_IN, asked)
    except NotLoggedIn:
        raise
    except (FactorDue, PasswordDue):
        return web.json_response({"to": path})
    except (UsageError, Refused, Unavailable) as error:
        return _wrong(request, error)
    try:
        wanted = OpenViewing(
            session=seats.session, case=case, seat=seats.seats[-1].seat, password=password, device=visit.device
        )
        path = f"/viewing/{(await site.keeper.ask(OPEN_VIEWING, wanted)).grant}"
    except (UsageError, Refused, NotFound, Unavailable):
        path = f"{path}#view"
    return with_session(web.json_response({"to": path}), seats.session)


def _wrong(request: web.Request, error: RecorderError) -> web.Response:
    """400 for what is refused as well: 403 would end it for the player."""
    words = request.app[SITE].messages.said_or_quoted(error, visit_of(request).lang)
    return web.json_response({"code": error.code, "message": words}, status=400)
