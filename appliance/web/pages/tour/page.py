"""The guided tour: the page of all its steps, the card of the next one, and the form that makes the sample case."""

from __future__ import annotations

import contextlib
from typing import Any

from aiohttp import web

from appliance.core.errors import NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import PairRequest, SessionRequest
from appliance.protocol.tour import MAKE_SAMPLE, TOUR
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import passwords_of
from appliance.web.pages.tour.view import tour_view

__all__ = ["make_sample", "show", "tour_card"]

_SECONDS = 120.0
"""Nine acts, each with the proof of a password, some tenths of a second each and more on a small machine."""


async def show(request: web.Request) -> web.Response:
    """All steps of the three lives, and which of them are done."""
    return await _page(request)


async def make_sample(request: web.Request) -> web.Response:
    """Makes the sample case by the passwords of the two people here, and leads to it."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    asked = PairRequest(session=visit.token, act=act_of(posted), passwords=passwords_of(posted))
    try:
        made = await site.keeper.ask(MAKE_SAMPLE, asked, within_seconds=_SECONDS)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, detail=error, code=error.code)
    return redirect(f"/cases/{made.case}")


async def tour_card(request: web.Request) -> dict[str, Any]:
    """What a page shows of the tour: nothing in an office, and nothing while the keeper does not tell it."""
    site, visit = request.app[SITE], visit_of(request)
    if visit.office.trial:
        with contextlib.suppress(Refused, Unavailable):
            tour = await site.keeper.ask(TOUR, SessionRequest(session=visit.token))
            return _values(request, tour_view(tour, site.messages, visit.lang))
    return {"tour": None, "tour_act": "", "detail": "", "code": ""}


def _values(request: web.Request, tour: Any, *, detail: object = "", code: str = "") -> dict[str, Any]:
    return {"tour": tour, "tour_act": tour.sample or fresh_act(request), "detail": detail, "code": code}


async def _page(request: web.Request, *, detail: object = "", code: str = "") -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    tour = await site.keeper.ask(TOUR, SessionRequest(session=visit.token))
    values = _values(request, tour_view(tour, site.messages, visit.lang), detail=detail, code=code)
    return page(request, "tour/tour.html", status=403 if detail else 200, **values)
