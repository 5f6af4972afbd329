"""Receipt, appointment, redirect slip, the advice of a judicial lock, the record of an appeal and the receipt of a copy
as a case fills them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import NotFound
from appliance.papers.from_cases.sources import (
    Desk,
    applicant_of,
    asked_of,
    day_of_text,
    granted_of,
    lapses_of,
    last_deed,
    letter_of,
    signed_by,
    undone_by,
    viewers_of,
)
from appliance.papers.sheets.appointment import Appointment, appointment
from appliance.papers.sheets.delivery import Delivery, delivery
from appliance.papers.sheets.issue import sign
from appliance.papers.sheets.letter import numbered
from appliance.papers.sheets.receipt import Receipt, receipt
from appliance.papers.sheets.redirect import Redirect, redirect
from appliance.papers.sheets.sheet import Line, Row, Sheet
from appliance.papers.sheets.slip import ask_at, named, slip
from appliance.papers.sheets.words import day, range_lines
from appliance.rules.cases.outgoing import LetterView
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import ActView, CaseView
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.packs.pack import Slip

__all__ = ["advice_slip", "appeal_slip", "appointment_slip", "delivery_slip", "receipt_slip", "redirect_slip"]

_ADVICE = Slip(
    title="內部調閱改由機關來函申請說明",
    rule="八(五)2(2)",
    notes=(
        "一、本件所涉事件已進入司法程序，依{rules}第八點第(五)款第2目之(2)，不適用內部調閱；已約定之閱覽失其效力。",
        "二、請由承辦之法院、檢察或警察機關來函，載明法令依據、目的、所需範圍，需複製者並載明理由。",
        "三、上列範圍之影音資料於先行保存期限屆滿前不予覆蓋，以待來函。",
    ),
)
_ADVICE_ELSEWHERE = msgspec.structs.replace(_ADVICE, notes=_ADVICE.notes[:2])
_ANEW = "原處分經撤銷者，另立新案以同一申請重新審查，本案紀錄不變。"
_APPEAL_KEEPS = (
    "提起訴願即設定救濟保全，影音資料於訴願終結前不予覆蓋；保全之核定、覆核及解除由主任為之。",
    "訴願終結不當然解除保全。訴願經不受理或駁回者，訴願人自決定書送達之次日起二個月內得提起行政訴訟，"
    "影音資料於該期間及其後 {days} 日內仍予保存。",
    _ANEW,
    "保存以一年為上限，逾上限而有繼續保存之法定事由者，應由主任核定法定保存。",
)
_APPEAL_ENDS = ("appeal_over", "appeal_upheld")
_ENDS = {
    "withdrawn": "撤回訴願（訴願法第60條）",
    "inadmissible": "訴願不受理（訴願法第77條）",
    "rejected": "訴願駁回（訴願法第79條）",
    "revoked": "訴願決定撤銷原處分（訴願法第81條）",
    "own_revoked": "本所自行撤銷或變更原處分（訴願法第58條第2項）",
}
_UNKNOWN = "登記時尚不知悉"
_MINUTE_NS = 60 * 1_000_000_000
_FOUND = {"in_store": "保存中", "partly": "部分時段無紀錄", "expired": "已逾保存期限", "gap": "無紀錄"}
"""存否 and nothing else (``AT-39``)."""
_ATTENDED: dict[str, str] = {Kind.CIT: "本所系統管理人", Kind.INT: "本所專責人員", Kind.AGY: "本所指派人員"}
"""By whose office a viewing is attended where the appointment names nobody: 八(五)1(2), 2(3), 3(2)."""
_ELSEWHERE = "前一套錄影監視系統，不在本系統內；本單不表示該影音資料尚存或將予保存。"
_RECEIPTS = ("receive", "receive_letter", "submit")


def receipt_slip(desk: Desk) -> Sheet:
    """What was received, which minutes are kept from now on, by when it is answered. From the receipt the pin lasts as
    long as the case (``D-04``): which rule ends it is known at the earliest with the answer."""
    told = desk.told
    agency = str(told.letter.get("agency", "")) if told.kind == Kind.AGY else ""
    paper = Receipt(
        number=told.number,
        case=told.number,
        received_ns=told.received_ns,
        applicant="　".join(filter(None, (agency, applicant_of(told).name))),
        kind=Kind(told.kind).zh,  # type: ignore[call-arg]
        pinned=asked_of(told, kept=True),
        elsewhere=told.recorder == FORMER,
        found=tuple(
            f"第 {each.no + 1} 段（監視器 {each.camera_no}）：{_FOUND.get(each.at_receipt, '未查核')}"
            for each in told.ranges
        ),
        while_open=True,
        ceiling=day_of_text(told.pin.ceiling),
        due=day_of_text(told.clock.get("due")),
        signed_officer=signed_by(told, *_RECEIPTS),
    )
    return receipt(paper, desk.issue)


def appointment_slip(desk: Desk) -> Sheet:
    """When and where, who comes, what may be seen."""
    told = desk.told
    booked = last_deed(told, "schedule")
    typed = (booked.words.get("viewing") or {}) if booked else {}
    on, starts = day_of_text(typed.get("on")), str(typed.get("starts") or "00:00")
    paper = Appointment(
        case=told.number,
        viewers=viewers_of(told),
        at_ns=_at(on, starts) if on else None,
        place=str(typed.get("place", "")),
        granted=granted_of(told),
        accompanied=str(typed.get("accompanied_by") or "") or _ATTENDED[told.kind],
        lapses=lapses_of(desk),
        void=_void(told),
        signed_officer=signed_by(told, "schedule"),
    )
    return appointment(paper, desk.issue)


def _void(told: CaseView) -> str:
    """When and by what an appointment that did not take place was undone."""
    undone = undone_by(told)
    event = next((each for each in Event if undone and each == undone.event), None)
    return f"本約定已於 {day(undone.at_ns)} 因「{event.zh}」失效" if undone and event else ""


def redirect_slip(desk: Desk) -> Sheet:
    """What a party who needs a copy takes to the agency, with the last day of the pin (``AT-34``)."""
    told = desk.told
    issued = last_deed(told, "slip")
    paper = Redirect(
        case=told.number,
        applicant=applicant_of(told).name,
        asked=asked_of(told),
        pin_until=day_of_text(told.pin.slip),
        elsewhere=_ELSEWHERE if told.recorder == FORMER else "",
        issued=day_of(issued.at_ns) if issued else None,
        signed_officer=signed_by(told, "slip"),
    )
    return redirect(paper, desk.issue)


def advice_slip(desk: Desk) -> Sheet:
    """What a colleague is told whose matter came before a court or prosecutor (八(五)2(2), I10)."""
    told = desk.told
    locked, elsewhere = last_deed(told, "lock"), told.recorder == FORMER
    kept = named("影音資料先行保存至", day(day_of_text(told.pin.last)), look="big")
    rows = (
        named("案號", told.number),
        named("申請人", applicant_of(told).name),
        named("影音資料範圍", [Line(text) for text in range_lines(asked_of(told))], 20),
        named("得知日期", day(locked.at_ns if locked else None)),
        *_procedure(locked),
        named("影音資料所在", _ELSEWHERE) if elsewhere else kept,
        named("來函請寄", f"{desk.issue.pack.office.name}（{desk.issue.pack.office.unit}）"),
        ask_at(desk.issue),
        named("承辦人簽章", sign("", signed_by(told, "lock")), 26),
    )
    return slip("司法程序說明", rows, _ADVICE_ELSEWHERE if elsewhere else _ADVICE, desk.issue, told.number)


def appeal_slip(desk: Desk) -> Sheet:
    """What was appealed against, how that ended, and what becomes of the footage: for the file (C22)."""
    told = desk.told
    appealed, ended = last_deed(told, "appeal"), last_deed(told, *_APPEAL_ENDS)
    if ended and appealed and ended.index < appealed.index:
        ended = None  # of the one before
    brought, over = _voucher(appealed), _voucher(ended)
    answer = letter_of(told, "answer")
    anew = next((each.number for each in told.links.followers if each.kind == Kind.CIT), "")
    rows = (
        named("案號", told.number),
        named("訴願人", applicant_of(told).name),
        named("原處分", _letter_line(answer)),
        named("訴願書", _voucher_line(brought)),
        named("訴願管轄機關", desk.issue.pack.office.appeal_to),
        named("結果", _ENDS.get(str(over.get("kind", "")), "尚未終結"), look="big"),
        named("結果之文書", _voucher_line(over)),
        named("另為處分之案號", anew),
        named("影音資料", [Line(text) for text in range_lines(asked_of(told))], 20),
        named("承辦人簽章", sign("", signed_by(told, *_APPEAL_ENDS) if ended else signed_by(told, "appeal")), 26),
        named("主任核閱", sign("", None), 26),
    )
    return slip("訴願處理紀錄", rows, _appeal_words(desk), desk.issue, told.number)


def _appeal_words(desk: Desk) -> Slip:
    """What an appeal does to the footage, by the numbers of the case's pack; of what is on the recorder before this one
    nothing is kept here."""
    days = desk.issue.pack.numbers.after_remedy_days
    notes = [_ANEW] if desk.told.recorder == FORMER else [note.format(days=days) for note in _APPEAL_KEEPS]
    numbers = tuple(f"{numbered(at)}{note}" for at, note in enumerate(notes, 1)) if len(notes) > 1 else tuple(notes)
    return Slip(title="訴願處理紀錄", rule="、訴願法", notes=numbers)


def delivery_slip(desk: Desk) -> Sheet:
    """What whoever is handed a copy on a medium signs: by what it is told from any other (八(五)3(3), ``A18``)."""
    told, letter = desk.told, desk.told.letter
    copy = told.on_medium
    if copy is None:
        raise NotFound.of("paper-none", form="delivery-receipt", case=told.case)
    handed = last_deed(told, Event.DELIVER)
    letter_day = day_of_text(letter.get("day"))
    paper = Delivery(
        case=told.number,
        agency=str(letter.get("agency", "")),
        letter_no=str(letter.get("number", "")),
        letter_day=day(letter_day) if letter_day else "",
        officer=str(letter.get("officer", "")),
        granted=granted_of(told),
        copy=copy.copy,
        medium=copy.medium,
        serial=copy.serial,
        archive=copy.archive,
        bytes=copy.bytes,
        sha256=copy.sha256,
        fingerprint=copy.fingerprint,
        written_ns=copy.written_ns,
        signed_maker=signed_by(told, Event.MAKE_COPY, Event.REMAKE_COPY),
        signed_verifier=signed_by(told, Event.VERIFY_COPY),
        signed_officer=signed_by(told, Event.DELIVER),
        handed_ns=handed.at_ns if handed else None,
    )
    return delivery(paper, desk.issue)


def _voucher(deed: ActView | None) -> Mapping[str, Any]:
    return (deed.words.get("voucher") or {}) if deed else {}


def _voucher_line(voucher: Mapping[str, Any]) -> str:
    """The day on which it was received, and its number."""
    received = day_of_text(voucher.get("day"))
    return "　".join(filter(None, (f"{day(received)} 收受" if received else "", str(voucher.get("number", "")))))


def _letter_line(answer: LetterView | None) -> str:
    if answer is None:
        return ""
    served = day_of_text(answer.served)
    told = f"（{day(served)} 送達）" if served else ""
    return f"{day(day_of_text(answer.issued))}　{answer.doc_no}{told}"


def _procedure(locked: ActView | None) -> tuple[Row, ...]:
    """From whom it became known that the procedure began, and its number there; said plainly where it was not known."""
    words = locked.words if locked else {}
    number = str((words.get("words") or {}).get("court_no") or "")
    return named("得知來源", str(words.get("source") or _UNKNOWN)), named("司法案號", number or _UNKNOWN)


def _at(on: date, clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return start_ns_of(on) + (int(hour) * 60 + int(minute or 0)) * _MINUTE_NS
