"""The end of a viewing as its sheet enters it: how much was seen, 拍攝情形, and one press for three entries."""

from __future__ import annotations

from aiohttp import web

from appliance.core.errors import NotAllowed, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.viewing import (
    FINISH_VIEWING,
    MISTAKEN_ALARM,
    TIMELINE,
    FinishedViewing,
    FinishViewing,
    MistakenAlarm,
    TimelineRequest,
)
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.http.seats import who_acts
from appliance.web.i18n.roc_time import duration_text
from appliance.web.pages.cases.words import CaseWords
from appliance.web.pages.viewing.lanes import there_ns

__all__ = ["finish", "mistaken", "seen"]

_MOST_WORDS = 400
_SECOND_NS = 1_000_000_000


async def seen(request: web.Request) -> web.Response:
    """How much of each camera stood on the screen so far, of how much there is. No activity."""
    site, visit = request.app[SITE], visit_of(request)
    asked = TimelineRequest(session=visit.token, active=False, grant=request.match_info["grant"], device=visit.device)
    timeline = await site.keeper.ask(TIMELINE, asked)
    rows = [
        {
            "camera_no": camera.camera_no,
            "seen": _seen_text(request, camera.seen_ns),
            "of": duration_text(there, visit.lang),
            "share": round(min(1.0, camera.seen_ns / there), 4) if there else 0.0,
        }
        for camera in timeline.cameras
        for there in (there_ns(camera),)
    ]
    return web.json_response({"rows": rows, "any": any(camera.seen_ns for camera in timeline.cameras)})


def _seen_text(request: web.Request, seen_ns: int) -> str:
    """What was begun of a second does not count, as on 閱覽紀錄."""
    words, lang = request.app[SITE].messages, visit_of(request).lang
    if seen_ns < _SECOND_NS:
        return words.text("finish.under-second" if seen_ns else "finish.unseen", lang)
    return duration_text(seen_ns // _SECOND_NS * _SECOND_NS, lang)


async def mistaken(request: web.Request) -> web.Response:
    """誤按: a second entry beside the incident that 發現拍攝 began."""
    visit, posted = visit_of(request), await read_form(request)
    asked = MistakenAlarm(
        session=visit.token,
        grant=request.match_info["grant"],
        device=visit.device,
        why=str(posted.get("why", ""))[:20],
    )
    try:
        await request.app[SITE].keeper.ask(MISTAKEN_ALARM, asked)
    except NotLoggedIn:
        raise
    except (UsageError, Refused, Unavailable) as error:
        return _wrong(request, error)
    return web.json_response({})


async def finish(request: web.Request) -> web.Response:
    """結束並登記. Answers with what was entered, or with what is missing in words: then nothing was ended."""
    visit, posted = visit_of(request), await read_form(request)
    none = posted.get("filming") == "none"
    asked = FinishViewing(
        session=visit.token,
        act=act_of(posted),
        grant=request.match_info["grant"],
        device=visit.device,
        filming="none" if none else str(posted.get("handled", ""))[:_MOST_WORDS] if posted.get("filming") else "",
        signed=posted.get("signed") == "yes",
        reason=str(posted.get("reason", ""))[:_MOST_WORDS],
        **who_acts(posted),
    )
    try:
        found = await request.app[SITE].keeper.ask(FINISH_VIEWING, asked)
    except NotLoggedIn:
        raise
    except NotAllowed as error:
        return _lacking(request, error)
    except (UsageError, Refused, Unavailable) as error:
        return _wrong(request, error)
    return web.json_response({"entered": _entered(request, found), "whole": found.signed})


def _entered(request: web.Request, found: FinishedViewing) -> list[str]:
    """What was entered and what was not, a sentence each."""
    site, visit = request.app[SITE], visit_of(request)
    words = CaseWords(site.messages, visit.lang, {})
    signed = "finish.signed" if found.signed else "finish.not-signed" if found.cleared else "finish.sign-later"
    said = [
        words.text("finish.ended"),
        words.text("finish.cleared" if found.cleared else "finish.not-cleared"),
        words.text(signed),
    ]
    return said + [words.lack(code) for code in found.lacks]


def _lacking(request: web.Request, error: NotAllowed) -> web.Response:
    words = CaseWords(request.app[SITE].messages, visit_of(request).lang, {})
    missing = [words.lack(str(code)) for code in error.details.get("missing", ())]
    if not missing or error.details.get("why") != "guard":
        return _wrong(request, error)
    return web.json_response({"code": error.code, "message": words.listed(missing)}, status=400)


def _wrong(request: web.Request, error: RecorderError) -> web.Response:
    """What the person is told on the sheet; 400 for what is refused as well: 403 would end it for the player."""
    words = request.app[SITE].messages.said_or_quoted(error, visit_of(request).lang)
    return web.json_response({"code": error.code, "message": words}, status=400)
