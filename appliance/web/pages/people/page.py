"""The office's people: who may log in and do what, and what two people change about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.core.messages import coded
from appliance.protocol.act_entry import ActEntry
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.people import (
    PEOPLE,
    PERSON,
    PERSON_ACTS,
    REVIEW_PEOPLE,
    DrawnPassword,
    PeopleNow,
    PersonNow,
    PersonRequest,
    ReviewPeople,
)
from appliance.rules.people import ROLES
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, Visit, page, redirect, visit_of
from appliance.web.http.seats import decider_here, officer_here, officer_seat, pair_here, pair_lacks, passwords_of
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.people.form import BLANK, FIELDS, check_person, typed_from
from appliance.web.pages.scans.page import part_of

__all__ = ["change", "listing", "new", "review", "show", "submit"]

_ONE_PERSON = frozenset({"pledge"})
"""Acts that take no second person's password."""


async def listing(request: web.Request) -> web.Response:
    return await _listing(request)


async def new(request: web.Request) -> web.Response:
    return await _form(request, fresh_act(request), {})


async def submit(request: web.Request) -> web.Response:
    """Adds somebody; what answers is the slip with the password for the first log-in, which nothing shows again."""
    posted = await read_form(request)
    act, typed = act_of(posted), typed_from(posted, "add")
    checked = check_person(typed, "add", await _today(request))
    if checked.problems:
        return await _form(request, act, typed, problems=checked.problems)
    try:
        drawn = await _do(request, "add", act, posted, checked.values)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _form(request, act, typed, detail=error, code=error.code)
    return _slip(request, str(checked.values["name"]).casefold(), str(checked.values["display"]), drawn)


async def show(request: web.Request) -> web.Response:
    done = request.query.get("done", "")
    return await _one(request, done=done if done in FIELDS else "")


async def change(request: web.Request) -> web.Response:
    """One act about one person; what is wrong is said above its form, and what was typed stays."""
    site, visit = request.app[SITE], visit_of(request)
    name, act_kind = request.match_info["name"], request.match_info["act"]
    if act_kind not in FIELDS or act_kind == "add":
        raise NotFound.of("people-act", kind=act_kind[:20])
    posted = await read_form(request)
    act, typed = act_of(posted), typed_from(posted, act_kind)
    checked = check_person(typed, act_kind, await _today(request))
    if checked.problems:
        return await _one(request, at=act_kind, problem=checked.problems[0].code, typed=typed)
    try:
        drawn = await _do(request, act_kind, act, posted, {**checked.values, "name": name})
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _one(request, at=act_kind, detail=error, code=error.code, typed=typed)
    if act_kind == "reset":
        person = (await site.keeper.ask(PERSON, PersonRequest(session=visit.token, name=name))).person
        return _slip(request, person.name, person.display, drawn)
    return redirect(f"/people/{name}?done={act_kind}")


async def _do(
    request: web.Request, act_kind: str, act: str, posted: Mapping[str, Any], values: Mapping[str, Any]
) -> str:
    """Does it; the password that was drawn, where one was."""
    row = PERSON_ACTS[act_kind]
    asked = {"session": visit_of(request).token, "act": act, "passwords": passwords_of(posted), **values}
    answer = await request.app[SITE].keeper.ask(row, msgspec.convert(asked, row.request))
    return answer.drawn if isinstance(answer, DrawnPassword) else ""


async def review(request: web.Request) -> web.Response:
    """The yearly review, signed by whoever decides, with the password."""
    site, visit = request.app[SITE], visit_of(request)
    posted = await read_form(request)
    decider = decider_here(visit.seats)
    if decider is None:
        return await _listing(request, detail=coded("people-absent", thing="people"), code="refused")
    remark = str(posted.get("remark", "")).strip()[:2_000]
    try:
        signed = ReviewPeople(
            session=visit.token,
            act=act_of(posted),
            seat=decider.seat,
            password=str(posted.get("password", "")),
            remark=remark,
        )
        await site.keeper.ask(REVIEW_PEOPLE, signed)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        return await _listing(request, detail=error, code=error.code, remark=remark)
    return redirect("/people?reviewed=1")


# --- pages ---


async def _listing(request: web.Request, *, detail: object = "", code: str = "", remark: str = "") -> web.Response:
    visit, people = visit_of(request), await _people(request)
    return page(
        request,
        "people/people.html",
        status=403 if detail else 200,
        people=people,
        open_people=[person for person in people.people if not person.closed_ns],
        closed=[person for person in people.people if person.closed_ns],
        decider=decider_here(visit.seats),
        officer=officer_here(visit.seats),
        act=fresh_act(request),
        reviewed=request.query.get("reviewed") == "1",
        pledge_over=lambda person: _pledge_over(person, people),
        detail=detail,
        code=code,
        remark=remark,
        date_of=lambda text: date_text(text, visit.lang),
    )


async def _form(request: web.Request, act: str, typed: Mapping[str, str], **said: Any) -> web.Response:
    visit = visit_of(request)
    problems = said.get("problems", [])
    return page(
        request,
        "people/person_form.html",
        status=400 if problems else 403 if said.get("detail") else 200,
        act=act,
        typed=BLANK | dict(typed),
        roles=list(ROLES),
        acting=[role for role, row in ROLES.items() if row.acting],
        lacks=pair_lacks(visit.seats),
        problems=problems,
        problem_of={problem.field: problem.code for problem in problems},
        detail=said.get("detail", ""),
        code=said.get("code", ""),
    )


def _slip(request: web.Request, name: str, display: str, drawn: str) -> web.Response:
    return page(
        request, "people/person_slip.html", name=name, display=display, drawn=drawn, origin=request.app[SITE].origin
    )


async def _one(request: web.Request, **said: Any) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    asked = PersonRequest(session=visit.token, name=request.match_info["name"])
    found, people = await asyncio.gather(site.keeper.ask(PERSON, asked), _people(request))
    person = found.person
    return page(
        request,
        "people/person.html",
        status=400 if said.get("problem") else 403 if said.get("detail") else 200,
        person=person,
        history=found.history,
        deed=lambda each: _deed(request, each),
        roles=list(ROLES),
        acting=[role for role, row in ROLES.items() if row.acting],
        pair=pair_here(visit.seats),
        own=person.name in {seat.person for seat in visit.seats},
        acts={name: fresh_act(request) for name in FIELDS},
        officer=officer_seat(visit.seats),
        enrols=_enrols(visit, person, people),
        pledge_over=_pledge_over(person, people),
        date_of=lambda text: date_text(text, visit.lang),
        done=said.get("done", ""),
        at=said.get("at") or request.query.get("do", ""),
        problem=said.get("problem", ""),
        detail=said.get("detail", ""),
        code=said.get("code", ""),
        typed=BLANK | dict(said.get("typed", {})),
        blank=BLANK,
        two_people=lambda act: act not in _ONE_PERSON,
        scans=await part_of(request, f"person/{person.name}"),
    )


async def _today(request: web.Request) -> date:
    return date.fromisoformat((await _people(request)).today)


async def _people(request: web.Request) -> PeopleNow:
    return await request.app[SITE].keeper.ask(PEOPLE, SessionRequest(session=visit_of(request).token))


def _enrols(visit: Visit, person: PersonNow, people: PeopleNow) -> bool:
    """Whether somebody here could let this person open the vault."""
    holders = {each.name for each in people.people if each.keyholder and not each.suspended_ns}
    here = {seat.person for seat in visit.seats}
    return person.name in here and not person.keyholder and bool(here & holders)


def _pledge_over(person: PersonNow, people: PeopleNow) -> bool:
    if not person.pledged:
        return True
    return date.fromisoformat(people.today) - date.fromisoformat(person.pledged) > timedelta(days=people.pledge_days)


def _deed(request: web.Request, deed: ActEntry) -> str:
    """An entry about a person as a sentence, with role and days."""
    site, visit = request.app[SITE], visit_of(request)
    change = str(deed.fields.get("change", ""))
    code = f"deed.{deed.kind}" + (f"-{change}" if change else "")
    if not deed.fields.get("end") and f"{code}-open" in site.messages:
        code += "-open"
    role = str(deed.fields.get("role", ""))
    words = {
        "role": site.messages.text(f"role.{role}", visit.lang) if f"role.{role}" in site.messages else role,
        "start": date_text(str(deed.fields.get("start", "")), visit.lang),
        "end": date_text(str(deed.fields.get("end", "")), visit.lang),
        "things": str(deed.fields.get("things", "")),
        "why": site.messages.text(f"people.why-{deed.fields['why']}", visit.lang) if "why" in deed.fields else "",
    }
    sentence = site.messages.text(code, visit.lang, **words) if code in site.messages else deed.kind
    if deed.fields.get("acting"):
        sentence += " " + site.messages.text("people.acting-mark", visit.lang)
    return sentence
