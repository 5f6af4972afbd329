"""What holds for every request: host, origin, headers, language, session, and errors as pages or data."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from http.cookies import CookieError
from urllib.parse import urlencode

from aiohttp import HttpVersion10, HttpVersion11, web

from appliance.core.errors import (
    Broken,
    Damaged,
    NotFound,
    NotLoggedIn,
    RecorderError,
    Refused,
    Unavailable,
    UsageError,
)
from appliance.protocol.duties import DUTIES_COUNT
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import SESSION, Office
from appliance.web.forms import resubmission
from appliance.web.forms.body import MOST_BYTES
from appliance.web.http.devices import device_of
from appliance.web.http.request_context import (
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    SITE,
    VISIT,
    Visit,
    page,
    page_address,
    redirect,
    visit_of,
)
from appliance.web.i18n.messages import LANGUAGES
from appliance.web.site.routes import Route

__all__ = ["HEADERS", "ROUTE_OF", "bear_headers", "build_middlewares", "put_headers"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logging.getLogger(__name__)

ROUTE_OF: web.AppKey[dict[tuple[str, str], Route]] = web.AppKey("routes", dict)

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), usb=()",
    "X-Frame-Options": "DENY",
}
_SAFE = ("GET", "HEAD")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_STATUS: tuple[tuple[type[RecorderError], int], ...] = (
    (UsageError, 400),
    (NotLoggedIn, 401),
    (Refused, 403),
    (NotFound, 404),
    (Unavailable, 503),
    (Damaged, 500),
)


def build_middlewares(origin: str, station_origin: str) -> list[Callable[..., Awaitable[web.StreamResponse]]]:
    """In the order in which they see a request. ``origin``: the site's address, ``station_origin``: that of viewing
    stations, whose connections bear a certificate; each answers to its own alone."""

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Host allow-list (DNS rebinding) and same-origin submits (ASVS 3.5)."""
        own = station_origin if device_of(request) else origin
        # The host is of the target where it names one (RFC 9112 §3.2.2), else the header's.
        if request.host.lower() != own.removeprefix("https://"):
            return web.Response(status=421, text=f"This recorder answers to {own}/ only.\n")
        if request.version not in (HttpVersion10, HttpVersion11):
            return web.Response(status=400, text="Refused: this recorder speaks HTTP/1.1.\n")
        if not _same_origin(request, own):
            return web.Response(status=403, text="Refused: the request does not come from this site's own pages.\n")
        return await handler(request)

    @web.middleware
    async def visited(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Language and session token of the visit; and whether this is a trial, for the banner."""
        token = _cookie(request, SESSION_COOKIE)
        visit = Visit(_language(request), token if _TOKEN.fullmatch(token) else "", Office(), device_of(request))
        request[VISIT] = visit
        route = _route(request)
        if route is not None:
            request[MOST_BYTES] = route.most_bytes
        try:
            if route is not None and route.answers == "page":
                visit.office = await request.app[SITE].keeper.office()
                request.app[SITE].messages.learn(visit.office.words)
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            answer = await _failed(request, _as_error(error), error.status)
            if isinstance(error, web.HTTPMethodNotAllowed):
                answer.headers["Allow"] = ",".join(sorted(error.allowed_methods))
            return answer
        except RecorderError as error:
            return await _failed(request, error, next((code for kind, code in _STATUS if isinstance(error, kind)), 500))
        except ConnectionError:
            raise
        except Exception as error:
            _log.exception("%s %s", request.method, request.path)
            return await _failed(request, Broken.of("web-defect", kind=type(error).__name__), 500)

    @web.middleware
    async def seated(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Who is here, for the routes that need it."""
        route, visit = _route(request), visit_of(request)
        if route is None or route.needs == "nobody" or (route.needs == "anybody" and not visit.token):
            return await handler(request)
        if not visit.token:
            raise NotLoggedIn.of("session-nobody")
        if route.needs == "anybody":
            with contextlib.suppress(RecorderError):  # nobody is here any more, or the keeper is away
                await _sit(request, visit)
        elif route.needs == "session":
            await _sit(request, visit, counts=route.answers == "page")
        return await handler(request)

    @web.middleware
    async def answered(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """A form that is refused is shown by an address of its own (``forms/resubmission.py``)."""
        route = _route(request)
        if route is None or route.answers != "page":
            return await handler(request)
        if request.method == "POST":
            return await (resubmission.send(request, route.path, handler) if route.again else handler(request))
        if (sent := await resubmission.sent_before(request)) and (
            found := request.app[ROUTE_OF].get(("POST", sent.route))
        ):
            with contextlib.suppress(Unavailable):  # a form that says nothing to it: its page is all there is to show
                return await resubmission.show(request, sent, found.handler)
        return await handler(request)

    return [guarded, visited, seated, answered]


async def _sit(request: web.Request, visit: Visit, *, counts: bool = True) -> None:
    """Who is here, and how much waits for them. Raises what the keeper says."""
    site = request.app[SITE]
    visit.sit(await site.keeper.ask(SESSION, SessionRequest(session=visit.token)))
    if counts:
        with contextlib.suppress(RecorderError):  # a page without the count is a page
            visit.waiting = await site.keeper.ask(DUTIES_COUNT, SessionRequest(session=visit.token))


def _route(request: web.Request) -> Route | None:
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return request.app[ROUTE_OF].get((method, resource.canonical))


_DESTINATIONS = {"data": (None, "empty"), "media": (None, "empty"), "image": (None, "empty", "image")}
"""For what a browser may ask for these (Fetch Metadata); anything may be asked for as a page or a file."""


def _same_origin(request: web.Request, origin: str) -> bool:
    """Unsafe methods and sockets only from our own pages; data and media never as a page of their own."""
    site, destination = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Dest")
    route = _route(request)
    if route is not None and destination not in _DESTINATIONS.get(route.answers, (destination,)):
        return False
    socket = route is not None and route.answers == "socket"
    if request.method in _SAFE and not socket:
        return True
    sent_origin = request.headers.get("Origin")
    if sent_origin is not None and sent_origin != "null" and sent_origin != origin:
        return False
    if site is not None:
        return site == "same-origin"
    return sent_origin == origin


async def put_headers(_: web.Request, answer: web.StreamResponse) -> None:
    """On every answer, streams and errors included, before its first byte."""
    bear_headers(answer)


def bear_headers(answer: web.StreamResponse) -> None:
    """The headers of every answer, where it does not bear some of its own."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["Server"] = "recorder"


def _cookie(request: web.Request, name: str) -> str:
    try:
        return request.cookies.get(name, "")
    except CookieError:
        return ""


def _language(request: web.Request) -> str:
    chosen = _cookie(request, LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def _as_error(error: web.HTTPException) -> RecorderError:
    if error.status == 404:
        return NotFound.of("page-missing")
    if error.status == 405:
        return NotFound.of("page-method", why=error.reason.lower())
    if error.status == 413:
        return UsageError.of("request-large")
    return UsageError.of("request-bad", why=error.reason.lower())


async def _home(request: web.Request, route: Route | None, error: RecorderError) -> str:
    """Where somebody goes on whom ``error`` kept from it: to what was asked for; of a submit, to its form."""
    if request.method in _SAFE:
        return request.path_qs if isinstance(error, NotLoggedIn) else ""
    if route is None or route.needs == "nobody":
        return "/"
    if route.answers != "page" or not route.again:
        return page_address(request)
    return await resubmission.home_of(request, route.path, error)


def _door(where: str) -> str:
    return f"/login?{urlencode({'next': where})}"


async def _failed(request: web.Request, error: RecorderError, status: int) -> web.StreamResponse:
    route = _route(request)
    if status >= 500:
        _log.warning("%s %s: %s", request.method, request.path, error)
    if route is not None and route.answers in ("data", "media", "image", "socket"):
        words = request.app[SITE].messages.said_or_quoted(error, visit_of(request).lang)
        return web.json_response({"code": error.code, "message": words}, status=status)
    if isinstance(error, NotLoggedIn):
        return redirect("/login" if (where := await _home(request, route, error)) == "/" else _door(where))
    if isinstance(error, Unavailable) and "?" in (where := await _home(request, route, error)):
        return redirect(where)
    keeper = request.app[SITE].keeper
    if not keeper.last_office.version:
        with contextlib.suppress(RecorderError):
            await keeper.office()
    visit_of(request).office = keeper.last_office
    return page(request, "error.html", status=status, code=error.code, message=error)
