"""One guided way from a device to the approval of 五: find it, log in, look, place it, describe it, how many days the
disk would hold, and sign. Each step but the look writes to the draft, so that whoever stops goes on where it was left.

A device that speaks ONVIF is asked in the first step, with the account that was typed: what it answers fills the draft.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.cameras import (
    ACT_ON_CAMERA,
    ASK_DEVICE,
    CAMERA,
    CAMERA_DAYS,
    CAMERA_KINDS,
    SEARCH_CAMERAS,
    ActOnCamera,
    CameraDetails,
    CameraDone,
    CameraKinds,
    CameraRequest,
    DeviceAnswer,
    Version,
    VersionRequest,
)
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.pictures import PREVIEW, PictureView, VersionPicture
from appliance.rules.cameras.addresses import MAKES, address_of, template_of
from appliance.rules.cameras.wiring import Declared
from appliance.rules.scans import camera_papers
from appliance.web.forms.body import Form, read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, who_acts
from appliance.web.i18n.roc_time import plain_text
from appliance.web.pages.cameras.device import compared, keys_far, lesser_of, offset_of, rate_text, taken
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
    posted = await read_form(request)
    typed = texts_of(posted)
    step, number = _one(typed, "step"), plain_text(_one(typed, "camera"))[:16]
    if step not in ("search", "find", "take", "look", "move", *_PARTS):
        raise UsageError.of("form-no-step")
    act, version = act_of(posted), _number(_one(typed, "version"))
    try:
        if step == "search":
            await _search(request)
            return redirect("/cameras/guide#found")
        if step == "move":
            return await _move(request, posted, act, number)
        if step == "look":
            return await _look(request, posted, act, number, version)
        facts = await _facts(request, step, number, version, typed)
        if isinstance(facts, Mapping) and "wrong" in facts:
            return await _page(
                request, step=step, number=number, version=version, typed=typed, wrong=facts["wrong"]
            )  # fmt: skip
        event = "revise" if version else "draft"
        done = await _done(request, posted, act, number, version, event, facts)
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        step = "find" if step in ("take", "move") else step
        return await _page(request, step=step, number=number, version=version, typed=typed, error=error)
    if step == "find" and _one(typed, "then") == "ask":
        return await _ask(request, done.camera, done.version)
    if step == "take":
        second = hashlib.sha256(f"{act} look".encode()).hexdigest()[:32]  # an act of its own, for which no id came
        return await _look(request, posted, second, done.camera, done.version)
    following = STEPS[STEPS.index(step) + 1]
    return redirect(f"/cameras/guide?camera={quote(done.camera)}&version={done.version}&step={following}")


async def _done(
    request: web.Request, posted: Form, act: str, number: str, version: int, event: str, facts: Mapping[str, Any]
) -> CameraDone:
    """The act on the draft, by whoever drafts; raises as the keeper refuses."""
    asked = ActOnCamera(
        session=visit_of(request).token,
        act=act,
        seat=seat_of(posted),
        password=str(posted.get("password", "")),
        camera=number,
        version=version,
        event=event,
        facts=dict(facts),
    )
    return await request.app[SITE].keeper.ask(ACT_ON_CAMERA, asked)


async def _move(request: web.Request, posted: Form, act: str, number: str) -> web.Response:
    """Begins a like-for-like replacement of a camera whose device answers at another address: all stays as it stands
    but that address. The account is typed anew, for a password goes to no host that it was not typed for."""
    site, visit = request.app[SITE], visit_of(request)
    details = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
    if not details.moved_to:
        raise NotFound.of("camera-not-moved", camera=number[:20])
    reason = site.messages.text("camera-device.moved-reason", visit.lang)
    way = {"source": "", "settings": {"url": details.moved_to}, "priority": details.standing.priority}
    facts = facts_of(_FIELDS, as_typed(details.standing)) | {"origin": "replacement", "keeps": True, "wiring": way}
    done = await _done(request, posted, act, number, 0, "draft", facts | {"reason": reason})
    return redirect(f"/cameras/guide?camera={quote(number)}&version={done.version}&step=find#way")


async def _ask(request: web.Request, number: str, version: int) -> web.Response:
    """The first step again, with what the device of the draft says of itself, or why it says nothing."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        wanted = VersionRequest(session=visit.token, camera=number, version=version)
        answer = await site.keeper.ask(ASK_DEVICE, wanted)
    except (Refused, NotFound, Unavailable) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _page(request, step="find", number=number, version=version, error=error)
    return await _page(request, step="find", number=number, version=version, answer=answer)


async def _look(request: web.Request, posted: Form, act: str, number: str, version: int) -> web.Response:
    """The picture, as it is now."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        wanted = VersionPicture(session=visit.token, act=act, camera=number, version=version, **who_acts(posted))
        shown = await site.keeper.ask(PREVIEW, wanted)
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _page(request, step="look", number=number, version=version, error=error)
    return await _page(request, step="look", number=number, version=version, shown=shown)


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
    if step == "take":
        answer = taken(typed)
        way = {"source": "", "settings": answer.settings, "priority": draft.priority}
        return facts_of(_FIELDS, {**standing, **answer.device}) | {"keeps": True, "wiring": way}
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
    settings = settings_of(ways.kinds.get(source, ()), typed)
    if source == "rtsp" and settings.get("url"):
        settings["url"] = address_of(str(settings["url"]))
        found = template_of(_one(typed, "template"), settings["url"])
        if _one(typed, "then") == "template" and found is not None:
            settings |= {"url": found[0], "lesser_url": found[1]}
    return {
        "source": source,
        "settings": settings,
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


def _draft(details: CameraDetails, version: int) -> Version:
    found = next((each for each in details.versions if each.version == version), None)
    if found is None or found.state != "draft":
        raise NotFound.of("camera-no-draft", camera=details.camera, version=version)
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
    answer: DeviceAnswer | None = None,
) -> web.Response:
    site, visit, query = request.app[SITE], visit_of(request), request.query
    number, version = number or query.get("camera", "")[:16], version or _number(query.get("version", ""))
    step = step or (query.get("step", "") if query.get("step", "") in STEPS else "")
    drafter = officer_seat(visit.seats)
    report, draft, details = answer.report if answer else None, None, None
    if version or step not in ("", "find"):
        details = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
        draft = _draft(details, version)
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
        makes=MAKES,
        report=report,
        registered=answer.registered if answer else "",
        lesser=lesser_of(report.streams) if report else -1,
        clock=offset_of(report) if report else ("", "", 0),
        compared=compared(details, report) if report and details else "",
        draft_standing_serial=details.standing.device.serial if details else "",
        usable=[(number, each) for number, each in enumerate(report.streams) if each.url] if report else [],
        rate_text=rate_text,
        keys_far=keys_far,
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
