"""Two people at one browser: nothing is entered in the name of one of them by what the other sends. Walked over the
table of routes, over the real keeper: how each submit is proved, and that without it nothing is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from appliance.core.errors import RecorderError, Refused
from appliance.keeper.process import serve
from appliance.web.site.routes import ROUTES
from tests.access.asks import ASKS
from tests.access.office import CALLERS, OWN, Office
from tests.access.routes import PAGES, address, said
from tests.access.test_routes import OfficeSite
from tests.access.verbs import ROWS, expected
from tests.box import EVERYBODY, Box
from tests.web.site import RunningSite
from tests.web.visitor import Visitor

OWN_PASSWORD = {
    "/cases/new/{form}": ("case-act receive", "case-act submit"),
    "/cases/{case}/act": ("case-act pass_formal", "case-act stamp", "case-act grant"),
    "/cases/{case}/ink": ("case-act stamp", "case-act grant"),
    "/cases/{case}/file": ("case.ledger",),
    "/cases/{case}/show": ("case.show",),
    "/cameras": ("publication.post", "publication.check", "publication.confirm"),
    "/cameras/guide": ("camera-act draft", "picture.preview"),
    "/cameras/new": ("camera-act draft",),
    "/cameras/{camera}/act": ("camera-act draft",),
    "/cameras/{camera}/picture": (
        "reference.take", "reference.confirm", "reference.refuse", "reference.withdraw", "reference.show",
        "picture.preview",
    ),
    "/cameras/{camera}/clock": ("cameras.set-clock",),
    "/inspection/month/{month}/stamp": ("inspection.stamp",),
    "/inspection/month/{month}/file": ("inspection.file",),
    "/inspection/tickets/new": ("ticket.report",),
    "/inspection/tickets/{ticket}/step": ("ticket.advance",),
    "/inspection/{day}/pictures": ("picture.inspection",),
    "/inspection/{day}/sign": ("inspection.sign",),
    "/register/{register}/new": ("register.act declare", "register.act of a firm"),
    "/register/{register}/{item}/act": ("register.act confirm", "register.act dismiss"),
    "/holds/new": ("hold.set for an event", "hold.set by law"),
    "/holds/{hold}/confirm": ("hold.confirm",),
    "/holds/{hold}/extend": ("hold.extend",),
    "/holds/{hold}/release": ("hold.release",),
    "/scans/{subject}/{number}": ("scan.begin",),
    "/scan/{scan}/original": ("scan.original",),
    "/scan/{scan}/strike": ("scan.strike",),
    "/cases/{case}/agency-copy/read": ("agency-copy.read",),
    "/stations/revoke": ("stations.revoke",),
    "/viewing/{grant}/finish": ("viewing.finish",),
    "/viewing/{grant}/masks": ("masks.draw",),
    "/viewing/{grant}/masks/remove": ("masks.remove",),
    "/archive/{month}": ("archive.begin",),
    "/people/review": ("people.review",),
    "/rules/packs": ("pack.propose",),
    "/rules/edit/difference": ("pack.propose",),
}  # fmt: skip
"""Submits that enter something in one person's name, by the rows of verbs that they reach: they ask for the own
password."""

BOTH_PASSWORDS = {
    "/people/new", "/people/{name}/{act}", "/people/{name}/handover", "/rules/packs/{name}/approve", "/rules/{rule}",
    "/scan/{scan}/destroy", "/stations", "/tour/sample",
}  # fmt: skip
"""Submits of two people, both of whom type theirs; of a person's, the pledge is the officer's alone."""

OWN_SECRET = {
    "/login", "/login/first", "/join", "/account/password", "/account/factor", "/account/factor/prove", "/account/key",
    "/account/key/prove", "/account/key/remove", "/cases/{case}/view", "/cases/{case}/mask",
    "/cases/{case}/copy", "/cases/{case}/agency-copy", "/viewing/{grant}/present", "/viewing/return",
}  # fmt: skip
"""Submits that are nothing but somebody's proof: a password, a code, or what the own password began a moment ago."""

NOBODYS = {
    "/login/key": "what a browser asks a security key of this site; nothing is entered",
    "/logout": "either leaves alone: it names the seat that goes",
    "/language": "nothing is entered",
    "/cases/new/{form}/draft": "a draft in web's own file, under an act id that only its page has seen",
    "/cases/new/{form}/discard": "the same",
    "/cases/{case}/act/draft": "the same",
    "/cases/{case}/act/discard": "the same",
    "/holds/new/draft": "the same",
    "/holds/new/discard": "the same",
    "/rules/edit": "a draft in web's own file, of the person who writes it",
    "/rules/edit/draft": "the same",
    "/rules/edit/discard": "the same",
    "/rules/edit/file": "the same",
    "/inspection/{day}/look": "that an item was opened, by whoever sits there; no name is entered",
    "/inspection/{day}/propose": "the tests propose, which is the machine's",
    "/cases/{case}/copy/stop": "either stops what both began; nothing is lost by it",
    "/cases/{case}/agency-copy/stop": "the same",
    "/cases/{case}/agency-copy/passphrase": "handed out once, to the two who made the copy",
    "/stations/report": "a station's own, by its certificate; nobody is logged in",
    "/viewing/{grant}/end": "both end what both began; a stop because of filming waits for nothing",
    "/viewing/leave": "either leaves alone: it names the seat that goes",
    "/viewing/{grant}/mistaken": "what both stopped; the entry names both",
    "/viewing/{grant}/search": "a search in what both may see; the entry names neither",
    "/viewing/{grant}/search/cancel": "either stops it: nothing is lost by it",
    "/viewing/{grant}/shown": "what the player showed to both",
    "/live": "a look is of one person alone; two are refused",
    "/live/{view}/extend": "the same",
    "/live/{view}/end": "the same",
}
"""Submits that enter nothing in one person's name, and why."""

LOOKS = frozenset({"case.used", "scan.used", "session.opened", "live.opened", "live.ended", "live.extended"})
"""Entered of whoever looks or comes, not sent by a form of two."""
_TWO = [caller for caller in CALLERS if len(caller.seats) == 2]


def test_every_submit_of_the_route_table_says_how_whoever_acts_is_known() -> None:
    posts = [route.path for route in ROUTES if route.method == "POST"]
    kinds = [OWN_PASSWORD.keys(), BOTH_PASSWORDS, OWN_SECRET, NOBODYS.keys()]
    assert set(posts) == set().union(*kinds)
    assert len(posts) == sum(len(kind) for kind in kinds)
    assert {use for uses in OWN_PASSWORD.values() for use in uses} <= {row.use for row in ROWS}


GRANTS = {"masks.draw", "masks.remove", "viewing.finish"}
"""Their grants take a keyholder: ``tests/keeper/test_masks.py``, ``tests/keeper/test_viewing_ends.py``."""


@pytest.mark.parametrize("use", sorted({use for uses in OWN_PASSWORD.values() for use in uses} - GRANTS))
def test_beside_another_nothing_is_done_without_the_own_password(office: Office, use: str) -> None:
    row = next(row for row in ROWS if row.use == use)
    pairs = [caller for caller in _TWO if caller.holds & row.may]
    assert pairs, use
    for caller in pairs:
        of = next((of for of in row.objects if of in ("", "other")), row.objects[0])
        office.fresh = True
        asked = ASKS[use](office, caller, of)
        size, body = office.keeper.ledger.size, asked.pop("body", b"")
        with pytest.raises(RecorderError) as refused:
            office.reply(row.verb, body, **asked | {"password": ""})
        assert office.keeper.ledger.size == size, (use, caller.name)
        if row.done == "done" and of != "missing":
            assert "password" in str(refused.value), f"{use}: {refused.value}"
            told = office.reply(row.verb, body, **asked).head
            if "upload" in told:
                office.ask("scan.drop", session=asked["session"], upload=told["upload"])


def test_what_somebody_alone_enters_in_the_own_name_is_a_submit_that_asks_for_it(office: Office) -> None:
    """Found by what the ledger gets: each verb that seals a name is one of those above, or a look."""
    proved = {use.partition(" ")[0] for uses in OWN_PASSWORD.values() for use in uses}
    proved |= {"scan.put", "archive.made", "applicant"}  # of what the own password began; of a page
    proved |= {"person.pledge"}  # among the passwords of two
    entered: dict[str, set[str]] = {}
    for row in ROWS:
        for caller in [each for each in CALLERS if len(each.seats) == 1 and not each.lost and row.use in ASKS][:14]:
            of = next((of for of in row.objects if of in ("", "other")), row.objects[0])
            if expected(row, caller, of) != "done":
                continue
            office.fresh, asked = True, ASKS[row.use](office, caller, of)
            size, body = office.keeper.ledger.size, asked.pop("body", b"")
            try:
                office.reply(row.verb, body, **asked)
            except RecorderError:
                continue
            for entry in office.keeper.ledger.entries(size, office.keeper.ledger.size):
                if office.keeper.stores.acts.legible(entry.index).get("by") and entry.kind not in LOOKS:
                    entered.setdefault(row.verb, set()).add(entry.kind)
            break
    assert len(entered) > 12, sorted(entered)
    unproved = {verb: kinds for verb, kinds in entered.items() if verb not in proved}
    assert not unproved, unproved


class _Form(NamedTuple):
    action: str
    secrets: int


class _Forms(HTMLParser):
    """The forms of a page that are submitted: where each goes, and how many passwords it has."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._action, self._secrets, self._sends = "", 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self._action = (told.get("action") or "") if told.get("method") == "post" else ""
            self._secrets, self._sends = 0, False
        elif tag == "button":
            self._sends |= told.get("type") != "button"
        elif told.get("value") == "search":
            self._action = ""  # cameras are looked for on the wire: nothing is entered
        elif tag == "input" and told.get("type") == "password":
            self._secrets += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action and self._sends:
            self.forms.append(_Form(self._action.partition("?")[0].partition("#")[0], self._secrets))
            self._action = ""


@pytest.fixture(scope="module")
def site(office: Office, box: Box) -> Iterator[RunningSite]:
    server = serve(office.keeper, EVERYBODY)
    try:
        with OfficeSite(box) as running:
            yield running
    finally:
        server.close()


def _route_of(action: str) -> str:
    """The path of the table that takes this submit: the first that fits, as the site finds it."""
    posts = [route.path for route in ROUTES if route.method == "POST"]
    return next((path for path in posts if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), action)), "")


def _may(path: str) -> frozenset[str]:
    """Who may send a form there; of the intake, which stands for whoever may see it, the citizen's."""
    uses = OWN_PASSWORD[path][: 1 if path.startswith("/cases/new/") else None]
    return frozenset().union(*(row.may for row in ROWS if row.use in uses))


def test_every_form_on_a_page_of_two_has_a_field_for_the_own_password(office: Office, site: RunningSite) -> None:
    seen: dict[str, set[int]] = {}
    for caller in _TWO:
        visitor = Visitor(site)
        visitor.cookies["__Host-sid"] = office.session(caller)
        for page in PAGES:
            answers = next(r.answers for r in ROUTES if f"{r.method} {r.path}" == page.route)
            of = "other" if "other" in page.row.objects else ""
            if not page.route.startswith("GET") or answers != "page" or said(page, caller, of) != "done":
                continue
            office.fresh = False
            answer = visitor.ask("GET", address(page, office, caller, of), {"Sec-Fetch-Dest": "document"})
            forms = _Forms()
            forms.feed(answer.text)
            for form in forms.forms:
                route = _route_of(form.action)
                if route not in OWN_PASSWORD or caller.holds & _may(route):
                    seen.setdefault(route, set()).add(form.secrets)
    assert "" not in seen, "a form goes nowhere"
    bare = sorted(path for path in seen if path in OWN_PASSWORD and 0 in seen[path])
    assert not bare, bare
    assert len(OWN_PASSWORD.keys() & seen) > 10, sorted(seen)


def test_a_wrong_password_is_no_proof_and_is_said_of_whose_it_is(office: Office) -> None:
    caller = next(each for each in CALLERS if each.name == "officer and unit_head")
    asked = ASKS["scan.begin"](office, caller, "other")
    with pytest.raises(Refused, match=r"password of officer\.unit_head-1: it does not fit; type it again"):
        office.ask("scan.begin", **asked | {"password": "of the one beside"})
    with pytest.raises(Refused, match="this needs a log-in as manager or officer; choose officer"):
        office.ask("scan.begin", **asked | {"seat": 2})
    assert office.ask("scan.begin", **asked | {"password": OWN})["upload"]
