"""Leads a citizen's case along its rows by the keeper's verbs, as two people of a training office do it.

``call`` is ``Box.call``, a client's, or anything that takes a verb and its arguments and gives the answer's map.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, ClassVar

from appliance.core.clock import SystemClock
from appliance.rules.cases.checklist import LINES
from appliance.rules.deadlines import day_of, start_ns_of
from tests.box import OFFICER, UNIT_HEAD, Box

__all__ = ["LETTER", "CaseLife", "doc_no", "facts_of_receipt", "life_of"]

Call = Callable[..., dict[str, Any]]

FORM = {
    "present": True, "in_hand": True, "scan_follows": "掃描機送修", "signed": True,
    "id_checked": True, "standing": "party",
    "report_unit": "龍山派出所", "report_no": "P1", "report_day": "2026-01-01", "report_original": True,
    "reason": "crime", "reason_text": "機車遭竊",
}  # fmt: skip
LETTER = {
    "agency": "萬華分局", "public": True, "number": "北市警萬分刑字第1號", "officer": "林警員",
    "basis": "刑訴230", "purpose": "竊盜", "scope": "C1", "proof": True, "scan_follows": "掃描機送修",
}  # fmt: skip
APPLICANT = {"part": "applicant", "name": "洪大明", "id_no": "A123456789", "entitled": True}


def facts_of_receipt(cameras: Iterable[str], start_ns: int, end_ns: int) -> dict[str, Any]:
    """What an officer types for a request whose papers are in order."""
    asked = [{"camera_no": camera_no, "start_ns": start_ns, "end_ns": end_ns} for camera_no in sorted(cameras)]
    return {"asked": asked, "parties": [APPLICANT], "form": FORM}


_LETTERS = itertools.count(1)


def doc_no() -> str:
    """發文字號 of a letter of its own."""
    return f"北市萬戶行字第{1_150_000_000 + next(_LETTERS)}號"


_MINUTES = itertools.count()
"""No two viewings are booked for one time."""


class CaseLife:
    """The officer sits in seat 1, the head of everything in seat 2; ``session`` is theirs. ``at_ns`` is the keeper's
    time when an appointment is made."""

    signer = UNIT_HEAD.name
    companion = OFFICER.display
    """Who accompanies an agency's viewing."""
    door: ClassVar[dict[str, bool]] = {"id_again": True, "statement_signed": True, "devices_away": True}

    def __init__(self, call: Call, session: str, at_ns: Callable[[], int], *, act: Callable[[], str] | None = None):
        self.call, self.session, self._at_ns = call, session, at_ns
        self.passwords = {1: OFFICER.password, 2: UNIT_HEAD.password}
        """Typed for each act by its seat: where two are logged in, only the password says whose act it is."""
        self._act = act or (lambda: os.urandom(16).hex())

    def act(self, event: str, key: str = "", *, seat: int = 1, act: str = "", kind: str = "", **facts: Any) -> Any:
        return self.call(
            "case-act",
            session=self.session,
            act=act or self._act(),
            case=key,
            kind=kind,
            event=event,
            seat=seat,
            password=self.passwords.get(seat, ""),
            facts=facts,
        )

    def receive(self, cameras: Iterable[str], start_ns: int, end_ns: int, *, act: str = "") -> str:
        """The key of a new case over these minutes."""
        facts = facts_of_receipt(cameras, start_ns, end_ns)
        return str(self.act("receive", kind="CIT", act=act, **facts)["case"])

    def propose(self, key: str) -> None:
        checklist = {line.code: "yes" for line in LINES}
        self.act("propose", key, checklist=checklist, proposal={"result": "granted", "article": "八(五)"})

    def to_decision(self, key: str) -> None:
        self.act("pass_formal", key)
        self.propose(key)
        self.act("stamp", key, seat=2)
        self.act("stamp", key, seat=2, double=True)

    def decide(self, key: str, event: str = "grant", *, act: str = "", **facts: Any) -> None:
        """With the director's password."""
        self.call("case-act", session=self.session, act=act or self._act(), case=key, event=event, seat=2,
                  password=UNIT_HEAD.password, facts={"double": True, **facts})  # fmt: skip

    def granted(self, cameras: Iterable[str], start_ns: int, end_ns: int) -> str:
        key = self.receive(cameras, start_ns, end_ns)
        self.to_decision(key)
        self.decide(key)
        return key

    def today(self) -> date:
        return day_of(self._at_ns())

    def notify(self, key: str) -> None:
        """The answer goes out, signed by the head of everything, and arrives."""
        today = self.today().isoformat()
        self.act("issue", key, dispatch={"day": today, "doc_no": doc_no(), "signer": self.signer})
        self.act("notify", key, service={"means": "在所當面", "day": today, "proof_no": "簽收1", "proof_day": today})

    def refuse(self, key: str) -> None:
        self.decide(key, "refuse", reason="不符規定", article="八(五)")

    def schedule(self, key: str, **more: Any) -> None:
        """Today, from now on, at a time of its own."""
        now = (self._at_ns() - start_ns_of(self.today())) // (60 * 10**9)
        minute = now + next(_MINUTES) % max(1, 24 * 60 - 1 - now)
        starts, ends = (f"{at // 60:02d}:{at % 60:02d}" for at in (minute, minute + 1))
        on = {"on": self.today().isoformat(), "starts": starts, "ends": ends} | more
        self.act("schedule", key, viewing=on)

    def begin(self, key: str) -> None:
        """From the decision to a viewing that has begun."""
        self.notify(key)
        self.schedule(key)
        self.act("prepare", key)
        self.act("begin", key, viewing=self.door)

    def viewing(self, cameras: Iterable[str], start_ns: int, end_ns: int) -> str:
        """The key of a case in which these minutes may be shown now."""
        key = self.granted(cameras, start_ns, end_ns)
        self.begin(key)
        return key

    # --- an agency's ---

    def agency_booked(self, cameras: Iterable[str], start_ns: int, end_ns: int) -> str:
        """The key of an agency's case whose viewing is booked for today: its copy is to be made."""
        facts = facts_of_receipt(cameras, start_ns, end_ns)
        letter = LETTER | {"day": self.today().isoformat()}
        key = str(self.act("receive_letter", kind="AGY", asked=facts["asked"], letter=letter)["case"])
        self.act("check", key)
        self.propose(key)
        self.act("stamp", key, seat=2)
        self.act("stamp", key, seat=2, double=True)
        self.decide(key)
        self.notify(key)
        self.schedule(key, accompanied_by=self.companion)
        return key

    def agency_granted(self, cameras: Iterable[str], start_ns: int, end_ns: int, **ruled: Any) -> str:
        """The key of an agency's case in which a copy was granted, and no viewing besides, and told."""
        facts = facts_of_receipt(cameras, start_ns, end_ns)
        letter = LETTER | {"day": self.today().isoformat(), "copy_asked": True, "copy_reason": "保存證據"}
        key = str(self.act("receive_letter", kind="AGY", asked=facts["asked"], letter=letter)["case"])
        self.act("check", key)
        copy = {"give": "copy", "copy_reasoned": "保存證據"}
        checklist = {line.code: "yes" for line in LINES}
        proposal = {"result": "granted", "article": "八(五)", **copy}
        self.act("propose", key, checklist=checklist, proposal=proposal)
        self.act("stamp", key, seat=2)
        self.act("stamp", key, seat=2, double=True)
        event = "grant_copy_partly" if ruled else "grant_copy"
        self.decide(key, event, copy_reasoned="保存證據", **ruled)
        self.notify(key)
        return key

    def begin_agency(self, key: str) -> None:
        """The agency's officer came, with ID and the letter."""
        visit = {"agency": LETTER["agency"], "id_checked": True, "letter_seen": True}
        self.act("begin", key, visit=visit, viewing={"devices_away": True, "accompanied_by": self.companion})

    def open(self, key: str) -> str:
        """The grant over a case in viewing, opened by the officer."""
        answer = self.call("viewing.open", session=self.session, case=key, seat=1, password=OFFICER.password)
        return str(answer["grant"])

    def cleared(self, key: str) -> None:
        """A keeper enters by itself that no copy was made; over a book alone, whoever made this life does."""

    def finish(self, key: str) -> None:
        """From a viewing that is under way to the close, whether or not anything was shown."""
        self.act("finish", key, viewing={"filming": "none", "signed": True}, reason="設備測試")
        self.cleared(key)
        self.close(key)

    def close(self, key: str) -> None:
        self.act("sign_ledger", key)
        self.act("stamp_ledger", key, seat=2)
        self.act("close", key)

    def refused(self, cameras: Iterable[str], start_ns: int, end_ns: int) -> str:
        """The key of a case that was refused and told."""
        key = self.receive(cameras, start_ns, end_ns)
        self.to_decision(key)
        self.refuse(key)
        self.notify(key)
        return key


def life_of(box: Box, session: str = "") -> CaseLife:
    """Over the real processes of a box, in this session or one of its own."""
    return CaseLife(box.call, session or box.both_logged_in(), SystemClock().wall_ns)
