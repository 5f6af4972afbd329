"""The pages of an intake: chosen, shown, kept as a draft while it is typed, received once.

What will be pinned is seen before it is sent: beside the form while it is typed, or, without a script, on a page that
asks once more.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.cases import (
    ACT_ON_CASE,
    APPLICANT,
    CASE,
    KNOWN_APPLICANTS,
    ApplicantRequest,
    ApplicantsQuery,
    CaseAct,
    CaseRequest,
    KnownApplicant,
)
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import SESSION, Seat
from appliance.protocol.status import CAMERAS, Cameras
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.views import CaseView
from appliance.rules.packs.pack import PoliceUnit
from appliance.web.forms import drafting
from appliance.web.forms.body import read_form
from appliance.web.forms.drafting import DraftForm
from appliance.web.forms.range_rows import Wrong
from appliance.web.forms.resubmission import by_get
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.pages.intake.fields import FORMS, MAX_RANGES, MAX_VIEWERS, UNIT_FIELD, IntakeForm
from appliance.web.pages.intake.pin_summary import echoes, pin_lines
from appliance.web.pages.intake.start import started, with_applicant
from appliance.web.pages.intake.typed import FOLLOWS, Filled, Typed, fill, names_of, place_of, typed_from

__all__ = ["actors", "discard", "draft_form", "save_draft", "show", "submit"]

_LIVE = "live"
"""What the script says of itself: the summary stood beside the form while it was typed."""


class _Refusal(NamedTuple):
    """Why nothing was received: the keeper's codes, or its sentence where it has none."""

    why: str = ""
    next: str = ""
    detail: object = ""
    code: str = ""


def actors(form: IntakeForm, seats: tuple[Seat, ...]) -> tuple[Seat, ...]:
    """Those here who may perform the form's event; the keeper judges again."""
    return tuple(seat for seat in seats if form.who & set(seat.roles))


def draft_form(form: IntakeForm) -> DraftForm[Typed]:
    """How the form's drafts are kept: per person and form."""
    return DraftForm(f"intake-{form.name}", f"/cases/new/{form.name}", partial(typed_from, form))


def _form_of(request: web.Request) -> tuple[IntakeForm, DraftForm[Typed]]:
    form = FORMS.get(request.match_info["form"])
    if form is None:
        raise NotFound.of("page-no-form")
    return form, draft_form(form)


async def show(request: web.Request) -> web.Response:
    form, drafts = _form_of(request)
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await drafting.begun(request, drafts)
    if typed.is_empty:
        call = request.query.get(FOLLOWS, "")
        follows: CaseView | None = None
        if call:
            follows = await site.keeper.ask(CASE, CaseRequest(session=visit.token, case=call))
        typed = typed_from(form, started(form, visit.seats, site.clock.wall_ns(), visit.lang, follows))
    site.drafts.begin(act, visit.person)
    return await _page(request, form, act, typed, taken="taken" in request.query)


async def submit(request: web.Request) -> web.Response:
    """Receives at the keeper, which pins in the same act; a repeated submit is harmless."""
    form, drafts = _form_of(request)
    site, visit, posted = request.app[SITE], visit_of(request), await read_form(request)
    act, typed = await drafting.posted_form(request, drafts)
    visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token)))
    await asyncio.to_thread(site.drafts.save, act, visit.person, drafts.name, typed.values())
    seat = _seat(posted, form, visit.seats)
    if "known" in posted or "take" in posted:
        return await _known(request, form, act, typed, seat, str(posted.get("take", "")))
    if "more" in posted:
        wider = typed._replace(rows=min(typed.rows + 1, MAX_RANGES))
        return by_get(await _page(request, form, act, wider, seat=seat))
    status = await site.keeper.ask(CAMERAS, SessionRequest(session=visit.token))
    filled = fill(form, typed, _numbers(status), site.clock.wall_ns())
    if filled.wrong:
        return await _page(request, form, act, typed, seat=seat, wrong=filled.wrong)
    if str(posted.get("seen", "")) not in (_LIVE, _seal(filled.scopes)):
        return by_get(await _page(request, form, act, typed, seat=seat, review=True))
    try:
        password = str(posted.get("password", ""))
        done = await _receive(request, form, act, typed, filled, {"seat": seat, "password": password})
    except NotLoggedIn:
        raise
    except NotAllowed as error:
        return await _not_allowed(request, form, act, typed, seat, error)
    except (Refused, Unavailable, UsageError) as error:
        return await _page(request, form, act, typed, seat=seat, refusal=_Refusal(detail=error, code=error.code))
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/cases/{done}?received=1")


async def save_draft(request: web.Request) -> web.Response:
    """Keeps what is typed, and answers with what was understood of it: the summary and the dates."""
    form, drafts = _form_of(request)
    site, visit = request.app[SITE], visit_of(request)
    saved, typed = await drafting.kept(request, drafts)
    status = await site.keeper.ask(CAMERAS, SessionRequest(session=visit.token))
    filled = fill(form, typed, _numbers(status), site.clock.wall_ns())
    lines = pin_lines(filled.scopes, status, site.messages, visit.lang, elsewhere=bool(filled.facts.get("recorder")))
    echoed = echoes(form, typed, site.messages, visit.lang, await _police_units(request, form, typed))
    said = {name: echo._asdict() for name, echo in echoed.items()}
    return web.json_response({"saved": saved, "lines": [line._asdict() for line in lines], "echoes": said})


async def discard(request: web.Request) -> web.Response:
    _, drafts = _form_of(request)
    return await drafting.discard(request, drafts)


async def _known(request: web.Request, form: IntakeForm, act: str, typed: Typed, seat: int, take: str) -> web.Response:
    """Offers those who came before by what is typed, masked; or, of the one that was chosen, fills in what is empty."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        if take:
            party = await site.keeper.ask(APPLICANT, ApplicantRequest(session=visit.token, case=take))
            typed = with_applicant(typed, party, visit.lang)
            await asyncio.to_thread(site.drafts.save, act, visit.person, draft_form(form).name, typed.values())
            return redirect(f"/cases/new/{form.name}?draft={act}&taken=1")
        name, id_no = typed.texts.get("name", ""), typed.texts.get("id-no", "")
        asked = ApplicantsQuery(session=visit.token, name=name, id_no=id_no)
        known = (await site.keeper.ask(KNOWN_APPLICANTS, asked)).known
    except NotLoggedIn:
        raise
    except (NotFound, Refused, Unavailable, UsageError) as error:
        return await _page(request, form, act, typed, seat=seat, refusal=_Refusal(detail=error, code=error.code))
    return by_get(await _page(request, form, act, typed, seat=seat, known=known))


async def _receive(
    request: web.Request, form: IntakeForm, act: str, typed: Typed, filled: Filled, by: Mapping[str, Any]
) -> str:
    """``by``: the seat that receives, and the password that was typed for it."""
    site, visit = request.app[SITE], visit_of(request)
    asked = CaseAct(
        session=visit.token,
        act=act,
        event=form.event,
        case=typed.texts.get(FOLLOWS, ""),
        kind=form.kind.value,
        facts=filled.facts,
        **by,
    )
    done = await site.keeper.ask(ACT_ON_CASE, asked)
    return done.number or done.case


async def _not_allowed(
    request: web.Request, form: IntakeForm, act: str, typed: Typed, seat: int, error: NotAllowed
) -> web.Response:
    """What the keeper misses, each beside its field; what no field mends stands at the top."""
    why, missing = str(error.details.get("why", "")), tuple(map(str, error.details.get("missing", ())))
    if why != "guard":
        return await _page(request, form, act, typed, seat=seat, refusal=_Refusal(why, str(error.details.get("next"))))
    named = [code.partition(":") for code in missing]
    wrong = tuple(Wrong(place_of(form, code), f"case-lack.{code.replace('_', '-')}", of) for code, _, of in named)
    order = {name: at for at, name in enumerate(names_of(form))}
    wrong = tuple(sorted(wrong, key=lambda each: order.get(each.field, -1)))
    return await _page(request, form, act, typed, seat=seat, wrong=wrong)


async def _police_units(request: web.Request, form: IntakeForm, typed: Typed) -> tuple[PoliceUnit, ...]:
    """Those of the pack in force, where a unit was typed; none while the keeper does not give it: it only warns."""
    name = next((field.name for field in form.fields() if field.to == UNIT_FIELD), "")
    if not typed.texts.get(name, ""):
        return ()
    try:
        return (await request.app[SITE].keeper.pack(visit_of(request).token)).pack.police_units
    except Unavailable:
        return ()


def _numbers(status: Cameras) -> list[str]:
    return [camera.camera_no for camera in status.cameras]


def _seat(posted: Mapping[str, Any], form: IntakeForm, seats: tuple[Seat, ...]) -> int:
    """The seat that was chosen among those who may, else the first of them, else the first."""
    able = [seat.seat for seat in actors(form, seats)]
    chosen = str(posted.get("seat", ""))
    return int(chosen) if chosen.isdigit() and int(chosen) in able else next(iter(able), 1)


def _seal(scopes: tuple[Scope, ...]) -> str:
    """A name for exactly these ranges: what a page showed is what is received."""
    return hashlib.sha256(repr(scopes).encode()).hexdigest()[:32]


async def _page(
    request: web.Request,
    form: IntakeForm,
    act: str,
    typed: Typed,
    *,
    seat: int = 0,
    wrong: tuple[Wrong, ...] = (),
    review: bool = False,
    refusal: _Refusal | None = None,
    known: tuple[KnownApplicant, ...] | None = None,
    taken: bool = False,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    status = await site.keeper.ask(CAMERAS, SessionRequest(session=visit.token))
    filled = fill(form, typed, _numbers(status), site.clock.wall_ns())
    scopes, elsewhere = filled.scopes, bool(filled.facts.get("recorder"))
    able = actors(form, visit.seats)
    return page(
        request,
        "intake/intake.html",
        in_english=lambda code: site.messages.text(code, "en"),
        status=400 if wrong else 403 if refusal else 200,
        form=form,
        act=act,
        typed=typed.texts,
        rows=typed.rows,
        viewers=MAX_VIEWERS if form.has("viewers") else 0,
        most_rows=MAX_RANGES,
        follows=typed.texts.get(FOLLOWS, ""),
        actors=able,
        seat=seat or next((each.seat for each in able), 1),
        wrong=wrong,
        wrong_at={each.field: each for each in reversed(wrong)},
        review=review,
        refusal=refusal,
        offered=known,
        taken=taken,
        cameras=status.cameras,
        lines=pin_lines(scopes, status, site.messages, visit.lang, elsewhere=elsewhere),
        echoes=echoes(form, typed, site.messages, visit.lang, await _police_units(request, form, typed)),
        seal=_seal(scopes) if review or wrong or refusal else "",
        drafts=await drafting.others(request, draft_form(form), act),
    )
