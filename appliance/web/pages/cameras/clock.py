"""The act that sets the clock of a camera's device."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.cameras import SET_CAMERA_CLOCK, SetCameraClock
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, version_of
from appliance.web.http.request_context import SITE, redirect, visit_of
from appliance.web.http.seats import who_acts
from appliance.web.pages.cameras.page import camera_page

__all__ = ["set_clock"]

_SECONDS = 60.0
"""A device is asked twice, and has 24 s each time."""


async def set_clock(request: web.Request) -> web.Response:
    """Sets the clock of a version's device, where the person who asks for it ticked that it is to be changed."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["camera"]
    posted = await read_form(request)
    version, act = version_of(posted), act_of(posted)
    wanted = SetCameraClock(session=visit.token, act=act, camera=number, version=version, **who_acts(posted))
    try:
        if posted.get("sure") != "yes":
            raise UsageError.of("clock-unsure")
        await site.keeper.ask(SET_CAMERA_CLOCK, wanted, within_seconds=_SECONDS)
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await camera_page(request, at=("clock", version), error=error)
    return redirect(f"/cameras/{quote(number)}?done=clock-set#clock-{version}")
