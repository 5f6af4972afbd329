"""Every page in a real browser: accessible by axe in both languages and colours, at 320 px, and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.web.http.menu import GROUPS
from appliance.web.i18n.messages import LANGUAGES
from appliance.web.site.routes import ROUTES
from tests.browser.axe import schemes, violations
from tests.browser.every_page import ALIKE, ELSEWHERE, every_page, route_of
from tests.browser.steps import go_on, join, log_in, open_viewing, receive, watch
from tests.sampling import Sample, in_turn
from tests.web.case_lives import Life
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

_BOXES = "'input[type=checkbox], input[type=radio]'"
_NO_SOCKET = """window.WebSocket = class extends EventTarget {
  constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent("close")), 10); }
  close() {}
};"""


@pytest.mark.parametrize("language", in_turn(LANGUAGES))
def test_axe_finds_nothing_on_any_page_and_each_fits_320_pixels(
    browser: Browser, site: RunningSite, keeper: KeeperDouble, language: str, sample: Sample
) -> None:
    """Each page of a sample in one language, in turn in light and in dark; by ``--long`` in both in each."""
    keeper.states["2-01"] = "lost"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.address}/login")
    if language == "en":
        go_on(page, 'form[action="/language"] button')
        expect(page.locator("html")).to_have_attribute("lang", "en")
    seen, visited = 0, set[str]()
    for name in every_page(page, site.address, keeper):
        visited |= route_of(page.url.removeprefix(site.address))
        for scheme in schemes(sample, seen, language):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{name}, {language}, {scheme}"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        _fits(page, f"{name}, {language}")
        page.set_viewport_size({"width": 1280, "height": 900})
        seen += 1
    context.close()
    assert seen == 70
    pages = {route.path for route in ROUTES if route.method == "GET" and route.answers == "page"}
    missing = {path for path in pages if ALIKE.get(path, path) not in visited | ELSEWHERE}
    assert not missing, f"no row of every_page shows {sorted(missing)}"


def _fits(page: Page, name: str) -> None:
    """Nothing needs scrolling sideways, and no target is small."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: {wide} px too wide"
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), .nav a, .button')]
            .filter((each) => each.checkVisibility() && (!each.closest('label') || each.matches(BOXES)))
            .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)""".replace("BOXES", _BOXES)
    )
    assert small == [], name


@pytest.mark.parametrize(("width", "rows"), [(1280, 1), (820, 1), (400, 2)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_menu_stands_in_as_many_rows_as_it_should(
    page: Page, site: RunningSite, keeper: KeeperDouble, language: str, width: int, rows: int
) -> None:
    """For somebody who may open every place, with two people logged in and duties that wait."""
    for _ in range(3):
        Life(keeper, "CIT").to("checking")
    log_in(page, site.address)
    join(page, site.address)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.address}/ledger")
    if language == "en":
        go_on(page, 'form[action="/language"] button')
    tops = page.evaluate("[...document.querySelectorAll('.nav > a')].map((each) => each.getBoundingClientRect().top)")
    assert len(tops) == 8
    assert len(set(tops)) <= rows
    within = page.locator("nav.within a")
    expect(within).to_have_count(len(next(group for group in GROUPS if group.code == "records").places))
    expect(within.locator("xpath=self::*[@aria-current='page']")).to_have_attribute("href", "/ledger")
    if width == 1280:
        assert page.evaluate("document.querySelector('.top').offsetHeight") <= 64, "the head is one row"


def test_the_language_stays_over_pages_and_a_new_visit(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.address}/trust")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trust this recorder's certificate")
    page.goto(f"{site.address}/login")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_from_the_door_to_the_picture_by_keyboard_alone(page: Page, site: RunningSite) -> None:
    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    def type_into(selector: str, text: str) -> None:
        tab_to(selector)
        page.keyboard.type(text)

    page.goto(f"{site.address}/login")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", (
        "where the skip link leads"
    )
    type_into("#name", "officer")
    type_into("#password", PASSWORDS["officer"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/")
    tab_to('a[href="/cases"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/cases")
    watch(page, site.address, receive(page, site.address, "1-01"))
    tab_to("or-timeline")
    page.keyboard.press("k")
    page.wait_for_selector("or-player[data-playing=yes]")
    page.keyboard.press("Space")
    page.wait_for_selector("or-player[data-playing=no]")


# --- forms ---


def test_mistakes_are_summed_up_focused_and_lead_to_their_field(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/cases/new/citizen")
    page.fill("#reason-text", "不會遺失的文字")
    page.click(".intake-send button")
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    assert page.input_value("#reason-text") == "不會遺失的文字"
    page.click('#problems a[href="#r0-day"]')
    assert page.evaluate("document.activeElement.id") == "r0-day"


def test_what_is_missing_is_said_in_the_page_and_nothing_is_sent(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    log_in(page, site.address)
    join(page, site.address)
    page.goto(f"{site.address}/rules")
    page.locator("#policy .change summary").click()
    page.fill("#document", "")
    page.fill("#policy-password-2", PASSWORDS["head"])
    page.click("#policy form button.primary")
    notice = page.locator("#policy form .notice-bad[role=alert]")
    expect(notice.locator(".notice-title")).to_have_text("尚有 2 處須更正")
    expect(notice.locator("li")).to_have_text(["簽之文號：請填寫", "陳怡君 之密碼：請填寫"])
    expect(page.locator("#document")).to_be_focused()
    expect(page.locator("#document")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#document")).to_have_accessible_description(re.compile("請填寫$"))
    expect(page.locator("#policy-password-2")).to_have_value(PASSWORDS["head"])
    notice.locator("a", has_text="密碼").click()
    expect(page.locator("#policy-password-1")).to_be_focused()
    page.keyboard.type(PASSWORDS["officer"])
    expect(notice.locator("li")).to_have_text(["簽之文號：請填寫"])
    expect(page.locator("#policy-password-1")).not_to_have_attribute("aria-invalid", "true")
    page.fill("#document", "113年簽")
    expect(notice).to_have_count(0)
    assert not keeper.told("rules.policy")


def test_back_from_what_was_done_leads_over_the_refused_form_as_it_was_typed(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/cases/new/citizen")
    page.fill("#reason-text", "不會遺失的文字")
    page.click(".intake-send button")
    page.wait_for_url(re.compile(r"/cases/new/citizen\?again=[0-9a-f]{32}$"))
    page.goto(f"{site.address}/cases")
    page.go_back()
    expect(page.locator("#problems")).to_be_visible()
    expect(page.locator("#reason-text")).to_have_value("不會遺失的文字")
    page.reload()
    expect(page.locator("#reason-text")).to_have_value("不會遺失的文字")


def test_a_password_that_signs_is_of_one_account_also_for_the_browser(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    join(page, site.address)
    page.goto(f"{site.address}/rules")
    for seat, name in (("1", "officer"), ("2", "head")):
        password = page.locator(f"#policy-password-{seat}")
        expect(password).to_have_attribute("autocomplete", f"section-seat-{seat} current-password")
        account = page.locator(f'#policy input[autocomplete="section-seat-{seat} username"]')
        expect(account).to_have_value(name)
        assert account.get_attribute("name") is None, "it is not sent"


def test_a_range_is_added_like_the_last_one_and_a_camera_is_picked_from_the_list(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/cases/new/citizen")
    for part, text in (("day", "1130927"), ("from", "1400"), ("to", "1440"), ("cameras", "101")):
        page.fill(f"#r0-{part}", text)
    page.click("[data-more]")
    assert page.evaluate("document.activeElement.id").endswith("-day")
    last = page.locator(".range-row").count() - 1
    assert page.input_value(f"#r{last}-day") == "1130927"
    assert page.input_value(f"#r{last}-from") == ""
    page.click("[data-chip='2-01'] button")
    assert page.input_value(f"#r{last}-cameras") == "101 2-01"
    assert page.input_value("#r0-cameras") == "101"
    page.fill(f"#r{last}-from", "0900")
    page.fill(f"#r{last}-to", "0930")
    page.press(f"#r{last}-to", "Enter")
    expect(page.locator("[data-pins] li")).to_have_count(3)


def test_a_pasted_moment_spreads_and_shows_what_was_understood(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/holds/new")
    page.fill("#from-year", "2024-09-27 14:05")
    page.locator("#from-year").blur()
    fields = [page.input_value(f"#from-{part}") for part in ("year", "month", "day", "hour", "minute")]
    assert fields == ["113", "09", "27", "14", "05"]
    expect(page.locator("#from-hint")).to_have_text("＝ 2024-09-27 (五) 14:05")


# --- status ---


def test_status_follows_the_recorder_without_reloading(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    log_in(page, site.address)
    page.evaluate("window.sameDocument = true")
    expect(page.get_by_role("heading", level=1)).to_have_text("4 支監視器錄影正常")
    keeper.states["2-01"] = "lost"
    expect(page.get_by_role("heading", level=1)).to_have_text("4 支監視器中僅 3 支錄影中")
    expect(page.locator('[data-camera="2-01"] .state')).to_have_text("中斷")
    assert page.evaluate("window.sameDocument")
    assert all(not call["active"] for call in keeper.told("status")[1:])


def test_status_goes_on_by_polling_when_the_socket_does_not_come_through(page: Page, site: RunningSite) -> None:
    page.add_init_script(_NO_SOCKET)
    log_in(page, site.address)
    expect(page.locator("[data-link]")).to_have_text("每 5 秒更新")


def test_status_leads_to_the_door_when_the_session_is_over(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    log_in(page, site.address)
    page.wait_for_selector("[data-link-state=live]")
    keeper.drop_sessions()
    page.wait_for_url("**/login*")


def test_the_ledgers_head_is_copied_whole(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, site.address)
    page.click("or-copy button")
    expect(page.locator("or-copy button")).to_have_attribute("aria-label", "已複製")
    assert page.evaluate("navigator.clipboard.readText()") == keeper._root()


def test_the_viewing_is_dark_for_everybody_who_prefers_light_too(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(10, 14, 18)"


# --- papers ---


def test_a_statement_prints_as_a_paper_on_a4(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/statements/2024-09-27")
    expect(page.get_by_role("button", name="列印")).to_be_visible()
    page.emulate_media(media="print")
    for hidden in (".top", ".crumbs", ".sheet-tools", ".foot"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".trial")).to_be_visible()
    expect(page.locator(".sheet-office")).to_have_text("臺北市萬華區戶政事務所")
    expect(page.locator(".signature-who")).to_have_text(["承辦人", "單位主管"])
    page.set_viewport_size({"width": 703, "height": 900})  # A4 less its margins, in CSS pixels
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px are cut off at the paper's edge"
    pdf = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45](\.\d+)? 84[12](\.\d+)?\s*\]", pdf), "A4"


def test_each_finding_on_the_first_page_leads_to_where_it_is_dealt_with_and_goes_on_doing_so(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    """The list is made anew every two seconds, by the script."""
    keeper.findings = [{"key": "picture-black-1-01", "box": "picture", "text": "camera 1-01: black"}]
    log_in(page, site.address)
    expect(page.locator("[data-findings] a")).to_have_attribute("href", "/inspection")
    card = page.locator('[data-camera="1-01"]')
    expect(card.locator(".state")).to_have_text("錄影中，有異常")
    expect(page.locator("[data-link]")).to_have_text("即時更新")
    keeper.findings = [{"key": "camera-device-1-01", "box": "picture", "text": "another device answers"}]
    expect(page.locator("[data-findings] a")).to_have_attribute("href", "/cameras/1-01")
    expect(card).to_have_attribute("data-state", "lost")
    expect(page.locator("h1")).to_have_text("4 支監視器錄影中，有異常須處理")
    keeper.findings = []
    expect(card.locator(".state")).to_have_text("錄影中")
    expect(card.locator(".camera-faults")).to_be_hidden()
