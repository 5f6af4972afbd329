"""The page of the request form: shown, kept as a draft while it is typed, submitted once."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from appliance.errors import NotLoggedIn, UsageError
from appliance.rules.workflow import MAX_SPAN_NS
from appliance.web.answers import CameraNow
from appliance.web.request_form import FORM, FieldProblem, Typed, check, settled, typed_from
from appliance.web.visit import SITE, page, redirect, visit_of

__all__ = ["discard", "save_draft", "show", "submit"]

_ACT = re.compile(r"[0-9a-f]{32}")
_DAY_NS = 24 * 3600 * 1_000_000_000


async def show(request: web.Request) -> web.Response:
    """An empty form under a fresh act id, or the draft that is asked for."""
    site, visit = request.app[SITE], visit_of(request)
    act = request.query.get("draft", "")
    draft = await asyncio.to_thread(site.drafts.get, act, visit.person) if _ACT.fullmatch(act) else None
    if draft is not None:
        return await _page(request, act, typed_from(draft.values))
    return await _page(request, site.random(16).hex(), Typed())


async def submit(request: web.Request) -> web.Response:
    """Receives the request at the keeper, which pins the footage in the same act; a repeated submit is harmless."""
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await _posted(request)
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
    """Called by the page a moment after each change."""
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await _posted(request)
    if typed.is_empty:
        await asyncio.to_thread(site.drafts.strike, act, visit.person)
        return web.json_response({"saved": False})
    saved = await asyncio.to_thread(site.drafts.save, act, visit.person, FORM, typed.values())
    return web.json_response({"saved": saved})


async def discard(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    act, _ = await _posted(request)
    await asyncio.to_thread(site.drafts.strike, act, visit.person)
    return redirect("/cases/new")


async def _posted(request: web.Request) -> tuple[str, Typed]:
    posted = await request.post()
    act = str(posted.get("act", ""))
    if not _ACT.fullmatch(act):
        raise UsageError("form: its act id is missing; open the form again")
    values: dict[str, list[str]] = {}
    for name, value in posted.items():
        values.setdefault(name, []).append(str(value))
    return act, typed_from(values)


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
    site, visit = request.app[SITE], visit_of(request)
    drafts = await asyncio.to_thread(site.drafts.of, visit.person, FORM)
    return page(
        request,
        "request_form.html",
        status=400 if problems else 200,
        act=act,
        typed=typed,
        max_days=MAX_SPAN_NS // _DAY_NS,
        problems=problems or [],
        problem_of={problem.field: problem.code for problem in problems or []},
        cameras=await _cameras(request) if cameras is None else cameras,
        drafts=[draft for draft in drafts if draft.act != act],
    )
