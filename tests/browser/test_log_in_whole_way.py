"""Log-ins in a real browser over the real processes of an office that is no trial."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.core.clock import SystemClock
from appliance.installation.office import open_installation
from appliance.installation.setup import NewPerson
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, until
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.steps import go_on

pytestmark = pytest.mark.browser

SECRETS: dict[str, str] = {}
"""What the authenticator of each person holds, once it was scanned."""
OWN = "words that only chen would choose"


DIRECTOR = NewPerson("director", "林主任", ("director",), "seven green bicycles in Hualien")
DEPUTY = NewPerson("deputy", "周副手", ("officer",), "nine quiet rivers run to Tamsui")


class RealOffice(Box):
    """Its set-up gave four people a password, and none has a second factor yet. The director, a keyholder, was here
    100 days ago and not since."""

    trial = False
    people = (OFFICER, UNIT_HEAD, DIRECTOR, DEPUTY)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        office = open_installation(RealFs(), self.settings.layout, SystemClock(), os.urandom)
        office.accounts._change(DIRECTOR.name, used_ns=self.made_ns - 100 * DAY_NS)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("log-ins"), ["01"], kind=RealOffice) as found:
        yield found


@pytest.fixture
def page(office: tuple[Box, Browser]) -> Iterator[Page]:
    context = office[1].new_context(locale="zh-TW", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


class Codes:
    """The codes of a person's authenticator: each opens once, so each call takes a later one than the last."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def next(self, name: str) -> str:
        earliest = (int(time.time()) + 20) // 30 - 1  # the box takes it for twenty seconds more at least
        step = max(earliest, self.used.get(name, 0) + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.2)  # a later code is not yet one of now
        self.used[name] = step
        return pyotp.TOTP(SECRETS[name]).generate_otp(step)


CODES = Codes()


def log_in(page: Page, box: Box, name: str, password: str, code: str = "") -> None:
    page.goto(f"https://localhost:{box.port}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.fill("#totp", code)
    go_on(page, "main form button.primary")


def set_factor(page: Page, name: str) -> None:
    """On the form for a missing second factor: scans the picture and types the code."""
    page.locator("details summary").click()
    SECRETS[name] = page.locator(".secret").inner_text()
    page.fill("#first-code", CODES.next(name))
    go_on(page, "main form button.primary")


def enter(page: Page, box: Box, name: str, password: str) -> None:
    """Logs in, setting a second factor up where there is none yet."""
    if name not in SECRETS:
        log_in(page, box, name, password)
        set_factor(page, name)
    log_in(page, box, name, password, CODES.next(name))
    expect(page.locator(".seats")).to_be_visible()


def log_out(page: Page, box: Box) -> None:
    """From a page that does not load itself again when its session ends, as the status page does."""
    page.goto(f"https://localhost:{box.port}/account")
    go_on(page, 'form[action="/logout"] button')


def test_whoever_runs_the_office_sets_a_second_factor_up_before_the_first_log_in(
    office: tuple[Box, Browser], page: Page
) -> None:
    box, _ = office
    log_in(page, box, OFFICER.name, OFFICER.password)
    expect(page.locator("h1")).to_have_text("設定驗證碼")
    expect(page.locator("#first-new")).to_have_count(0)
    assert violations(page) == []
    page.goto(f"https://localhost:{box.port}/cases")
    expect(page).to_have_url(re.compile(r"/login"))
    enter(page, box, OFFICER.name, OFFICER.password)
    expect(page.locator(".seat-name").first).to_have_text(OFFICER.display)
    log_out(page, box)
    log_in(page, box, OFFICER.name, OFFICER.password)
    expect(page.locator(".notice-bad")).to_contain_text("不符")


def test_five_wrong_passwords_lock_the_door_here_and_no_session_that_is_open(
    office: tuple[Box, Browser], page: Page
) -> None:
    box, browser = office
    enter(page, box, DEPUTY.name, DEPUTY.password)
    door = browser.new_context(locale="zh-TW", viewport={"width": 1280, "height": 900}).new_page()
    for _ in range(4):
        log_in(door, box, DEPUTY.name, "a wrong password of some length")
        expect(door.locator(".notice-bad")).to_contain_text("帳號、密碼或驗證碼不符")
    log_in(door, box, DEPUTY.name, "a wrong password of some length")
    expect(door.locator("#password-problem")).to_have_text(
        re.compile(r"^此帳號於本電腦連續輸入錯誤 5 次，請於 \d+ 秒後再試。$")
    )
    expect(door.locator("#name")).to_have_value(DEPUTY.name)
    assert violations(door) == []
    door.context.close()

    page.goto(f"https://localhost:{box.port}/account")
    page.locator("summary", has_text="更換驗證器").click()
    page.fill("#factor-1", "a wrong password of some length")
    page.locator('form[action="/account/factor"] button').click()
    expect(page.locator("#factor-1-problem")).to_have_text(f"{DEPUTY.display} 之密碼不符，請重新輸入。")
    page.fill("#factor-1", DEPUTY.password)
    page.locator('form[action="/account/factor"] button').click()
    expect(page.locator(".factor-picture")).to_be_visible()


def join(page: Page, name: str, password: str) -> None:
    """The second person logs in on the page that asks for one."""
    form = page.locator('form[action="/join"]').last
    form.locator("[name=name]").fill(name)
    form.locator("[name=password]").fill(password)
    form.locator("[name=totp]").fill(CODES.next(name))
    go_on(page, form.locator("button.primary"))


def test_a_director_who_was_away_for_90_days_is_reopened_by_two_others(office: tuple[Box, Browser], page: Page) -> None:
    box, browser = office
    address = f"https://localhost:{box.port}/people/{DIRECTOR.name}"
    own = browser.new_context(locale="zh-TW").new_page()
    enter(page, box, UNIT_HEAD.name, UNIT_HEAD.password)
    log_out(page, box)
    enter(page, box, OFFICER.name, OFFICER.password)
    page.goto(address)
    until(lambda: page.goto(address) and page.locator(".tag", has_text="停用中").count(), what="the suspension")
    expect(page.locator("dl.record")).to_contain_text("金鑰持有人（停用中，不得使用）")
    log_in(own, box, DIRECTOR.name, DIRECTOR.password)
    expect(own.locator(".notice-bad")).to_contain_text("不符")

    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    expect(page.locator(".seat-name")).to_have_text([OFFICER.display, UNIT_HEAD.display])
    assert violations(page) == []
    page.locator("summary", has_text="恢復使用").click()
    page.fill("#reopen-document", "115年11月30日簽")
    page.fill("#reopen-password-1", OFFICER.password)
    page.fill("#reopen-password-2", UNIT_HEAD.password)
    page.locator('form[action$="/reopen"] button').click()
    expect(page.locator(".notice-good")).to_contain_text("帳號已恢復使用")
    expect(page.locator("dl.record")).to_contain_text(re.compile(r"金鑰\s*金鑰持有人\s*保密切結"))

    enter(own, box, DIRECTOR.name, DIRECTOR.password)
    expect(own.locator(".seat-name").first).to_have_text(DIRECTOR.display)
    own.context.close()


@pytest.mark.parametrize("leaves", [1, 2])
def test_either_of_two_people_logs_out_alone(office: tuple[Box, Browser], page: Page, leaves: int) -> None:
    box, _ = office
    enter(page, box, UNIT_HEAD.name, UNIT_HEAD.password)  # whose second factor is there from here on
    log_out(page, box)
    enter(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"https://localhost:{box.port}/people/{DIRECTOR.name}")
    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    names = {1: OFFICER.display, 2: UNIT_HEAD.display}
    expect(page.locator(".seat-name")).to_have_text(list(names.values()))
    assert violations(page) == []
    page.get_by_role("button", name=f"僅登出{names[leaves]}").click()
    expect(page.locator(".seat-name").first).to_have_text(names[3 - leaves])
    expect(page.locator(".seat-link")).to_have_count(1)
    page.goto(f"https://localhost:{box.port}/account")
    expect(page.locator("h1")).to_have_text("我的帳號")
