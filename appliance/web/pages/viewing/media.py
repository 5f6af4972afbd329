"""Granted footage on its way to the player, and the player's report of what was shown.

Every byte comes from the keeper, which entered its release in the ledger before; it is passed on as it comes, kept
nowhere, and marked so that no browser keeps it either.
"""

from __future__ import annotations

import contextlib
import logging

import msgspec
from aiohttp import web

from appliance.api import VIDEO_CODECS
from appliance.core.errors import RecorderError, UsageError
from appliance.protocol.viewing import (
    KEY_PICTURE,
    MEDIA,
    SHOWN,
    KeyPictureRequest,
    MediaRequest,
    ShownReport,
    ShownSpan,
)
from appliance.web.forms.body import whole_body
from appliance.web.http.request_context import SITE, visit_of

__all__ = ["footage", "key_picture", "shown"]

_log = logging.getLogger(__name__)
_MAX_SECONDS = 10.0
"""The most that one request releases (INV-22)."""


class _Shown(msgspec.Struct, forbid_unknown_fields=True):
    camera_no: str
    start_ns: str
    end_ns: str


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    spans: list[_Shown]


async def footage(request: web.Request) -> web.StreamResponse:
    """fMP4 of one camera from the key frame at or before ``start_ns``; a grant's start is decode time 0."""
    visit, asked = visit_of(request), request.query
    codecs = [codec for codec in asked.get("codecs", "h264").split(",") if codec in VIDEO_CODECS]
    wanted = MediaRequest(
        session=visit.token,
        grant=request.match_info["grant"],
        device=visit.device,
        camera_no=_camera(request),
        start_ns=_nanoseconds(asked.get("start_ns", "")),
        seconds=_seconds(asked.get("seconds", "")),
        video_codecs=tuple(codecs or ["h264"]),
        covered="covered" in asked,
        short="short" in asked,
    )
    media, streamed = await request.app[SITE].keeper.ask_blocks(MEDIA, wanted)
    answer = web.StreamResponse(
        headers={
            "Content-Type": media.mime or "application/octet-stream",
            "Cache-Control": "no-store",
            "X-Start-Ns": str(media.start_ns),
            "X-End-Ns": str(media.end_ns),
            "X-Next-Ns": "" if media.next_ns is None else str(media.next_ns),
        }
    )
    async with contextlib.aclosing(streamed) as blocks:
        try:
            await answer.prepare(request)
            async for block in blocks:
                await answer.write(block)
            await answer.write_eof()
        except ConnectionError:
            _log.debug("media of %s: the browser left", request.match_info["grant"])
        except RecorderError as error:
            # The head is out: only a cut connection still tells the player that this is not the whole.
            _log.warning("media of %s cut short: %s", request.match_info["grant"], error)
            if request.transport is not None:
                request.transport.abort()
    return answer


async def key_picture(request: web.Request) -> web.Response:
    """The key frame at or before a moment, as a JPEG, for dragging."""
    visit = visit_of(request)
    asked = KeyPictureRequest(
        session=visit.token,
        grant=request.match_info["grant"],
        device=visit.device,
        camera_no=_camera(request),
        at_ns=_nanoseconds(request.query.get("at_ns", "")),
        covered="covered" in request.query,
    )
    found, picture = await request.app[SITE].keeper.ask_bytes(KEY_PICTURE, asked)
    headers = {"Cache-Control": "no-store", "X-At-Ns": str(found.at_ns)}
    return web.Response(body=picture, content_type="image/jpeg", headers=headers)


async def shown(request: web.Request) -> web.Response:
    """What really stood on the screen, as the player counts it; entered in the ledger (INV-22)."""
    try:
        report = msgspec.json.decode(await whole_body(request), type=_Report)
    except msgspec.MsgspecError as error:
        raise UsageError.of("shown-unread", why=error) from error
    spans = tuple(
        ShownSpan(span.camera_no, _nanoseconds(span.start_ns), _nanoseconds(span.end_ns)) for span in report.spans
    )
    visit = visit_of(request)
    told = ShownReport(session=visit.token, grant=request.match_info["grant"], device=visit.device, spans=spans)
    await request.app[SITE].keeper.ask(SHOWN, told)
    return web.json_response({})


def _camera(request: web.Request) -> str:
    camera = request.query.get("camera", "")
    if not camera or len(camera) > 64:
        raise UsageError.of("media-camera")
    return camera


def _nanoseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise UsageError.of("media-time", text=repr(text[:40]))
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise UsageError.of("media-number", text=repr(text[:40])) from error
    if not 0 < seconds <= _MAX_SECONDS:
        raise UsageError.of("media-seconds", seconds=f"{seconds:g}", most=f"{_MAX_SECONDS:g}")
    return seconds
