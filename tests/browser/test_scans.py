"""Scans in a real browser over the real processes: each kind of file taken in and looked at, bad ones refused in the
reader's language, the file saved and never shown, a wrong one struck; without scripts and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.web.i18n.messages import LANGUAGES
from tests.box import OFFICER, Box, make_box, testcard
from tests.browser.axe import schemes, violations
from tests.browser.chromium import chromium
from tests.browser.steps import go_on, open_all, open_scan_form
from tests.caselife import life_of
from tests.sampling import Sample, in_turn
from tests.scanfiles import BAD, jpeg, pdf, png

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    directory = tmp_path_factory.mktemp("scans")
    with make_box(directory / "office", [testcard("01")]) as box:
        box.start("keeper", "darkroom", "web")
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield box, browser


def seated(box: Box, browser: Browser, **asked: object) -> Page:
    """The officer, logged in."""
    page = browser.new_context(locale="zh-TW", **asked).new_page()  # type: ignore[arg-type]
    page.goto(f"https://localhost:{box.port}/login")
    page.fill("#name", OFFICER.name)
    page.fill("#password", OFFICER.password)
    page.click("main form button.primary")
    page.wait_for_url(f"https://localhost:{box.port}/")
    return page


def case(box: Box, act: str) -> str:
    """The address of a new case."""
    session = str(box.call("login", name=OFFICER.name, password=OFFICER.password, totp="")["session"])
    start_ns = box.made_ns - 3600 * 10**9
    number = life_of(box, session).receive(["01"], start_ns, start_ns + 10**9, act=act)
    named = box.call("case", session=session, case=number)["number"]
    return f"https://localhost:{box.port}/cases/{quote(named)}"


def choose(page: Page, name: str, data: bytes, kind: str = "form") -> None:
    """Fills the form of the page that stands, and sends it."""
    open_scan_form(page, kind)
    page.set_input_files("#scan-file", [{"name": name, "mimeType": "application/octet-stream", "buffer": data}])
    page.click(".scan-form button")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_each_kind_is_taken_in_and_looked_at_page_by_page(office: tuple[Box, Browser], scripts: bool) -> None:
    box, browser = office
    page = seated(box, browser, java_script_enabled=scripts)
    address = case(box, f"kinds {scripts}")
    for name, data, kind in (
        ("附件2.pdf", pdf(3), "form"),
        ("IMG_0001.JPG", jpeg(), "mandate"),
        ("報案.png", png(), "report"),
    ):
        page.goto(address)
        choose(page, name, data, kind)
        page.wait_for_url(f"{address}?scan=*")
        expect(page.locator("#scans .notice-good")).to_be_visible()
    links = page.locator("#scans .scan-name a")
    expect(links).to_have_count(3)
    links.first.click()
    for number in (1, 2, 3):
        picture = page.locator("img.scan-page")
        expect(picture).to_have_attribute("alt", f"申請書掃描影像，第 {number} 頁，共 3 頁")
        if scripts:
            size = picture.evaluate("img => img.decode().then(() => [img.naturalWidth > 1000, img.naturalHeight])")
            assert size == [True, 1600]
        if number < 3:
            page.click("a[rel=next]")
    page.context.close()


def test_the_file_is_saved_and_never_shown(office: tuple[Box, Browser]) -> None:
    box, browser = office
    page = seated(box, browser)
    page.goto(case(box, "saved"))
    data = pdf(2)
    choose(page, "附件2.pdf", data)
    go_on(page, "#scans .scan-name a")
    shown = page.url
    with page.expect_download() as saved:
        page.click('form[action$="/original"] button')
    assert Path(saved.value.path()).read_bytes() == data
    assert saved.value.suggested_filename.endswith(".pdf")
    assert page.url == shown
    page.context.close()


def test_what_is_refused_says_what_to_do_and_the_next_try_is_taken_in(office: tuple[Box, Browser]) -> None:
    box, browser = office
    page = seated(box, browser)
    address = case(box, "refused")
    page.goto(address)
    for name, said in (
        ("PDF encrypted", "PDF 有密碼或加密"),
        ("PDF with a script in a packed part", "PDF 內含程式碼"),
        ("PDF that unpacks to a gigabyte", "解壓縮後逾 128 MB"),
        ("PNG of absurd size", "60000 × 60000 像素"),
        ("empty", "檔案為空檔"),
    ):
        choose(page, "附件2.pdf" if name.startswith("PDF") else "a.png", BAD[name][0]())
        expect(page.locator("#scans .notice-bad")).to_contain_text(said)
    page.click(".scan-form button")
    expect(page.locator("#scans .notice-bad")).to_contain_text("未選擇檔案")
    choose(page, "附件2.pdf", pdf())
    page.wait_for_url(f"{address}?scan=*")
    expect(page.locator("#scans .scan-row")).to_have_count(1)
    assert len(list(Path(box.settings.layout.keeper, "scans").glob("*.part"))) == 0
    page.context.close()


def test_a_wrong_scan_is_struck_by_keyboard_alone(office: tuple[Box, Browser]) -> None:
    box, browser = office
    page = seated(box, browser)
    address = case(box, "struck")
    page.goto(address)
    choose(page, "a.png", png())
    page.wait_for_url(f"{address}?scan=*")

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    tab_to("#scans .scan-name a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scan/*")
    tab_to("details.part summary")
    page.keyboard.press("Enter")
    tab_to("#strike-reason")
    page.keyboard.type("掃到別案")
    tab_to('form[action$="/strike"] button')
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}#scans")
    page.locator("#scans details summary").first.click()
    expect(page.locator("#scans")).to_contain_text("掃到別案")
    page.context.close()


@pytest.mark.parametrize("language", in_turn(LANGUAGES))
def test_axe_finds_nothing_and_nothing_needs_scrolling_sideways(
    office: tuple[Box, Browser], language: str, sample: Sample
) -> None:
    box, browser = office
    page = seated(box, browser, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    if language == "en":
        go_on(page, 'form[action="/language"] button')
    address = case(box, f"axe {language}")
    page.goto(address)
    choose(page, "附件2.pdf", pdf(2))
    page.wait_for_url(f"{address}?scan=*")
    go_on(page, "#scans .scan-name a")
    page.locator("details.part summary").click()
    number, listing = page.url.split("/")[-1], address.replace("/cases/", "/scans/case/")
    for at, where in enumerate((address, listing, f"/scan/{number}", "refused")):
        if where == "refused":
            page.goto(listing)
            choose(page, "a.gif", b"GIF89a")
            expect(page.locator("#scans .notice-bad")).to_be_visible()
        else:
            page.goto(where if where.startswith("https") else f"https://localhost:{box.port}{where}")
        open_all(page)
        for scheme in schemes(sample, at, language):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{where}, {language}, {scheme}"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{where}: {wide} px too wide"
        page.set_viewport_size({"width": 1280, "height": 900})
    page.context.close()
