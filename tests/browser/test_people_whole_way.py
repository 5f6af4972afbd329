"""Somebody new in a real browser over the real processes: added by two people, first log-in with an authenticator, made
a keyholder, given a deputy's role, and out at once when the account is closed, while whoever sits beside stays."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.box import OFFICER, UNIT_HEAD, Box
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.steps import go_on

pytestmark = pytest.mark.browser

OWN = "words that only chen would choose"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("people"), ["01"]) as found:
        yield found


def log_in(page: Page, box: Box, name: str, password: str, code: str = "") -> None:
    page.goto(f"https://localhost:{box.port}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.fill("#totp", code)
    go_on(page, "main form button.primary")


def join(page: Page, name: str, password: str) -> None:
    """The second person logs in where the page asks for one."""
    page.wait_for_load_state()
    summary = page.locator("details.second summary")
    if summary.count():
        summary.click()
    form = page.locator('form[action="/join"]')
    form.locator("[name=name]").fill(name)
    form.locator("[name=password]").fill(password)
    go_on(page, form.locator("button.primary"))


def both(page: Page, at: str, passwords: dict[int, str]) -> None:
    for seat, password in passwords.items():
        page.fill(f"#{at}-password-{seat}", password)


def test_somebody_new_from_the_first_form_to_the_last(office: tuple[Box, Browser]) -> None:
    box, browser = office
    address = f"https://localhost:{box.port}"
    two, own = (browser.new_context(locale="zh-TW").new_page() for _ in range(2))
    pair = {1: OFFICER.password, 2: UNIT_HEAD.password}

    log_in(two, box, OFFICER.name, OFFICER.password)
    two.goto(f"{address}/people")
    go_on(two, 'a[href="/people/new"]')
    join(two, UNIT_HEAD.name, UNIT_HEAD.password)
    for field, typed in (("name", "chen"), ("display", "陳雅君"), ("unit", "行政庶務課"), ("post", "課員")):
        two.fill(f"#{field}", typed)
    two.select_option("#role", "officer")
    two.fill("#document", "115年11月25日簽")
    both(two, "add", pair)
    go_on(two, "form.form button.primary")
    drawn = two.locator(".slip-password").inner_text()

    log_in(own, box, "chen", drawn)
    expect(own.locator("h1")).to_have_text("設定您的密碼")
    own.locator("details summary").click()
    authenticator = pyotp.TOTP(own.locator(".secret").inner_text())
    first_step = int(time.time()) // 30
    own.fill("#first-new", OWN)
    own.fill("#first-again", OWN)
    own.fill("#first-code", authenticator.generate_otp(first_step))
    own.click("main form button.primary")
    expect(own.locator(".notice-good")).to_contain_text("請以新密碼登入")
    log_in(own, box, "chen", OWN, authenticator.generate_otp(first_step + 1))
    expect(own.locator(".seat-name").first).to_have_text("陳雅君")

    own.goto(f"{address}/people/chen")
    join(own, UNIT_HEAD.name, UNIT_HEAD.password)
    own.locator("summary", has_text="登記為金鑰持有人").click()
    both(own, "enrol", {1: OWN, 2: UNIT_HEAD.password})
    own.locator('form[action$="/enrol"] button').click()
    expect(own.locator(".notice-good")).to_contain_text("已登記為金鑰持有人")

    two.goto(f"{address}/people/chen")
    expect(two.locator("dl.record")).to_contain_text("金鑰持有人")
    two.locator("summary", has_text="授予權限").click()
    two.select_option("#grant-role", "manager")
    two.check('form[action$="/grant"] [name=acting]')
    two.fill("#grant-end", "150/1/1")
    two.fill("#grant-document", "代理簽")
    both(two, "grant", pair)
    two.locator('form[action$="/grant"] button').click()
    expect(two.locator(".notice-bad")).to_contain_text("期間過長")
    expect(two.locator("#grant-document")).to_have_value("代理簽")
    tomorrow = time.localtime(time.time() + 86_400)
    two.fill("#grant-end", f"{tomorrow.tm_year - 1911}/{tomorrow.tm_mon}/{tomorrow.tm_mday}")
    both(two, "grant", pair)
    two.locator('form[action$="/grant"] button').click()
    expect(two.locator("dl.record")).to_contain_text(re.compile(r"系統管理人\s*（代理）"))

    two.locator("summary", has_text="註銷帳號").click()
    two.fill("#close-document", "調職令")
    both(two, "close", pair)
    two.locator('form[action$="/close"] button').click()
    expect(two.locator(".notice-good")).to_contain_text("帳號已註銷")
    own.goto(f"{address}/people")
    expect(own.locator(".seat-name")).to_have_text([UNIT_HEAD.display, "尚未登入"])
    own.locator('form[action="/logout"] button').click()
    expect(own).to_have_url(re.compile(r"/login"))
    kinds = [
        entry["kind"]
        for entry in box.call("ledger.list", session=box.both_logged_in(), start=0, count=200)["entries"]
        if entry["kind"].split(".")[0] in ("person", "password", "totp", "keyholder")
    ]
    assert kinds == [
        "person.added",
        "password.changed",
        "totp.changed",
        "keyholder.added",
        "person.changed",
        "person.disabled",
    ]


def with_security_key(page: Page) -> CDPSession:
    """A FIDO2 key in this browser that is touched whenever it is asked."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
           "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    return devtools


def test_a_security_key_is_enrolled_opens_in_place_of_the_code_and_is_removed(office: tuple[Box, Browser]) -> None:
    box, browser = office
    address = f"https://localhost:{box.port}"
    page = browser.new_context(locale="zh-TW").new_page()
    devtools = with_security_key(page)
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/account")
    page.locator("summary", has_text="安全金鑰").click()
    page.fill("#key-1", OFFICER.password)
    go_on(page, 'form[action="/account/key"] button')
    page.fill("#key-label-1", "鑰匙圈")
    go_on(page, "or-key button")
    expect(page.locator(".notice-good")).to_contain_text("安全金鑰已登記")
    assert violations(page) == []

    go_on(page, 'form[action="/logout"] button')
    log_in(page, box, OFFICER.name, OFFICER.password)
    expect(page.locator(".notice-bad")).to_contain_text("不符"), "the password alone is not enough any more"
    page.fill("#name", OFFICER.name)
    page.fill("#password", "a wrong password of some length")
    go_on(page, "or-key button")
    expect(page.locator(".notice-bad")).to_contain_text("不符")
    page.fill("#password", OFFICER.password)
    go_on(page, "or-key button")
    expect(page.locator(".seat-name").first).to_have_text(OFFICER.display)

    devtools.send("WebAuthn.disable")
    with_security_key(page)  # another key, of which the box knows nothing
    go_on(page, 'form[action="/logout"] button')
    page.fill("#name", OFFICER.name)
    page.fill("#password", OFFICER.password)
    page.locator("or-key button").click()
    expect(page.locator("[data-said]")).to_contain_text("未回應")
