"""What a device says on the guided way, and a camera that moved, as a browser shows them, in both languages."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from appliance.core.errors import Unavailable
from appliance.core.messages import coded
from tests.browser.axe import violations
from tests.browser.steps import go_on, log_in
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("RECORDER_PICTURES", "")


def look(page: Page, name: str) -> None:
    assert violations(page) == [], name
    for width in (400, 320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: scrolls sideways at {width} px"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/ask-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize(
    ("lang", "answer", "other", "moved"),
    [("zh", "較本機慢 2 分鐘", "監視器 1-01 登記者即為此設備", "於新位址回應"),
     ("en", "2 minutes behind ours", "Camera 1-01 is registered with this very device", "at another address")],
)  # fmt: skip
def test_T_66_what_a_device_says_fits_any_screen(
    site: RunningSite, page: Page, keeper: KeeperDouble, lang: str, answer: str, other: str, moved: str
) -> None:
    log_in(page, site.address)
    if lang == "en":
        go_on(page, 'form[action="/language"] button')
    page.goto(f"{site.address}/cameras/guide?source=rtsp#way")
    page.click("details.part:has(#template) summary")
    look(page, f"form-{lang}")
    page.fill("#camera", f"07-{lang}")
    page.fill("#set-url", "192.0.2.7")
    page.fill("#set-user", "viewer")
    page.fill("#set-password", "secret")
    keeper.registered, keeper.model = "1-01", "P-1" + "x" * 77
    page.click('button[value="ask"]')
    expect(page.locator("dl.record")).to_contain_text(answer)
    expect(page.locator(".notice-warn")).to_contain_text(other)
    look(page, f"answer-{lang}")
    page.click("form.form button.primary")
    expect(page.locator(".camera-picture img")).to_have_count(1)
    page.goto(f"{site.address}/cameras/guide?camera=07-{lang}&version=1&step=find#way")
    keeper.fail_next["cameras.ask-device"] = Unavailable.of("device-why", why=coded("device-no-onvif"))
    page.click('button[value="ask"]')
    expect(page.locator(".notice-bad")).to_contain_text("ONVIF")
    expect(page.locator("#template")).to_be_visible()  # where it sends people to
    look(page, f"refused-{lang}")
    keeper.moved["1-01"] = "rtsp://192.0.2.8/"
    page.goto(f"{site.address}/cameras/1-01")
    expect(page.locator(".notice-warn").first).to_contain_text(moved)
    look(page, f"moved-{lang}")
