"""The guide (操作手冊), out of the recorder itself: made of ``docs/guide`` by ``tests/house/guidepages.py``."""

from __future__ import annotations

from aiohttp import web

from appliance.web.http.request_context import page

__all__ = ["show"]


async def show(request: web.Request) -> web.Response:
    """For everybody, also who is not logged in: it says nothing of this office."""
    return page(request, "guide/guide.html")
