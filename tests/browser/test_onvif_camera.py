"""A camera that is not ours, in a real browser over the real processes: found by a search, logged in to, asked what it
is, seen, approved, put in force and recorded, with nothing typed of it but its account."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.box import OFFICER, UNIT_HEAD, Box
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.test_cameras_whole_way import (
    ACCEPTED,
    DRAFT,
    act,
    approved,
    open_reference,
    prove,
    send,
    shown_pictures,
    take_in,
    take_reference,
)  # fmt: skip
from tests.browser.test_people_whole_way import join, log_in
from tests.faults.intruder import files_in
from tests.peers.own_network import two_machines

pytestmark = [pytest.mark.browser, pytest.mark.root]

PACKAGES = Path(__file__).parents[2] / ".venv" / "foreign"
PROGRAM = Path(__file__).parents[1] / "peers" / "ipycam_device.py"
RECORDER, ADDRESS, MOVED = "192.0.2.1", "192.0.2.7", "192.0.2.8"
USER, PASSWORD = "recorder", "at-the-camera-7"
PICTURES = os.environ.get("RECORDER_PICTURES", "")


class Office(NamedTuple):
    """``move``: the camera gets another address, as of a network that hands them out."""

    box: Box
    browser: Browser
    move: Callable[[str], None]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Its recorder is alone with the camera on a network of its own."""
    if not (PACKAGES / "ipycam").exists():
        pytest.skip("needs ipycam in .venv/foreign")
    folder = tmp_path_factory.mktemp("onvif")
    running: list[subprocess.Popen[str]] = []
    with two_machines(RECORDER, ADDRESS) as (here, there), (folder / "camera.log").open("wb") as log:

        class Inside(Box):
            def command(self, name: str) -> list[str]:
                command = super().command(name)
                return here.command(command) if name == "recorder" else command

        def start(address: str) -> None:
            words = there.command([sys.executable, str(PROGRAM), address, "8080", "8554", USER, PASSWORD])
            camera = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONPATH": str(PACKAGES)}
            )
            running.append(camera)
            assert camera.stdout is not None
            assert camera.stdout.readline() == "ready\n", (folder / "camera.log").read_text(errors="replace")

        def end() -> None:
            while running:
                camera = running.pop()
                camera.kill()
                camera.wait()

        def move(address: str) -> None:
            end()
            there.move(address)
            start(address)

        try:
            start(ADDRESS)
            with office_in(folder, ["01"], recorded=True, kind=Inside) as (box, browser):
                yield Office(box, browser, move)
        finally:
            end()


def look(page: Page, name: str) -> None:
    """Accessible and no wider than a narrow screen; a page that is the answer to a form is not asked for again."""
    assert violations(page) == [], name
    for width in (400, 320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: scrolls sideways at {width} px"
        if PICTURES:
            lang = page.locator("html").get_attribute("lang")
            page.screenshot(path=f"{PICTURES}/onvif-{name}-{lang}-{width}.png", full_page=True)


def test_AT_03_AT_08_a_camera_that_is_not_ours_is_found_asked_seen_put_in_force_and_recorded(
    office: Office,
) -> None:
    box, browser = office.box, office.browser
    address = f"https://localhost:{box.port}"
    page = browser.new_context(locale="zh-TW").new_page()
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cameras")
    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    page.goto(f"{address}/cameras/guide")
    page.click("button:has-text('搜尋設備')")
    found = page.locator(".found li", has_text="DoorCamera")
    expect(found).to_contain_text("未登記", timeout=120_000)
    look(page, "found")
    found.locator("a.row-link").click()
    expect(page.locator('[name="set-url"]')).to_have_value(f"rtsp://{ADDRESS}/")
    page.fill('[name="camera"]', "03")
    page.fill('[name="set-user"]', USER)
    page.fill('[name="set-password"]', "not-the-password")
    look(page, "account")
    send(page)
    expect(page.locator(".notice-bad")).to_contain_text("設備不接受所填帳號或密碼", timeout=120_000)
    look(page, "refused")
    page.fill('[name="set-password"]', PASSWORD)
    send(page)
    expect(page.locator("#device-said ~ dl")).to_contain_text("PythonCam VirtualCam-1", timeout=120_000)
    expect(page.locator("#device-said ~ dl")).to_contain_text("PY-000042")
    expect(page.locator("#device-said ~ dl")).to_contain_text("與本機一致")
    expect(page.locator('[name="stream"]')).to_have_count(2)
    expect(page.locator("#lesser")).to_have_value("1")
    assert PASSWORD not in page.content()
    look(page, "answer")
    send(page)
    ((width, height),) = shown_pictures(page)
    assert (width, height) == (640, 360)
    look(page, "preview")
    page.click('a[href$="step=place"]:has-text("下一步")')
    expect(page).to_have_url(re.compile("step=place"))
    for name in ("area", "place", "view", "lens"):
        page.fill(f'[name="{name}"]', DRAFT[name])
    page.select_option('[name="place-kind"]', "waiting")
    for name, value in (("in-premises", "yes"), ("public-area", "yes"), ("purposes", "service_quality")):
        page.check(f'[name="{name}"][value="{value}"]')
    send(page)
    expect(page).to_have_url(re.compile("step=device"))
    said = {"make": "PythonCam", "model": "VirtualCam-1", "serial": "PY-000042", "size": "640x360", "rate": "15"}
    for name, value in said.items():
        expect(page.locator(f'[name="{name}"]')).to_have_value(value)
    for name in ("maker-origin", "checked", "reason", "alternative"):
        page.fill(f'[name="{name}"]', DRAFT[name])
    page.check('[name="banned"][value="no"]')
    send(page)
    expect(page).to_have_url(re.compile("step=days"))
    page.click('a[href$="step=sign"]:has-text("下一步")')
    expect(page).to_have_url(re.compile("step=sign"))
    look(page, "sign")
    take_in(page, "sketch")
    prove(page.locator('form[action="/cameras/03/act"]'))
    page.click('form[action="/cameras/03/act"] button')
    expect(page).to_have_url(f"{address}/cameras/03?done=submit")
    approved(page, "1")
    take_reference(page)
    act(page, "accept", picture="", **ACCEPTED)
    details = page.locator("details:has(input[name='event'][value='put_in_force'])")
    details.locator("summary").click()
    open_reference(page, 2)
    act(page, "put_in_force", "head")
    box.recording("03")
    assert box.camera("03")["state"] == "live"
    keeps_its_own_time(page, address)
    moved(page, office, address)
    box.stop()
    for path in (*files_in(box.settings.layout.state), box.log):
        assert PASSWORD.encode() not in Path(path).read_bytes(), f"{path} holds the camera's password"


def keeps_its_own_time(page: Page, address: str) -> None:
    """T-17: it takes its time by NTP, which is not overruled, and the page says where to set that."""
    page.goto(f"{address}/cameras/03")
    part = page.locator("#clock-1")
    part.locator("summary").click()
    part.locator('[name="sure"]').check()
    prove(part.locator("form"))
    part.locator("button").click()
    expect(part.locator(".notice-bad")).to_contain_text("以 NTP 自行對時", timeout=120_000)
    look(page, "clock")


def moved(page: Page, office: Office, address: str) -> None:
    """T-66: the camera gets another address. It is found there by its card, told, asked for its serial number, and
    keeps its number; the version that stands is what is in force until people put the other in its place."""
    office.move(MOVED)
    page.goto(f"{address}/cameras/guide")
    page.click("button:has-text('搜尋設備')")
    expect(page.locator(".found li", has_text="DoorCamera")).to_contain_text("03 之新位址", timeout=120_000)
    look(page, "moved-found")
    page.click(".found a.chip")
    expect(page.locator(".notice", has_text=f"rtsp://{MOVED}/")).to_be_visible()
    look(page, "moved")
    form = page.locator('form:has(input[name="step"][value="move"])')
    prove(form)
    form.locator("button").click()
    expect(page).to_have_url(re.compile(r"camera=03&version=2&step=find"))
    page.fill('[name="set-user"]', USER)
    page.fill('[name="set-password"]', PASSWORD)
    send(page)
    expect(page.locator(".notice-good")).to_contain_text("序號 PY-000042 與現行版相同", timeout=120_000)
    look(page, "moved-answer")
    send(page)
    assert shown_pictures(page) == [(640, 360)]
    versions = office.box.call("camera", session=office.box.both_logged_in(), camera="03")["versions"]
    assert [(each["version"], each["state"], each["origin"]) for each in versions] == [
        (2, "draft", "replacement"), (1, "in_force", "new"),
    ]  # fmt: skip
