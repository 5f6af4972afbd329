"""The pages of the daily inspection over the real book: the row, the month's sheet, tickets, 附件1 and health."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from appliance.api.registry import BUILT_IN, load_plugins
from appliance.protocol.inspection import InspectionMonth, RowView
from appliance.rules.deadlines import day_of
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.inspection.month import _paper_rows
from appliance.web.pages.inspection.words import InspectionWords
from tests.services.inspectiondesk import BLURRED, HOUR, found
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.visitor import Answer, Visitor

DAY_NS = 24 * HOUR


@pytest.fixture
def both(visitor: Visitor, keeper: KeeperDouble) -> Visitor:
    """The officer and the unit's head at one browser, on a Monday at 14:00."""
    visitor.log_in("officer")
    visitor.join("head")
    return visitor


def today(keeper: KeeperDouble) -> str:
    return day_of(keeper.now_ns).isoformat()


def blur(keeper: KeeperDouble) -> None:
    keeper.inspecting.items.append(found(BLURRED, keeper.now_ns - 7 * HOUR))


def send(visitor: Visitor, path: str, **typed: Any) -> Answer:
    """With the officer's password where a ticket is sent: two sit here."""
    own = {"password": PASSWORDS["officer"]} if "/tickets/" in path else {}
    return visitor.post(path, {"act": re.sub(r"\W", "", f"{path}{len(str(typed))}")[-40:].lower(), **own, **typed})


def propose(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.get("/inspection")
    assert send(visitor, f"/inspection/{today(keeper)}/propose").status == 303


def sign(visitor: Visitor, keeper: KeeperDouble, **typed: Any) -> Answer:
    return send(visitor, f"/inspection/{today(keeper)}/sign", **{"password": PASSWORDS["officer"], **typed})


def fault(**more: Any) -> dict[str, Any]:
    typed = {"key-1": BLURRED, "judged-1": "fault", "box": ["picture"], "handling": "3 號失焦，已通報"}
    return {**typed, **more}


def test_the_machine_ticks_nothing_and_the_button_waits_for_what_is_not_opened(
    both: Visitor, keeper: KeeperDouble
) -> None:
    blur(keeper)
    propose(both, keeper)
    shown = both.get("/inspection").text
    assert "系統初判" in shown
    assert "監視器 03 畫面失焦" in shown
    assert "checked" not in shown
    assert re.search(r'<button class="button primary" disabled', shown)
    assert "尚有 1 項未檢視" in shown
    opened = send(both, f"/inspection/{today(keeper)}/look", item=BLURRED, handling="打到一半", box=["picture"])
    assert "打到一半" in opened.text, "what was typed stays"
    assert 'value="picture" checked' in opened.text
    assert not re.search(r'<button class="button primary" disabled', opened.text)
    assert f"{BLURRED} in words" not in opened.text, "the row is Chinese"


def test_at_15_at_16_what_is_missing_is_said_in_sentences_and_nothing_typed_is_lost(
    both: Visitor, keeper: KeeperDouble
) -> None:
    blur(keeper)
    propose(both, keeper)
    refused = sign(both, keeper, **fault(handling="打好的字"))
    assert refused.status == 403
    assert "未檢視：監視器 03 畫面失焦" in refused.text
    assert "打好的字" in refused.text
    send(both, f"/inspection/{today(keeper)}/look", item=BLURRED)
    refused = sign(both, keeper, **fault(box=["normal"], handling=""))
    assert "不得勾選「均無異常」" in refused.text
    refused = sign(both, keeper, **{**fault(), "judged-1": "none", "box": ["normal"]})
    assert "請填寫理由" in refused.text
    wrong = sign(both, keeper, **fault(password="wrong"))
    assert wrong.status == 403
    assert keeper.inspecting.book.day(day_of(keeper.now_ns)).row.signed_ns == 0


def test_at_17_at_18_from_a_fault_over_its_ticket_to_the_head_s_stamp(both: Visitor, keeper: KeeperDouble) -> None:
    blur(keeper)
    propose(both, keeper)
    send(both, f"/inspection/{today(keeper)}/look", item=BLURRED)
    assert sign(both, keeper, **fault()).status == 303
    signed = both.get(f"/inspection/{today(keeper)}").text
    assert "尚未通報維修，不得核章" in signed
    assert re.search(r"<dt>系統初判</dt><dd><span[^>]*>畫面異常", signed), "the machine's proposal beside the choice"
    assert re.search(r'失焦</th><td class="nums">0\.10 / 0\.3', signed), "and what was measured"
    month = both.get("/inspection/month").text
    assert "stamp-password" not in month, "nobody here may stamp it yet"
    drafted = both.get(f"/inspection/tickets/new?day={today(keeper)}").text
    assert re.search(r'name="box" value="picture" required checked', drafted)
    assert re.search(rf'name="finding" value="{BLURRED}" checked', drafted)
    form = {"box": "picture", "finding": [BLURRED], "camera": "1-01", "how": "電話", "text": "失焦"}
    other = send(both, "/inspection/tickets/new", **{**form, "box": "sound"}, to="安視科技")
    assert "非屬所選異常別" in other.text
    bare = send(both, "/inspection/tickets/new", **form, to=" ")
    assert "請填寫通報對象" in bare.text
    made = send(both, "/inspection/tickets/new", **form, to="安視科技")
    assert made.goes_to == "/inspection/tickets/M113-0001"
    assert "checked" not in both.get(f"/inspection/tickets/new?day={today(keeper)}").text, "it is reported"
    month = both.get("/inspection/month").text
    assert "林志明 之密碼" in month
    assert "陳怡君 之密碼" not in month, "whoever signed gets no stamp"
    path = f"/inspection/month/{today(keeper)[:7]}/stamp"
    for days, ticked in (([today(keeper)], True), ([], False)):
        wrong = send(both, path, day=days, seat="2", password="wrong").text
        assert bool(re.search(rf'name="day" value="{today(keeper)}" checked', wrong)) is ticked
        assert "林志明 之密碼不符，請重新輸入。</p></div>" in wrong
    stamped = send(both, path, day=[today(keeper)], seat="2", password=PASSWORDS["head"])
    assert stamped.status == 303
    assert "已核章" in both.get(stamped.goes_to).text


def test_a_fault_that_came_after_the_signature_is_drafted_into_a_ticket(both: Visitor, keeper: KeeperDouble) -> None:
    propose(both, keeper)
    assert sign(both, keeper, box=["normal"]).status == 303
    late = {"key": BLURRED, "box": "picture", "text": "out of focus", "since_ns": keeper.now_ns, "ended": ""}
    owed = {**late, "key": "reference-owed-1-01"}
    keeper.findings = [late, owed]
    drafted = both.get(f"/inspection/tickets/new?finding={BLURRED}").text
    assert re.search(r'name="box" value="picture" required checked', drafted)
    assert re.findall(r'name="finding" value="([^"]+)"( checked)?', drafted) == [(BLURRED, " checked")]
    assert "checked" not in both.get("/inspection/tickets/new").text, "nothing is said to be confirmed"


def test_at_18_the_inspector_s_own_stamp_is_refused_with_the_reason(both: Visitor, keeper: KeeperDouble) -> None:
    propose(both, keeper)
    assert sign(both, keeper, box=["normal"]).status == 303
    path = f"/inspection/month/{today(keeper)[:7]}/stamp"
    own = send(both, path, day=[today(keeper)], seat="1", password=PASSWORDS["officer"])
    assert own.status == 403
    assert keeper.inspecting.book.day(day_of(keeper.now_ns)).stamped_ns == 0


def test_a_missed_day_is_signed_later_with_its_reason(both: Visitor, keeper: KeeperDouble) -> None:
    current = '<a href="/inspection" aria-current="page">'
    assert current in both.get("/inspection").text
    day = today(keeper)
    keeper.now_ns += DAY_NS
    both.get("/inspection")
    assert "逾時未簽" in both.get("/inspection/month").text
    shown = both.get(f"/inspection/{day}").text
    assert "補簽事由" in shown
    assert current not in shown, "it is not today"
    typed = {"password": PASSWORDS["officer"], "box": ["normal"]}
    assert "請選擇補簽事由" in send(both, f"/inspection/{day}/sign", **typed).text
    assert send(both, f"/inspection/{day}/sign", **typed, late="leave").status == 303
    assert "補簽" in both.get(f"/inspection/{day}").text


def test_a_ticket_goes_on_step_by_step_and_says_what_keeps_it(both: Visitor, keeper: KeeperDouble) -> None:
    blur(keeper)
    both.get("/inspection")
    form = {"box": "picture", "finding": [BLURRED], "to": "安視科技", "how": "電話"}
    number = send(both, "/inspection/tickets/new", **form).goes_to.rsplit("/", 1)[1]
    step = f"/inspection/tickets/{number}/step"
    assert f'href="/register/visits/new?ticket={number}"' in both.get(f"/inspection/tickets/{number}").text
    assert (
        "須由陪同人員於維護作業登記簿輸入本人密碼"
        in send(both, step, event="visit", who="王先生", escort="路人甲").text
    )
    early = send(both, step, event="verify", cause="鏡頭鬆動")
    assert "請選擇有無拆下儲存媒體" in early.text
    assert "尚未恢復正常滿 1 小時：監視器 03 畫面失焦" in early.text
    assert "鏡頭鬆動" in early.text
    keeper.inspecting.items[0] = found(BLURRED, keeper.now_ns - 7 * HOUR, keeper.now_ns - 2 * HOUR)
    assert "儲存媒體登記簿無 ZX-999" in send(both, step, event="verify", cause="鏡頭鬆動", removed="ZX-999").text
    assert send(both, step, event="verify", cause="鏡頭鬆動", removed="none").status == 303
    assert "未拆下儲存媒體" in both.get(f"/inspection/tickets/{number}").text
    assert "已驗證修復" in both.get(f"/inspection/tickets/{number}").text
    assert both.get("/inspection/tickets/M113-9999").status == 404


def test_a_ticket_s_paper_tells_fault_report_and_repair(both: Visitor, keeper: KeeperDouble) -> None:
    blur(keeper)
    both.get("/inspection")
    form = {"box": "picture", "finding": [BLURRED], "camera": "1-01", "to": "安視科技", "how": "電話", "text": "失焦"}
    path = send(both, "/inspection/tickets/new", **form).goes_to
    assert f'href="{path}/paper.pdf"' in both.get(path).text
    keeper.inspecting.items[0] = found(BLURRED, keeper.now_ns - 7 * HOUR, keeper.now_ns - 2 * HOUR)
    done = send(
        both, f"{path}/step", event="verify", cause="鏡頭鬆動", parts="鏡頭 L-77", removed="none", cost="萬採1號"
    )
    assert done.status == 303
    saved = both.get(f"{path}/paper.odt")
    with zipfile.ZipFile(io.BytesIO(saved.body)) as package:
        words = package.read("content.xml").decode()
    for said in ("維修通報單", "M113-0001", "畫面異常", "1-01", "安視科技", "電話", "失焦", "鏡頭鬆動", "鏡頭 L-77",
                 "萬採1號", "未拆下儲存媒體", "異常歷時", "缺錄", "陳怡君", "單位主管"):  # fmt: skip
        assert said in words, said
    for missing in (f"{path}/paper.doc", "/inspection/tickets/M113-0009/paper.pdf"):
        assert both.get(missing).status == 404, missing


def test_annex_1_of_a_month_is_made_from_its_rows(both: Visitor, keeper: KeeperDouble) -> None:
    blur(keeper)
    propose(both, keeper)
    send(both, f"/inspection/{today(keeper)}/look", item=BLURRED)
    sign(both, keeper, **fault())
    send(both, "/inspection/tickets/new", box="picture", finding=[BLURRED], to="安視科技", how="電話")
    saved = both.get(f"/inspection/month/{today(keeper)[:7]}/odt")
    assert saved.status == 200
    words = zipfile.ZipFile(io.BytesIO(saved.body)).read("content.xml").decode()
    for said in ("陳怡君", "■畫面異常", "□均無異常", "3 號失焦，已通報", "維修單 M113-0001"):
        assert said in words, said
    assert both.get(f"/inspection/month/{today(keeper)[:7]}/docx").status == 404
    assert both.get("/inspection/month/2026-13").status == 404


def test_t_79_no_page_of_the_inspection_shows_a_picture(both: Visitor, keeper: KeeperDouble) -> None:
    blur(keeper)
    propose(both, keeper)
    for path in ("/inspection", "/inspection/month", "/inspection/health", "/inspection/tickets/new"):
        assert "<img" not in both.get(path).text


def test_health_shows_what_each_check_measured_and_what_the_machine_does_not_tell(both: Visitor) -> None:
    shown = both.get("/inspection/health").text
    for said in (
        "失焦",
        "異常",
        "0.11 / 0.22",
        "81 / 72 %",
        "觀察中",
        "左右移 4 %、上下移 0 %",
        "41 %",
        "45 日",
        "thermal_zone0-temp",
        "本機未提供",
        "尚未檢測",
    ):
        assert said in shown, said
    assert "無法執行" in shown
    assert "檢測程式執行時間過長" in shown
    assert not re.search(r"[\d.]+e-\d", shown)


def health(visitor: Visitor, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> str:
    """The page's text where the recorder is as the double has it but for ``changes``; without a fault."""
    signs = [["picture-black", False, 0.1, 0.97, "share", ""]]
    well = {"camera_no": "1-01", "state": "live", "look": {"at_ns": 0, "signs": signs}}
    told = {"cameras": [well], "box": None, "box_trends": {}, "figures": {}, **changes}
    monkeypatch.setattr("tests.web.inspection_double.HEALTH", told)
    return visitor.get("/inspection/health").text


def test_health_calls_nothing_well_that_is_watched_or_found_by_the_recorder_itself(
    both: Visitor, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "各項自動檢測均正常" in health(both, monkeypatch)
    watched = {"at_ns": 0, "signs": [["disk-filesystem", True, 116.0, 0.0, "errors", "/dev/vda"]]}
    page = health(both, monkeypatch, box=watched)
    assert "目前無異常，1 項觀察中" in page
    assert "116 / 0 次" in page
    assert 'glance" data-state="doubt"' in page
    assert "均正常" not in page
    keeper.findings = [{"key": "ledger-damaged", "text": "x"}, {"key": "picture-black-1-01", "text": "x"}]
    page = health(both, monkeypatch)
    assert "系統另有 1 項提醒待處理" in page
    assert 'glance" data-state="doubt"' in page


def test_health_names_the_faults_that_stand_before_anything_else(
    both: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    blurred = {"at_ns": 0, "signs": [], "wrong": [{"fault": "picture-blurred", "box": "picture", "text": "x"}]}
    page = health(both, monkeypatch, cameras=[{"camera_no": "1-01", "state": "live", "look": blurred}])
    glance = page[page.index('class="card glance"') :]
    assert re.search(r"目前有 1 項異常</h2>\s*<ul[^>]*><li>監視器 1-01：失焦</li>", glance)
    theirs = {"fault": "lamp-out", "box": "picture", "text": "camera 1-01: 櫃檯燈未亮。 (measured 73)"}
    told = {"camera_no": "1-01", "state": "live", "look": {**blurred, "wrong": [theirs]}}
    assert "<li>監視器 1-01：櫃檯燈未亮。</li>" in health(both, monkeypatch, cameras=[told])


def test_a_start_is_no_fault_and_a_camera_that_is_lost_is_not_looked_at(
    both: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = health(both, monkeypatch, cameras=[{"camera_no": "1-01", "state": "live", "look": None}])
    assert "系統啟動中，自動檢測尚未開始" in page
    assert 'glance" data-state="doubt"' in page
    page = health(both, monkeypatch, cameras=[{"camera_no": "1-01", "state": "lost", "look": None}])
    assert "有 1 支監視器無法檢測" in page


def test_health_explains_plots_where_there_are_any_and_a_yes_or_no_by_its_state(
    both: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    unapproved = {"at_ns": 0, "signs": [["sound-unapproved", False, 0.0, 0.0, "1 or 0", ""]]}
    page = health(both, monkeypatch, box=unapproved, figures={"probe_bad.0": 0.0, "probe_bad.15": 1.0})
    assert "虛線為界限" not in page
    assert "走勢圖須有 2 小時以上之資料" in page
    assert re.search(r'sign-value"></span>', page)
    assert re.search(r"寫入及讀取測試</th>.*>今日</span> 成功", page)
    assert re.search(r">15 日前</span> 失敗", page)
    trend = {"by": "hour", "points": [[9, 40, 44, 51], [10, 42, 52, 60]], "limit": 85.0, "unit": "°C"}
    assert "虛線為界限" in health(both, monkeypatch, box=unapproved, box_trends={"sound-unapproved": trend})


def test_what_a_check_adds_in_english_is_marked_where_nobody_said_it_in_chinese(
    both: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = [
        ["lamp-out", True, 3.0, 60.0, "levels", "the lamp by the door"],
        ["disk-hot", True, 70.0, 60.0, "°C", "sda"],
    ]
    page = health(both, monkeypatch, box={"at_ns": 0, "signs": signs})
    assert '(<span lang="en">the lamp by the door</span>)' in page
    assert "(sda)" in page
    assert "(<span" not in health(
        both, monkeypatch, box={"at_ns": 0, "signs": [["disk-hot", True, 70.0, 60.0, "°C", ""]]}
    )


def test_what_a_third_party_s_check_measures_is_called_by_the_words_that_it_brought(
    both: Visitor, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = [["lamp-out", True, 3.0, 60.0, "lux", ""]]
    trend = {"by": "hour", "points": [[9, 40, 44, 51], [10, 42, 52, 60]], "limit": 60.0, "unit": "lux"}
    told = {"box": {"at_ns": 0, "signs": signs}, "box_trends": {"lamp-out": trend}}
    assert ">lamp-out<" in health(both, monkeypatch, **told)
    keeper.words = {
        "faults": {"lamp-out": {"name": ["燈光", "Lamp"], "summary": ["燈未亮", "It is dark."]}},
        "units": {"lux": ["勒克斯", "lux"]},
    }
    page = health(both, monkeypatch, **told)
    assert 'sign-name">燈光</span>' in page
    assert "/ 60 勒克斯</span>" in page
    assert re.search(r'aria-label="[^"]*44 勒克斯[^"]*60 勒克斯', page)
    assert "lamp-out" not in page


def test_a_row_says_one_thing_before_anything_was_proposed(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.now_ns -= 8 * HOUR
    visitor.log_in("officer")
    page = visitor.get("/inspection").text
    assert "系統尚未初判" in page
    assert "當日未檢出異常" not in page
    propose(visitor, keeper)
    page = visitor.get("/inspection").text
    assert "系統尚未初判" not in page
    assert "當日未檢出異常" in page


def test_what_was_found_after_the_proposal_stands_beside_it(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("officer")
    propose(visitor, keeper)
    page = visitor.get("/inspection").text
    assert "其後檢出" not in page
    blur(keeper)
    page = visitor.get("/inspection").text
    proposal = page.partition('class="proposal"')[2].partition("</p>")[0]
    assert "未檢出異常" in proposal
    assert "其後檢出 1 項" in proposal
    assert "畫面異常" in proposal.partition("其後檢出")[2]
    propose(visitor, keeper)
    assert "其後檢出" not in visitor.get("/inspection").text


def test_the_month_s_sheet_leads_to_no_month_to_come_and_its_paper_names_the_month(
    both: Visitor, keeper: KeeperDouble
) -> None:
    now = day_of(keeper.now_ns)
    before = f"{now.year - (now.month == 1)}-{(now.month - 2) % 12 + 1:02d}"
    links = set(re.findall(r'href="/inspection/month/(\d{4}-\d\d)"', both.get("/inspection/month").text))
    assert links == {before}
    assert f'href="/inspection/month/{now:%Y-%m}"' in both.get(f"/inspection/month/{before}").text
    saved = both.get(f"/inspection/month/{now:%Y-%m}/odt")
    words = zipfile.ZipFile(io.BytesIO(saved.body)).read("content.xml").decode()
    assert f"檢查日誌（{now.year - 1911} 年 {now.month} 月）" in words


def test_a_month_that_is_filed_says_so(both: Visitor, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = keeper.inspect

    def all_filed(verb: str, **arguments: Any) -> Any:
        reply = asked(verb, **arguments)
        reply.head["rows"] = [{**row, "state": "filed"} for row in reply.head["rows"]]
        return reply

    assert "已歸檔" not in both.get("/inspection/month").text
    monkeypatch.setattr(keeper, "inspect", all_filed)
    assert re.search(r"檢查日誌已歸檔，共 \d 列。", both.get("/inspection/month").text)


def test_every_fault_measure_and_missing_thing_has_its_words() -> None:
    messages = read_messages()
    from appliance.selftest.measures import MEASURES

    faults = {fault.code for check in load_plugins(BUILT_IN).checks.values() for fault in check.faults}
    assert {f"fault.{code}" for code in faults} == {code for code in messages.table if code.startswith("fault.")}
    measures = {f"measure.{measure.name}" for measure in MEASURES}
    assert measures == {code for code in messages.table if code.startswith("measure.")}
    words = InspectionWords(messages, "zh")
    assert words.lacks(["box:sound", "box:sound", "unstamped:2026-09-28", "state:missed", "nobody-knows:this"]) == [
        "應勾選：錄音異常",
        "未核章：115/09/28",
        "目前狀態：逾時",
        "nobody-knows:this",
    ]


def test_T_79_the_officer_sees_a_picture_and_a_meter_of_each_camera_and_loses_nothing_typed(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("officer")
    assert f'formaction="/inspection/{today(keeper)}/pictures#now-title"' in visitor.get("/inspection").text
    shown = send(visitor, f"/inspection/{today(keeper)}/pictures", box="sound", handling="麥克風有雜音")
    assert shown.status == 200
    assert len(re.findall(r'<img src="/pictures/[0-9a-f]{32}" alt="監視器 1-01', shown.text)) == 1
    assert "音量 -31 dB，峰值 -10 dB" in shown.text
    assert "no route to it" in shown.text, "the other camera gave none, and the page says why"
    assert "麥克風有雜音</textarea>" in shown.text
    assert re.search(r'value="sound" checked', shown.text)


def test_T_79_whoever_does_not_inspect_is_offered_no_picture(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("head")
    assert "/pictures" not in visitor.get("/inspection").text


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("camera 07: The picture is out of focus. (measured 0.10, limit 0.3)", "測得 0.10，界限 0.3"),
        (
            "camera 07: The camera looks elsewhere. (shifted by 9 % across and 2 % down; measured 90 %, limit 72 %)",
            "左右移 9 %、上下移 2 %；測得 90 %，界限 72 %",
        ),
        ("box: Bad sectors. (footage; measured 3 sectors, limit 0 sectors)", "影音資料；測得 3 個，界限 0 個"),
        ("camera 02: darkroom: no look (its process ended)", ""),
        ("camera 02 is away", ""),
    ],
)  # fmt: skip
def test_what_a_check_noted_stands_beside_its_finding_in_the_language_of_the_row(text: str, beside: str) -> None:
    assert InspectionWords(read_messages(), "zh").beside(text) == beside
    assert InspectionWords(read_messages(), "en").beside(text) == "", "the English finding says it itself"


def test_a_deputy_s_stamp_on_annex_1_says_acting_for_the_unit_head() -> None:
    row = RowView(
        day="2024-09-30", state="stamped", signed_ns=1, inspector="陳怡君", inspector_account="officer", stamped_ns=2,
        stamped_by="張文彬", stamped_account="third", deputy=True,
    )  # fmt: skip
    (made,) = _paper_rows(InspectionMonth(now_ns=3, month="2024-09", rows=(row,)))
    assert made.signed_head is not None
    assert (made.signed_head.name, made.signed_head.mark) == ("張文彬", "代理")
