"""Cases, for pages and papers: one verb for every event of the tables, and three that show. Custody judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import NotAllowed, Refused
from appliance.keeper.arguments import asked_day
from appliance.keeper.context import Keeper
from appliance.keeper.handlers.archive import exporter_of
from appliance.keeper.ink import inked_act
from appliance.keeper.rights import acting
from appliance.ledger.entry import Entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.ledger.tree import leaf_hash
from appliance.protocol.transport import Message, Reply
from appliance.rules.cases.judging import Next
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.states import State
from appliance.rules.cases.views import ActDone, CaseView, Earlier, LinksView
from appliance.rules.people import ACTORS, MAY, OFFICERS
from appliance.services.cases.access_audit import shown_reason
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.applicants import applicant_of, known_applicants
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.earlier import earlier_than
from appliance.services.cases.linked import links_of
from appliance.services.cases.listing import ListQuery
from appliance.services.cases.masking import named
from appliance.services.cases.rights import handles, may_see, sees_names
from appliance.services.cases.views import tell
from appliance.services.cases.visibility import reads_all, sections_of, visible_file
from appliance.services.people.login import Seat, Session

__all__ = ["VERBS"]

_PER_PAGE, _MOST_PER_PAGE, _ALL = 50, 200, 1 << 30
_EXPORTERS = frozenset({"officer", "manager", "auditor", "archivist"})
"""Who takes a case file along (``domain`` 4.3)."""


def _session(keeper: Keeper, arguments: dict[str, Any]) -> Session:
    return keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))


def _sections(keeper: Keeper, seats: Sequence[Seat]) -> dict[str, str]:
    return sections_of(keeper.cases, seats)


def _visible(keeper: Keeper, session: Session, text: str) -> CaseFile:
    return visible_file(keeper.cases, session, text)


# --- acting ---


def _act(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Performs an event. The password, where one is sent, is proved first: a wrong one performs nothing. With ``ink``
    it was signed on the sheet, and the person in the seat enters it."""
    token, session = str(arguments["session"]), _session(keeper, arguments)
    seat = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if seat is None:
        raise Refused.of("people-absent", thing="case")
    password, event = str(arguments.get("password", "")), str(arguments["event"])
    if password:
        seat = keeper.logins.reauthenticate(token, seat.seat, password)
    key = str(arguments.get("case", ""))
    if key:
        key = _visible(keeper, session, key).key
    signed = inked_act(keeper, arguments, seat, event, (f"case/{key}",))
    if not set(seat.roles) & ACTORS:
        nobody = {"event": event, "why": "role", "missing": (), "next": Next.LOG_IN_AS}
        raise NotAllowed("case: whoever audits, or has no role today, acts in no case; somebody else sends it", nobody)
    who = ActingUser(
        seat.person,
        seat.display,
        proved=bool(password),
        roles_here=tuple(role for each in session.seats for role in each.roles),
        beside=len(session.seats) > 1,
    )
    if signed is not None:
        who = who._replace(account=signed.signer.name, name=signed.signer.display, ink=signed.ink)
    done = keeper.cases.act(
        str(arguments["act"]),
        who,
        key,
        event,
        arguments.get("facts") or {},
        kind=str(arguments.get("kind", "")),
    )
    keeper.grants.end_stale()
    case = keeper.clockwork.cleared(done.file).case
    return _told(ActDone(case=done.file.key, state=case.state, number=case.number, row=done.row))


# --- showing ---


def _case(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, text = _session(keeper, arguments), str(arguments["case"])
    key = keeper.cases.key_of(text) or text
    living = keeper.grants.of_session(session.session_id)
    grant = living[key].grant_id if key in living else ""
    file = _visible(keeper, session, text)
    if str(arguments.get("use", "")) == "register":
        keeper.case_uses.read_register(session)
    else:
        keeper.case_uses.looked(session, key)
    full = keeper.case_uses.full(session, file)
    names = sees_names(file, session.seats, _sections(keeper, session.seats))
    earlier = _earlier(keeper, session, file) if handles(session.seats) else None
    links = links_of(keeper.cases, keeper.case_list, file) if reads_all(session) else LinksView()
    told = tell(keeper.cases, file, session.seats, full=full, names=names, grant=grant, earlier=earlier, links=links)
    opens = {each: keeper.grants.opening(session, key, each) for each in _opened_for(told)}
    return _told(msgspec.structs.replace(told, over=keeper.grants.is_over(key), opens=opens))


def _opened_for(told: CaseView) -> Iterator[Purpose]:
    """For what the footage of a case is opened as it stands, whoever may."""
    if told.state == State.VIEWING:
        yield Purpose.VIEWING
    if told.masks and told.masks.opens:
        yield Purpose.MASKING


def _earlier(keeper: Keeper, session: Session, file: CaseFile) -> Earlier:
    """What whoever asks has asked before; of those cases the ones that somebody here may open."""
    reads, sections = reads_all(session), _sections(keeper, session.seats)
    return earlier_than(
        keeper.case_list, file, lambda key: reads or may_see(keeper.cases.file(key), session.seats, sections)
    )


def _show(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Shows this log-in the identifiers of a case in full, for a reason that is entered."""
    session, text = _session(keeper, arguments), str(arguments["case"])
    file, reason = _visible(keeper, session, text), shown_reason(str(arguments["reason"]))
    keeper.case_uses.show(session, acting(keeper, arguments, MAY["see-cases"]), file, reason)
    return Reply({})


def _list(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = _session(keeper, arguments)
    wanted = ListQuery(
        text=str(arguments.get("text", ""))[:200],
        kind=str(arguments.get("kind", "")),
        state=str(arguments.get("state", "")),
        camera=str(arguments.get("camera", "")),
        person=str(arguments.get("person", ""))[:200],
        first=_day(arguments.get("from")),
        last=_day(arguments.get("to")),
        own=not reads_all(session),
        accounts=frozenset(seat.person for seat in session.seats),
        sections=frozenset(_sections(keeper, session.seats).values()) - {""},
        order=str(arguments.get("order", "newest")),
        births=handles(session.seats),
        closed_too=any("archivist" in seat.roles for seat in session.seats),
    )
    asked = int(arguments.get("per_page", _PER_PAGE))
    per_page = min(max(1, asked), _MOST_PER_PAGE) if "page" in arguments else len(keeper.cases.all_keys()) + 1
    found = keeper.case_list.find(wanted, int(arguments.get("page", 1)), per_page)
    return Reply(dict(msgspec.to_builtins(found)))


def _day(text: Any) -> date | None:
    return asked_day("cases", text) if text else None


def _applicants(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Who came before, by the whole ID number or the whole name; masked, but for the name."""
    session = _session(keeper, arguments)
    session.seat_of(OFFICERS)
    found = known_applicants(
        keeper.cases, keeper.case_list, name=str(arguments.get("name", "")), id_no=str(arguments.get("id_no", ""))
    )
    told = [
        {
            "case": known.file.key,
            "number": known.file.case.number,
            "received_ns": known.file.deeds[0].at_ns,
            "times": known.times,
            "party": msgspec.to_builtins(named(known.party, full=False, names=True)),
        }
        for known in found
    ]
    return Reply({"known": told})


def _applicant(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """An applicant's particulars in full, for a new request; entered before it is answered."""
    session = _session(keeper, arguments)
    by = session.seat_of(OFFICERS)
    file, party = applicant_of(keeper.cases, str(arguments["case"]))
    keeper.case_uses.prefilled(session, by, file.key)
    return _told(named(party, full=True))


def _ledger(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Every entry that names the case, each as a signed note too, an entry a block, and the head they lie under: for
    its case file. A long viewing has thousands, so they go out one by one."""
    session, text = _session(keeper, arguments), str(arguments["case"])
    file, archive = _visible(keeper, session, text), int(arguments.get("archive") or 0)
    if not any(_EXPORTERS & set(seat.roles) for seat in session.seats):
        raise Refused("case file: it takes a log-in as officer, manager, auditor or archivist")
    by = exporter_of(keeper, session, archive, file.key) if archive else acting(keeper, arguments, _EXPORTERS)
    keeper.case_uses.take_along(session, by, file)
    entries = list(keeper.ledger.acts_about(file.key))
    head = {"size": keeper.ledger.size, "root": keeper.ledger.root.hex(), "checkpoint": keeper.ledger.checkpoint()}
    return Reply(head, (_listed(keeper, entry) for entry in entries))


def _listed(keeper: Keeper, entry: Entry) -> bytes:
    told = {
        "index": entry.index,
        "at_ns": entry.at_ns,
        "kind": entry.kind,
        "fields": entry.fields,
        "leaf": leaf_hash(entry.raw).hex(),
        "extract": keeper.ledger.extract(entry.index) if len(entry.raw) <= MAX_EXTRACT_BYTES else "",
    }
    return msgspec.msgpack.encode(told)


def _told(answer: object) -> Reply:
    return Reply(dict(msgspec.to_builtins(answer)))


VERBS = {
    "case-act": _act,
    "case": _case,
    "case.show": _show,
    "case.ledger": _ledger,
    "applicants": _applicants,
    "applicant": _applicant,
    "cases": _list,
}
