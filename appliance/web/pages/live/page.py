"""The pages of a live look: by what somebody may look, the look itself, its going on and its end."""

from __future__ import annotations

from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.errors import NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.live import (
    END_LIVE,
    EXTEND_LIVE,
    LIVE_BASES,
    LIVE_VIEW,
    OPEN_LIVE,
    ExtendLive,
    LiveViewRequest,
    LiveViewState,
    OpenLive,
)
from appliance.rules.live import MOST_CAMERAS, MOST_WORDS, Ground, needs_words
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of

__all__ = ["begin", "choose", "end", "extend", "show"]

_LONGEST = 64


class Typed(NamedTuple):
    """What stands in the form of one basis."""

    ground: str = ""
    basis: str = ""
    cameras: tuple[str, ...] = ()
    purpose: str = ""


async def choose(request: web.Request) -> web.Response:
    """By what whoever is here may look live, and at which cameras."""
    return await _choose(request)


async def begin(request: web.Request) -> web.Response:
    """Begins a look; what the keeper refuses is said beside what was typed."""
    posted = await read_form(request)
    cameras = tuple(str(each)[:_LONGEST] for each in posted.getall("camera", []))
    typed = Typed(
        str(posted.get("ground", ""))[:_LONGEST],
        str(posted.get("basis", ""))[:_LONGEST],
        cameras,
        str(posted.get("purpose", ""))[: MOST_WORDS * 2],
    )
    try:
        look = OpenLive(
            session=visit_of(request).token,
            act=act_of(posted),
            ground=typed.ground,
            basis=typed.basis,
            cameras=cameras,
            purpose=typed.purpose,
        )
        view = (await request.app[SITE].keeper.ask(OPEN_LIVE, look)).view
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _choose(request, typed, error)
    return redirect(f"/live/{view}")


async def _choose(request: web.Request, typed: Typed | None = None, error: RecorderError | None = None) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(LIVE_BASES, SessionRequest(session=visit.token))
    return page(
        request,
        "live/choose.html",
        status=200 if error is None else 400 if isinstance(error, UsageError) else 403,
        told=told,
        forms=[(basis, fresh_act(request), needs_words(Ground(basis.ground))) for basis in told.bases],
        typed=typed or Typed(),
        detail=error or "",
        most_cameras=MOST_CAMERAS,
        most_words=MOST_WORDS,
    )


async def show(request: web.Request) -> web.Response:
    """The look: pictures come by themselves while this page stands."""
    site, visit, view = request.app[SITE], visit_of(request), request.match_info["view"]
    told = await site.keeper.ask(LIVE_VIEW, LiveViewRequest(session=visit.token, view=view))
    return page(
        request,
        "live/live.html",
        view=view,
        told=told,
        act=fresh_act(request),
        player=_player_data(told, view),
        most_words=MOST_WORDS,
        words=site.messages.of_subject("live-player", visit.lang),
    )


def _player_data(told: LiveViewState, view: str) -> dict[str, Any]:
    """As the player reads it; nanoseconds as text (2^53 is too small)."""
    return {
        "view": view,
        "display": told.display,
        "origin_ns": str(told.origin_ns),
        "left_ms": told.left_ns // 1_000_000,
        "cameras": [{"camera_no": each.camera_no, "location": each.location} for each in told.cameras],
    }


async def extend(request: web.Request) -> web.Response:
    """Another quarter of an hour, for a reason."""
    view, posted = request.match_info["view"], await read_form(request)
    reason = str(posted.get("reason", ""))[: MOST_WORDS * 2]
    more = ExtendLive(session=visit_of(request).token, view=view, act=act_of(posted), reason=reason)
    await request.app[SITE].keeper.ask(EXTEND_LIVE, more)
    return redirect(f"/live/{view}")


async def end(request: web.Request) -> web.Response:
    await read_form(request)
    over = LiveViewRequest(session=visit_of(request).token, view=request.match_info["view"])
    await request.app[SITE].keeper.ask(END_LIVE, over)
    return redirect("/live")
