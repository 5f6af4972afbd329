"""One's own account: the first log-in with an own password, another password, another second factor."""

from __future__ import annotations

import json
from typing import Any

import segno
from aiohttp import web

from appliance.core.errors import NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.account import (
    ACCOUNT,
    BEGIN_FACTOR,
    BEGIN_KEY,
    CHANGE_PASSWORD,
    FINISH_FACTOR,
    FINISH_FIRST,
    FINISH_KEY,
    FIRST_AGAIN,
    REMOVE_KEY,
    ChangePassword,
    Enrolment,
    EnrolmentRequest,
    FinishFactor,
    FinishFirst,
    FinishKey,
    ProvedRequest,
    RemoveKey,
)
from appliance.protocol.endpoint import SessionRequest
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import seat_of
from appliance.web.http.request_context import SESSION_COOKIE, SITE, page, redirect, visit_of

__all__ = [
    "finish_factor",
    "finish_first",
    "finish_key",
    "first_page",
    "password",
    "remove_key",
    "show",
    "start_factor",
    "start_key",
]

_MOST_LABEL = 60


# --- the first log-in ---


def first_page(request: web.Request, enrolment: Enrolment, **said: Any) -> web.Response:
    """The form for an own password, where one is chosen, and the second factor to scan."""
    return page(
        request,
        "login/first.html",
        status=403 if said else 200,
        enrolment=enrolment,
        picture=_picture(enrolment),
        **{name: said.get(name, "") for name in ("problem", "detail", "code")},
    )


async def finish_first(request: web.Request) -> web.Response:
    """The own password and the second factor are in force; the person then logs in with them."""
    site, posted = request.app[SITE], await read_form(request)
    token, typed = str(posted.get("token", "")), str(posted.get("new", ""))
    try:
        enrolment = await site.keeper.ask(FIRST_AGAIN, EnrolmentRequest(token=token))
        if enrolment.chooses and typed != str(posted.get("again", "")):
            return first_page(request, enrolment, problem="account.differ")
        finish = FinishFirst(token=token, password=typed, code=str(posted.get("code", "")))
        await site.keeper.ask(FINISH_FIRST, finish)
    except NotLoggedIn:
        return redirect("/login?first=over")
    except (Refused, Unavailable, UsageError) as error:
        return first_page(request, enrolment, detail=error, code=error.code)
    return redirect("/login?first=done" if enrolment.chooses else "/login?first=factor")


# --- somebody who is logged in ---


async def show(request: web.Request) -> web.Response:
    done = request.query.get("done", "")
    return await _page(request, done=done if done in ("factor", "key", "key-gone", "password") else "")


async def password(request: web.Request) -> web.Response:
    """Another password. It ends every log-in of the person, this one too; whoever sits beside stays."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    seat, new = seat_of(posted), str(posted.get("new", ""))
    if new != str(posted.get("again", "")):
        return await _page(request, at="password", at_seat=seat, problem="account.differ")
    try:
        change = ChangePassword(session=visit.token, seat=seat, old=str(posted.get("old", "")), new=new)
        await site.keeper.ask(CHANGE_PASSWORD, change)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, at="password", at_seat=seat, detail=error, code=error.code)
    if len(visit.seats) > 1:
        return redirect("/account?done=password")
    answer = redirect("/login?first=changed")
    answer.del_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return answer


async def start_factor(request: web.Request) -> web.Response:
    """Shows a second factor to scan; it is in force once its code was typed."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    seat = seat_of(posted)
    try:
        begin = ProvedRequest(session=visit.token, seat=seat, password=str(posted.get("password", "")))
        enrolment = await site.keeper.ask(BEGIN_FACTOR, begin)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, at="factor", at_seat=seat, detail=error, code=error.code)
    return await _page(request, at="factor", at_seat=seat, enrolment=enrolment)


async def finish_factor(request: web.Request) -> web.Response:
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    token, seat = str(posted.get("token", "")), seat_of(posted)
    enrolment = await site.keeper.ask(FIRST_AGAIN, EnrolmentRequest(token=token))
    try:
        finish = FinishFactor(session=visit.token, token=token, code=str(posted.get("code", "")))
        await site.keeper.ask(FINISH_FACTOR, finish)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        said = {"detail": error, "code": error.code}
        return await _page(request, at="factor", at_seat=seat, enrolment=enrolment, **said)
    return redirect("/account?done=factor")


async def start_key(request: web.Request) -> web.Response:
    """After the password: what the browser makes a security key with."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    seat = seat_of(posted)
    try:
        begin = ProvedRequest(session=visit.token, seat=seat, password=str(posted.get("password", "")))
        options = (await site.keeper.ask(BEGIN_KEY, begin)).options
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, at="key", at_seat=seat, detail=error, code=error.code)
    return await _page(request, at="key", at_seat=seat, options=json.dumps(options))


async def finish_key(request: web.Request) -> web.Response:
    """The key that the browser made is in force."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    seat, label = seat_of(posted), str(posted.get("label", "")).strip()[:_MOST_LABEL]
    try:
        credential = str(posted.get("credential", ""))
        finish = FinishKey(session=visit.token, seat=seat, credential=credential, label=label)
        await site.keeper.ask(FINISH_KEY, finish)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, at="key", at_seat=seat, detail=error, code=error.code)
    return redirect("/account?done=key")


async def remove_key(request: web.Request) -> web.Response:
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    seat, password = seat_of(posted), str(posted.get("password", ""))
    try:
        remove = RemoveKey(session=visit.token, seat=seat, password=password, key=str(posted.get("which", "")))
        await site.keeper.ask(REMOVE_KEY, remove)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, at="key", at_seat=seat, detail=error, code=error.code)
    return redirect("/account?done=key-gone")


async def _page(request: web.Request, **said: Any) -> web.Response:
    visit = visit_of(request)
    found = await request.app[SITE].keeper.ask(ACCOUNT, SessionRequest(session=visit.token))
    accounts, enrolment = found.accounts, said.get("enrolment")
    return page(
        request,
        "login/account.html",
        status=403 if said.get("problem") or said.get("detail") else 200,
        accounts={account.seat: account for account in accounts},
        enrolment=enrolment,
        picture=_picture(enrolment) if enrolment else "",
        keys_possible=found.keys_possible,
        **{name: said.get(name, "") for name in ("at", "at_seat", "problem", "detail", "code", "done", "options")},
    )


def _picture(enrolment: Enrolment) -> str:
    """The QR code that the authenticator app scans, as an SVG element."""
    return segno.make(enrolment.uri, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
