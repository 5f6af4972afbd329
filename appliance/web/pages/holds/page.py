"""Holds (保全): the list, one hold with its history, and what the director does with it."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.holds import HOLDS, STEPS, HoldStep, HoldView
from appliance.protocol.login import Seat
from appliance.rules.amounts import bytes_text
from appliance.rules.deadlines import day_of
from appliance.rules.holds import DIRECTOR, GROUNDS, LIVING, NOT_NOTIFIED, POLICE, possible
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.i18n.messages import Messages
from appliance.web.pages.scans.inked import ink_here, ink_posted, ink_refusal
from appliance.web.pages.scans.page import part_of

__all__ = ["confirm", "extend", "listing", "release", "show"]

_PAPERS = ("agency", "statute", "document")
_MAX_WORDS = 4_000


async def listing(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(HOLDS, SessionRequest(session=visit.token))
    share = told.kept_bytes / told.store_bytes if told.store_bytes else 0.0
    return page(
        request,
        "holds/holds.html",
        living=[hold for hold in told.holds if hold.state in LIVING],
        over=[hold for hold in told.holds if hold.state not in LIVING],
        days_left=lambda hold: _days_left(hold, told.now_ns),
        paper=_paper,
        store_known=told.store_bytes > 0,
        share=share,
        share_text=f"{share:.1%}",
        most=told.most_percent,
        kept=bytes_text(told.kept_bytes),
        store=bytes_text(told.store_bytes),
    )


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def confirm(request: web.Request) -> web.Response:
    return await _act(request, "confirm")


async def extend(request: web.Request) -> web.Response:
    return await _act(request, "extend")


async def release(request: web.Request) -> web.Response:
    return await _act(request, "release")


async def _act(request: web.Request, event: str) -> web.Response:
    """The director's act, with the password typed for it."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["hold"]
    posted = await read_form(request)
    typed = {name: str(posted.get(name, ""))[:_MAX_WORDS].strip() for name in ("reason", "police", *_PAPERS)}
    if (event != "confirm" or typed["police"] == NOT_NOTIFIED) and not typed["reason"]:
        return await _page(request, problem="hold.reason-missing", at=event, typed=typed)
    values = texts_of(posted)
    ink, lacks = ink_posted(request, values)
    if lacks:
        return await _page(request, problem=f"hold.not-done-{event}", at=event, typed=typed, values=values, ink=lacks)
    step = HoldStep(
        session=visit.token,
        act=act_of(posted),
        seat=seat_of(posted),
        password=str(posted.get("password", "")),
        hold=number,
        reason=typed["reason"],
        police=typed["police"],
        agency=typed["agency"],
        statute=typed["statute"],
        document=typed["document"],
        ink=ink.ink if ink else None,
    )
    try:
        await site.keeper.ask(STEPS[event], step)
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        named = functools.partial(_named, site.messages, visit.lang)
        director = site.messages.text("role.director", visit.lang)
        why = await ink_refusal(request, error, ink, stage=named(event), roles=director, named=named)
        said = None if why else error
        return await _page(
            request, problem=f"hold.not-done-{event}", error=said, at=event, typed=typed, values=values, ink=why
        )
    return redirect(f"/holds/{number}")


async def _page(
    request: web.Request,
    *,
    problem: str = "",
    error: RecorderError | None = None,
    at: str = "",
    typed: Mapping[str, str] | None = None,
    values: Mapping[str, tuple[str, ...]] | None = None,
    ink: Mapping[str, str] | None = None,
) -> web.Response:
    """``ink``: what is wrong with a signature in ink, in words by field; ``values``: as it was typed."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["hold"]
    told = await site.keeper.ask(HOLDS, SessionRequest(session=visit.token))
    hold = next((each for each in told.holds if each.hold == number), None)
    if hold is None:
        raise NotFound.of("hold-none-2", number=number[:20])
    ground = GROUNDS.get(hold.ground)
    scans = await part_of(request, f"hold/{number}")
    here = await ink_here(request, scans, values, ink or {})
    events = possible(ground, hold.state, hold.extensions) if ground else ()
    return page(
        request,
        "holds/hold.html",
        status=403 if problem else 200,
        hold=hold,
        needs=ground.needs if ground else (),
        possible=events,
        police=POLICE if hold.in_viewing else (),
        ink={event: here.form(DIRECTOR, here=at == event) for event in events} if here else {},
        enters=officer_seat(visit.seats),
        more_days=ground.more_days if ground else 0,
        director=_director(hold, visit.seats),
        days_left=_days_left(hold, told.now_ns),
        act=fresh_act(request),
        problem=problem,
        detail=error or "",
        code=error.code if error else "",
        at=at,
        typed=typed or dict.fromkeys(("reason", *_PAPERS), ""),
        just_set="set" in request.query,
        scans=scans,
    )


_PAST = {"confirm": "confirmed", "extend": "extended", "release": "released"}


def _named(messages: Messages, lang: str, event: str) -> str:
    """What an act on a hold is called."""
    code = f"hold.deed-{_PAST.get(event, event)}"
    return messages.text(code, lang) if code in messages else event


def _director(hold: HoldView, seats: tuple[Seat, ...]) -> Seat | None:
    """The director, where another person opened the hold or only the director can have."""
    alone = hold.ground in GROUNDS and GROUNDS[hold.ground].openers == DIRECTOR
    return next((s for s in seats if DIRECTOR & set(s.roles) and (alone or s.person != hold.set_person)), None)


def _days_left(hold: HoldView, now_ns: int) -> int | None:
    """Whole days to the hold's last day; None where none is counted or it is over."""
    if not hold.until_ns or hold.state not in LIVING:
        return None
    return max(0, (day_of(hold.until_ns - 1) - day_of(now_ns)).days)


def _paper(hold: HoldView) -> str:
    """The newest document that the hold stands on, in a line."""
    for deed in reversed(hold.history):
        if named := [text for text in (deed.agency, deed.statute, deed.document) if text]:
            return " ".join(named)
    return ""
