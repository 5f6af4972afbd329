"""The access log: who looked at what, by person, case, sort and days in either calendar; as a page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from appliance.papers.spreadsheets import as_text
from appliance.protocol.access import ACCESS_LOG, AccessQuery, AccessRow
from appliance.rules.access import SORTS
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text, moment_text, read_day
from appliance.web.pages.cases.record import span_text

__all__ = ["Asked", "asked_from", "csv_file", "csv_of", "show"]

_PER_PAGE, _MOST_IN_FILE = 50, 10_000
_MOST = 80


class Asked(NamedTuple):
    """The fields as they were typed. ``unread``: days that are none."""

    typed: Mapping[str, str]
    what: str = ""
    page: int = 1
    days: Mapping[str, str] = {}
    unread: tuple[str, ...] = ()

    def query(self, session: str, page: int, per_page: int) -> AccessQuery:
        """As the keeper takes it. A day that cannot be read is not looked for."""
        return AccessQuery(
            session=session,
            person=self.typed["person"],
            case=self.typed["case"],
            what=self.what,
            first=self.days.get("from", ""),
            last=self.days.get("to", ""),
            page=page,
            per_page=per_page,
        )

    def address(self, path: str = "/access", **changes: Any) -> str:
        values = {**self.typed, "what": self.what, **changes}
        query = {name: value for name, value in values.items() if value and value != 1}
        return f"{path}?{urlencode(query)}" if query else path


def asked_from(query: Mapping[str, str]) -> Asked:
    """What an address asks for; days in ROC or Gregorian form."""
    typed = {name: query.get(name, "").strip()[:_MOST] for name in ("person", "case", "from", "to")}
    found = {name: read_day(typed[name]) for name in ("from", "to") if typed[name]}
    what, page_no = query.get("what", ""), query.get("page", "")
    return Asked(
        typed,
        what if what in SORTS else "",
        int(page_no) if page_no.isascii() and page_no.isdigit() and 0 < int(page_no) < 1_000_000 else 1,
        {name: day.isoformat() for name, day in found.items() if isinstance(day, date)},
        tuple(name for name, day in found.items() if not isinstance(day, date)),
    )


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    asked = asked_from(request.query)
    log = await site.keeper.ask(ACCESS_LOG, asked.query(visit.token, asked.page, _PER_PAGE))
    rows = [(row, detail_of(row, site.messages, visit.lang)) for row in log.rows]
    return page(request, "ledger/access.html", asked=asked, log=log, rows=rows, sorts=SORTS)


async def csv_file(request: web.Request) -> web.Response:
    """The same rows without pages, the newest ten thousand, for a spreadsheet."""
    site, visit = request.app[SITE], visit_of(request)
    asked = asked_from(request.query)
    log = await site.keeper.ask(ACCESS_LOG, asked.query(visit.token, 1, _MOST_IN_FILE))
    text = csv_of(log.rows, site.messages, visit.lang)
    headers = {"Content-Disposition": 'attachment; filename="access.csv"'}
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=headers)


def csv_of(rows: Iterable[AccessRow], messages: Messages, lang: str) -> str:
    """One line each, and a heading."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ("at", "who", "what", "case", "detail", "entry")
    writer.writerow([messages.text(f"access.{head}", lang) for head in heads])
    for row in rows:
        cells = (
            moment_text(row.at_ns, lang, seconds=True),
            messages.listed(row.names, lang),
            messages.text(f"access.what-{row.what}", lang),
            row.number,
            detail_of(row, messages, lang),
            str(row.index),
        )
        writer.writerow(map(as_text, cells))
    return out.getvalue()


def detail_of(row: AccessRow, messages: Messages, lang: str) -> str:
    """What else there is to say of it, in one line."""
    spans = [f"{camera} {span_text(start, end, lang)}" for camera, start, end in row.spans]
    tries = messages.text("access.tries", lang, count=row.tries) if row.tries else ""
    seat = messages.text(f"access.seat-{row.seat}", lang) if row.seat in (1, 2) else ""
    purpose = f"word.purpose-{row.purpose}"
    why = messages.text(purpose, lang) if purpose in messages else row.purpose
    shown = " ".join(filter(None, (messages.listed(row.cameras, lang), _thing(row, messages, lang))))
    said = (seat, why, shown, row.reason, row.scan, tries, *spans)
    return messages.text("site.semicolon", lang).join(filter(None, said))


def _thing(row: AccessRow, messages: Messages, lang: str) -> str:
    """Which picture it was: a reference picture's number, the version that was seen, or the day that was inspected."""
    if row.purpose in ("preview", "reference"):
        return messages.text("camera.version-n", lang, n=row.thing)
    of_day = row.purpose in ("inspection", "live-inspection")
    return date_text(row.thing, lang) if of_day and row.thing else row.thing
