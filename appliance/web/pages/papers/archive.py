"""The export to the archive (歸檔): the files of all cases that were closed in a month, in one archive that verifies.

``manifest.json`` lists each case's file with its hash, ``SHA256SUMS`` checks all of them on any machine, and the hash
of the manifest stands in the ledger. It goes out while it is made.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.errors import NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.papers.sheets.packing import PLAIN, Packer
from appliance.protocol.archive import ARCHIVE_BEGIN, ARCHIVE_MADE, ARCHIVE_MONTHS, ArchiveBegin, ArchiveMade
from appliance.protocol.endpoint import Request, SessionRequest
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.protocol.ledger_head import LedgerHead
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.http.seats import who_acts
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.papers.case_file import gathered, pieces, sent

__all__ = ["FORMAT", "export", "show"]

FORMAT = "office-recorder/archive/v1"


class _Filed(NamedTuple):
    """One case's file in the archive."""

    case: str
    file: str
    sha256: str
    bytes: int


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def export(request: web.Request) -> web.StreamResponse:
    """Entered before the first byte goes out; what came out is entered after the last one was made."""
    site, visit, month = request.app[SITE], visit_of(request), request.match_info["month"]
    posted = await read_form(request)
    try:
        asked = ArchiveBegin(session=visit.token, act=act_of(posted), month=month, **who_acts(posted))
        begun = await site.keeper.ask(ARCHIVE_BEGIN, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, error)
    head = await site.keeper.ask(LEDGER_HEAD, Request())
    async with aclosing(_archive(request, month, begun.archive, begun.cases, head)) as archive:
        return await sent(request, archive, f"archive-{month}", f"歸檔-{date_text(month + '-01', 'zh')[:-3]}")


async def _archive(
    request: web.Request, month: str, number: int, cases: tuple[str, ...], head: LedgerHead
) -> AsyncGenerator[bytes, None]:
    site, visit = request.app[SITE], visit_of(request)
    packer, filed, total = Packer(), list[_Filed](), 0
    who = {"archive": number}
    for case in cases:
        found = await gathered(request, case, who)
        digest, size, name = hashlib.sha256(), 0, f"{found.name}.zip"
        packer.begin(name, PLAIN, large=True)
        async with aclosing(pieces(request, found, who)) as inner:
            async for piece in inner:
                digest.update(piece)
                size += len(piece)
                await asyncio.to_thread(packer.add, piece)
                total += len(made := packer.taken())
                yield made
        packer.end()
        filed.append(_Filed(case, name, digest.hexdigest(), size))
    manifest = _manifest(month, number, filed, head, site.clock.wall_ns())
    digest = hashlib.sha256(manifest)
    sums = "".join(f"{each.sha256}  {each.file}\n" for each in filed) + f"{digest.hexdigest()}  manifest.json\n"
    for name, body in (("manifest.json", manifest), ("SHA256SUMS", sums.encode())):
        packer.begin(name)
        packer.add(body)
        packer.end()
    last = packer.close()
    whole = ArchiveMade(
        session=visit.token,
        act=site.random(16).hex(),
        archive=number,
        sha256=digest.hexdigest(),
        bytes=total + len(last),
    )
    await site.keeper.ask(ARCHIVE_MADE, whole)
    yield last


def _manifest(month: str, number: int, filed: list[_Filed], head: LedgerHead, made_ns: int) -> bytes:
    told: dict[str, Any] = {
        "format": FORMAT,
        "month": month,
        "entry": number,
        "made_ns": made_ns,
        "ledger": {"size": head.size, "root": head.root},
        "cases": [each._asdict() for each in filed],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


async def _page(request: web.Request, error: RecorderError | None = None) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(ARCHIVE_MONTHS, SessionRequest(session=visit.token))
    return page(
        request,
        "papers/archive.html",
        status=403 if error else 200,
        told=told,
        name=lambda month: date_text(f"{month}-01", visit.lang)[:-3],
        done={each.month: each for each in reversed(told.exports) if each.sha256},
        act=lambda: site.random(16).hex(),
        error=error,
    )
