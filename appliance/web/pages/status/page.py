"""The status page: each camera, the disk, the ledger's head; live over one WebSocket, or by polling."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from appliance.core.errors import NotLoggedIn, RecorderError, Refused, Unavailable
from appliance.protocol.duties import DUTIES_COUNT
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import SESSION
from appliance.protocol.status import STATUS, StatusRequest
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.pages.status.view import status_view
from appliance.web.pages.tour.page import tour_card

__all__ = ["live", "now", "show"]

_EVERY_SECONDS = 2.0
_ENDED = 4401
"""WebSocket close code: the session is over."""


async def show(request: web.Request) -> web.Response:
    """Whoever may not look at the recorder begins at what waits for them."""
    visit = visit_of(request)
    if "see-status" not in visit.may:
        return redirect("/duties")
    return page(request, "status/status.html", status_now=await _view(request, active=True), **await tour_card(request))


async def now(request: web.Request) -> web.Response:
    """The same words and figures as data, for browsers whose WebSocket does not come through."""
    return web.json_response(await _view(request, active=False))


async def live(request: web.Request) -> web.StreamResponse:
    """Sends the view every two seconds until the browser leaves or the session ends; keeps nobody logged in."""
    first = await _view(request, active=False)
    socket = web.WebSocketResponse(heartbeat=20, max_msg_size=1024)
    try:
        await socket.prepare(request)
    except ConnectionError:
        return web.Response()  # left before it was open: a socket that never opened cannot be closed in order
    reader = asyncio.create_task(_until_closed(socket))
    try:
        view = first
        while not reader.done():
            await socket.send_json(view)
            await asyncio.wait([reader], timeout=_EVERY_SECONDS)
            view = await _view(request, active=False)
    except NotLoggedIn:
        await socket.close(code=_ENDED, message=b"session over")
    except RecorderError:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"keeper away")
    except ConnectionError:
        return socket
    finally:
        reader.cancel()
    return socket


async def _until_closed(socket: web.WebSocketResponse) -> None:
    while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
        continue


async def _view(request: web.Request, *, active: bool) -> dict[str, Any]:
    """What those here may look at is asked where the route did not: once a connection."""
    site, visit = request.app[SITE], visit_of(request)
    if not visit.may:
        visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token, active=active)))
    status = await site.keeper.ask(STATUS, StatusRequest(session=visit.token, active=active))
    waiting = None
    with contextlib.suppress(Refused, Unavailable):  # a page without the count is a page
        waiting = await site.keeper.ask(DUTIES_COUNT, SessionRequest(session=visit.token))
    return status_view(status, site.messages, visit.lang, visit.may, waiting)
