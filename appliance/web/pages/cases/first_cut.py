"""A case of the first cut of four states: its record as it stood, and that nothing is done on it any more."""

from __future__ import annotations

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.pages.scans.page import part_of

__all__ = ["show"]


async def show(request: web.Request, *, status: int = 200) -> web.Response:
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["case"]
    told = await site.keeper.cases(visit.token)
    case = next((each for each in told if each.case == number), None)
    if case is None:
        raise NotFound(f"case {number}: there is none, or not for you")
    return page(
        request, "cases/case_first.html", status=status, case=case, scans=await part_of(request, f"case/{number}")
    )
