"""Whole lives of cases in a real browser over the real processes, from the counter to the close; at the end the ledger
row and every paper say what happened."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.core.clock import SystemClock, local_time
from tests.browser.case_office import PASSWORDS, CaseOffice, filmed_office
from tests.browser.steps import end_viewing
from tests.browser.test_scans import choose
from tests.scanfiles import pdf

pytestmark = [pytest.mark.browser, pytest.mark.papers]

SECOND = 1_000_000_000


def _roc(day: date) -> str:
    return f"{day.year - 1911}/{day.month}/{day.day}"


class Scene:
    def __init__(self, office: CaseOffice, border_ns: int) -> None:
        self.office = office
        start = local_time(border_ns)
        self.day, self.today = start.date(), local_time(SystemClock().wall_ns()).date()
        end = local_time(border_ns + 120 * SECOND)
        self.range = {"r0-day": _roc(self.day), "r0-from": f"{start:%H%M}", "r0-to": f"{end:%H%M}", "r0-cameras": "01"}
        self.minutes = f"{start:%H}時{start:%M}分~{end:%H}時{end:%M}分"

    @property
    def hours(self) -> dict[str, str]:
        """From this minute on: one that is long over is not taken."""
        return {"viewing/starts": f"{local_time(SystemClock().wall_ns()):%H%M}", "viewing/ends": "2359"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with filmed_office(tmp_path_factory.mktemp("case-lives")) as (office, border_ns):
        yield Scene(office, border_ns)


CITIZEN = {
    "name": "陳𤆬治", "born": "77/2/29", "id-no": "A123456789", "phone": "0912-345-678",
    "address": "臺北市萬華區康定路 12 號", "standing": "party", "report-unit": "萬華分局西園路派出所",
    "report-no": "P11511ABCD1234", "reason": "crime", "reason-text": "皮夾於一樓大廳遭竊，已報案。", "present": "1",
    "in-hand": "1", "signed": "1", "id-checked": "1", "report-original": "1",
}  # fmt: skip
LETTER = {
    "agency": "臺北市政府警察局萬華分局", "public": "1", "letter-no": "北市警萬分刑字第1153012345號",
    "letter-officer": "偵查佐 郭大偉", "proof": "1", "basis": "刑事訴訟法第230條", "purpose": "竊盜案偵查",
    "scope": "一樓大廳監視器",
}  # fmt: skip


def _answer(scene: Scene, case: str, number: str, *, means: str) -> None:
    """The letter goes out under its number, is printed as it is posted, and arrives (``AT-72``)."""
    office, today = scene.office, _roc(scene.today)
    page = office.act("officer", case, "issue", {"dispatch/doc_no": number, "dispatch/day": today})
    expect(page.locator("#next-title")).to_have_text("送達")
    expect(page.locator(".paper-list")).to_contain_text(f"{number}；尚未送達")
    office.act("officer", case, "notify", {
        "service/means": means, "service/day": today, "service/proof_no": f"{number} 送達", "service/proof_day": today,
    })  # fmt: skip


def _scan(office: CaseOffice, case: str) -> None:
    """Without the file of its scan, or why that follows, the form does not go on (``AT-38``)."""
    page = office.desk("officer")
    page.goto(office.address + case)
    page.locator("form.form-formal button[value=pass_formal]").click()
    expect(page.locator("form.form-formal .problem")).to_contain_text("掃描檔未附卷")
    page.goto(office.address + case)
    choose(page, "附件2.pdf", pdf(1))
    page.wait_for_url("**scan=*")
    assert page.locator("form.form-formal [name='form/scan_follows']").count() == 0, "it is there, so nothing is asked"


def _view(office: CaseOffice, case: str, who: str) -> Page:
    """The two who attend open the footage, it plays, and ``who`` of them enters its end; the case's page."""
    page = office.sit_beside("officer", "manager")
    page.goto(office.address + case)
    page.fill("#view-password", PASSWORDS["officer"])
    page.click(".opening button.primary")
    page.wait_for_selector("or-player[data-ready=yes]", timeout=120_000)
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player').playback.position > 1", timeout=120_000)
    end_viewing(page, PASSWORDS[who])
    page.click(".curtain-out")
    page.wait_for_url("**/cases/*")
    return page


def _recorded(office: CaseOffice, case: str, tmp_path: Path, *said: str) -> None:
    """閱覽紀錄 of what was just viewed, by two people at a training office's station."""
    record = office.paper(case, "viewing-record", tmp_path)
    ended = (
        "開啟影音",
        "閱覽完畢",
        "■未拍攝",
        "由在場人員結束",
        "訓練環境（無登記之閱覽站）",
        "開啟時段",
        "無缺錄",
        "紙本簽名",
    )
    for each in (*said, *ended, "陳怡君", "吳志文"):
        assert each in record, each
    assert "電子簽章" in record


def _put_right(office: CaseOffice, case: str) -> None:
    """A slip of the pen, found after the close: another row, by two people (``T-80``)."""
    words = {"rectify/what": "form/reason_text", "rectify/new": "皮夾於二樓大廳遭竊，已報案。", "reason": "收件時誤植"}
    office.act("officer", case, "rectify", words)
    page = office.act("head", case, "rectify-confirm")
    expect(page.locator("#rectified del")).to_have_text("皮夾於一樓大廳遭竊，已報案。")
    expect(page.locator("#rectified ins")).to_have_text("皮夾於二樓大廳遭竊，已報案。")


def test_a_citizens_request_from_the_counter_to_the_close(scene: Scene, tmp_path: Path) -> None:
    office, today = scene.office, _roc(scene.today)
    case = office.receive("officer", "citizen", CITIZEN | scene.range | {"report-day": _roc(scene.day)})
    expect(office.desk("officer").locator("#next-title")).to_have_text("形式審查")
    _scan(office, case)
    office.act("officer", case, "formal", button="pass_formal")
    office.through_the_chain(case, "CIT", "granted", "八(五)1(1)")
    office.act("director", case, "decide", {"ruling.0.outcome": "granted", "password": PASSWORDS["director"]})
    page = office.desk("officer")
    page.goto(office.address + case)
    expect(page.locator("#next-title")).to_have_text("送達")
    expect(page.locator("form.form-notify")).not_to_contain_text("救濟期間自送達之次日起算")
    notice = office.paper(case, "grant-notice", tmp_path)
    assert "於本所當面交付，不另發文" in notice
    assert "發文字號" not in notice
    page = office.act("officer", case, "notify", {"service/means": "handed", "service/day": today})
    expect(page.locator(".paper-list")).to_contain_text("當面交付")
    booking = {"viewing/on": today, "viewing/place": "一樓閱覽站"} | scene.hours
    office.act("officer", case, "schedule", booking)
    office.act("officer", case, "prepare")
    ticked = ("id_again", "statement_signed", "devices_away")
    office.act("manager", case, "begin", {f"viewing/{name}": "1" for name in ticked})
    _view(office, case, "manager")
    office.close(case, signed=True)
    _recorded(office, case, tmp_path, "閱覽紀錄", "民眾調閱", "陳𤆬治")
    _put_right(office, case)

    row = office.paper(case, "annex-4", tmp_path)
    for said in (
        "更正第1列", "更正事由：收件時誤植", "皮夾於二樓大廳遭竊", "皮夾於一樓大廳遭竊", "第1列", "陳𤆬治",
        "民眾調閱發現犯罪嫌疑", scene.minutes, "監視器01", "閱覽人：陳𤆬治", "拍攝情形：無",
        "複製影音資料：□是■否", "陳怡君", "林志明",
    ):  # fmt: skip
        assert said in row, said
    request = office.paper(case, "annex-2", tmp_path)
    for said in ("A12****789", "■准予調閱", "■未拍攝", "吳志文", "張文彬", "蔡文德", "P11511ABCD1234", "■正本核對相符"):
        assert said in request, said
    assert request.count("陳𤆬治紙本簽名") == 2, "the request, and the record of the viewing as its end says"
    assert "收件收據" in office.paper(case, "receipt-slip", tmp_path)
    slip = office.paper(case, "appointment-slip", tmp_path)
    for said in ("一樓閱覽站", "本所系統管理人"):
        assert said in slip, said

    with zipfile.ZipFile(
        io.BytesIO(office.file(f"{case}/file", "POST", sends={"seat": "1", "password": PASSWORDS["officer"]}))
    ) as package:
        assert package.testzip() is None
        names = package.namelist()
        kinds = package.read("ledger/entries.json").decode()
    assert {name.rpartition(".")[2] for name in names} == {"pdf", "json", "note", "checkpoint", "SHA256SUMS"}
    for kind in ("case.received", "case.decided", "case.closed"):
        assert f'"{kind}"' in kinds


def test_a_staff_request_through_its_chain_and_ended_by_the_judicial_lock(scene: Scene, tmp_path: Path) -> None:
    office, today = scene.office, _roc(scene.today)
    typed = {"v0-name": "王小明", "reason": "counter_dispute", "reason-text": "3 號櫃檯爭議", "judicial": "no"}
    case = office.receive("clerk", "staff", typed | scene.range)
    office.act("chief", case, "sign-section")
    office.through_the_chain(case, "INT", "granted", "八(五)2(1)")
    decided = {"ruling.0.outcome": "granted", "form/judicial": "no", "password": PASSWORDS["director"]}
    office.act("director", case, "decide", decided)
    office.act("officer", case, "schedule", {"viewing/on": today} | scene.hours)
    office.act("officer", case, "lock", {"source": "申請人告知已提出告訴"})
    page = office.desk("officer")
    expect(page.locator(".case-tag")).to_have_text("司法程序鎖定")
    assert page.locator("form.form-begin").count() == 0
    office.close(case)

    own = office.desk("clerk")
    own.goto(office.address + case)
    expect(own.locator(".case-tag")).to_have_text("結案歸卷")
    assert own.locator(".file-form").count() == 0, "the case file is not the applicant's to take along"
    assert "附件3" in office.paper(case, "annex-3", tmp_path, who="clerk")
    sheet = office.paper(case, "annex-3", tmp_path)
    for said in (
        "申請人王小明申請課室戶籍登記課閱覽人王小明", "櫃檯爭議：3號櫃檯爭議", scene.minutes, "■准予調閱",
        "李文華", "吳志文", "林志明", "張文彬", "蔡文德", "由行政課專責人員另行約定時間陪同閱覽",
    ):  # fmt: skip
        assert said in sheet, said
    assert "不適用內部調閱" in office.paper(case, "agency-letter-advice", tmp_path)
    row = office.paper(case, "annex-4", tmp_path)
    assert "已進入司法程序，不適用內部調閱，改由相關機關來函申請" in row
    assert "閱覽：" not in row


def test_a_staff_request_from_the_screen_of_the_colleague_to_a_viewing_and_the_close(
    scene: Scene, tmp_path: Path
) -> None:
    office, today = scene.office, _roc(scene.today)
    typed = {"v0-name": "王小明", "reason": "counter_dispute", "reason-text": "5 號櫃檯爭議", "judicial": "no"}
    case = office.receive("clerk", "staff", typed | scene.range)
    office.act("chief", case, "sign-section")
    office.through_the_chain(case, "INT", "granted", "八(五)2(1)")
    decided = {"ruling.0.outcome": "granted", "form/judicial": "no", "password": PASSWORDS["director"]}
    office.act("director", case, "decide", decided)
    booking = {"viewing/on": today, "viewing/place": "一樓閱覽站"} | scene.hours
    office.act("officer", case, "schedule", booking)
    office.act("officer", case, "begin", {"form/judicial": "no", "viewing/devices_away": "1"})
    page = _view(office, case, "officer")
    expect(page.locator(".case-tag")).to_have_text("無複本留存")
    office.close(case, signed=True)

    own = office.desk("clerk")
    own.goto(office.address + case)
    expect(own.locator(".case-tag")).to_have_text("結案歸卷")
    row = office.paper(case, "annex-4", tmp_path)
    for said in (
        "內部調閱",
        "5號櫃檯爭議",
        "閱覽人：王小明",
        "拍攝情形：無",
        "複製影音資料：□是■否",
        "陳怡君",
        "林志明",
    ):
        assert said in row, said
    assert "■准予調閱" in office.paper(case, "annex-3", tmp_path)
    _recorded(office, case, tmp_path, "內部調閱", "王小明")


def test_an_agencys_letter_refused_with_a_numbered_reply(scene: Scene, tmp_path: Path) -> None:
    office = scene.office
    case = office.receive("officer", "letter", LETTER | scene.range | {"letter-day": _roc(scene.day)})
    office.act("manager", case, "check", {"letter/scan_follows": "公文系統停機，明日補掃"}, button="check")
    office.through_the_chain(case, "AGY", "refused", "行政程序法第19條")
    refused = {
        "ruling.0.outcome": "refused", "ruling.0.reason": "與偵查目的無關", "reason": "請求範圍與所敘目的無關",
        "article": "行政程序法第19條第5項", "password": PASSWORDS["director"],
    }  # fmt: skip
    office.act("director", case, "decide", refused)
    page = office.desk("officer")
    page.goto(office.address + case)
    assert page.locator("form.form-notify").count() == 0, "nothing arrives that has not gone out"
    office.sign(page, "officer", "form.form-issue")
    page.locator("form.form-issue .actions button").click()
    expect(page.locator("form.form-issue .problem")).to_contain_text("無發文字號")
    _answer(scene, case, "北市萬戶庶字第1150001234號", means="exchange")
    office.act("head", case, "excuse-scan", {"reason": "來函原本於收文後污損"})
    office.close(case)

    reply = office.paper(case, "reply-letter", tmp_path)
    for said in (
        "受文者：臺北市政府警察局萬華分局", "北市萬戶庶字第1150001234號", "歉難同意", "請求範圍與所敘目的無關",
        "行政程序法第19條第5項",
    ):  # fmt: skip
        assert said in reply, said
    row = office.paper(case, "annex-4", tmp_path)
    for said in ("臺北市政府警察局萬華分局", "偵查佐郭大偉", "來函北市警萬分刑字第1153012345號", "否准", "機關調閱"):
        assert said in row, said


def _copy(office: CaseOffice, case: str) -> Page:
    """The two who attend have the viewing copy made, and the page says when it is there (``AT-54``)."""
    page = office.sit_beside("officer", "manager")
    page.goto(office.address + case)
    expect(page.locator("#next-title")).to_have_text("製作閱覽用複本")
    page.fill("#copy-password", PASSWORDS["officer"])
    page.click(".copy button.primary")
    expect(page.locator(".copy")).to_contain_text("製作完成", timeout=120_000)
    expect(page.locator("#next-title")).to_have_text("開始閱覽")
    return page


def test_an_agency_that_was_granted_the_viewing_alone_views_a_copy_that_is_destroyed(
    scene: Scene, tmp_path: Path
) -> None:
    """Received, decided, answered, booked, copied, viewed, destroyed and closed (八(五)3(2), 七(三)). The copy that the
    letter asks to take along is not given, for the reason proposed (``AT-56``)."""
    office, today = scene.office, _roc(scene.today)
    asks = {"letter-day": _roc(scene.day), "copy-asked": "1", "copy-reason": "移送地檢署之證據"}
    case = office.receive("officer", "letter", LETTER | scene.range | asks)
    office.act("manager", case, "check", {"letter/scan_follows": "公文系統停機，明日補掃"}, button="check")
    on_copy = {"proposal/give": "viewing", "proposal/copy_reasoned": "閱覽已足認事實"}
    office.through_the_chain(case, "AGY", "granted", "八(五)3(1)", on_copy)
    waits = office.desk("secretary").locator(".blocked-now")
    expect(waits).to_contain_text("須由主任登入辦理")
    expect(waits).not_to_contain_text("不能辦理")
    ruled = {"ruling.0.outcome": "granted", "give": "viewing", "password": PASSWORDS["director"]}
    office.act("director", case, "decide", ruled)
    _answer(scene, case, "北市萬戶庶字第1150001235號", means="exchange")
    reply = office.paper(case, "reply-letter", tmp_path)
    minutes = scene.minutes.replace("~", "至")
    for said in ("本所同意閱覽，複製部分歉難同意，復請查照", "本所歉難同意：閱覽已足認事實", minutes):
        assert said in reply, said
    assert "複製部分否准：閱覽已足認事實" in office.paper(case, "annex-4", tmp_path)
    page = office.desk("officer")
    page.goto(office.address + case)
    booking = {"viewing/on": today, "viewing/place": "一樓閱覽站", "viewing/accompanied_by": "陳怡君"} | scene.hours
    office.act("officer", case, "schedule", booking)
    page = _copy(office, case)
    assert page.locator("form.form-clean").count() == 0, "nothing to destroy before it was viewed"
    door = {"visit/agency": LETTER["agency"], "visit/id_checked": "1", "visit/letter_seen": "1"}
    office.act("officer", case, "begin", door | {"viewing/devices_away": "1"})
    files = Path(office.box.settings.layout.copies)
    assert list(files.iterdir())
    _view(office, case, "officer")
    assert not list(files.iterdir())
    page = office.act("head", case, "excuse-scan", {"reason": "公文系統停機期間之原本已遺失"})
    expect(page.locator(".case-title .lead")).to_contain_text("掃描檔缺件，經單位主管核章")
    office.close(case, signed=True)
    row = office.paper(case, "annex-4", tmp_path)
    for said in ("閱覽用複本", "銷毀（閱覽完畢，確認銷毀，陳怡君）", "拍攝情形：無", "複製影音資料：□是■否"):
        assert said in row, said
    _recorded(office, case, tmp_path, "機關調閱", "來函字號", "閱覽用複本", "閱覽完畢，確認銷毀")
