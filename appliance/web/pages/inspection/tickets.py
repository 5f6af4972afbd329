"""Repair tickets (維修通報): a new one from the day's row, one ticket with its history, and its next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.inspection import (
    ADVANCE_TICKET,
    INSPECTION_DAY,
    INSPECTION_MONTH,
    REPORT_FAULT,
    AdvanceTicket,
    InspectedItemView,
    InspectionDay,
    InspectionDayRequest,
    InspectionMonthRequest,
    ReportFault,
)
from appliance.protocol.registers import REGISTER, LineView, RegisterRequest
from appliance.protocol.status import STATUS, StatusRequest
from appliance.rules.inspection.facts import is_item
from appliance.rules.inspection.rows import BOXES
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, who_acts
from appliance.web.pages.inspection.words import InspectionWords

__all__ = ["SHOWN", "TAKES", "WORDS", "advance", "new", "report", "show"]

WORDS = ("to", "how", "text", "who", "cause", "parts", "removed", "cost")
SHOWN = ("to", "how", "who", "escort", "visit", "cause", "parts", "removed", "cost", "text")
"""What was said with a step, in the order in which it is shown."""
TAKES = {
    "accept": ("who", "text"),
    "verify": ("cause", "parts", "removed", "cost", "text"),
    "close": ("text",),
}
"""The fields of each step that this page takes, in their order. A firm comes by a visit, in the register of visits."""


async def new(request: web.Request) -> web.Response:
    """Drafted from the row of ``day`` (today's without it), or of the ``finding`` that waits to be reported."""
    return await _new(request, request.query.get("day", ""), finding=request.query.get("finding", ""))


async def report(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    typed, day = _typed(posted), str(posted.get("day", ""))
    box, camera = str(posted.get("box", "")), str(posted.get("camera", ""))
    findings = [str(key) for key in posted.getall("finding", [])]
    try:
        asked = ReportFault(
            session=visit.token,
            act=act_of(posted),
            box=box,
            camera=camera,
            findings=tuple(findings),
            day=day,
            **_who(request, posted),
            **typed,
        )
        number = (await site.keeper.ask(REPORT_FAULT, asked)).ticket
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        shown = {**typed, "box": box, "camera": camera, "findings": findings}
        return await _new(request, day, shown, error=error)
    return redirect(f"/inspection/tickets/{number}")


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def advance(request: web.Request) -> web.Response:
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["ticket"]
    posted = await read_form(request)
    typed, event = _typed(posted), str(posted.get("event", ""))
    try:
        who = _who(request, posted)
        asked = AdvanceTicket(session=visit.token, act=act_of(posted), ticket=number, event=event, **who, **typed)
        await site.keeper.ask(ADVANCE_TICKET, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, typed=typed, at=event, error=error)
    return redirect(f"/inspection/tickets/{number}")


def _who(request: web.Request, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Whose report it is: the chosen person's, else the first officer's here. Raises Refused."""
    officer = officer_seat(visit_of(request).seats)
    if officer is None:
        raise Refused.of("ticket-reports")
    who = who_acts(posted)
    return who | {"seat": who["seat"] or officer.seat}


def _typed(posted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(posted.get(name, ""))[:2_000].strip() for name in WORDS}


async def _new(
    request: web.Request,
    day: str,
    typed: Mapping[str, Any] | None = None,
    *,
    finding: str = "",
    error: RecorderError | None = None,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(INSPECTION_DAY, InspectionDayRequest(session=visit.token, day=day))
    status = await site.keeper.ask(STATUS, StatusRequest(session=visit.token))
    items = _reportable(told, status.findings)
    if typed is None:
        typed = _drafted(told, items, [camera.camera_no for camera in status.cameras], finding)
    words = InspectionWords(site.messages, visit.lang)
    lacking = error.details.get("missing", ()) if isinstance(error, NotAllowed) else ()
    return page(
        request,
        "inspection/report.html",
        status=403 if error else 200,
        row=told.row,
        items=items,
        cameras=status.cameras,
        boxes=BOXES,
        words=words,
        typed={**dict.fromkeys(("box", "camera", *WORDS), ""), "findings": [], **typed},
        officer=officer_seat(visit.seats),
        act=fresh_act(request),
        lacks=words.lacks(str(code) for code in lacking),
        detail="" if lacking else error or "",
        code=error.code if error else "",
    )


def _reportable(told: InspectionDay, findings: Sequence[Mapping[str, Any]]) -> list[InspectedItemView]:
    """What the row has, and what stands now though its row was signed before."""
    listed = {item.key for item in told.row.items}
    standing = [each for each in findings if each["box"] in BOXES and is_item(each["key"])]
    return [
        *told.row.items,
        *(msgspec.convert(each, InspectedItemView) for each in standing if each["key"] not in listed),
    ]


def _drafted(
    told: InspectionDay, items: Sequence[InspectedItemView], cameras: Sequence[str], finding: str
) -> dict[str, Any]:
    """``finding``, or what the row's signature confirmed and nobody reported: one box, its findings, and the camera if
    it is one."""
    reported = {key for ticket in told.tickets for key in ticket.findings}
    faults = {key for key, judged in told.row.judged.items() if judged.fault} - reported
    asked = [item for item in items if item.key == finding]
    confirmed = asked or [item for item in told.row.items if item.key in faults]
    if not confirmed:
        return {}
    mine = [item.key for item in confirmed if item.box == confirmed[0].box]
    whose = [number for number in cameras if any(key.endswith(f"-{number}") for key in mine)]
    return {"box": confirmed[0].box, "findings": mine, "camera": whose[0] if len(whose) == 1 else ""}


async def _page(
    request: web.Request,
    *,
    typed: Mapping[str, str] | None = None,
    at: str = "",
    error: RecorderError | None = None,
) -> web.Response:
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["ticket"]
    told = await site.keeper.ask(INSPECTION_MONTH, InspectionMonthRequest(session=visit.token))
    ticket = next((each for each in told.tickets if each.ticket == number), None)
    if ticket is None:
        raise NotFound.of("ticket-none", number=number[:20])
    words, officer = InspectionWords(site.messages, visit.lang), officer_seat(visit.seats)
    lacking = error.details.get("missing", ()) if isinstance(error, NotAllowed) else ()
    media: tuple[LineView, ...] = ()
    if officer and "verify" in ticket.next:
        media = (await site.keeper.ask(REGISTER, RegisterRequest(session=visit.token, register="media"))).lines
    return page(
        request,
        "inspection/ticket.html",
        status=403 if error else 200,
        ticket=ticket,
        words=words,
        takes=TAKES,
        fields=SHOWN,
        media={line.number: line.values.get("serial", "") for line in media if line.state != "in_use"},
        typed=typed or {},
        at=at,
        officer=officer,
        act=fresh_act(request),
        lacks=words.lacks(str(code) for code in lacking),
        detail="" if lacking else error or "",
        code=error.code if error else "",
    )
