"""A request as pages see it: who is here, in which language, and how a page is made for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import jinja2
from aiohttp import web
from markupsafe import Markup

from appliance.core.clock import Clock
from appliance.core.errors import NotLoggedIn, RecorderError
from appliance.protocol.login import Office, Seat, Seats
from appliance.rules.duties import Waiting
from appliance.web.http.connection_limits import Patience
from appliance.web.http.menu import guide_place, menu_of
from appliance.web.http.paper_printing import PaperPrinter
from appliance.web.http.seats import able
from appliance.web.http.static_files import StaticFiles
from appliance.web.i18n import roc_time
from appliance.web.i18n.messages import Messages, html_lang
from appliance.web.keeper_client.client import Keeper
from appliance.web.keeper_client.scans import ScanClient
from appliance.web.saved_forms.drafts import Drafts
from appliance.web.saved_forms.sent import SentForms

__all__ = [
    "LANGUAGE_COOKIE",
    "SESSION_COOKIE",
    "SITE",
    "VISIT",
    "Site",
    "Visit",
    "local_path",
    "page",
    "page_address",
    "redirect",
    "visit_of",
    "with_session",
]

SESSION_COOKIE = "__Host-sid"
LANGUAGE_COOKIE = "__Host-lang"
_OF_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"
"""What stands in an address for itself (RFC 3986), ``%`` of what is escaped already among it."""


class Site(NamedTuple):
    """What every handler may use; built once in ``app.py``."""

    keeper: Keeper
    scans: ScanClient
    messages: Messages
    templates: jinja2.Environment
    static: StaticFiles
    drafts: Drafts
    sent: SentForms
    papers: PaperPrinter
    clock: Clock
    random: Callable[[int], bytes]
    authority_pem: bytes
    origin: str
    station_address: str
    """What viewing stations open; "" where they cannot."""
    version: str
    patience: Patience


SITE: web.AppKey[Site] = web.AppKey("site", Site)

_OF_PASSWORDS = ("password-of", "password-whose", "throttled-here")
"""What the keeper says of the password of somebody who is logged in."""


class Visit:
    """One request: language, session token, what its computer proved itself with (``devices.py``), seats and what they
    may look at (empty until a route that needs a session has asked); on a page, how much waits for them."""

    def __init__(self, lang: str, token: str, office: Office, device: str = "") -> None:
        self.lang, self.token, self.office, self.device = lang, token, office, device
        self.seats: tuple[Seat, ...] = ()
        self.may: frozenset[str] = frozenset()
        self.waiting: Waiting | None = None

    def sit(self, seats: Seats) -> None:
        self.seats, self.may = seats.seats, frozenset(seats.may)

    @property
    def person(self) -> str:
        """The first person's account. Raises NotLoggedIn."""
        if not self.seats:
            raise NotLoggedIn.of("session-nobody")
        return self.seats[0].person


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


def visit_of(request: web.Request) -> Visit:
    return request[VISIT]


def local_path(text: str) -> str:
    """``text`` if it is a path on this site, else ``/``: a log-in never leads to another site."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if plain and text.isprintable() else "/"


def with_session(answer: web.Response, token: str) -> web.Response:
    """The answer, with the token of those who are here now."""
    answer.set_cookie(SESSION_COOKIE, token, path="/", secure=True, httponly=True, samesite="Strict")
    return answer


def redirect(location: str) -> web.Response:
    """See other: after a submit, so that going back or reloading repeats nothing. What a header may not hold, of a name
    that was typed into an address, is escaped."""
    return web.Response(status=303, headers={"Location": quote(location, safe=_OF_ADDRESSES, errors="replace")})


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The template, in the visit's language."""
    site, visit = request.app[SITE], visit_of(request)
    lang = visit.lang
    text = site.templates.get_template(template).render(
        t=functools.partial(_text, site.messages, lang),
        said=functools.partial(site.messages.said, lang=lang),
        recorder_says=functools.partial(_recorder_says, site.messages, lang),
        is_of_password=_is_of_password,
        known=site.messages.__contains__,
        lang=lang,
        html_lang=html_lang(lang),
        in_lang=functools.partial(_in_lang, lang),
        path=request.path,
        shown_at=_shown_at(request),
        seats=visit.seats,
        able=functools.partial(able, visit.seats),
        may=visit.may,
        menu=menu_of(request.path, visit.may),
        guide_at=guide_place(request.path),
        office=visit.office,
        at_station=bool(visit.device),
        duty_count=visit.waiting,
        static=site.static.url,
        now_ns=site.clock.wall_ns(),
        moment=functools.partial(roc_time.moment_text, lang=lang),
        day=functools.partial(roc_time.day_text, lang=lang),
        date=lambda at: roc_time.date_text(at.isoformat(), lang),
        date_text=functools.partial(roc_time.date_text, lang=lang),
        duration=functools.partial(roc_time.duration_text, lang=lang),
        **values,
    )
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _recorder_says(messages: Messages, lang: str, message: object) -> Markup:
    """What the keeper said, in the page's language; else its own words as they are, framed and marked as English."""
    if known := messages.said(message, lang):
        return Markup("{}").format(known)
    before, _, after = messages.text("site.recorder-says", lang, sentence="\n").partition("\n")
    return Markup("{}<span{}>{}</span>{}").format(before, _in_lang(lang, "en"), message, after)


def _is_of_password(message: object, name: str) -> bool:
    """Whether the keeper said something of the password that was typed, of ``name`` where that is given."""
    found = message.message if isinstance(message, RecorderError) else None
    return found is not None and found.code in _OF_PASSWORDS and name in ("", found.values.get("name"))


def _in_lang(lang: str, other: str) -> Markup:
    """The attribute for words in another language than the page's, which are read out as such."""
    return Markup("") if lang == other else Markup(' lang="{}"').format(html_lang(other))


def page_address(request: web.Request) -> str:
    """The address of the page that this is or, of a submit, that its form stands on; escaped, without what follows
    ``?``."""
    resource, path = request.match_info.route.resource, request.rel_url.raw_path
    if request.method in ("GET", "HEAD") or resource is None or any(route.method == "GET" for route in resource):
        return path
    return path.rsplit("/", 1)[0] or "/"


def _shown_at(request: web.Request) -> str:
    """An address that shows this page again, also when it answers a form that could not be done."""
    return request.path_qs if request.method == "GET" else page_address(request)


def _text(messages: Messages, lang: str, code: str, **values: Any) -> str:
    return messages.text(code, lang, **values)
