"""What each route of the site answers to whom, over the real keeper: one row a route, judged as the verb behind it.

A page asks the keeper and shows what it says, so a row names the verb's row whose judgement is the page's own.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.access.asks import ASKS
from tests.access.office import Caller, Office
from tests.access.verbs import ANYBODY, ROWS, Row, expected

__all__ = ["PAGES", "Page", "address", "said"]

_USES = {row.use: row for row in ROWS}
_READERS = _USES["people"].may
_NO_CASE_FORM = {"form": "citizen", "kind": "odt", "month": "2026-11", "page": "1", "act": "move",
                 "subject": "case", "bucket": "0" * 32, "rule": "policy", "day": "2020-01-01", "done": "0",
                 "hold": "115-保-9999"}  # fmt: skip


class Page(NamedTuple):
    """``use``: the row of the verbs that judges who gets it; ``may`` in place of the roles of that row. ``alone``: what
    somebody who sits alone gets whatever is asked for, and ``always`` what everybody gets."""

    route: str
    use: str
    may: frozenset[str] | None = None
    alone: str = ""
    always: str = ""

    @property
    def row(self) -> Row:
        """The verb's row, narrowed to this page."""
        found = _USES[self.use]
        return found if self.may is None else found._replace(may=self.may)


PAGES = (
    Page("GET /login", "office"),
    Page("POST /login", "login"),
    Page("POST /login/first", "first.finish", always="not-logged-in"),
    Page("POST /login/key", "key.request"),
    Page("POST /join", "session"),
    Page("POST /logout", "office", always="not-logged-in"),
    Page("POST /language", "office"),
    Page("GET /map", "office"),
    Page("GET /guide", "office"),
    Page("GET /trust", "office"),
    Page("GET /trust/ca.crt", "office"),
    Page("GET /", "session"),
    Page("GET /status/now", "status"),
    Page("GET /status/live", "status"),
    Page("GET /tour", "tour"),
    Page("POST /tour/sample", "tour.sample"),
    Page("GET /cases", "cases"),
    Page("GET /duties", "duties"),
    Page("GET /cases/new", "session"),
    Page("GET /cases/new/{form}", "session"),
    Page("POST /cases/new/{form}", "session"),
    Page("POST /cases/new/{form}/draft", "session"),
    Page("POST /cases/new/{form}/discard", "session"),
    Page("GET /cases/{case}", "case"),
    Page("GET /cases/{case}/papers/{paper}/{kind}", "case"),
    Page("POST /cases/{case}/file", "case.ledger"),
    Page("GET /registers/{month}/{kind}", "cases"),
    Page("POST /cases/{case}/show", "case.show"),
    Page("POST /cases/{case}/act", "case"),
    Page("GET /cases/{case}/ink", "case"),
    Page("POST /cases/{case}/ink", "case"),
    Page("POST /cases/{case}/act/draft", "case"),
    Page("POST /cases/{case}/act/discard", "case"),
    Page("POST /cases/{case}/view", "viewing.open"),
    Page("POST /cases/{case}/mask", "viewing.open"),
    Page("POST /cases/{case}/copy", "copies.make"),
    Page("GET /cases/{case}/copy/state", "copies.state"),
    Page("POST /cases/{case}/copy/stop", "copies.cancel"),
    Page("POST /cases/{case}/agency-copy", "agency-copy.make"),
    Page("GET /cases/{case}/agency-copy/state", "agency-copy.state"),
    Page("POST /cases/{case}/agency-copy/stop", "agency-copy.cancel"),
    Page("POST /cases/{case}/agency-copy/passphrase", "agency-copy.passphrase"),
    Page("POST /cases/{case}/agency-copy/read", "agency-copy.read"),
    Page("GET /cameras", "cameras.book"),
    Page("POST /cameras", "publication.post"),
    Page("GET /cameras/list.{kind}", "publication.file"),
    Page("GET /cameras/postings.{kind}", "publication"),
    Page("GET /cameras/review", "cameras.reviews"),
    Page("GET /cameras/review.{kind}", "cameras.reviews"),
    Page("GET /cameras/guide", "session"),
    Page("POST /cameras/guide", "camera-act draft"),
    Page("GET /cameras/new", "session"),
    Page("POST /cameras/new", "camera-act draft"),
    Page("GET /cameras/{camera}", "camera"),
    Page("POST /cameras/{camera}/act", "camera"),
    Page("GET /cameras/{camera}/{version}/{paper}.{kind}", "camera"),
    Page("POST /cameras/{camera}/picture", "camera"),
    Page("POST /cameras/{camera}/clock", "camera"),
    Page("GET /pictures/{picture}", "picture.get"),
    Page("GET /inspection", "inspection.day"),
    Page("GET /inspection/health", "looks.list"),
    Page("GET /inspection/month", "inspection.month"),
    Page("GET /inspection/month/{month}", "inspection.month"),
    Page("POST /inspection/month/{month}/stamp", "inspection.stamp"),
    Page("POST /inspection/month/{month}/file", "inspection.file"),
    Page("GET /inspection/month/{month}/{kind}", "inspection.month"),
    Page("GET /inspection/tickets/new", "inspection.day"),
    Page("POST /inspection/tickets/new", "ticket.report"),
    Page("GET /inspection/tickets/{ticket}", "ticket.advance", may=_READERS),
    Page("POST /inspection/tickets/{ticket}/step", "ticket.advance"),
    Page("GET /inspection/tickets/{ticket}/paper.{kind}", "ticket.advance", may=_READERS),
    Page("GET /inspection/{day}", "inspection.day"),
    Page("POST /inspection/{day}/look", "inspection.opened"),
    Page("POST /inspection/{day}/pictures", "inspection.day"),
    Page("POST /inspection/{day}/propose", "inspection.propose"),
    Page("POST /inspection/{day}/sign", "inspection.sign"),
    Page("GET /statistics", "statistics"),
    Page("GET /statistics/{year}/{kind}", "statistics"),
    Page("GET /register", "registers"),
    Page("GET /register/live/looks.{kind}", "live.records"),
    Page("GET /register/{register}", "register"),
    Page("GET /register/{register}/new", "register.begin"),
    Page("POST /register/{register}/new", "register.begin"),
    Page("GET /register/{register}/{item}", "register.item"),
    Page("POST /register/{register}/{item}/act", "register.item"),
    Page("GET /register/{register}/{item}/paper.{kind}", "register.item"),
    Page("GET /holds", "holds"),
    Page("GET /holds/new", "status"),
    Page("POST /holds/new", "hold.set for an event"),
    Page("POST /holds/new/draft", "session"),
    Page("POST /holds/new/discard", "session"),
    Page("GET /holds/{hold}", "hold.confirm", may=_READERS),
    Page("POST /holds/{hold}/confirm", "hold.confirm"),
    Page("POST /holds/{hold}/extend", "hold.extend"),
    Page("POST /holds/{hold}/release", "hold.release"),
    Page("GET /scans/{subject}/{number}", "scans"),
    Page("POST /scans/{subject}/{number}", "scan.begin"),
    Page("GET /scan/{scan}", "scan"),
    Page("GET /scan/{scan}/page/{page}", "scan.page"),
    Page("POST /scan/{scan}/original", "scan.original"),
    Page("POST /scan/{scan}/strike", "scan.strike"),
    Page("POST /scan/{scan}/destroy", "scan.destroy"),
    Page("GET /viewing/{grant}", "viewing.timeline", alone="done"),
    Page("POST /viewing/{grant}/end", "viewing.end"),
    Page("GET /viewing/{grant}/seen", "viewing.timeline"),
    Page("POST /viewing/{grant}/finish", "viewing.finish"),
    Page("POST /viewing/{grant}/mistaken", "viewing.mistaken"),
    Page("POST /viewing/{grant}/shown", "viewing.shown"),
    Page("GET /viewing/{grant}/here", "viewing.here"),
    Page("POST /viewing/{grant}/present", "viewing.present"),
    Page("POST /viewing/leave", "session"),
    Page("POST /viewing/return", "session"),
    Page("GET /viewing/{grant}/gaps", "viewing.timeline"),
    Page("POST /viewing/{grant}/masks", "masks.draw"),
    Page("POST /viewing/{grant}/masks/remove", "masks.remove"),
    Page("POST /viewing/{grant}/search", "search.begin"),
    Page("GET /viewing/{grant}/search", "search.state"),
    Page("POST /viewing/{grant}/search/cancel", "search.cancel"),
    Page("GET /viewing/{grant}/media", "viewing.media"),
    Page("GET /viewing/{grant}/key", "viewing.key"),
    Page("GET /live", "live.bases"),
    Page("POST /live", "live.open"),
    Page("GET /live/{view}", "live.view"),
    Page("GET /live/{view}/pictures", "live.pictures"),
    Page("POST /live/{view}/extend", "live.extend"),
    Page("POST /live/{view}/end", "live.end"),
    Page("GET /statements", "statements"),
    Page("GET /statements/{day}", "statement"),
    Page("GET /statements/{day}/signed", "statement"),
    Page("GET /destructions/{done}", "certificate"),
    Page("GET /destructions/{done}/{bucket}", "certificate"),
    Page("GET /papers", "session"),
    Page("GET /papers/{form}/{kind}", "session"),
    Page("GET /archive", "archive.months"),
    Page("POST /archive/{month}", "archive.begin"),
    Page("GET /ledger", "ledger.list"),
    Page("GET /access", "access.log"),
    Page("GET /access/csv", "access.log"),
    Page("GET /account", "account"),
    Page("POST /account/password", "account.password"),
    Page("POST /account/factor", "account.factor"),
    Page("POST /account/factor/prove", "account.factor-proved"),
    Page("POST /account/key", "account.key"),
    Page("POST /account/key/prove", "account.key-proved"),
    Page("POST /account/key/remove", "account.key-removed"),
    Page("GET /people", "people"),
    Page("POST /people/review", "people.review"),
    Page("GET /people/new", "session"),
    Page("POST /people/new", "person.add of staff"),
    Page("GET /people/{name}", "person"),
    Page("GET /people/{name}/handover", "handover"),
    Page("POST /people/{name}/handover", "handover.sign"),
    Page("GET /people/{name}/handover/{kind}", "handover"),
    Page("POST /people/{name}/{act}", "person.move"),
    Page("GET /stations", "stations"),
    Page("POST /stations", "stations.read"),
    Page("POST /stations/report", "stations.report"),
    Page("GET /stations/{number}/certificate", "stations.revoke", may=_READERS),
    Page("POST /stations/revoke", "stations.revoke"),
    Page("GET /rules/text", "packs"),
    Page("GET /rules/edit", "packs", may=_READERS),
    Page("POST /rules/edit", "pack.propose"),
    Page("POST /rules/edit/draft", "pack.propose"),
    Page("POST /rules/edit/discard", "pack.propose"),
    Page("GET /rules/edit/file", "packs", may=_READERS),
    Page("POST /rules/edit/file", "pack.propose"),
    Page("GET /rules/edit/difference", "packs", may=_READERS),
    Page("POST /rules/edit/difference", "pack.propose"),
    Page("GET /rules/packs", "packs"),
    Page("POST /rules/packs", "pack.propose"),
    Page("GET /rules/packs/{name}", "pack.file of a proposal"),
    Page("GET /rules/packs/{name}/file", "pack.file of a proposal"),
    Page("POST /rules/packs/{name}/approve", "pack.approve"),
    Page("GET /rules", "rules"),
    Page("POST /rules/{rule}", "rules.policy"),
)


def address(page: Page, office: Office, caller: Caller, of: str) -> str:
    """The path at which ``caller`` asks for ``of``; what the verb is asked with names the object."""
    path = page.route.partition(" ")[2]
    told = ASKS[page.use](office, caller, of) if "{" in path or page.use == "live.bases" else {}
    values = {**_NO_CASE_FORM, **{name: str(value) for name, value in told.items()}}
    if "{number}" in path and "of" in values:
        values["number"] = values["of"].partition("/")[2]
    values["year"] = office.today()[:4]
    if path.startswith("/cameras/list"):
        values["kind"] = "csv"
    if path.startswith("/papers/"):
        values["form"] = "annex-3"
    values["paper"] = "annex-3" if of == "own" else "annex-2"
    if path.startswith("/cameras/"):
        values |= {"version": "1", "paper": "memo"}
    if path.startswith("/rules/packs/") and "sha256" in values:
        values["name"] = values["sha256"]
    return path.format_map(values)


def said(page: Page, caller: Caller, of: str) -> str:
    """What the table says: an outcome of :func:`expected`; of a form that is empty only whether it is for nobody."""
    if page.always:
        return page.always
    if page.alone and len(caller.seats) == 1 and caller.lost != "closed":
        return page.alone
    if page.route.startswith("POST "):
        return "done" if page.row.may is ANYBODY else expected(_USES["session"], caller, "")
    return expected(page.row, caller, of)
