"""The entry of what was signed in ink on the pages of holds, cameras and registers (``AT-73``): a page that is asked
for it (``ink=1``) shows to an officer the forms of the steps that a sheet has, each with the fields of the ink."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.errors import NotAllowed, RecorderError
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import Seat
from appliance.protocol.people import PEOPLE, PersonNow
from appliance.web.forms.ink import InkForm, InkRead, ink_form, ink_why, read_ink, scans_to_choose
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.i18n.roc_time import day_text
from appliance.web.pages.scans.page import ScansPart

__all__ = ["InkHere", "ink_here", "ink_posted", "ink_refusal", "wants_ink"]

Values = Mapping[str, Sequence[str]]
_NOTHING: Values = MappingProxyType({})


class InkHere(NamedTuple):
    """``enters``: the officer who does. ``problems``: sentences by field, of the form that came back."""

    enters: Seat
    people: tuple[PersonNow, ...]
    scans: list[tuple[str, str]]
    values: Values = _NOTHING
    problems: Mapping[str, str] = MappingProxyType({})

    def form(self, roles: Collection[str], *, here: bool) -> InkForm:
        """The fields for a step that a holder of one of ``roles`` may have signed; ``here``: the typed values are of
        this form."""
        people = [
            (each.name, "　".join(filter(None, (each.post, each.display))))
            for each in self.people
            if set(roles) & {grant.role for grant in each.grants}
        ]
        values, problems = (self.values, self.problems) if here else (_NOTHING, {})
        return ink_form(people, self.scans, values, problems)


def wants_ink(request: web.Request, values: Values | None = None) -> bool:
    """Whether the page is asked for the entry of ink, or a form of it came back."""
    return request.query.get("ink") == "1" or bool((values or {}).get("ink-on"))


async def ink_here(
    request: web.Request, scans: ScansPart | None, values: Values | None = None,
    problems: Mapping[str, str] = MappingProxyType({}),
) -> InkHere | None:  # fmt: skip
    """What the forms need; None where nobody asked for ink, or no officer is here."""
    site, visit = request.app[SITE], visit_of(request)
    enters = officer_seat(visit.seats)
    if enters is None or not wants_ink(request, values):
        return None
    people = (await site.keeper.ask(PEOPLE, SessionRequest(session=visit.token))).people
    choice = scans_to_choose(scans.told.scans if scans else (), site.messages, visit.lang)
    return InkHere(enters, people, choice, values or _NOTHING, problems)


def ink_posted(request: web.Request, values: Values) -> tuple[InkRead | None, dict[str, str]]:
    """What was typed of the ink, None where the form has none; and what is wrong with it, in words by field."""
    if not values.get("ink-on"):
        return None, {}
    read, visit = read_ink(values), visit_of(request)
    messages = request.app[SITE].messages
    return read, {name: messages.text(code, visit.lang) for name, code in read.problems.items()}


async def ink_refusal(
    request: web.Request, error: RecorderError, read: InkRead | None, *, stage: str, roles: str,
    named: Callable[[str], str],
) -> dict[str, str]:  # fmt: skip
    """Why the keeper did not take the ink, by the field that mends it; nothing where it is about something else.
    ``stage`` and ``named``: what the step, and those before it, are called."""
    if read is None or read.ink is None or not isinstance(error, NotAllowed):
        return {}
    site, visit = request.app[SITE], visit_of(request)
    details: Mapping[str, Any] = error.details
    account, at_ns = str(read.ink["signer"]), int(read.ink["at_ns"])
    people = (await site.keeper.ask(PEOPLE, SessionRequest(session=visit.token))).people
    who = next((each.display for each in people if each.name == account), account)
    if details.get("why") == "role" or details.get("code") == "role":
        words = {"who": who, "day": day_text(at_ns, visit.lang), "stage": stage, "roles": roles}
        return {"ink.signer": site.messages.text("ink.why-role", visit.lang, **words)}
    if details.get("why") != "ink":
        return {}
    before = named(str(details.get("values", {}).get("before", "")))
    field, text = ink_why(details, site.messages, visit.lang, who=who, before=before)
    return {field: text}
