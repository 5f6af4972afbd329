"""The form of a new camera, of a change and of a replacement: a draft that the office then signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.cameras import ACT_ON_CAMERA, CAMERA, ActOnCamera, CameraRequest, Version
from appliance.rules.cameras.states import Origin
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.i18n.roc_time import plain_text
from appliance.web.pages.cameras.fields import DRAFT_PARTS, Field, facts_of, unreadable
from appliance.web.pages.cameras.refusals import refusal_of

__all__ = ["as_typed", "show", "submit"]

_FIELDS = tuple(field for _, part in DRAFT_PARTS for field in part)
_ORIGINS = (Origin.NEW, Origin.CHANGE, Origin.REPLACEMENT)


async def show(request: web.Request) -> web.Response:
    """Empty for a new camera; what stands, for a change or a replacement of ``camera``; the draft itself, where its
    ``version`` is named to be revised."""
    site, visit = request.app[SITE], visit_of(request)
    number, origin = request.query.get("camera", "")[:16], _origin(request.query.get("origin", ""))
    typed: dict[str, tuple[str, ...]] = {"mode": ("continuous",)}
    version = _version(request.query.get("version", ""))
    if number:
        told = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
        found = next((each for each in told.versions if each.version == version), None)
        if version and found is None:
            raise NotFound.of("camera-no-version", camera=number, version=version)
        origin = _origin(found.origin) if found else origin
        typed = as_typed(found, whole=True) if found else as_typed(told.standing)
    return _form(request, number, origin, typed, version=version)


async def submit(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    number, origin = plain_text(str(posted.get("camera", "")))[:16].strip(), _origin(str(posted.get("origin", "")))
    typed = texts_of(posted)
    version = _version(str(posted.get("version", "")))
    if wrong := unreadable(_FIELDS, typed):
        return _form(request, number, origin, typed, wrong=wrong, version=version)
    facts = facts_of(_FIELDS, typed) | ({} if version else {"origin": origin})
    event = "revise" if version else "draft"
    try:
        done = await site.keeper.ask(
            ACT_ON_CAMERA,
            ActOnCamera(
                session=visit.token,
                act=act_of(posted),
                seat=seat_of(posted),
                password=str(posted.get("password", "")),
                camera=number,
                version=version,
                event=event,
                facts=facts,
            ),
        )
    except (Refused, NotAllowed, NotFound, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return _form(request, number, origin, typed, error=error, version=version)
    return redirect(f"/cameras/{quote(done.camera)}?done={event}")


def _version(text: str) -> int:
    """0 where none is named: then it is the next."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _origin(text: str) -> str:
    return text if text in _ORIGINS else Origin.NEW


def _form(
    request: web.Request,
    number: str,
    origin: str,
    typed: Mapping[str, tuple[str, ...]],
    *,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
    version: int = 0,
) -> web.Response:
    visit = visit_of(request)
    return page(
        request,
        "cameras/draft.html",
        number=number,
        origin=origin,
        version=version,
        parts=[(part, _asked(fields, origin)) for part, fields in DRAFT_PARTS],
        typed=typed,
        drafter=officer_seat(visit.seats),
        act=fresh_act(request),
        **refusal_of(error, wrong),
    )


def _asked(fields: tuple[Field, ...], origin: str) -> tuple[Field, ...]:
    """Like for like there is nothing else to consider."""
    plain = origin == Origin.REPLACEMENT
    return tuple(each._replace(optional=True) if plain and each.name == "alternative" else each for each in fields)


def as_typed(version: Version, *, whole: bool = False) -> dict[str, tuple[str, ...]]:
    """A version as the form shows it; ``whole``: with the reasons that it was drafted for. Not its settings: those
    nobody is told, and left empty they stay."""
    found: dict[str, tuple[str, ...]] = {}
    for field in _FIELDS:
        record, dot, name = field.goes.partition(".")
        if record == "wiring" or not (dot or whole):
            continue
        value = getattr(getattr(version, record), name) if dot else getattr(version, record)
        if isinstance(value, tuple):
            found[field.name] = tuple(str(each) for each in value)
        elif isinstance(value, bool):
            found[field.name] = ("yes",) if value else ()
        elif isinstance(value, date):
            found[field.name] = (value.isoformat(),)
        else:
            found[field.name] = (str(value),) if value else ()
    return found
