"""Forms to print: the office's own papers, each of them blank, and the receipt of a case; as PDF and ODT."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.forms import FORMS, form_of
from appliance.papers.sheets.issue import Issue, Signed
from appliance.papers.sheets.odt import MIME
from appliance.papers.sheets.receipt import Receipt, receipt
from appliance.papers.sheets.words import Asked
from appliance.rules.deadlines import day_of
from appliance.rules.people import ARCHIVERS
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.roc_time import date_text
from appliance.web.keeper_client.answers import Case

__all__ = ["blank", "listing", "receipt_of"]

_KINDS = {"pdf": "application/pdf", "odt": MIME}


async def listing(request: web.Request) -> web.Response:
    packs = await request.app[SITE].keeper.packs(visit_of(request).token)
    today = packs.today
    last = today.replace(day=1) - timedelta(days=1)
    months = [(f"{each:%Y-%m}", date_text(f"{each:%Y-%m-01}", visit_of(request).lang)[:-3]) for each in (today, last)]
    archives = any(ARCHIVERS & set(seat.roles) for seat in visit_of(request).seats)
    return page(
        request,
        "papers/papers.html",
        forms=FORMS,
        kinds=tuple(_KINDS),
        version=packs.in_force,
        months=months,
        archives=archives,
    )


async def blank(request: web.Request) -> web.Response:
    """An empty form of this office; a trial's bears its banner."""
    site, kind = request.app[SITE], request.match_info["kind"]
    form = form_of(request.match_info["form"])
    if kind not in _KINDS:
        raise NotFound(f"form {form.code}: there is no {kind[:8]} of it; it is {' or '.join(_KINDS)}")
    office, file = await asyncio.gather(site.keeper.office(), site.keeper.pack(visit_of(request).token))
    sheet = form.blank(Issue(pack=file.pack, trial=office.trial))
    body = (await site.papers.blank_pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    return _file(body, kind, form.code, form.file)


async def receipt_of(request: web.Request) -> web.Response:
    """What the applicant takes along: the number, the minutes that are kept from now on, who received it and when."""
    site, visit = request.app[SITE], visit_of(request)
    number, kind = request.match_info["case"], request.match_info["kind"]
    told, status, head, office = await asyncio.gather(
        site.keeper.cases(visit.token),
        site.keeper.cameras(visit.token),
        site.keeper.ledger_head(),
        site.keeper.office(),
    )
    case = next((each for each in told if each.case == number), None)
    if case is None or kind not in _KINDS:
        raise NotFound(f"receipt of case {number[:20]}: there is none, or not for you")
    file = await site.keeper.pack(visit.token, case.policy)
    places = {camera.camera_no: camera.location for camera in status.cameras}
    issue = Issue(
        pack=file.pack,
        trial=office.trial,
        printed_ns=site.clock.wall_ns(),
        head=head.root,
    )
    sheet = receipt(receipt_for(case, places), issue)
    body = (await site.papers.pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    return _file(body, kind, f"receipt-{number}", f"收件收據-{number}")


def receipt_for(case: Case, places: Mapping[str, str]) -> Receipt:
    """The receipt of a case. Who asks and by which kind of request is written on it by hand: the case does not say."""
    by = case.received_by and Signed(person=case.received_person, name=case.received_by, at_ns=case.received_ns)
    return Receipt(
        number=case.case,
        case=case.case,
        received_ns=case.received_ns,
        pinned=tuple(
            Asked(camera_no=camera, place=places.get(camera, ""), start_ns=case.kept_start_ns, end_ns=case.kept_end_ns)
            for camera in case.cameras
        ),
        pin_until=day_of(case.pin_until_ns - 1) if case.pin_until_ns else None,
        while_open=not case.closed_ns,
        signed_officer=by or None,
    )


def _file(body: bytes, kind: str, plain: str, name: str) -> web.Response:
    """A file to save, under its own name where the browser takes one."""
    named = f"attachment; filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})
