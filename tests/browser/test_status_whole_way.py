"""The status page over the real processes of an office that is no trial: what is wrong with a picture, with the
published list and with an incident stands in headline, notes, card and duties alike, and leads to where it is dealt
with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.core.clock import SystemClock
from appliance.installation.setup import NewPerson
from appliance.rules.deadlines import day_of
from appliance.web.i18n.roc_time import moment_text
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.browser.axe import violations
from tests.browser.chromium import chromium
from tests.browser.steps import go_on
from tests.peers.darkened_source import darkened, offer

pytestmark = pytest.mark.browser

SECRET = pyotp.random_base32()
"""What everybody's authenticator holds."""
PICTURES = os.environ.get("RECORDER_PICTURES", "")
"""A directory for pictures of the pages, to be looked at; none are made without it."""
MINUTE_NS = 60 * 10**9


class RealOffice(Box):
    trial = False
    people: tuple[NewPerson, ...] = tuple(each._replace(totp_secret=SECRET) for each in (OFFICER, UNIT_HEAD))


class Office:
    """``lens``: what is written into it turns camera 01 black."""

    def __init__(self, box: Box, browser: Browser, lens: Path) -> None:
        self.box, self.browser, self.lens = box, browser, lens
        self.address = f"https://localhost:{box.port}"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    directory = tmp_path_factory.mktemp("status")
    lens = directory / "lens"
    cameras = [darkened("01", lens), testcard("02")]
    with make_box(directory / "office", cameras, kind=RealOffice) as box, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", offer(directory, Path(box.settings_path)))
        box.start("keeper", "darkroom", "recorder", "web")
        box.recording("01", "02")
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield Office(box, browser, lens)


def _logged_in(office: Office, person: NewPerson) -> Page:
    """In a browser window of their own. A code opens once, so it is that of this very half minute."""
    page = office.browser.new_context(locale="zh-TW", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{office.address}/login")
    for name, typed in (("name", person.name), ("password", person.password), ("totp", pyotp.TOTP(SECRET).now())):
        page.fill(f"#{name}", typed)
    go_on(page, "main form button.primary")
    expect(page.locator(".seat-name").first).to_have_text(person.display)
    return page


@pytest.fixture(scope="module")
def page(office: Office) -> Iterator[Page]:
    opened = _logged_in(office, OFFICER)
    yield opened
    opened.context.close()


@pytest.fixture(scope="module")
def head(office: Office) -> Iterator[Page]:
    opened = _logged_in(office, UNIT_HEAD)
    yield opened
    opened.context.close()


def _show(office: Office, page: Page, name: str, path: str = "/") -> None:
    """Opens a page, which is accessible and no wider than a narrow screen."""
    page.goto(office.address + path)
    assert violations(page) == [], name
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def _headline(page: Page) -> str:
    return str(page.locator(".hero").get_attribute("data-state"))


def test_a_camera_whose_picture_turned_black_is_well_nowhere_on_the_page(office: Office, page: Page) -> None:
    """The lens goes dark while the page is open; the recorder's own self-test finds it."""
    page.goto(office.address)
    card, other = (page.locator(f'.camera[data-camera="{number}"]') for number in ("01", "02"))
    for each in (card, other):
        expect(each.locator("[data-field=state_text]")).to_have_text("錄影中")
    office.lens.write_text("dark", encoding="utf-8")
    said = "監視器 01 畫面全黑"
    found = page.locator(".findings a", has_text=said)
    expect(found).to_be_visible()
    for loaded in (False, True):  # as the open page was brought up to date, and as it is when it is loaded
        if loaded:
            _show(office, page, "black")
        assert _headline(page) != "live"
        assert page.locator("h1").inner_text() != "2 支監視器錄影正常"
        assert (card.get_attribute("data-state"), other.get_attribute("data-state")) == ("connecting", "live")
        assert card.locator("[data-field=state_text]").inner_text() == "錄影中，有異常"
        assert card.locator("[data-field=faults]").inner_text() == said
        assert found.get_attribute("href") == "/inspection"
    found.click()
    expect(page.locator("main")).to_contain_text(said)
    _show(office, page, "black-duties", "/duties")
    judged, reported = (page.locator(".duty", has_text=words) for words in ("有異常項目待判定", said))
    waits = judged.or_(reported).first.locator(".duty-link")  # to sign the day that has it, or to report it at once
    assert str(waits.get_attribute("href")).startswith("/inspection/")
    waits.click()
    expect(page.locator("main")).to_contain_text(said)


def test_INV_11_a_list_that_is_not_published_is_red_on_the_page_and_waits_for_whoever_may_post_it(
    office: Office, page: Page, head: Page
) -> None:
    for whose, of, part in (("officer", page, "duties-1"), ("head", head, "duties-others")):
        _show(office, of, f"publication-{whose}")
        assert _headline(of) == "lost"
        told = of.locator(".findings .notice-bad a", has_text="設置區位公告與現況不符或尚未公告")
        assert [each.get_attribute("href") for each in told.all()] == ["/cameras#publication"]
        assert "目前無待辦事項" not in of.locator(".waiting").inner_text()
        _show(office, of, f"publication-{whose}-duties", "/duties")
        mine = of.locator(f'section[aria-labelledby="{part}"] .duty', has_text="設置區位公告")
        assert [each.get_attribute("data-mark") for each in mine.all()] == ["red"]
        assert mine.locator("a").get_attribute("href") == "/cameras#publication"


def test_AT_67_an_incident_due_within_the_hour_says_its_minutes_on_the_page_and_on_the_board(
    office: Office, page: Page, head: Page
) -> None:
    """Known for twenty minutes, so that its report is due in forty: told as soon as it is declared."""
    known_ns = (SystemClock().wall_ns() // MINUTE_NS - 20) * MINUTE_NS
    head.goto(office.address)
    before = head.locator(".waiting").inner_text()
    page.goto(f"{office.address}/register/incidents/new")
    page.select_option('[name="kind"]', "other")
    page.fill('[name="known_at"]', moment_text(known_ns, "zh"))
    page.fill('[name="facts"]', "有人將複本帶離本所。")
    page.check('[name="no_footage"]')
    go_on(page, "form.register-form button.primary")
    expect(page.locator(".notice-good").first).to_be_visible()
    number = page.url.rpartition("/")[2].partition("?")[0]
    expect(head.locator(".findings .notice-bad", has_text=number)).to_be_visible()  # where a page stood open
    assert head.locator(".waiting").inner_text() != before, "what waits is told with it"
    due = moment_text(known_ns + 60 * MINUTE_NS, "zh")

    _show(office, page, "incident")
    assert _headline(page) == "lost"
    told = page.locator(".findings .notice-bad a", has_text=f"事故 {number}")
    assert told.count() == 1
    said = told.inner_text()
    assert said.startswith(f"事故 {number} 應於 {due} 前完成資安通報，請立即通報（剩 ")
    assert told.get_attribute("href") == f"/register/incidents/{number}"
    _show(office, page, "incident-duties", "/duties")
    row = page.locator(".duty", has_text=f"資安通報期限 {due}")
    assert (row.count(), row.get_attribute("data-mark")) == (1, "red")
    assert "今日屆期" not in row.inner_text()
    assert _minutes(row.inner_text()) >= 0, "minutes are left"
    assert 0 <= _minutes(said) - _minutes(row.inner_text()) <= 2, "the same clock"
    if day_of(known_ns + 60 * MINUTE_NS) == day_of(SystemClock().wall_ns()):  # else what is due today comes first
        first = page.locator(".duty-list", has_text=number).locator(".duty").first
        assert first.inner_text() == row.inner_text(), "nothing of the day is more urgent"
    row.locator("a").click()
    expect(page.locator(".clocks")).to_contain_text(due)


def _minutes(text: str) -> int:
    """-1 where none are said."""
    left = text.partition("剩 ")[2].partition(" 分")[0]
    return int(left) if left.isdigit() else -1
