"""The page of a live look over the keeper's double: dark when the watermark goes, covered where nothing comes, and
silent while nobody sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.box import until
from tests.browser.steps import log_in
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser


@pytest.fixture
def looking(page: Page, site: RunningSite, keeper: KeeperDouble) -> Page:
    """An officer who looks at two cameras, of the second of which nothing comes."""
    keeper.live_stops.add("1-02")
    keeper.states["1-02"] = "lost"
    log_in(page, site.address)
    page.goto(f"{site.address}/live")
    for camera in ("1-01", "1-02"):
        page.check(f'details[open] [name=camera][value="{camera}"]')
    page.click("details[open] .primary")
    page.wait_for_selector("or-live[data-live=yes]")
    return page


def test_a_camera_of_which_nothing_comes_says_so_and_the_other_goes_on(looking: Page) -> None:
    expect(looking.locator('[data-camera="1-01"] .plate')).to_be_hidden()
    expect(looking.locator('[data-camera="1-02"] .plate-title')).to_have_text("監視器斷線")
    expect(looking.locator("[data-left]")).to_contain_text("剩餘 14:")


def test_D_28_a_watermark_that_is_taken_away_ends_the_look_at_once(looking: Page, keeper: KeeperDouble) -> None:
    script = """() => new Promise((resolve) => {
      document.querySelector(".watermark").remove();
      const wait = () => document.querySelector("or-live").dataset.covered ? resolve(
        [...document.querySelectorAll("video")].map((video) => video.src)) : requestAnimationFrame(wait);
      wait();
    })"""
    assert looking.evaluate(script) == ["", ""]
    expect(looking.locator(".curtain-note")).to_have_text("浮水印遭移除，檢視停止。")
    looking.wait_for_function("() => !document.querySelector('.console').checkVisibility()")
    until(lambda: keeper.told("live.end") and not keeper.live.watched(), what="the end of the look")


def test_D_28_a_page_that_the_keeper_does_not_hear_goes_dark_by_itself(looking: Page) -> None:
    looking.route("**/pictures*", lambda route: route.abort())
    looking.wait_for_function("""() => {
      const live = document.querySelector("or-live");
      live.heardAt = -1e6;
      return live.dataset.covered === "lost";
    }""")
    assert looking.evaluate("[...document.querySelectorAll('video')].map((video) => video.src)") == ["", ""]
    expect(looking.locator(".curtain-note")).to_contain_text("網路中斷")


def test_a_page_that_nobody_sees_asks_for_nothing(looking: Page, keeper: KeeperDouble) -> None:
    looking.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    asked: list[str] = []  # from here on: what was asked before may not have come to the keeper yet
    looking.on("request", lambda request: asked.append(request.url))
    looking.wait_for_function("() => document.querySelector('or-live').dataset.live === 'no'")
    expect(looking.locator('[data-camera="1-01"] .plate-title')).to_have_text("畫面中斷")
    assert [url for url in asked if "/pictures" in url] == []
    readers = {call["reader"] for call in keeper.told("live.pictures")}
    looking.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    looking.wait_for_selector("or-live[data-live=yes]")
    assert len({call["reader"] for call in keeper.told("live.pictures")} - readers) == 1, "it begins anew"
