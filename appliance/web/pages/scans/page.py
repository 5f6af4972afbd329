"""Scans of signed papers: the part that pages embed, the page of one thing's scans, and one scan page by page.

A page embeds the scans of what it shows in two lines (``docs/design/scans.md``, *In a page*): :func:`part_of` in its
handler, ``scans_part`` of ``_scans.html`` in its template.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.scans import (
    DESTROY_SCAN,
    SCAN,
    SCAN_PAGE,
    SCANS,
    STRIKE_SCAN,
    DestroyScan,
    OriginalRequest,
    ScanList,
    ScanPageRequest,
    ScanRequest,
    ScansRequest,
    ScanView,
    StrikeScan,
)
from appliance.rules.amounts import bytes_text
from appliance.rules.registers.tables import register_of_number
from appliance.rules.scans import TYPES, subject_of, version_of_papers
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import passwords_of, who_acts
from appliance.web.pages.scans.upload import Typed, take_in

__all__ = ["ScansPart", "destroy", "listing", "original", "part_of", "picture", "show", "strike", "take"]

_HOMES = {
    "case": "/cases/",
    "hold": "/holds/",
    "person": "/people/",
    "inspection": "/inspection/",
    "camera": "/cameras/",
    "register": "/register/",
}
"""Where each thing that scans belong to has its page."""
_ACCEPT = ",".join([*(kind.mime for kind in TYPES.values()), *(f".{kind.suffixes[0]}" for kind in TYPES.values())])
_MAX_WORDS = 1_000
_STATUS = ((UsageError, 400), (Refused, 403), (Unavailable, 503))


class Home(NamedTuple):
    """The thing that scans belong to: which sort, its number, and the address of its page."""

    name: str
    number: str
    path: str


class ScansPart(NamedTuple):
    """What the macro ``scans_part`` shows. ``just``: the number of a scan that was taken in by the click before.
    ``guided``: it stands in the guided way of a camera, and what is taken in there leads back there."""

    told: ScanList
    home: Home
    act: str
    accept: str = _ACCEPT
    just: str = ""
    typed: Typed = Typed()
    problem: RecorderError | None = None
    guided: bool = False

    @property
    def living(self) -> list[ScanView]:
        return [scan for scan in self.told.scans if not scan.struck_ns]

    @property
    def struck(self) -> list[ScanView]:
        return [scan for scan in self.told.scans if scan.struck_ns]

    @staticmethod
    def size(scan: ScanView) -> str:
        return bytes_text(scan.bytes)


async def part_of(request: web.Request, of: str, *, guided: bool = False) -> ScansPart | None:
    """The scans of ``of``, such as ``case/115-0001``, for a page that embeds them; None for who may see the page and
    not the papers. Raises NotFound."""
    try:
        return (await _part(request, of))._replace(guided=guided)
    except NotLoggedIn:
        raise
    except Refused:
        return None


async def _part(request: web.Request, of: str) -> ScansPart:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(SCANS, ScansRequest(session=visit.token, of=of))
    return ScansPart(told, _home(told.named or of), fresh_act(request), just=request.query.get("scan", "")[:20])


async def listing(request: web.Request) -> web.Response:
    """The scans of one thing as a page of their own."""
    part = await _part(request, _of(request))
    if part.home.number != request.match_info["number"] and part.home.name == "case":
        return redirect(f"/scans/case/{part.home.number}")
    return await _listing(request, part)


async def take(request: web.Request) -> web.Response:
    """Takes a scan in and goes back to the page of the thing; what is wrong is said on the page of its scans."""
    of, typed = _of(request), [Typed()]
    try:
        number = await take_in(request, of, typed)
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        part = await _part(request, of)
        return await _listing(request, part._replace(typed=typed[0], problem=error, guided="guide" in request.query))
    if "guide" in request.query and _home(of).name == "camera":
        camera, version = version_of_papers(_home(of).number)
        return redirect(f"/cameras/guide?camera={quote(camera)}&version={version}&step=sign&scan={number}#scans")
    return redirect(f"{_home(of).path}?scan={number}#scans")


async def show(request: web.Request) -> web.Response:
    return await _show(request)


async def picture(request: web.Request) -> web.Response:
    """One page as a PNG that was drawn for it. Never the file itself."""
    site, visit = request.app[SITE], visit_of(request)
    number, at = request.match_info["scan"], _number(request.match_info["page"])
    drawn = await site.keeper.ask_bytes(SCAN_PAGE, ScanPageRequest(session=visit.token, scan=number, page=at))
    return web.Response(body=drawn.body, content_type="image/png")


async def original(request: web.Request) -> web.StreamResponse:
    """The file as it was taken in, to save: its use is entered before the first byte."""
    site, visit = request.app[SITE], visit_of(request)
    number, who = request.match_info["scan"], who_acts(await read_form(request))
    try:
        found = await site.scans.original(OriginalRequest(session=visit.token, scan=number, **who))
    except Refused as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _show(request, at="original", problem=error)
    answer = web.StreamResponse(
        headers={
            "Content-Type": found.head.type,
            "Content-Disposition": f'attachment; filename="{found.head.name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
    )
    answer.content_length = found.head.bytes
    try:
        await answer.prepare(request)
        async for block in found.blocks:
            await answer.write(block)
        await answer.write_eof()
    finally:
        await found.blocks.aclose()
    return answer


async def strike(request: web.Request) -> web.Response:
    """Says that a scan is wrong, and why; it stays."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["scan"]
    posted = await read_form(request)
    reason = str(posted.get("reason", ""))[:_MAX_WORDS].strip()
    asked = StrikeScan(session=visit.token, act=act_of(posted), scan=number, reason=reason, **who_acts(posted))
    try:
        of = (await site.keeper.ask(STRIKE_SCAN, asked)).of
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _show(request, at="strike", typed={"reason": reason}, problem=error)
    return redirect(f"{_home(of).path}#scans")


async def destroy(request: web.Request) -> web.Response:
    """Destroys a scan whose term is over; two people, both passwords."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["scan"]
    posted = await read_form(request)
    typed = {name: str(posted.get(name, ""))[:_MAX_WORDS].strip() for name in ("reason", "document")}
    asked = DestroyScan(
        session=visit.token,
        act=act_of(posted),
        passwords=passwords_of(posted),
        scan=number,
        reason=typed["reason"],
        document=typed["document"],
    )
    try:
        of = (await site.keeper.ask(DESTROY_SCAN, asked)).of
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _show(request, at="destroy", typed=typed, problem=error)
    return redirect(f"{_home(of).path}#scans")


async def _show(
    request: web.Request,
    *,
    at: str = "",
    typed: Mapping[str, str] = MappingProxyType({}),
    problem: RecorderError | None = None,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(SCAN, ScanRequest(session=visit.token, scan=request.match_info["scan"]))
    turned = min(max(1, _number(request.query.get("page", "1"))), told.scan.pages)
    return page(
        request,
        "scans/scan.html",
        status=403 if problem else 200,
        scan=told.scan,
        home=_home(told.named or told.scan.of),
        size=bytes_text(told.scan.bytes),
        named=TYPES[told.scan.type].named if told.scan.type in TYPES else told.scan.type,
        at=turned,
        may_get=told.may_get and not told.masked,
        masked=told.masked,
        may_strike=told.may_take and not told.scan.struck_ns,
        act=fresh_act(request),
        told=told,
        tried=at,
        typed={"reason": "", "document": "", **typed},
        problem=problem,
    )


async def _listing(request: web.Request, part: ScansPart) -> web.Response:
    status = next((code for kind, code in _STATUS if isinstance(part.problem, kind)), 200)
    return page(request, "scans/scans.html", status=status, scans=part, home=part.home)


def _of(request: web.Request) -> str:
    return f"{request.match_info['subject']}/{request.match_info['number']}"


def _home(of: str) -> Home:
    _, name, number = subject_of(of)
    page_of = version_of_papers(number)[0] if name == "camera" else number
    if name == "register" and (register := register_of_number(number)) is not None:
        page_of = f"{register.code}/{number}"
    return Home(name, number, f"{_HOMES[name]}{page_of}")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotFound.of("scan-page", page=repr(text[:20]))
    return int(text)
