"""The viewing page: the player over one grant, and its end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from aiohttp import web

from appliance.protocol.viewing import END_VIEWING, TIMELINE, EndViewing, GrantRequest, Timeline
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import duration_text, moment_text
from appliance.web.pages.status.view import NOT_IN_FORCE, cause_text, gap_text
from appliance.web.pages.viewing.masks import mask_maps

__all__ = ["END_REASONS", "end", "gaps", "player_data", "show"]

END_REASONS = ("done", "filming", "event")


async def show(request: web.Request) -> web.Response:
    """The player. Without the second person's log-in there is no player on the page (AT-41)."""
    site, visit, grant = request.app[SITE], visit_of(request), request.match_info["grant"]
    if len(visit.seats) < 2:
        return page(request, "viewing/viewing_waiting.html")
    timeline = await site.keeper.ask(TIMELINE, GrantRequest(session=visit.token, grant=grant, device=visit.device))
    messages, lang = site.messages, visit.lang
    corrected = [
        {
            "camera_no": camera.camera_no,
            "start": moment_text(part.start_ns, lang, seconds=True),
            "end": moment_text(part.end_ns, lang, seconds=True),
            "shown": moment_text(part.start_ns - part.by_ns, lang, seconds=True),
        }
        for camera in timeline.cameras
        for part in camera.corrected
    ]
    return page(
        request,
        "viewing/viewing.html",
        corrected=corrected,
        grant=grant,
        timeline=timeline,
        enders=[seat for seat in visit.seats if seat.seat in timeline.enders],
        presenters=[seat for seat in visit.seats if seat.seat in (timeline.enders or (1, 2))],
        gaps=_gap_rows(timeline, messages, lang),
        player=player_data(timeline, grant, functools.partial(cause_text, messages, lang)),
        words=messages.of_subject("player", lang),
        search_words=messages.of_subject("search", lang),
    )


async def gaps(request: web.Request) -> web.Response:
    """The gaps as the keeper knows them now: what does not open is known only once it was tried. No activity."""
    site, visit = request.app[SITE], visit_of(request)
    asked = GrantRequest(session=visit.token, active=False, grant=request.match_info["grant"], device=visit.device)
    timeline = await site.keeper.ask(TIMELINE, asked)
    cause_of = functools.partial(cause_text, site.messages, visit.lang)
    data = player_data(timeline, "", cause_of)
    cameras = {camera["camera_no"]: camera["gaps"] for camera in data["cameras"]}
    return web.json_response({"rows": _gap_rows(timeline, site.messages, visit.lang), "cameras": cameras})


def _gap_rows(timeline: Timeline, messages: Messages, lang: str) -> list[dict[str, str]]:
    """The list of gaps, in the order of time; before a camera came in force nothing of it is missing."""
    found = [
        (gap.start_ns, camera.camera_no, gap)
        for camera in timeline.cameras
        for gap in camera.gaps
        if gap.cause != NOT_IN_FORCE
    ]
    return [
        {
            "camera_no": camera_no,
            "start": moment_text(gap.start_ns, lang, seconds=True),
            "end": moment_text(gap.end_ns, lang, seconds=True),
            "length": duration_text(gap.end_ns - gap.start_ns, lang),
            "cause": gap_text(messages, lang, gap),
        }
        for _, camera_no, gap in sorted(found, key=lambda each: each[:2])
    ]


def player_data(timeline: Timeline, grant: str, cause_of: Callable[[str], str]) -> dict[str, Any]:
    """The grant as the player reads it: seconds from the grant's start; nanoseconds as text (2^53 is too small)."""

    def seconds(ns: int) -> float:
        return round((ns - timeline.start_ns) / 1e9, 6)

    return {
        "grant": grant,
        "case": timeline.number or timeline.case,
        "start_ns": str(timeline.start_ns),
        "seconds": seconds(timeline.end_ns),
        "resume": seconds(timeline.resume_ns) if timeline.resume_ns else None,
        "purpose": timeline.purpose,
        "masks": None if timeline.masks is None else mask_maps(timeline.masks),
        "viewers": list(timeline.viewers),
        "attending": list(timeline.attending),
        "cameras": [
            {
                "camera_no": camera.camera_no,
                "location": camera.location,
                "spans": [[seconds(span.start_ns), seconds(span.end_ns)] for span in camera.spans],
                "gaps": [
                    [seconds(gap.start_ns), seconds(gap.end_ns), cause_of(gap.cause), gap.cause != NOT_IN_FORCE]
                    for gap in camera.gaps
                ],
            }
            for camera in timeline.cameras
        ],
    }


async def end(request: web.Request) -> web.Response:
    """Ends the grant: its keys are wiped and every address of it is dead. ``filming``: somebody filmed (AT-42);
    ``event``: what is shown at ``at_ns`` may be another crime (T-48)."""
    site, visit, grant = request.app[SITE], visit_of(request), request.match_info["grant"]
    posted = await read_form(request)
    reason = str(posted.get("reason", ""))
    reason = reason if reason in END_REASONS else END_REASONS[0]
    at_ns = int(at) if reason == "event" and (at := str(posted.get("at_ns", ""))).isdecimal() and len(at) < 20 else 0
    await site.keeper.ask(
        END_VIEWING, EndViewing(session=visit.token, grant=grant, device=visit.device, reason=reason, at_ns=at_ns)
    )
    case = str(posted.get("case", ""))
    return redirect(f"/cases/{case}" if case.replace("-", "").isalnum() else "/cases")
