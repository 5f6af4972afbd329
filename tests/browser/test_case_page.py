"""The page of a case in a real browser at every stage: accessible by axe in both languages and colours, whole at 320
pixels, and its forms by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.rules.cases.rows import Event
from appliance.web.i18n.messages import LANGUAGES
from tests.browser.axe import schemes, violations
from tests.browser.every_page import BOOKED, case_stages
from tests.browser.steps import go_on, join, log_in, open_all
from tests.sampling import Sample, in_turn
from tests.web.case_lives import Life
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", in_turn(LANGUAGES))
def test_axe_finds_nothing_at_any_stage_and_nothing_scrolls_sideways(
    browser: Browser, site: RunningSite, keeper: KeeperDouble, language: str, sample: Sample
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.address}/login")
    if language == "en":
        go_on(page, 'form[action="/language"] button')
    for number, (name, who, life) in enumerate(case_stages(keeper)):
        page.context.clear_cookies(name="__Host-sid")
        join(page, site.address, who)
        page.goto(site.address + life.path)
        open_all(page)
        for scheme in schemes(sample, number, language):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{name}, {language}, {scheme}"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}, {language}: {wide} px too wide"
        page.set_viewport_size({"width": 1280, "height": 900})
    context.close()


def test_what_is_asked_of_somebody_now_stands_at_the_top_and_the_rest_is_folded(
    browser: Browser, site: RunningSite, keeper: KeeperDouble
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    fresh = Life(keeper, "CIT").do(Event.RECEIVE)
    log_in(page, site.address, "officer")
    page.goto(site.address + fresh.path)
    tall = page.evaluate("document.documentElement.scrollHeight")
    assert tall <= 1700, f"{tall} px"
    expect(page.locator(".next form.act-form")).to_be_visible()
    for part in ("#asked", "#record", "#signatures", "#checklist", "#row", "#papers", "#history", "details.scans"):
        fold = page.locator(part)
        expect(fold).not_to_have_attribute("open", "")
        fold.locator("summary").first.focus()
        page.keyboard.press("Enter")
        expect(fold).to_have_attribute("open", "")
        expect(fold.locator(".fold-body")).to_be_visible()
    waiting = page.locator(".nav a[href='/duties'] .nav-count")
    expect(waiting).to_have_text("1")
    closed = Life(keeper, "CIT").to("decision").do(*BOOKED, Event.BEGIN, Event.FINISH, Event.CLEAN)
    closed.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    page.goto(site.address + closed.path)
    expect(page.locator("#record .fold-body")).to_be_visible()
    expect(page.locator(".scan-form")).not_to_be_visible()
    context.close()


def test_a_decision_is_made_by_keyboard_alone_and_shows_only_what_it_needs(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("decision")
    log_in(page, site.address, "director")
    page.goto(site.address + life.path)
    expect(page.locator(".narrow-part").first).to_be_hidden()

    def tab_to(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    tab_to('[name="ruling.0.outcome"]')
    page.keyboard.press("ArrowRight")
    expect(page.locator('[name="ruling.0.start"]')).to_be_visible()
    tab_to('[name="ruling.0.reason"]')
    page.keyboard.type("其餘時段與事由無關")
    tab_to('[name="ruling.1.outcome"]')
    page.keyboard.press("ArrowLeft")
    tab_to('[name="ruling.1.reason"]')
    page.keyboard.type("該處未發生")
    tab_to("#decide-password")
    page.keyboard.type(PASSWORDS["director"])
    page.keyboard.press("Enter")
    expect(page.locator('[name="ruling.0.reason"]')).to_have_value("其餘時段與事由無關")
    expect(page.locator(".form-decide .notice-bad")).to_be_visible()
    page.fill('[name="ruling.0.start"]', "113/9/27 14:10")
    page.fill("#decide-password", PASSWORDS["director"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*done=grant_partly")
    assert life.state == "partly"


def test_what_is_typed_into_a_case_s_form_is_kept_without_sending(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "CIT").to("unit_review")
    log_in(page, site.address, "head")
    page.goto(site.address + life.path)
    page.click(".others > summary")
    page.click(".other summary >> nth=0")
    page.fill('.form-return [name="reason"]', "寫到一半的退回原因")
    expect(page.locator(".form-return [data-draft-state]")).to_have_text("草稿已儲存")
    page.goto(site.address + life.path)
    expect(page.locator('.form-return [name="reason"]')).to_have_value("寫到一半的退回原因")
    expect(page.locator(".form-return")).to_contain_text("未送出之內容已帶入")


@pytest.mark.parametrize("at", ["decision", "closed"])
def test_a_print_of_the_page_has_no_form_and_masks_id_numbers_as_the_papers_do(
    page: Page, site: RunningSite, keeper: KeeperDouble, at: str
) -> None:
    life = Life(keeper, "CIT").to("decision")
    if at == "closed":
        life.do(*BOOKED, Event.BEGIN, Event.FINISH, Event.CLEAN)
        life.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    log_in(page, site.address, "director")
    page.goto(site.address + life.path)
    open_all(page)
    assert "A123456789" in page.locator("main").inner_text(), "whoever decides sees it whole"
    page.emulate_media(media="print")
    printed = page.locator("main").inner_text()
    assert "A123456789" not in printed
    assert "A12****789" in printed
    assert "陳𤆬治" in printed
    for part in ("main form", "main button", "main input", "main textarea", "main select", "details.others"):
        assert page.locator(f"{part} >> visible=true").count() == 0, part
