"""The case file (紀錄專卷) to save: every paper of the case printed, its scans, its ledger entries, one archive.

It goes out while it is made: papers and entries are held, the files of scans pass through a piece at a time. What
breaks off in the middle breaks the download off, so that no half archive is taken for a whole one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from aiohttp import web

from appliance.core.errors import Damaged
from appliance.papers.from_cases.casefile import Part, cover, whole_file
from appliance.papers.from_cases.making import CasePaper, papers_for
from appliance.papers.from_cases.sources import Desk
from appliance.papers.sheets.packing import FAST, Packer
from appliance.protocol.cases import CASE, CASE_LEDGER, CaseEntry, CaseLedgerRequest, CaseRequest
from appliance.protocol.scans import SCANS, OriginalRequest, ScansRequest, ScanView
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.http.seats import who_acts
from appliance.web.pages.papers.of_cases import desk_for

__all__ = ["CaseFile", "gathered", "make", "pieces", "sent"]

_PRESSES = 2
"""So many papers of one case file are printed at a time: others print too."""


class CaseFile(NamedTuple):
    """A case file before it is packed; ``name`` is what the archive is called, without its ending."""

    case: str
    name: str
    parts: list[Part]


async def make(request: web.Request) -> web.StreamResponse:
    """Refused to whoever may not take a case file along; each scan's file is entered as used before it goes in."""
    who = who_acts(await read_form(request))
    found = await gathered(request, request.match_info["case"], who)
    async with aclosing(pieces(request, found, who)) as archive:
        return await sent(request, archive, f"case-file-{found.case}", found.name)


async def gathered(request: web.Request, case: str, who: Mapping[str, Any]) -> CaseFile:
    """Everything of a case file but the files of its scans."""
    site, visit = request.app[SITE], visit_of(request)
    # It enters that the file goes out, so what is asked after it comes unmasked.
    asked = CaseLedgerRequest(session=visit.token, case=case, **who)
    head, blocks = await site.keeper.ask_blocks(CASE_LEDGER, asked)
    async with aclosing(blocks):
        entries = [msgspec.msgpack.decode(block, type=CaseEntry) async for block in blocks]
    told = await site.keeper.ask(CASE, CaseRequest(session=visit.token, case=case))
    desk = await desk_for(request, told, numbered=True, viewed=True)
    presses = asyncio.Semaphore(_PRESSES)
    waiting = (_printed(request, desk, at, paper, presses) for at, paper in enumerate(papers_for(told), 1))
    papers = await asyncio.gather(*waiting)
    scans = (await site.keeper.ask(SCANS, ScansRequest(session=visit.token, of=f"case/{told.case}"))).scans
    parts = [*papers, *(_scan(request, scan) for scan in scans if not (scan.struck_ns or scan.destroyed_ns))]
    parts += _entries(entries, head.checkpoint)
    front = await site.papers.pdf(cover(desk, parts))
    first = Part("00-封面及目錄.pdf", "封面及目錄", front.pdf, pages=front.pages)
    signed = {"size": head.size, "root": head.root, "checkpoint": head.checkpoint}
    return CaseFile(told.case, f"紀錄專卷-{told.number or told.case}", whole_file(desk, first, parts, signed))


async def pieces(request: web.Request, found: CaseFile, who: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
    """The archive as it is made. Raises Damaged for a scan whose file is not what its entry says."""
    packer = Packer()
    for part in found.parts:
        if not part.scan:
            packer.begin(part.name)
            await asyncio.to_thread(packer.add, part.body)
        else:
            packer.begin(part.name, FAST)
            async for _ in _added(request, part, packer, who):
                yield packer.taken()
        packer.end()
        yield packer.taken()
    yield packer.close()


async def sent(request: web.Request, archive: AsyncIterable[bytes], plain: str, name: str) -> web.StreamResponse:
    """Sends an archive piece by piece, as fast as the browser takes it."""
    named = f"attachment; filename=\"{plain}.zip\"; filename*=UTF-8''{quote(f'{name}.zip')}"
    answer = web.StreamResponse(headers={"Content-Type": "application/zip", "Content-Disposition": named})
    await answer.prepare(request)
    async for piece in archive:
        if piece:
            await answer.write(piece)
    await answer.write_eof()
    return answer


async def _added(
    request: web.Request, part: Part, packer: Packer, who: Mapping[str, Any]
) -> AsyncGenerator[None, None]:
    site, visit, digest = request.app[SITE], visit_of(request), hashlib.sha256()
    brought = await site.scans.original(OriginalRequest(session=visit.token, scan=part.scan, **who))
    async with aclosing(brought.blocks) as blocks:
        async for block in blocks:
            digest.update(block)
            await asyncio.to_thread(packer.add, block)
            yield
    if digest.hexdigest() != part.told_sha256:
        raise Damaged.of("scan-file-wrong-2", number=part.scan)


async def _printed(request: web.Request, desk: Desk, at: int, paper: CasePaper, presses: asyncio.Semaphore) -> Part:
    async with presses:
        printed = await request.app[SITE].papers.pdf(paper.sheet(desk))
    return Part(f"{at:02d}-{paper.file}.pdf", paper.file, printed.pdf, pages=printed.pages)


def _scan(request: web.Request, scan: ScanView) -> Part:
    """A scan that counts; one that was struck stays where it is and is named by its entry."""
    messages, kind = request.app[SITE].messages, f"scan-kind.{scan.kind}"
    words = messages.text(kind, "zh") if kind in messages else scan.kind
    return Part(
        f"scans/{scan.scan}.{scan.type}",
        f"掃描：{words}（{scan.scan}）",
        at_ns=scan.taken_ns,
        pages=scan.pages,
        scan=scan.scan,
        told_sha256=scan.sha256,
        told_bytes=scan.bytes,
    )


def _entries(entries: Sequence[CaseEntry], checkpoint: str) -> list[Part]:
    """All entries that name the case, in one list that people read and as a signed note each."""
    listed = [
        {"index": each.index, "at_ns": each.at_ns, "kind": each.kind, "fields": each.fields, "leaf": each.leaf}
        for each in entries
    ]
    text = json.dumps(listed, ensure_ascii=False, indent=1, default=_plain).encode() + b"\n"
    notes = [
        Part(f"ledger/{each.index:08d}.note", f"稽核紀錄簿第 {each.index} 筆", each.extract.encode(), at_ns=each.at_ns)
        for each in entries
        if each.extract
    ]
    head = Part("ledger/head.checkpoint", "稽核紀錄簿驗證碼", checkpoint.encode())
    return [Part("ledger/entries.json", "稽核紀錄簿相關各筆", text), head, *notes]


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
