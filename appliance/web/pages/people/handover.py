"""The hand-over of somebody who leaves (交接): what is open, who takes each thing, the signed lists and their paper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.papers.sheets.handover import Handover as Paper
from appliance.papers.sheets.handover import HandoverThing, handover
from appliance.papers.sheets.issue import Issue, Signed
from appliance.papers.sheets.odt import MIME
from appliance.protocol.endpoint import Request
from appliance.protocol.handover import HANDOVER, SIGN_HANDOVER, Handover, HandoverItem, SignHandover
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.protocol.people import PersonRequest
from appliance.rules.deadlines import day_of
from appliance.rules.handover import LINES
from appliance.rules.registers.tables import REGISTERS
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import pair_here, passwords_of
from appliance.web.i18n.messages import Messages
from appliance.web.pages.cases.forms import step_of
from appliance.web.pages.cases.words import CaseWords

__all__ = ["FIELDS", "paper", "show", "sign"]

FIELDS = ("document", "all", "thing-1", "taker-1")
"""What the form has besides its ticks, its act and the passwords; things and who takes them are numbered."""
_KINDS = {"pdf": "application/pdf", "odt": MIME}
_MOST_THINGS = 900


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def sign(request: web.Request) -> web.Response:
    """Signs the list; what is wrong is said above it, and what was chosen stays."""
    site, visit = request.app[SITE], visit_of(request)
    name, posted = request.match_info["name"], await read_form(request)
    act, typed = act_of(posted), _typed(posted)
    told = await _handover(request)
    takers = {item.id: typed[item.id] or _by_default(item, typed["all"]) for item in told.items if item.id in typed}
    ticked = [line for line in LINES if typed.get(line) == "yes"]
    if not typed["document"]:
        return await _page(request, typed=typed, problem="people.document-missing")
    try:
        chosen = {thing: taker for thing, taker in takers.items() if taker}
        signed = SignHandover(
            session=visit.token,
            act=act,
            passwords=passwords_of(posted),
            name=name,
            receivers=chosen,
            ticked=tuple(ticked),
            document=typed["document"],
        )
        await site.keeper.ask(SIGN_HANDOVER, signed)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, typed=typed, detail=error, code=error.code)
    return redirect(f"/people/{name}/handover?done=signed")


async def paper(request: web.Request) -> web.Response:
    """交接清冊 of the newest signed list; of what is open, with empty cells for who takes it, where none is signed."""
    site, visit, kind = request.app[SITE], visit_of(request), request.match_info["kind"]
    if kind not in _KINDS:
        raise NotFound.of("handover-kind", kind=kind[:8], kinds=" or ".join(_KINDS))
    told, office, head, file = await asyncio.gather(
        _handover(request),
        site.keeper.office(),
        site.keeper.ask(LEDGER_HEAD, Request()),
        site.keeper.pack(visit.token),
    )
    issue = Issue(pack=file.pack, trial=office.trial, printed_ns=site.clock.wall_ns(), head=head.root)
    sheet = handover(_paper_of(told, site.messages), issue)
    body = (await site.papers.pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    named = f"attachment; filename=\"handover.{kind}\"; filename*=UTF-8''{quote(f'交接清冊-{told.name}.{kind}')}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})


# --- inside ---


def _typed(posted: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen, by the id of each thing, beside the other fields."""

    def text(name: str) -> str:
        value = posted.get(name, "")
        return value.strip()[:201] if isinstance(value, str) else ""

    found = {name: text(name) for name in ("document", "all", *LINES)}
    for at in range(1, _MOST_THINGS):
        if f"thing-{at}" not in posted:
            break
        found[text(f"thing-{at}")] = text(f"taker-{at}")
    return found


def _by_default(item: HandoverItem, account: str) -> str:
    """Who takes everything that nobody was chosen for, as far as the person may."""
    return account if account in item.takers else ""


def thing_words(messages: Messages, lang: str, item: HandoverItem) -> str:
    """The step that waits, or where the thing stands."""
    if item.sort == "case":
        return CaseWords(messages, lang, {}).step(step_of(item.what))
    room = {"hold": "ground", "ticket": "ticket-state", "camera": "camera-state"}
    what = item.what.replace("_", "-")
    if item.sort in REGISTERS:
        return messages.text(f"register-state.{item.sort}-{what}", lang)
    code = f"{room.get(item.sort, 'handover-day')}.{what}"
    for each in (code, f"{room.get(item.sort, '')}.{item.what}"):
        if each in messages:
            return messages.text(each, lang)
    return item.what


async def _handover(request: web.Request) -> Handover:
    asked = PersonRequest(session=visit_of(request).token, name=request.match_info["name"])
    return await request.app[SITE].keeper.ask(HANDOVER, asked)


async def _page(request: web.Request, **said: Any) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await _handover(request)
    takers = {account for item in told.items for account in item.takers}
    wrong = said.get("problem") or said.get("detail")
    return page(
        request,
        "people/handover.html",
        status=400 if said.get("problem") else 403 if wrong else 200,
        told=told,
        words=lambda item: thing_words(site.messages, visit.lang, item),
        address=_address,
        takers=sorted((told.names.get(each, each), each) for each in takers),
        orphans=[item for item in told.items if not item.takers],
        pair=pair_here(visit.seats),
        own=told.name in {seat.person for seat in visit.seats},
        act=fresh_act(request),
        typed={"document": "", "all": "", **said.get("typed", {})},
        problem=said.get("problem", ""),
        detail=said.get("detail", ""),
        code=said.get("code", ""),
        done=request.query.get("done") == "signed" and not wrong,
    )


def _address(item: HandoverItem) -> str:
    """The page of a thing."""
    rooms = {"hold": "/holds/", "ticket": "/inspection/tickets/", "inspection": "/inspection/"}
    if item.sort in REGISTERS:
        return f"/register/{item.sort}/{quote(item.key)}"
    if item.sort == "case":
        return f"/cases/{quote(item.number or item.key)}"
    if item.sort == "camera":
        return f"/cameras/{quote(item.key.rpartition('/')[0])}"
    return rooms[item.sort] + quote(item.key) if item.sort in rooms else "/"


def _paper_of(told: Handover, messages: Messages) -> Paper:
    signed = told.signed[0] if told.signed else None
    items: Sequence[HandoverItem] = signed.items if signed else told.items
    left = day_of(told.closed_ns) if told.closed_ns else None
    key = "不持有金鑰" if not told.keyholder else f"帳號註銷時收回；另有 {told.keyholders} 人持有"
    by = signed and signed.by and Signed(person=signed.by_person, name=signed.by, at_ns=signed.at_ns)
    head = signed and signed.approved_by and Signed(
        person=signed.approved_person, name=signed.approved_by, at_ns=signed.at_ns
    )  # fmt: skip
    return Paper(
        person=told.display,
        post=" ".join(filter(None, (told.unit, told.post))),
        left=left,
        document=signed.document if signed else "",
        vault=f"已於 {left.year - 1911}/{left:%m/%d} 收回" if left else key,
        things=tuple(
            HandoverThing(
                sort=messages.text(f"handover-sort.{item.sort}", "zh"),
                number=item.number or item.key,
                what=thing_words(messages, "zh", item),
                due=date.fromisoformat(item.due) if item.due else None,
                taker=item.taker,
            )
            for item in items
        ),
        listed=True,
        ticked=signed is not None,
        signed_officer=by or None,
        signed_head=head or None,
    )
