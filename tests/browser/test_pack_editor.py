"""The editor of packs in a real browser: by keyboard alone, kept while it is typed, nothing lost; in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from appliance.rules.packs.reading import read_pack
from tests.browser.steps import go_on, log_in
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

HEAD = {
    "version": "113-11-01",
    "effective": "113/11/1",
    "approval-document": "北市萬戶行字第1130009999號",
    "approval-by": "主任",
    "approval-on": "2024-10-30",
}
MOST = 900
"""So many times Tab is struck on the way to a field, over a form of some 350."""


def at(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def tab_to(page: Page, field: str) -> None:
    for _ in range(MOST):
        if at(page) == field:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{field} is not reached by Tab")


def write(page: Page, field: str, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_AT_62_a_version_is_written_and_proposed_by_keyboard_alone(
    page: Page, site: RunningSite, keeper: KeeperDouble, lang: str
) -> None:
    log_in(page, site.address)
    if lang == "en":
        go_on(page, 'form[action="/language"] button')
    page.goto(f"{site.address}/rules/packs")
    page.focus('a[href="/rules/edit"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/edit")
    for field, text in HEAD.items():
        write(page, field, text)
    tab_to(page, "rules-articles-35-text")
    page.keyboard.type("影音資料之保管，準用檔案法。")
    write(page, "numbers-floor_days", "20")
    page.keyboard.press("Enter")

    expect(page.locator("#problems")).to_be_focused()
    links = page.locator("#problems a")
    assert [each.get_attribute("href") for each in links.all()] == ["#rules-articles-35-text", "#numbers-floor_days"]
    expect(links.nth(1)).to_contain_text("31 至 333" if lang == "zh" else "31 to 333")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#rules-articles-35-text")).to_be_focused()
    tab_to(page, "rules-articles-35-missing")
    page.keyboard.press("Space")
    write(page, "rules-articles-35-source", "113年9月27日修正對照表")
    write(page, "rules-articles-35-dated", "113/9/27")
    write(page, "numbers-floor_days", "40")
    page.keyboard.press("Enter")

    page.wait_for_url("**/rules/edit/difference?draft=*")
    expect(page.locator("ins", has_text="準用檔案法")).to_be_visible()
    expect(page.locator(".lost")).to_have_text("原文缺" if lang == "zh" else "Original text missing")
    tab_to(page, "password")
    page.keyboard.type(PASSWORDS["officer"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/packs?done=113-11-01#proposals")
    ((data, _),) = keeper.waiting.values()
    proposed = read_pack(data)
    assert (proposed.numbers.floor_days, proposed.rules.articles[34].text) == (40, "影音資料之保管，準用檔案法。")


def test_what_is_typed_is_kept_without_being_sent_and_found_again(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/rules/edit")
    expect(page.locator("[data-needs-draft]")).to_be_hidden()
    page.fill("#office-phone", "02-2306-2706")
    page.uncheck("#police_units-2-covers_office")
    page.check("#police_units-3-covers_office")
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    expect(page.locator("[data-needs-draft]")).to_be_visible()
    page.fill("#office-address", "臺北市萬華區和平西路")
    page.goto(f"{site.address}/rules/packs")  # at once: what was not kept yet is kept as the page is left
    page.goto(f"{site.address}/rules/edit")
    page.click(".drafts summary")
    page.click('.drafts a[href^="/rules/edit?draft="]')
    expect(page.locator("#office-phone")).to_have_value("02-2306-2706")
    expect(page.locator("#office-address")).to_have_value("臺北市萬華區和平西路")
    expect(page.locator("#police_units-2-covers_office")).not_to_be_checked()
    expect(page.locator("#police_units-3-covers_office")).to_be_checked()
    page.click('.edit-article:has(#rules-articles-2-number) button[value="add rules.articles 2"]')
    expect(page.locator("#rules-articles-3-number")).to_be_focused()
    expect(page.locator("#rules-articles-3-number")).to_have_value("")
    expect(page.locator("#rules-articles-4-number")).to_have_value("三")
    page.click(".edit-discard button")
    page.wait_for_url("**/rules/packs")
    page.goto(f"{site.address}/rules/edit")
    expect(page.locator(".drafts")).to_have_count(0)


def test_a_saved_draft_is_read_back_and_its_folded_fields_open_where_they_are_led_to(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/rules/edit")
    page.locator("#papers-receipt-title").evaluate("each => each.closest('details').open = true")
    page.fill("#papers-receipt-title", "收件{wrong}")
    page.click(".edit-send button")
    expect(page.locator("#problems")).to_be_focused()
    with page.expect_download() as saved:
        page.click("[data-needs-draft]")
    page.goto(f"{site.address}/rules/edit")
    page.click(".edit-read summary")
    page.set_input_files("#file", saved.value.path())
    page.click(".edit-read button")
    expect(page.locator("#problems")).to_be_focused()
    paper = page.locator("details.edit-paper:has(#papers-receipt-title)")
    paper.evaluate("each => { each.open = false; }")
    page.click('#problems a[href="#papers-receipt-title"]')
    expect(page.locator("#papers-receipt-title")).to_be_focused()
    expect(page.locator("#papers-receipt-title")).to_have_value("收件{wrong}")


def test_what_is_submitted_goes_behind_the_draft_that_is_on_its_way(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/rules/edit")
    held: list[Route] = []
    order: list[str] = []
    draft, form = f"{site.address}/rules/edit/draft", f"{site.address}/rules/edit"
    page.route(draft, lambda route: held.append(route))
    page.on("response", lambda answer: order.append("draft kept") if answer.url == draft else None)
    page.on("request", lambda sent: order.append("form sent") if (sent.method, sent.url) == ("POST", form) else None)
    with page.expect_request(draft):
        write(page, "version", "113-11-0")
    page.evaluate("() => addEventListener('submit', (event) => (window.waits ??= []).push(event.defaultPrevented))")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # who is impatient sends it once all the same
    assert page.evaluate("window.waits") == [True, True]
    held[0].continue_()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#version")).to_have_value("113-11-01")
    assert order == ["draft kept", "form sent"]
