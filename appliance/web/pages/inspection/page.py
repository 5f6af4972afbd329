"""A day's row: what failed, opened and judged one by one; the boxes, the handling, and the inspector's signature."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.inspection import (
    INSPECTION_DAY,
    OPEN_ITEM,
    PROPOSE,
    SIGN_ROW,
    InspectionDayRequest,
    OpenItem,
    RowView,
    SignRow,
)
from appliance.protocol.login import SESSION
from appliance.protocol.pictures import INSPECTION_PICTURES, PictureAct, PictureView
from appliance.protocol.status import STATUS, StatusRequest
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.facts import Judged
from appliance.rules.inspection.rows import BOXES, LATE_REASONS, OFFICERS
from appliance.selftest.figures import Figure, figure
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, texts_of
from appliance.web.forms.ink import InkRead
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, who_acts
from appliance.web.i18n.messages import Messages
from appliance.web.pages.inspection.words import InspectionWords
from appliance.web.pages.scans.inked import ink_here, ink_posted, ink_refusal, wants_ink
from appliance.web.pages.scans.page import part_of

__all__ = ["look", "pictures", "propose", "refused_ink", "show", "sign", "today"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MAX_WORDS = 2_000


class Typed(NamedTuple):
    """What stands in the form: ticked boxes, ``normal`` among them; what is said of each finding, and why. The machine
    proposes beside it and ticks nothing (``AT-16``)."""

    boxes: tuple[str, ...] = ()
    judged: Mapping[str, str] = {}
    reasons: Mapping[str, str] = {}
    handling: str = ""
    late: str = ""
    late_words: str = ""


async def today(request: web.Request) -> web.Response:
    return await _page(request, "")


async def show(request: web.Request) -> web.Response:
    return await _page(request, _day_of(request))


async def look(request: web.Request) -> web.Response:
    """A failing item is opened: what was typed so far stays in the form."""
    site, visit, day = request.app[SITE], visit_of(request), _day_of(request)
    posted = await read_form(request)
    item = str(posted.get("item", ""))
    await site.keeper.ask(OPEN_ITEM, OpenItem(session=visit.token, day=day, item=item))
    return await _page(request, day, typed=_typed(posted), at=item)


async def pictures(request: web.Request) -> web.Response:
    """A fresh small picture of each camera, and how loud it is; what was typed so far stays in the form."""
    site, visit, day = request.app[SITE], visit_of(request), _day_of(request)
    posted = await read_form(request)
    typed = _typed(posted)
    wanted = PictureAct(session=visit.token, act=act_of(posted), **_looks(posted))
    try:
        shown = await site.keeper.ask(INSPECTION_PICTURES, wanted)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, day, typed=typed, error=error, at="pictures")
    return await _page(request, day, typed=typed, shown={each.camera: each for each in shown.pictures}, at="pictures")


async def propose(request: web.Request) -> web.Response:
    site, visit, day = request.app[SITE], visit_of(request), _day_of(request)
    await read_form(request)
    try:
        await site.keeper.ask(PROPOSE, SessionRequest(session=visit.token))
    except NotAllowed as error:
        return await _page(request, day, error=error)
    return redirect(f"/inspection/{day}")


async def sign(request: web.Request) -> web.Response:
    """The signature, with the password typed for it; what is missing is said at once, and nothing typed is lost."""
    site, visit, day = request.app[SITE], visit_of(request), _day_of(request)
    posted = await read_form(request)
    typed = _typed(posted)
    visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token)))
    officer = officer_seat(visit.seats)
    values = texts_of(posted)
    ink, lacks = ink_posted(request, values)
    if lacks:
        return await _page(request, day, typed=typed, values=values, ink=lacks)
    try:
        if officer is None:
            raise Refused.of("inspection-signs")
        signing = SignRow(
            session=visit.token,
            act=act_of(posted),
            seat=officer.seat,
            password=str(posted.get("password", "")),
            day=day,
            normal="normal" in typed.boxes,
            boxes=tuple(box for box in typed.boxes if box != "normal"),
            judged=_judged(typed),
            handling=typed.handling,
            late=typed.late,
            late_words=typed.late_words,
            ink=ink.ink if ink else None,
        )
        await site.keeper.ask(SIGN_ROW, signing)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        why = await refused_ink(request, error, ink, "sign", OFFICERS)
        return await _page(request, day, typed=typed, error=None if why else error, values=values, ink=why)
    return redirect(f"/inspection/{day}?signed=1")


def _judged(typed: Typed) -> dict[str, Judged]:
    """A fault needs no reason."""
    return {
        key: Judged(fault=said == "fault", reason=typed.reasons.get(key, "") if said != "fault" else "")
        for key, said in typed.judged.items()
    }


def _looks(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Who has pictures taken; the password of the form is the signature's."""
    return who_acts({"password": posted.get("look-password", "")})


async def refused_ink(
    request: web.Request, error: RecorderError, read: InkRead | None, event: str, roles: Collection[str]
) -> dict[str, str]:
    """Why the keeper did not take a signature in ink, by field; nothing where it is about something else."""
    site, visit = request.app[SITE], visit_of(request)
    named = functools.partial(_named, site.messages, visit.lang)
    takes = "／".join(site.messages.text(f"role.{role}", visit.lang) for role in sorted(roles))
    return await ink_refusal(request, error, read, stage=named(event), roles=takes, named=named)


def _named(messages: Messages, lang: str, event: str) -> str:
    code = {"sign": "inspection.sign", "stamp": "inspection.stamp", "begin": "ink.day-begins"}.get(event, "")
    return messages.text(code, lang) if code else event


def _day_of(request: web.Request) -> str:
    day = request.match_info["day"]
    if not _DAY.fullmatch(day):
        raise NotFound.of("inspection-day", day=repr(day[:20]))
    return day


def _typed(posted: Mapping[str, Any]) -> Typed:
    """Findings are numbered in the form, their keys hidden beside."""
    get_all = getattr(posted, "getall", None)
    boxes = [str(box) for box in (get_all("box", []) if get_all else ())]
    keys = {name.removeprefix("key-"): str(key) for name, key in posted.items() if name.startswith("key-")}
    return Typed(
        boxes=tuple(box for box in ("normal", *BOXES) if box in boxes),
        judged={key: str(posted[f"judged-{at}"]) for at, key in keys.items() if f"judged-{at}" in posted},
        reasons={key: _text(posted, f"reason-{at}") for at, key in keys.items()},
        handling=_text(posted, "handling"),
        late=_text(posted, "late"),
        late_words=_text(posted, "late_words"),
    )


def _text(posted: Mapping[str, Any], name: str) -> str:
    return str(posted.get(name, ""))[:_MAX_WORDS].strip()


def _measured(row: RowView) -> list[tuple[str, str, Figure]]:
    """Of each camera or the box and each fault, what was measured at the signature; a yes or no is left out."""
    read = [(of, fault, figure(value, limit, unit)) for of, fault, value, limit, unit in row.values]
    return [each for each in read if each[2].value]


async def _page(
    request: web.Request,
    day: str,
    *,
    typed: Typed | None = None,
    error: RecorderError | None = None,
    at: str = "",
    shown: Mapping[str, PictureView] = MappingProxyType({}),
    values: Mapping[str, tuple[str, ...]] | None = None,
    ink: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    """``ink``: what is wrong with a signature in ink, in words by field; ``values``: as it was typed."""
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(INSPECTION_DAY, InspectionDayRequest(session=visit.token, day=day))
    status = await site.keeper.ask(STATUS, StatusRequest(session=visit.token))
    on_paper = (
        told.row.state == "missed" or told.row.late == "paper" or bool(told.row.ink) or wants_ink(request, values)
    )
    scans = await part_of(request, f"inspection/{told.row.day}") if on_paper else None
    words = InspectionWords(site.messages, visit.lang)
    here = await ink_here(request, scans, values, ink)
    row = told.row
    lacking = error.details.get("missing", ()) if isinstance(error, NotAllowed) else ()
    return page(
        request,
        "inspection/day.html",
        status=403 if error or ink else 200,
        ink=here.form(OFFICERS, here=True) if here else None,
        row=row,
        told=told,
        is_today=row.day == day_of(told.now_ns).isoformat(),
        cameras=status.cameras,
        status_now=status,
        words=words,
        measured=_measured(row),
        boxes=BOXES,
        reasons=LATE_REASONS,
        typed=typed or Typed(),
        unopened=[item for item in row.items if not item.opened],
        officer=officer_seat(visit.seats),
        act=fresh_act(request),
        lacks=words.lacks(str(code) for code in lacking),
        detail="" if lacking else error or "",
        code=error.code if error else "",
        at=at,
        shown=shown,
        scans=scans,
        just_signed="signed" in request.query,
        open_tickets=[ticket for ticket in told.tickets if ticket.next and ticket.state != "verified"],
    )
