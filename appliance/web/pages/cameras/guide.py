"""One guided way from a device to the approval of 五: find it, log in, look, place it, describe it, how many days the
disk would hold, and sign. Each step but the look writes to the draft, so that whoever stops goes on where it was left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.cameras import (
    ACT_ON_CAMERA,
    CAMERA,
    CAMERA_DAYS,
    CAMERA_KINDS,
    SEARCH_CAMERAS,
    ActOnCamera,
    CameraDetails,
    CameraKinds,
    CameraRequest,
    Version,
    VersionRequest,
)
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.pictures import PREVIEW, PictureView, VersionPicture
from appliance.rules.cameras.wiring import Declared
from appliance.rules.scans import camera_papers
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, who_acts
from appliance.web.i18n.roc_time import plain_text
from appliance.web.pages.cameras.draft import as_typed
from appliance.web.pages.cameras.fields import DRAFT_PARTS, Field, facts_of, unreadable
from appliance.web.pages.cameras.refusals import refusal_of
from appliance.web.pages.scans.page import part_of

__all__ = ["STEPS", "settings_of", "show", "step_of", "submit"]

STEPS = ("find", "look", "place", "device", "days", "sign")
"""找到並登入, 預覽, 位置與攝錄, 設備與理由, 保存日數, 送簽."""

_PRIORITIES = ("10", "100", "200")
_PARTS = {"place": ("place", "view"), "device": ("device", "why")}
_FIELDS = tuple(field for _, part in DRAFT_PARTS for field in part if not field.goes.startswith("wiring."))
_SET = "set-"


async def show(request: web.Request) -> web.Response:
    """A step of a draft; the first of one that is not there yet."""
    return await _page(request)


async def submit(request: web.Request) -> web.Response:
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    typed = texts_of(posted)
    step, number = _one(typed, "step"), plain_text(_one(typed, "camera"))[:16]
    if step not in ("search", "find", "look", *_PARTS):
        raise UsageError.of("form-no-step")
    act, version = act_of(posted), _number(_one(typed, "version"))
    try:
        if step == "search":
            await _search(request)
            return redirect("/cameras/guide#found")
        if step == "look":
            wanted = VersionPicture(session=visit.token, act=act, camera=number, version=version, **who_acts(posted))
            shown = await site.keeper.ask(PREVIEW, wanted)
            return await _page(request, step=step, number=number, version=version, shown=shown)
        facts = await _facts(request, step, number, version, typed)
        if isinstance(facts, Mapping) and "wrong" in facts:
            return await _page(
                request, step=step, number=number, version=version, typed=typed, wrong=facts["wrong"]
            )  # fmt: skip
        event = "revise" if version else "draft"
        done = await site.keeper.ask(
            ACT_ON_CAMERA,
            ActOnCamera(
                session=visit.token,
                act=act,
                seat=seat_of(posted),
                password=str(posted.get("password", "")),
                camera=number,
                version=version,
                event=event,
                facts=facts,
            ),
        )
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _page(request, step=step, number=number, version=version, typed=typed, error=error)
    following = STEPS[STEPS.index(step) + 1]
    return redirect(f"/cameras/guide?camera={quote(done.camera)}&version={done.version}&step={following}")


async def _search(request: web.Request) -> None:
    """Asks for a search of the network and waits until it is over, or for as long as one may take."""
    site, visit = request.app[SITE], visit_of(request)
    number = (await site.keeper.ask(SEARCH_CAMERAS, SessionRequest(session=visit.token))).number
    for _ in range(_SEARCH_LOOKS):
        search = (await site.keeper.ask(CAMERA_KINDS, SessionRequest(session=visit.token))).search
        if search.number != number or search.done_ns:
            return
        await asyncio.sleep(_SEARCH_REST_SECONDS)


_SEARCH_LOOKS, _SEARCH_REST_SECONDS = 40, 0.25


def settings_of(declared: tuple[Declared, ...], typed: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The settings of a kind as typed in their own fields; what was left empty is not among them. Text that is no
    number stays text, and the keeper says that it is none."""
    found: dict[str, Any] = {}
    for each in declared:
        text = _one(typed, _SET + each.name)
        if each.type == "bool":
            if text:
                found[each.name] = text == "yes"
        elif text:
            found[each.name] = _figure(text) if each.type in ("int", "float") else text
    return found


def _figure(text: str) -> int | float | str:
    plain = plain_text(text)
    try:
        return int(plain)
    except ValueError:
        try:
            return float(plain)
        except ValueError:
            return text


async def _facts(
    request: web.Request, step: str, number: str, version: int, typed: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What the keeper takes for the step; ``wrong`` alone where a field cannot be read. A revision sends the whole
    draft: what is not asked in this step stays as it is."""
    site, visit = request.app[SITE], visit_of(request)
    if step == "find" and not version:
        return {"origin": "new", "wiring": await _way(request, typed), "matters": {"mode": "continuous"}}
    draft = _draft(await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number)), version)
    standing = as_typed(draft, whole=True)
    if step == "find":
        way = await _way(request, typed)
        kept = {"keeps": True, "wiring": way | {"source": ""}} if way["source"] == draft.source else {"wiring": way}
        return facts_of(_FIELDS, standing) | kept
    asked = fields_of(step)
    if wrong := unreadable(asked, typed):
        return {"wrong": wrong}
    mine = {field.name: typed.get(field.name, ()) for field in asked}
    return facts_of(_FIELDS, {**standing, **mine})


async def _way(request: web.Request, typed: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The way to a camera as its own fields have it."""
    source, priority = _one(typed, "source"), _one(typed, "priority")
    ways = await request.app[SITE].keeper.ask(CAMERA_KINDS, SessionRequest(session=visit_of(request).token))
    return {
        "source": source,
        "settings": settings_of(ways.kinds.get(source, ()), typed),
        "priority": int(priority) if priority in _PRIORITIES else 100,
    }


def step_of(draft: Version) -> str:
    """Where a draft is gone on with: the first step that still lacks something."""
    matters, device = draft.matters, draft.device
    if not draft.source:
        return "find"
    if not (matters.area and matters.place and matters.place_kind and matters.view and matters.purposes):
        return "place"
    return "sign" if device.make and device.model and draft.reason else "device"


def fields_of(step: str) -> tuple[Field, ...]:
    """The fields that a step asks for."""
    return tuple(field for part, fields in DRAFT_PARTS if part in _PARTS.get(step, ()) for field in fields)


def _draft(told: CameraDetails, version: int) -> Version:
    found = next((each for each in told.versions if each.version == version), None)
    if found is None or found.state != "draft":
        raise NotFound.of("camera-no-draft", camera=told.camera, version=version)
    return found


def _one(typed: Mapping[str, tuple[str, ...]], name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


async def _page(
    request: web.Request,
    *,
    step: str = "",
    number: str = "",
    version: int = 0,
    typed: Mapping[str, tuple[str, ...]] | None = None,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
    shown: PictureView | None = None,
) -> web.Response:
    site, visit, query = request.app[SITE], visit_of(request), request.query
    number, version = number or query.get("camera", "")[:16], version or _number(query.get("version", ""))
    step = step or (query.get("step", "") if query.get("step", "") in STEPS else "")
    drafter = officer_seat(visit.seats)
    draft = None
    if version or step not in ("", "find"):
        draft = _draft(await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number)), version)
    step = step or (step_of(draft) if draft else "find")
    ways = CameraKinds()
    if step == "find" and drafter:
        ways = await site.keeper.ask(CAMERA_KINDS, SessionRequest(session=visit.token))
    days = None
    if step == "days" and drafter:
        wanted = VersionRequest(session=visit.token, camera=number, version=version)
        days = await site.keeper.ask(CAMERA_DAYS, wanted)
    source = _one(typed or {}, "source") or query.get("source", "")[:40] or (draft.source if draft else "")
    return page(
        request,
        "cameras/guide.html",
        steps=STEPS,
        step=step,
        at=STEPS.index(step),
        number=number,
        version=version,
        draft=draft,
        drafter=drafter,
        ways=ways,
        source=source if source in ways.kinds else "",
        keeps=draft is not None and source == draft.source,
        device=query.get("device", "")[:200],
        priorities=_PRIORITIES,
        parts=[(part, fields) for part, fields in DRAFT_PARTS if part in _PARTS.get(step, ())],
        typed=typed if typed is not None else as_typed(draft, whole=True) if draft else {},
        days=days,
        submit=next((each for each in draft.possible if each.event == "submit"), None) if draft else None,
        scans=await part_of(request, camera_papers(number, version), guided=True) if step == "sign" else None,
        shown=shown,
        error_here=error is not None,
        act=fresh_act(request),
        camera=None,
        **refusal_of(error, wrong),
    )
