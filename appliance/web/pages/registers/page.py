"""The pages of the registers: all of them, one with its lines, the form of a new line, one line with its acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.live import LIVE_RECORDS
from appliance.protocol.login import Seat
from appliance.protocol.registers import (
    REGISTER,
    REGISTER_ACT,
    REGISTER_BEGIN,
    REGISTER_ITEM,
    REGISTERS_OVERVIEW,
    DataFileNotice,
    ItemRequest,
    ItemView,
    NewItemForm,
    RegisterAct,
    RegisterRequest,
    StepView,
)
from appliance.rules.deadlines import day_of
from appliance.rules.registers.live import LIVE
from appliance.rules.registers.shape import Register, Step
from appliance.rules.registers.tables import REGISTERS
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.i18n.due_words import due_words
from appliance.web.pages.registers.fields import Typed, prefilled, read_step, rows_for
from appliance.web.pages.registers.words import RegisterWords
from appliance.web.pages.scans.inked import InkHere, ink_here, ink_posted, ink_refusal
from appliance.web.pages.scans.page import part_of

__all__ = ["act", "begin", "lines", "new", "notice_of", "overview", "register_of", "show"]

_FORM_MENDS = frozenset({"guard", ""})
_MENDED = frozenset({"extent"})
"""What the form's own fields give besides those that are named in what they lack."""
_NEVER = frozenset({"is_escort"})
"""What no answer mends: the step is not for this line as it is."""
_SIDEWAYS = frozenset({"lose", "end", "dismiss", "return", "refuse", "fail"})
"""Steps that go sideways: their buttons are not the first that the eye meets."""


async def overview(request: web.Request) -> web.Response:
    asked = SessionRequest(session=visit_of(request).token)
    told = await request.app[SITE].keeper.ask(REGISTERS_OVERVIEW, asked)
    return page(request, "registers/overview.html", registers=told.registers)


async def lines(request: web.Request) -> web.Response:
    """A register with its lines, those that go on first."""
    site, visit = request.app[SITE], visit_of(request)
    asked = RegisterRequest(session=visit.token, register=request.match_info["register"])
    told = await site.keeper.ask(REGISTER, asked)
    register = register_of(request)
    looks = None
    if register is LIVE:
        looks = await site.keeper.ask(LIVE_RECORDS, SessionRequest(session=visit.token))
    return page(
        request,
        "registers/lines.html",
        looks=looks,
        register=register,
        lines=told.lines,
        dues={each.number: due_words(each.due, day_of(told.now_ns)) for each in told.lines},
        datafile=told.notice,
        proposals=told.proposals,
        words=RegisterWords(site.messages, visit.lang, register, told.links),
        beginner=_sitter(told.begins, visit.seats),
    )


async def new(request: web.Request) -> web.Response:
    return await _new(request)


async def begin(request: web.Request) -> web.Response:
    """A new line; who may not read the register learns its number."""
    site, visit, register = request.app[SITE], visit_of(request), register_of(request)
    posted = await read_form(request)
    asked = RegisterRequest(session=visit.token, register=register.code)
    typed, told = texts_of(posted), await site.keeper.ask(REGISTER_BEGIN, asked)
    answers, wrong = read_step(register.first, typed, tuple(told.cameras), told.now_ns)
    if wrong:
        return await _new(request, typed=typed, wrong=wrong)
    try:
        done = await site.keeper.ask(
            REGISTER_ACT,
            RegisterAct(
                session=visit.token,
                act=act_of(posted),
                seat=seat_of(posted),
                password=str(posted.get("password", "")),
                register=register.code,
                item="",
                event=str(register.first.event),
                typed=answers,
            ),
        )
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _new(request, typed=typed, error=error)
    if "see-registers" not in visit.may:
        return redirect(f"/register/{register.code}/new?done={quote(done.item)}")
    return redirect(f"/register/{register.code}/{quote(done.item)}?done={register.first.event}")


async def show(request: web.Request) -> web.Response:
    return await _item(request)


async def act(request: web.Request) -> web.Response:
    """One step of a line, by the person in ``seat``."""
    site, visit, register = request.app[SITE], visit_of(request), register_of(request)
    number, posted = request.match_info["item"], await read_form(request)
    typed, event = texts_of(posted), str(posted.get("event", ""))[:40]
    asked = ItemRequest(session=visit.token, register=register.code, item=number)
    told = await site.keeper.ask(REGISTER_ITEM, asked)
    step = next((step for step in register.steps if step.event == event), None)
    if step is None:
        raise UsageError.of("form-no-deed")
    answers, wrong = read_step(step, typed, tuple(told.cameras), told.now_ns)
    ink, lacks = ink_posted(request, typed)
    if wrong or lacks:
        return await _item(request, at=event, typed=typed, wrong=wrong, ink=lacks, status=400)
    try:
        done = await site.keeper.ask(
            REGISTER_ACT,
            RegisterAct(
                session=visit.token,
                act=act_of(posted),
                seat=seat_of(posted),
                password=str(posted.get("password", "")),
                register=register.code,
                item=number,
                event=event,
                typed=answers,
                ink=ink.ink if ink else None,
            ),
        )
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        words = RegisterWords(site.messages, visit.lang, register, told.links)
        takes = "／".join(words.role(str(role)) for role in step.who if role != "system")
        why = await ink_refusal(request, error, ink, stage=words.event(event), roles=takes, named=words.event)
        said = None if why else error
        return await _item(request, at=event, typed=typed, error=said, ink=why, status=403)
    alarm = f"&alarm={quote(done.alarm)}" if done.alarm else ""
    return redirect(f"/register/{register.code}/{quote(number)}?done={quote(event)}{alarm}")


def register_of(request: web.Request) -> Register:
    """Raises NotFound."""
    code = request.match_info["register"]
    if code not in REGISTERS:
        raise NotFound.of("register-none-2", register=repr(code[:20]))
    return REGISTERS[code]


def notice_of(told: ItemView) -> DataFileNotice | None:
    """The notice as it was when this line was made; None in other registers."""
    said = told.values.get("notice")
    return msgspec.convert(said, DataFileNotice) if said else None


def _sitters(step: StepView, seats: Collection[Seat]) -> list[Seat]:
    """Who here may take the step, whom nothing keeps from it first; what its own fields mend keeps nobody."""
    able = sorted((each.why, each.seat) for each in step.seats if each.why in _FORM_MENDS)
    return [seat for _, number in able for seat in seats if seat.seat == number]


def _sitter(step: StepView, seats: Collection[Seat]) -> Seat | None:
    return next(iter(_sitters(step, seats)), None)


async def _new(
    request: web.Request,
    *,
    typed: Typed | None = None,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    asked = RegisterRequest(session=visit.token, register=request.match_info["register"])
    told = await site.keeper.ask(REGISTER_BEGIN, asked)
    register = register_of(request)
    words = RegisterWords(site.messages, visit.lang, register, told.links)
    seen = tuple((each.finding, words.finding(each.finding, each.text)) for each in told.proposals)
    links = {**told.links, "findings": seen}
    shown = typed if typed is not None else prefilled(register.first, {}, told.now_ns) | _asked(request, told, words)
    return page(
        request,
        "registers/new.html",
        status=400 if wrong or isinstance(error, UsageError) else 403 if error else 200,
        register=register,
        words=words,
        form=_form(register.first, told.begins, visit.seats, words),
        typed=shown,
        rows=rows_for(shown),
        done=request.query.get("done", "")[:20],
        datafile=told.notice,
        reads="see-registers" in visit.may,
        **_shared(request, links, told.cameras, wrong, error, words),
    )


def _asked(request: web.Request, told: NewItemForm, words: RegisterWords) -> dict[str, tuple[str, ...]]:
    """What a link to the form chose: the ticket that a visit is for, or what the machine saw, as a draft."""
    ticket, seen = (request.query.get(name, "") for name in ("ticket", "seen"))
    found = next((each for each in told.proposals if each.finding == seen), None)
    if found is not None:
        saw = words.text("register.saw", what=words.finding(found.finding, found.text), at=words.moment(found.since_ns))
        cameras = {"cameras": (found.camera_no,)} if found.camera_no else {}
        return {"seen": (seen,), "kind": (found.kind,), "facts": (saw,), **cameras}
    return {"ticket": (ticket,)} if ticket in dict(told.links.get("tickets", ())) else {}


async def _item(
    request: web.Request,
    *,
    at: str = "",
    typed: Typed | None = None,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
    ink: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    """``ink``: what is wrong with a signature in ink, in words by field."""
    site, visit, register = request.app[SITE], visit_of(request), register_of(request)
    asked = ItemRequest(session=visit.token, register=register.code, item=request.match_info["item"])
    told = await site.keeper.ask(REGISTER_ITEM, asked)
    words = RegisterWords(site.messages, visit.lang, register, told.links)
    steps = {str(step.event): step for step in register.steps}
    done, filled = request.query.get("done", "")[:32], _filled(steps, told, at, typed)
    scans = await part_of(request, f"register/{told.number}")
    here = await ink_here(request, scans, typed, ink or {})
    possible = [each for each in told.possible if not _never(each)]
    forms = [_form(steps[each.event], each, visit.seats, words) for each in possible]
    if here is not None:
        forms = [_on_sheet(form, steps[form["event"]], here, at) for form in forms if steps[form["event"]].on_sheet]
    return page(
        request,
        "registers/item.html",
        status=400 if wrong or isinstance(error, UsageError) else 403 if error else status,
        ink=here,
        inkable=officer_seat(visit.seats) is not None and any(steps[each.event].on_sheet for each in possible),
        register=register,
        item=told,
        due=due_words(told.due, day_of(told.now_ns)),
        scans=scans,
        words=words,
        answers=words.answers(told.values),
        deeds=[(deed, words.answers(deed.values)) for deed in told.deeds],
        datafile=notice_of(told),
        forms=forms,
        filled=filled,
        rows=rows_for(*filled.values(), least=2),
        at=at,
        done=done if done in steps else "",
        alarm=request.query.get("alarm", "")[:20],
        **_shared(request, told.links, told.cameras, wrong, error, words),
    )


def _shared(
    request: web.Request,
    links: Mapping[str, Any],
    cameras: Mapping[str, str],
    wrong: Mapping[str, str] | None,
    error: RecorderError | None,
    words: RegisterWords,
) -> dict[str, Any]:
    """What every form of a register shows."""
    details = error.details if isinstance(error, NotAllowed) else {}
    why, missing = str(details.get("why", "")), [str(code) for code in details.get("missing", ())]
    return {
        "act": fresh_act(request),
        "links": links,
        "cameras": cameras,
        "wrong": wrong or {},
        "why": why,
        "lacks": words.lacks(missing),
        "detail": "" if why else error or "",
        "code": error.code if error else "",
    }


def _filled(
    steps: Mapping[str, Step], told: ItemView, at: str, typed: Typed | None
) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """By event: what was typed in the form that was sent, else what stands."""
    return {
        each.event: typed
        if each.event == at and typed is not None
        else prefilled(steps[each.event], told.values, told.now_ns)
        for each in told.possible
    }


def _on_sheet(form: dict[str, Any], step: Step, here: InkHere, at: str) -> dict[str, Any]:
    """The form of a step for the officer who enters what was signed on its sheet."""
    mine = at == form["event"]
    entered = {"seat": here.enters, "sitters": [], "password": True, "waits": []}
    return {**form, **entered, "ink": here.form([str(role) for role in step.who], here=mine)}


def _never(told: StepView) -> bool:
    found = [set(each.missing) & _NEVER for each in told.seats if each.why == "guard"]
    return bool(found) and all(found)


def _form(step: Step, told: StepView, seats: Collection[Seat], words: RegisterWords) -> dict[str, Any]:
    """A form of a step: who here may send it, or whom it takes; ``sitters``: who to choose from. ``waits``: what
    nothing in the form mends."""
    seat = _sitter(told, seats)
    waits = next((each.missing for each in told.seats if seat is not None and each.seat == seat.seat), ())
    refused = next((each for each in told.seats if each.why in ("role", "pair")), None)
    takes = [words.role(str(role)) for role in step.who if role != "system"]
    return {
        "event": str(step.event),
        "fields": step.fields,
        "password": told.password,
        "seat": seat,
        "sitters": [] if step.password else _sitters(told, seats),
        "waits": words.lacks(code for code in waits if code not in _MENDED),
        "takes": takes,
        "paired": refused is not None and refused.why == "pair",
        "quiet": str(step.event) in _SIDEWAYS,
        "ink": None,
    }
