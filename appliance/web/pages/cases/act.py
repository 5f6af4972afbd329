"""What a form of a case does: read, handed to the keeper, and shown again as it was typed where it could not be."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from appliance.core.errors import NotAllowed, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.cases import ACT_ON_CASE, CaseAct
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import SESSION
from appliance.protocol.viewing import OPEN_VIEWING, OpenViewing
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.no_content import content_words
from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import CaseView, RefusalView
from appliance.web.forms import drafting
from appliance.web.forms.body import read_form
from appliance.web.forms.drafting import DraftForm
from appliance.web.http.request_context import SITE, redirect, visit_of
from appliance.web.http.seats import keyholder_of
from appliance.web.pages.cases.form_view import Filled
from appliance.web.pages.cases.forms import CaseForm, form_of, mended
from appliance.web.pages.cases.page import DRAFTS, case_of, case_page, words_for
from appliance.web.pages.cases.typed import event_of, first, own_words, read_act
from appliance.web.pages.cases.words import CaseWords

__all__ = ["discard", "open_masking", "open_viewing", "save_draft", "submit"]

_SECRET = frozenset({"password", "seat", "act", "worded"})
_AT_ONCE = frozenset({Event.INTERRUPT})
"""What no question holds up: it takes pictures off a screen."""
_MOST_FIELDS = 400


class TypedForm(NamedTuple):
    """A form's fields as they were posted, without passwords."""

    fields: Mapping[str, list[str]]

    def values(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in self.fields.items()}

    @property
    def is_empty(self) -> bool:
        return not any(text for name, values in self.fields.items() if name != "form" for text in values)


def _typed(values: Mapping[str, list[str]]) -> TypedForm:
    kept = [(name, texts) for name, texts in values.items() if name not in _SECRET][:_MOST_FIELDS]
    return TypedForm({name[:60]: [text[:8000] for text in texts[:60]] for name, texts in kept})


def _drafts(request: web.Request) -> DraftForm[TypedForm]:
    case = request.match_info["case"][:20]
    return DraftForm(DRAFTS.format(case=case), f"/cases/{case}", _typed)


async def save_draft(request: web.Request) -> web.Response:
    return await drafting.save_draft(request, _drafts(request))


async def discard(request: web.Request) -> web.Response:
    return await drafting.discard(request, _drafts(request))


async def submit(request: web.Request) -> web.Response:
    """One event of the tables, by one person; sent twice it is done once."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    form_drafts = _drafts(request)
    act, typed = await drafting.posted_form(request, form_drafts)
    visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token)))
    if await asyncio.to_thread(site.drafts.is_spent, act):
        return redirect(f"/cases/{case}")
    await asyncio.to_thread(site.drafts.save, act, visit.person, form_drafts.name, typed.values())
    told = await case_of(request)
    values = typed.values()
    form = form_of(told, first(values, "form"))
    if form is None:
        gone = UsageError.of("case-went-on")
        return await case_page(request, told, status=409, error=gone)
    event = event_of(form.events, told, values)
    if event is None:
        return await _again(request, told, form, act, values, {"rulings": "case-page.outcome-missing"})
    read = read_act(event, form.fields, told, values)
    if read.problems:
        return await _again(request, told, form, act, values, read.problems)
    posted = await read_form(request)
    own = {} if event in _AT_ONCE else own_words(event, form.fields, told, values)
    telling = {name: found for name, text in own.items() if (found := content_words(text))}
    if telling and str(posted.get("worded", "")) != (seal := _seal(own)):
        return await _reworded(request, told, form, Filled(act, values, worded=seal), telling)
    seat = str(posted.get("seat", "")) or next((str(turn.seat) for turn in form.turns), "1")
    asked = CaseAct(
        session=visit.token,
        act=act,
        seat=int(seat) if seat in ("1", "2") else 1,
        password=str(posted.get("password", "")),
        event=event,
        case=case,
        kind=told.kind,
        facts=read.facts,
    )
    try:
        done = await site.keeper.ask(ACT_ON_CASE, asked)
    except NotLoggedIn:
        raise
    except NotAllowed as error:
        filled = {form.code: _refused(form, act, values, error, words_for(request, told))}
        return await case_page(request, told, status=403, filled=filled, at=form.code)
    except (Refused, Unavailable, UsageError) as error:
        return await case_page(
            request, told, status=403, filled={form.code: Filled(act, values)}, at=form.code, error=error
        )
    await asyncio.to_thread(site.drafts.spend, act, visit.person)
    return redirect(f"/cases/{done.number or done.case}?done={event}")


async def open_viewing(request: web.Request) -> web.Response:
    """A keyholder's password opens the vault for this case's footage and nothing else."""
    return await _open(request, Purpose.VIEWING, "view")


async def open_masking(request: web.Request) -> web.Response:
    """The same, before the viewing, for drawing the masks that were ordered (``T-26``)."""
    return await _open(request, Purpose.MASKING, "mask")


async def _open(request: web.Request, purpose: Purpose, at: str) -> web.Response:
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await read_form(request)
    try:
        asked = OpenViewing(
            session=visit.token, case=case, purpose=purpose, device=visit.device, **keyholder_of(posted)
        )
        opened = await site.keeper.ask(OPEN_VIEWING, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        told = await case_of(request)
        return await case_page(request, told, status=403, at=at, error=error)
    return redirect(f"/viewing/{opened.grant}")


async def _again(
    request: web.Request, told: CaseView, form: CaseForm, act: str, values: Mapping[str, list[str]],
    problems: Mapping[str, str],
) -> web.Response:  # fmt: skip
    words = words_for(request, told)
    filled = Filled(act, values, {name: [words.text(code)] for name, code in problems.items()})
    return await case_page(request, told, status=400, filled={form.code: filled}, at=form.code)


def _seal(own: Mapping[str, str]) -> str:
    """A name for exactly these words: others are asked about anew."""
    return hashlib.sha256("\n".join(own[name] for name in sorted(own)).encode()).hexdigest()[:32]


async def _reworded(
    request: web.Request, told: CaseView, form: CaseForm, filled: Filled, telling: Mapping[str, tuple[str, ...]]
) -> web.Response:
    """The form again, once, where words seem to tell of the footage (``T-54``): they stand in letters and records.
    Whoever means them sends it as it is."""
    words = words_for(request, told)
    problems = {name: [words.text("case-page.tells", words=words.listed(found))] for name, found in telling.items()}
    again = filled._replace(problems=problems)
    return await case_page(request, told, status=400, filled={form.code: again}, at=form.code)


def _refused(
    form: CaseForm, act: str, values: Mapping[str, list[str]], error: RecorderError, words: CaseWords
) -> Filled:
    """What is missing beside the field that mends it; the rest, and what to do, above the form."""
    said = error.details
    missing = [str(code) for code in said.get("missing", ())]
    refusal = RefusalView(event=str(said.get("event", "")), why=str(said.get("why", "")), missing=tuple(missing))
    problems: dict[str, list[str]] = {}
    head = []
    if refusal.why == "guard":
        for code in missing:
            field = mended(form.fields, code)
            if field:
                problems.setdefault(field.name, []).append(words.lack(code))
            else:
                head.append(words.lack(code))
    else:
        head.append(words.why(refusal, form.who))
    head.append(words.next(str(said.get("next", ""))))
    return Filled(act, values, problems, [text for text in head if text])
