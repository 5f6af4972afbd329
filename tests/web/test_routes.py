"""The route table, walked: without a session nothing but the door, nothing from other sites, headers on everything."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from appliance.core.messages import LANGUAGES, coded
from appliance.web.site.middlewares import HEADERS, _as_error
from appliance.web.site.routes import ROUTES, Route
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Answer, Visitor

OPEN = {"/login", "/login/first", "/login/key", "/logout", "/language", "/trust/ca.crt", "/stations/report"}
"""Of the last one the keeper judges the station's certificate."""
ALSO_OPEN = {"/guide", "/map", "/trust"}
"""What shows those who are logged in their menu besides."""


_QUERY = {"media": "?camera=1-01&start_ns=1&seconds=1&at_ns=1"}


def _path(route: Route) -> str:
    path = route.path.replace("{day}", "2024-09-28").replace("{done}", "70").replace("/new/{form}", "/new/citizen")
    return re.sub(r"\{\w+\}", "0" * 32, path) + _QUERY.get(route.answers, "")


def _ask(visitor: Visitor, route: Route, **headers: str) -> Answer:
    sent = {"Sec-Fetch-Site": "same-origin", "Origin": visitor.origin, **headers}
    if route.answers in ("data", "media", "image"):
        sent.setdefault("Sec-Fetch-Dest", "empty")
    if route.method == "POST":
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    body = b'{"spans": []}' if route.path.endswith("/shown") else b"act=" + b"0" * 32
    return visitor.ask(route.method, _path(route), sent, body if route.method == "POST" else b"")


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_the_table_says_of_every_route_who_may_use_it_and_what_it_answers() -> None:
    assert {route.path for route in ROUTES if route.needs == "nobody"} == OPEN
    assert {route.path for route in ROUTES if route.needs == "anybody"} == ALSO_OPEN
    assert {route.needs for route in ROUTES} == {"nobody", "anybody", "session", "token"}
    assert {route.answers for route in ROUTES} <= {"page", "data", "media", "image", "socket", "file"}
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert {route.method for route in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.needs not in ("nobody", "anybody")], ids=_name)
@pytest.mark.parametrize("token", ["", "not a token", "f" * 64])
def test_without_a_living_session_only_the_way_to_the_door_is_shown(
    visitor: Visitor, keeper: KeeperDouble, route: Route, token: str
) -> None:
    if token:
        visitor.cookies["__Host-sid"] = token
    answer = _ask(visitor, route)
    if route.answers in ("page", "file"):
        assert answer.status == 303
        assert answer.goes_to.startswith("/login")
        assert not answer.body
    else:
        assert answer.status == 401
        assert answer.data["code"] == "not-logged-in"
    asked = {call.verb for call in keeper.calls} - {"office", "session"}
    assert not asked or token == "f" * 64, "a token that is none was handed to the keeper"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_data_says_what_is_wrong_in_the_language_of_the_visit(visitor: Visitor, lang: str) -> None:
    visitor.cookies["__Host-lang"] = lang
    answer = visitor.get("/status/now", fetched=True)
    assert answer.data["message"] == coded("session-nobody").text(lang)


def test_what_is_too_large_or_asked_in_another_way_is_said_by_its_code() -> None:
    assert _as_error(web.HTTPRequestEntityTooLarge(5)).message == coded("request-large")
    other = _as_error(web.HTTPMethodNotAllowed("PUT", ("GET",))).message
    assert other == coded("page-method", why="method not allowed")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=_name)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {},
    ],
    ids=str,
)
def test_no_submit_from_anywhere_else_is_taken(
    visitor: Visitor, keeper: KeeperDouble, route: Route, headers: dict[str, str]
) -> None:
    visitor.log_in()
    keeper.calls.clear()
    answer = visitor.post(_path(route), {"act": "0" * 32}, headers=headers)
    assert answer.status == 403
    assert keeper.calls == []


def test_a_browser_without_fetch_metadata_may_submit_with_its_origin(visitor: Visitor) -> None:
    assert visitor.post("/language", {"lang": "en"}, headers={"Origin": visitor.origin}).status == 303


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=_name)
def test_no_get_changes_anything_at_the_keeper(visitor: Visitor, keeper: KeeperDouble, route: Route) -> None:
    visitor.log_in()
    keeper.calls.clear()
    before = (dict(keeper.sessions), len(keeper.cases), len(keeper.grants))
    _ask(visitor, route)
    changing = {"login", "logout", "case-act", "viewing.open", "viewing.end"}
    changing |= {"rules.policy", "rules.calendar", "rules.brake", "rules.clock"}
    assert not {call.verb for call in keeper.calls} & changing
    assert (dict(keeper.sessions), len(keeper.cases), len(keeper.grants)) == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.answers in ("data", "media", "image")], ids=_name)
@pytest.mark.parametrize("destination", ["document", "video", "image", "iframe", "embed"])
def test_data_and_media_open_in_no_tab_and_no_element(
    visitor: Visitor, keeper: KeeperDouble, route: Route, destination: str
) -> None:
    if (route.answers, destination) == ("image", "image"):
        pytest.skip("that is what it is for")
    visitor.log_in()
    keeper.calls.clear()
    assert _ask(visitor, route, **{"Sec-Fetch-Dest": destination}).status == 403
    assert keeper.calls == []


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_every_answer_carries_the_headers_and_is_kept_by_nobody(visitor: Visitor, route: Route) -> None:
    visitor.log_in()
    answer = _ask(visitor, route)
    for name, value in HEADERS.items():
        assert answer.headers.get(name.lower()) == value, name
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "localhost:1", ""])
def test_it_answers_to_its_own_name_only(visitor: Visitor, keeper: KeeperDouble, host: str) -> None:
    answer = visitor.get("/login", headers={"Host": host})
    assert answer.status in (400, 421)
    assert keeper.calls == []


def test_an_unknown_address_and_a_wrong_method_are_plain_pages(visitor: Visitor) -> None:
    visitor.log_in()
    for answer in (visitor.get("/nowhere"), visitor.get("/static/../app.py"), visitor.get("/logout")):
        assert answer.status in (404, 405)
        assert "查無此頁或資料" in answer.text


def test_a_request_larger_than_64_kib_is_refused(visitor: Visitor) -> None:
    visitor.log_in()
    assert visitor.post("/cases/new/citizen", {"act": "0" * 32, "reason-text": "x" * 70_000}).status == 413


def test_static_files_are_kept_by_their_hash_and_nothing_else_is_served(visitor: Visitor) -> None:
    page = visitor.get("/login").text
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(found) >= 3
    for address in found:
        answer = visitor.get(address)
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]
    plain = visitor.get(found[0].split("?")[0])
    assert plain.headers["cache-control"] == "no-cache"
    again = visitor.get(found[0].split("?")[0], headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
