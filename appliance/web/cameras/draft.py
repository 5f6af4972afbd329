"""The form of a new camera, of a change and of a replacement: a draft that the office then signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appliance.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.rules.cameras.states import Origin
from appliance.web.cameras.fields import DRAFT_PARTS, facts_of, unreadable
from appliance.web.forms.body import read_form
from appliance.web.forms.posted import act_of, seat_of
from appliance.web.link.camera_answers import Version
from appliance.web.visit import SITE, page, redirect, visit_of

__all__ = ["show", "submit"]

_FIELDS = tuple(field for _, part in DRAFT_PARTS for field in part)
_ORIGINS = (Origin.NEW, Origin.CHANGE, Origin.REPLACEMENT)


async def show(request: web.Request) -> web.Response:
    """Empty for a new camera; what stands, for a change or a replacement of ``camera``."""
    site, visit = request.app[SITE], visit_of(request)
    number, origin = request.query.get("camera", "")[:16], _origin(request.query.get("origin", ""))
    typed: dict[str, tuple[str, ...]] = {"mode": ("continuous",)}
    if number:
        told = await site.keeper.camera(visit.token, number)
        typed = _as_typed(told.versions)
    return _form(request, number, origin, typed)


async def submit(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    number, origin = str(posted.get("camera", ""))[:16].strip(), _origin(str(posted.get("origin", "")))
    typed = {name: tuple(str(each) for each in posted.getall(name) if isinstance(each, str)) for name in posted}
    if wrong := unreadable(_FIELDS, typed):
        return _form(request, number, origin, typed, wrong=wrong)
    facts = {"origin": origin, **facts_of(_FIELDS, typed)}
    try:
        done = await site.keeper.act_on_camera(
            visit.token, act_of(posted), seat_of(posted), "", number, 0, "draft", facts
        )
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return _form(request, number, origin, typed, error=error)
    return redirect(f"/cameras/{quote(done.camera)}?done=draft")


def _origin(text: str) -> str:
    return text if text in _ORIGINS else Origin.NEW


def _form(
    request: web.Request,
    number: str,
    origin: str,
    typed: Mapping[str, tuple[str, ...]],
    *,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    missing: Mapping[str, Any] = getattr(error, "details", {}) or {}
    drafter = next((seat for seat in visit.seats if {"officer", "manager"} & set(seat.roles)), None)
    return page(
        request,
        "cameras/draft.html",
        status=400 if wrong or isinstance(error, UsageError) else 403 if error else 200,
        number=number,
        origin=origin,
        parts=DRAFT_PARTS,
        typed=typed,
        wrong=wrong or {},
        drafter=drafter,
        act=site.random(16).hex(),
        why=str(missing.get("why", "")),
        missing=[str(each) for each in missing.get("missing", ())],
        detail=str(error or ""),
        code=error.code if error else "",
    )


def _as_typed(versions: tuple[Version, ...]) -> dict[str, tuple[str, ...]]:
    """What stands of a camera, as the form shows it. Not its settings: those nobody is told."""
    live = ("in_force", "announced", "review_due", "drift", "suspended")
    version = next((each for each in versions if each.state in live), versions[0])
    found: dict[str, tuple[str, ...]] = {}
    for field in _FIELDS:
        record, dot, name = field.goes.partition(".")
        if record not in ("matters", "device") or not dot:
            continue
        value = getattr(getattr(version, record), name)
        if isinstance(value, tuple):
            found[field.name] = tuple(str(each) for each in value)
        elif isinstance(value, bool):
            found[field.name] = ("yes",) if value else ()
        else:
            found[field.name] = (str(value),) if value else ()
    return found
