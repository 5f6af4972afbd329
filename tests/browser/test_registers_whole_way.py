"""The registers in a real browser over the real processes: an incident from suspicion to closing, a maintenance visit,
a drive that is cleared by two and goes away for repair."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.core.clock import SystemClock
from appliance.rules.deadlines import day_of
from appliance.web.pages.registers.fields import day_words
from tests.box import OFFICER, UNIT_HEAD, Box, until
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.steps import go_on

pytestmark = pytest.mark.browser

PASSWORDS = {1: OFFICER.password, 2: UNIT_HEAD.password}
PICTURES = os.environ.get("RECORDER_PICTURES", "")
"""A directory for pictures of the pages, to be looked at; none are made without it."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("registers"), ["01", "02"]) as found:
        yield found


@pytest.fixture(scope="module")
def page(office: tuple[Box, Browser]) -> Iterator[Page]:
    """Both people logged in; whatever a script of ours does wrong fails the test that met it."""
    box, browser = office
    context = browser.new_context(locale="zh-TW", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.goto(f"{_address(box)}/login")
    _type_in(opened, OFFICER.name, OFFICER.password, "main form button.primary")
    expect(opened).to_have_url(f"{_address(box)}/")
    opened.goto(f"{_address(box)}/cameras/01")
    opened.click("summary:has-text('會同人員')")
    _type_in(opened, UNIT_HEAD.name, UNIT_HEAD.password, 'form[action="/join"] button.primary')
    yield opened
    context.close()


def _address(box: Box) -> str:
    return f"https://localhost:{box.port}"


def _type_in(page: Page, name: str, password: str, button: str) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    go_on(page, button)


def picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for lang in ("zh", "en"):
        if page.locator("html").get_attribute("lang") != {"zh": "zh-Hant-TW", "en": "en"}[lang]:
            go_on(page, 'form[action="/language"] button')
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{PICTURES}/{name}-{lang}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    go_on(page, 'form[action="/language"] button')


def sound(page: Page, name: str, *, english: bool = False) -> None:
    """Accessible, in English too where it is asked for, and no wider than a narrow screen."""
    _sound_now(page, name)
    if english:
        go_on(page, 'form[action="/language"] button')
        _sound_now(page, name)
        go_on(page, 'form[action="/language"] button')
    picture(page, name)


def answered(page: Page, name: str) -> None:
    """As :func:`sound`, of what answers a form and would be gone in another language."""
    _sound_now(page, name)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def _sound_now(page: Page, name: str) -> None:
    assert violations(page) == [], name
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name}: scrolls sideways at 320 px"
    page.set_viewport_size({"width": 1280, "height": 900})


def fill(page: Page, form: str, **fields: str) -> None:
    """``fields`` by the input's name, with - for _; "tick" ticks."""
    for name, value in fields.items():
        where = page.locator(f'{form} [name="{name}"]')
        kind = where.first.evaluate("each => each.type || each.tagName")
        if value == "tick":
            where.first.check()
        elif kind in ("radio", "checkbox"):
            page.check(f'{form} [name="{name}"][value="{value}"]')
        elif kind == "select-one":
            where.first.select_option(value)
        else:
            where.first.fill(value)


def sign(page: Page, form: str) -> None:
    """The password of whoever sends the form, where it asks for one: a step's, or because two people are here."""
    page.wait_for_load_state()
    field = page.locator(f'{form} [name="password"]')
    if field.count():
        seat = page.locator(form).first.evaluate("form => new FormData(form).get('seat')")
        field.first.fill(PASSWORDS[int(seat)])


def submit(page: Page) -> None:
    sign(page, "form.register-form")
    page.click("form.register-form button.primary")


def begin(page: Page, address: str, register: str, **fields: str) -> str:
    """A new line of a register; its number."""
    page.goto(f"{address}/register/{register}/new")
    fill(page, "form.register-form", **fields)
    submit(page)
    expect(page.locator(".notice-good").first).to_be_visible()
    return page.url.rpartition("/")[2].partition("?")[0]


def _send_again(page: Page, password: str) -> None:
    """With the right password, as soon as the second is over that a wrong one costs."""

    def sent() -> bool:
        page.fill("#new-password", password)
        with page.expect_navigation():
            page.click("form.register-form button.primary")
        return page.locator(".notice-good").count() > 0

    until(sent, what="the end of the wait after a wrong password")


def act(page: Page, event: str, **fields: str) -> None:
    """Opens the form of a step, types, and sends it, with the password of whoever it names where it asks for one."""
    form = f'form:has(input[name="event"][value="{event}"])'
    page.wait_for_load_state()
    details = page.locator("details.part", has=page.locator(form)).first
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    fill(page, form, **fields)
    sign(page, form)
    page.click(f"{form} .actions button")


def done(page: Page, event: str, state: str, **fields: str) -> None:
    act(page, event, **fields)
    expect(page.locator(".notice-good").first).to_be_visible()
    expect(page.locator(".title-row .tag")).to_contain_text(state)


def saved(page: Page, kind: str) -> tuple[str, bytes]:
    with page.expect_download() as taken:
        page.click(f'a[href$="/paper.{kind}"]')
    return taken.value.suggested_filename, Path(taken.value.path()).read_bytes()


def test_AT_67_an_incident_goes_from_suspicion_to_closing(office: tuple[Box, Browser], page: Page) -> None:
    address = _address(office[0])
    page.goto(f"{address}/register")
    sound(page, "overview", english=True)
    page.goto(f"{address}/register/incidents")
    sound(page, "incidents none")
    page.click('a[href="/register/incidents/new"]')
    sound(page, "declare", english=True)
    page.fill('[name="known_at"]', "115/13/1")
    page.fill('[name="facts"]', "不會遺失的文字")
    submit(page)
    expect(page.locator("#new-known-at-problem")).to_be_visible()
    expect(page.locator('[name="facts"]')).to_have_value("不會遺失的文字")
    answered(page, "declare unreadable")
    page.goto(f"{address}/register/incidents/new")
    page.fill('[name="facts"]', "民眾於閱覽時以手機拍攝螢幕。")
    submit(page)
    expect(page.locator("#problems")).to_contain_text("未填：事由")
    expect(page.locator("#problems")).to_contain_text("未涉影音資料")
    answered(page, "declare refused")
    number = begin(page, address, "incidents", kind="filming", facts="民眾於閱覽時以手機拍攝螢幕。",
                   cameras="01", people="王小明\n李小華")  # fmt: skip
    expect(page.locator(".clocks li[data-state=running]")).to_have_count(2)
    sound(page, "suspected")
    act(page, "confirm", cyber="none", personal="yes", why="以手機拍攝，無關資通系統。")
    expect(page.locator("#problems")).to_contain_text("須由單位主管或主任為之")
    answered(page, "clock stopped by the officer")
    done(page, "confirm", "確認", cyber="none", personal="yes", why="以手機拍攝，無關資通系統。", seat="2")
    expect(page.locator(".clocks li[data-state=off]")).to_have_count(1)
    sound(page, "confirmed", english=True)
    done(page, "regrade", "確認", cyber="1", why="影像含當事人臉部，且曾上傳雲端。")
    expect(page.locator(".clocks li")).to_have_count(4)
    done(page, "report", "確認", reported_to="臺北市政府資訊局", report_no="115-0007")
    expect(page.locator(".clocks li[data-state=met]")).to_have_count(1)
    act(page, "notify", notified_whom="both", notice_means="書面送達")
    expect(page.locator("#problems")).to_contain_text("未填：通知內容：事實")
    answered(page, "notice refused")
    done(page, "notify", "確認", notice_facts="手機拍得影像一段。", notice_measures="已當場刪去並具結。")
    done(page, "contain", "控制", measures="收回手機，確認未外流。")
    done(page, "finish", "已通報／已通知")
    sound(page, "notified", english=True)
    act(page, "review", cause="未請民眾收妥手機", lessons="宣導不足", improvement="設置手機保管箱")
    expect(page.locator("#problems")).to_contain_text("未填：改善報告文號")
    done(page, "review", "檢討", final_no="萬戶字第1150001號", final_at=_now(page))
    done(page, "close", "結案")
    expect(page.locator(".act")).to_contain_text("本筆已結束")
    sound(page, "closed")
    name, pdf = saved(page, "pdf")
    assert (name, pdf[:5]) == (f"資安事件-個資事故紀錄-{number}.pdf", b"%PDF-")
    assert saved(page, "odt")[1][:2] == b"PK"
    page.goto(f"{address}/register/incidents")
    sound(page, "incidents", english=True)
    page.goto(f"{address}/ledger")
    expect(page.locator("body")).to_contain_text(f"事故 {number}")


def _now(page: Page) -> str:
    """The minute of the containment, which was just now, as pages write it."""
    return page.locator(".clock-when").nth(2).inner_text().removeprefix("完成 ")


def test_AT_69_a_maintenance_visit_begins_with_its_escort_and_ends_with_the_unit_head_s_stamp(
    office: tuple[Box, Browser], page: Page
) -> None:
    address = _address(office[0])
    day = "115/1/1"
    page.goto(f"{address}/register/visits/new")
    sound(page, "visit without a firm")
    vendor = begin(page, address, "vendors", firm="安視科技股份有限公司", tax_no="12345678", contact="王經理",
                   phone="02-2345-6789", services="監視器與錄影主機保養維修", contract_no="115-採-0012",
                   contract_from=day, contract_until="120/12/31", pledge_no="檔 115-0101",
                   pledge_on="115/11/1")  # fmt: skip
    sound(page, "vendor")
    page.goto(f"{address}/inspection/tickets/new")
    page.check("input[name=box][value=picture]")
    fill(page, "form.card", to="安視科技", how="電話")
    for field in page.locator("form.card [type=password]").all():
        field.fill(OFFICER.password)
    page.click("form.card button.primary")
    page.click("summary:has-text('到場維修')")
    answered(page, "ticket")
    page.click('a[href^="/register/visits/new?ticket="]')
    fill(page, "form.register-form", vendor=vendor, technicians="王技師\n李技師", purpose="repair",
         pictures="test_pattern", matter="1 號監視器鏡頭更換")  # fmt: skip
    page.fill("#new-password", "a wrong one that is long")
    page.click("form.register-form button.primary")
    expect(page.locator(".notice-bad").first).to_be_visible()
    answered(page, "visit refused")
    fill(page, "form.register-form", id_checked="tick", pledges="檔號 115-0102", cameras="01")
    _send_again(page, OFFICER.password)
    expect(page.locator(".title-row .tag")).to_contain_text("維護中")
    sound(page, "visit", english=True)
    done(page, "note", "維護中", note="更換鏡頭，重新對焦。")
    act(page, "finish", work="更換鏡頭並對焦", tested="well", took="taken")
    expect(page.locator("#problems")).to_contain_text("請選擇攜出之媒體")
    page.goto(f"{address}/inspection/tickets/M115-0001")
    form = 'form:has(input[name="event"][value="verify"])'
    fill(page, form, cause="鏡頭鬆動", removed="none")
    for field in page.locator(f"{form} [type=password]").all():
        field.fill(OFFICER.password)
    page.click(f"{form} .actions button")
    expect(page.locator("#problems")).to_contain_text("尚未登記結束，廠商人員尚未離場")
    answered(page, "ticket on site")
    page.goto(f"{address}/register/visits/W115-0001")
    done(page, "finish", "已離場", work="更換鏡頭並對焦", tested="well", took="nothing", parts="鏡頭 2.8 mm 一只")
    done(page, "stamp", "已核章")
    sound(page, "visit stamped")
    assert saved(page, "pdf")[1][:5] == b"%PDF-"


def test_T_60_a_drive_goes_away_for_repair_with_the_certificate_of_two(office: tuple[Box, Browser], page: Page) -> None:
    address = _address(office[0])
    begin(page, address, "media", medium_kind="disk", make="Seagull", model="SG-8000", serial="ZX-1190",
          capacity="8 TB", holds="footage", encrypted="yes", place="機房鐵櫃")  # fmt: skip
    sound(page, "medium")
    act(page, "send", sent_to="安視科技", sent_why="保固換新")
    expect(page.locator("#problems")).to_contain_text("由二人簽署證明")
    answered(page, "medium kept")
    done(page, "propose", "待核可清除／銷毀", aim="leave", method="key", why="壞軌，保固送修")
    done(page, "approve", "已核可清除／銷毀")
    done(
        page,
        "perform",
        "已執行，待見證",
        performed_where="二樓機房",
        verified="以原主機讀取，全數無法解開",
        label="檔號 115-0103",
    )
    expect(page.locator('form:has(input[value="witness_destruction"])')).to_have_count(0)
    done(page, "witness_clearing", "已清除")
    sound(page, "medium cleared", english=True)
    name, pdf = saved(page, "pdf")
    assert name.startswith("儲存媒體清除證明-D")
    assert pdf[:5] == b"%PDF-"
    done(page, "send", "送修／退還中", sent_to="安視科技", sent_why="保固換新")
    done(page, "lose", "遺失", note="貨運途中遺失")
    expect(page.locator(".notice-warn")).to_contain_text("I1")
    page.goto(f"{address}/register/media")
    sound(page, "media")


def test_AT_66_who_asks_for_footage_to_go_gets_a_letter_and_nothing_goes(
    office: tuple[Box, Browser], page: Page
) -> None:
    address, today = _address(office[0]), day_words(day_of(SystemClock().wall_ns()))
    page.goto(f"{address}/register/deletions/new")
    sound(page, "deletion new", english=True)
    rows = {"r0-day": "113/9/27", "r0-from": "1400", "r0-to": "1430", "r0-cameras": "01"}
    begin(page, address, "deletions", requester="洪大明", identified="tick", served_at="臺北市萬華區康定路 1 號",
          asks="請求刪除本人於大廳之影像。", **rows)  # fmt: skip
    expect(page.locator("main")).to_contain_text("該時段查無影音資料")
    done(page, "propose", "待核定", article="個人資料保護法第11條")
    done(page, "decide", "已核定")
    done(page, "issue", "已發文", doc_no="北市萬戶庶字第1150000007號", issued_on=today)
    name, pdf = saved(page, "pdf")
    assert (name, pdf[:5]) == ("個資刪除請求答復函-R115-0001.pdf", b"%PDF-")
    done(page, "serve", "已送達", means="registered", served_on=today, proof_no="掛號 900123 號", proof_day=today)
    sound(page, "deletion", english=True)


def test_AT_68_the_notice_of_the_data_file_is_made_and_waits_for_a_telephone(
    office: tuple[Box, Browser], page: Page
) -> None:
    """The rules that ship name no telephone of this office: a notice without one would tell nobody whom to ask."""
    address = _address(office[0])
    page.goto(f"{address}/register/datafile")
    expect(page.locator(".notice-now")).to_contain_text("尚未公開")
    sound(page, "datafile", english=True)
    name, pdf = saved(page, "pdf")
    assert (name, pdf[:5]) == ("個人資料檔案公開事項-now.pdf", b"%PDF-")
    page.goto(f"{address}/register/datafile/new")
    fill(page, "form.register-form", url="https://wanhua.gov.taipei/privacy", posted_on="115/11/1")
    submit(page)
    expect(page.locator("#problems")).to_contain_text("規範版本未載聯絡電話")
    answered(page, "datafile refused")
