"""Every page in a real browser: accessible by axe in both languages and colours, at 320 px, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.web.routes import ROUTES
from tests.browser.axe import violations
from tests.browser.steps import hold, log_in, open_viewing, receive, watch
from tests.custody.inspectiondesk import BLURRED, HOUR, found
from tests.rules.packcases import successor
from tests.scanfiles import png
from tests.web.case_lives import Life
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.statement_figures import ORDERED, ORDERED_BUCKETS

pytestmark = pytest.mark.browser

_BOXES = "'input[type=checkbox], input[type=radio]'"
_NO_SOCKET = """window.WebSocket = class extends EventTarget {
  constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent("close")), 10); }
  close() {}
};"""


def _every_page(page: Page, address: str, keeper: KeeperDouble) -> Iterator[str]:
    """Goes from page to page as two people would; yields the name of each once it stands."""
    page.goto(f"{address}/login")
    yield "login"
    page.fill("#name", "nobody")
    page.fill("#password", "a password that is wrong")
    page.click("main form button.primary")
    page.wait_for_selector("main [role=alert]")
    yield "log-in refused"
    page.goto(f"{address}/trust")
    yield "trust"
    log_in(page, address)
    page.wait_for_selector("[data-link-state=live]")
    yield "status"
    page.goto(f"{address}/cases")
    yield "no cases"
    page.goto(f"{address}/duties")
    yield "no duties"
    page.goto(f"{address}/papers")
    yield "papers"
    page.goto(f"{address}/viewing/{'0' * 32}")
    yield "viewing of somebody alone"
    page.goto(f"{address}/cases/new")
    yield "intake begins"
    for form in ("citizen", "staff", "letter", "call"):
        page.goto(f"{address}/cases/new/{form}")
        yield f"intake: {form}"
    for form, field in (("staff", "#judicial-yes"), ("letter", "#copy-asked"), ("citizen", "#standing-interested")):
        page.goto(f"{address}/cases/new/{form}")
        page.check(field)
        page.fill("#r0-day", "113/13/1")
        page.click(".intake-send button")
        page.wait_for_selector("#problems")
        yield f"intake with mistakes: {form}"
    case = receive(page, address, "1-01", "1-02", "2-01", "B1-01")
    yield "case of the first cut"
    watch(page, address, case)
    yield "viewing"
    for kind in ("CIT", "INT", "AGY"):
        Life(keeper, kind).to("checking")
    keeper.now_ns += 12 * 86_400 * 10**9
    page.goto(f"{address}/cases")
    yield "cases of all kinds"
    page.goto(f"{address}/cases?text=nothing&from=soon")
    yield "cases not found"
    page.goto(f"{address}/duties")
    yield "duties"
    page.goto(f"{address}/statements")
    yield "statements"
    page.goto(f"{address}/statements/2024-09-27")
    yield "statement"
    page.goto(f"{address}/destructions/{ORDERED}")
    yield "certificate"
    page.goto(f"{address}/destructions/{ORDERED}/{ORDERED_BUCKETS[0]}")
    yield "destroyed item"
    page.goto(f"{address}/ledger")
    page.click("details summary")
    yield "ledger"
    page.goto(address + "/access")
    yield "access log"
    page.goto(f"{address}/people")
    yield "people"
    page.goto(f"{address}/people/new")
    page.click("form.form button")
    yield "person form with mistakes"
    page.goto(f"{address}/people/third")
    for summary in page.locator(".part summary").all():
        summary.click()
    yield "person"
    page.goto(f"{address}/people/third/handover")
    yield "hand-over"
    page.goto(f"{address}/account")
    for summary in page.locator(".part summary").all():
        summary.click()
    yield "account"
    page.goto(f"{address}/rules")
    for summary in page.locator(".change summary").all():
        summary.click()
    page.wait_for_selector("#reading")
    yield "retention rules"
    page.goto(f"{address}/rules/text")
    yield "the rules"
    yield from _packs(page, address)
    keeper.inspecting.items = [found(BLURRED, keeper.now_ns - HOUR), found("sound-hum-02", keeper.now_ns - HOUR)]
    page.goto(f"{address}/inspection")
    yield "inspection: not tested yet"
    page.click("button[formaction$=propose]")
    page.wait_for_selector(".proposal .box-tag")
    page.click("button[formaction*=look] >> nth=0")
    page.wait_for_selector("fieldset.judge")
    yield "inspection: one opened"
    page.goto(f"{address}/inspection/tickets/new")
    yield "ticket to report"
    page.check("input[name=box][value=picture]")
    page.check(f"input[name=finding][value={BLURRED}]")
    page.fill("#to", "安視科技")
    page.fill("#how", "電話")
    page.click("form.card button.primary")
    page.wait_for_url(f"{address}/inspection/tickets/M*")
    yield "ticket"
    page.goto(f"{address}/inspection/month")
    yield "inspection: month"
    page.goto(f"{address}/inspection/health")
    yield "health"
    page.goto(f"{address}/holds")
    yield "no holds"
    page.goto(f"{address}/holds/new")
    page.check("#ground-law")
    page.click("form.form button")
    page.wait_for_selector("#problems")
    yield "hold form with mistakes"
    held = hold(page, address, "invest")
    for summary in page.locator("details.part summary").all():
        summary.click()
    yield "hold to confirm"
    yield from _scans(page, address, held)
    page.goto(f"{address}/holds")
    yield "holds"
    page.goto(f"{address}/nowhere")
    yield "error"


def _scans(page: Page, address: str, held: str) -> Iterator[str]:
    page.goto(f"{address}/scans/hold/{held.removeprefix('/holds/')}")
    page.select_option("#scan-kind", "letter")
    page.set_input_files("#scan-file", [{"name": "letter.png", "mimeType": "image/png", "buffer": png()}])
    yield "scans of a hold"
    page.click(".scan-form button")
    page.wait_for_url("**/holds/*scan=*")
    page.goto(address + str(page.locator("a[href^='/scan/']").first.get_attribute("href")))
    yield "a scan"


def _packs(page: Page, address: str) -> Iterator[str]:
    for data, name in ((b"format = 1", "versions with mistakes"), (successor("114-01-01", "2025-01-01"), "versions")):
        page.goto(f"{address}/rules/packs")
        page.set_input_files("#file", {"name": "next.toml", "mimeType": "application/toml", "buffer": data})
        page.fill("#password", PASSWORDS["officer"])
        page.click('form[action="/rules/packs"] button')
        page.wait_for_selector(".wrong" if "mistakes" in name else "#proposals + .card")
        yield name
    page.click("#proposals + .card a")
    page.wait_for_selector("#approve-password-2")
    yield "a version to approve"


ELSEWHERE = frozenset({"/cameras", "/cameras/new", "/cameras/{camera}"})
"""Looked at by axe over the real processes: ``test_cameras_whole_way.py``."""


ALIKE = {"/inspection/{day}": "/inspection", "/inspection/month/{month}": "/inspection/month"}
"""The very page of a row, of another day or month."""


def _route_of(address: str) -> set[str]:
    """The path of the page's route, the plainest that fits."""
    path = address.partition("?")[0].partition("#")[0]
    fits = [route.path for route in ROUTES if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), path)]
    return set(sorted(fits, key=lambda each: each.count("{"))[:1])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_on_any_page_in_light_or_dark(
    browser: Browser, site: RunningSite, keeper: KeeperDouble, language: str
) -> None:
    """Each page is looked at in both as it stands; a colour on its way from one to the other is of neither."""
    keeper.states["2-01"] = "lost"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.address}/login")
    if language == "en":
        page.click('form[action="/language"] button')
        expect(page.locator("html")).to_have_attribute("lang", "en")
    seen, visited = 0, set[str]()
    for name in _every_page(page, site.address, keeper):
        visited |= _route_of(page.url.removeprefix(site.address))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{name}, {language}, {scheme}"
        page.emulate_media(color_scheme="light")
        seen += 1
    context.close()
    assert seen == 50
    pages = {route.path for route in ROUTES if route.method == "GET" and route.answers == "page"}
    missing = {path for path in pages if ALIKE.get(path, path) not in visited | ELSEWHERE}
    assert not missing, f"no row of _every_page shows {sorted(missing)}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_needs_scrolling_sideways_at_320_pixels_and_no_target_is_small(
    browser: Browser, site: RunningSite, keeper: KeeperDouble, language: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{site.address}/login")
    if language == "en":
        page.click('form[action="/language"] button')
    for name in _every_page(page, site.address, keeper):
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}: {wide} px too wide"
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), .nav a, .button')]
                .filter((each) => each.checkVisibility() && (!each.closest('label') || each.matches(BOXES)))
                .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
                .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)""".replace(
                "BOXES", _BOXES
            )
        )
        assert small == [], name
    context.close()


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
    expect(page.locator(".signature-who")).to_have_text(["承辦人", "課長"])
    page.set_viewport_size({"width": 703, "height": 900})  # A4 less its margins, in CSS pixels
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px are cut off at the paper's edge"
    pdf = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45](\.\d+)? 84[12](\.\d+)?\s*\]", pdf), "A4"
