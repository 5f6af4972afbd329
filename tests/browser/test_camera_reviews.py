"""A camera that is reviewed, found moved, put back, reviewed again and removed, in a browser over the very table."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from appliance.rules.cameras.facts import CameraFacts, GuardContext
from appliance.rules.cameras.fleet import performed
from appliance.rules.cameras.judging import judge
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.version import REVIEW_LINES
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.people import SYSTEM
from tests.browser.steps import join, log_in
from tests.browser.test_cameras_whole_way import act, open_reference, sound, take_reference
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

DIFFERS = dict.fromkeys(REVIEW_LINES, "yes") | {"view": "no"}
AGREES = dict.fromkeys(REVIEW_LINES, "yes")


def machine(keeper: KeeperDouble, event: Event, **facts: object) -> None:
    """An act of the machine's own on 1-01."""
    version = keeper.fleet.get("1-01", 1)
    told = CameraFacts(at_ns=keeper.now_ns, **facts)  # type: ignore[arg-type]
    sight: GuardContext = keeper.fleet.seen(version, told, SYSTEM, day_of(keeper.now_ns))
    row = judge(sight, event)
    assert isinstance(row, Row), str(row)
    keeper.fleet = performed(keeper.fleet, sight, row)


def test_T_64_AT_13_AT_12_a_camera_is_reviewed_found_moved_put_back_reviewed_again_and_removed(
    site: RunningSite, page: Page, keeper: KeeperDouble
) -> None:
    address = site.address
    keeper.now_ns += 900 * DAY_NS
    machine(keeper, Event.FALL_DUE)
    log_in(page, address)
    join(page, address)
    page.goto(f"{address}/cameras/1-01")
    expect(page.locator(".title-row .tag")).to_contain_text("待檢視")
    act(page, "mismatch", **DIFFERS)
    expect(page.locator(".title-row .tag")).to_contain_text("疑似不符")
    sound(page, "moved")
    page.goto(f"{address}/cameras/review")
    moved = page.locator("main tbody tr", has_text="1-01")
    expect(moved).to_contain_text("不符")
    expect(moved.locator("td").nth(-2)).to_contain_text("陳怡君")
    expect(moved.locator("td").nth(-1)).to_have_text("—")
    sound(page, "mismatch")
    page.goto(f"{address}/cameras/1-01")
    take_reference(page)
    act(page, "put_back", picture="")
    expect(page.locator(".title-row .tag")).to_contain_text("待檢視")
    machine(keeper, Event.DRIFTED, drifting=True)
    keeper.now_ns += 60 * 10**9
    page.goto(f"{address}/cameras/1-01")
    expect(page.locator(".title-row .tag")).to_contain_text("疑似不符")
    take_reference(page)
    act(page, "explain", note="百葉窗未收，未動到攝影機", picture="")
    open_reference(page, 2)
    page.goto(f"{address}/cameras/1-01")
    act(page, "confirm_false")
    expect(page.locator(".title-row .tag")).to_contain_text("待檢視")
    act(page, "review", **AGREES)
    page.goto(f"{address}/cameras/review")
    sound(page, "reviewed")
    page.goto(f"{address}/cameras/1-01")
    act(page, "stamp_review")
    expect(page.locator(".title-row .tag")).to_contain_text("已公告")
    form = page.locator("details:has(input[name='event'][value='retire'])")
    form.locator("summary").click()
    form.locator('[name="note"]').fill("櫃檯搬遷")
    form.locator('[name="password"]').fill(PASSWORDS["head"])
    form.locator("button").click()
    expect(page.locator(".title-row .tag")).to_contain_text("已撤除")
    sound(page, "removed")
