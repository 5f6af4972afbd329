"""The next policy pack, written in the browser: begun from the version that it will follow, kept as a draft, looked at
beside that version, and proposed as the file that it makes. It follows the newest that was approved, which is in force
or waits for its day.

What is proposed is a file like any other: the keeper reads, enters and approves it by the same rules (``packs.py``).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from aiohttp import web

from appliance.core.errors import NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import ActRequest, SessionRequest
from appliance.protocol.packs import PACKS, PROPOSE_PACK, Packs
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.problems import Problem
from appliance.rules.packs.reading import MAX_BYTES, Checked
from appliance.web.forms.body import FORM_BYTES, File, Form, read_form
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.pages.office_rules import pack_view
from appliance.web.pages.office_rules.pack_fields import ROWS
from appliance.web.pages.office_rules.pack_form import faults_of, id_of, parts_of
from appliance.web.pages.office_rules.pack_typed import (
    BASE,
    TypedPack,
    afresh,
    begun_from,
    following,
    from_file,
    kept_from,
    with_change,
)

__all__ = ["MOST_BYTES", "difference", "discard", "file", "propose", "read_file", "save_draft", "show", "submit"]

MOST_BYTES = 1 << 20
"""Of a form with every field of the largest pack, escaped."""
_FORM = "policy-pack"
_ACT = re.compile(r"[0-9a-f]{32}")
_HOME, _PROPOSALS = "/rules/edit", "/rules/packs#proposals"


class _Desk(NamedTuple):
    """What a page of the editor stands on. ``before``: the version that the next one follows. ``typed`` upon ``base``:
    the fields as the version it began from has them."""

    act: str
    packs: Packs
    before: Pack
    base: TypedPack
    typed: TypedPack


async def show(request: web.Request) -> web.Response:
    """The form: of the draft that is asked for, or begun from the version before."""
    if await _is_proposed(request):
        return redirect(_PROPOSALS)
    desk = await _desk(request, request.query.get("draft", ""))
    checked = await _checked(request, desk) if "check" in request.query else None
    return await _page(request, desk, checked.problems if checked else ())


async def submit(request: web.Request) -> web.Response:
    """Keeps what was typed; then goes on to what is wrong with it or, where nothing is, to the difference."""
    desk, posted = await _posted(request)
    changed, at = with_change(desk.typed, str(posted.get("do", "")))
    desk = await _kept(request, desk._replace(typed=changed))
    if at or "do" in posted:
        return redirect(f"{_address(desk)}#{id_of(at)}" if at else _address(desk))
    checked = await _checked(request, desk)
    return redirect(_address(desk, check="1") if checked.problems else _address(desk, "/difference"))


async def save_draft(request: web.Request) -> web.Response:
    """Called by the page a moment after each change, with the fields that were touched."""
    desk, _ = await _posted(request, whole=False)
    return web.json_response({"saved": await _keep(request, desk)})


async def discard(request: web.Request) -> web.Response:
    """The draft is thrown away."""
    site, visit = request.app[SITE], visit_of(request)
    act = _act(await read_form(request))
    await asyncio.to_thread(site.drafts.strike, act, visit.person)
    return redirect("/rules/packs")


async def file(request: web.Request) -> web.Response:
    """The draft as the file it makes, right or wrong, to be read back here or checked elsewhere."""
    if await _is_proposed(request):
        return redirect(_PROPOSALS)
    desk = await _desk(request, request.query.get("draft", ""))
    version = re.sub(r"[^0-9A-Za-z-]", "", desk.typed.texts["version"]) or "draft"
    named = f'attachment; filename="policy-pack-{version}.toml"'
    return web.Response(body=desk.typed.file, content_type="application/toml", headers={"Content-Disposition": named})


async def read_file(request: web.Request) -> web.Response:
    """A file becomes a draft. What no field could show of it is said, and then nothing is taken."""
    try:
        posted = await read_form(request, MAX_BYTES + FORM_BYTES)
    except web.HTTPRequestEntityTooLarge:
        return await _page(request, await _desk(request, ""), problem="pack.file-large")
    sent = posted.get("file")
    if not isinstance(sent, File) or not sent.name:
        return await _page(request, await _desk(request, ""), problem="pack.file-missing")
    desk = await _desk(request, "")
    typed, lost = from_file(sent.content, desk.base.base)
    if lost:
        return await _page(request, desk, unread=lost, file_name=sent.name)
    desk = await _kept(request, desk._replace(act=_act(posted), typed=typed))
    return redirect(_address(desk, check="1"))


async def difference(request: web.Request) -> web.Response:
    """The draft beside the version before, and where it is proposed."""
    if await _is_proposed(request):
        return redirect(_PROPOSALS)
    desk = await _desk(request, request.query.get("draft", ""))
    checked = await _checked(request, desk)
    if checked.pack is None:
        return redirect(_address(desk, check="1"))
    return _difference(request, desk, checked.pack)


async def propose(request: web.Request) -> web.Response:
    """The draft as it was shown, proposed by the officer here; the keeper judges the file as it does any other."""
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    act, by = _act(posted), officer_seat(visit.seats)
    if await asyncio.to_thread(site.drafts.is_spent, act):
        return redirect(_PROPOSALS)
    desk = await _desk(request, act)
    checked, data = await _checked(request, desk), desk.typed.file
    if checked.pack is None:
        return redirect(_address(desk, check="1"))
    if hashlib.sha256(data).hexdigest() != posted.get("sha256"):
        return _difference(request, desk, checked.pack, problem="pack-edit.changed-meanwhile")
    if by is None:
        return _difference(request, desk, checked.pack, problem="pack.officer-missing")
    try:
        password = str(posted.get("password", ""))
        asked = ActRequest(session=visit.token, act=act, seat=by.seat, password=password)
        version = (await site.keeper.ask(PROPOSE_PACK, asked, data)).version
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return _difference(request, desk, checked.pack, detail=error, code=error.code)
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/rules/packs?done={quote(version)}#proposals")


async def _desk(request: web.Request, act: str, base_version: str = "") -> _Desk:
    """With the person's draft of that act id; a fresh one where there is none. Raises Refused for who may not see
    proposals."""
    site, visit = request.app[SITE], visit_of(request)
    if "see-rules" not in visit.may:
        raise Refused.of("pack-nobody")
    packs = await site.keeper.ask(PACKS, SessionRequest(session=visit.token))
    draft = await asyncio.to_thread(site.drafts.get, act, visit.person) if _ACT.fullmatch(act) else None
    before = (await site.keeper.pack(visit.token, packs.latest.version)).pack
    version = draft.values.get(BASE, [""])[0] if draft else base_version
    known = any(each.version == version for each in packs.packs)
    base = afresh((await site.keeper.pack(visit.token, version)).pack if known else before)
    if draft is None and not _ACT.fullmatch(act):
        act = site.random(16).hex()
    site.drafts.begin(act, visit.person)
    return _Desk(act, packs, before, base, kept_from(draft.values, base) if draft else base)


async def _posted(request: web.Request, *, whole: bool = True) -> tuple[_Desk, Form]:
    """The draft with what was typed. Raises UsageError without an act id."""
    posted = await read_form(request)
    desk = await _desk(request, _act(posted), str(posted.get(BASE, ""))[:32])
    values: dict[str, list[str]] = {}
    for name, value in posted.items():
        values.setdefault(name, []).append(str(value))
    typed = kept_from(values, desk.base if whole else desk.typed, whole=whole)
    return desk._replace(typed=typed), posted


def _act(posted: Form) -> str:
    act = str(posted.get("act", ""))
    if not _ACT.fullmatch(act):
        raise UsageError.of("form-no-act")
    return act


async def _keep(request: web.Request, desk: _Desk) -> bool:
    site, visit = request.app[SITE], visit_of(request)
    kept = desk.typed.kept(desk.base)
    return await asyncio.to_thread(site.drafts.save, desk.act, visit.person, _FORM, kept)


async def _kept(request: web.Request, desk: _Desk) -> _Desk:
    """What was typed, kept: as a draft of its own where the form's was proposed meanwhile, as after a step back in the
    browser, or is another person's."""
    if not await _keep(request, desk):
        desk = desk._replace(act=request.app[SITE].random(16).hex())
        await _keep(request, desk)
    return desk


async def _is_proposed(request: web.Request) -> bool:
    """Whether the draft that is asked for is one no more."""
    act = request.query.get("draft", "")
    return bool(_ACT.fullmatch(act)) and await asyncio.to_thread(request.app[SITE].drafts.is_spent, act)


async def _checked(request: web.Request, desk: _Desk) -> Checked:
    """The draft, read as the keeper will read it."""
    site, visit = request.app[SITE], visit_of(request)
    there = [(each.version, each.effective) for each in desk.packs.packs if not each.shipped]
    found = [await site.keeper.pack(visit.token, each.version) for each in desk.packs.packs]
    return following(desk.typed.file, there, [each.pack for each in found])


def _address(desk: _Desk, below: str = "", **more: str) -> str:
    return f"{_HOME}{below}?{urlencode({'draft': desk.act, **{name: value for name, value in more.items() if value}})}"


async def _page(
    request: web.Request,
    desk: _Desk,
    problems: tuple[Problem, ...] = (),
    *,
    unread: tuple[Problem, ...] = (),
    file_name: str = "",
    problem: str = "",
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    drafts = await asyncio.to_thread(site.drafts.of, visit.person, _FORM)
    faults = faults_of(problems, desk.typed, site.messages, visit.lang)
    return page(
        request,
        "office_rules/pack_edit.html",
        status=400 if unread or problem else 200,
        act=desk.act,
        base=desk.base.base,
        packs=desk.packs,
        counts=desk.typed.counts,
        most=ROWS,
        parts=parts_of(desk.typed, begun_from(desk.before), faults, site.messages, visit.lang),
        faults=[fault for _, fault in faults],
        kept=any(each.act == desk.act for each in drafts),
        drafts=[(each, _version_of(each.values)) for each in drafts if each.act != desk.act],
        read_act=site.random(16).hex(),
        unread=pack_view.wrong_of(unread, site.messages, visit.lang),
        file_name=file_name,
        problem=problem,
    )


def _version_of(values: Mapping[str, list[str]]) -> str:
    return values.get("version", [""])[0]


def _difference(
    request: web.Request, desk: _Desk, pack: Pack, *, problem: str = "", detail: object = "", code: str = ""
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    return page(
        request,
        "office_rules/pack_draft.html",
        status=400 if problem else 403 if detail else 200,
        act=desk.act,
        packs=desk.packs,
        pack=pack,
        old=desk.before,
        sha256=hashlib.sha256(desk.typed.file).hexdigest(),
        parts=pack_view.differences(desk.before, pack, site.messages, visit.lang),
        by=officer_seat(visit.seats),
        problem=problem,
        detail=detail,
        code=code,
    )
