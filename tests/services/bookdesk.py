"""A case book with people around it: an office that leads cases along their rows, on a disk that can be cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from appliance.core.model import to_json
from appliance.ledger.records import Acts
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.services.cases.acting import ActingUser, ActResult
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.ports import CasePorts
from appliance.storage.files import Fs
from tests.caseletters import CaseLetters
from tests.rules.casedesk import DAY, PEOPLE, ROSTER
from tests.services.holdcases import RECORDS
from tests.vault.ringcases import BOX_KEY, MovingClock, Store, drawn, new_disk

__all__ = ["CITIZEN", "FORM", "LETTER", "NOW_NS", "RANGE", "STAFF_FORM", "BookDesk", "appointment"]

MINUTE_NS = 60 * 1_000_000_000
NOW_NS = start_ns_of(DAY) + 10 * 60 * MINUTE_NS
"""A Tuesday, 10:00."""

RANGE = {"camera_no": "C1", "start_ns": NOW_NS - 120 * MINUTE_NS, "end_ns": NOW_NS - 60 * MINUTE_NS}
FORM = {
    "present": True, "in_hand": True, "signed": True, "id_checked": True, "standing": "party",
    "report_unit": "龍山派出所", "report_no": "P1150001", "report_day": DAY.isoformat(), "report_original": True,
    "reason": "crime", "reason_text": "機車遭竊",
}  # fmt: skip
STAFF_FORM = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
LETTER = {
    "agency": "萬華分局", "public": True, "day": DAY.isoformat(), "number": "北市警萬分刑字第1號", "officer": "林警員",
    "basis": "刑訴230", "purpose": "竊盜", "scope": "C1", "proof": True,
}  # fmt: skip
CITIZEN = {
    "part": "applicant", "name": "洪大明", "id_no": "A123456789", "born": "1980-02-03", "phone": "0912345678",
    "address": "臺北市萬華區和平西路三段120號", "entitled": True,
}  # fmt: skip


def appointment(on: date, **changes: Any) -> dict[str, Any]:
    return {"on": on.isoformat(), "starts": "10:00", "ends": "11:00", "place": "閱覽室"} | changes


class BookDesk(CaseLetters, Store):
    """``footage`` is what the index would say, ``scans`` the papers whose scan is on file, ``watched`` who sat where
    footage was opened; ``world`` may be changed at any time."""

    def __init__(self, fs: Fs | None = None, clock: MovingClock | None = None, *, seed: object = 0) -> None:
        super().__init__(fs or new_disk(), clock or MovingClock(NOW_NS), seed=seed)
        self.some = drawn(f"desk {seed}")
        self.footage, self.logged_in = "in_store", frozenset[str]()
        self.scans: tuple[str, ...] = ("form", "letter")
        self.watched: tuple[str, ...] = ("lin",)
        self.world = CasePorts(
            cameras=lambda: {"C1": "大廳", "C2": "櫃檯"},
            accounts=lambda: PEOPLE,
            roster=lambda: ROSTER,
            unit_of=lambda account: "registration",
            name_of=lambda account: PEOPLE[account].name if account in PEOPLE else "",
            here=lambda: self.logged_in,
            managing=lambda: "general",
            policy_on=lambda day: "113-09-27",
            footage=lambda scope: self.footage,
            readable=lambda scopes: True,
            scans=lambda case: self.scans,
            opened_by=lambda case, since: self.watched,
            floor_of=lambda scope: day_of(scope.end_ns) + timedelta(days=31),
        )
        self.acts = Acts(self.ledger, self.fs, RECORDS, BOX_KEY, self.clock, random=self.some)
        self.key = BOX_KEY
        self.book = self.opened()
        self._made = self.letters = 0
        self._seed = seed

    def opened(self) -> CaseBook:
        """The book as a start finds it."""
        return CaseBook(self.acts, self.ledger, self.clock, self.world, pseudonym_key=BOX_KEY, random=self.some)

    def in_world(self, **changes: Any) -> None:
        self.world = replace(self.world, **changes)
        self.book.world = self.world

    def all_holds(self) -> list[Any]:
        return [*self.holds, *self.book.holds()]

    def act_id(self) -> str:
        self._made += 1
        return f"{self._seed} {self._made}"

    @property
    def today(self) -> date:
        return day_of(self.clock.wall_ns())

    def wait(self, days: int) -> None:
        self.clock.go_to(self.clock.wall_ns() + days * DAY_NS)

    def do(self, event: Event, who: str, key: str = "", *, kind: str = "", act: str = "", **facts: Any) -> CaseFile:
        return self.done(event, who, key, kind=kind, act=act, **facts).file

    def done(self, event: Event, who: str, key: str = "", *, kind: str = "", act: str = "", **facts: Any) -> ActResult:
        name = PEOPLE[who].name if who in PEOPLE else ""
        if event in (Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE):  # as a page that shows all that wait
            file = self.book.file(key)
            again = next((deed.index for deed in file.deeds if act and deed.act == act), -1)
            shown = [each.index for each in file.rectified if each.state == "waits" or each.settled == again]
            facts.setdefault("rectify", {"entries": shown})
        return self.book.act(act or self.act_id(), ActingUser(who, name, proved=True), key, event, facts, kind=kind)

    # --- lives ---

    def received(self, kind: Kind = Kind.CIT, **changes: Any) -> str:
        """The key of a case that is received with papers in order."""
        facts: dict[str, Any] = {"asked": [RANGE]}
        if kind is Kind.CIT:
            facts |= {"parties": [CITIZEN], "form": FORM}
            return self.do(Event.RECEIVE, "wang", kind=kind, **(facts | changes)).key
        if kind is Kind.INT:
            facts |= {"parties": [{"part": "viewer", "account": "peng", "name": "peng-name"}], "form": STAFF_FORM}
            return self.do(Event.SUBMIT, "peng", kind=kind, **(facts | changes)).key
        return self.do(Event.RECEIVE_LETTER, "wang", kind=kind, **(facts | {"letter": LETTER} | changes)).key

    def decided(self, kind: Kind = Kind.CIT, event: Event = Event.GRANT, **typed: Any) -> str:
        """The key of a case that went up the chain and was decided."""
        key = self.received(kind)
        {
            Kind.CIT: lambda: self.do(Event.PASS_FORMAL, "wang", key),
            Kind.INT: lambda: self.do(Event.SIGN_SECTION, "kuo", key),
            Kind.AGY: lambda: self.do(Event.CHECK, "lin", key),
        }[kind]()
        self.propose(key)
        self.do(Event.STAMP, "chen", key)
        self.do(Event.STAMP, "hsu", key)
        if kind is Kind.INT and event is not Event.REFUSE:
            typed.setdefault("form", {"judicial": "no"})
        self.do(event, "tsai", key, **typed)
        return key

    def propose(self, key: str) -> CaseFile:
        checklist = {line.code: "yes" for line in LINES}
        return self.do(
            Event.PROPOSE, "lin", key, checklist=checklist, proposal={"result": "granted", "article": "八(五)"}
        )

    def notify(self, key: str) -> CaseFile:
        """The answer goes out and arrives."""
        self.do(Event.ISSUE, "wang", key, dispatch=self.dispatch())
        return self.do(Event.NOTIFY, "wang", key, service=self.service())

    def viewed(self, kind: Kind = Kind.CIT) -> str:
        """The key of a case whose viewing is over."""
        key = self.begun(kind)
        who = "lin" if kind is Kind.CIT else "wang"
        self.do(Event.FINISH, who, key, viewing={"filming": "none", "signed": True})
        return key

    def begun(self, kind: Kind = Kind.CIT) -> str:
        key = self.decided(kind)
        if kind is Kind.CIT:
            self.notify(key)
        self.do(Event.SCHEDULE, "wang", key, viewing=appointment(self.today))
        door = {"id_again": True, "statement_signed": True, "devices_away": True}
        if kind is Kind.CIT:
            self.do(Event.PREPARE, "wang", key)
            self.do(Event.BEGIN, "lin", key, viewing=door)
        else:
            self.do(Event.BEGIN, "wang", key, viewing=door, form={"judicial": "no"})
        return key

    def ended(self, key: str) -> CaseFile:
        """The two signatures of the ledger row and the close."""
        self.do(Event.SIGN_LEDGER, "wang", key)
        self.do(Event.STAMP_LEDGER, "chen", key)
        return self.do(Event.CLOSE, "wang", key)

    def in_clear(self) -> bytes:
        """Everything that the ledger says in clear."""
        return b"".join(to_json(entry.fields) for entry in self.ledger.entries())
