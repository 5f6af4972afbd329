"""Forms to print: the list of the office's own papers, and each of them blank, as PDF and as ODT."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from appliance.errors import NotFound
from appliance.office.papers.forms import FORMS, form_of
from appliance.office.papers.issue import RULES_DATE, Issue
from appliance.office.papers.odt import MIME
from appliance.web.visit import SITE, page

__all__ = ["blank", "listing"]

_KINDS = {"pdf": "application/pdf", "odt": MIME}


async def listing(request: web.Request) -> web.Response:
    return page(request, "papers.html", forms=FORMS, kinds=tuple(_KINDS), version=RULES_DATE)


async def blank(request: web.Request) -> web.Response:
    """An empty form of this office; a trial's bears its banner."""
    site, kind = request.app[SITE], request.match_info["kind"]
    form = form_of(request.match_info["form"])
    if kind not in _KINDS:
        raise NotFound(f"form {form.code}: there is no {kind[:8]} of it; it is {' or '.join(_KINDS)}")
    office = await site.keeper.office()
    sheet = form.blank(Issue(office_name=office.office_name, trial=office.trial))
    body = (await site.papers.blank_pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    named = f"attachment; filename=\"{form.code}.{kind}\"; filename*=UTF-8''{quote(f'{form.file}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})
