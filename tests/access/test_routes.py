"""Every route of the site × everybody × the own, another's and a missing object, over the real keeper."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from appliance.keeper.process import serve
from appliance.papers.sheets.printer import Printed, Printer
from appliance.papers.sheets.sheet import Sheet
from appliance.web.site.routes import ROUTES
from tests.access.office import CALLERS, Office
from tests.access.routes import PAGES, Page, address, said
from tests.access.verbs import expected, has_own
from tests.box import EVERYBODY, Box
from tests.web.site import RunningSite
from tests.web.visitor import Answer, Visitor

ANSWERS = {f"{route.method} {route.path}": route.answers for route in ROUTES}


class OfficeSite(RunningSite):
    """The web process of an office that there is, with the certificate that set-up made."""

    def __init__(self, box: Box) -> None:
        self.settings = box.settings
        self.address = f"https://localhost:{box.settings.web.port}"
        self.authority = os.path.join(box.settings.layout.web, "ca.crt")


@pytest.fixture(scope="module")
def site(office: Office, box: Box) -> Iterator[RunningSite]:
    server = serve(office.keeper, EVERYBODY)
    try:
        with OfficeSite(box) as running, pytest.MonkeyPatch.context() as patch:
            patch.setattr(Printer, "print", _printed_once())
            yield running
    finally:
        server.close()


def _printed_once() -> Callable[[Printer, Sheet], Printed]:
    """Each kind of paper as it is printed for the first who may have it: who may is asked here, not what it says."""
    press, printed = Printer.print, dict[str, Printed]()

    def one(printer: Printer, sheet: Sheet) -> Printed:
        if sheet.code not in printed:
            printed[sheet.code] = press(printer, sheet)
        return printed[sheet.code]

    return one


def test_no_route_is_without_a_row_and_no_row_without_a_route() -> None:
    assert [page.route for page in PAGES] == [f"{route.method} {route.path}" for route in ROUTES]


_BODIES = {"/shown": b'{"spans": []}', "/search": b"camera_no=01&left=0&top=0&right=1000&bottom=1000"}
"""What is read before anybody is asked who it is from."""


def _asked(visitor: Visitor, page: Page, path: str) -> Answer:
    answers, sent = ANSWERS[page.route], {"Sec-Fetch-Site": "same-origin", "Origin": visitor.origin}
    sent["Sec-Fetch-Dest"] = "empty" if answers in ("data", "media", "image", "socket") else "document"
    query = "?camera=01&start_ns=1&seconds=1&at_ns=1" if answers == "media" else ""
    if page.route.startswith("GET"):
        return visitor.ask("GET", quote(path) + query, sent)
    sent["Content-Type"] = "application/x-www-form-urlencoded"
    body = next((text for end, text in _BODIES.items() if path.endswith(end)), b"act=" + b"0" * 32)
    return visitor.ask("POST", quote(path), sent, body)


def _got(page: Page, answer: Answer) -> str:
    """The outcome as the tables write it. A door that is closed leads to the log-in, or says 401 to a script."""
    if answer.status == 401 or (answer.status == 303 and answer.goes_to.startswith("/login")):
        return "not-logged-in"
    if page.route.startswith("POST") or ANSWERS[page.route] == "socket":
        refused = answer.status == 403 and page.route.startswith("GET")
        return ("refused" if refused else "done") if answer.status < 500 else f"status {answer.status}"
    found = {200: "done", 303: "done", 403: "refused", 404: "not-found"}
    return found.get(answer.status, f"status {answer.status}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_every_route_answers_each_caller_as_its_row_says(office: Office, site: RunningSite, page: Page) -> None:
    wrong = []
    for caller in CALLERS:
        for of in page.row.objects:
            if of == "own" and not has_own(caller, page.row):
                continue
            office.fresh, visitor = False, Visitor(site)
            path = address(page, office, caller, of)
            token, size = office.session(caller), office.keeper.ledger.size
            visitor.cookies["__Host-sid"] = token
            answer = _asked(visitor, page, path)
            got, says = _got(page, answer), said(page, caller, of)
            if got != says:
                wrong.append(f"{caller.name} × {of or page.route} {path}: {got} ({answer.status}), the row says {says}")
            grown = {entry.kind for entry in office.keeper.ledger.entries(size, office.keeper.ledger.size)}
            allowed = page.route.startswith("POST") and expected(page.row, caller, of) == "done"
            if grown - {"grant.refused", "live.refused", "session.ended", "scan.used", "case.used"} and not allowed:
                wrong.append(f"{caller.name} × {path}: somebody who may not entered {grown}")
    assert not wrong, "\n".join(wrong)
