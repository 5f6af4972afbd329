"""The paper of a line: an incident's record, a visit's, a firm's, a certificate of destruction, an authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from appliance.papers.sheets.deletion_answer import DeletionAnswer, deletion_answer
from appliance.papers.sheets.issue import Signed, deputy_mark
from appliance.papers.sheets.letter import LetterHead
from appliance.papers.sheets.register_record import Done, Part, RegisterRecord, SignBox, register_record
from appliance.papers.sheets.words import Asked, range_lines
from appliance.protocol.registers import REGISTER_BEGIN, REGISTER_ITEM, ItemRequest, ItemView, RegisterRequest
from appliance.rules.deadlines import day_of
from appliance.rules.registers.deletions import DELETIONS
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.pages.registers.page import notice_of, register_of
from appliance.web.pages.registers.words import RegisterWords

__all__ = ["NOW", "PAPERS", "Paper", "paper", "record_of"]

NOW = "now"
"""In place of a line's number: the notice of the data file as it is now, to be posted."""
_LOST = "（紀錄毀損）"


class Paper(NamedTuple):
    """``rule``: the article it carries out. ``parts``: headings with the fields below each. ``cells``: who signs, in
    order; ``apart``: two of them that one person never signs both. ``course``: whether it tells what was done in its
    order."""

    title: str
    rule: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    cells: tuple[str, ...]
    apart: tuple[str, ...] = ()
    course: bool = False
    statement: str = ""


_CERTIFICATE = (
    "茲證明上列儲存媒體業依所載方法處理，並經驗證無從讀取其內容；本證明不含影音畫面，僅附媒體標籤之照片檔號。"
)

PAPERS: Mapping[str, Paper] = MappingProxyType(
    {
        "incidents": Paper(
            "資安事件／個資事故紀錄",
            "八(一)",
            (
                ("事故", ("kind", "known_at", "facts", "seen", "more_facts")),
                ("影響範圍", ("ranges", "cameras", "no_footage", "people")),
                ("判定", ("cyber", "personal", "why")),
                ("控制", ("contained_at", "measures")),
                ("檢討", ("cause", "lessons", "improvement", "final_no", "final_at")),
            ),
            ("declared", "confirmed", "reviewed", "closed"),
            ("reviewed", "closed"),
            course=True,
        ),
        "visits": Paper(
            "維護作業（陪同）紀錄",
            "四(二)",
            (
                ("到場", ("vendor", "technicians", "id_checked", "pledges", "purpose", "matter", "ticket")),
                ("範圍", ("cameras", "pictures")),
                ("作業結果", ("work", "parts", "ranges", "tested", "follow_ticket", "took", "medium")),
            ),
            ("escort", "finished", "stamped"),
            ("escort", "stamped"),
            course=True,
        ),
        "vendors": Paper(
            "維護廠商登記及監督紀錄",
            "八(一)",
            (
                ("廠商", ("firm", "tax_no", "contact", "phone", "services")),
                ("契約及切結", ("contract_no", "contract_from", "contract_until", "pledge_no", "pledge_on")),
                ("年度監督", ("supervised_on", "supervision", "supervision_result")),
            ),
            ("supervised", "stamped"),
            ("supervised", "stamped"),
        ),
        "media": Paper(
            "儲存媒體登記卡",
            "七(三)",
            (
                ("媒體", ("medium_kind", "make", "model", "serial", "capacity", "encrypted", "holds", "place")),
                ("送修", ("sent_to", "sent_why")),
            ),
            ("entered",),
            course=True,
        ),
        "datafile": Paper(
            "個人資料檔案公開事項",
            "八(一)",
            (("公開紀錄", ("url", "posted_on")),),
            ("posted", "confirmed"),
            ("posted", "confirmed"),
        ),
        "deletions": Paper(
            "個資刪除請求紀錄",
            "七(一)",
            (
                ("請求", ("requester", "identified", "served_at", "asks", "asked_ranges")),
                ("答復", ("ground", "gone_by", "article", "opinion")),
                (
                    "發文及送達",
                    ("doc_no", "issued_on", "means", "served_on", "proof_no", "proof_day", "extend_no"),
                ),
            ),
            ("received", "proposed", "decided"),
            ("proposed", "decided"),
            course=True,
        ),
        "live": Paper(
            "即時影像檢視授權書",
            "八(三)",
            (("授權", ("viewer", "cameras", "live_purpose", "live_from", "live_until")),),
            ("proposed", "authorised"),
            ("proposed", "authorised"),
            statement="被授權人僅得於上列期間，因檢視公共區域為民服務情形，檢視上列監視器之即時影像；不得攝錄、轉播或供他人觀看。",
        ),
    }
)

_CERTIFICATES: Mapping[str, Paper] = MappingProxyType(
    {
        aim: Paper(
            title,
            "七(三)",
            (
                ("媒體", ("medium_kind", "make", "model", "serial", "capacity", "encrypted", "holds")),
                (
                    "處理",
                    ("aim", "method", "why", "performed_at", "performed_where", "verified", "label"),
                ),
            ),
            ("proposed", "approved", "performed", "witnessed"),
            ("performed", "witnessed"),
            statement=_CERTIFICATE,
        )
        for aim, title in (("leave", "儲存媒體清除證明"), ("scrap", "儲存媒體銷毀證明"))
    }
)
"""Of a medium that is cleared or destroyed: signed by all four, and put to no use since."""


async def paper(request: web.Request) -> web.Response:
    """As it stands now: what is not signed yet has an empty box."""
    register, number = register_of(request), request.match_info["item"]
    kind_of(request)
    told = await _told(request, number)
    words = RegisterWords(request.app[SITE].messages, "zh", register, told.links)
    if register.code == DELETIONS.code and told.values.get("ground") and _decided(told):
        sheet = deletion_answer(answer_of(told, words), await issued_now(request))
        return await saved(request, sheet, name=f"個資刪除請求答復函-{number}", plain=f"{register.code}-{number}")
    made = record_of(told, words)
    sheet = register_record(made, await issued_now(request))
    return await saved(
        request, sheet, name=f"{made.title.replace('／', '-')}-{number}", plain=f"{register.code}-{number}"
    )


def _decided(told: ItemView) -> bool:
    return any(each.cell == "decided" for each in told.signatures)


def answer_of(told: ItemView, words: RegisterWords) -> DeletionAnswer:
    """The letter of a request that was decided: the director's signature of the decision, and its number once it went
    out."""
    values = told.values
    by = next(each for each in told.signatures if each.cell == "decided")
    signed = Signed(
        person=by.account, name=_named(told, by.account), post=words.role(by.role), at_ns=by.at_ns,
        mark=deputy_mark(by.role, deputy=by.deputy), scan=by.ink.scan if by.ink else "",
    )  # fmt: skip
    head = LetterHead(
        to=f"{values.get('requester', '')} 君",
        to_address=str(values.get("served_at", "")),
        dated=_day(values.get("issued_on")),
        number=str(values.get("doc_no", "")),
        handler=next((each.display for each in told.deeds if each.event == "propose"), ""),
        signed=signed,
    )
    asked = [
        Asked(
            camera_no=str(each["camera_no"]),
            place=told.cameras.get(str(each["camera_no"]), ""),
            start_ns=int(each["start_ns"]),
            end_ns=int(each["end_ns"]),
        )
        for each in values["asked_ranges"]
    ]
    return DeletionAnswer(
        head=head,
        number=told.number,
        received=day_of(told.opened_ns),
        asked=tuple(range_lines(asked)),
        ground=str(values["ground"]),
        gone_by=_day(values.get("gone_by")),
        article=str(values.get("article", "")),
    )


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None


async def _told(request: web.Request, number: str) -> ItemView:
    """The line; of the notice of the data file ``now`` is what it says now, to be posted."""
    site, visit, register = request.app[SITE], visit_of(request), register_of(request)
    if (register.code, number) != ("datafile", NOW):
        asked = ItemRequest(session=visit.token, register=register.code, item=number)
        return await site.keeper.ask(REGISTER_ITEM, asked)
    begins = await site.keeper.ask(REGISTER_BEGIN, RegisterRequest(session=visit.token, register=register.code))
    notice = msgspec.to_builtins(begins.notice) if begins.notice else {}
    return ItemView(register=register.code, number="", state="", now_ns=begins.now_ns, values={"notice": notice})


def record_of(told: ItemView, words: RegisterWords) -> RegisterRecord:
    """What stands on the paper of a line; ``words`` are Chinese. What is posted on the website is signed by nobody."""
    signed = {each.cell: each for each in told.signatures}
    shape, values = PAPERS[told.register], told.values
    if told.register == "media" and "witnessed" in signed:
        shape, values = _CERTIFICATES[str(values["aim"])], {**values, "holds": values.get("held") or values["holds"]}
    parts = [
        Part(heading=heading, lines=tuple((each.label, each.text) for each in words.answers(values, names)))
        for heading, names in shape.parts
    ]
    if (notice := notice_of(told)) is not None:
        parts.insert(0, Part(heading="公開事項", lines=tuple(words.notice(notice))))
    clocks = [
        (words.text(f"register-clock.{clock.code}"), _clock_words(clock.state, clock.due_ns, clock.done_ns, words))
        for clock in told.clocks
    ]
    parts[1:1] = [Part(heading="法定時限", lines=tuple(clocks))] if clocks else []
    boxes = []
    for cell in shape.cells if told.number else ():
        by = signed.get(cell)
        mark = deputy_mark(by.role, deputy=by.deputy) if by is not None else ""
        name = (
            "" if by is None else words.text("register.machine") if by.account == "system" else _named(told, by.account)
        )
        scan = by.ink.scan if by is not None and by.ink else ""
        post = words.role(by.role) if by is not None else ""
        made = by and Signed(person=by.account, name=name, post=post, at_ns=by.at_ns, mark=mark, scan=scan)
        boxes.append(SignBox(label=words.cell(cell), signed=made or None))
    return RegisterRecord(
        title=shape.title,
        rule=shape.rule,
        number=told.number,
        parts=tuple(parts),
        done=tuple(_done(told, words)) if shape.course else (),
        boxes=tuple(boxes),
        statement=shape.statement,
        apart=tuple(words.cell(cell) for cell in shape.apart),
    )


def _named(told: ItemView, account: str) -> str:
    return told.names.get(account) or account or _LOST


def _done(told: ItemView, words: RegisterWords) -> list[Done]:
    return [
        Done(
            at_ns=deed.at_ns,
            what=words.event(deed.event),
            by=deed.display or words.text("register.machine"),
            said="\n".join(f"{each.label}：{each.text}" for each in words.answers(deed.values)),
        )
        for deed in reversed(told.deeds)
    ]


def _clock_words(state: str, due_ns: int, done_ns: int, words: RegisterWords) -> str:
    if state == "off":
        return words.text("register-clock.off-note")
    due = words.text("register-clock.due-at", at=words.moment(due_ns))
    said = words.text(f"register-clock.{state.replace('_', '-')}")
    done = f"；{words.text('register-clock.done-at', at=words.moment(done_ns))}" if done_ns else ""
    return f"{due}{done}（{said}）"
