"""附件4 of a month with every kind of case: led by a real keeper as a sheet says, printed by the real site, and read
back against the sheet, row by row and line by line."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.process import serve
from appliance.rules.cases.checklist import LINES
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.services.scans.check import ScanChecker
from appliance.storage.files import RealFs
from tests.access.office import OWN, Caller, Office, act_id
from tests.access.test_routes import OfficeSite
from tests.box import EVERYBODY, OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.caselife import APPLICANT, FORM, doc_no
from tests.footage import FilmClock
from tests.keeper.looking import look_with
from tests.sandbox.test_service import Running
from tests.web.visitor import Visitor

HOUR_NS, MINUTE_NS = 3600 * 10**9, 60 * 10**9
CHECK = {line.code: "yes" for line in LINES}
STAFF_FORM = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
DIRECTOR = Caller("director", ("director",))
STAFF, SECTION = Caller("applicant", ("staff",)), Caller("section_head", ("section_head",))
LETTER = {
    "agency": "萬華分局", "public": True, "number": "北市警萬分刑字第1號", "officer": "林警員", "basis": "刑訴230",
    "purpose": "竊盜", "scope": "大廳", "proof": True, "scan_follows": "掃描機送修",
}  # fmt: skip
MANAGER, CHIEF = OFFICER.display, UNIT_HEAD.display


class Month:
    """The office in the month after the one in which it was set up. ``range``: what was asked for last."""

    def __init__(self, office: Office, clock: FilmClock) -> None:
        self.office, self.clock, self.range = office, clock, dict[str, Any]()
        today = day_of(clock.at_ns)
        self.first = date(today.year + today.month // 12, today.month % 12 + 1, 1)

    def to(self, day: int, hour: int, minute: int) -> None:
        """The clock goes on to that day of the month, counted on past its end."""
        ns = start_ns_of(self.first + timedelta(days=day - 1)) + hour * HOUR_NS + minute * MINUTE_NS
        assert ns >= self.clock.at_ns, (day, hour, minute)
        self.clock.at_ns = ns

    def asked(self) -> dict[str, Any]:
        start_ns = (self.clock.at_ns - 2 * HOUR_NS) // MINUTE_NS * MINUTE_NS
        self.range = {"camera_no": "01", "start_ns": start_ns, "end_ns": start_ns + 10 * MINUTE_NS}
        return self.range

    @property
    def today(self) -> str:
        return day_of(self.clock.at_ns).isoformat()

    def act(self, event: str, key: str = "", *, seat: int = 1, kind: str = "", **facts: Any) -> str:
        """By one of the two founders, at one browser, with the own password."""
        told = self.office.ask(
            "case-act", session=self.office.founders, act=act_id(), case=key, kind=kind, event=event, seat=seat,
            password=(OFFICER, UNIT_HEAD)[seat - 1].password, facts=facts,
        )  # fmt: skip
        return str(told["case"])

    def by(self, caller: Caller, event: str, key: str = "", *, kind: str = "", **facts: Any) -> str:
        told = self.office.ask(
            "case-act", session=self.office.session(caller), act=act_id(), case=key, kind=kind, event=event, seat=1,
            password=OWN, facts=facts,
        )  # fmt: skip
        return str(told["case"])

    # --- receipts ---

    def citizen(self, name: str = "洪大明", **more: Any) -> str:
        words = {"parties": [APPLICANT | {"name": name}], "form": FORM, "asked": [self.asked()]}
        return self.act("receive", kind="CIT", **words | more)

    def staff(self, **form: Any) -> str:
        viewer = {"part": "viewer", "account": self.office.account(STAFF), "name": self.office.account(STAFF)}
        key = self.by(STAFF, "submit", kind="INT", asked=[self.asked()], form=STAFF_FORM | form, parties=[viewer])
        self.by(SECTION, "sign_section", key)
        return key

    def letter(self, **letter: Any) -> str:
        told = LETTER | {"day": self.today} | letter
        return self.act("receive_letter", kind="AGY", asked=[self.asked()], letter=told)

    # --- the chain ---

    def decided(self, key: str, checks: str, event: str = "grant", result: str = "granted", **facts: Any) -> None:
        """Up the chain and decided. ``checks``: the formal check of that kind of case, "" where the section head's
        signature is it."""
        if checks:
            self.act(checks, key)
        proposal = {"result": result, "article": "八(五)"} | facts.pop("proposal", {})
        self.act("propose", key, checklist=CHECK, proposal=proposal, legal_review="可辦理")
        self.by(Caller("unit_head", ("unit_head",)), "stamp", key)
        self.by(Caller("secretary", ("secretary",)), "stamp", key)
        self.by(DIRECTOR, event, key, legal_review="可辦理", **facts)

    def told(self, key: str) -> None:
        self.act("issue", key, dispatch={"day": self.today, "doc_no": doc_no(), "signer": UNIT_HEAD.name})
        proof = {"means": "在所當面", "day": self.today, "proof_no": "簽收1", "proof_day": self.today}
        self.act("notify", key, service=proof)

    def viewed(self, key: str, *, staff: bool = False, opened: bool = True) -> None:
        """At ten, for ten minutes. ``opened``: footage was."""
        self.act("schedule", key, viewing={"on": self.today, "starts": "10:00", "ends": "10:30"})
        if not staff:
            self.act("prepare", key)
        self.to((day_of(self.clock.at_ns) - self.first).days + 1, 10, 0)
        door = {"id_again": True, "statement_signed": True, "devices_away": True}
        self.act("begin", key, viewing=door, **({"form": {"judicial": "no"}} if staff else {}))
        if opened:
            asked = {"session": self.office.founders, "case": key, "seat": 1, "password": OFFICER.password}
            self.office.ask("viewing.open", **asked)
        self.clock.at_ns += 10 * MINUTE_NS
        why = {} if opened else {"reason": "申請人表示無須播放"}
        self.act("finish", key, viewing={"filming": "none", "signed": True}, **why)

    def otherwise(self, key: str, done: str, **more: Any) -> None:
        self.act("otherwise", key, otherwise={"done": done, "day": self.today, "copied": "no"} | more)

    def closed(self, key: str, *, paper: bool) -> None:
        """Signed and closed at four."""
        self.to((day_of(self.clock.at_ns) - self.first).days + 1, 16, 0)
        if paper:
            self.act("excuse_scan", key, seat=2, reason="掃描機送修，正本附卷")
        self.act("sign_ledger", key)
        self.act("stamp_ledger", key, seat=2)
        self.act("close", key)


class Printed(NamedTuple):
    """A row of the book as it is printed: the lines of its six cells."""

    when: list[str]
    who: list[str]
    matter: list[str]
    use: list[str]
    manager: list[str]
    head: list[str]


def roc(day: date) -> str:
    return f"{day.year - 1911} 年 {day.month} 月 {day.day} 日"


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _said(element: ElementTree.Element) -> str:
    """The text of a paragraph, with the spaces that ODF writes as elements."""
    out = element.text or ""
    for child in element:
        out += " " * int(child.get(f"{TEXT}c", "1")) if child.tag == f"{TEXT}s" else _said(child)
        out += child.tail or ""
    return out


def read_book(data: bytes) -> list[Printed]:
    """Every row of the book that is filled, over all its sheets."""
    files = [data]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if "content.xml" not in packed.namelist():
            files = [packed.read(name) for name in sorted(packed.namelist())]
    rows = []
    for file in files:
        with zipfile.ZipFile(io.BytesIO(file)) as paper:
            content = ElementTree.fromstring(paper.read("content.xml"))
        for row in content.iter(f"{TABLE}table-row"):
            cells = [cell for cell in row if cell.tag == f"{TABLE}table-cell"]
            lines = [[_said(p) for p in cell.iter(f"{TEXT}p")] for cell in cells]
            if len(lines) == 6 and lines[1] and any(lines[1]):
                rows.append(Printed(*lines))
    return rows


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with make_box(tmp_path_factory.mktemp("month") / "office", [testcard("01"), testcard("02")]) as made:
        yield made


@pytest.fixture(scope="module")
def month(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    clock, running = FilmClock(box.made_ns), Running(tmp_path_factory.mktemp("darkroom"))
    try:
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            look_with(keeper, ScanChecker(running.darkroom, clock))
            yield Month(Office(keeper, clock), clock)
    finally:
        running.stop()


def _granted(month: Month) -> str:
    key = month.citizen()
    month.decided(key, "pass_formal")
    month.told(key)
    month.viewed(key)
    return key


def _refused(month: Month) -> str:
    key = month.citizen("陳二")
    month.decided(key, "pass_formal", "refuse", "refused", reason="與事由無關", article="八(五)1")
    month.told(key)
    return key


def _withdrawn(month: Month) -> str:
    key = month.citizen("張三")
    month.act("withdraw", key, voucher={"kind": "withdrawal"})
    return key


def _masked(month: Month) -> str:
    key = month.citizen("李四")
    rulings = [{"range_no": 0, "scopes": [month.range], "masked": True, "reason": "遮蔽第三人"}]
    month.decided(key, "pass_formal", "grant_partly", "partly", rulings=rulings, reason="遮蔽第三人", article="八(五)1")
    month.told(key)
    month.act("finish_masks", key, reason="畫面中只有申請人")
    month.act("confirm_masks", key, seat=2, reason="畫面中只有申請人")
    month.viewed(key)
    return key


def _other_law(month: Month) -> str:
    key = month.citizen("趙六", statutory="個人資料保護法第10條")
    month.decided(key, "pass_formal", "refuse", "refused", reason="涉及他人個人資料", article="個資法10")
    month.told(key)
    return key


def _repeated(month: Month) -> str:
    key = month.citizen()
    month.decided(key, "pass_formal", "refuse", "refused", reason="同一範圍業經准予閱覽", article="八(五)1")
    month.told(key)
    return key


def _late(month: Month) -> str:
    late = {"day": month.today, "time": "08:30", "reason": "停電"}
    asked = month.asked()
    asked = {**asked, "start_ns": asked["start_ns"] - HOUR_NS, "end_ns": asked["end_ns"] - HOUR_NS}
    key = month.citizen("錢七", late=late, asked=[asked])
    month.act("withdraw", key, voucher={"kind": "withdrawal"})
    return key


def _former(month: Month) -> str:
    key = month.citizen("孫八", recorder="former")
    month.decided(key, "pass_formal")
    month.told(key)
    month.otherwise(key, "於前一套系統由王小明陪同閱覽")
    return key


def _staff(month: Month) -> str:
    key = month.staff()
    month.decided(key, "", form={"judicial": "no"})
    month.viewed(key, staff=True)
    return key


def _urgent(month: Month) -> str:
    key = month.staff(reason="serious_event", reason_text="民眾持刀滋事")
    month.decided(key, "", form={"judicial": "no"})
    month.viewed(key, staff=True, opened=False)
    return key


def _own(month: Month) -> str:
    """An applicant of 行政庶務課, whose head is the unit head: both cells by one person, with the mark."""
    told = {"applicant": "周九", "section": "行政庶務課"}
    form = STAFF_FORM | {"in_hand": True, "signed": True, "section": told["section"], "scan_follows": "掃描機送修"}
    parties = [{"name": told["applicant"]}, {"part": "viewer", "name": told["applicant"]}]
    key = month.act("receive", kind="INT", asked=[month.asked()], form=form, parties=parties)
    month.act("sign_section", key, seat=2)
    month.decided(key, "", "refuse", "refused", reason="與公務無關", article="八(五)2")
    return key


def _agency(month: Month) -> str:
    key = month.letter()
    month.decided(key, "check")
    month.told(key)
    month.otherwise(key, "由承辦人林警員於本所閱覽，王小明陪同")
    return key


def _copy(month: Month) -> str:
    key = month.letter(number="北市警萬分刑字第2號", copy_asked=True, copy_reason="送鑑定")
    month.decided(key, "check", proposal={"give": "viewing", "copy_reasoned": "無複製必要"}, copy_reasoned="無複製必要",
                  viewing_only=True)  # fmt: skip
    month.told(key)
    month.otherwise(key, "電洽林警員，改由其到所閱覽")
    return key


def _agency_refused(month: Month) -> str:
    key = month.letter(number="北市警萬分刑字第3號")
    month.decided(key, "check", "refuse", "refused", reason="來函未載明範圍", article="八(五)3")
    month.told(key)
    return key


def _lapsed(month: Month) -> str:
    key = month.citizen("吳十")
    month.decided(key, "pass_formal")
    month.told(key)
    return key


class Line(NamedTuple):
    """A line of the sheet: on which day of the month it is received, at 09:05, how it goes, and how its row must read.
    ``use``: what stands in the fourth cell between the minutes asked for and 複製影音資料; ``notes``: what is below.
    ``{d}`` is its day, ``{m}`` the minutes asked for. ``signed``: on which day, if not that of the receipt. ``paper``:
    there is one, whose scan the unit head excuses."""

    day: int
    lane: Callable[[Month], str]
    who: tuple[str, ...]
    matter: tuple[str, str, str]
    use: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    received: str = "09 時 05 分"
    signed: int = 0
    paper: bool = True
    asked: str = "07 時 05 分 ~ 07 時 15 分"


CRIME = "民眾調閱　發現犯罪嫌疑"
SEEN = ("閱覽：{d} 10 時 00 分 ~ 10 時 10 分", "閱覽人：{who}　陪同（會同）：王小明、陳課長", "拍攝情形：無")
UNSEEN = (
    "到所未閱覽：{d} 10 時 00 分 ~ 10 時 10 分", "未播放任何影音（申請人表示無須播放）",
    "到所者：{who}　陪同（會同）：王小明", "拍攝情形：無",
)  # fmt: skip
SHEET = (
    Line(4, _granted, ("洪大明",), (CRIME, "機車遭竊", "民-0001"), SEEN),
    Line(5, _refused, ("陳二",), (CRIME, "機車遭竊", "民-0002"), ("否准：與事由無關；法令依據：八(五)1",)),
    Line(6, _withdrawn, ("張三",), (CRIME, "機車遭竊", "民-0003"), ("撤回",)),
    Line(7, _masked, ("李四",), (CRIME, "機車遭竊", "民-0004"), (*SEEN, "部分准予：{m}，遮蔽第三人；理由：遮蔽第三人")),
    Line(8, _other_law, ("趙六",), (CRIME, "機車遭竊", "民-0005"), ("否准：涉及他人個人資料；法令依據：個資法10",),
         ("另依個人資料保護法第10條提出",)),
    Line(9, _repeated, ("洪大明",), (CRIME, "機車遭竊", "民-0006"), ("否准：同一範圍業經准予閱覽；法令依據：八(五)1",)),
    Line(10, _late, ("錢七",), (CRIME, "機車遭竊", "民-0007"), ("撤回",), ("補登：{d} 09 時 05 分 登記；停電",),
         received="08 時 30 分", asked="06 時 05 分 ~ 06 時 15 分"),
    Line(11, _former, ("孫八",), (CRIME, "機車遭竊", "民-0008"),
         ("以其他方式辦理（{d}）：於前一套系統由王小明陪同閱覽",), ("影音資料屬前一套錄影監視系統，不在本系統內",)),
    Line(12, _staff, ("applicant-1",), ("內部調閱　財物遺失", "皮夾遺失", "內-0001"), SEEN, paper=False),
    Line(13, _urgent, ("applicant-1",), ("內部調閱　其他重大事件", "民眾持刀滋事", "內-0002"), UNSEEN, paper=False),
    Line(14, _own, ("周九",), ("內部調閱　財物遺失", "皮夾遺失", "內-0003"), ("否准：與公務無關；法令依據：八(五)2",)),
    Line(15, _agency, ("萬華分局", "林警員", "來函 北市警萬分刑字第1號"), ("機關調閱", "竊盜", "機-0001"),
         ("以其他方式辦理（{d}）：由承辦人林警員於本所閱覽，王小明陪同",)),
    Line(16, _copy, ("萬華分局", "林警員", "來函 北市警萬分刑字第2號"), ("機關調閱", "竊盜", "機-0002"),
         ("複製部分否准：無複製必要", "以其他方式辦理（{d}）：電洽林警員，改由其到所閱覽")),
    Line(17, _agency_refused, ("萬華分局", "林警員", "來函 北市警萬分刑字第3號"), ("機關調閱", "竊盜", "機-0003"),
         ("否准：來函未載明範圍；法令依據：八(五)3",)),
    Line(18, _lapsed, ("吳十",), (CRIME, "機車遭竊", "民-0009"), ("逾期未閱",), signed=60),
)  # fmt: skip
"""One of every kind. The agency's first is a viewing, its second one with a copy asked for; the staff's second is
urgent, the third of 行政庶務課 and received on paper."""
PLACE = "監視器 01（測試畫面 01）"


def _expected(month: Month, number: int, line: Line) -> Printed:
    """The row as the sheet has it, in this test's own words for days and times."""
    day = roc(month.first + timedelta(days=line.day - 1))
    signed = roc(month.first + timedelta(days=(line.signed or line.day) - 1))
    names = {"d": day, "m": f"{day} {line.asked}{PLACE}", "who": line.who[0]}
    lines = [text.format(**names) for text in (*line.use, "複製影音資料：□是　■否", *line.notes)]
    kind, text, serial = line.matter
    return Printed(
        when=[day, line.received, f"第 {number} 列"],
        who=list(line.who),
        matter=[kind, text, f"{month.first.year - 1911}調-{serial}"],
        use=[f"{day} {line.asked}　{PLACE}", *lines],
        manager=[MANAGER, signed, "16 時 00 分　電子簽章"],
        head=[CHIEF, signed, "16 時 00 分　電子簽章"],
    )


@pytest.fixture(scope="module")
def led(month: Month) -> Month:
    """After the last line of the sheet."""
    for line in SHEET:
        month.to(line.day, 9, 5)
        key = line.lane(month)
        if line.signed:
            month.to(line.signed, 9, 0)
            month.office.keeper.clockwork.turn(trusted=True)
        month.closed(key, paper=line.paper)
    return month


@pytest.fixture(scope="module")
def got(led: Month, box: Box) -> Iterator[Callable[[str], bytes]]:
    """What the site gives the officer under an address."""
    server = serve(led.office.keeper, EVERYBODY)
    try:
        with OfficeSite(box) as site:
            visitor = Visitor(site)

            def file(path: str) -> bytes:
                visitor.cookies["__Host-sid"] = led.office.founders
                answer = visitor.ask("GET", path, {"Sec-Fetch-Dest": "document"})
                assert answer.status == 200, answer.status
                return answer.body

            yield file
    finally:
        server.close()


@pytest.fixture(scope="module")
def printed(led: Month, got: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """The book of the month by the kind of file."""
    return lambda kind: got(f"/registers/{led.first:%Y-%m}/{kind}")


def test_every_row_of_the_month_reads_as_the_sheet_says(led: Month, printed: Callable[[str], bytes]) -> None:
    rows = read_book(printed("odt"))
    for number, (line, row) in enumerate(zip(SHEET, rows, strict=True), 1):
        assert row == _expected(led, number, line), line.lane.__name__


def test_AT_58_as_many_rows_as_cases_were_received_and_none_signed_twice_by_one_person(
    led: Month, printed: Callable[[str], bytes]
) -> None:
    rows = read_book(printed("odt"))
    received = [entry for entry in led.office.keeper.ledger.entries() if entry.kind == "case.received"]
    assert len(rows) == len(received) == len(SHEET)
    assert all(row.manager[0] != row.head[0] for row in rows)


def test_the_receipt_of_the_former_recorder_s_footage_promises_nothing(led: Month, got: Callable[[str], bytes]) -> None:
    cases = led.office.ask("cases", session=led.office.founders, page=1)["cases"]
    for number, says in (("0008", "不在本系統內；本收據不表示該影音資料尚存或將予保存"), ("0002", "先行保存至")):
        case = next(row["case"] for row in cases if row["number"].endswith(f"調-民-{number}"))
        with zipfile.ZipFile(io.BytesIO(got(f"/cases/{case}/papers/receipt-slip/odt"))) as paper:
            text = "".join(map(_said, ElementTree.fromstring(paper.read("content.xml")).iter(f"{TEXT}p")))
        assert says in text, text
        assert ("先行保存範圍" in text) == (number == "0002")


def test_the_book_is_printed_as_pages(printed: Callable[[str], bytes]) -> None:
    pages = printed("pdf")
    assert pages.startswith(b"%PDF-")
    if folder := os.environ.get("OR_KEEP_BOOK"):
        Path(folder, "annex-4.pdf").write_bytes(pages)
