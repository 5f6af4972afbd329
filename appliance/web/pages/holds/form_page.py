"""The page of a new hold: shown, kept as a draft while it is typed, and submitted once by whoever here may open one on
the ground that was chosen."""

from __future__ import annotations

import asyncio

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.holds import SET_HOLD, SetHold
from appliance.protocol.login import SESSION, Seat
from appliance.protocol.status import CAMERAS, CameraPlace
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.deadlines import DAY_NS
from appliance.rules.holds import DIRECTOR, GROUNDS
from appliance.web.forms import drafting
from appliance.web.forms.asked_range import FieldProblem, settled
from appliance.web.forms.body import read_form
from appliance.web.forms.drafting import DraftForm
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.pages.holds.form import HOLD_FORM, TypedHold, check_hold, hold_typed_from

__all__ = ["discard", "save_draft", "show", "submit"]

_DRAFTS = DraftForm(HOLD_FORM, "/holds/new", hold_typed_from)


async def show(request: web.Request) -> web.Response:
    return await _page(request, *await drafting.begun(request, _DRAFTS))


async def submit(request: web.Request) -> web.Response:
    """Sets the hold at the keeper, in force when it answers; a repeated submit is harmless."""
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await drafting.posted_form(request, _DRAFTS)
    password = str((await read_form(request)).get("password", ""))
    visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token)))
    await asyncio.to_thread(site.drafts.save, act, visit.person, HOLD_FORM, typed.values())
    cameras = await _cameras(request)
    checked = check_hold(typed, {camera.camera_no for camera in cameras}, site.clock.wall_ns())
    if isinstance(checked, list):
        return await _page(request, act, typed._replace(request=settled(typed.request)), problems=checked)
    opener = openers(visit.seats)[checked["ground"]]
    if opener is None:
        problem = FieldProblem("ground", f"hold-form.nobody-{checked['ground']}")
        return await _page(request, act, typed, problems=[problem])
    try:
        asked = SetHold(session=visit.token, act=act, seat=opener.seat, password=password, **checked)
        hold = (await site.keeper.ask(SET_HOLD, asked)).hold
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError, NotFound) as error:
        return await _page(request, act, typed, detail=error, code=error.code)
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/holds/{hold}?set=1")


async def save_draft(request: web.Request) -> web.Response:
    return await drafting.save_draft(request, _DRAFTS)


async def discard(request: web.Request) -> web.Response:
    return await drafting.discard(request, _DRAFTS)


async def _cameras(request: web.Request) -> list[CameraPlace]:
    """Those in force, and those that were while there is footage of them (``T-08``). Raises Refused for who may read
    neither them nor holds."""
    if "see-status" not in visit_of(request).may:
        raise Refused.of("hold-nobody")
    status = await request.app[SITE].keeper.ask(CAMERAS, SessionRequest(session=visit_of(request).token))
    return [camera for camera in status.cameras if not camera.left or camera.earliest_ns]


def openers(seats: tuple[Seat, ...]) -> dict[str, Seat | None]:
    """By ground, who of those here would open it: the first whose role may."""
    return {
        code: next((seat for seat in seats if row.openers & set(seat.roles)), None) for code, row in GROUNDS.items()
    }


async def _page(
    request: web.Request,
    act: str,
    typed: TypedHold,
    *,
    problems: list[FieldProblem] | None = None,
    detail: object = "",
    code: str = "",
) -> web.Response:
    visit = visit_of(request)
    return page(
        request,
        "holds/hold_form.html",
        status=400 if problems else 403 if detail else 200,
        act=act,
        typed=typed,
        grounds=GROUNDS,
        max_days=MAX_SPAN_NS // DAY_NS,
        openers=openers(visit.seats),
        director=next((seat for seat in visit.seats if DIRECTOR & set(seat.roles)), None),
        problems=problems or [],
        problem_of={problem.field: problem.code for problem in problems or []},
        detail=detail,
        code=code,
        drafts=await drafting.others(request, _DRAFTS, act),
        cameras=await _cameras(request),
    )
