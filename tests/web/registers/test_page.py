"""The pages of the registers over the real book: what they offer to whom, what they ask of the keeper, their papers,
and words for everything that the tables have."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.protocol.registers import ItemView, SignatureView
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.registers import datafile, deletions, incidents, live, media, vendors, visits
from appliance.rules.registers.clocks import CLOCKS
from appliance.rules.registers.proposals import Proposal
from appliance.rules.registers.shape import Widget
from appliance.rules.registers.tables import REGISTERS
from appliance.web.i18n.messages import read_messages
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.registers.fields import names_of, prefilled, read_step, rows_for
from appliance.web.pages.registers.papers import _CERTIFICATES, PAPERS, record_of
from appliance.web.pages.registers.words import RegisterWords
from tests.rules.registerdesk import HOUR_NS, NOW_NS
from tests.scanfiles import png
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.scans.test_page import send as bring
from tests.web.visitor import Answer, Visitor

CODES = re.compile(r'"([a-z]+(?:_[a-z]+)*)"\s*(?:,\)|\) if|for|if )|f"([a-z_]+):\{|return \("([a-z_]+)",\)')


@pytest.fixture
def both(visitor: Visitor, keeper: KeeperDouble) -> Visitor:
    """The officer and the unit's head, who is the director as well, at one browser."""
    visitor.log_in("officer")
    visitor.join("head")
    return visitor


_acts = iter(range(10_000))


def send(visitor: Visitor, path: str, seat: int = 1, **typed: Any) -> Answer:
    told = {"seat": str(seat), "password": PASSWORDS["officer" if str(seat) == "1" else "head"], **typed}
    return visitor.post(path, {"act": f"{next(_acts):032x}", **told})


def declare(visitor: Visitor, **typed: Any) -> Answer:
    told = {"kind": "filming", "known_at": "113/9/30 13:30", "facts": "拍攝螢幕", "no_footage": "yes", **typed}
    return send(visitor, "/register/incidents/new", **{name: value for name, value in told.items() if value})


def firm(visitor: Visitor) -> str:
    told = {"firm": "安視科技", "contact": "王經理", "phone": "02", "services": "保養", "contract_no": "約 1",
            "contract_from": "113/1/1", "contract_until": "114/1/1", "pledge_no": "檔 1",
            "pledge_on": "113/9/1"}  # fmt: skip
    answer = send(visitor, "/register/vendors/new", **told)
    assert answer.status == 303, answer.text
    return answer.goes_to.rpartition("/")[2].partition("?")[0]


def medium(visitor: Visitor, **typed: Any) -> str:
    told = {
        "medium_kind": "disk",
        "make": "S",
        "serial": "Z-1",
        "holds": "footage",
        "encrypted": "yes",
        "place": "機房",
    }
    answer = send(visitor, "/register/media/new", **told, **typed)
    assert answer.status == 303, answer.text
    return answer.goes_to.partition("?")[0]


def step(visitor: Visitor, path: str, event: str, seat: int = 1, **typed: Any) -> Answer:
    return send(visitor, f"{path}/act", seat, event=event, **typed)


# --- words ---


def _codes() -> set[str]:
    found = set()
    for module in (datafile, deletions, incidents, vendors, visits, media, live):
        text = Path(str(module.__file__)).read_text(encoding="utf-8").partition("\n_S, _E = ")[0]
        found |= {each for groups in CODES.findall(text) for each in groups if each}
        found |= set(re.findall(r'append\("([a-z_]+)"\)', text))
    found |= {
        f"{name}_{how}"
        for name in ("reported_at", "notified_at", "contained_at", "final_at")
        for how in ("ahead", "before")
    }
    found |= {f"clock_{code}" for code in ("report", "notice", "contain")}
    names = {name for register in REGISTERS.values() for name in register.fields()}
    return found - names - {state for register in REGISTERS.values() for state in register.states}


def test_every_state_event_cell_field_choice_and_code_has_words_and_the_chinese_is_the_table_s() -> None:
    table = read_messages().table
    wanted = {f"register-lack.{code.replace('_', '-')}" for code in _codes()} - {
        f"register-lack.{other}" for other in ("leave", "scrap", "yes", "taken", "key", "copy", "no", "report", "final",
                                               "notice", "nothing", "escort", "supervised", "stands")
    }  # fmt: skip
    assert len(wanted) > 30, wanted
    for register in REGISTERS.values():
        code = register.code
        for kind in ("name", "note", "new", "paper"):
            wanted.add(f"register-{kind}.{code}")
        wanted |= {f"duty-sort.{code}", f"handover-sort.{code}"}
        for state in register.states:
            name = f"register-state.{code}-{state.replace('_', '-')}"
            assert table[name][0] == state.zh
        for each in register.steps:
            name = f"register-event.{code}-{each.event.replace('_', '-')}"
            assert table[name][0] == each.event.zh
            wanted |= {f"register-cell.{code}-{each.cell}"} if each.cell else set()
            for field in each.fields:
                wanted.add(f"register-field.{field.name.replace('_', '-')}")
                wanted |= {f"register-choice.{field.name}-{choice}".replace("_", "-") for choice in field.choices}
    wanted |= {f"register-clock.{code}" for code in (*CLOCKS, "off", "met", "met-late", "running", "overdue")}
    wanted |= {f"register-why.{why}" for why in ("no-row", "role", "pair", "guard", "password")}
    assert not wanted - set(table), sorted(wanted - set(table))


def test_every_field_is_on_its_paper_and_no_paper_asks_for_what_there_is_not() -> None:
    for code, register in REGISTERS.items():
        papers = [PAPERS[code], *(_CERTIFICATES.values() if code == "media" else ())]
        shown = {name for paper in papers for _, names in paper.parts for name in names}
        assert shown <= set(register.fields()), code
        left = {"note", "returned", "late_why", "report_no", "reported_to", "reported_at"}
        left |= {name for name in register.fields() if name.startswith(("notice_", "notified_"))}
        assert set(register.fields()) - shown <= left, "what is not in a part stands in the course of acts"
        cells = {each.cell for each in register.steps}
        assert all(set(paper.cells) <= cells and set(paper.apart) <= cells for paper in papers)


# --- reading ---


def test_a_form_that_is_shown_and_sent_again_says_the_same() -> None:
    register = REGISTERS["incidents"]
    add = next(each for each in register.steps if each.event == "add")
    values = {
        "cameras": ["1-01"], "people": ["王小明", "李小華"],
        "ranges": [{"camera_no": "1-01", "start_ns": _minute(0), "end_ns": _minute(30)},
                   {"camera_no": "1-02", "start_ns": _minute(0), "end_ns": _minute(60 * 20)}],
    }  # fmt: skip
    shown = prefilled(add, values, NOW_NS)
    assert read_step(add, shown, ("1-01", "1-02"), NOW_NS) == (values, {})
    assert rows_for(shown) == 4
    assert prefilled(add, {**values, "more_facts": "前次"}, NOW_NS) == shown, "what is added is typed anew"
    many = {**values, "ranges": [{**values["ranges"][0], "end_ns": _minute(30 + at)} for at in range(9)]}  # type: ignore[dict-item]
    shown = prefilled(add, many, NOW_NS)
    assert read_step(add, shown, ("1-01",), NOW_NS) == (many, {}), "none is lost, however many there are"
    assert rows_for(shown) == 11


def _minute(after: int) -> int:
    begun = NOW_NS - 48 * HOUR_NS
    return begun - begun % (60 * 10**9) + after * 60 * 10**9


def test_what_cannot_be_read_is_named_at_its_input() -> None:
    first = REGISTERS["incidents"].first
    typed = {"known_at": ("115/13/1 1:1",), "r0-day": ("115/1/1",), "r0-cameras": ("99",), "facts": ("x",)}
    answers, wrong = read_step(first, typed, ("1-01",), NOW_NS)
    assert answers == {"facts": "x"}
    assert set(wrong) == {"known_at", "r0-from", "r0-to", "r0-cameras"}
    assert {field.look for register in REGISTERS.values() for field in register.fields().values()} <= set(Widget)
    assert "r0-day" in names_of()


# --- pages ---


def test_AT_67_an_incident_is_declared_and_led_on_from_its_page(both: Visitor, keeper: KeeperDouble) -> None:
    assert "尚無登記" in both.get("/register/incidents").text
    refused = declare(both, no_footage="", kind="")
    assert refused.status == 403
    assert "未填：事由" in refused.text
    assert "或勾選未涉影音資料" in refused.text
    assert "拍攝螢幕" in refused.text, "what was typed stays"
    made = declare(both)
    assert made.goes_to == "/register/incidents/I113-0001?done=declare"
    page = both.get(made.goes_to).text
    assert page.count('data-state="running"') == 2
    assert "閱覽中發現拍攝" in page
    keeper.now_ns += 3 * HOUR_NS
    page = both.get("/register/incidents/I113-0001").text
    assert 'data-state="overdue"' in page
    assert "逾時" in both.get("/register").text
    late = step(both, "/register/incidents/I113-0001", "report", reported_to="資訊局", reported_at="113/9/30 16:00",
                report_no="1")  # fmt: skip
    assert "已逾時限，請填逾時原因" in late.text
    assert "資訊局" in late.text
    unreadable = step(both, "/register/incidents/I113-0001", "report", reported_at="昨天")
    assert unreadable.status == 400
    assert "report-reported-at-problem" in unreadable.text


def test_AT_67_staff_declare_an_incident_and_learn_its_number_alone(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    assert visitor.get("/register").status == 403
    assert visitor.get("/register/incidents").status == 403
    assert visitor.get("/register/vendors/new").status == 403
    assert 'href="/register"' not in visitor.get("/duties").text
    assert "通報疑似事故" in visitor.get("/register/incidents/new").text
    made = declare(visitor, password=PASSWORDS["clerk"])
    assert made.goes_to == "/register/incidents/new?done=I113-0001"
    assert "I113-0001" in visitor.get(made.goes_to).text
    assert visitor.get("/register/incidents/I113-0001").status == 403


def test_AT_67_page_and_paper_keep_every_word_that_was_declared_or_added_and_every_judgement(
    both: Visitor, keeper: KeeperDouble
) -> None:
    declare(both, facts="閱覽中拍攝螢幕")
    path = "/register/incidents/I113-0001"
    assert step(both, path, "add", more_facts="另一人亦拍攝", no_footage="yes").status == 303
    assert step(both, path, "add", more_facts="手機已交還", no_footage="yes").status == 303
    refused = step(both, path, "confirm", cyber="none", personal="yes", why="拍攝非資安事件")
    assert "停止或放寬時限之判定，須由單位主管或主任為之" in refused.text
    assert 'name="seat" value="1" checked' in refused.text, (
        "whoever sent it stands as sender, and another may be chosen"
    )
    assert 'name="seat" value="2">' in refused.text
    assert step(both, path, "confirm", 2, cyber="none", personal="yes", why="拍攝非資安事件").status == 303
    assert step(both, path, "regrade", cyber="2", personal="yes", why="波及主機").status == 303
    page, odt = both.get(path).text, _odt(both.get(f"{path}/paper.odt"))
    for words in ("閱覽中拍攝螢幕", "另一人亦拍攝", "手機已交還", "拍攝非資安事件", "波及主機", "改判等級"):
        assert words in page, words
        assert words in odt, words


def test_AT_67_what_the_machine_saw_is_a_draft_on_the_form_until_somebody_declares_it(
    both: Visitor, keeper: KeeperDouble
) -> None:
    book = keeper.registering.book
    stands = Proposal("camera-device-1-01", "stranger", "another device answers", keeper.now_ns, "1-01")
    book.world = book.world._replace(proposals=lambda: [stands])
    page = both.get("/register/incidents").text
    assert "監視器 1-01 所接設備與登記不符" in page
    assert "系統不自行通報" in page
    link = "/register/incidents/new?seen=camera-device-1-01"
    assert f'href="{link}"' in page
    form = both.get(link).text
    assert 'value="stranger" selected' in form
    assert 'value="1-01" checked' in form
    assert "系統發現：監視器 1-01 所接設備與登記不符" in form
    assert 'value="camera-device-1-01" selected' in form
    made = declare(both, seen="camera-device-1-01", kind="stranger")
    assert "監視器 1-01 所接設備與登記不符" in both.get(made.goes_to).text
    book.world = book.world._replace(proposals=list)
    assert "系統發現" not in both.get("/register/incidents").text
    assert 'name="seen"' not in both.get("/register/incidents/new").text, "there is nothing to choose"


def test_AT_67_the_list_shows_that_a_closed_incident_was_late(both: Visitor, keeper: KeeperDouble) -> None:
    declare(both)
    path = "/register/incidents/I113-0001"
    step(both, path, "confirm", cyber="1", personal="yes", why="有")
    keeper.now_ns += 3 * HOUR_NS
    report = {"reported_to": "資訊局", "reported_at": "113/9/30 16:00", "report_no": "1", "late_why": "網路中斷"}
    notice = {"notified_whom": "both", "notified_at": "113/9/30 16:00", "notice_means": "函", "notice_facts": "事實",
              "notice_measures": "措施"}  # fmt: skip
    assert step(both, path, "report", **report).status == 303
    assert step(both, path, "notify", **notice).status == 303
    assert step(both, path, "contain", contained_at="113/9/30 16:00", measures="已控制").status == 303
    assert step(both, path, "finish", 2).status == 303
    done = {"cause": "一", "lessons": "二", "improvement": "三", "final_no": "號", "final_at": "113/9/30 16:00"}
    assert step(both, path, "review", **done).status == 303
    assert step(both, path, "close", 2).status == 303
    (cell,) = re.findall(r'data-label="法定時限"><div>(.*?)</div>', both.get("/register/incidents").text)
    assert "資安通報 逾時完成" in cell
    assert "個資通報及通知" not in cell, "it was in time"


def test_AT_69_the_form_of_a_visit_takes_the_escort_s_password(both: Visitor, keeper: KeeperDouble) -> None:
    page = both.get("/register/visits/new").text
    assert "目前無可選項目" in page
    vendor = firm(both)
    page = both.get("/register/visits/new").text
    assert f"{vendor} 安視科技" in page
    assert "陳怡君 之密碼" in page
    told = {"vendor": vendor, "technicians": "王技師\n李技師", "id_checked": "yes", "pledges": "檔 2",
            "purpose": "repair", "matter": "鏡頭", "pictures": "none"}  # fmt: skip
    assert "請輸入本人密碼以簽署" in send(both, "/register/visits/new", password="", **told).text
    assert "之密碼不符，請重新輸入" in send(both, "/register/visits/new", password="wrong", **told).text
    made = send(both, "/register/visits/new", password=PASSWORDS["officer"], **told)
    path = made.goes_to.partition("?")[0]
    page = both.get(path).text
    assert "王技師\n李技師" in page
    assert 'value="take_over"' not in page, "the escort takes over from nobody"
    assert step(both, path, "finish", 1, work="鏡頭", tested="well", took="nothing").status == 303
    assert 'value="stamp"' in both.get(path).text
    assert step(both, path, "stamp", 2).status == 303
    assert "本筆已結束" in both.get(path).text


def test_T_60_a_medium_s_page_leads_to_its_certificate(both: Visitor, keeper: KeeperDouble) -> None:
    path = medium(both)
    assert "由二人簽署證明" in step(both, path, "send", sent_to="安視", sent_why="保固").text
    again = send(both, "/register/media/new", medium_kind="disk", make="S", serial="z-1", holds="nothing",
                 encrypted="yes", place="x")  # fmt: skip
    assert "此序號已登記為 D113-0001" in again.text
    assert "快閃式" not in both.get(path).text
    assert step(both, path, "propose", aim="scrap", method="shred", why="壞軌").status == 303
    assert "須由另一人簽署" not in both.get(path).text, "the unit head sits here"
    assert step(both, path, "approve", 2).status == 303
    assert step(both, path, "perform", performed_at="113/9/30 13:00", performed_where="機房", verified="碎為粉末",
                label="檔 3").status == 303  # fmt: skip
    page = both.get(path).text
    assert 'value="witness_destruction"' in page
    assert 'value="witness_clearing"' not in page, "it is to be destroyed, not cleared"
    assert "您已簽署" in step(both, path, "witness_destruction", 1).text
    assert step(both, path, "witness_destruction", 2).status == 303
    assert "已銷毀（具證明）" in both.get("/register/media").text


def test_a_lost_medium_leads_to_the_incident_that_began(both: Visitor, keeper: KeeperDouble) -> None:
    path = medium(both)
    told = step(both, path, "lose", note="遍尋不著")
    assert told.goes_to.endswith("&alarm=I113-0001")
    assert '<a href="/register/incidents/I113-0001">' in both.get(told.goes_to).text
    assert "系統" in both.get("/register/incidents/I113-0001").text


def test_AT_30_an_authorisation_names_a_person_and_public_areas(both: Visitor, keeper: KeeperDouble) -> None:
    today = day_of(keeper.now_ns)
    told = {"viewer": "clerk", "cameras": ["1-01", "1-02"], "live_purpose": "為民服務", "live_from": _roc(today),
            "live_until": _roc(date(today.year + 1, 1, 31))}  # fmt: skip
    refused = send(both, "/register/live/new", **told)
    assert "監視器 1-02 須為啟用中且設於公共區域者" in refused.text
    assert "授權期間不得逾 90 日" in refused.text
    made = send(both, "/register/live/new", **{**told, "cameras": ["1-01"], "live_until": _roc(today)})
    path = made.goes_to.partition("?")[0]
    assert "王小明" in both.get(path).text, "by name, not by account"
    assert step(both, path, "authorise", 2).status == 303
    assert "授權中" in both.get("/register/live").text


def _roc(day: date) -> str:
    return f"{day.year - 1911}/{day.month}/{day.day}"


def test_AT_68_the_notice_is_shown_as_it_is_now_and_each_posting_keeps_its_own(
    both: Visitor, keeper: KeeperDouble
) -> None:
    page = both.get("/register/datafile").text
    assert "尚未公開" in page
    assert "行政庶務課" in page
    odt = _odt(both.get("/register/datafile/now/paper.odt"))
    for words in ("個人資料檔案公開事項", "錄影監視系統影音資料檔", "行政庶務課", "影像（人像及舉止）", "辦公環境安全"):
        assert words in odt, words
    for words in ("編號：", "公開登記人"):
        assert words not in odt, "it goes to the website as it is"
    told = {"url": "https://wanhua.gov.taipei/privacy", "posted_on": _roc(day_of(keeper.now_ns))}
    path = send(both, "/register/datafile/new", **told).goes_to.partition("?")[0]
    assert step(both, path, "confirm", 2).status == 303
    assert "公開者與現況相符" in both.get("/register/datafile").text
    store = keeper.registering
    store.notice = msgspec.structs.replace(store.notice, unit="秘書室")
    page = both.get("/register/datafile").text
    assert "公開者與現況不符" in page
    assert "秘書室" in page
    assert "行政庶務課" in both.get(path).text, "what was posted stays as it was"
    assert "秘書室" not in both.get(path).text
    odt = _odt(both.get(f"{path}/paper.odt"))
    for words in ("行政庶務課", "編號：P113-0001", "公開登記人"):
        assert words in odt, words


def test_AT_66_T_28_a_request_to_destroy_is_answered_by_a_letter_with_the_last_day(
    both: Visitor, keeper: KeeperDouble
) -> None:
    day = _roc(day_of(keeper.now_ns) - timedelta(days=1))
    rows = {"r0-day": day, "r0-from": "1400", "r0-to": "1430", "r0-cameras": "1-01"}
    told = {
        "requester": "洪大明",
        "identified": "yes",
        "served_at": "臺北市康定路 1 號",
        "asks": "刪除本人影像",
        **rows,
    }
    path = send(both, "/register/deletions/new", **told).goes_to.partition("?")[0]
    page = both.get(path).text
    assert "最短保存期限內，不得銷毀" in page
    due = date_text((day_of(keeper.now_ns) + timedelta(days=15)).isoformat(), "zh")
    for where in (path, "/register/deletions"):
        text = both.get(where).text
        assert f"法定請求准駁期限 {due}" in text, where
        assert "尚有 15 日" in text, where
    keeper.now_ns += 16 * DAY_NS
    assert "已逾期 1 日" in both.get(path).text
    assert 'data-mark="over"' in both.get("/register/deletions").text
    keeper.now_ns -= 16 * DAY_NS
    assert "116/01/02" in page or "116/1/2" in page
    assert "個資刪除請求紀錄" in _odt(both.get(f"{path}/paper.odt")), "no letter before the decision"
    assert step(both, path, "propose", article="個人資料保護法第11條").status == 303
    assert step(both, path, "decide", 2).status == 303
    draft = _odt(both.get(f"{path}/paper.odt"))
    assert "北市萬戶庶字" not in draft
    for words in ("至遲於116年1月2日銷毀", "於該期限內不得銷毀", "提起訴願", "洪大明 君"):
        assert words in draft, words
    today = _roc(day_of(keeper.now_ns))
    assert step(both, path, "issue", doc_no="北市萬戶庶字第7號", issued_on=today).status == 303
    letter = _odt(both.get(f"{path}/paper.odt"))
    assert "發文字號：北市萬戶庶字第7號" in letter
    assert "14時00分至14時30分　監視器 1-01" in letter
    assert step(both, path, "serve", means="registered", served_on=today).status == 403
    proof = {"proof_no": "掛號 900123 號", "proof_day": today}
    assert step(both, path, "serve", means="registered", served_on=today, **proof).status == 303
    assert "掛號 900123 號" in both.get(path).text
    assert "已送達" in both.get("/register/deletions").text


def test_what_nobody_here_may_do_is_said_with_whom_it_takes(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("third")
    assert "須由有權限之人登入辦理" in visitor.get("/register/media").text
    page = visitor.get("/register/media/new")
    assert "專責人員／系統管理人" in page.text
    assert send(visitor, "/register/media/new", medium_kind="disk").status == 403


def test_what_there_is_not_is_not_found(both: Visitor, keeper: KeeperDouble) -> None:
    for path in ("/register/nothing", "/register/nothing/new", "/register/media/D113-0009",
                 "/register/media/D113-0009/paper.pdf"):  # fmt: skip
        assert both.get(path).status == 404, path
    path = medium(both)
    assert both.get(f"{path}/paper.doc").status == 404
    assert step(both, path, "kaboom").status == 400


def test_AT_67_T_60_the_papers_say_what_was_entered_and_who_signed(both: Visitor, keeper: KeeperDouble) -> None:
    declare(both, people="王小明", no_footage="", cameras="1-01")
    odt = _odt(both.get("/register/incidents/I113-0001/paper.odt"))
    for words in ("資安事件／個資事故紀錄", "I113-0001", "閱覽中發現拍攝", "王小明", "法定時限", "計時中", "陳怡君"):
        assert words in odt, words
    path = medium(both)
    assert "儲存媒體登記卡" in _odt(both.get(f"{path}/paper.odt"))
    step(both, path, "propose", aim="leave", method="key", why="保固")
    step(both, path, "approve", 2)
    step(both, path, "perform", performed_at="113/9/30 13:00", performed_where="機房", verified="讀不出", label="檔 3")
    step(both, path, "witness_clearing", 2)
    odt = _odt(both.get(f"{path}/paper.odt"))
    for words in ("儲存媒體清除證明", "Z-1", "銷毀金鑰", "讀不出", "檔 3", "陳怡君", "林志明", "存放內容影音資料"):
        assert words in odt, words
    assert "未存資料" in both.get(path).text, "it holds nothing any more"


def test_T_60_the_certificate_is_printed_of_what_was_cleared_and_put_to_no_use_since(
    both: Visitor, keeper: KeeperDouble
) -> None:
    path = medium(both)

    def card() -> bool:
        odt = _odt(both.get(f"{path}/paper.odt"))
        assert ("儲存媒體登記卡" in odt) != ("無從讀取其內容" in odt)
        return "儲存媒體登記卡" in odt

    step(both, path, "propose", aim="leave", method="key", why="保固")
    step(both, path, "approve", 2)
    assert card(), "nothing is attested before it was done"
    step(both, path, "perform", performed_at="113/9/30 13:00", performed_where="機房", verified="讀不出", label="檔 3")
    step(both, path, "witness_clearing", 2)
    assert not card()
    step(both, path, "send", sent_to="安視", sent_why="保固")
    assert not card()
    step(both, path, "back", place="機房")
    step(both, path, "use", place="主機", holds="footage")
    assert card()
    assert "存放內容影音資料" in _odt(both.get(f"{path}/paper.odt"))


def _odt(answer: Answer) -> str:
    assert answer.status == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        return re.sub(r"<[^>]+>", "", package.read("content.xml").decode())


def test_T_88_the_statistics_show_counts_alone_on_the_page_and_on_paper(both: Visitor, keeper: KeeperDouble) -> None:
    page = both.get("/statistics").text
    assert "113 年度統計" in page
    assert "1,234" in page
    assert '<a href="/statistics?year=2023">' in page
    assert "截至 113/09/30" in page, "the year goes on"
    assert "截至" not in both.get("/statistics?year=2023").text
    odt = _odt(both.get("/statistics/2024/odt"))
    for words in ("錄影監視系統年度統計", "113 年度（截至 113/09/30）", "民眾調閱", "1,234", "不含得以識別個人"):
        assert words in odt, words
    for path in ("/statistics/2019/odt", "/statistics/2024/doc", "/statistics/now/pdf"):
        assert both.get(path).status == 404, path
    assert "2024" in both.get("/statistics?year=nonsense").text or "113" in page


def test_AT_73_a_line_s_page_takes_in_what_was_signed_in_ink(both: Visitor, keeper: KeeperDouble) -> None:
    declare(both)
    page = both.get("/register/incidents/I113-0001").text
    assert 'action="/scans/register/I113-0001"' in page
    taken = bring(both, "/scans/register/I113-0001", png(), "signed.png", kind="signed")
    assert taken.goes_to == "/register/incidents/I113-0001?scan=S113-0001#scans"
    assert "簽名之紙本" in both.get("/register/incidents/I113-0001").text


@pytest.mark.parametrize(
    ("register", "cell", "role", "deputy", "mark"),
    [
        ("visits", "stamped", "unit_head", True, "代理"),
        ("live", "authorised", "director", True, "代行"),
        ("live", "authorised", "director", False, ""),
    ],
)
def test_a_deputy_s_mark_on_a_paper_is_the_director_s_own_word_for_the_director_alone(
    register: str, cell: str, role: str, deputy: bool, mark: str
) -> None:
    signature = SignatureView(cell=cell, account="third", role=role, at_ns=NOW_NS, deputy=deputy)
    told = ItemView(
        register=register,
        number="115-0001",
        state="",
        now_ns=NOW_NS,
        signatures=(signature,),
        names={"third": "張文彬"},
    )
    record = record_of(told, RegisterWords(read_messages(), "zh", REGISTERS[register]))
    (signed,) = [box.signed for box in record.boxes if box.signed is not None]
    assert (signed.name, signed.mark) == ("張文彬", mark)
