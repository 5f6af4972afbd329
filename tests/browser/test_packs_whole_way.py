"""Another office's rules in a real browser over the real processes: from the file to the papers, and over a restart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.box import OFFICER, UNIT_HEAD, Box
from tests.browser.office import office_in
from tests.browser.test_people_whole_way import both, join, log_in
from tests.rules.packcases import FIRST_OFFICE, second_bytes

pytestmark = pytest.mark.browser

PAIR = {1: OFFICER.password, 2: UNIT_HEAD.password}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("packs"), ["01"]) as found:
        yield found


def _odt(page: Page, form: str) -> str:
    """The words of a blank form, as the browser saves it."""
    page.goto(page.url.partition("/rules")[0].partition("/papers")[0] + "/papers")
    with page.expect_download() as saved:
        page.click(f'a[href="/papers/{form}/odt"]')
    data = Path(saved.value.path()).read_bytes()
    package = zipfile.ZipFile(io.BytesIO(data))
    return package.read("content.xml").decode() + package.read("styles.xml").decode()


def test_T_86_an_office_puts_its_own_rules_in_force_and_nothing_of_the_first_is_left(
    office: tuple[Box, Browser],
) -> None:
    box, browser = office
    address = f"https://localhost:{box.port}"
    page = browser.new_context(locale="zh-TW", accept_downloads=True).new_page()
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/rules/text")
    expect(page.locator(".notice-warn").first).to_contain_text("系統預設")
    expect(page.locator(".notice-warn").last).to_contain_text("未填電話：不印電話")
    expect(page.locator("#a-9")).to_contain_text("原文缺")

    page.goto(f"{address}/rules/packs")
    file = {"name": "office.toml", "mimeType": "application/toml"}
    page.set_input_files("#file", {**file, "buffer": second_bytes().replace(b"floor_days = 40", b"floor_days = 20")})
    page.fill("#password", OFFICER.password)
    page.click('form[action="/rules/packs"] button')
    expect(page.locator(".wrong li")).to_have_text(
        "numbers.floor_days 20 低於 31（作業規範第七點第(一)款）；請填 31 至 333"
    )
    page.set_input_files("#file", {**file, "buffer": second_bytes()})
    page.fill("#password", OFFICER.password)
    page.click('form[action="/rules/packs"] button')
    expect(page.locator(".notice-good")).to_contain_text("已提出 115-07-01 版")
    page.click("#proposals + .card a")
    page.click("details.change summary")
    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    expect(page.locator("ins", has_text="60").first).to_be_visible()
    both(page, "approve", PAIR)
    page.click('form[action$="/approve"] button')
    expect(page.locator(".notice-good")).to_contain_text("已核准 115-07-01 版")

    for restart in (False, True):
        if restart:
            box.kill("keeper")
            box.start("keeper")
            page = browser.new_context(locale="zh-TW", accept_downloads=True).new_page()
            log_in(page, box, OFFICER.name, OFFICER.password)
            page.wait_for_url(f"{address}/")
        page.goto(f"{address}/rules/text")
        expect(page.locator(".brand-office")).to_have_text("海口市青山戶政所")
        expect(page.locator("main")).to_contain_text("影像保存四十日以上")
        page.goto(f"{address}/rules")
        expect(page.locator(".terms")).to_contain_text("40")
        page.goto(f"{address}/rules/text")
        words = _odt(page, "annex-3")
        assert "海口市青山戶政所影像閱覽申請表(同仁)" in words
        assert "規範版本：115-07-01" in words
        assert not [word for word in FIRST_OFFICE if word in words]
