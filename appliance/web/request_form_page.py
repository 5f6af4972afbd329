"""The page of the request form: shown, kept as a draft while it is typed, submitted once."""

from __future__ import annotations

import asyncio

from aiohttp import web

from appliance.errors import NotLoggedIn
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.deadlines import DAY_NS
from appliance.web import drafting
from appliance.web.answers import CameraNow
from appliance.web.drafting import DraftForm
from appliance.web.request_form import FORM, FieldProblem, Typed, check, settled, typed_from
from appliance.web.visit import SITE, page, redirect, visit_of

__all__ = ["discard", "save_draft", "show", "submit"]

_DRAFTS = DraftForm(FORM, "/cases/new", typed_from)


async def show(request: web.Request) -> web.Response:
    return await _page(request, *await drafting.begun(request, _DRAFTS))


async def submit(request: web.Request) -> web.Response:
    """Receives the request at the keeper, which pins the footage in the same act; a repeated submit is harmless."""
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await drafting.posted_form(request, _DRAFTS)
    try:
        visit.sit(await site.keeper.session(visit.token))
    except NotLoggedIn:
        # The log-in ran out while the form was typed: the submit is refused, but a draft begun before is brought up
        # to date under its unguessable act id, so nothing typed is lost.
        await asyncio.to_thread(site.drafts.update, act, typed.values())
        return redirect(f"/login?next=/cases/new%3Fdraft%3D{act}")
    cameras = await _cameras(request)
    checked = check(typed, {camera.camera_no for camera in cameras}, site.clock.wall_ns())
    if isinstance(checked, list):
        await asyncio.to_thread(site.drafts.save, act, visit.person, FORM, typed.values())
        return await _page(request, act, settled(typed), problems=checked, cameras=cameras)
    case = await site.keeper.receive(
        visit.token, act, checked.reason, checked.cameras, checked.start_ns, checked.end_ns
    )
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/cases/{case}?received=1")


async def save_draft(request: web.Request) -> web.Response:
    return await drafting.save_draft(request, _DRAFTS)


async def discard(request: web.Request) -> web.Response:
    return await drafting.discard(request, _DRAFTS)


async def _cameras(request: web.Request) -> tuple[CameraNow, ...]:
    return (await request.app[SITE].keeper.status(visit_of(request).token)).cameras


async def _page(
    request: web.Request,
    act: str,
    typed: Typed,
    *,
    problems: list[FieldProblem] | None = None,
    cameras: tuple[CameraNow, ...] | None = None,
) -> web.Response:
    return page(
        request,
        "request_form.html",
        status=400 if problems else 200,
        act=act,
        typed=typed,
        max_days=MAX_SPAN_NS // DAY_NS,
        problems=problems or [],
        problem_of={problem.field: problem.code for problem in problems or []},
        cameras=await _cameras(request) if cameras is None else cameras,
        drafts=await drafting.others(request, _DRAFTS, act),
    )
