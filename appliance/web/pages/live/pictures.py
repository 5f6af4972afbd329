"""Live pictures on their way to the page: passed on as they come, kept nowhere, and marked so that no browser keeps
them either. Every byte comes from the keeper, which entered its seconds in the ledger before."""

from __future__ import annotations

import json

import msgspec
from aiohttp import web

from appliance.api import VIDEO_CODECS
from appliance.core.errors import UsageError
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
    found = await request.app[SITE].keeper.live_pictures(
        visit_of(request).token, request.match_info["view"], reader, codecs or ["h264"]
    )
    return web.Response(
        body=found.body,
        content_type="application/octet-stream",
        headers={
            "Cache-Control": "no-store",
            "X-Left-Ms": str(found.left_ns // 1_000_000),
            "X-Now-Ns": str(found.now_ns),
            "X-Parts": json.dumps([msgspec.structs.asdict(each) for each in found.parts]),
        },
    )
