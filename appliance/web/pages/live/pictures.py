"""Live pictures on their way to the page: passed on as they come, kept nowhere, and marked so that no browser keeps
them either. Every byte comes from the keeper, which entered its seconds in the ledger before."""

from __future__ import annotations

import json

import msgspec
from aiohttp import web

from appliance.api import VIDEO_CODECS
from appliance.core.errors import UsageError
from appliance.protocol.live import LIVE_PICTURES, LivePicturesRequest
from appliance.web.http.request_context import SITE, visit_of

__all__ = ["pictures"]

_LONGEST = 64


async def pictures(request: web.Request) -> web.Response:
    """What came of every camera of the look since this page asked last, one after the other; ``X-Parts`` says which
    bytes are whose. ``reader``: a name that the page drew for itself."""
    asked = request.query
    codecs = [codec for codec in asked.get("codecs", "h264").split(",") if codec in VIDEO_CODECS]
    reader = asked.get("reader", "page")
    if not (0 < len(reader) <= _LONGEST and reader.isascii() and reader.isalnum()):
        raise UsageError.of("live-page-name")
    wanted = LivePicturesRequest(
        session=visit_of(request).token,
        view=request.match_info["view"],
        reader=reader,
        video_codecs=tuple(codecs or ["h264"]),
    )
    found, body = await request.app[SITE].keeper.ask_bytes(LIVE_PICTURES, wanted)
    return web.Response(
        body=body,
        content_type="application/octet-stream",
        headers={
            "Cache-Control": "no-store",
            "X-Left-Ms": str(found.left_ns // 1_000_000),
            "X-Now-Ns": str(found.now_ns),
            "X-Parts": json.dumps([msgspec.structs.asdict(each) for each in found.parts]),
        },
    )
