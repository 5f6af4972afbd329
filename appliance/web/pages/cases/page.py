"""The page of a case: everything that is known of it, and the forms of what may be done with it now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from appliance.core.errors import NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.papers.from_cases.making import offered_for
from appliance.protocol.cases import CASE, SHOW_IDENTIFIERS, CaseRequest, ShowIdentifiers
from appliance.protocol.copies import COPY_STATE, CopyRequest, CopyState
from appliance.protocol.status import STATUS, StatusRequest
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import day_of
from appliance.rules.packs.police_units import doubt_of
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import EXPORTERS, who_acts
from appliance.web.i18n.police_words import doubt_text
from appliance.web.pages.cases import record, view
from appliance.web.pages.cases.decision_summary import answers_of, returned_of, weighed_of
from appliance.web.pages.cases.form_view import Filled, field_views
from appliance.web.pages.cases.forms import OWN_PART, CaseForm, forms_of, needs_letter, sheet_forms
from appliance.web.pages.cases.handing import handing_of
from appliance.web.pages.cases.links import links_shown
from appliance.web.pages.cases.progress import stages_of
from appliance.web.pages.cases.rectified import rectified_of
from appliance.web.pages.cases.section_summaries import Shown, gists_of
from appliance.web.pages.cases.usage_log_row import ledger_row
from appliance.web.pages.cases.words import CaseWords
from appliance.web.pages.scans.page import part_of

__all__ = [
    "DRAFTS",
    "buttons_of",
    "case_of",
    "case_page",
    "numbered_address",
    "show",
    "show_identifiers",
    "title_of",
    "words_for",
]

DRAFTS = "case {case}"
"""What drafts of a case's forms are called, by the case as their address names it."""

_MOST_DONE = 40
_PAPERS_LOOKED_AT = ("received", "correction", "checking")
_RECEIPTS = ("receive", "receive_letter")
_WITH_COPY = ("scheduled", "prepared", "viewing", "interrupted", "viewed")


async def case_of(request: web.Request) -> CaseView:
    """The case of this address, for whoever is here, at this device."""
    visit = visit_of(request)
    asked = CaseRequest(session=visit.token, case=request.match_info["case"], device=visit.device)
    return await request.app[SITE].keeper.ask(CASE, asked)


async def show(request: web.Request) -> web.Response:
    """One case: its record, its papers, and what whoever is here may do next."""
    told = await case_of(request)
    if moved := numbered_address(request, told):
        return moved
    return await case_page(request, told)


def numbered_address(request: web.Request, told: CaseView) -> web.Response | None:
    """Leads a page that was asked for by the case's key to the address with its number, once it has one."""
    asked = request.match_info["case"]
    if request.method == "POST" or asked == (named := told.number or told.case):
        return None
    return redirect(request.path_qs.replace(f"/cases/{asked}", f"/cases/{named}", 1))


async def show_identifiers(request: web.Request) -> web.Response:
    """Identifiers in full for this log-in, for a reason; without one the page says so beside the field."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    reason = str(posted.get("reason", ""))
    try:
        asked = ShowIdentifiers(session=visit.token, case=case, reason=reason, **who_acts(posted))
        await site.keeper.ask(SHOW_IDENTIFIERS, asked)
    except (Unavailable, UsageError, Refused) as error:
        if isinstance(error, NotLoggedIn):
            raise
        told = await case_of(request)
        status = 503 if isinstance(error, Unavailable) else 400
        return await case_page(request, told, status=status, at="unmask", error=error, reason=reason)
    return redirect(f"/cases/{case}?shown=1#record-body")


def words_for(request: web.Request, told: CaseView) -> CaseWords:
    """The words of this visit's language, with the names of those whom the page knows."""
    visit = visit_of(request)
    names = {seat.person: seat.display for seat in visit.seats}
    names |= {each.account: each.name for each in told.parties if each.account}
    names |= {each.person: each.name for each in told.signatures}
    names |= {each.person: each.name for each in told.history if each.name}
    names |= {each.account: each.name for each in told.signers}
    names |= dict(told.names)
    return CaseWords(request.app[SITE].messages, visit.lang, names)


async def case_page(
    request: web.Request,
    told: CaseView,
    *,
    status: int = 200,
    filled: Mapping[str, Filled] | None = None,
    at: str = "",
    error: RecorderError | None = None,
    reason: str = "",
) -> web.Response:
    """The whole page. ``filled``: forms that come back as they were typed; ``error`` is told at the form ``at``;
    ``reason``: for which identifiers were to be shown."""
    site, visit = request.app[SITE], visit_of(request)
    words = words_for(request, told)
    today = date.fromisoformat(told.today) if told.today else day_of(site.clock.wall_ns())
    drafts = [
        draft
        for name in dict.fromkeys((told.case, told.number or told.case))  # typed before it had a number, and since
        for draft in await asyncio.to_thread(site.drafts.of, visit.person, DRAFTS.format(case=name))
    ]
    left = {(draft.values.get("form") or [""])[0]: draft for draft in reversed(drafts)}
    forms = forms_of(told)
    cameras = await _cameras(request, forms)
    shown: list[dict[str, Any]] = []
    ahead, first = view.next_of(forms), view.shown_first(forms, request.query.get("duty", ""))
    for form in forms:
        draft = left.get(form.code)
        kept = (filled or {}).get(form.code)
        if kept is None:
            kept = Filled(draft.act, draft.values) if draft else Filled(fresh_act(request))
        site.drafts.begin(kept.act, visit.person)
        shown.append(
            {
                "form": form,
                "code": form.code,
                "ready": form.ready,
                "title": title_of(form, words, told),
                "lead": _lead(form, words, told),
                "fields": field_views(told, form, kept, words, cameras, today.isoformat()),
                "act": kept.act,
                "head": kept.head,
                "worded": kept.worded,
                "kept_ns": draft.saved_ns if draft and form.code not in (filled or {}) else 0,
                "why": words.why(form.refusal, form.who) if form.refusal else "",
                "waits": words.lacks(form.waits),
                "first": form is first,
                "who": words.roles(form.who),
                "buttons": buttons_of(form, words, told.kind, told.state),
            }
        )
    parts = Shown(
        ranges=record.ranges_of(told, words),
        parties=record.parties_of(told, words),
        boxes=view.boxes_of(told, words, ahead.stage if ahead else ""),
        row=ledger_row(told, words),
        appointment=record.appointment_of(told, words, today),
        papers=offered_for(told),
        history=view.history_of(told, words),
    )
    done = request.query.get("done", "")[:_MOST_DONE]
    new = "received" in request.query or done in _RECEIPTS
    return page(
        request,
        "cases/case.html",
        status=status,
        case=told,
        words=words,
        forms=shown,
        first=next((each for each in shown if each["first"]), None),
        is_next=first is ahead,
        names={seat.seat: seat.display for seat in visit.seats},
        at=at,
        error=error or "",
        error_code=error.code if error else "",
        unmask={"act": fresh_act(request), "reason": reason, "lacks": isinstance(error, UsageError)},
        stages=stages_of(told, words),
        dues=[(due, words.of("case-due", due.code), view.due_text(due, today, words)) for due in told.dues],
        **parts._asdict(),
        gists=gists_of(told, parts, words),
        roomy=not (first and first.ready) or first.code == "receive_letter",
        copy_ruled=record.copy_ruled(told, words),
        lines=record.papers_of(told, words),
        letters=record.letters_of(told, words),
        rectified=rectified_of(told, words),
        earlier=record.earlier_of(told, words),
        links=links_shown(told, words, reads_all="see-cases" in visit.may),
        weighed=weighed_of(
            told, parts.parties, words, ruled_here=bool(first and first.ready and first.code == "decide")
        ),
        checked=answers_of(told, words),
        returned=returned_of(told, words),
        bare=record.bare_of(told, words),
        masked=record.hides_identifiers(told),
        unmasked=record.unmasked_of(told),
        missing=record.missing_of(told, words),
        outside=await _outside(request, told),
        pin=record.pin_of(told, words),
        copy=await _copy(request, told),
        handing=await handing_of(request, told),
        own_part=OWN_PART,
        copy_act=fresh_act(request),
        row_signed=view.ledger_marks(told, words),
        may_export=any(EXPORTERS & set(seat.roles) for seat in visit.seats) and bool(told.received_ns),
        scans=await part_of(request, f"case/{told.number or told.case}"),
        on_sheet=any(each.ready for each in sheet_forms(told, visit.seats)),
        slip=next(
            (each.code for each in parts.papers if told.received_ns and each.code == "receipt-slip"),
            "",
        ),
        done=words.event(done) if done and f"case-event.{done.replace('_', '-')}" in site.messages else "",
        received=_received(told, words, shown, ahead) if new else None,
    )


async def _outside(request: web.Request, told: CaseView) -> str:
    """What is odd about the police unit of a citizen's report, by the list of the case's pack (``AT-37``). A warning,
    while the papers are looked at: a report may have been passed on."""
    site, visit = request.app[SITE], visit_of(request)
    unit = str(told.form.get("report_unit", ""))
    if told.kind != "CIT" or told.state not in _PAPERS_LOOKED_AT or not unit:
        return ""
    pack = (await site.keeper.pack(visit.token, told.policy)).pack
    return doubt_text(doubt_of(unit, pack.police_units), site.messages, visit.lang)


async def _copy(request: web.Request, told: CaseView) -> CopyState | None:
    """What there is of the copy that an agency views; None where none is to be."""
    if told.kind != "AGY" or told.state not in _WITH_COPY:
        return None
    asked = CopyRequest(session=visit_of(request).token, case=told.case)
    found = await request.app[SITE].keeper.ask(COPY_STATE, asked)
    if found.state == "whole" and told.state == "scheduled":  # made since the case was asked for: it is prepared now
        return msgspec.structs.replace(found, state="making", percent=99)
    return found


async def _cameras(request: web.Request, forms: Sequence[CaseForm]) -> list[tuple[str, str]]:
    """Number and place of each, where a form asks for one."""
    if not any(field.look == "ranges" for form in forms if form.ready for field in form.fields):
        return []
    status = await request.app[SITE].keeper.ask(STATUS, StatusRequest(session=visit_of(request).token))
    return [(camera.camera_no, camera.location) for camera in status.cameras]


def _received(told: CaseView, words: CaseWords, shown: list[dict[str, Any]], ahead: CaseForm | None) -> dict[str, str]:
    """What whoever received it tells the one at the counter: the number, until when what is kept, what comes next."""
    step = next((each for each in shown if each["form"] is ahead), None)
    code = "case-page.received-next"
    return {
        "title": words.text(
            "case-page.received" if told.number else "case-page.preserved", number=told.number or told.case
        ),
        "kept": record.pin_of(told, words),
        "next": words.text(code, step=step["title"], who=step["who"]) if step else "",
    }


def title_of(form: CaseForm, words: CaseWords, told: CaseView) -> str:
    if form.code == "schedule" and told.booked:
        return words.text("case-form.schedule-anew")
    if form.code == "clean" and told.state == State.DELIVERED:
        return words.text("case-form.clean-handed")
    own = f"case-form.{form.code.replace('_', '-')}-{told.kind.lower()}"
    if words.knows(own):
        return words.text(own)
    return words.step(form.code)


def _lead(form: CaseForm, words: CaseWords, told: CaseView) -> str:
    """What the form is for; in words of its own, if it has some, of a case that pins nothing, of one whose answer needs
    no letter, or of a kind of case."""
    name = form.code.replace("_", "-")
    unpinned = () if told.pin.pinned else (f"case-form.{name}-unpinned-lead",)
    handed = () if needs_letter(told) else (f"case-form.{name}-handed-lead",)
    own = ""
    if form.code == "clean" and told.state == State.DELIVERED:
        own = "case-form.clean-handed-lead"
    elif form.code == "decide" and told.kind == Kind.AGY and not told.gives_copies:
        own = "case-form.decide-no-copies-lead"
    codes = (own, *unpinned, *handed, f"case-form.{name}-{told.kind.lower()}-lead", f"case-form.{name}-lead")
    return next((words.text(code) for code in codes if words.knows(code)), "")


def buttons_of(form: CaseForm, words: CaseWords, kind: str = "", state: str = "") -> list[tuple[str, str]]:
    """Value and label, of a ``kind`` of case or of where it stands its own where it has one. A decision and the end of
    an appeal have one: which event it is, the form says."""
    if form.code in ("decide", "appeal_end"):
        return [("", words.text(f"case-do.{form.code.replace('_', '-')}"))]
    if form.code == "clean" and state == State.DELIVERED:
        return [(Event.CLEAN, words.text("case-do.clean-handed"))]
    return [(event, _button(event, words, kind)) for event in form.events]


def _button(event: str, words: CaseWords, kind: str) -> str:
    code = f"case-do.{event.replace('_', '-')}"
    known = next((each for each in (f"{code}-{kind.lower()}", code) if words.knows(each)), "")
    return words.text(known) if known else words.event(event)
