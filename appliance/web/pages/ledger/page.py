"""The ledger as people read it: newest first, fifty a page, one sentence an entry, and how to check it elsewhere."""

from __future__ import annotations

from aiohttp import web

from appliance.protocol.endpoint import Request
from appliance.protocol.ledger import LEDGER_ENTRIES, LEDGER_HEAD, AskEntries
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.pages.ledger.text import entry_view

__all__ = ["show"]

PAGE_ENTRIES = 50


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    head = await site.keeper.ask(LEDGER_HEAD, Request())
    last = max(1, -(-head.size // PAGE_ENTRIES))
    asked = request.query.get("page", "1")
    number = min(last, max(1, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1))
    end = head.size - (number - 1) * PAGE_ENTRIES
    start = max(0, end - PAGE_ENTRIES)
    wanted = AskEntries(session=visit.token, start=start, count=end - start)
    found = await site.keeper.ask(LEDGER_ENTRIES, wanted)
    entries = [entry_view(entry, site.messages, visit.lang) for entry in reversed(found.entries)]
    return page(request, "ledger/ledger.html", head=head, entries=entries, number=number, last=last)
