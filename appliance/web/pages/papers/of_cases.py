"""Papers filled from cases, as PDF and ODT: those of one case, and 附件4 over the cases of a month."""

from __future__ import annotations

import asyncio
import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import quote

import msgspec
from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.from_cases.ledger_rows import register
from appliance.papers.from_cases.making import paper_of
from appliance.papers.from_cases.sources import Desk, last_deed
from appliance.papers.from_cases.viewings import was_begun
from appliance.papers.sheets.binding import archive_of
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.odt import MIME
from appliance.papers.sheets.sheet import Sheet
from appliance.protocol.cases import CASE, CASE_VIEWING, CASES, CaseRequest, CasesQuery, CaseViewingRequest
from appliance.protocol.endpoint import Request
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.rules.cases.list_views import CaseRow
from appliance.rules.cases.viewing_record import ViewingRecord
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import day_of
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.pages.cases.items import asked_for
from appliance.web.pages.cases.words import CaseWords

__all__ = ["desk_for", "month_register", "of_case", "rows_of_year"]

_KINDS = {"pdf": "application/pdf", "odt": MIME}
_ZIP = "application/zip"
_MONTH = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_PER_PAGE = 200
_AT_ONCE = 16


async def of_case(request: web.Request) -> web.Response:
    """One paper of the case as it stands."""
    site, visit = request.app[SITE], visit_of(request)
    case, code, kind = (request.match_info[name] for name in ("case", "paper", "kind"))
    told = await site.keeper.ask(CASE, CaseRequest(session=visit.token, case=case))
    paper = paper_of(told, code)
    sheet = paper.sheet(await desk_for(request, told, numbered=code == "annex-4", viewed=code == "viewing-record"))
    return await _file(request, [sheet], kind, f"{code}-{told.case}", f"{paper.file}-{told.number or told.case}")


async def month_register(request: web.Request) -> web.Response:
    """附件4 of a month: every case that was received in it, numbered through the year."""
    site, visit = request.app[SITE], visit_of(request)
    month, kind = request.match_info["month"], request.match_info["kind"]
    found = _MONTH.fullmatch(month)
    if found is None:
        raise NotFound.of("register-month", month=month[:20])
    year, number = int(found[1]), int(found[2])
    first, last = date(year, number, 1), date(year, number, monthrange(year, number)[1])
    rows = [(at, row) for at, row in await rows_of_year(request, last) if day_of(row.received_ns) >= first]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def told_of(row: CaseRow) -> CaseView:
        async with gate:
            return await site.keeper.ask(CASE, CaseRequest(session=visit.token, case=row.case, use="register"))

    cases = await asyncio.gather(*(told_of(row) for _, row in rows))
    issue = _with_causes(request, await _issue(request, ""), cases)
    sheets = register([(at, told) for (at, _), told in zip(rows, cases, strict=True)], issue)
    return await _file(request, sheets, kind, f"annex-4-{month}", f"附件4-影音應用紀錄簿-{year - 1911}年{number}月")


async def rows_of_year(request: web.Request, last: date) -> list[tuple[int, CaseRow]]:
    """The cases received in that year until ``last``, by their number in its book: the order of their receipts."""
    site, visit = request.app[SITE], visit_of(request)
    found: list[CaseRow] = []
    page, pages = 1, 1
    while page <= pages:
        first, until = f"{last.year}-01-01", last.isoformat()
        asked = CasesQuery(session=visit.token, first=first, last=until, page=page, per_page=_PER_PAGE)
        told = await site.keeper.ask(CASES, asked)
        found += [row for row in told.cases if row.received_ns]
        page, pages = page + 1, told.pages
    return list(enumerate(sorted(found, key=lambda row: (row.received_ns, row.case)), 1))


async def desk_for(request: web.Request, told: CaseView, *, numbered: bool, viewed: bool) -> Desk:
    """What the case's papers are made from. ``numbered``: with the number of its row in the year's book, which takes a
    look at all cases of the year, and which whoever sees only some of them is not told. ``viewed``: with what the
    ledger has of its viewings, which is asked only of a case that had one."""
    words = CaseWords(request.app[SITE].messages, "zh", {})
    viewing = ViewingRecord()
    if viewed and was_begun(told):
        asking = CaseViewingRequest(session=visit_of(request).token, case=told.case)
        viewing = await request.app[SITE].keeper.ask(CASE_VIEWING, asking)
    copied = [hole.cause for copy in viewing.copies for _, hole in copy.missing]
    issue = _with_causes(request, await _issue(request, told.policy), [told], copied)
    signed = [cell for cell in told.signatures if cell.stage == "director" and not cell.superseded]
    if signed and not signed[-1].deputy:
        issue = msgspec.structs.replace(issue, director=signed[-1].name)
    row = await _row_number(request, told) if numbered else 0
    asked = last_deed(told, "find_defects")
    return Desk(told, issue, asked_for(asked, words), row, viewing)


async def _row_number(request: web.Request, told: CaseView) -> int:
    if not told.received_ns or "see-cases" not in visit_of(request).may:
        return 0
    rows = await rows_of_year(request, day_of(told.received_ns))
    return next((at for at, row in rows if row.case == told.case), 0)


async def _issue(request: web.Request, policy: str) -> Issue:
    """In the words of the pack that a case stands under, or of the one in force."""
    site, visit = request.app[SITE], visit_of(request)
    office, head, file = await asyncio.gather(
        site.keeper.office(), site.keeper.ask(LEDGER_HEAD, Request()), site.keeper.pack(visit.token, policy)
    )
    return Issue(pack=file.pack, printed_ns=site.clock.wall_ns(), head=head.root, trial=office.trial)


def _with_causes(request: web.Request, issue: Issue, cases: Sequence[CaseView], copied: Iterable[str] = ()) -> Issue:
    """With the words of each cause for which footage of these cases is missing, and of those for which it is in
    copies of theirs (``copied``)."""
    words = CaseWords(request.app[SITE].messages, "zh", {})
    codes = {hole.cause for told in cases for each in told.ranges for hole in each.holes.listed}
    codes.update(copied)
    return msgspec.structs.replace(issue, causes={code: words.cause(code) for code in sorted(codes)})


async def _file(request: web.Request, sheets: Sequence[Sheet], kind: str, plain: str, name: str) -> web.Response:
    """A file to save, under its own name where the browser takes one. Of several sheets the PDF is one file all the
    same; ODT files, each of which somebody edits, come as an archive."""
    if kind not in _KINDS:
        raise NotFound.of("paper-kind", kind=kind[:8], kinds=" or ".join(_KINDS))
    papers = request.app[SITE].papers
    if kind == "pdf":
        body = await papers.one_pdf(sheets)
    elif len(sheets) == 1:
        body = await papers.odt(sheets[0])
    else:
        made = [(f"{name}-{number}.{kind}", await papers.odt(sheet)) for number, sheet in enumerate(sheets, 1)]
        body, kind = await asyncio.to_thread(archive_of, made), "zip"
    named = f"attachment; filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS.get(kind, _ZIP), headers={"Content-Disposition": named})
