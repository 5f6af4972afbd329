"""The map of the site (網站導覽): each place that somebody may open, what it is for, and the keys that lead about."""

from __future__ import annotations

from aiohttp import web

from appliance.web.http.menu import open_groups
from appliance.web.http.request_context import page, visit_of

__all__ = ["show"]


async def show(request: web.Request) -> web.Response:
    visit = visit_of(request)
    return page(request, "map.html", groups=open_groups(visit.may) if visit.seats else [])
