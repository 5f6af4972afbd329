"""The desk over the real processes: one intake of each kind typed on the keyboard alone, its way counted in keystrokes.

A minute is what the office gives an intake (``web``: under a minute). At 0.2 s a keystroke, a practised typist's pace,
that is 300 of them; a Chinese character counts as three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.core.clock import SystemClock, local_time
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.browser.office import office_in
from tests.caselife import life_of

pytestmark = pytest.mark.browser

CLERK = "clerk-correct-horse-battery"
MOST = 300


class Hands:
    """Ten fingers on the keyboard of a page. ``keys``: struck so far. Where the cursor stands is checked as it goes."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type_at(self, field: str, text: str) -> None:
        """Types into the field at the cursor and goes on with Enter."""
        self.wait_at(field)
        self.page.keyboard.type(text)
        self.keys += sum(1 if char.isascii() else 3 for char in text)
        self.press("Enter")

    def words_at(self, field: str, text: str) -> None:
        """Longer words, in which Enter is a new line: goes on with Tab."""
        self.type_at(field, text)
        self.press("Backspace", "Tab")

    def tick(self, *fields: str) -> None:
        for field in fields:
            self.wait_at(field)
            self.press("Space", "Enter")

    def skip_to(self, field: str) -> None:
        while self.at() != field:
            self.press("Enter")
            assert self.keys < MOST, f"{field} is not reached"

    def wait_at(self, field: str) -> None:
        """Until the cursor stands there and the page listens: the cursor may be there before its script is."""
        self.page.wait_for_function(
            """field => document.activeElement.id === field
                && (document.querySelector('[name=seen]')?.value ?? 'live') === 'live'""",
            arg=field,
        )

    def at(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))

    def minutes(self, day: str) -> None:
        """A range of yesterday on both cameras."""
        for part, text in (("day", day), ("from", "0900"), ("to", "0930"), ("cameras", "1 2")):
            self.type_at(f"r0-{part}", text)

    def received(self, name: str) -> str:
        """Sends it from its button; what the new case is called."""
        self.press("Enter")
        self.page.wait_for_url(re.compile(r"/cases/[^?]+\?received=1"))
        print(f"\n{name}: {self.keys} keystrokes, no mouse; at 0.2 s each {self.keys * 0.2:.0f} s")
        assert self.keys < MOST
        return named(self.page)


def named(page: Page) -> str:
    """What the page's address calls its case."""
    return unquote(page.url.rsplit("/", 1)[1].split("?")[0])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    """An office with two cameras and a colleague of another section."""
    with office_in(tmp_path_factory.mktemp("desk"), ["01", "02"]) as (box, browser):
        _add_clerk(box)
        yield box, browser


def _add_clerk(box: Box) -> None:
    drawn = box.call(
        "person.add", session=box.both_logged_in(), act="add", name="clerk", display="王小明", post="課員",
        unit="戶籍登記課", role="staff", start=f"{local_time(SystemClock().wall_ns()):%Y-%m-%d}", end="", acting=False,
        document="115年11月25日簽", passwords={"1": OFFICER.password, "2": UNIT_HEAD.password},
    )["drawn"]  # fmt: skip
    token = box.call("first.begin", name="clerk", password=drawn)["token"]
    box.call("first.finish", token=token, password=CLERK, code="")


@pytest.fixture
def desk(office: tuple[Box, Browser]) -> Iterator[tuple[Box, Page]]:
    box, browser = office
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-TW")
    yield box, context.new_page()
    context.close()


def log_in(box: Box, page: Page, name: str, password: str) -> str:
    address = f"https://localhost:{box.port}"
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main form button.primary")
    page.wait_for_url(lambda url: "/login" not in url)
    return address


def yesterday() -> str:
    """``1151125``."""
    day = local_time(SystemClock().wall_ns()) - timedelta(days=1)
    return f"{day.year - 1911}{day:%m%d}"


def told(box: Box, key: str) -> tuple[str, str, list[str], bool]:
    """Its kind, its state, the cameras asked for, and whether they are pinned: as the keeper tells it."""
    case = box.call("case", session=box.both_logged_in(), case=key)
    return case["kind"], case["state"], [each["camera_no"] for each in case["ranges"]], case["pin"]["pinned"]


def test_inv_09_a_citizens_paper_is_typed_on_the_keyboard_within_a_minute(desk: tuple[Box, Page]) -> None:
    box, page = desk
    address = log_in(box, page, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cases/new")
    hands = Hands(page)
    page.wait_for_function("() => document.activeElement.matches('[href=\"/cases/new/citizen\"]')")
    hands.press("Enter")
    page.wait_for_url("**/cases/new/citizen")
    for field, text in (("name", "洪大明"), ("born", "700501"), ("id-no", "a123456789"), ("phone", "0912345678"),
                        ("address", "康定路12號")):  # fmt: skip
        hands.type_at(field, text)
    hands.tick("standing")
    hands.skip_to("report-unit")
    hands.type_at("report-unit", "龍山派出所")
    hands.type_at("report-day", yesterday())
    hands.type_at("report-no", "P1150001")
    hands.press("ArrowDown", "Enter")
    hands.words_at("reason-text", "機車遭竊")
    hands.minutes(yesterday())
    hands.skip_to("present")
    hands.tick("present", "in-hand", "signed", "id-checked", "report-original")
    page.wait_for_function("() => document.querySelectorAll('[data-pins] li').length === 2")
    assert told(box, hands.received("citizen")) == ("CIT", "received", ["01", "02"], True)


def test_a_colleague_submits_annex_3_on_the_keyboard(desk: tuple[Box, Page]) -> None:
    box, page = desk
    address = log_in(box, page, "clerk", CLERK)
    page.goto(f"{address}/cases/new/staff")
    hands = Hands(page)
    assert page.input_value("#v0-name") == "王小明"
    hands.skip_to("reason")
    hands.press("ArrowDown", "Enter")
    hands.words_at("reason-text", "櫃檯前遺失錢包")
    hands.minutes(yesterday())
    hands.skip_to("judicial")
    hands.tick("judicial")
    assert told(box, hands.received("staff")) == ("INT", "received", ["01", "02"], True)


def test_d_24_a_call_is_kept_and_its_letter_follows_on_the_keyboard(desk: tuple[Box, Page]) -> None:
    box, page = desk
    address = log_in(box, page, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cases/new/call")
    hands = Hands(page)
    hands.type_at("call-agency", "萬華分局")
    hands.type_at("caller", "郭大偉")
    hands.type_at("call-phone", "0223120000")
    hands.tick("called-back")
    hands.words_at("matter", "竊案")
    hands.minutes(yesterday())
    call = hands.received("call")
    assert told(box, call) == ("AGY", "preserved", ["01", "02"], True)
    assert re.fullmatch(r"\d{3}-\d{4}", call), "no number is given before the letter"

    page.goto(f"{address}/cases/new")
    page.click(f'a[href="/cases/new/letter?follows={call}"]')
    hands = Hands(page)
    hands.wait_at("agency")
    assert page.input_value("#agency") == "萬華分局"
    hands.press("Enter")
    hands.tick("public")
    hands.type_at("letter-day", yesterday())
    hands.type_at("letter-no", "萬分刑字1150001")
    hands.skip_to("proof")
    hands.tick("proof")
    hands.type_at("basis", "刑事訴訟法230")
    hands.words_at("purpose", "偵辦竊案")
    assert page.input_value("#r0-cameras") == "01 02"
    hands.skip_to("scope")
    hands.type_at("scope", "大廳")
    hands.press("Tab")
    hands.skip_to("keep")
    hands.press("Enter")
    letter = hands.received("letter")
    assert letter == f"{local_time(SystemClock().wall_ns()).year - 1911}調-機-0001"
    assert told(box, letter) == told(box, call)
    assert told(box, call) == ("AGY", "received", ["01", "02"], True)


def test_what_was_typed_comes_back_after_the_log_in_ran_out(desk: tuple[Box, Page]) -> None:
    box, page = desk
    address = log_in(box, page, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cases/new/citizen")
    hands = Hands(page)
    hands.type_at("name", "歐陽娜娜")
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "__Host-sid")
    box.call("logout", session=session)
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(r"/login\?next="))
    page.fill("#name", OFFICER.name)
    page.fill("#password", OFFICER.password)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile(r"/cases/new/citizen\?again="))
    assert page.input_value("#name") == "歐陽娜娜"
    hands.press("Control+Enter")
    hands.wait_at("problems")
    with page.expect_navigation() as sent:  # to its end: a browser that is closed on its way may never be
        hands.press("Control+Enter")
    posted = sent.value.request.redirected_from
    assert posted is not None
    assert posted.method == "POST"


def test_without_a_script_a_request_is_received_after_its_pins_were_shown(office: tuple[Box, Browser]) -> None:
    box, browser = office
    context = browser.new_context(java_script_enabled=False, locale="zh-TW")
    page = context.new_page()
    address = log_in(box, page, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cases/new/citizen")
    for field, text in (("name", "洪大明"), ("r0-day", yesterday()), ("r0-from", "9:00"), ("r0-to", "9時30分"),
                        ("r0-cameras", "02")):  # fmt: skip
        page.fill(f"#{field}", text)
    page.check("#present")
    page.check("#in-hand")
    page.press("#name", "Enter")
    expect(page.locator("[data-pins] li")).to_have_count(1)
    page.click(".intake-send button")
    page.wait_for_url(re.compile(r"/cases/[^?]+\?received=1"))
    key = named(page)
    assert told(box, key) == ("CIT", "received", ["02"], True)
    context.close()


def test_the_address_of_a_case_has_its_number_and_one_with_its_key_leads_there(desk: tuple[Box, Page]) -> None:
    box, page = desk
    start_ns, session = SystemClock().wall_ns() - 3600 * 10**9, box.both_logged_in()
    key = life_of(box, session).receive(["01"], start_ns, start_ns + 10**9, act="address")
    number = box.call("case", session=session, case=key)["number"]
    assert "調-民-" in number
    address = log_in(box, page, OFFICER.name, OFFICER.password)
    by_key, by_number = f"{address}/cases/{key}", f"{address}/cases/{quote(number)}"
    page.goto(f"{by_key}?duty=pass_formal#scans")
    assert page.url == f"{by_number}?duty=pass_formal#scans", "a bookmark, or a link of the ledger's"
    named_by_key = "each => [each.href, each.action, each.formAction].some(to => (to || '').includes(key))"
    count = f"key => [...document.querySelectorAll('a, form, button')].filter({named_by_key}).length"
    for path in ("", "/ink"):
        page.goto(by_key + path)
        assert page.url == by_number + path
        assert page.evaluate(count, key) == 0
        assert key not in page.locator("main").inner_text()
    page.goto(f"{address}/scans/case/{key}")
    assert page.url == f"{address}/scans/case/{quote(number)}"
    for where in ("/cases", "/duties"):
        page.goto(address + where)
        assert page.locator(f"a[href^='/cases/{number}']").count()
        assert page.evaluate(count, key) == 0
    sent = "key => fetch(`/cases/${key}/show`, {method: 'POST', body: new URLSearchParams({reason: '核對'})})"
    answered = page.evaluate(
        f"async key => {{ const sent = await ({sent})(key); return [sent.status, sent.url]; }}", key
    )
    assert answered == [200, f"{by_number}?shown=1"], "a page that was opened before it had a number"
