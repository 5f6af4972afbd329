"""How each row of the verbs is asked: arguments that are in order, so that what is refused is refused for the person.

``of`` is own, other, missing or "". What an act changes is made anew for each that may be done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from appliance.protocol.endpoint import Endpoint
from appliance.protocol.handover import HANDOVER, SIGN_HANDOVER
from appliance.protocol.people import (
    ADD_PERSON,
    CLOSE_PERSON,
    END_ROLE,
    ENROL_KEYHOLDER,
    GRANT_ROLE,
    MOVE_PERSON,
    PERSON,
    PLEDGE,
    REOPEN_PERSON,
    RESET_PERSON,
)
from appliance.rules.handover import LINES
from tests.access.office import APPLICANT, BOTH, CHECKLIST, MANAGING, OWN, Caller, Office, act_id
from tests.box import OFFICER
from tests.caselife import facts_of_receipt
from tests.rules.calendars import city_calendar
from tests.rules.packcases import successor
from tests.scanfiles import png
from tests.stationkeys import StationKey

__all__ = ["ASKS", "cases_of_everybody"]

Ask = Callable[[Office, Caller, str], dict[str, Any]]

_NO_CASE, _NO_ID = "115-9999", "0" * 32
_PIECE = 300_000
_STAFF_FORM = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
_EVENT = {"ground": "event", "agency": "", "statute": "", "document": ""}
_LAW = {"ground": "law", "agency": "", "statute": "檔案法第 12 條", "document": "萬戶字第1150003號"}
_OFFICERS, _HEADS, _DIRECTOR = ("officer", "manager"), ("unit_head", "director"), ("director",)
_GETTERS = (*_OFFICERS, *_HEADS, "auditor", "archivist")
_EXPORTERS = (*_OFFICERS, "auditor", "archivist")
_READERS = (*_OFFICERS, *_HEADS, "secretary", "auditor")


# --- what is asked for ---


def _citizen(office: Office) -> str:
    return office.life().receive(["01"], *office.span())


def _formal(office: Office) -> str:
    key = _citizen(office)
    office.life().act("pass_formal", key)
    return key


def _proposed(office: Office) -> str:
    key = _formal(office)
    office.life().act("propose", key, checklist=CHECKLIST, proposal={"result": "granted", "article": "八(五)"})
    return key


def _at_decision(office: Office) -> str:
    life, key = office.life(), _citizen(office)
    life.to_decision(key)
    return key


def _viewing(office: Office) -> str:
    return office.life().viewing(["01"], *office.span())


def _grant(office: Office) -> str:
    return office.life().open(office.one(_viewing))


def _staff_facts(office: Office) -> dict[str, Any]:
    start_ns, end_ns = office.span()
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    return {"asked": asked, "form": _STAFF_FORM, "parties": [{"part": "viewer", "name": "王大同"}]}


def _submitted(office: Office, session: str) -> str:
    told = office.ask("case-act", session=session, act=act_id(), case="", kind="INT", event="submit", seat=1,
                      password=OWN, facts=_staff_facts(office))  # fmt: skip
    return str(told["case"])


def _applicant_s(office: Office) -> str:
    return _submitted(office, office.session(APPLICANT))


def _hold(office: Office) -> str:
    told = office.ask("hold.set", session=office.founders, act=act_id(), seat=1, password=BOTH["1"],
                      **_held(office, _EVENT))  # fmt: skip
    return str(told["hold"])


def _held(office: Office, ground: dict[str, str]) -> dict[str, Any]:
    start_ns, end_ns = office.span()
    return {"cameras": ["01"], "start_ns": start_ns, "end_ns": end_ns, "reason": "櫃檯推擠受傷", **ground}


def _legal_hold(office: Office) -> str:
    asked = {**_held(office, _LAW), "password": BOTH["2"]}
    return str(office.ask("hold.set", session=office.founders, act=act_id(), seat=2, **asked)["hold"])


def _scan(office: Office) -> str:
    data, paper = png(act_id()[:8]), {"of": f"case/{_citizen(office)}", "kind": "form", "name": ""}
    upload = office.ask("scan.begin", session=office.founders, password=BOTH["1"], **paper)["upload"]
    for at in range(0, len(data), _PIECE):
        office.ask("scan.more", data[at : at + _PIECE], session=office.founders, upload=upload)
    return str(office.ask("scan.put", session=office.founders, upload=upload, act=act_id())["scan"])


def _person(office: Office) -> str:
    name = f"p{act_id()[:20]}"
    office.add(name, "staff", factor=True)
    return name


def _suspended(office: Office) -> str:
    name, people = _person(office), office.keeper.people
    people.book.enter(act_id(), "person.suspended", {}, {"person": name})
    office.keeper.stores.office.accounts.set_suspended(name, True)
    return name


def _pack(office: Office) -> bytes:
    year = 2030 + office.count()
    return successor(f"{year - 1911}-01-01", f"{year}-01-01")


def _proposal(office: Office) -> str:
    told = office.ask("pack.propose", _pack(office), session=office.founders, act=act_id(), seat=1,
                      password=OFFICER.password)  # fmt: skip
    return str(told["sha256"])


# --- how it is asked ---


def _own_of(ask: Ask, roles: Collection[str]) -> Ask:
    """The same by the one here who has such a role, with the own password."""
    return lambda office, caller, of: {
        **ask(office, caller, of), "seat": _seat(caller, roles), "password": OWN
    }  # fmt: skip


def _seat(caller: Caller, roles: Collection[str]) -> int:
    """The seat of whoever here has one of these roles, else the first."""
    return next((seat for seat, role in enumerate(caller.seats, 1) if role in roles), 1)


def _here(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    return {"session": office.session(caller)}


def _new_station(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    made = StationKey()
    asked = {"request": made.request, "key": made.key, "place": "一樓閱覽室"}
    passwords = {str(seat): OWN for seat in range(1, len(caller.seats) + 1)}
    return {**_here(office, caller, of), "act": act_id(), "passwords": passwords, **asked}


def _station(office: Office) -> int:
    """The number of a station in use."""
    made = StationKey()
    asked = {"request": made.request, "key": made.key, "place": "一樓閱覽室"}
    told = office.ask("stations.enrol", session=office.founders, act=act_id(), passwords=BOTH, **asked)
    return int(told["number"])


def _revoked_station(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    number = 99 if of == "missing" else _station(office)
    asked = {"number": number, "reason": "汰換", "password": OWN, "seat": _seat(caller, (*_OFFICERS, *_HEADS))}
    return {**_here(office, caller, of), "act": act_id(), **asked}


def _with(**arguments: Any) -> Ask:
    return lambda office, caller, of: {"session": office.session(caller), **arguments}


def _plain(**arguments: Any) -> Ask:
    return lambda office, caller, of: dict(arguments)


def _thing(name: str, make: Callable[[Office], str], none: str = _NO_ID, **more: Any) -> Ask:
    """An act on, or a look at, one of the things that ``make`` makes."""

    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        which = none if of == "missing" else office.one(make)
        return {"session": office.session(caller), "act": act_id(), name: which, **more}

    return ask


def _asked_of(name: str, make: Callable[[Office], str], none: str = _NO_ID, **more: Any) -> Ask:
    """What is asked of one of the things that ``make`` makes, where it is no act with a form."""

    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        which = none if of == "missing" else office.one(make)
        return {"session": office.session(caller), name: which, **more}

    return ask


def _page_of_list(**more: Any) -> Ask:
    roles = ("officer", "manager", "webmaster", "unit_head")

    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        page = office.reply("publication.file", session=office.founders, format="html").body
        return {**_by(roles)(office, caller, of), "body": page, **more}

    return ask


def _drafted_camera(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    """A number of its own each time: of a camera, one version is on its way at a time."""
    return {**_by(("officer", "manager"))(office, caller, of), "camera": f"N{office.count()}", "version": 0,
            "event": "draft", "facts": {"origin": "new", "matters": {"area": "大廳"}}}  # fmt: skip


def _of_version() -> Ask:
    """A version that there is not: of one that there is, a picture takes a recorder."""

    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        return {"session": office.session(caller), "act": act_id(), "camera": "01", "version": 9}

    return ask


def _case_act(event: str, make: Callable[[Office], str], seat: Collection[str] = (), **facts: Any) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        session = office.session(caller)
        key = _NO_CASE if of == "missing" else _own_case(office, session) if of == "own" else office.one(make)
        return {"session": session, "act": act_id(), "case": key, "event": event, "seat": _seat(caller, seat),
                "password": OWN, "facts": facts}  # fmt: skip

    return ask


def _opening(kind: str, event: str, facts: Callable[[Office], dict[str, Any]]) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        return {"session": office.session(caller), "act": act_id(), "case": "", "kind": kind, "event": event, "seat": 1,
                "password": OWN, "facts": facts(office)}  # fmt: skip

    return ask


def _own_case(office: Office, session: str) -> str:
    """A request that somebody here submitted; of who may not submit any there is none."""
    return office.own(session, lambda: _submitted(office, session))


def cases_of_everybody(office: Office, callers: Collection[Caller]) -> set[str]:
    """Cases in several states, and each caller's own where it may have one: made where they are not there yet."""
    made = {office.one(make) for make in (_citizen, _formal, _proposed, _at_decision, _viewing, _applicant_s)}
    return made | {_own_case(office, office.session(each)) for each in callers}


def _case(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    session = office.session(caller)
    key = {"missing": _NO_CASE}.get(of) or (_own_case(office, session) if of == "own" else office.one(_citizen))
    return {"session": session, "case": key}


def _read_back(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    seat = _seat(caller, ("manager", "unit_head"))
    return {**_case(office, caller, of), "act": act_id(), "seat": seat, "password": OWN}


def _about(row: Endpoint[Any, Any], make: Callable[[Office], str] = _person, **more: Any) -> Ask:
    """About an account: the caller's own, another's that ``make`` makes, or one that there is not. What ``row`` does
    not take is left out."""

    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        own = office.account(caller) if caller.seats else ""
        name = own if of == "own" else "nobody-there" if of == "missing" else office.one(make)
        every = {"session": office.session(caller), "act": act_id(), "name": name, "passwords": _passwords(caller),
                 "document": "簽", "start": office.today(), "end": "", "acting": False, **more}  # fmt: skip
        return {field: value for field, value in every.items() if field in row.request.__struct_fields__}

    return ask


def _new_person(role: str) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        named = {"name": f"n{act_id()[:20]}", "display": "新人", "post": "課員", "unit": MANAGING, "role": role}
        return _about(ADD_PERSON, **named)(office, caller, of)

    return ask


def _passwords(caller: Caller) -> dict[str, str]:
    return {str(seat): OWN for seat in range(1, len(caller.seats) + 1)}


def _pair(**arguments: Any) -> Ask:
    return lambda office, caller, of: {
        "session": office.session(caller), "act": act_id(), "passwords": _passwords(caller), **arguments
    }  # fmt: skip


def _by(roles: Collection[str], **arguments: Any) -> Ask:
    """By the one here who has such a role, with the password typed for it."""
    return lambda office, caller, of: {
        "session": office.session(caller), "act": act_id(), "seat": _seat(caller, roles), "password": OWN, **arguments
    }  # fmt: skip


def _set_hold(ground: dict[str, str], roles: Collection[str]) -> Ask:
    return lambda office, caller, of: {**_by(roles)(office, caller, of), **_held(office, ground)}


def _on_hold(make: Callable[[Office], str], **more: Any) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        which = "115-保-9999" if of == "missing" else office.one(make)
        return {**_by(_DIRECTOR)(office, caller, of), "hold": which, **more}

    return ask


def _scans_of(**more: Any) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        about = _case(office, caller, of)
        return {"session": about["session"], "of": f"case/{about['case']}", **more}

    return ask


def _reported(office: Office) -> str:
    told = {"box": "picture", "to": "安視科技", "how": "電話"}
    told |= {"password": BOTH["1"]}
    return str(office.ask("ticket.report", session=office.founders, act=act_id(), seat=1, **told)["ticket"])


def _on_ticket(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    number = "M115-9999" if of == "missing" else office.one(_reported)
    return {**_by(_OFFICERS)(office, caller, of), "ticket": number, "event": "accept", "who": "王先生"}


def _incident_words(office: Office) -> dict[str, Any]:
    return {"kind": "other", "known_at": office.keeper.clock.wall_ns(), "facts": "疑似", "no_footage": True}


def _firm_words(office: Office) -> dict[str, Any]:
    today = office.today()
    told = {
        "firm": "安視科技",
        "contact": "王",
        "phone": "02",
        "services": "保養",
        "contract_no": "1",
        "pledge_no": "1",
    }
    return told | dict.fromkeys(("contract_from", "contract_until", "pledge_on"), today)


def _visit_words(office: Office) -> dict[str, Any]:
    return {"vendor": office.one(_firm), "technicians": ["王技師"], "id_checked": True, "pledges": "2",
            "purpose": "repair", "matter": "更換", "pictures": "none"}  # fmt: skip


def _medium_words(office: Office) -> dict[str, Any]:
    return {"medium_kind": "disk", "make": "Axle", "serial": act_id(), "holds": "nothing", "encrypted": "no",
            "place": "機房"}  # fmt: skip


def _deletion_words(office: Office) -> dict[str, Any]:
    start_ns, end_ns = office.span()
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    return {"requester": "洪大明", "identified": True, "served_at": "臺北市", "asks": "銷毀", "asked_ranges": asked}


def _live_words(office: Office) -> dict[str, Any]:
    """Of cameras that the set-up brought none is known to hang in a public area."""
    return {"viewer": "officer-1", "cameras": ["01"], "live_purpose": "檢視", "live_from": office.today(),
            "live_until": office.today()}  # fmt: skip


def _looked_live(office: Office) -> str:
    """A look that goes on, of an officer who is none of the callers."""
    name = f"looker{office.count()}"
    office.add(name, "officer")
    told = office.ask("live.open", session=office.session_of(name), act=act_id(), ground="repair",
                      basis=office.one(_reported), cameras=["01"])  # fmt: skip
    return str(told["view"])


def _with_a_ticket(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    """A repair goes on, by which officers may look live."""
    office.one(_reported)
    return _here(office, caller, of)


def _live(**more: Any) -> Ask:
    """By a repair that goes on."""
    return lambda office, caller, of: {"basis": office.one(_reported), "session": office.session(caller),
                                       "act": act_id(), **more}  # fmt: skip


def _entered(office: Office, register: str, event: str, typed: dict[str, Any]) -> str:
    told = office.ask("register.act", session=office.founders, act=act_id(), seat=1, register=register, item="",
                      password=BOTH["1"], event=event, typed=typed)  # fmt: skip
    return str(told["item"])


def _incident(office: Office) -> str:
    return _entered(office, "incidents", "declare", _incident_words(office))


def _firm(office: Office) -> str:
    return _entered(office, "vendors", "enter", _firm_words(office))


def _in_register(register: str, event: str, typed: Callable[[Office], dict[str, Any]], roles: Collection[str]) -> Ask:
    return lambda office, caller, of: {**_by(roles)(office, caller, of), "register": register, "item": "",
                                       "event": event, "typed": typed(office)}  # fmt: skip


def _on_incident(event: str, roles: Collection[str], **typed: Any) -> Ask:
    def ask(office: Office, caller: Caller, of: str) -> dict[str, Any]:
        number = "I115-9999" if of == "missing" else office.one(_incident)
        return {**_by(roles)(office, caller, of), "register": "incidents", "item": number, "event": event,
                "typed": typed}  # fmt: skip

    return ask


def _clock(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    return _pair(wall_ns=office.keeper.clock.wall_ns(), reference="117")(office, caller, of)


def _pack_file(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    return {"session": office.session(caller), "name": "999-01-01" if of == "missing" else "113-09-27"}


def _proposal_file(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    return {"session": office.session(caller), "name": "0" * 64 if of == "missing" else office.one(_proposal)}


def _proposed_pack(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    body = _pack(office)
    return {**_by(("officer", "manager"))(office, caller, of), "body": body}


def _calendar(office: Office, caller: Caller, of: str) -> dict[str, Any]:
    return {**_pair()(office, caller, of), "body": city_calendar(2027 + office.count() % 30)}


ASKS: dict[str, Ask] = {
    "office": _plain(),
    "login": lambda office, caller, of: {"name": f"x{act_id()[:8]}", "password": "a long wrong one"},
    "first.begin": lambda office, caller, of: {"name": f"x{act_id()[:8]}", "password": "a long wrong one"},
    "first.again": _plain(token=_NO_ID),
    "first.finish": _plain(token=_NO_ID, password=OWN),
    "session": _here,
    "logout": _here,
    "account": _here,
    "account.password": _with(seat=1, old=OWN, new="short"),
    "account.factor": _with(seat=1, password=OWN),
    "key.request": _plain(),
    "account.key": _with(seat=1, password=OWN),
    "account.key-proved": _with(seat=1, credential="{}", label="鑰匙圈"),
    "account.key-removed": _with(seat=1, password=OWN, key="x"),
    "account.factor-proved": _with(token=_NO_ID, code="123456"),
    "ledger.head": _plain(),
    "plan": _plain(),
    "verify": _plain(),
    "documents.lost": _plain(),
    "notices.findings": _plain(),
    "notices.failing": _plain(recipients=0),
    "status": _here,
    "cameras": _here,
    "looks.ask": _here,
    "looks.list": _here,
    "ledger.list": _with(start=0, count=5),
    "access.log": _here,
    "statements": _here,
    "statement": _with(day="2020-01-01"),
    "certificate": _with(done=0),
    "people": _here,
    "person": _about(PERSON),
    "person.add of staff": _new_person("staff"),
    "person.add of an officer": _new_person("officer"),
    "person.add of a unit's head": _new_person("unit_head"),
    "person.grant of staff": _about(GRANT_ROLE, role="archivist"),
    "person.grant of the director's": _about(GRANT_ROLE, role="director"),
    "person.end-grant": _about(END_ROLE, role="staff"),
    "person.move": _about(MOVE_PERSON, display="改名", post="課員", unit="秘書室"),
    "person.close": _about(CLOSE_PERSON),
    "person.reopen": _about(REOPEN_PERSON, _suspended),
    "person.reset": _about(RESET_PERSON),
    "person.enrol": _about(ENROL_KEYHOLDER),
    "handover": _about(HANDOVER),
    "handover.sign": _about(SIGN_HANDOVER, receivers={}, ticked=list(LINES)),
    "person.pledge": _about(PLEDGE),
    "people.review": _by(_HEADS),
    "stations": _here,
    "stations.read": lambda office, caller, of: {**_here(office, caller, of), "request": StationKey().request},
    "stations.report": _plain(device=""),
    "stations.enrol": _new_station,
    "stations.revoke": _revoked_station,
    "cameras.book": _here,
    "cameras.reviews": _here,
    "cameras.ways": _here,
    "cameras.search": _here,
    "cameras.ask-device": lambda office, caller, of: {**_here(office, caller, of), "camera": "99", "version": 1},
    "cameras.days": lambda office, caller, of: {**_here(office, caller, of), "camera": "99", "version": 1},
    "camera": _asked_of("camera", lambda office: "01", "99"),
    "camera-act draft": _drafted_camera,
    "picture.inspection": _by(_OFFICERS),
    "picture.get": _with(picture=_NO_ID),
    "picture.preview": _own_of(_of_version(), _OFFICERS),
    "cameras.set-clock": _own_of(_of_version(), _OFFICERS),
    "reference.take": _own_of(_of_version(), _OFFICERS),
    "reference.confirm": lambda office, caller, of: {
        "session": office.session(caller),
        "act": act_id(),
        "password": OWN,
        "reference": "01-R9",
    },
    "reference.refuse": lambda office, caller, of: {
        "session": office.session(caller),
        "act": act_id(),
        "password": OWN,
        "reference": "01-R9",
        "words": "x",
    },
    "reference.withdraw": _by(_OFFICERS, reference="01-R9", words="x"),
    "reference.show": _by(("officer", "manager", "unit_head", "director"), reference="01-R9"),
    "publication": _here,
    "publication.file": _with(format="csv"),
    "publication.check": _page_of_list(),
    "publication.post": _page_of_list(url="https://example.gov.tw/"),
    "publication.confirm": _by(("officer", "unit_head"), entry=1),
    "cases": _with(page=1),
    "duties": _here,
    "duties.count": _here,
    "case": _case,
    "case.viewing": _case,
    "case.show": lambda office, caller, of: {**_own_of(_case, _READERS)(office, caller, of), "reason": "稽核抽查"},
    "case.ledger": _own_of(_case, _EXPORTERS),
    "case.ledger of the own": _own_of(_case, _EXPORTERS),
    "applicants": _with(name="洪大明", id_no=""),
    "applicant": lambda office, caller, of: _case(office, caller, of),
    "archive.months": _here,
    "archive.begin": _by((*_OFFICERS, "archivist"), month="1999-01"),
    "archive.made": _with(act="", archive=0, sha256="0" * 64, bytes=1),
    "tour": _here,
    "tour.sample": lambda office, caller, of: {**_here(office, caller, of), "act": act_id(), "passwords": BOTH},
    "case-act receive": _opening("CIT", "receive", lambda office: facts_of_receipt(["01"], *office.span())),
    "case-act submit": _opening("INT", "submit", _staff_facts),
    "case-act pass_formal": _case_act("pass_formal", _citizen, ("officer", "manager")),
    "case-act sign_section": _case_act("sign_section", _applicant_s, ("section_head",)),
    "case-act propose": _case_act(
        "propose", _formal, ("manager",), checklist=CHECKLIST, proposal={"result": "granted", "article": "八(五)"}
    ),
    "case-act stamp": _case_act("stamp", _proposed, ("unit_head",)),
    "case-act grant": _case_act("grant", _at_decision, _DIRECTOR),
    "viewing.open": _asked_of("case", _viewing, _NO_CASE, password=OWN, seat=1),
    "copies.make": _asked_of("case", _viewing, _NO_CASE, act="", password=OWN, seat=1),
    "copies.state": _case,
    "copies.cancel": _case,
    "agency-copy.sticks": _here,
    "agency-copy.make": _asked_of("case", _viewing, _NO_CASE, act="", password=OWN, seat=1, serial="S1"),
    "agency-copy.state": _case,
    "agency-copy.cancel": _case,
    "agency-copy.passphrase": _case,
    "agency-copy.read": _read_back,
    "viewing.timeline": _asked_of("grant", _grant),
    "viewing.media": _asked_of("grant", _grant, camera_no="01", start_ns=1, seconds=1.0, video_codecs=["avc1"]),
    "viewing.key": _asked_of("grant", _grant, camera_no="01", at_ns=1),
    "viewing.shown": _asked_of("grant", _grant, spans=[]),
    "viewing.here": _asked_of("grant", _grant),
    "viewing.end": _asked_of("grant", _grant),
    "viewing.present": _asked_of("grant", _grant, seat=1, password=OWN),
    "viewing.mistaken": _asked_of("grant", _grant, why="button"),
    "viewing.finish": _thing("grant", _grant, filming="none", signed=True, seat=1, password=OWN),
    "search.begin": _asked_of("grant", _grant, camera_no="01", left=0, top=0, right=500, bottom=500),
    "search.state": _asked_of("grant", _grant),
    "search.cancel": _asked_of("grant", _grant),
    "masks.draw": _thing(
        "grant", _grant, act="", camera_no="01", start_ns=0, end_ns=1, left=0, top=0, right=9, bottom=9
    ),
    "masks.remove": _thing("grant", _grant, act="", mask=1),
    "viewing.end of what is over": _asked_of("grant", _grant),
    "live.bases": _with_a_ticket,
    "live.open": _live(ground="repair", cameras=["01"]),
    "live.view": _asked_of("view", _looked_live),
    "live.pictures": _asked_of("view", _looked_live, reader="x", video_codecs=["h264"]),
    "live.extend": _thing("view", _looked_live, reason="續看"),
    "live.end": _asked_of("view", _looked_live),
    "live.end of what is over": _asked_of("view", _looked_live),
    "live.records": _here,
    "rules": _here,
    "rules.policy": lambda office, caller, of: _pair(document="簽", floor_days=31, target_days=45 + office.count())(
        office, caller, of
    ),
    "rules.calendar": _calendar,
    "rules.brake": _pair(through_ns=1),
    "rules.clock": _clock,
    "packs": _here,
    "pack.file": _pack_file,
    "pack.file of a proposal": _proposal_file,
    "pack.propose": _proposed_pack,
    "pack.approve": lambda office, caller, of: {
        **_thing("sha256", _proposal, "0" * 64)(office, caller, of),
        "passwords": _passwords(caller),
    },
    "inspection.day": _here,
    "inspection.month": _here,
    "inspection.opened": _with(day="1999-01-01", item="picture-black-01"),
    "inspection.propose": _here,
    "inspection.sign": _by(_OFFICERS, day="1999-01-01", normal=True),
    "inspection.stamp": _by(("unit_head", "secretary"), days=["1999-01-01"]),
    "inspection.file": _by(_OFFICERS, month="1999-01"),
    "ticket.report": _by(_OFFICERS, box="sound", to="安視科技", how="電話"),
    "ticket.advance": _on_ticket,
    "registers": _here,
    "statistics": _here,
    "register": _asked_of("register", lambda office: "incidents", "nothing"),
    "register.begin": _asked_of("register", lambda office: "incidents", "nothing"),
    "register.item": _asked_of("item", _incident, "I115-9999", register="incidents"),
    "register.act declare": _in_register("incidents", "declare", _incident_words, ("officer",)),
    "register.act confirm": _on_incident("confirm", (*_OFFICERS, *_HEADS), cyber="1", personal="yes", why="是"),
    "register.act confirm that stops clocks": _on_incident("confirm", _HEADS, cyber="none", personal="no", why="否"),
    "register.act dismiss": _on_incident("dismiss", _HEADS, why="誤報"),
    "register.act of a firm": _in_register("vendors", "enter", _firm_words, _OFFICERS),
    "register.act of a visit": _in_register("visits", "begin", _visit_words, _OFFICERS),
    "register.act of a medium": _in_register("media", "enter", _medium_words, _OFFICERS),
    "register.act of who asks to be forgotten": _in_register("deletions", "receive", _deletion_words, _OFFICERS),
    "register.act of who looks live": _in_register("live", "propose", _live_words, _OFFICERS),
    "holds": _here,
    "hold.set for an event": _set_hold(_EVENT, ("officer", "manager", *_HEADS)),
    "hold.set by law": _set_hold(_LAW, _DIRECTOR),
    "hold.confirm": _on_hold(_hold, reason=""),
    "hold.extend": _on_hold(_legal_hold, reason="續", **{k: v for k, v in _LAW.items() if k != "ground"}),
    "hold.release": _on_hold(_hold, reason="不需"),
    "scan.begin": _own_of(_scans_of(kind="form", name=""), _OFFICERS),
    "scan.more": _with(upload=_NO_ID),
    "scan.drop": _with(upload=_NO_ID),
    "scan.put": _with(upload=_NO_ID, act=_NO_ID),
    "scans": _scans_of(),
    "scan": _asked_of("scan", _scan, "115-掃-9999"),
    "scan.page": _asked_of("scan", _scan, "115-掃-9999", page=1),
    "scan.original": _own_of(_asked_of("scan", _scan, "115-掃-9999"), _GETTERS),
    "scan.destroy": lambda office, caller, of: {
        **_thing("scan", _scan, "115-掃-9999", reason="期滿", document="簽")(office, caller, of),
        "passwords": _passwords(caller),
    },
    "scan.strike": _own_of(_thing("scan", _scan, "115-掃-9999", reason="掃錯"), _OFFICERS),
}
