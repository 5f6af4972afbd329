"""What each of the keeper's verbs answers to whom: one row a verb, or one for each of its uses.

Source: ``domain`` 4.1 to 4.3. The roles are written out here, not taken from the code that is under test.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.access.office import Caller

__all__ = ["ANYBODY", "HERE", "RECORDER", "ROWS", "Row", "expected", "has_own"]

ANYBODY = frozenset({"anybody"})
"""Also who is not logged in."""
HERE = frozenset({"here"})
"""Whoever is logged in, whatever the roles."""
RECORDER = frozenset({"recorder"})
"""No person: the recorder's own process, known by its user."""
_NO_ROLE: frozenset[str] = frozenset()
"""None of the callers: it takes a keyholder, or the session that opened it."""

_OFFICERS = frozenset({"officer", "manager"})
_UNIT_HEAD, _DIRECTOR = frozenset({"unit_head"}), frozenset({"director"})
_DECIDERS = _UNIT_HEAD | _DIRECTOR
_READERS = _OFFICERS | _DECIDERS | {"secretary", "auditor"}
_APPLICANTS = frozenset(
    {"officer", "manager", "unit_head", "secretary", "director", "live_viewer", "staff", "section_head", "archivist",
     "webmaster"}
)  # fmt: skip
_NONE, _ONE, _OWN = ("",), ("other", "missing"), ("own", "other", "missing")


class Row(NamedTuple):
    """``may``: the roles, one of which is enough; with ``beside`` another person with one of those is here, too.
    ``objects``: what is asked for. ``done``, ``own``, ``missing``: what who may gets for another's, the own and none
    that there is. ``sees``: who else learns that there is such an object and is refused; to the others it is not found.
    ``others_own``: what somebody gets for the own who may nothing else. ``looks``: who is told that there is none.
    ``lone``: only who sits there alone."""

    use: str
    may: frozenset[str]
    objects: tuple[str, ...] = _NONE
    beside: frozenset[str] = _NO_ROLE
    done: str = "done"
    own: str = ""
    missing: str = "not-found"
    sees: frozenset[str] = HERE
    others_own: str = "refused"
    looks: frozenset[str] = _NO_ROLE
    lone: bool = False

    @property
    def verb(self) -> str:
        return self.use.partition(" ")[0]


ROWS = (
    # the recorder's process
    Row("recorder.hello", RECORDER),
    Row("recorder.allocate", RECORDER),
    Row("recorder.opened", RECORDER),
    Row("recorder.durable", RECORDER),
    Row("recorder.closed", RECORDER),
    Row("recorder.gap", RECORDER),
    Row("recorder.states", RECORDER),
    Row("recorder.found", RECORDER),
    Row("recorder.device", RECORDER),
    Row("recorder.looked", RECORDER),
    Row("recorder.picture", RECORDER),
    Row("recorder.reference", RECORDER),
    Row("recorder.watched", RECORDER),
    # the door
    Row("office", ANYBODY),
    Row("login", ANYBODY, done="refused"),
    Row("first.begin", ANYBODY, done="refused"),
    Row("first.again", ANYBODY, done="not-logged-in"),
    Row("first.finish", ANYBODY, done="not-logged-in"),
    Row("session", HERE),
    Row("logout", HERE),
    Row("account", HERE),
    Row("account.password", HERE, done="usage"),
    Row("account.factor", HERE),
    Row("key.request", ANYBODY),
    Row("account.key", HERE),
    Row("account.key-proved", HERE, done="refused"),
    Row("account.key-removed", HERE, done="not-found"),
    Row("account.factor-proved", HERE, done="not-logged-in"),
    # the box itself: words and figures without persons, also for the command line
    Row("ledger.head", ANYBODY),
    Row("plan", ANYBODY),
    Row("verify", ANYBODY),
    Row("documents.lost", ANYBODY),
    Row("notices.findings", ANYBODY),
    Row("notices.failing", ANYBODY),
    Row("status", _READERS | {"live_viewer"}),
    Row("cameras", HERE),
    Row("cameras.book", _READERS | {"webmaster"}),
    Row("camera", _READERS | {"webmaster"}, ("other", "missing")),
    Row("camera-act draft", _OFFICERS),
    Row("picture.inspection", _OFFICERS, done="not-found"),
    Row("picture.get", HERE, ("missing",)),
    Row("picture.preview", _OFFICERS, ("missing",)),
    Row("reference.take", _OFFICERS, ("missing",)),
    Row("reference.confirm", _UNIT_HEAD, ("missing",)),
    Row("reference.refuse", _UNIT_HEAD, ("missing",)),
    Row("reference.withdraw", _OFFICERS, ("missing",)),
    Row("reference.show", _OFFICERS | _DECIDERS, ("missing",)),
    Row("cameras.reviews", _READERS | {"webmaster"}),
    Row("cameras.ways", _OFFICERS),
    Row("cameras.search", _OFFICERS),
    Row("cameras.ask-device", _OFFICERS, done="not-found"),
    Row("cameras.set-clock", _OFFICERS, ("missing",)),
    Row("cameras.days", _OFFICERS, done="not-found"),
    Row("publication", _READERS | {"webmaster"}),
    Row("publication.file", _READERS | {"webmaster"}),
    Row("publication.check", _OFFICERS | {"webmaster", "unit_head"}),
    Row("publication.post", _OFFICERS | {"webmaster"}, done="usage"),
    Row("publication.confirm", frozenset({"officer", "unit_head"}), done="usage"),
    Row("looks.ask", _READERS | {"live_viewer"}),
    Row("looks.list", _READERS | {"live_viewer"}),
    Row("ledger.list", _READERS),
    Row("access.log", _READERS),
    Row("statements", _READERS),
    Row("statement", _READERS, ("missing",)),
    Row("certificate", _READERS, ("missing",)),
    # people
    Row("people", _READERS),
    Row("person", _READERS, _OWN),
    Row("person.add of staff", _OFFICERS, beside=_DECIDERS),
    Row("person.add of an officer", _OFFICERS, beside=_UNIT_HEAD),
    Row("person.add of a unit's head", _OFFICERS, beside=_DIRECTOR),
    Row("person.grant of staff", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.grant of the director's", _OFFICERS, _OWN, beside=_UNIT_HEAD, own="refused"),
    Row("person.end-grant", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.move", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.close", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.reopen", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.reset", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.enrol", _NO_ROLE, _OWN),
    Row("handover", _READERS, _OWN),
    Row("handover.sign", _OFFICERS, _OWN, beside=_DECIDERS, own="refused"),
    Row("person.pledge", _OFFICERS, _OWN),
    Row("people.review", _DECIDERS),
    Row("stations", _READERS),
    Row("stations.read", _READERS),
    Row("stations.report", ANYBODY, done="refused"),
    Row("stations.enrol", _OFFICERS, beside=_DECIDERS),
    Row("stations.revoke", _OFFICERS | _DECIDERS, ("other", "missing")),
    # cases
    Row("cases", HERE),
    Row("duties", HERE),
    Row("tour", HERE),
    Row("tour.sample", _NO_ROLE),  # it takes one with the roles of a whole office
    Row("duties.count", HERE),
    Row("case", _READERS, _OWN, sees=_NO_ROLE, others_own="done"),
    Row("case.viewing", _READERS, _OWN, sees=_NO_ROLE, others_own="done"),
    Row("case.show", _READERS, _ONE, sees=_READERS),
    Row("case.ledger", _OFFICERS, _ONE, sees=_READERS),
    Row("case.ledger of the own", _OFFICERS | {"archivist"}, ("own",)),
    Row("applicants", _OFFICERS),
    Row("applicant", _OFFICERS, _ONE),
    Row("archive.months", _OFFICERS | {"archivist"}),
    Row("archive.begin", _OFFICERS | {"archivist"}, done="not-found"),
    Row("archive.made", _OFFICERS | {"archivist"}, done="not-found"),
    Row("case-act receive", _OFFICERS),
    Row("case-act submit", _APPLICANTS),
    Row("case-act pass_formal", frozenset({"officer"}), _ONE, sees=_READERS),
    Row("case-act sign_section", frozenset({"section_head"}), _OWN, own="refused", sees=_READERS),
    Row("case-act propose", frozenset({"manager"}), _ONE, sees=_READERS),
    Row("case-act stamp", _UNIT_HEAD, _ONE, sees=_READERS),
    Row("case-act grant", _DIRECTOR, _ONE, sees=_READERS),
    # viewing: only the session of two people that opened it, one of whom opens the vault
    Row("viewing.open", _NO_ROLE, _ONE, sees=_READERS),
    Row("copies.make", _NO_ROLE, _ONE, sees=_READERS),
    Row("copies.state", _READERS, _ONE, sees=_NO_ROLE),
    Row("copies.cancel", _READERS, _ONE, sees=_NO_ROLE),
    # a copy on a stick: made by a viewing's two, its pass-phrase taken in their session, read back by who may verify it
    Row("agency-copy.sticks", _OFFICERS, done="unavailable"),
    Row("agency-copy.make", _NO_ROLE, _ONE, sees=_READERS),
    Row("agency-copy.state", _READERS, _ONE, sees=_NO_ROLE),
    Row("agency-copy.cancel", _READERS, _ONE, sees=_NO_ROLE),
    Row("agency-copy.passphrase", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("agency-copy.read", frozenset({"manager", "unit_head"}), _ONE, done="not-found", sees=_READERS),
    Row("viewing.timeline", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.media", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.key", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.shown", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.here", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.end", _NO_ROLE, ("other",), sees=_NO_ROLE),
    Row("viewing.present", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.mistaken", _NO_ROLE, ("missing",), sees=_NO_ROLE),
    Row("viewing.finish", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("search.begin", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("search.state", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("search.cancel", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("masks.draw", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("masks.remove", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("viewing.end of what is over", HERE, ("missing",), missing="done"),
    # live pictures: of an office with a repair that goes on, no row of today yet and no public area; a look is its own
    Row("live.bases", _OFFICERS),
    Row("live.open", _OFFICERS, lone=True),
    Row("live.view", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("live.pictures", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("live.extend", _NO_ROLE, _ONE, sees=_NO_ROLE),
    Row("live.end", _NO_ROLE, ("other",), sees=_NO_ROLE),
    Row("live.end of what is over", HERE, ("missing",), missing="done"),
    Row("live.records", _READERS),
    # what the office decides itself
    Row("rules", _READERS),
    Row("rules.policy", _OFFICERS, beside=_DECIDERS),
    Row("rules.calendar", _OFFICERS, beside=_DECIDERS),
    Row("rules.brake", _OFFICERS, beside=_DECIDERS, done="refused"),
    Row("rules.clock", _OFFICERS, beside=_DECIDERS),
    Row("packs", HERE),
    Row("pack.file", HERE, _ONE),
    Row("pack.file of a proposal", _READERS, _ONE, sees=_NO_ROLE),
    Row("pack.propose", _OFFICERS),
    Row("pack.approve", _OFFICERS, _ONE, beside=_DIRECTOR),
    # the daily inspection, of an office whose first row has not begun
    Row("inspection.day", _READERS, done="not-found"),
    Row("inspection.month", _READERS),
    Row("inspection.opened", _OFFICERS, done="not-found"),
    Row("inspection.propose", _OFFICERS, done="not-found"),
    Row("inspection.sign", _OFFICERS, done="not-found"),
    Row("inspection.stamp", _UNIT_HEAD | {"secretary"}, done="not-found"),
    Row("inspection.file", _OFFICERS, done="not-found"),
    Row("ticket.report", _OFFICERS),
    Row("ticket.advance", _OFFICERS, _ONE),
    # registers: nearly everybody declares an incident, and learns nothing but its number
    Row("registers", _READERS),
    Row("statistics", _READERS),
    Row("register", _READERS, _ONE, sees=HERE),
    Row("register.begin", _READERS | _APPLICANTS, _ONE),
    Row("register.item", _READERS, _ONE),
    Row("register.act declare", (_READERS | _APPLICANTS) - _DIRECTOR),
    Row("register.act confirm", _OFFICERS | _UNIT_HEAD | _DIRECTOR, _ONE, looks=_READERS),
    Row("register.act confirm that stops clocks", _DECIDERS, _ONE, looks=_READERS),
    Row("register.act dismiss", _DECIDERS, _ONE, looks=_READERS),
    Row("register.act of a firm", _OFFICERS),
    Row("register.act of a visit", _OFFICERS),
    Row("register.act of a medium", _OFFICERS),
    Row("register.act of who asks to be forgotten", _OFFICERS),
    Row("register.act of who looks live", _OFFICERS, done="refused"),
    # holds
    Row("holds", _READERS),
    Row("hold.set for an event", _OFFICERS | _UNIT_HEAD),
    Row("hold.set by law", _DIRECTOR),
    Row("hold.confirm", _DIRECTOR, _ONE),
    Row("hold.extend", _DIRECTOR, _ONE),
    Row("hold.release", _DIRECTOR, _ONE),
    # scans
    Row("scan.begin", _OFFICERS, _OWN, sees=_READERS),
    Row("scan.more", HERE, ("missing",), missing="unavailable"),
    Row("scan.drop", HERE, ("missing",), missing="done"),
    Row("scan.put", _OFFICERS, ("missing",), missing="unavailable"),
    Row("scans", _READERS, _OWN, sees=_NO_ROLE, others_own="done"),
    Row("scan", _READERS, _ONE, sees=_NO_ROLE),
    Row("scan.page", _READERS - {"auditor"}, _ONE, sees=frozenset({"auditor"})),
    Row("scan.original", _READERS - {"secretary", "auditor"}, _ONE, sees=_READERS),
    Row("scan.destroy", _OFFICERS, _ONE, beside=_DIRECTOR, done="refused", sees=_READERS),
    Row("scan.strike", _OFFICERS, _ONE, sees=_READERS),
)


def expected(row: Row, caller: Caller, of: str) -> str:
    """What the table says that ``caller`` gets for ``of``: own, other, missing or "" where there is no object."""
    if row.may is ANYBODY:
        return row.done
    if not caller.seats or caller.lost == "closed":
        return "not-logged-in"
    if _may(row, caller):
        return {"missing": row.missing, "own": row.own or row.done}.get(of, row.done)
    if of == "own":
        return row.others_own
    refused = row.sees is HERE or bool(caller.holds & row.sees)
    return "refused" if refused and not (of == "missing" and caller.holds & (row.looks | row.sees)) else "not-found"


def has_own(caller: Caller, row: Row) -> bool:
    """Everybody has an account, but who audits or lost the role has no request of the own."""
    return bool(caller.holds) and ("person" in row.verb or bool(caller.holds - {"auditor"}))


def _may(row: Row, caller: Caller) -> bool:
    if row.may is HERE:
        return True
    if row.lone and len(caller.seats) != 1:
        return False
    if not row.beside:
        return bool(caller.holds & row.may)
    pair = not caller.lost and len(caller.seats) == 2
    return pair and any(one in row.may and other in row.beside for one, other in (caller.seats, caller.seats[::-1]))
