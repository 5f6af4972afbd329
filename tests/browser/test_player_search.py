"""Search in the granted minutes, as the player shows it: a region drawn or typed, progress, and moments to jump to."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.steps import ask, open_viewing, seek, until
from tests.web.clip import FPS
from tests.web.keeper_double import START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
PICTURES = os.environ.get("RECORDER_PICTURES", "")


def change(first: float, last: float, *, stays: bool) -> dict[str, object]:
    return {"start_ns": START_NS + round(first * SECOND), "end_ns": START_NS + round(last * SECOND), "stays": stays}


CHANGES = [change(120, 124, stays=False), change(862, 864, stays=True)]


def _picture(page: Page, name: str) -> None:
    """For a person to look at, where somebody asks for it."""
    before = page.viewport_size
    for width, height in ((1366, 768), (1920, 1080), (900, 1100)) if PICTURES else ():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=f"{PICTURES}/search-{name}-{width}.png")
    if before:
        page.set_viewport_size(before)


def _drag(page: Page, camera: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator(f'[data-camera="{camera}"] .picture').bounding_box()
    assert box
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (begin, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()


def _area(page: Page, camera: str) -> list[float]:
    """Where the region stands on a picture, in pixels of the screen."""
    found = ask(
        page,
        f"""(() => {{
        const style = getComputedStyle(p.querySelector('[data-camera="{camera}"] .search-area'), "::after");
        return ["left", "top", "width", "height"].map((name) => parseFloat(style[name]));
    }})()""",
    )
    return list(found)


def test_a_region_is_searched_with_progress_and_each_moment_jumps_there(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.changes, keeper.search_pace = CHANGES, 100
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 30.0)
    page.keyboard.press("s")
    expect(page.locator(".finder")).to_be_visible()
    expect(page.locator("[data-search-camera]")).to_have_text("1-01")
    _drag(page, "1-02", (0.3, 0.25), (0.5, 0.75))
    expect(page.locator("[data-search-camera]")).to_have_text("1-02")
    assert page.locator(".search-area").count() == 1
    page.click("[data-search-begin]")
    bar = page.locator(".finder progress")
    expect(bar).to_be_visible()
    expect(page.locator("[data-search-headline]")).to_contain_text("比對中")
    until(page, "p.search.said.looked > 0 && p.search.said.state === 'running'")
    assert 0 < ask(page, "p.querySelector('.finder progress').position") < 1
    _picture(page, "running")
    keeper.search_pace = 10_000
    expect(page.locator("[data-search-headline]")).to_have_text("尋得 2 處變動")
    expect(bar).to_be_hidden()
    (asked,) = keeper.told("search.begin")
    assert asked["camera_no"] == "1-02"
    assert asked["right"] - asked["left"] == pytest.approx(200, abs=25)
    assert asked.get("start_ns", 0) == asked.get("end_ns", 0) == 0, "all of the granted minutes"
    lines = page.locator(".search-found li")
    assert lines.all_inner_texts() == ["14:02:00 – 14:02:04\n變動後恢復原狀", "14:14:22 – 14:14:24\n變動後未恢復原狀"]
    expect(page.locator("[data-search-notes]")).to_contain_text("每 2 秒比對一張")
    _picture(page, "found")
    assert violations(page) == []
    assert [round(each) for each in ask(page, "p.timeline.found.map((each) => each.from)")] == [120, 862]
    lines.nth(1).locator("button").click()
    until(page, f"Math.abs(b.position - 862) < {2 / FPS}")
    expect(lines.nth(1).locator("button")).to_have_attribute("aria-current", "true")
    assert [each["active"] for each in keeper.told("search.state")][-1] is False, "to ask is no sign of anybody"


def test_a_region_is_typed_and_moved_by_keys_alone(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("s")
    before = _area(page, "1-01")
    _picture(page, "open")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#search-left")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#search-left")).to_have_value("36")
    assert _area(page, "1-01")[0] > before[0]
    page.fill("#search-width", "１２．５")
    page.fill("#search-top", "90")
    page.keyboard.press("Enter")
    expect(page.locator("#search-problem")).not_to_be_empty()
    assert keeper.told("search.begin") == []
    page.fill("#search-top", "10")
    page.keyboard.press("Enter")
    expect(page.locator("[data-search-headline]")).to_have_text("未尋得變動")
    (asked,) = keeper.told("search.begin")
    assert [asked[name] for name in ("left", "top", "right", "bottom")] == [360, 100, 485, 400]
    page.keyboard.press("Escape")
    expect(page.locator(".finder")).to_be_hidden()
    expect(page.locator('[data-do="search"]')).to_be_focused()
    assert page.locator(".search-area").count() == 0


def test_a_search_is_cancelled_and_one_between_the_marks_asks_for_these(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.changes, keeper.search_pace = CHANGES, 1
    open_viewing(page, site.address, "1-01")
    for at, key in ((60, "i"), (180, "o")):
        seek(page, float(at))
        page.keyboard.press(key)
    page.click('[data-do="search"]')
    expect(page.locator("[data-search-range]")).to_have_text("時段：二標記間 14:01:00 至 14:03:00")
    page.click("[data-search-begin]")
    page.click('[data-search="cancel"]')
    expect(page.locator("[data-search-headline]")).to_contain_text("已取消")
    expect(page.locator('[data-search="cancel"]')).to_be_hidden()
    (asked,) = keeper.told("search.begin")
    assert [(asked[name] - START_NS) / SECOND for name in ("start_ns", "end_ns")] == pytest.approx([60, 180], abs=0.05)


def test_what_was_found_leaves_the_lane_its_number(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    keeper.changes = [change(0, 600, stays=True)]
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("s")
    page.click("[data-search-begin]")
    expect(page.locator(".search-found li")).to_have_count(1)
    colours = """[5, 60].map((x) => {
      const { canvas, lanes } = p.timeline, y = canvas.clientHeight - lanes.height + lanes.high / 2;
      p.timeline.paintNow();
      return [...canvas.getContext("2d").getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data];
    })"""
    label, beside = ask(page, colours)
    assert max(label[:3]) < 80, "dark behind the number"
    assert beside[2] > 200, "the colour of what was found"


def test_a_zoomed_picture_is_drawn_on_where_the_pointer_is(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("s")
    _drag(page, "1-01", (0.4, 0.4), (0.6, 0.6))
    wide = ask(page, "p.search.region.right - p.search.region.left")
    ask(
        page,
        "(() => { const box = p.zooms[0].picture.getBoundingClientRect(); "
        "p.zooms[0].around(box.left + box.width / 2, box.top + box.height / 2, 2); })()",
    )
    _drag(page, "1-01", (0.4, 0.4), (0.6, 0.6))
    assert ask(page, "p.search.region.right - p.search.region.left") == pytest.approx(wide / 2, abs=4)
    assert ask(page, "p.zooms[0].factor") == 2, "and it was not moved"


def test_a_viewing_that_is_over_shows_nothing_of_a_search(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    keeper.changes = CHANGES
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("s")
    page.click("[data-search-begin]")
    expect(page.locator("[data-search-headline]")).to_have_text("尋得 2 處變動")
    ask(page, "p.cover('lost')")
    assert page.locator(".search-area, .search-found li").count() == 0
    assert ask(page, "p.timeline.found") == []
    expect(page.locator("[data-search-begin]")).to_be_disabled()
