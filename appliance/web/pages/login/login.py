"""Logging in, the second person joining, leaving, and the choice of language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.errors import (
    FactorDue,
    Locked,
    NotLoggedIn,
    PasswordDue,
    RecorderError,
    Refused,
    Unavailable,
    UsageError,
)
from appliance.protocol.account import BEGIN_FIRST, KEY_REQUEST, BeginFirst
from appliance.protocol.endpoint import Request, SessionRequest
from appliance.protocol.login import LOG_IN, LOG_OUT, SESSION, LogIn, LogOut
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import (
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    SITE,
    local_path,
    page,
    redirect,
    visit_of,
    with_session,
)
from appliance.web.i18n.messages import LANGUAGES
from appliance.web.pages.login.account import first_page

__all__ = ["choose_language", "join", "key_request", "leave", "show", "submit"]

_FIRST = ("done", "changed", "factor", "over")
"""What the door says after an own password was chosen or changed, a second factor set up, or either took too long."""
_YEAR_SECONDS = 365 * 86_400


async def show(request: web.Request) -> web.Response:
    """The first person's log-in; a person who is logged in already is sent on."""
    visit = visit_of(request)
    following = local_path(request.query.get("next", "/"))
    if visit.token:
        try:
            await request.app[SITE].keeper.ask(SESSION, SessionRequest(session=visit.token))
        except NotLoggedIn:
            return _form(request, following, over=True)
        return redirect(following)
    return _form(request, following)


async def submit(request: web.Request) -> web.Response:
    posted = await read_form(request)
    following = local_path(str(posted.get("next", "/")))
    asked = _log_in(request, posted)
    try:
        seats = await request.app[SITE].keeper.ask(LOG_IN, asked)
    except (FactorDue, PasswordDue):
        return await _first(request, asked)
    except (Refused, Unavailable, UsageError) as error:
        return _form(request, following, name=str(posted.get("name", "")), error=error)
    return with_session(redirect(following), seats.session)


def _log_in(request: web.Request, posted: Mapping[str, Any], joins: str | None = None) -> LogIn:
    """What was typed. A code that was typed beside a security key is not looked at."""
    return LogIn(
        name=str(posted.get("name", "")).strip(),
        password=str(posted.get("password", "")),
        totp="".join(str(posted.get("totp") or "").split()),
        session=joins,
        key=str(posted.get("key", "")),
        source=request.remote or "",
    )


async def _first(request: web.Request, asked: LogIn) -> web.Response:
    """The password was drawn by the machine, or the second factor is missing that the roles need: an own password is
    chosen and the factor set up before anything else."""
    try:
        begin = BeginFirst(name=asked.name, password=asked.password, source=asked.source)
        return first_page(request, await request.app[SITE].keeper.ask(BEGIN_FIRST, begin))
    except (Refused, Unavailable) as error:
        return _form(request, "/", name=asked.name, error=error)


async def join(request: web.Request) -> web.Response:
    """The second person logs in at the first one's browser; the session's token changes."""
    visit, posted = visit_of(request), await read_form(request)
    following = local_path(str(posted.get("next", "/")))
    asked = _log_in(request, posted, visit.token)
    try:
        seats = await request.app[SITE].keeper.ask(LOG_IN, asked)
    except NotLoggedIn:
        raise
    except (FactorDue, PasswordDue):
        return await _first(request, asked)
    except (Refused, Unavailable, UsageError) as error:
        return page(
            request,
            "login/join.html",
            status=403,
            following=following,
            name=asked.name,
            problem=_problem(error),
            detail=error,
        )
    return with_session(redirect(following), seats.session)


async def key_request(request: web.Request) -> web.Response:
    """What a browser asks a security key of this site; it says nothing of anybody."""
    return web.json_response({"options": (await request.app[SITE].keeper.ask(KEY_REQUEST, Request())).options})


async def leave(request: web.Request) -> web.Response:
    """Ends the session for everybody in it, here and at the keeper; with a seat, for that person alone."""
    visit, seat = visit_of(request), str((await read_form(request)).get("seat", ""))
    if visit.token:
        asked = LogOut(session=visit.token, seat=int(seat) if seat in ("1", "2") else None)
        stays = await request.app[SITE].keeper.ask(LOG_OUT, asked)
        if stays.session:
            return with_session(redirect("/"), stays.session)
    answer = redirect("/login")
    answer.del_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def choose_language(request: web.Request) -> web.Response:
    posted = await read_form(request)
    answer = redirect(local_path(str(posted.get("next", "/"))))
    chosen = str(posted.get("lang", ""))
    if chosen in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, path="/", secure=True, httponly=True,
                          samesite="Lax")  # fmt: skip
    return answer


def _form(
    request: web.Request, following: str, *, name: str = "", error: RecorderError | None = None, over: bool = False
) -> web.Response:
    answer = page(
        request,
        "login/login.html",
        status=403 if error else 200,
        following=following,
        name=name,
        problem=_problem(error) if error else "",
        detail=error or "",
        over=over,
        first=request.query.get("first", "") if request.query.get("first", "") in _FIRST else "",
    )
    if over:
        answer.del_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return answer


def _problem(error: RecorderError) -> str:
    """The message code: one and the same for a wrong name, password or code."""
    if isinstance(error, Locked):
        return "login.locked"
    if isinstance(error, Unavailable):
        return "login.wait"
    return "login.same-person" if isinstance(error, UsageError) else "login.wrong"
