"""Requests that no page of the site sends: from other sites, with others' cookies, of other methods, to other hosts,
with lines smuggled into headers, and with bodies that cannot be read. What is refused changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from appliance.web.site.middlewares import HEADERS
from appliance.web.site.routes import ROUTES, Route
from tests.attack.client import FORM, Answer, Attacker
from tests.attack.forms import SUBMITS, honest
from tests.attack.office import OTHER, AttackedOffice, act_id
from tests.attack.tally import Tally, row_of
from tests.box import OFFICER

POSTS = [route for route in ROUTES if route.method == "POST"]
NOISE = frozenset(
    {"grant.refused", "live.refused", "login.counted", "session.opened", "session.ended", "scan.used", "case.used",
     "manifests.entered", "finding.opened", "finding.cleared", "inspection.begun", "inspection.proposed",
     "inspection.missed", "probe.key", "probe.done", "scrub.done", "head.issued"}
)  # fmt: skip
"""What the ledger may get while somebody is refused, or by itself."""
BY_ACT_ID = {"/inspection/{day}/pictures": {"picture.released"}}
"""What a form may bring that asks for nothing but its act id, which some of the bodies have."""
ELSEWHERE: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost.evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Referer": "https://localhost/"},
)
"""What a submit says of where it comes from, that is none of our pages."""
METHODS = ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
BROKEN_LINE = "x\r\nSet-Cookie: __Host-sid=planted\r\nX-Planted: 1\r\n\r\n<script>"


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def attacker(office: AttackedOffice) -> Iterator[Attacker]:
    made = office.attacker()
    yield made
    made.close()


def _body(route: Route, office: AttackedOffice) -> bytes:
    if route.path.endswith("/shown"):
        return b'{"spans": []}'
    submit = SUBMITS.get(route.path)
    return urlencode(submit(office, honest) if submit else {"act": act_id()}, doseq=True).encode()


# --- other sites, other people ---


@pytest.mark.parametrize("route", POSTS, ids=_name)
def test_no_submit_from_another_site_changes_anything(office: AttackedOffice, attacker: Attacker, route: Route) -> None:
    """Each is one that the site would take from its own page, sent with the cookie of those who may."""
    path, body, size = office.path(route), _body(route, office), office.entries
    for headers in ELSEWHERE:
        answer = attacker.ask("POST", path, {**headers, "Content-Type": FORM}, body, attack="cross-site submit")
        assert answer.status == 403, f"{headers}: {answer.status} {answer.text[:200]}"
        assert not answer.set_cookies
    assert not set(office.kinds_since(size)) - NOISE


def test_what_was_refused_is_taken_when_a_page_of_the_site_sends_it(office: AttackedOffice, attacker: Attacker) -> None:
    """The same submits, so that the refusals above were for where they came from."""
    for path in ("/language", "/cases/new/{form}", "/cases/{case}/act", "/holds/new", "/people/new", "/people/review",
                 "/people/{name}/{act}", "/rules/{rule}", "/scan/{scan}/strike"):  # fmt: skip
        route = next(each for each in POSTS if each.path == path)
        size = office.entries
        answer = attacker.ask("POST", office.path(route), attacker.as_page() | {"Content-Type": FORM},
                              _body(route, office), attack="control")  # fmt: skip
        said = re.findall(r'role="alert"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
        assert answer.status in (200, 303), f"{path}: {answer.status} {said}"
        assert path == "/language" or set(office.kinds_since(size)) - NOISE, f"{path}: {said}"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.needs not in ("nobody", "anybody")], ids=_name)
def test_a_cookie_that_is_no_living_session_opens_nothing(office: AttackedOffice, route: Route) -> None:
    path, size = office.path(route), office.entries
    dead = office.log_in()
    office.box.call("logout", session=dead)
    for session in ("", "0" * 64, dead, office.session[:-1], office.session.upper(), f"{office.session}0"):
        attacker = office.attacker(session)
        headers = attacker.as_page() | {"Content-Type": FORM}
        body = _body(route, office) if route.method == "POST" else None
        answer = attacker.ask(route.method, path, headers, body, attack="dead or made-up session")
        attacker.close()
        door = answer.status == 401 or (answer.status == 303 and answer.goes_to.startswith("/login"))
        assert door, f"{session[:8]}: {answer.status} {answer.text[:200]}"
    assert not set(office.kinds_since(size)) - NOISE


def test_a_session_cookie_that_was_planted_before_the_log_in_is_not_the_one_after_it(office: AttackedOffice) -> None:
    planted = "a" * 64
    attacker = office.attacker(planted)
    form = {"name": OTHER.name, "password": OTHER.password}
    given = attacker.post("/login", form, attack="session fixation")
    token = given.cookie("__Host-sid")
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert token != planted
    (line,) = given.set_cookies
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= {part.strip() for part in line.split(";")}
    assert "domain" not in line.lower()
    assert attacker.get("/account", attack="session fixation").goes_to.startswith("/login")
    living = office.attacker(token)
    joined = living.post("/join", {"name": OFFICER.name, "password": OFFICER.password}, attack="session fixation")
    second = joined.cookie("__Host-sid")
    assert second not in ("", token)
    assert living.get("/account", attack="session fixation").goes_to.startswith("/login"), "the first token is dead"
    both = office.attacker(second)
    assert both.get("/account", attack="session fixation").status == 200
    gone = both.post("/logout", {}, attack="session fixation")
    assert "Max-Age=0" in gone.set_cookies[0]
    assert '"storage"' in gone.headers["clear-site-data"]
    assert both.get("/account", attack="session fixation").goes_to.startswith("/login"), (
        "log-out kills it at the keeper"
    )


def test_the_session_of_one_person_does_not_end_or_use_the_seat_of_another(office: AttackedOffice) -> None:
    """The password of the second seat is none for the first, and a log-out of one session leaves the others."""
    alone, victim = office.attacker(office.log_in()), office.attacker()
    for seat, password in (("2", OTHER.password), ("1", OFFICER.password), ("0", OTHER.password), ("9" * 40, "x")):
        form = {"seat": seat, "old": password, "new": "n" * 20, "again": "n" * 20}
        answer = alone.post("/account/password", form, attack="another's seat")
        assert answer.status in (400, 403), answer.status
        factor = alone.post("/account/factor", {"seat": seat, "password": password}, attack="another's seat")
        assert factor.status in (400, 403)
    alone.post("/logout", {}, attack="another's seat")
    assert victim.get("/account", attack="another's seat").status == 200


# --- methods, hosts, requests that are two ---


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_other_methods_are_refused_and_told_which_there_are(
    office: AttackedOffice, attacker: Attacker, route: Route
) -> None:
    path, size = office.path(route), office.entries
    for method in METHODS:
        answer = attacker.ask(method, path, attacker.as_page(), attack="other method")
        assert answer.status == 405, f"{method}: {answer.status}"
        assert route.method in answer.headers["allow"].split(","), answer.headers.get("allow")
        assert method not in answer.headers["allow"]
    assert not set(office.kinds_since(size)) - NOISE


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_every_answer_carries_its_headers_whoever_asks(office: AttackedOffice, route: Route) -> None:
    for session in (office.session, ""):
        attacker = office.attacker(session)
        body = b"" if route.method == "POST" else None
        answer = attacker.ask(route.method, office.path(route), attacker.as_page(), body, attack="headers")
        attacker.close()
        _has_its_headers(answer)


def _has_its_headers(answer: Answer) -> None:
    names = [name.lower() for name, _ in answer.fields]
    for name, value in HEADERS.items():
        assert names.count(name.lower()) == 1, f"{answer.status}: {name}"
        if not (name == "Content-Security-Policy" and "sandbox" in answer.headers["content-security-policy"]):
            assert answer.headers[name.lower()] == value, name
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["server"] == "recorder"
    assert "x-powered-by" not in names


HOSTS = (
    "evil.example", "localhost", "localhost:1", "127.0.0.1", "localhost:{port}.evil.example", "evil@localhost:{port}",
    "LOCALHOST:{port}/x", "[::1]:{port}", "localhost:{port}, evil.example", "",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_answered_nothing(office: AttackedOffice, attacker: Attacker, host: str) -> None:
    own = f"localhost:{attacker.port}"
    for more in ("", f"X-Forwarded-Host: {own}\r\n", f"Forwarded: host={own}\r\n"):
        lines = f"Host: {host.format(port=attacker.port)}\r\n{more}Connection: close\r\n\r\n"
        (answer,) = attacker.raw(f"GET /login HTTP/1.1\r\n{lines}".encode(), attack="another host")
        assert answer.status in (400, 421), answer.status
        assert "evil" not in answer.text + answer.goes_to


def _request(attacker: Attacker, first: str, *lines: str, body: str = "", host: bool = True) -> bytes:
    heads = [first, *([f"Host: localhost:{attacker.port}"] if host else []), *lines]
    return ("\r\n".join(heads) + "\r\n\r\n" + body).encode("latin-1")


_HIDDEN = "GET /trust HTTP/1.1\r\nHost: localhost\r\n\r\n"
_POST, _GET, _CHUNKED = "POST /login HTTP/1.1", "GET /login HTTP/1.1", "Transfer-Encoding: chunked"
_ENDED = "0\r\n\r\n" + _HIDDEN
SMUGGLED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "length and chunks": (_POST, ("Content-Length: 4", _CHUNKED), _ENDED),
    "chunks and length": (_POST, (_CHUNKED, "Content-Length: 4"), _ENDED),
    "two lengths": (_POST, ("Content-Length: 0", "Content-Length: 44"), _HIDDEN),
    "a length of two": (_POST, ("Content-Length: 0, 44",), _HIDDEN),
    "a signed length": (_POST, ("Content-Length: +44",), _HIDDEN),
    "a negative length": (_POST, ("Content-Length: -1",), _HIDDEN),
    "a hexadecimal length": (_POST, ("Content-Length: 0x2c",), _HIDDEN),
    "a space before the colon": (_POST, ("Content-Length : 44",), _HIDDEN),
    "a folded header": (_POST, ("Transfer-Encoding:\r\n chunked",), _ENDED),
    "an odd coding": (_POST, ("Transfer-Encoding: xchunked",), _ENDED),
    "two codings": (_POST, (_CHUNKED, "Transfer-Encoding: identity"), _ENDED),
    "a chunk size with a sign": (_POST, (_CHUNKED,), "+" + _ENDED),
    "a chunk size past 64 bits": (_POST, (_CHUNKED,), "1" + "0" * 16 + "\r\n" + _HIDDEN),
    "a bare line feed": (_POST + "\nX: 1", ("Content-Length: 0",), ""),
    "a NUL in a header": (_GET, ("X-A: a\0b",), ""),
    "no version": ("GET /login", (), ""),
    "version 2": ("GET /login HTTP/2.0", (), ""),
    "a space in the path": ("GET /lo gin HTTP/1.1", (), ""),
    "two hosts": (_GET, ("Host: evil.example",), ""),
    "an endless line": ("GET /login?" + "a" * 20_000 + " HTTP/1.1", (), ""),
    "an endless header": (_GET, ("X-A: " + "a" * 20_000,), ""),
    "an endless header name": (_GET, ("X" * 20_000 + ": a",), ""),
    "five hundred headers": (_GET, tuple(f"X-{number}: a" for number in range(500)), ""),
    "no method": ("\0\0\0 /login HTTP/1.1", (), ""),
    "a proxy's address": ("GET evil.example:443 HTTP/1.1", (), ""),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_that_could_be_read_as_two_is_refused_and_its_second_half_never_answered(
    attacker: Attacker, name: str
) -> None:
    first, lines, body = SMUGGLED[name]
    told = attacker.raw(_request(attacker, first, f"Origin: {attacker.origin}", *lines, body=body), attack="smuggling")
    (answer,) = told
    assert 400 <= answer.status < 500, answer.status
    _has_its_headers(answer)
    assert "aiohttp" not in str(answer.fields) + answer.text, "it says which program it is"
    assert b"aaaa" not in answer.body, "what was sent is given back"


@pytest.mark.parametrize("target", ["https://evil.example/login", "http://evil.example:80/login/", "https://x@evil/"])
def test_a_whole_address_as_the_target_counts_as_its_host(attacker: Attacker, target: str) -> None:
    (answer,) = attacker.raw(_request(attacker, f"GET {target} HTTP/1.1", "Connection: close"), attack="another host")
    assert answer.status == 421


@pytest.mark.parametrize("first", ["CONNECT evil.example:443", "OPTIONS *", "GET //evil.example/login", "GET /\\evil"])
def test_no_target_of_a_proxy_is_served(attacker: Attacker, first: str) -> None:
    (answer,) = attacker.raw(_request(attacker, f"{first} HTTP/1.1", "Connection: close"), attack="another host")
    assert 400 <= answer.status < 500
    assert not answer.goes_to


# --- lines in headers, ways to other sites ---


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=_name)
def test_no_line_break_in_an_address_comes_into_a_header(
    office: AttackedOffice, attacker: Attacker, route: Route
) -> None:
    for bad in (BROKEN_LINE, "x\ny", "x\0y", "\u2028x", "é", "..", "%2e%2e", "x" * 4000, "//evil", "\\\\evil", "\x7f"):
        path = re.sub(r"\{\w+\}", lambda _, bad=bad: urlencode({"": bad})[1:].replace("+", "%20"), route.path)
        body = b"act=" + act_id().encode() if route.method == "POST" else None
        headers = attacker.as_page() | {"Content-Type": FORM}
        answer = attacker.ask(route.method, path, headers, body, attack="lines in headers")
        assert answer.status, f"{bad!r}: no answer at all"
        assert answer.status < 500, f"{bad!r}: {answer.status}"
        assert "x-planted" not in answer.headers
        assert not any("planted" in line for line in answer.set_cookies)
        assert re.fullmatch(r"(/[\x21-\x7e]*)?", answer.goes_to), answer.goes_to
        assert not answer.goes_to.startswith("//")


AWAY = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil",
    "/\n/evil.example", "http:evil.example", "///evil.example", " //evil.example", "/%0a/evil.example", BROKEN_LINE,
    "/\u2028/evil.example", "/é", "/" + "a" * 9000, "data:text/html,x", "/\0", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("way", AWAY, ids=lambda way: ascii(way)[:24])
def test_no_log_in_and_no_choice_leads_to_another_site(office: AttackedOffice, way: str) -> None:
    nobody, here = office.attacker(""), office.attacker()
    asked = urlencode({"next": way[:4000]}, errors="surrogatepass")
    form = {"next": way.encode("utf-8", "surrogatepass")}
    answers = [
        here.get(f"/login?{asked}", attack="open redirect"),
        nobody.post("/language", {"lang": "zh", **form}, attack="open redirect"),
        nobody.post("/login", {"name": OTHER.name, "password": OTHER.password, **form}, attack="open redirect"),
    ]
    for answer in answers:
        assert answer.status == 303, answer.status
        assert re.fullmatch(r"/([\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x7e]*)?", answer.goes_to), answer.goes_to
        assert "x-planted" not in answer.headers


# --- bodies ---

_PARTS = "multipart/form-data; boundary=a"


def _part(head: bytes, content: bytes = b"xx") -> bytes:
    return b"--a\r\n%s\r\n\r\n%s\r\n" % (head, content)


_ACT = b"Content-Disposition: form-data; name=act"
_FIELDS = (b"act", b"name", b"password", b"seat", b"next", b"lang", b"token", b"new", b"file")
BODIES: dict[str, tuple[str, bytes]] = {
    "bytes that are no text": (FORM, b"act=" + b"0" * 32 + b"&name=\xff\xfe\x80"),
    "escaped bytes that are no text": (FORM, b"act=" + b"0" * 32 + b"&name=%ff%fe%80"),
    "half a surrogate": (FORM, b"act=" + b"0" * 32 + b"&name=%ed%a0%80&new=%ed%a0%80"),
    "a NUL": (FORM, b"act=" + b"0" * 32 + b"&name=%00&reason=%00"),
    "an unknown character set": (f"{FORM}; charset=nonsense", b"name=a"),
    "a coding that is no character set": (f"{FORM}; charset=zlib", b"name=a"),
    "another coding of no text": (f"{FORM}; charset=rot13", b"name=a"),
    "a broken character set": (f'{FORM}; charset="a\\0b"', b"name=a"),
    "UTF-7": (f"{FORM}; charset=utf-7", b"name=+ADw-script+AD4-"),
    "names without values": (FORM, b"act&&==&=&name"),
    "six thousand fields": (FORM, b"&".join(b"a%d=1" % number for number in range(6_000))),
    "one field nine thousand times": (FORM, b"&".join([b"name=1"] * 9_000)),
    "too large": (FORM, b"name=" + b"a" * 2_500_000),
    "JSON": ("application/json", b'{"name": "a"}'),
    "JSON nested deep": ("application/json", b"[" * 30_000),
    "a plain text": ("text/plain", b"act=" + b"0" * 32),
    "no type": ("", b"act=" + b"0" * 32),
    "a broken type": ("/;;;=", b"act=" + b"0" * 32),
    "many parts, no border": ("multipart/form-data", b"xx"),
    "many parts, none there": (_PARTS, b"xx"),
    "many parts, cut off": (_PARTS, b"--a\r\n%s\r\n\r\n00" % _ACT),
    "a part whose head is none": (_PARTS, b"--a\r\n6.1e-05\r\n\r\nxx\r\n--a--\r\n"),
    "a part without a head": (_PARTS, b"--a\r\n6.1e-05--a--\r\n"),
    "a part without a name": (_PARTS, _part(b"Content-Type: text/plain") + b"--a--\r\n"),
    "a part in a part": (_PARTS, _part(b"Content-Type: multipart/mixed; boundary=b", b"--b--") + b"--a--"),
    "a part packed oddly": (_PARTS, _part(_ACT + b"\r\nContent-Encoding: gzip") + b"--a--\r\n"),
    "a part coded oddly": (_PARTS, _part(_ACT + b"\r\nContent-Transfer-Encoding: x") + b"--a--\r\n"),
    "a part of no character set": (_PARTS, _part(_ACT + b"\r\nContent-Type: text/plain; charset=x") + b"--a--\r\n"),
    "a part of bytes that are no text": (_PARTS, _part(_ACT, b"\xff\xfe") + b"--a--\r\n"),
    "a file for every field": (_PARTS, b"".join(
        _part(b"Content-Disposition: form-data; name=%s; filename=x" % name) for name in _FIELDS) + b"--a--\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("route", POSTS, ids=_name)
def test_a_body_that_cannot_be_read_is_an_error_of_whoever_sent_it(
    office: AttackedOffice, attacker: Attacker, route: Route
) -> None:
    if route.path in ("/logout", "/join", "/login"):
        attacker = office.attacker("")
    path, size = office.path(route), office.entries
    for name, (kind, body) in BODIES.items():
        headers = attacker.as_page() | ({"Content-Type": kind} if kind else {})
        answer = attacker.ask("POST", path, headers, body, attack="unreadable body")
        assert 0 < answer.status < 500, f"{name}: {answer.status} {answer.text[:300]}"
        assert "Traceback" not in answer.text
    for coding in ("gzip", "deflate", "br", "zstd", "nonsense"):
        headers = attacker.as_page() | {"Content-Type": FORM, "Content-Encoding": coding}
        answer = attacker.ask("POST", path, headers, b"no such packing", attack="unreadable body")
        assert 0 < answer.status < 500, f"{coding}: {answer.status} {answer.text[:300]}"
    grown = set(office.kinds_since(size)) - NOISE - BY_ACT_ID.get(route.path, set())
    assert not grown, grown


def test_the_page_of_figures_tells_no_more_than_was_tried(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_requests.py")
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0
