"""The case file (紀錄專卷) to save: every paper of the case printed, its scans, its ledger entries, one archive."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote

from aiohttp import web

from appliance.errors import Unavailable
from appliance.office.casepapers.casefile import Part, case_file, cover
from appliance.office.casepapers.making import CasePaper, papers_for
from appliance.office.casepapers.sources import Desk
from appliance.web.link.answers import CaseLedger
from appliance.web.link.scan_answers import Scan
from appliance.web.papers.of_cases import desk_for
from appliance.web.visit import SITE, visit_of

__all__ = ["make"]

_PRESSES = 2
"""So many papers of one case file are printed at a time: others print too."""
_MOST_BYTES = 200 << 20
"""Scans are held in memory while the archive is made."""


async def make(request: web.Request) -> web.Response:
    """Refused to whoever may not take a case file along; each scan's file is entered as used before it goes in."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    ledger = await site.keeper.case_ledger(visit.token, case)  # enters that it goes out; what is told then is in full
    told = await site.keeper.case(visit.token, case)
    desk = await desk_for(request, told, numbered=True)
    presses = asyncio.Semaphore(_PRESSES)
    waiting = (_printed(request, desk, at, paper, presses) for at, paper in enumerate(papers_for(told), 1))
    papers = await asyncio.gather(*waiting)
    parts = [*papers, *await _scans(request, case), *_entries(ledger)]
    front = await site.papers.pdf(cover(desk, parts))
    first = Part("00-封面及目錄.pdf", "封面及目錄", front.pdf, pages=front.pages)
    head = {"size": ledger.size, "root": ledger.root, "checkpoint": ledger.checkpoint}
    body = await asyncio.to_thread(case_file, desk, first, parts, head)
    name = f"紀錄專卷-{told.number or told.case}.zip"
    named = f"attachment; filename=\"case-file-{told.case}.zip\"; filename*=UTF-8''{quote(name)}"
    return web.Response(body=body, content_type="application/zip", headers={"Content-Disposition": named})


async def _printed(request: web.Request, desk: Desk, at: int, paper: CasePaper, presses: asyncio.Semaphore) -> Part:
    async with presses:
        printed = await request.app[SITE].papers.pdf(paper.make(desk))
    return Part(f"{at:02d}-{paper.file}.pdf", paper.file, printed.pdf, pages=printed.pages)


async def _scans(request: web.Request, case: str) -> list[Part]:
    """The files of the scans that count; one that was struck stays where it is and is named by its entry."""
    site, visit = request.app[SITE], visit_of(request)
    told = await site.scans.scans(visit.token, f"case/{case}")
    parts, size = [], 0
    for scan in told.scans:
        if scan.struck_ns or scan.destroyed_ns:
            continue
        size += scan.bytes
        if size > _MOST_BYTES:
            raise Unavailable(f"case file: its scans are over {_MOST_BYTES >> 20} MiB; save them one by one")
        parts.append(await _scan(request, scan))
    return parts


async def _scan(request: web.Request, scan: Scan) -> Part:
    site, visit = request.app[SITE], visit_of(request)
    found = await site.scans.original(visit.token, scan.scan)
    try:
        body = b"".join([block async for block in found.blocks])
    finally:
        await found.blocks.aclose()
    words = (
        site.messages.text(f"scan-kind.{scan.kind}", "zh") if f"scan-kind.{scan.kind}" in site.messages else scan.kind
    )
    title = f"掃描：{words}（{scan.scan}）"
    return Part(f"scans/{scan.scan}.{scan.type}", title, body, at_ns=scan.taken_ns, pages=scan.pages)


def _entries(ledger: CaseLedger) -> list[Part]:
    """All entries that name the case, in one list that people read and as a signed note each."""
    listed = [
        {"index": each.index, "at_ns": each.at_ns, "kind": each.kind, "fields": each.fields, "leaf": each.leaf}
        for each in ledger.entries
    ]
    text = json.dumps(listed, ensure_ascii=False, indent=1, default=_plain).encode() + b"\n"
    notes = [
        Part(f"ledger/{each.index:08d}.note", f"紀錄簿第 {each.index} 筆", each.extract.encode(), at_ns=each.at_ns)
        for each in ledger.entries
        if each.extract
    ]
    head = Part("ledger/head.checkpoint", "紀錄簿鏈首", ledger.checkpoint.encode())
    return [Part("ledger/entries.json", "紀錄簿相關各筆", text), head, *notes]


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
