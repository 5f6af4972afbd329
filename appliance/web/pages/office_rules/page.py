"""What the office decides itself: how long footage is kept, the calendar, the time, the brake. Two people act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from appliance.core.errors import NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.protocol.act_entry import ActEntry
from appliance.protocol.endpoint import PairRequest, SessionRequest
from appliance.protocol.ledger import LedgerEntry
from appliance.protocol.rules import (
    CHANGE_POLICY,
    IMPORT_CALENDAR,
    RELEASE_BRAKE,
    RULES,
    SET_CLOCK,
    ChangePolicy,
    ReleaseBrake,
    SetClock,
)
from appliance.rules.office_calendar import MAX_BYTES
from appliance.web.forms.body import FORM_BYTES, File, read_form
from appliance.web.forms.form_data import act_of, fresh_act
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import pair_here, passwords_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import Problem, plain_text, read_moment
from appliance.web.pages.ledger.text import entry_view

__all__ = ["change", "show"]

_RULES = ("policy", "calendar", "brake", "clock")
_MAX_WORDS = 2_000
_LAST_NS = 1 << 62


async def show(request: web.Request) -> web.Response:
    done = request.query.get("done", "")
    return await _page(request, done=done if done in _RULES else "")


async def change(request: web.Request) -> web.Response:
    """One of the rules, changed by both people's passwords; what is wrong is said above its form."""
    rule = request.match_info["rule"]
    if rule not in _RULES:
        raise NotFound.of("rules-none", rule=rule[:20])
    try:
        posted = await read_form(request, MAX_BYTES + FORM_BYTES)
    except web.HTTPRequestEntityTooLarge:
        return await _page(request, at=rule, problem="rules.file-large")
    try:
        problem = await _change(request, rule, posted)
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _page(request, at=rule, detail=error, code=error.code, typed=posted)
    if problem:
        return await _page(request, at=rule, problem=problem, typed=posted)
    return redirect(f"/rules?done={rule}#{rule}")


async def _change(request: web.Request, rule: str, posted: Mapping[str, Any]) -> str:
    """Asks the keeper; the code of a problem where the form itself is wrong."""
    keeper, token = request.app[SITE].keeper, visit_of(request).token
    act = act_of(posted)
    passwords = passwords_of(posted)
    if rule == "policy":
        days = {name: plain_text(_text(posted, name)) for name in ("floor_days", "target_days")}
        if not all(_is_number(text) and len(text) <= 3 for text in days.values()):
            return "rules.days-unreadable"
        asked = ChangePolicy(
            session=token,
            act=act,
            passwords=passwords,
            document=_text(posted, "document"),
            floor_days=int(days["floor_days"]),
            target_days=int(days["target_days"]),
        )
        await keeper.ask(CHANGE_POLICY, asked)
    elif rule == "clock":
        moment = read_moment(_text(posted, "reading"))
        if isinstance(moment, Problem):
            return moment.code
        wall_ns = _ns(moment)
        if not 0 < wall_ns < _LAST_NS:
            return "date.no-such-moment"
        reference = _text(posted, "reference")
        read = SetClock(session=token, act=act, passwords=passwords, wall_ns=wall_ns, reference=reference)
        await keeper.ask(SET_CLOCK, read)
    elif rule == "brake":
        through = _text(posted, "through_ns")
        through_ns = int(through) if _is_number(through) else 0
        released = ReleaseBrake(session=token, act=act, passwords=passwords, through_ns=through_ns)
        await keeper.ask(RELEASE_BRAKE, released)
    else:
        file = posted.get("file")
        if not isinstance(file, File) or not file.name:
            return "rules.file-missing"
        await keeper.ask(IMPORT_CALENDAR, PairRequest(session=token, act=act, passwords=passwords), file.content)
    return ""


def _text(posted: Mapping[str, Any], name: str) -> str:
    value = posted.get(name, "")
    return value.strip()[:_MAX_WORDS] if isinstance(value, str) else ""


def _is_number(text: str) -> bool:
    """Whether these are ASCII digits of a number that fits into 64 bits: ``²`` is a digit to Python, too."""
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 1 << 63


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def _sentence(act: ActEntry, messages: Messages, lang: str) -> str:
    """What was decided, with its figures."""
    policy = act.fields.get("policy")
    if isinstance(policy, Mapping):
        return messages.text(
            "rules.terms-text",
            lang,
            floor=policy.get("floor_days"),
            target=policy.get("target_days"),
            ceiling=policy.get("ceiling_days"),
        )
    entry = LedgerEntry(index=act.index, at_ns=act.at_ns, kind=act.kind, fields=act.fields)
    return str(entry_view(entry, messages, lang)["sentence"])


async def _page(
    request: web.Request,
    *,
    done: str = "",
    at: str = "",
    problem: str = "",
    detail: object = "",
    code: str = "",
    typed: Mapping[str, Any] | None = None,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    rules = await site.keeper.ask(RULES, SessionRequest(session=visit.token))
    words = ("document", "floor_days", "target_days", "reading", "reference")
    return page(
        request,
        "office_rules/rules.html",
        status=400 if problem else 403 if detail else 200,
        rules=rules,
        acts={rule: fresh_act(request) for rule in _RULES},
        pair=pair_here(visit.seats),
        done=done,
        at=at,
        problem=problem,
        detail=detail,
        code=code,
        sentence=partial(_sentence, messages=site.messages, lang=visit.lang),
        typed={name: _text(typed or {}, name) for name in words},
    )
