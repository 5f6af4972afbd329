"""Cases led along their rows in the keeper's double, by the usual people with papers in order: for tests of pages."""

from __future__ import annotations

from typing import Any

from appliance.rules.cases.outgoing import ISSUES, SERVES
from appliance.rules.cases.people import SYSTEM, Actor, Person
from appliance.rules.cases.rows import Event
from tests.web.keeper_double import START_NS, KeeperDouble

__all__ = ["FACTS", "STARTS", "Life", "asking_copy"]

MINUTE = 60 * 10**9
TODAY = "today"
CHECKLIST = (
    "standing_holds", "purpose_fits", "third_persons", "investigation_secrecy", "partial_possible", "evidence_needed",
    "scope_no_wider", "no_colleague_watched", "not_judicial",
)  # fmt: skip
ASKED = [
    {"camera_no": "1-01", "start_ns": START_NS, "end_ns": START_NS + 40 * MINUTE},
    {"camera_no": "1-02", "start_ns": START_NS + 5 * MINUTE, "end_ns": START_NS + 20 * MINUTE},
]
CITIZEN = {
    "name": "陳𤆬治", "id_kind": "id", "id_no": "A123456789", "born": "1988-02-29", "phone": "0912-345-678",
    "address": "臺北市萬華區康定路 12 號", "relation": "本人", "entitled": True,
}  # fmt: skip
FORM = {
    "present": True, "in_hand": True, "scanned": True, "signed": True, "id_checked": True, "standing": "party",
    "report_unit": "萬華分局西園路派出所", "report_no": "P11309ABCD1234", "report_day": "2024-09-28",
    "report_original": True, "reason": "crime", "reason_text": "9 月 27 日下午於一樓大廳遺失皮夾，疑遭人取走，已報案。",
}  # fmt: skip
LETTER = {
    "agency": "臺北市政府警察局萬華分局", "public": True, "day": "2024-09-27", "number": "北市警萬分刑字第1133012345號",
    "officer": "偵查佐 郭大偉", "basis": "刑事訴訟法第230條", "purpose": "竊盜案偵查", "scope": "大廳監視器",
    "proof": True, "copy_asked": False, "scanned": True,
}  # fmt: skip

DISPATCH = {"day": TODAY, "doc_no": "北市萬戶庶字第1130001234號", "signer": "director"}

SERVICE = {"means": "handed", "day": TODAY, "proof_no": "簽收 3 號", "proof_day": TODAY}

FACTS: dict[Event, dict[str, Any]] = {
    Event.RECEIVE: {
        "parties": [CITIZEN | {"part": "applicant"}, CITIZEN | {"part": "viewer"}], "asked": ASKED, "form": FORM,
    },
    Event.SUBMIT: {
        "parties": [
            {"part": "applicant", "account": "clerk", "name": "王小明", "entitled": True},
            {"part": "viewer", "account": "clerk", "name": "王小明", "entitled": True},
        ],
        "asked": ASKED[:1],
        "form": {"reason": "counter_dispute", "reason_text": "3 號櫃檯身分證交付爭議，需確認經過。", "judicial": "no"},
    },
    Event.RECEIVE_LETTER: {
        "parties": [{"part": "applicant", "name": "偵查佐 郭大偉"}], "asked": ASKED, "letter": LETTER,
    },
    Event.PRESERVE: {"voice": {"caller": "郭大偉", "agency": LETTER["agency"], "called_back": True}, "asked": ASKED},
    Event.FIND_DEFECTS: {"form": {"report_original": False}, "letter": {"basis": ""}},
    Event.PROPOSE: {
        "checklist": dict.fromkeys(CHECKLIST, "yes"),
        "proposal": {"result": "granted", "article": "八(五)1(1)"},
    },
    Event.RETURN: {"reason": "請補充說明第三人遮蔽方式。"},
    Event.PROPOSE_REDIRECT: {
        "proposal": {
            "body": "臺北市政府警察局萬華分局",
            "path": "備妥身分證明及報案證明，向該分局偵查隊申請",
            "reason": "所請路段之監視器為該局設置，非本所保管。",
            "article": "作業規範八(五)1(1)",
        },
    },
    Event.EXTEND: {"reason": "尚待查證"},
    Event.EXCUSE_SCAN: {"reason": "正本於掃描前污損，已由申請人補具切結"},
    Event.REFUSE: {"reason": "申請事由非為發現犯罪嫌疑或其他違法行為。", "article": "八(五)1(1)"},
    **{event: {"reason": "該時段無他人入鏡"} for event in (Event.FINISH_MASKS, Event.CONFIRM_MASKS)},
    **{event: {"dispatch": DISPATCH} for event in ISSUES},
    **{event: {"service": SERVICE} for event in SERVES},
    Event.SCHEDULE: {
        "viewing": {"on": TODAY, "starts": "14:00", "ends": "15:00", "place": "一樓閱覽站", "accompanied_by": "吳志文"},
    },
    Event.BEGIN: {
        "viewing": {"id_again": True, "statement_signed": True, "devices_away": True},
    },
    Event.APPEAL: {"voucher": {"kind": "appeal", "number": "府訴字第1130000001號", "day": TODAY}},
    Event.APPEAL_OVER: {"voucher": {"kind": "rejected", "number": "府訴決字第1136100001號", "day": TODAY}},
    Event.APPEAL_UPHELD: {"voucher": {"kind": "revoked", "number": "府訴決字第1136100002號", "day": TODAY}},
    Event.INTERRUPT: {"viewing": {"filmed": False}, "reason": "停電"},
    Event.FINISH: {"viewing": {"filming": "none", "signed": True}},
    Event.LOCK: {"source": "申請人告知已提告"},
    Event.FLAG_STATUTORY: {"statutory": "pdpa10"},
}  # fmt: skip
"""What is typed for an event; nothing for those that are not here."""

_TURN = {"unit_review": "head", "sec_review": "third", "decision": "director"}
_BY = {
    Event.SUBMIT: "clerk", Event.SIGN_SECTION: "chief", Event.PROPOSE: "manager", Event.NONE_FOUND: "manager",
    Event.CHECK: "manager", Event.PROPOSE_REDIRECT: "manager", Event.REDIRECT: "director",
    Event.EXCUSE_SCAN: "head", Event.GRANT: "director", Event.GRANT_PARTLY: "director",
    Event.REFUSE: "director", Event.GRANT_COPY: "director", Event.STAMP_LEDGER: "head",
}  # fmt: skip
STARTS = {
    "CIT": (Event.RECEIVE, Event.PASS_FORMAL), "INT": (Event.SUBMIT, Event.SIGN_SECTION),
    "AGY": (Event.RECEIVE_LETTER, Event.CHECK),
}  # fmt: skip
_BY_MANAGER = (Event.BEGIN, Event.INTERRUPT, Event.RESUME, Event.STOP, Event.FINISH)


class Life:
    """A case in the double. ``do`` performs acts one after the other and fails where one is refused."""

    def __init__(self, keeper: KeeperDouble, kind: str) -> None:
        self.keeper, self.kind, self.key = keeper, kind, ""

    @property
    def path(self) -> str:
        return f"/cases/{self.called}"

    @property
    def called(self) -> str:
        """Its number, once it has one; else its key."""
        return self.keeper.book[self.key].case.number or self.key

    @property
    def state(self) -> str:
        return str(self.keeper.book[self.key].case.state)

    def do(self, *events: Event, who: str = "", **more: Any) -> Life:
        for event in events:
            account = who or self._by(event)
            actor = SYSTEM if account == "system" else Actor(person=self._person(account), proved=True)
            facts = _dated({**FACTS.get(event, {}), **more}, self.keeper.today.isoformat())
            done = self.keeper.do(self.key, self.kind, event, actor, facts)
            self.key = done["case"]
        return self

    def to(self, state: str) -> Life:
        """Along the usual way: received, checking, unit_review, sec_review, decision."""
        for event in (*STARTS[self.kind], Event.PROPOSE, Event.STAMP, Event.STAMP):
            if not self.key or self.state != state:
                self.do(event)
        return self

    def _by(self, event: Event) -> str:
        if event in (Event.STAMP, Event.RETURN):
            return _TURN[self.state]
        if event is Event.CLEAN:
            return "system"
        if self.kind == "CIT" and event in _BY_MANAGER:
            return "manager"
        return _BY.get(event, "officer")

    def _person(self, account: str) -> Person:
        return Person(account=account, name=self.keeper.people[account]["display"])


def asking_copy(keeper: KeeperDouble, give: str = "viewing", **letter: Any) -> Life:
    """An agency's case in DECISION whose letter asks for a copy, with what is to be given proposed."""
    asked = LETTER | {"copy_asked": True, "copy_reason": "保存證據"} | letter
    on_copy = {"give": give, "copy_reasoned": "閱覽已足認事實，尚無保存證據之必要。"}
    proposal = {"proposal": FACTS[Event.PROPOSE]["proposal"] | on_copy}
    life = Life(keeper, "AGY").do(Event.RECEIVE_LETTER, letter=asked).do(Event.CHECK)
    return life.do(Event.PROPOSE, **proposal).do(Event.STAMP, Event.STAMP)


def _dated(facts: Any, today: str) -> Any:
    """With the double's own day in its place."""
    if isinstance(facts, dict):
        return {name: _dated(value, today) for name, value in facts.items()}
    return today if facts == TODAY else facts
