"""Papers filled in, one of each kind, with names that need rare characters."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from appliance.core.clock import LOCAL
from appliance.papers.sheets.appointment import Appointment, appointment
from appliance.papers.sheets.citizen_office import OfficePart
from appliance.papers.sheets.citizen_request import CitizenRequest, citizen_request
from appliance.papers.sheets.correction import Correction, correction
from appliance.papers.sheets.handover import Handover, HandoverThing, handover
from appliance.papers.sheets.inspection_log import Inspection, InspectionLog, inspection_log
from appliance.papers.sheets.issue import Issue, Signed
from appliance.papers.sheets.letter import LetterHead
from appliance.papers.sheets.receipt import Receipt, receipt
from appliance.papers.sheets.redirect import Redirect, redirect
from appliance.papers.sheets.refusal import Refusal, refusal
from appliance.papers.sheets.register_record import Done, Part, RegisterRecord, SignBox, register_record
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.usage_book import UsageBook, Use, Viewed, usage_book
from appliance.papers.sheets.words import Asked
from appliance.rules.packs.shipped import shipped_pack

OFFICE = "臺北市萬華區戶政事務所"
PACK = shipped_pack()
BLANK = Issue(pack=PACK)
RARE = "陳𤆬治𠮷𪚥"
"""Of Extension B, two of them U+20BB7 and U+2A6A5."""


def at_ns(month: int, day: int, hour: int, minute: int = 0) -> int:
    """An instant of the year 115."""
    return int(datetime(2026, month, day, hour, minute, tzinfo=LOCAL).timestamp()) * 10**9


def signed(person: str, name: str, post: str = "", mark: str = "") -> Signed:
    return Signed(person=person, name=name, post=post, at_ns=at_ns(11, 24, 9, 5), mark=mark)


ISSUE = Issue(
    pack=msgspec.structs.replace(
        PACK,
        office=msgspec.structs.replace(PACK.office, phone="(02)2306-2706", address="臺北市萬華區和平西路三段120號"),
    ),
    director="陳美玲",
    printed_ns=at_ns(11, 25, 8, 5),
    head="3fa91c22b7e04d11",
)
HALL = Asked(camera_no="03", place="一樓大廳", start_ns=at_ns(11, 20, 14, 5), end_ns=at_ns(11, 20, 15))
DESK = Asked(camera_no="05", place="3號櫃檯", start_ns=at_ns(11, 20, 14, 5), end_ns=at_ns(11, 20, 15))

STAFF = StaffRequest(
    number="115調-內-0007",
    applied=date(2026, 11, 23),
    applicant=RARE,
    section="戶籍登記課",
    viewers=(RARE, "王小明"),
    reason_code="櫃檯爭議",
    reason="3號櫃檯身分證交付爭議，需確認經過。",
    asked=(HALL, DESK),
    outcome="partly",
    outcome_words="監視器 05",
    signed_applicant=signed("chen", RARE, "課員"),
    signed_unit_head=signed("lin", "林志明", "課長", "代理"),
    signed_manager=signed("wu", "吳志文", "資訊人員"),
    signed_managing_head=signed("huang", "黃麗華", "行政庶務課課長"),
    signed_secretary=signed("zhang", "張文彬", "秘書"),
    signed_director=signed("lee", "李代理", "秘書", "代行"),
)

HANDOVER = Handover(
    person=RARE,
    post="行政庶務課 資訊人員",
    left=date(2026, 11, 24),
    document="115年11月20日人事令",
    vault="已於 115/11/24 收回",
    things=(
        HandoverThing(sort="案件", number="115調-民-0012", what="擬辦送核", due=date(2026, 12, 8), taker="吳志文"),
        HandoverThing(sort="維修單", number="M115-0003", what="廠商受理", taker="吳志文"),
    ),
    listed=True,
    ticked=True,
    signed_officer=signed("wu", "吳志文", "資訊人員"),
    signed_head=signed("huang", "黃麗華", "行政庶務課課長"),
)

CITIZEN = CitizenRequest(
    number="115調-民-0012",
    applied=date(2026, 11, 22),
    applicant=RARE,
    born="77 年 2 月 29 日",
    id_number="A12******9",
    standing="interested",
    interest="機車所有人之配偶",
    police_station="萬華分局西園路派出所",
    reported=date(2026, 11, 21),
    report_no="P11511ABCD1234",
    report_attached=True,
    reason="機車停放於本所前騎樓遭竊。",
    asked=(HALL,),
    viewers=(RARE,),
    attached=("身分證明", "戶口名簿影本"),
    statutes=(0,),
    office=OfficePart(stored="stored", last_day_ns=at_ns(12, 22, 0), outcome="granted"),
)

USE = Use(
    number=1,
    received_ns=at_ns(11, 23, 9, 11),
    applicant="偵查佐 郭大偉",
    agency="臺北市政府警察局萬華分局",
    letter_no="北市警萬分刑字第1153012345號",
    case="115調-機-0001",
    kind="機關調閱",
    matter="竊盜案偵查",
    asked=(HALL, DESK),
    viewed=(Viewed(start_ns=at_ns(11, 24, 9), end_ns=at_ns(11, 24, 9, 20), viewers=("郭大偉",), accompanied=(RARE,)),),
    copied=True,
    notes=("媒體序號 USB-0012",),
    signed_manager=signed("wu", "吳志文"),
    signed_head=signed("huang", "黃麗華"),
)

HEAD = LetterHead(
    to=f"{RARE} 君",
    dated=date(2026, 11, 25),
    number="北市萬戶庶字第1150001234號",
    handler="吳志文",
    signed=signed("dir", "陳美玲", "主任"),
)
REFUSAL = Refusal(
    head=HEAD,
    case="115調-民-0012",
    asked=(HALL,),
    facts=("臺端向本所申請調閱影音資料。",),
    reasons=("申請事由非為發現犯罪嫌疑或其他違法行為。",),
    laws=("作業規範八(五)1(1)。",),
)


CERTIFICATE = RegisterRecord(
    title="儲存媒體銷毀證明",
    rule="七(三)",
    number="D115-0003",
    parts=(
        Part(heading="媒體", lines=(("種類", "硬碟"), ("序號", "ZX-1190"), ("存放內容", "影音資料"))),
        Part(
            heading="處理",
            lines=(("方法", "破壞粉碎"), ("執行地點", "二樓機房"), ("驗證情形", f"{RARE}目視\n碎片小於 2 mm")),
        ),
    ),
    boxes=(
        SignBox(label="核可（單位主管）", signed=signed("wu", "吳課長", "單位主管")),
        SignBox(label="執行人", signed=signed("lin", RARE, "專責人員")),
        SignBox(label="見證人", signed=signed("hsu", "許志偉", "系統管理人", "代行")),
    ),
    statement="茲證明上列儲存媒體業依所載方法處理，並經驗證無從讀取其內容。",
    apart=("執行人", "見證人"),
)
INCIDENT = RegisterRecord(
    title="資安事件／個資事故紀錄",
    rule="八(一)",
    number="I115-0001",
    parts=(
        Part(heading="事故", lines=(("事由", "閱覽中發現拍攝"), ("知悉時間", "115/11/24 09:05"))),
        Part(heading="法定時限", lines=(("資安通報", "期限 115/11/24 10:05（已於時限內完成）"),)),
        Part(heading="檢討", lines=()),
    ),
    done=(
        Done(at_ns=at_ns(11, 24, 9, 5), what="通報疑似事故", by=RARE),
        Done(at_ns=at_ns(11, 24, 9, 20), what="資安通報", by="吳志文", said="通報對象：資訊局\n通報編號：115-0007"),
    ),
    boxes=(SignBox(label="通報人", signed=signed("lin", RARE)), SignBox(label="主任")),
)


def filled() -> dict[str, Sheet]:
    """By the form's code."""
    ok = Inspection(on=date(2026, 11, 23), signed_ns=at_ns(11, 24, 8), found=("均無異常",), late=True)
    case, pin = "115調-民-0012", date(2026, 12, 24)
    return {
        "annex-1": inspection_log(InspectionLog(rows=(ok,)), ISSUE),
        "annex-2": citizen_request(CITIZEN, ISSUE),
        "annex-3": staff_request(STAFF, ISSUE),
        "annex-4": usage_book(UsageBook(uses=(USE,)), ISSUE),
        "receipt": receipt(Receipt(number="115收-0033", case=case, pinned=(HALL,), pin_until=pin), ISSUE),
        "correction": correction(Correction(head=HEAD, case=case, missing=("報案證明正本",)), ISSUE),
        "redirect": redirect(Redirect(case=case, applicant=RARE, asked=(HALL,), pin_until=pin), ISSUE),
        "refusal": refusal(REFUSAL, ISSUE),
        "handover": handover(HANDOVER, ISSUE),
        "certificate": register_record(CERTIFICATE, ISSUE),
        "incident": register_record(INCIDENT, ISSUE),
        "appointment": appointment(Appointment(case=case, viewers=(RARE,), at_ns=at_ns(11, 27, 14)), ISSUE),
    }
