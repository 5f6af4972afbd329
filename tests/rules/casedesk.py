"""An office for tests of the case tables: people, papers that are in order, and a case led along its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.rules.cases.advance import advance
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.judging import Refusal, judge
from appliance.rules.cases.papers import (
    CopyWork,
    Dispatch,
    Form,
    Letter,
    Otherwise,
    Proposal,
    Service,
    Viewing,
    Visit,
    Voice,
)
from appliance.rules.cases.people import SYSTEM, Actor, Appointment, Party, Person
from appliance.rules.cases.ranges import Ruling, Scope
from appliance.rules.cases.rectify import Rectify
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.usage_log_row import CELLS
from appliance.rules.deadlines import start_ns_of
from appliance.rules.people import Role

__all__ = [
    "DAY",
    "FILED_NS",
    "MINUTE_NS",
    "PEOPLE",
    "RECTIFYING",
    "ROSTER",
    "SMALL_ROSTER",
    "Desk",
    "actor",
    "chair",
    "facts_for",
    "granting",
    "refusing",
]

DAY = date(2026, 11, 24)
MINUTE_NS = 60 * 1_000_000_000
FILED_NS = start_ns_of(DAY) + 600 * MINUTE_NS
A1 = Scope("A-1", FILED_NS - 120 * MINUTE_NS, FILED_NS - 60 * MINUTE_NS)
A2 = Scope("A-2", FILED_NS - 90 * MINUTE_NS, FILED_NS - 60 * MINUTE_NS)

PEOPLE = {
    name: Person(account=name, name=f"{name}-name", id_hash=f"id-{name}")
    for name in ("wang", "lin", "chen", "liu", "hsu", "tsai", "kuo", "yang", "peng")
}
CITIZEN = Person(name="Ms Hung", id_hash="id-hung")


def chair(name: str, role: Role, rank: int = 0, section: str = "", last: date | None = None) -> Appointment:
    """An appointment that covers the days of these tests; a deputy's is dated."""
    last = last or (date(2027, 12, 31) if rank else None)
    return Appointment(person=PEOPLE[name], role=role, first=date(2026, 1, 1), last=last, rank=rank, section=section)


ROSTER = (
    chair("wang", Role.OFFICER),
    chair("lin", Role.MANAGER),
    chair("lin", Role.OFFICER, 1),
    chair("chen", Role.UNIT_HEAD),
    chair("liu", Role.UNIT_HEAD, 1),
    chair("yang", Role.UNIT_HEAD, 2),
    chair("hsu", Role.SECRETARY),
    chair("liu", Role.SECRETARY, 1),
    chair("tsai", Role.DIRECTOR),
    chair("hsu", Role.DIRECTOR, 1),
    chair("chen", Role.DIRECTOR, 2),
    chair("kuo", Role.SECTION_HEAD, section="registration"),
    chair("yang", Role.SECTION_HEAD, 1, "registration"),
)
"""Enough people for every pair."""

SMALL_ROSTER = (
    chair("wang", Role.OFFICER),
    chair("wang", Role.MANAGER),
    chair("chen", Role.UNIT_HEAD),
    chair("hsu", Role.UNIT_HEAD, 1),
    chair("hsu", Role.SECRETARY),
    chair("chen", Role.SECRETARY, 1),
    chair("tsai", Role.DIRECTOR),
    chair("hsu", Role.DIRECTOR, 1),
    chair("chen", Role.DIRECTOR, 2),
    chair("kuo", Role.SECTION_HEAD, section="registration"),
    chair("chen", Role.SECTION_HEAD, 1, "registration"),
    chair("kuo", Role.MANAGER, 1),
)
"""Four people and a section head: deputies cannot always avoid a double signature."""


def actor(name: str, *, proved: bool = True) -> Actor:
    return SYSTEM if name == "system" else Actor(person=PEOPLE[name], proved=proved)


def granting(asked: Iterable[Scope], **changes: Any) -> tuple[Ruling, ...]:
    return tuple(Ruling(range_no=number, scopes=(scope,), **changes) for number, scope in enumerate(asked))


def refusing(asked: Iterable[object]) -> tuple[Ruling, ...]:
    return tuple(Ruling(range_no=number, reason="no unlawful act") for number, _ in enumerate(asked))


def _parties(kind: Kind) -> tuple[Party, ...]:
    applicant = PEOPLE["peng"] if kind is Kind.INT else CITIZEN
    return (
        Party(person=applicant, part="applicant", entitled=True),
        Party(person=applicant, part="viewer", entitled=True),
    )


_WITH_COPY = (State.SCHEDULED, State.PREPARED, State.INTERRUPTED)


def facts_for(case: Case, today: date, **changes: Any) -> CaseFacts:
    """Papers with which every row is possible that its state, its day and its people allow; ``changes`` spoil them."""
    asked = case.asked or (A1, A2)
    rulings = case.rulings or granting(asked)
    scopes = tuple(scope for ruling in rulings for scope in ruling.scopes)
    code = "property_lost" if case.kind is Kind.INT else "crime"
    full = CaseFacts(
        number="115調-民-0001",
        policy="113-09-27",
        managing_section="general",
        roster=ROSTER,
        filed_ns=FILED_NS,
        section="registration" if case.kind is Kind.INT else "",
        asked=asked,
        parties=_parties(case.kind),
        form=Form(
            present=True, in_hand=True, scanned=True, signed=True, id_checked=True, standing="party",
            report_unit="龍山派出所", report_no="P1150001", report_day=DAY, report_original=True, reason=code,
            reason_text="機車遭竊", judicial="no",
        ),
        letter=Letter(
            agency="萬華分局", public=True, day=DAY, number="北市警萬分刑字第1號", officer="林", basis="刑訴230",
            purpose="竊盜", scope="A-1", proof=True, copy_asked=True, copy_reason="保存證據", need="逃逸路線",
            scanned=True,
        ),
        voice=Voice(caller="林", agency="萬華分局", called_back=True),
        visit=Visit(agency="萬華分局", id_checked=True, letter_seen=True),
        legal_review="done",
        existence="in_store",
        checklist=tuple((line.code, "yes") for line in LINES),
        proposal=Proposal(
            result="granted", article="八(五)", give="viewing", copy_reasoned="evidence",
            body="國家鐵道博物館", path="向其秘書室申請", reason="非本所設置之監視器"
        ),
        rulings=granting(asked),
        reason="reason",
        article="八(五)",
        copy_reasoned="evidence",
        viewing_only=True,
        source="applicant",
        dispatch=Dispatch(day=today, doc_no="北市萬戶行字第1號", signer="tsai"),
        service=Service(means="registered post", day=today, proof_no="RR1", proof_day=today),
        viewing=Viewing(
            on=today, in_hours=True, people_free=True, due_now=True, viewers=_parties(case.kind)[1:], scopes=scopes,
            accompanied_by="wang", attendant_known=True, shown=True,
            footage_readable=True, id_again=True, statement_signed=True,
            devices_away=True, filming="none", signed=True,
        ),
        copy_work=CopyWork(
            scopes=scopes, alive=case.state in _WITH_COPY and case.kind is Kind.AGY,
            destroyed=case.state is State.VIEWED, medium="D115-0001", medium_registered=True, manifest="0" * 64,
            failed_destroyed=True, reread=True, hash_equal=True, plays=True, receipt_signed=True, handed_to_known=True,
            passphrase_apart=True, residue_none=True,
        ),
        otherwise=Otherwise(done="機關以電話表示無須再閱覽", day=today, copied="no"),
        cells=frozenset(cell.code for cell in CELLS),
        rectify=Rectify(what="form/reason_text", new="機車遭竊"),
        rectify_old="機車遭切",
    )  # fmt: skip
    return msgspec.structs.replace(full, **changes)


_BY = {
    Event.SUBMIT: "peng", Event.SIGN_SECTION: "kuo", Event.PROPOSE: "lin", Event.NONE_FOUND: "lin",
    Event.CHECK: "lin", Event.PROPOSE_REDIRECT: "lin", Event.REDIRECT: "tsai",
    Event.EXCUSE_SCAN: "chen", Event.NO_LETTER: "system", Event.NO_SHOW: "system",
    Event.END_OF_DAY: "system", Event.GRANT: "tsai", Event.GRANT_PARTLY: "tsai", Event.REFUSE: "tsai",
    Event.GRANT_COPY: "tsai", Event.GRANT_COPY_PARTLY: "tsai", Event.STAMP_LEDGER: "chen",
    Event.VERIFY_COPY: "lin", Event.LOCK: "wang", Event.RECTIFY_CONFIRM: "chen", Event.RECTIFY_DECLINE: "chen",
    Event.CONFIRM_MASKS: "lin",
}  # fmt: skip
RECTIFYING = {Event.RECTIFY, Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE}
"""Possible wherever a case stands, and leading nowhere."""

_TURN = {State.UNIT_REVIEW: "chen", State.SEC_REVIEW: "hsu", State.DECISION: "tsai"}
_CIT_MANAGER = (Event.BEGIN, Event.INTERRUPT, Event.RESUME, Event.STOP, Event.FINISH)


class Desk:
    """A case and the day. ``do`` performs an act and fails where it is refused; ``ask`` only judges."""

    def __init__(self, kind: Kind, today: date = DAY) -> None:
        self.case, self.today = Case(kind=kind), today
        self.rows: list[Row] = []

    def by(self, event: Event) -> str:
        """Who usually does it."""
        if event in (Event.STAMP, Event.RETURN):
            return _TURN.get(self.case.state, "chen")
        if event is Event.CLEAN and self.case.kind is not Kind.AGY:
            return "system"
        if self.case.kind is Kind.CIT and event in _CIT_MANAGER:
            return "lin"
        return _BY.get(event, "wang")

    def ask(self, event: Event, who: str = "", *, proved: bool = True, **changes: Any) -> Row | Refusal:
        given = facts_for(self.case, self.today, **changes)
        return judge(self.case, event, actor(who or self.by(event), proved=proved), given, self.today)

    def refused(self, event: Event, who: str = "", **changes: Any) -> Refusal:
        """The refusal of an act that must not be."""
        found = self.ask(event, who, **changes)
        assert isinstance(found, Refusal), f"{event} was possible: {found.id}"
        return found

    def do(self, *events: Event, who: str = "", **changes: Any) -> Desk:
        for event in events:
            found = self.ask(event, who, **changes)
            assert isinstance(found, Row), f"{self.case.state}: {found}"
            given = facts_for(self.case, self.today, **changes)
            sight = GuardContext(self.case, given, actor(who or self.by(event)), self.today)
            self.case = advance(sight, found)
            self.rows.append(found)
        return self

    def wait(self, days: int) -> Desk:
        self.today += timedelta(days=days)
        return self

    def to_decision(self, **changes: Any) -> Desk:
        """From nothing to DECISION, by the usual people."""
        start = {
            Kind.CIT: (Event.RECEIVE, Event.PASS_FORMAL),
            Kind.INT: (Event.SUBMIT, Event.SIGN_SECTION),
            Kind.AGY: (Event.RECEIVE_LETTER, Event.CHECK),
        }[self.case.kind]
        return self.do(*start, Event.PROPOSE, Event.STAMP, Event.STAMP, **changes)

    def to_notified(self, event: Event = Event.GRANT, **changes: Any) -> Desk:
        return self.to_decision().do(event, **changes).do(Event.ISSUE, Event.NOTIFY)

    def end(self, **changes: Any) -> Desk:
        """The two signatures of the ledger row and the close."""
        return self.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE, **changes)
