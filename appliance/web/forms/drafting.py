"""Forms that are kept while they are typed: nothing typed is lost, neither to a closed tab nor to an ended log-in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from aiohttp import web

from appliance.core.errors import UsageError
from appliance.web.forms.body import read_form
from appliance.web.http.request_context import SITE, redirect, visit_of
from appliance.web.saved_forms.drafts import Draft

__all__ = ["DraftForm", "begun", "discard", "kept", "others", "posted_form", "save_draft"]

_ACT = re.compile(r"[0-9a-f]{32}")


class Typed(Protocol):
    """What was typed into a form."""

    def values(self) -> dict[str, list[str]]:
        """As a draft keeps it: never a password."""

    @property
    def is_empty(self) -> bool: ...


_T = TypeVar("_T", bound=Typed)


class DraftForm(NamedTuple, Generic[_T]):
    """A form: the name of its drafts, its address, and how its fields are read out of a submit or a draft."""

    name: str
    address: str
    read: Callable[[Mapping[str, list[str]]], _T]


async def begun(request: web.Request, form: DraftForm[_T]) -> tuple[str, _T]:
    """The draft that is asked for, or an empty form under a fresh act id."""
    site, visit = request.app[SITE], visit_of(request)
    act = request.query.get("draft", "")
    draft = await asyncio.to_thread(site.drafts.get, act, visit.person) if _ACT.fullmatch(act) else None
    if draft is not None:
        return act, form.read(draft.values)
    act = site.random(16).hex()
    site.drafts.begin(act, visit.person)
    return act, form.read({})


async def posted_form(request: web.Request, form: DraftForm[_T]) -> tuple[str, _T]:
    """The act id and what was typed. Raises UsageError without an act id."""
    posted = await read_form(request)
    act = str(posted.get("act", ""))
    if not _ACT.fullmatch(act):
        raise UsageError.of("form-no-act")
    values: dict[str, list[str]] = {}
    for name, value in posted.items():
        values.setdefault(name, []).append(str(value))
    return act, form.read(values)


async def kept(request: web.Request, form: DraftForm[_T]) -> tuple[bool, _T]:
    """Keeps what was typed, and strikes the draft of a form that was emptied; whether it is kept, and what it is."""
    site, visit = request.app[SITE], visit_of(request)
    act, typed = await posted_form(request, form)
    if typed.is_empty:
        await asyncio.to_thread(site.drafts.strike, act, visit.person)
        return False, typed
    return await asyncio.to_thread(site.drafts.save, act, visit.person, form.name, typed.values()), typed


async def save_draft(request: web.Request, form: DraftForm[_T]) -> web.Response:
    """Called by the page a moment after each change."""
    saved, _ = await kept(request, form)
    return web.json_response({"saved": saved})


async def discard(request: web.Request, form: DraftForm[_T]) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    act, _ = await posted_form(request, form)
    await asyncio.to_thread(site.drafts.strike, act, visit.person)
    return redirect(form.address)


async def others(request: web.Request, form: DraftForm[_T], act: str) -> list[Draft]:
    """The person's other drafts of this form."""
    site, visit = request.app[SITE], visit_of(request)
    drafts = await asyncio.to_thread(site.drafts.of, visit.person, form.name)
    return [draft for draft in drafts if draft.act != act]
