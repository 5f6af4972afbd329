"""紙本簽核: a step of a case that was signed on its printed sheet, entered by an officer with the sheet's scan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from aiohttp import web

from appliance.core.errors import NotAllowed, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.cases import ACT_ON_CASE, CaseAct
from appliance.rules.cases.views import CaseView, RefusalView
from appliance.rules.deadlines import day_of
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of
from appliance.web.forms.ink import ink_form, ink_why, read_ink, scans_to_choose
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.pages.cases import view
from appliance.web.pages.cases.form_view import Filled, field_views
from appliance.web.pages.cases.forms import CaseForm, mended, sheet_forms
from appliance.web.pages.cases.page import buttons_of, case_of, numbered_address, title_of, words_for
from appliance.web.pages.cases.typed import event_of, first, read_act
from appliance.web.pages.cases.words import CaseWords
from appliance.web.pages.scans.page import part_of

__all__ = ["show", "submit"]

Values = Mapping[str, Sequence[str]]
_NOTHING: Values = MappingProxyType({})
_MOST_DONE = 40


async def show(request: web.Request) -> web.Response:
    told = await case_of(request)
    return numbered_address(request, told) or await _page(request, told)


async def submit(request: web.Request) -> web.Response:
    """One step, signed by one person on the sheet and entered by another; sent twice it is done once, and that is said:
    what was mended after a step back in the browser is not entered."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    act = act_of(posted)
    values: dict[str, list[str]] = {}
    for name, value in posted.items():
        values.setdefault(name, []).append(str(value))
    if await asyncio.to_thread(site.drafts.is_spent, act):
        return redirect(f"/cases/{case}/ink?sent=1")
    told = await case_of(request)
    form = next((each for each in sheet_forms(told, visit.seats) if each.code == first(values, "form")), None)
    if form is None:
        gone = UsageError.of("case-went-on")
        return await _page(request, told, status=409, gone=gone)
    typed = {name: texts for name, texts in values.items() if name not in ("password", "seat", "act")}
    words, event = words_for(request, told), event_of(form.events, told, values)
    signed = read_ink(values)
    ink_lacks = {name: words.text(code) for name, code in signed.problems.items()}
    if event is None:
        lacks = {"rulings": [words.text("case-page.outcome-missing")]}
        return await _page(request, told, form, Filled(act, typed, lacks), ink_lacks, status=400)
    read = read_act(event, form.fields, told, values)
    if read.problems or signed.ink is None:
        lacks = {name: [words.text(code)] for name, code in read.problems.items()}
        return await _page(request, told, form, Filled(act, typed, lacks), ink_lacks, status=400)
    asked = CaseAct(
        session=visit.token,
        act=act,
        seat=seat_of(posted),
        password=str(posted.get("password", "")),
        event=event,
        case=case,
        kind=told.kind,
        facts=read.facts,
        ink=signed.ink,
    )
    try:
        await site.keeper.ask(ACT_ON_CASE, asked)
    except NotLoggedIn:
        raise
    except NotAllowed as error:
        filled, wrong = _refused(form, Filled(act, typed), dict(error.details), words, signed.ink, told)
        return await _page(request, told, form, filled, wrong, status=403)
    except (Refused, Unavailable, UsageError) as error:
        said = site.messages.said_or_quoted(error, visit.lang)
        return await _page(request, told, form, Filled(act, typed, head=[said]), status=403, detail=error)
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/cases/{case}/ink?done={event}")


def _refused(
    form: CaseForm, filled: Filled, said: Mapping[str, Any], words: CaseWords, ink: Mapping[str, Any], told: CaseView
) -> tuple[Filled, dict[str, str]]:
    """What is wrong beside the field that mends it, and the rest above the form."""
    why, missing = str(said.get("why", "")), [str(code) for code in said.get("missing", ())]
    who = _name(told, str(ink["signer"]), words)
    if why == "ink":
        before = str(said.get("values", {}).get("before", ""))
        field, text = ink_why(said, words.messages, words.lang, who=who, before=words.event(before))
        return (filled, {field: text}) if field else (filled._replace(head=[text]), {})
    if why in ("role", "party"):
        code = "role" if why == "role" else "signer-party"
        text = words.text(f"ink.why-{code}", who=who, day=words.day_of_ns(int(ink["at_ns"])),
                          stage=words.step(form.code), roles=words.roles(form.who))  # fmt: skip
        return filled, {"ink.signer": text}
    if why != "guard":
        refusal = RefusalView(event=str(said.get("event", "")), why=why, missing=tuple(missing))
        return filled, {"ink.signer": f"{who}{words.text('site.colon')}{words.why(refusal, form.who)}"}
    problems: dict[str, list[str]] = {}
    head = []
    for code in missing:
        field_of = mended(form.fields, code)
        if field_of:
            problems.setdefault(field_of.name, []).append(words.lack(code))
        else:
            head.append(words.lack(code))
    return filled._replace(problems=problems, head=head), {}


def _name(told: CaseView, account: str, words: CaseWords) -> str:
    names = {each.account: each.name for step in told.possible for each in step.signers}
    return names.get(account) or words.person(account)


async def _page(
    request: web.Request, told: CaseView, form: CaseForm | None = None, filled: Filled | None = None,
    wrong: Mapping[str, str] = MappingProxyType({}), *, status: int = 200, gone: object = "",
    detail: object = "",
) -> web.Response:  # fmt: skip
    """The page with the form of one step, the one that leads on where none is asked for. ``wrong``: sentences by field
    of the ink; ``detail``: what the keeper said, which stands at the password too where it is about that."""
    site, visit = request.app[SITE], visit_of(request)
    words, forms = words_for(request, told), sheet_forms(told, visit.seats)
    step = request.query.get("step", "")
    ready = [each for each in forms if each.ready] or forms
    form = form or next((each for each in forms if each.code == step), next(iter(ready), None))
    done = request.query.get("done", "")[:_MOST_DONE]
    today = date.fromisoformat(told.today) if told.today else day_of(site.clock.wall_ns())
    scans = await part_of(request, f"case/{told.number or told.case}")
    choice = scans_to_choose(scans.told.scans if scans else (), site.messages, visit.lang)
    filled = filled or Filled(fresh_act(request))
    site.drafts.begin(filled.act, visit.person)
    people = _people(told, form, words) if form else []
    return page(
        request,
        "cases/ink.html",
        status=status,
        case=told,
        words=words,
        enters=officer_seat(visit.seats),
        boxes=view.boxes_of(told, words, form.stage if form else ""),
        steps=[(each.code, title_of(each, words, told), each is form) for each in forms],
        form=form,
        title=title_of(form, words, told) if form else "",
        who=words.roles(form.who) if form else "",
        waits=words.lacks(form.waits) if form else [],
        views=field_views(told, form, filled, words, (), today.isoformat()) if form else [],
        ink=ink_form(people, choice, filled.values or _NOTHING, wrong),
        double=bool(first(filled.values or _NOTHING, "double")),
        act=filled.act,
        detail=detail,
        head=filled.head,
        buttons=buttons_of(form, words) if form else [],
        gone=gone,
        sent=request.query.get("sent") == "1",
        done=words.event(done) if done and f"case-event.{done.replace('_', '-')}" in site.messages else "",
    )


def _people(told: CaseView, form: CaseForm, words: CaseWords) -> list[tuple[str, str]]:
    """Who may have signed it: account, and post with name."""
    signers = {
        each.account: "　".join(filter(None, (each.post, each.name)))
        for step in told.possible
        if step.event in form.events
        for each in step.signers
    }
    return list(signers.items())
