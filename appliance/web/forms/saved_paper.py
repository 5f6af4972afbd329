"""A sheet as the file that a request saves: who issues it now, and its answer as PDF or ODT."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.odt import MIME
from appliance.papers.sheets.sheet import Sheet
from appliance.protocol.endpoint import Request
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.web.http.request_context import SITE, visit_of

__all__ = ["issued_now", "kind_of", "saved"]

_KINDS = MappingProxyType({"pdf": "application/pdf", "odt": MIME})


def kind_of(request: web.Request) -> str:
    """Raises NotFound."""
    kind = request.match_info["kind"]
    if kind not in _KINDS:
        raise NotFound.of("paper-kind", kind=kind[:8], kinds=" or ".join(_KINDS))
    return kind


async def issued_now(request: web.Request) -> Issue:
    """By the rules in force, with the ledger's head of this moment."""
    site, visit = request.app[SITE], visit_of(request)
    office, head, file = await asyncio.gather(
        site.keeper.office(), site.keeper.ask(LEDGER_HEAD, Request()), site.keeper.pack(visit.token, "")
    )
    return Issue(pack=file.pack, printed_ns=site.clock.wall_ns(), head=head.root, trial=office.trial)


async def saved(request: web.Request, sheet: Sheet, *, name: str, plain: str) -> web.Response:
    """``name`` as people read it, ``plain`` for browsers that know no other letters; both without the kind."""
    papers, kind = request.app[SITE].papers, kind_of(request)
    body = (await papers.pdf(sheet)).pdf if kind == "pdf" else await papers.odt(sheet)
    named = f"attachment; filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})
