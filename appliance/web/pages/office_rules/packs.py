"""The office's rules as pages: their text, their versions, a new one proposed, two side by side, one approved."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import ActRequest, SessionRequest
from appliance.protocol.packs import APPROVE_PACK, PACKS, PROPOSE_PACK, ApprovePack, PackRow, Packs, ProposalRow
from appliance.rules.holds import DIRECTOR
from appliance.rules.packs.problems import Problem
from appliance.rules.packs.reading import MAX_BYTES
from appliance.web.forms.body import FORM_BYTES, File, read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, pair_here, passwords_of
from appliance.web.pages.office_rules import pack_view
from appliance.web.pages.office_rules.pack_typed import following

__all__ = ["approve", "compare", "file", "listing", "propose", "text"]


async def text(request: web.Request) -> web.Response:
    """The rules, article by article: of the version in force, or of an earlier or coming one."""
    site, visit = request.app[SITE], visit_of(request)
    version = request.query.get("version", "")[:32]
    packs, found = await asyncio.gather(_packs(request), site.keeper.pack(visit.token, version))
    pack, row = found.pack, _row(packs, found.name)
    return page(
        request,
        "office_rules/rules_text.html",
        packs=packs,
        row=row,
        pack=pack,
        gaps=pack_view.gaps_of(pack),
        articles=pack_view.articles_of(pack),
        numbers=pack_view.numbers_of(pack),
        cameras=pack_view.cameras_of(pack),
        signs=pack_view.signs_of(pack, site.messages, visit.lang),
    )


async def listing(request: web.Request) -> web.Response:
    return await _list(request, done=request.query.get("done", "")[:32])


async def propose(request: web.Request) -> web.Response:
    """A file, proposed by the officer here; all that is wrong with it is said above its form."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        posted = await read_form(request, MAX_BYTES + FORM_BYTES)
    except web.HTTPRequestEntityTooLarge:
        return await _list(request, problem="pack.file-large")
    sent, by = posted.get("file"), officer_seat(visit.seats)
    if not isinstance(sent, File) or not sent.name:
        return await _list(request, problem="pack.file-missing")
    if by is None:
        return await _list(request, problem="pack.officer-missing")
    data = sent.content
    packs = await _packs(request)
    there = [(each.version, each.effective) for each in packs.packs if not each.shipped]
    found = [await site.keeper.pack(visit.token, each.version) for each in packs.packs]
    problems = following(data, there, [each.pack for each in found]).problems
    if problems:
        return await _list(request, problems=problems, file_name=sent.name)
    try:
        password = str(posted.get("password", ""))
        asked = ActRequest(session=visit.token, act=act_of(posted), seat=by.seat, password=password)
        version = (await site.keeper.ask(PROPOSE_PACK, asked, data)).version
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _list(request, detail=error, code=error.code)
    return redirect(f"/rules/packs?done={quote(version)}#proposals")


async def compare(request: web.Request) -> web.Response:
    return await _compare(request)


async def approve(request: web.Request) -> web.Response:
    """A proposal, approved by both people's passwords."""
    site, visit, name = request.app[SITE], visit_of(request), request.match_info["name"]
    posted = await read_form(request)
    try:
        asked = ApprovePack(session=visit.token, act=act_of(posted), passwords=passwords_of(posted), sha256=name)
        version = (await site.keeper.ask(APPROVE_PACK, asked)).version
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _compare(request, detail=error, code=error.code)
    return redirect(f"/rules/packs?approved={quote(version)}")


async def file(request: web.Request) -> web.Response:
    """The pack's file: to read, and to begin the next one from."""
    site, visit = request.app[SITE], visit_of(request)
    found = await site.keeper.pack(visit.token, request.match_info["name"])
    named = f'attachment; filename="policy-pack-{found.pack.version}.toml"'
    return web.Response(body=found.body, content_type="application/toml", headers={"Content-Disposition": named})


async def _packs(request: web.Request) -> Packs:
    return await request.app[SITE].keeper.ask(PACKS, SessionRequest(session=visit_of(request).token))


def _row(packs: Packs, version: str) -> PackRow:
    return next((each for each in reversed(packs.packs) if each.version == version), packs.now)


async def _list(
    request: web.Request,
    *,
    done: str = "",
    problem: str = "",
    problems: tuple[Problem, ...] = (),
    detail: object = "",
    code: str = "",
    file_name: str = "",
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    return page(
        request,
        "office_rules/packs.html",
        status=400 if problem or problems else 403 if detail else 200,
        packs=await _packs(request),
        act=fresh_act(request),
        by=officer_seat(visit.seats),
        done=done,
        approved=request.query.get("approved", "")[:32],
        problem=problem,
        wrong=pack_view.wrong_of(problems, site.messages, visit.lang),
        file_name=file_name,
        detail=detail,
        code=code,
    )


async def _compare(request: web.Request, *, detail: object = "", code: str = "") -> web.Response:
    """A version, or a proposal by the hash of its file, beside another: the one before it unless asked otherwise."""
    site, visit, name = request.app[SITE], visit_of(request), request.match_info["name"]
    packs = await _packs(request)
    proposal = next((each for each in packs.proposals if each.sha256 == name), None)
    against = request.query.get("against", "")[:32] or _before(packs, name, proposal)
    new, old = await asyncio.gather(site.keeper.pack(visit.token, name), site.keeper.pack(visit.token, against))
    if proposal is None and all(each.version != name for each in packs.packs):
        raise NotFound.of("pack-unknown", name=name[:32])
    return page(
        request,
        "office_rules/pack.html",
        status=403 if detail else 200,
        packs=packs,
        name=name,
        pack=new.pack,
        row=None if proposal else _row(packs, name),
        proposal=proposal,
        old=old.pack,
        gaps=pack_view.gaps_of(new.pack),
        parts=pack_view.differences(old.pack, new.pack, site.messages, visit.lang),
        act=fresh_act(request),
        pair=pair_here(visit.seats, DIRECTOR),
        detail=detail,
        code=code,
    )


def _before(packs: Packs, name: str, proposal: ProposalRow | None) -> str:
    """What a pack is read beside: the version before it, which for a proposal is the newest that was approved."""
    if proposal:
        return packs.latest.version
    versions = [each.version for each in packs.packs]
    return versions[max(0, versions.index(name) - 1)] if name in versions else packs.in_force
