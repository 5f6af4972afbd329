"""The viewing page: the player over one grant, and its end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from aiohttp import web

from appliance.core.errors import UsageError
from appliance.protocol.viewing import END_VIEWING, TIMELINE, EndViewing, Timeline, TimelineRequest
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.i18n.roc_time import moment_text
from appliance.web.pages.status.view import cause_text
from appliance.web.pages.viewing.lanes import gap_rows, lane_map, seconds_from
from appliance.web.pages.viewing.masks import mask_maps

__all__ = ["END_REASONS", "end", "gaps", "player_data", "show"]

END_REASONS = ("done", "filming", "event")


async def show(request: web.Request) -> web.Response:
    """The player. Without the second person's log-in there is no player on the page (AT-41)."""
    site, visit, grant = request.app[SITE], visit_of(request), request.match_info["grant"]
    if len(visit.seats) < 2:
        return page(request, "viewing/viewing_waiting.html")
    timeline = await site.keeper.ask(TIMELINE, TimelineRequest(session=visit.token, grant=grant, device=visit.device))
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
    rows, more = gap_rows(timeline, messages, lang)
    return page(
        request,
        "viewing/viewing.html",
        corrected=corrected,
        grant=grant,
        timeline=timeline,
        enders=[seat for seat in visit.seats if seat.seat in timeline.enders],
        presenters=[seat for seat in visit.seats if seat.seat in (timeline.enders or (1, 2))],
        gaps=rows,
        gaps_more=more,
        player=player_data(timeline, grant, lang, functools.partial(cause_text, messages, lang)),
        words=messages.of_subject("player", lang),
        search_words=messages.of_subject("search", lang),
    )


async def gaps(request: web.Request) -> web.Response:
    """The gaps as the keeper knows them now, between two moments where those are said: what does not open is known only
    once it was tried. No activity."""
    site, visit = request.app[SITE], visit_of(request)
    asked = TimelineRequest(
        session=visit.token,
        active=False,
        grant=request.match_info["grant"],
        device=visit.device,
        start_ns=_moment(request, "start_ns"),
        end_ns=_moment(request, "end_ns"),
    )
    timeline = await site.keeper.ask(TIMELINE, asked)
    cause_of = functools.partial(cause_text, site.messages, visit.lang)
    seconds = seconds_from(timeline)
    lanes = {camera.camera_no: lane_map(camera, seconds, cause_of) for camera in timeline.cameras}
    rows, more = gap_rows(timeline, site.messages, visit.lang)
    return web.json_response(
        {
            "rows": rows,
            "more": more,
            "cameras": {camera_no: lane["gaps"] for camera_no, lane in lanes.items()},
            "mixed": {camera_no: lane["mixed"] for camera_no, lane in lanes.items()},
        }
    )


def _moment(request: web.Request, name: str) -> int:
    """In nanoseconds; 0 where it is not said."""
    text = request.query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise UsageError.of("media-time", text=repr(text[:40]))
    return int(text)


def player_data(timeline: Timeline, grant: str, lang: str, cause_of: Callable[[str], str]) -> dict[str, Any]:
    """The grant as the player reads it: seconds from the grant's start; nanoseconds as text (2^53 is too small)."""

    seconds = seconds_from(timeline)
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
        "ends": [
            {"by": end.by, "clock": moment_text(end.at_ns, lang).split(" ")[-1], "left": end.left_seconds}
            for end in timeline.ends
        ],
        "cameras": [
            {
                "camera_no": camera.camera_no,
                "location": camera.location,
                **lane_map(camera, seconds, cause_of),
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
