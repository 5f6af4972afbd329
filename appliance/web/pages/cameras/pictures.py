"""Pictures of cameras on pages: the bytes of one that was asked for, and the reference pictures of a camera."""

from __future__ import annotations

import re
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import Damaged, NotAllowed, NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.pictures import (
    CONFIRM_REFERENCE,
    PICTURE,
    PREVIEW,
    REFUSE_REFERENCE,
    SHOW_REFERENCE,
    TAKE_REFERENCE,
    WITHDRAW_REFERENCE,
    DecideReference,
    PictureRequest,
    PictureView,
    ReferencePictureView,
    ShowReference,
    VersionPicture,
    WithdrawReference,
)
from appliance.web.forms.body import Form, read_form
from appliance.web.forms.form_data import act_of, seat_of, version_of
from appliance.web.http.request_context import SITE, redirect, visit_of
from appliance.web.http.seats import who_acts
from appliance.web.keeper_client.client import Keeper
from appliance.web.pages.cameras.page import camera_page

__all__ = ["picture", "reference"]

_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DEEDS = ("take", "confirm", "refuse", "withdraw", "show", "preview")


async def picture(request: web.Request) -> web.Response:
    """A JPEG that this session asked for a moment ago. It is in no cache, and gone in two minutes."""
    name = request.match_info["picture"]
    if not _NAME.fullmatch(name):
        raise NotFound.of("picture-gone")
    wanted = PictureRequest(session=visit_of(request).token, picture=name)
    body = (await request.app[SITE].keeper.ask_bytes(PICTURE, wanted)).body
    return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def reference(request: web.Request) -> web.Response:
    """Takes, shows, confirms, refuses or withdraws a reference picture, or looks at a version that is on its way:
    ``deed`` says which. A picture that is shown stands on the page that answers; a look is one entry, so reloading it
    is refused."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["camera"]
    posted = await read_form(request)
    deed, name, act = str(posted.get("deed", "")), str(posted.get("reference", ""))[:40], act_of(posted)
    if deed not in _DEEDS:
        raise UsageError.of("form-no-picture-act")
    shown: ReferencePictureView | PictureView | None = None
    try:
        if deed == "preview":
            shown = await site.keeper.ask(PREVIEW, _of_version(visit.token, act, posted, number))
        elif deed == "show":
            who = who_acts(posted) | {"seat": seat_of(posted)}
            shown = await site.keeper.ask(
                SHOW_REFERENCE, ShowReference(session=visit.token, act=act, reference=name, **who)
            )
        else:
            version = (await _done(site.keeper, visit.token, deed, act, posted, number, name)).version
    except (Refused, NotAllowed, Damaged, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await camera_page(request, at=(f"reference-{deed}", name), error=error)
    if shown is None:
        return redirect(f"/cameras/{quote(number)}?done=reference-{deed}#pictures-{version}")
    return await camera_page(request, at=(f"reference-{deed}", name), shown=shown)


async def _done(
    keeper: Keeper, token: str, deed: str, act: str, posted: Form, camera: str, name: str
) -> ReferencePictureView:
    password, words = str(posted.get("password", "")), str(posted.get("words", ""))
    if deed == "take":
        return await keeper.ask(TAKE_REFERENCE, _of_version(token, act, posted, camera))
    if deed == "withdraw":
        over = WithdrawReference(session=token, act=act, reference=name, words=words, **who_acts(posted))
        return await keeper.ask(WITHDRAW_REFERENCE, over)
    decision = DecideReference(session=token, act=act, password=password, reference=name, words=words)
    return await keeper.ask(CONFIRM_REFERENCE if deed == "confirm" else REFUSE_REFERENCE, decision)


def _of_version(token: str, act: str, posted: Form, camera: str) -> VersionPicture:
    version = version_of(posted)
    return VersionPicture(session=token, act=act, camera=camera, version=version, **who_acts(posted))
