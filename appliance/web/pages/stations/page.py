"""Viewing stations (閱覽站): the register, a new one, which two people compare and sign, and the end of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.digests import in_fours
from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.stations import (
    ENROL_STATION,
    READ_STATION_REQUEST,
    REPORT_STATION,
    REVOKE_STATION,
    STATIONS,
    EnrolStation,
    ReadStationRequest,
    ReportStation,
    RevokeStation,
    Stations,
    UsbRefused,
)
from appliance.rules.stations import MOST_USB
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, texts_of
from appliance.web.forms.resubmission import by_get
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import able, pair_here, pair_lacks, passwords_of, who_acts

__all__ = ["ENROL_FIELDS", "certificate", "enrol", "listing", "report", "revoke"]

ENROL_FIELDS = ("request", "place", "compared")
_MOST_CHARS = 9_000
_DONE = ("enrolled", "revoked")


async def listing(request: web.Request) -> web.Response:
    return await _page(request)


async def enrol(request: web.Request) -> web.Response:
    """Reads a station's request, for two people to compare its key; then, with both passwords, registers it."""
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    typed = {name: _text(posted, name) for name in ENROL_FIELDS}
    try:
        if not typed["compared"]:
            asked = ReadStationRequest(session=visit.token, request=typed["request"])
            read = await site.keeper.ask(READ_STATION_REQUEST, asked)
            return by_get(await _page(request, typed=typed, key=read.key))
        new = EnrolStation(
            session=visit.token,
            act=act_of(posted),
            passwords=passwords_of(posted),
            request=typed["request"],
            key=typed["compared"],
            place=typed["place"],
        )
        done = await site.keeper.ask(ENROL_STATION, new)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, typed=typed, key=typed["compared"], at="enrol", detail=error, code=error.code)
    return redirect(f"/stations?done=enrolled#station-{done.number}")


async def revoke(request: web.Request) -> web.Response:
    """Ends what a station may do, and what is open there, by one person's password."""
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    number = _number(_text(posted, "number"))
    reason, who = _text(posted, "reason"), who_acts(posted)
    seat = who["seat"] or next((each.seat for each in able(visit.seats, "stations")), 1)
    try:
        asked = RevokeStation(
            session=visit.token, act=act_of(posted), seat=seat, password=who["password"], number=number, reason=reason
        )
        await site.keeper.ask(REVOKE_STATION, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, typed={"reason": reason}, at=f"revoke-{number}", detail=error, code=error.code)
    return redirect(f"/stations?done=revoked#station-{number}")


async def certificate(request: web.Request) -> web.Response:
    """The certificate of one, which the station keeps beside its key. It is no secret."""
    number = _number(request.match_info["number"])
    found = next((each for each in (await _stations(request)).stations if each.number == number), None)
    if found is None or not found.certificate:
        raise NotFound.of("station-none", station=number)
    return web.Response(
        body=found.certificate.encode("ascii"),
        content_type="application/x-pem-file",
        headers={"Content-Disposition": f'attachment; filename="station-{number}.crt"'},
    )


async def report(request: web.Request) -> web.Response:
    """What a station's own service found, by the station's certificate; nobody is logged in there."""
    texts = texts_of(await read_form(request))
    asked = ReportStation(
        device=visit_of(request).device,
        wrong=texts.get("wrong", ()),
        usb=tuple(map(_refused, texts.get("usb", ())[: MOST_USB + 1])),
    )
    await request.app[SITE].keeper.ask(REPORT_STATION, asked)
    return web.json_response({})


def _refused(line: str) -> UsbRefused:
    """``time class vendor:product``. Raises UsageError."""
    at, _, rest = line.partition(" ")
    kind, _, device = rest.partition(" ")
    if not (at.isascii() and at.isdigit() and len(at) <= 19):
        raise UsageError.of("station-report")
    return UsbRefused(at_ns=int(at), kind=kind[:2], device=device[:9])


async def _stations(request: web.Request) -> Stations:
    return await request.app[SITE].keeper.ask(STATIONS, SessionRequest(session=visit_of(request).token))


async def _page(
    request: web.Request,
    *,
    typed: Mapping[str, str] | None = None,
    key: str = "",
    at: str = "",
    detail: object = "",
    code: str = "",
) -> web.Response:
    """``key``: of the request that was read, to be compared. ``at``: whose form could not be done, ``detail`` why."""
    site, visit = request.app[SITE], visit_of(request)
    told = await _stations(request)
    found = told.stations
    done = request.query.get("done", "")
    return page(
        request,
        "stations/stations.html",
        status=403 if detail else 200,
        stations=found,
        reports=told.reports,
        own=next((each for each in found if each.fingerprint == visit.device and not each.revoked_ns), None),
        address=site.station_address,
        pair=pair_here(visit.seats),
        lacks=pair_lacks(visit.seats),
        revokers=able(visit.seats, "stations"),
        act=fresh_act(request),
        grouped=in_fours,
        typed={"request": "", "place": "", "reason": "", **(typed or {})},
        key=key,
        at=at,
        detail=detail,
        code=code,
        done=done if done in _DONE and not detail and not key else "",
    )


def _text(posted: Mapping[str, Any], name: str) -> str:
    value = posted.get(name, "")
    return value.strip()[:_MOST_CHARS] if isinstance(value, str) else ""


def _number(text: str) -> int:
    """Raises NotFound for what is no number."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotFound.of("station-none", station=text[:20])
    return int(text)
