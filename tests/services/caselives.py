"""Whole lives of cases as scripts: together they perform every row of the tables that needs no copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.services.cases.casefile import CaseFile
from tests.services.bookdesk import CITIZEN, FORM, LETTER, RANGE, STAFF_FORM, BookDesk, appointment

__all__ = ["COPY_ROWS", "LIVES", "Step", "perform"]

COPY_ROWS = {
    "A7a", "A7b", "A10", "A11", "A12", "A13", "A13a", "A13b", "A13c", "A13d", "A14", "A15", "A16", "A16a", "A17",
    "A18", "A19", "A20",
}  # fmt: skip
"""What only a copy makes possible; S8 of an agency's case as well."""


class Step(NamedTuple):
    """``who`` "": the machine. ``facts`` may depend on the day. ``wait``: days before. ``footage``: what is there;
    ``scans``: the papers whose scan is on file."""

    event: Event
    who: str = "wang"
    facts: Callable[[BookDesk], dict[str, Any]] = lambda desk: {}
    wait: int = 0
    footage: str = "in_store"
    scans: tuple[str, ...] = ("form", "letter")


def perform(desk: BookDesk, step: Step, key: str, kind: Kind, act: str) -> CaseFile:
    """The file after the step."""
    desk.footage, desk.scans = step.footage, step.scans
    if step.wait:
        desk.wait(step.wait)
    kind_named = "" if key else kind
    return desk.do(step.event, step.who or "system", key, kind=kind_named, act=act, **step.facts(desk))


def said(**facts: Any) -> Callable[[BookDesk], dict[str, Any]]:
    return lambda desk: facts


def appealed(desk: BookDesk) -> dict[str, Any]:
    return {"voucher": desk.appeal()}


def sent(desk: BookDesk) -> dict[str, Any]:
    return {"dispatch": desk.dispatch()}


def served(desk: BookDesk) -> dict[str, Any]:
    return {"service": desk.service(means="雙掛號")}


def booked(desk: BookDesk) -> dict[str, Any]:
    return {"viewing": appointment(desk.today, accompanied_by="wang-name")}


_CHECK = {line.code: "yes" for line in LINES}
_PROPOSAL = {"checklist": _CHECK, "proposal": {"result": "granted", "article": "八(五)"}, "legal_review": "可辦理"}
_MASKED = [{"range_no": 0, "scopes": [RANGE], "masked": True, "reason": "第三人"}]
_HALF = [{"range_no": 0, "scopes": [RANGE | {"end_ns": RANGE["start_ns"] + 60 * 10**9}], "reason": "與事由無關"}]
_DOOR = {"id_again": True, "statement_signed": True, "devices_away": True}
_NO = {"form": {"judicial": "no"}}
_VOICE = {"caller": "林警員", "agency": "萬華分局", "called_back": True}

RECEIVE = Step(Event.RECEIVE, facts=said(asked=[RANGE], parties=[CITIZEN], form=FORM))
SUBMIT, OWN = (
    Step(
        Event.SUBMIT,
        who,
        said(asked=[RANGE], form=STAFF_FORM, parties=[{"part": "viewer", "account": who, "name": f"{who}-name"}]),
    )
    for who in ("peng", "tsai")
)
PAPER_3 = Step(
    Event.RECEIVE,
    facts=said(
        asked=[RANGE],
        form=STAFF_FORM | {"in_hand": True, "signed": True, "section": "registration"},
        parties=[{"name": "高文祥"}, {"part": "viewer", "name": "高文祥"}],
    ),
)
LETTER_IN = Step(Event.RECEIVE_LETTER, facts=said(asked=[RANGE], letter=LETTER))
CALL = Step(Event.PRESERVE, facts=said(asked=[RANGE], voice=_VOICE))
PASS = Step(Event.PASS_FORMAL)
SECTION = Step(Event.SIGN_SECTION, "kuo")
CHECK = Step(Event.CHECK, "lin")
PROPOSE = Step(Event.PROPOSE, "lin", said(**_PROPOSAL))
STAMPS = (Step(Event.STAMP, "chen"), Step(Event.STAMP, "hsu"))
CHAIN = (PROPOSE, *STAMPS)
GRANT = Step(Event.GRANT, "tsai", said(legal_review="可"))
PARTLY = Step(Event.GRANT_PARTLY, "tsai", said(rulings=_HALF))
PARTLY_MASKED = Step(Event.GRANT_PARTLY, "tsai", said(rulings=_MASKED))
FINISH_MASKS = Step(Event.FINISH_MASKS, facts=said(reason="畫面中只有申請人"))
CONFIRM_MASKS = Step(Event.CONFIRM_MASKS, "lin", said(reason="畫面中只有申請人"))
MASKS = (FINISH_MASKS, Step(Event.REDRAW_MASKS, "lin", said(reason="證件未遮")), FINISH_MASKS, CONFIRM_MASKS)
REFUSE = Step(Event.REFUSE, "tsai", said(reason="不符規定", article="八(五)"))
ISSUE, NOTIFY = Step(Event.ISSUE, facts=sent), Step(Event.NOTIFY, facts=served)
TOLD = (ISSUE, NOTIFY)
ASKED = (Step(Event.ISSUE_CORRECTION, facts=sent), Step(Event.SERVE_CORRECTION, facts=served))
LONGER = (Step(Event.ISSUE_EXTENSION, facts=sent), Step(Event.SERVE_EXTENSION, facts=served))
SCHEDULE = Step(Event.SCHEDULE, facts=booked)
PREPARE = Step(Event.PREPARE)
BEGIN = Step(Event.BEGIN, "lin", said(viewing=_DOOR))
FINISH = Step(Event.FINISH, "lin", said(viewing={"filming": "none", "signed": True}))
STOP = Step(Event.STOP, "lin", said(reason="人員不足", viewing={"filming": "none"}))
CLEAN = Step(Event.CLEAN, "")
ROW = (Step(Event.SIGN_LEDGER), Step(Event.STAMP_LEDGER, "chen"), Step(Event.CLOSE))
DEFECTS = Step(Event.FIND_DEFECTS)
WITHDRAW = Step(Event.WITHDRAW, facts=said(voucher={"kind": "withdrawal"}))
OTHERWISE = Step(
    Event.OTHERWISE,
    facts=lambda desk: {"otherwise": {"done": "電洽承辦人，無須再閱覽", "day": desk.today.isoformat(), "copied": "no"}},
)
LAPSE = Step(Event.LAPSE, "", wait=31)
END_OF_DAY = Step(Event.END_OF_DAY, "")
MORE = Step(Event.ADD_RANGE, facts=said(asked=[RANGE | {"camera_no": "C2"}]))
FLAG = Step(Event.FLAG_STATUTORY, facts=said(statutory="個人資料保護法第10條"))
EXTEND = Step(Event.EXTEND, facts=said(reason="案情複雜"))
NONE = Step(Event.NONE_FOUND, "lin", said(legal_review="可"), footage="expired")
_ELSEWHERE = {"body": "警察局", "path": "向其偵查隊申請", "reason": "非本所設置之監視器", "article": "八(五)"}
REDIRECTED = (
    Step(Event.PROPOSE_REDIRECT, "lin", said(proposal=_ELSEWHERE)), *STAMPS, Step(Event.REDIRECT, "tsai")
)  # fmt: skip
EXCUSE = Step(Event.EXCUSE_SCAN, "chen", said(reason="正本遺失，已補具切結"))
DISMISS = Step(Event.DISMISS, facts=said(barred="attendance", reason="差勤", article="二"))
INTERRUPT = Step(Event.INTERRUPT, "", said(reason="斷電"))
RESUME = Step(Event.RESUME, "lin", said(**_NO))
ORDER = Step(
    Event.COURT_ORDER, facts=said(voucher={"kind": "court_order", "number": "北院字第1號", "agency": "臺北地院"})
)
RECTIFY = Step(Event.RECTIFY, facts=said(rectify={"what": "form/reason_text", "new": "機車遭人竊取"}, reason="誤植"))
AGY_RECTIFY = RECTIFY._replace(facts=said(rectify={"what": "letter/purpose", "new": "竊盜案"}, reason="誤植"))
NUMBER = RECTIFY._replace(facts=said(rectify={"what": "form/report_no", "new": "P1150002"}, reason="誤植"))
LATER = RECTIFY._replace(facts=said(rectify={"what": "form/reason_text", "new": "皮夾遭人拾走"}, reason="誤植"))
AGY_LATER = RECTIFY._replace(facts=said(rectify={"what": "letter/purpose", "new": "竊盜案件"}, reason="誤植"))
DECLINE = Step(Event.RECTIFY_DECLINE, "chen", said(reason="原件即如此"))
CONFIRM = Step(Event.RECTIFY_CONFIRM, "chen")
APPEAL = Step(Event.APPEAL, facts=appealed)
OVER = Step(Event.APPEAL_OVER, facts=lambda desk: {"voucher": desk.appeal(kind="rejected")})


def back(who: str) -> Step:
    return Step(Event.RETURN, who, said(reason="請補述"))


def by(step: Step, who: str, **facts: Any) -> Step:
    """A staff viewing is the officer's, and each act of it asks again about the courts."""
    return step._replace(who=who, facts=lambda desk: {**step.facts(desk), **facts})


_RETURNED = (PROPOSE, back("chen"), PROPOSE, STAMPS[0], back("hsu"), *CHAIN, back("tsai"), *CHAIN)
_INT_GRANT, _INT_BEGIN = by(GRANT, "tsai", **_NO), by(BEGIN, "wang", **_NO)
_INT_GRANT = _INT_GRANT._replace(facts=said(**_NO))
_INT_PARTLY = by(PARTLY, "tsai", **_NO)
_OWN_CHAIN = (OWN, Step(Event.SIGN_SECTION, "kuo"), PROPOSE, STAMPS[0])
_COPY_LETTER = {**LETTER, "copy_asked": True, "copy_reason": "保存證據"}
LETTER_COPY = Step(Event.RECEIVE_LETTER, facts=said(asked=[RANGE], letter=_COPY_LETTER))
_ON_COPY = {"give": "viewing", "copy_reasoned": "閱覽已足認事實"}
_COPY_CHAIN = (
    PROPOSE._replace(facts=said(**_PROPOSAL | {"proposal": _PROPOSAL["proposal"] | _ON_COPY})), *STAMPS
)  # fmt: skip
NO_COPY = Step(Event.GRANT, "tsai", said(viewing_only=True, copy_reasoned="閱覽已足認事實"))

LIVES: tuple[tuple[Kind, tuple[Step, ...]], ...] = (
    (Kind.CIT, (
        Step(Event.RECEIVE, facts=said(asked=[RANGE], parties=[CITIZEN], form={"present": True, "in_hand": True})),
        FLAG, EXTEND, *LONGER, DEFECTS, *ASKED, Step(Event.CORRECTED, facts=said(form=FORM)),
        Step(Event.SLIP), *_RETURNED, GRANT, *TOLD, SCHEDULE, PREPARE, BEGIN, INTERRUPT, Step(Event.RESUME, "lin"),
        FINISH, CLEAN, *ROW,
    )),
    (Kind.CIT, (RECEIVE, PASS, *CHAIN, PARTLY, *TOLD, APPEAL, OVER, SCHEDULE, PREPARE, BEGIN, INTERRUPT, STOP, CLEAN,
                *ROW)),
    (Kind.CIT, (RECEIVE._replace(facts=said(asked=[RANGE], parties=[CITIZEN], form={"present": True, "in_hand": True})),
                DEFECTS, *ASKED, Step(Event.OVERDUE, wait=12), *TOLD, *ROW)),
    (Kind.CIT, (RECEIVE, PASS, *CHAIN, PARTLY_MASKED, *TOLD, *MASKS, SCHEDULE, PREPARE, BEGIN)),
    (Kind.CIT, (RECEIVE, MORE, PASS, RECTIFY, DECLINE, NUMBER, CONFIRM, *CHAIN, REFUSE, *TOLD, *ROW, RECTIFY, CONFIRM)),
    (Kind.CIT, (RECEIVE, PASS, NONE, *TOLD)),
    (Kind.CIT, (RECEIVE, *REDIRECTED, *TOLD)),
    (Kind.CIT, (RECEIVE, DISMISS, *TOLD)),
    (Kind.CIT, (RECEIVE, WITHDRAW, *ROW)),
    (Kind.CIT, (RECEIVE._replace(scans=()), WITHDRAW._replace(scans=()), EXCUSE._replace(scans=()), *ROW)),
    (Kind.AGY, (LETTER_IN._replace(scans=()), WITHDRAW._replace(scans=()), EXCUSE._replace(scans=()))),
    (Kind.CIT, (RECEIVE, PASS, *CHAIN, GRANT, *TOLD, LAPSE, *ROW)),
    (Kind.CIT, (RECEIVE, PASS, *CHAIN, GRANT, *TOLD, SCHEDULE, PREPARE, BEGIN, END_OF_DAY, CLEAN)),
    (Kind.INT, (SUBMIT, MORE, SECTION, *_RETURNED, _INT_GRANT, SCHEDULE, _INT_BEGIN, INTERRUPT, by(RESUME, "wang"),
                by(FINISH, "wang"), CLEAN, *ROW)),
    (Kind.INT, (SUBMIT, SECTION, *CHAIN, _INT_PARTLY, SCHEDULE, _INT_BEGIN, INTERRUPT, by(STOP, "wang"), CLEAN)),
    (Kind.INT, (SUBMIT, SECTION, *CHAIN, by(PARTLY_MASKED, "tsai", **_NO), *MASKS, SCHEDULE, _INT_BEGIN)),
    (Kind.INT, (SUBMIT, SECTION, RECTIFY, DECLINE, RECTIFY, CONFIRM, *CHAIN, REFUSE, *ROW, LATER, CONFIRM)),
    (Kind.INT, (SUBMIT, SECTION, NONE._replace(facts=said()))),
    (Kind.INT, (PAPER_3._replace(scans=()), WITHDRAW._replace(scans=()), EXCUSE._replace(scans=()), *ROW)),
    (Kind.INT, (SUBMIT, SECTION, Step(Event.LOCK, "peng", said(source="已報案")), *ROW)),
    (Kind.INT, (SUBMIT, Step(Event.WITHDRAW, "peng"))),
    (Kind.INT, (SUBMIT, SECTION, *CHAIN, _INT_GRANT, LAPSE)),
    (Kind.INT, (SUBMIT, SECTION, *CHAIN, _INT_GRANT, SCHEDULE, _INT_BEGIN, END_OF_DAY)),
    (Kind.INT, (*_OWN_CHAIN, Step(Event.GRANT, "hsu", said(**_NO)))),
    (Kind.INT, (*_OWN_CHAIN, Step(Event.GRANT_PARTLY, "hsu", said(rulings=_MASKED, **_NO)))),
    (Kind.INT, (*_OWN_CHAIN, by(REFUSE, "hsu"))),
    (Kind.CIT, (by(RECEIVE, "wang", recorder="former"), PASS, *CHAIN, GRANT, *TOLD, OTHERWISE, *ROW)),
    (Kind.INT, (by(SUBMIT, "peng", recorder="former"), SECTION, *CHAIN, _INT_GRANT, OTHERWISE, *ROW)),
    (Kind.AGY, (CALL, Step(Event.NO_LETTER, "", wait=15))),
    (Kind.AGY, (CALL, LETTER_IN, FLAG, MORE, Step(Event.VISIT, facts=said(
        visit={"agency": "萬華分局", "id_checked": True, "letter_seen": True})), CHECK, *_RETURNED,
        REFUSE, ORDER, *TOLD, *ROW)),
    (Kind.AGY, (Step(Event.RECEIVE_LETTER, facts=said(asked=[RANGE], letter={**LETTER, "basis": ""})), DEFECTS,
                *ASKED,
                Step(Event.REMIND, "", wait=7), Step(Event.CHECK, "lin", said(letter={"basis": "刑訴230"})), NONE,
                *TOLD)),
    (Kind.AGY, (LETTER_IN, CHECK, *CHAIN, Step(Event.GRANT, "tsai"), *TOLD, WITHDRAW)),
    (Kind.AGY, (LETTER_IN, CHECK, *CHAIN, Step(Event.GRANT, "tsai"), *TOLD, LAPSE, *ROW)),
    (Kind.AGY, (LETTER_IN, CHECK, *CHAIN, PARTLY, *TOLD, OTHERWISE._replace(wait=31), *ROW)),
    (Kind.AGY, (LETTER_IN, CHECK, *CHAIN, PARTLY_MASKED, *TOLD, *MASKS, OTHERWISE)),
    (Kind.AGY, (LETTER_COPY, CHECK, *_COPY_CHAIN, NO_COPY, *TOLD)),
    (Kind.AGY, (LETTER_IN, AGY_RECTIFY, DECLINE, AGY_RECTIFY, CONFIRM, *REDIRECTED, AGY_LATER, CONFIRM)),
    (Kind.AGY, (LETTER_IN, DISMISS)),
)  # fmt: skip
