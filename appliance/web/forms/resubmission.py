"""A form that was sent and not done is shown again by an address, so that going back to it and reloading it work.

1. A submit that is refused, that finds the keeper away or whose log-in ran out is kept (``saved_forms/sent.py``):
   where it
   was sent, what was typed, what the keeper said. The browser is led to the form's page with ``?again=`` and the act
   id, by way of the log-in where there is none.
2. That address is answered by the handler of the submit itself, with what was typed and, in place of an act at the
   keeper, with what the keeper said (``keeper_client/calls.py``): as it was answered first, in the language of
   today's visit.

Passwords are not kept, nor what stands in a file: a form with one is answered as it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiDict

from appliance.core.errors import RecorderError, Unavailable, UsageError
from appliance.core.errors import from_map as error_from_map
from appliance.web.forms.body import File, fill_form, read_form
from appliance.web.forms.form_data import ACT
from appliance.web.http.request_context import SITE, page_address, redirect, visit_of
from appliance.web.keeper_client.calls import Submit, submit
from appliance.web.saved_forms.sent import Sent

__all__ = ["AGAIN", "by_get", "home_of", "send", "sent_before", "show"]

AGAIN = "again"
"""The name in an address."""
_SECRETS = frozenset(
    {"code", "credential", "key", "new", "old", "password", "password-1", "password-2", "token", "totp"}
)
_UNWRITTEN = frozenset({"settings"})
"""A camera's have its password: remembered, on no disk."""
_SHOWN: web.ResponseKey[bool] = web.ResponseKey("shown-by-get", bool)
_OVER = Unavailable.of("form-log-in-over")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def by_get(answer: web.Response) -> web.Response:
    """Says of a page that answers a submit without a refusal that its address may show it again: the submit acts upon
    nothing."""
    answer[_SHOWN] = True
    return answer


async def send(request: web.Request, route: str, handler: _Handler) -> web.StreamResponse:
    """The answer to a submit; one that refuses is kept and led to."""
    with submit(Submit()) as under_way:
        answer = await handler(request)
    if answer.status < 400 and _SHOWN not in answer:
        return answer
    kept = await _kept(request, route, under_way.refused)
    return redirect(kept) if kept else answer


async def home_of(request: web.Request, route: str, error: RecorderError) -> str:
    """Where a submit comes home to that ended with ``error``, the end of the log-in or a keeper that is away: its page,
    with what was typed where web knows whose it is."""
    kept = await _kept(request, route, error if isinstance(error, Unavailable) else _OVER, files=True)
    return kept or page_address(request)


async def sent_before(request: web.Request) -> Sent | None:
    """What this address shows again; None where it is a page like any other."""
    act, visit = request.query.get(AGAIN, ""), visit_of(request)
    if not visit.seats or not ACT.fullmatch(act):
        return None
    sent = await asyncio.to_thread(request.app[SITE].sent.get, act, visit.person)
    return sent if sent is not None and sent.page == page_address(request) else None


async def show(request: web.Request, sent: Sent, handler: _Handler) -> web.StreamResponse:
    """What ``handler`` answers to what was ``sent``, with nothing done."""
    refused = sent.refused
    said = error_from_map(refused) if refused else None
    fill_form(request, MultiDict((name, text) for name, text in sent.values))
    request.match_info.update(sent.params)
    with submit(Submit(said, again=True)):
        return await handler(request)


async def _kept(request: web.Request, route: str, refused: RecorderError | None, *, files: bool = False) -> str:
    """The address that shows it again; "" where it is not kept. ``files``: also a form with one, without it."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        posted = await read_form(request)
    except (UsageError, web.HTTPException):
        return ""
    if not files and any(isinstance(value, File) and value.name for value in posted.values()):
        return ""
    typed = [[name, value] for name, value in posted.items() if name not in _SECRETS and isinstance(value, str)]
    written = [field for field in typed if field[0] not in _UNWRITTEN]
    act = str(posted.get("act", ""))
    act = act if ACT.fullmatch(act) else site.random(16).hex()
    person = visit.person if visit.seats else await asyncio.to_thread(site.drafts.owner, act)
    said = refused.as_map() if refused else {}
    home = page_address(request)
    sent = Sent(act, person, route, dict(request.match_info), home, written, said)
    unwritten = [field for field in typed if field[0] in _UNWRITTEN]
    if not person or not await asyncio.to_thread(site.sent.keep, sent, unwritten):
        return ""
    return f"{home}?{AGAIN}={act}"
