"""Fields of ink and passwords, as they stand in a page: apart, with whose act they send."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import go_on, hold, join, log_in, open_all
from tests.services.inspectiondesk import BLURRED, HOUR, found
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

_TOUCHING = """() => {
  const found = [];
  for (const form of document.querySelectorAll("main form")) {
    const parts = [...form.querySelectorAll(".field, button")]
      .filter((each) => each.checkVisibility() && each.getBoundingClientRect().width > 4);
    for (const upper of parts) for (const lower of parts) {
      if (upper === lower || upper.contains(lower) || lower.contains(upper)) continue;
      const a = upper.getBoundingClientRect(), b = lower.getBoundingClientRect(), gap = b.top - a.bottom;
      const beside = Math.min(a.right, b.right) - Math.max(a.left, b.left) <= 0;
      if (!beside && b.top > a.top && gap < 6) found.push(`${upper.innerText} | ${lower.innerText} | ${gap}`);
    }
  }
  const cards = [...document.querySelectorAll("main .card")].filter((each) => each.checkVisibility());
  for (const upper of cards) for (const lower of cards) {
    if (upper === lower || upper.parentElement !== lower.parentElement) continue;
    const a = upper.getBoundingClientRect(), b = lower.getBoundingClientRect();
    if (b.top >= a.bottom - 1 && b.top - a.bottom < 6) found.push(`card ${lower.innerText.slice(0, 20)}`);
  }
  return found;
}"""
"""What touches the field, the button or the card above it."""


@pytest.mark.parametrize("width", [1280, 320])
def test_no_field_of_ink_and_no_password_touches_what_stands_below_it(
    page: Page, site: RunningSite, keeper: KeeperDouble, width: int
) -> None:
    log_in(page, site.address)
    join(page, site.address)
    held = hold(page, site.address, "invest")
    keeper.inspecting.items = [found(BLURRED, keeper.now_ns - HOUR)]
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"{held}?ink=1", "/cameras/1-01", "/cameras/1-01?ink=1", "/inspection?ink=1", "/inspection"):
        page.goto(site.address + path)
        open_all(page)
        assert page.evaluate(_TOUCHING) == [], path


def test_who_signed_the_day_and_the_time_stand_in_one_row_where_there_is_room(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/inspection?ink=1")
    tops = {page.locator(f"#ink-{name}").evaluate("each => Math.round(each.getBoundingClientRect().top)")
            for name in ("signer", "day", "time")}  # fmt: skip
    assert len(tops) == 1


def test_a_button_that_enters_ink_says_that_it_enters(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    join(page, site.address)
    held = hold(page, site.address, "invest")
    page.goto(f"{site.address}{held}?ink=1")
    expect(page.locator("form[action$='/confirm'] .actions button")).to_have_text("登記：核定保全")
    expect(page.locator("form[action$='/release'] .actions button")).to_have_text("登記：解除保全")
    page.goto(f"{site.address}/cameras/1-01?ink=1")
    expect(page.locator("form:has([name=event][value=retire]) .actions button")).to_have_text("登記：撤除")
    page.goto(f"{site.address}/inspection?ink=1")
    expect(page.locator(".form-foot button.primary")).to_have_text("登記：簽認今日檢查")


def test_a_month_without_a_signed_row_offers_no_stamp_to_enter(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.goto(f"{site.address}/inspection/month?ink=1")
    expect(page.locator("main")).to_contain_text("本月無已簽認而待核章之列")
    expect(page.locator("a[href='/scans/inspection/']")).to_have_count(0)
    expect(page.locator("#stamp-ink-signer")).to_have_count(0)


def test_a_hold_s_ink_that_lacks_something_says_that_nothing_was_entered_and_what_to_mend(
    page: Page, site: RunningSite
) -> None:
    log_in(page, site.address)
    join(page, site.address)
    page.goto(f"{site.address}{hold(page, site.address, 'invest')}?ink=1")
    page.fill("#confirm-password", PASSWORDS["officer"])
    page.click("form[action$='/confirm'] .actions button")
    expect(page.locator("form[action$='/confirm'] [role=alert]")).to_have_text("未登記，請依下列說明更正後再送出。")
    expect(page.locator("#confirm-ink-day-problem")).to_have_text("請填寫簽核日期")


def test_the_way_to_a_page_wraps_between_its_places_and_not_within_them(page: Page, site: RunningSite) -> None:
    log_in(page, site.address)
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{site.address}/rules/edit")
    go_on(page, 'form[action="/language"] button')
    heights = page.evaluate("[...document.querySelectorAll('.crumbs > a, .crumbs > span')].map((e) => e.offsetHeight)")
    assert len(heights) == 3
    assert max(heights) < 40
