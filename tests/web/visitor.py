"""A browser without a screen: HTTPS by name against the test's CA, cookies, and the headers that browsers send."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import ssl
import string
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from appliance.protocol.transport import Client
from tests.web.keeper_double import PASSWORDS, START_NS
from tests.web.site import RunningSite

__all__ = ["Answer", "Visitor", "home_of"]


RECEIVED = {
    "reason": "皮夾遺失",
    "cameras": ["1-01", "1-02"],
    "start_ns": START_NS,
    "end_ns": START_NS + 2400 * 1_000_000_000,
}
_NOT_ASCII = re.compile("(?:%[89A-F][0-9A-F])+")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def goes_to(self) -> str:
        """What is not ASCII in it is written as it is read."""
        return _NOT_ASCII.sub(lambda found: unquote(found[0]), self.headers.get("location", ""))


def home_of(answer: Answer) -> str:
    """Where the log-in leads on, which a submit without a session was answered with."""
    door, _, asked = answer.goes_to.partition("?next=")
    assert door == "/login"
    return unquote(asked)


class Visitor:
    """``get`` and ``post`` as a page of the site itself would; ``headers=`` replaces what a browser would send. A form
    that is refused is answered by its page's address, which ``post`` goes to, as a browser does. ``station``: the
    certificate and key of a viewing station, which comes by the stations' port."""

    def __init__(self, site: RunningSite, station: tuple[Path, Path] | None = None) -> None:
        web = site.settings.web
        self._port = web.station_port if station else web.port
        self._tls = ssl.create_default_context(cafile=str(site.authority))
        if station:
            self._tls.load_cert_chain(*station)
        self._keeper = site.settings.layout.socket("keeper")
        self.origin = web.station_origin if station else site.address
        self.act = secrets.token_hex(16)
        """The act id of this visitor's forms."""
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def get(self, path: str, *, headers: dict[str, str] | None = None, fetched: bool = False) -> Answer:
        sent = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty" if fetched else "document"}
        return self.ask("GET", path, sent if headers is None else headers)

    def post(self, path: str, form: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None) -> Answer:
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": self.origin} if headers is None else dict(headers)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.ask("POST", path, sent, urlencode(form or {}, doseq=True).encode())
        return self.get(answer.goes_to) if "?again=" in answer.goes_to else answer

    def post_data(self, path: str, value: Any) -> Answer:
        sent = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Content-Type": "application/json"}
        return self.ask("POST", path, sent, json.dumps(value).encode())

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        connection = http.client.HTTPSConnection("localhost", self._port, context=self._tls, timeout=120)
        try:
            if self.cookies:
                headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
            connection.request(method, quote(path, safe=string.printable), body or None, headers)
            answer = connection.getresponse()
            self.set_cookies = answer.headers.get_all("Set-Cookie") or []
            for line in self.set_cookies:
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[name]
            return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read())
        finally:
            connection.close()

    # --- steps that many tests begin with ---

    def log_in(self, name: str = "officer") -> Answer:
        return self.post("/login", {"name": name, "password": PASSWORDS[name]})

    def join(self, name: str = "head") -> Answer:
        return self.post("/join", {"name": name, "password": PASSWORDS[name]})

    def receive(self) -> str:
        """The path of a bare case that the keeper received without any page: to scan papers for and to view."""
        client = Client(self._keeper)
        try:
            head = client.call("case.receive", session=self.cookies["__Host-sid"], act=self.act, **RECEIVED).head
        finally:
            client.close()
        return f"/cases/{head['case']}"

    def grant(self, case: str) -> None:
        """The double's case becomes one that may be viewed, without any page."""
        client = Client(self._keeper)
        try:
            client.call("case.decide", session=self.cookies["__Host-sid"], act="d", case=case.removeprefix("/cases/"),
                        result="granted", reason="", seat=2, password=PASSWORDS["head"])  # fmt: skip
        finally:
            client.close()

    def open_viewing(self) -> str:
        """Two people, a case that is granted, and its viewing: the grant's path."""
        self.log_in()
        case = self.receive()
        self.join()
        self.grant(case)
        return self.post(f"{case}/view", {"seat": "1", "password": PASSWORDS["officer"]}).goes_to
