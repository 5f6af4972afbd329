"""A camera's clock, five minutes off, set from its page in Chromium: real processes, and a device on the loopback."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from appliance.core.model import Camera
from tests.box import OFFICER, Box, make_box
from tests.browser.axe import violations
from tests.browser.chromium import chromium
from tests.browser.steps import go_on
from tests.browser.test_people_whole_way import log_in
from tests.faults.intruder import files_in
from tests.peers.onvif_device import Clock, Device, device

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("RECORDER_PICTURES", "")
PORT = 8899
"""One of those at which a device is looked for where nobody told it."""
PASSWORD = "at-the-camera-7"
LANGS = ("zh", "en")


class Office(NamedTuple):
    box: Box
    browser: Browser
    clock: Clock
    camera: Device


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Its camera tells the time and sends no pictures."""
    folder, clock = tmp_path_factory.mktemp("clock"), Clock()
    with contextlib.ExitStack() as stack:
        camera = stack.enter_context(device(clock.answers(), free_host(), PORT))
        settings = {"url": f"rtsp://{camera.host}:1/live", "user": "recorder", "password": PASSWORD}
        known = Camera(camera_no="02", location="二樓", source="rtsp", settings=settings)
        box = stack.enter_context(make_box(folder / "office", [known]))
        box.start("keeper", "darkroom", "recorder", "web")
        (folder / "home").mkdir()
        browser = stack.enter_context(chromium(folder / "home", Path(box.installed.ca_path)))
        yield Office(box, browser, clock, camera)


def free_host() -> str:
    """An address of this machine's own at which nobody has the port."""
    for number in range(1, 250):
        host = f"127.83.{os.getpid() % 250}.{number}"
        with contextlib.suppress(OSError), socket.create_server((host, PORT)):
            return host
    raise AssertionError("no address is free")


def look(page: Page, name: str, lang: str) -> None:
    assert violations(page) == [], name
    for width in (400, 320, 1366):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: scrolls sideways at {width} px"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/clock-{name}-{lang}-{width}.png", full_page=True)


def open_form(page: Page, address: str) -> Locator:
    page.goto(f"{address}/cameras/02")
    part = page.locator("#clock-1")
    part.locator("summary").click()
    return part


def press(part: Locator) -> None:
    part.locator('[name="sure"]').check()
    part.locator("button").click()


def test_T_17_a_clock_that_is_five_minutes_off_is_set_by_a_press_and_the_ledger_has_both_offsets(
    office: Office,
) -> None:
    box, clock, camera = office.box, office.clock, office.camera
    address = f"https://localhost:{box.port}"
    for lang, locale, behind, done, by_ntp in (
        ("zh", "zh-TW", r"較本機慢 (5 分|4 分 59 秒)", "監視器 02 之時鐘已校正", "以 NTP 自行對時"),
        ("en", "en-GB", r"(5 min( 1 s)?|4 min 59 s) behind", "Camera 02: its clock was set", "takes its time by NTP"),
    ):
        clock.ahead, clock.kind = -300.0, "Manual"
        clock.told.clear()
        page = office.browser.new_context(locale=locale).new_page()
        log_in(page, box, OFFICER.name, OFFICER.password)
        if lang == "en" and page.locator("html").get_attribute("lang") != "en":
            go_on(page, 'form[action="/language"] button')
        part = open_form(page, address)
        look(page, "form", lang)
        part.locator("button").click()
        expect(part.locator('[name="sure"]:invalid')).to_have_count(1)
        assert not any(each.action == "SetSystemDateAndTime" for each in camera.heard), "it was not ticked"
        pressed = time.time()
        press(part)
        expect(part.locator(".notice-good")).to_be_visible(timeout=120_000)
        ((set_to, _, _),) = clock.told
        assert pressed - 1 <= set_to <= time.time() + 1
        expect(part).to_contain_text(re.compile(behind))  # what a device says is known to half a second
        look(page, "set", lang)
        page.goto(f"{address}/ledger")
        expect(page.locator("main")).to_contain_text(done)
        look(page, "ledger", lang)
        clock.ahead, clock.kind = -300.0, "NTP"
        press(open_form(page, address))
        expect(page.locator("#clock-1 .notice-bad")).to_contain_text(by_ntp, timeout=120_000)
        assert len(clock.told) == 1, "its own time service is not overruled"
        look(page, "refused", lang)
        page.close()
        camera.heard.clear()
    box.stop()
    for path in (*files_in(box.settings.layout.state), box.log):
        assert PASSWORD.encode() not in Path(path).read_bytes(), f"{path} holds the camera's password"
