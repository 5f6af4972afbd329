"""Forms to print: the office's own papers, each of them blank; as PDF and ODT."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.forms import FORMS, form_of
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.odt import MIME
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.packs import PACKS
from appliance.rules.people import ARCHIVERS
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.roc_time import date_text

__all__ = ["blank", "listing"]

_KINDS = {"pdf": "application/pdf", "odt": MIME}


async def listing(request: web.Request) -> web.Response:
    packs = await request.app[SITE].keeper.ask(PACKS, SessionRequest(session=visit_of(request).token))
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
        raise NotFound.of("form-kind", form=form.code, kind=kind[:8], kinds=" or ".join(_KINDS))
    office, file = await asyncio.gather(site.keeper.office(), site.keeper.pack(visit_of(request).token))
    sheet = form.blank(Issue(pack=file.pack, trial=office.trial))
    body = (await site.papers.blank_pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    return _file(body, kind, form.code, form.file)


def _file(body: bytes, kind: str, plain: str, name: str) -> web.Response:
    """A file to save, under its own name where the browser takes one."""
    named = f"attachment; filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})
