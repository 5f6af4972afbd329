"""Daily statements: the list of a month, one day's paper, its signed file; and certificates of destruction."""

from __future__ import annotations

import re

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.protocol.statements import (
    CERTIFICATE,
    STATEMENT,
    STATEMENTS,
    Certificate,
    CertificateRequest,
    StatementRequest,
    StatementsRequest,
    StatementView,
)
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.pages.ledger.statement_view import certificate_view, item_view, months_view, statement_view

__all__ = ["certificate", "item", "listing", "show", "signed"]

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)


async def listing(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    asked = request.query.get("month", "")
    month = asked if _MONTH.fullmatch(asked) else ""
    found = await site.keeper.ask(STATEMENTS, StatementsRequest(session=visit.token, month=month))
    return page(request, "ledger/statements.html", **months_view(found, site.messages, visit.lang))


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    found = await _statement(request, _matched(request, "day", _DAY))
    return page(request, "ledger/statement.html", s=statement_view(found, site.messages, visit.lang))


async def signed(request: web.Request) -> web.Response:
    """The statement as the ledger's own words under its signature: what a verifier takes."""
    day = _matched(request, "day", _DAY)
    found = await _statement(request, day)
    name = f"{day.replace('-', '')}.statement"
    return web.Response(
        body=found.extract.encode(),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def certificate(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    found = await _certificate(request)
    return page(request, "ledger/certificate.html", c=certificate_view(found, site.messages, visit.lang))


async def item(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    found = await _certificate(request, request.match_info["bucket"])
    return page(request, "ledger/destroyed_item.html", c=item_view(found, site.messages, visit.lang))


async def _statement(request: web.Request, day: str) -> StatementView:
    asked = StatementRequest(session=visit_of(request).token, day=day)
    return await request.app[SITE].keeper.ask(STATEMENT, asked)


async def _certificate(request: web.Request, bucket: str = "") -> Certificate:
    done = int(_matched(request, "done", _NUMBER))
    asked = CertificateRequest(session=visit_of(request).token, done=done, bucket=bucket)
    return await request.app[SITE].keeper.ask(CERTIFICATE, asked)


def _matched(request: web.Request, name: str, pattern: re.Pattern[str]) -> str:
    text = request.match_info[name]
    if not pattern.fullmatch(text):
        raise NotFound.of("statement-page", name=name, text=text[:20])
    return text
