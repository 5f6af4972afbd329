"""AT-73 in a real browser over the real processes: a colleague's request on paper, signed by hand from the counter to
the decision, and entered with its scan; and what a mistaken clerk is told."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.core.clock import SystemClock, local_time
from tests.browser.axe import violations
from tests.browser.case_office import CHECKS, PASSWORDS, SECTION, CaseOffice, filmed_office
from tests.browser.steps import go_on
from tests.browser.test_case_lives import Scene
from tests.browser.test_scans import choose
from tests.scanfiles import pdf

pytestmark = [pytest.mark.browser, pytest.mark.papers]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with filmed_office(tmp_path_factory.mktemp("ink")) as (office, border_ns):
        yield Scene(office, border_ns)


REQUEST = {
    "staff-name": "高文祥", "staff-section": SECTION, "v0-name": "高文祥", "reason": "property_lost",
    "reason-text": "皮夾於一樓大廳遺失",
    "judicial": "no", "in-hand": "1", "staff-signed": "1",
}  # fmt: skip
CUT = """() => [...document.querySelectorAll(".box, .box-mark, .box-head")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText)"""
"""Cells of the signatures whose words do not fit."""


class Sheet:
    """附件3 as it went round: everybody signed in one minute, and the clerk enters it."""

    def __init__(self, scene: Scene) -> None:
        self.office = scene.office
        at = local_time(SystemClock().wall_ns())
        asked = {"applied-on": f"{at.year - 1911}/{at.month}/{at.day}"}
        self.case = self.office.receive("officer", "staff-paper", REQUEST | scene.range | asked)
        signed = local_time(SystemClock().wall_ns())
        self.moment = {"ink.day": f"{signed.year - 1911}/{signed.month}/{signed.day}", "ink.time": f"{signed:%H:%M}"}

    def scanned(self, name: str = "附件3.pdf") -> str:
        """The number of the scan that the clerk takes in."""
        page = self.office.desk("officer")
        page.goto(self.office.address + self.case)
        choose(page, name, pdf(1, name))
        page.wait_for_url("**scan=*")
        return page.url.split("scan=")[1].split("#")[0]

    def enter(self, step: str, signer: str, *, button: str = "", **values: str) -> Page:
        """One step of it at the clerk's desk."""
        page = self.office.desk("officer")
        page.goto(f"{self.office.address}{self.case}/ink?step={step}")
        typed = {"ink.signer": signer, **self.moment, "password": PASSWORDS["officer"], **values}
        self.office._fill(page, "form.act-form", typed)
        chosen = f"form.act-form button[value={button}]" if button else "form.act-form .actions button"
        go_on(page, chosen)
        return page


def test_AT_73_a_staff_request_signed_wholly_in_ink_from_the_counter_to_the_decision(
    scene: Scene, tmp_path: Path
) -> None:
    office, sheet = scene.office, Sheet(scene)
    page = office.desk("officer")
    page.goto(office.address + sheet.case)
    page.click(".ink-way a")
    expect(page.locator("h1")).to_have_text("紙本簽核登記")
    expect(page.locator("#ink-scan-hint")).to_contain_text("尚無掃描檔")
    assert violations(page) == []
    scan = sheet.scanned()
    page = sheet.enter("sign_section", "chief")
    expect(page.locator(".notice-good")).to_contain_text("申請單位主管核章")
    checks = {f"check.{code}": "yes" for code in CHECKS["INT"]}
    sheet.enter("propose", "manager", **checks, **{"proposal/result": "granted", "proposal/article": "八(五)2(1)"})
    sheet.enter("stamp", "head")
    sheet.enter("stamp", "secretary")
    page = sheet.enter("decide", "director", **{"ruling.0.outcome": "granted", "form/judicial": "no"})
    expect(page.locator(".notice-good")).to_contain_text("准予")
    page.goto(office.address + sheet.case)
    expect(page.locator(".case-tag")).to_have_text("准予")
    page.click("#signatures > summary")
    cells = page.locator("#signatures .signed", has=page.locator(".ink-tag"))
    expect(cells).to_have_count(5)
    for cell, name in zip(cells.all(), ("李文華", "吳志文", "林志明", "張文彬", "蔡文德"), strict=True):
        expect(cell).to_contain_text(name)
        expect(cell).to_contain_text(f"紙本簽核 掃描檔 {scan}")
        expect(cell).to_contain_text("陳怡君於")
    assert violations(page) == []
    go_on(page, 'form[action="/language"] button')
    page.set_viewport_size({"width": 320, "height": 900})
    page.evaluate("document.querySelector('#signatures').open = true")
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    go_on(page, 'form[action="/language"] button')
    printed = office.paper(sheet.case, "annex-3", tmp_path)
    assert printed.count(f"紙本簽核（掃描檔{scan}）") == 5
    assert printed.count(f"紙本簽名（掃描檔{scan}）") == 1, "the applicant's own, whose moment no sheet tells"
    assert "電子簽章" not in printed, "nobody of its chain logged in for it"
    told = office.desk("director")
    told.goto(f"{office.address}/")
    told.goto(f"{office.address}/duties")
    expect(told.locator(".notice-list")).to_contain_text("您的紙本簽核已由他人登記")


def test_AT_73_what_a_mistaken_clerk_is_told_stands_beside_the_field_that_mends_it(scene: Scene) -> None:
    sheet = Sheet(scene)
    page = sheet.enter("sign_section", "")
    expect(page.locator("#ink-signer-problem")).to_have_text("請選擇簽核人")
    expect(page.locator("#ink-scan-problem")).to_have_text("請選擇簽核表單之掃描檔")
    scan = sheet.scanned("附件3乙.pdf")
    page = sheet.enter("sign_section", "head")
    expect(page.locator("#ink-signer-problem")).to_contain_text("林志明於")
    expect(page.locator("#ink-signer-problem")).to_contain_text("不具「申請單位主管核章」所需職務")
    page = sheet.enter("sign_section", "chief", **{"ink.day": "120/1/1"})
    expect(page.locator("#ink-day-problem")).to_contain_text("尚未屆至")
    page = sheet.enter("sign_section", "chief", **{"ink.day": "113/1/1"})
    expect(page.locator("#ink-day-problem")).to_contain_text("李文華之簽核時間 113/01/01")
    expect(page.locator("#ink-day-problem")).to_contain_text("早於前一步驟「收件」")
    page = sheet.enter("sign_section", "chief", password="wrong-wrong-wrong")
    expect(page.locator("[role=alert]")).to_contain_text("密碼")
    expect(page.locator("#ink-password-problem")).to_contain_text("密碼不符")
    assert page.input_value("#ink-scan") == scan, "what was typed stays"
    assert page.locator("#ink-signer option[selected]").get_attribute("value") == "chief"


# --- the pages beside cases ---


@functools.cache
def _session(office: CaseOffice) -> str:
    """The clerk's besides the browser's; a third would end the first."""
    return str(office.box.call("login", name="officer", password=PASSWORDS["officer"], totp="")["session"])


def _entered(scene: Scene, path: str, form: str, scan: bytes, signer: str, kind: str, **typed: str) -> Page:
    """Something that was signed on its sheet, entered at the clerk's desk: its scan first, then the form."""
    office, page = scene.office, scene.office.desk("officer")
    at = local_time(SystemClock().wall_ns())
    subject = {"holds": "hold", "register": "register", "inspection": "inspection", "cameras": "camera"}
    number = typed.pop("number", path.split("/")[-1])
    page.goto(f"{office.address}/scans/{subject[path.split('/')[1]]}/{number}")
    choose(page, "sheet.pdf", scan, kind)
    page.wait_for_url("**scan=*")
    page.goto(f"{office.address}{path}?ink=1")
    for closed in page.locator(f"details:not([open]):has({form}) > summary").all():
        closed.click()
    moment = {"ink.day": f"{at.year - 1911}/{at.month}/{at.day}", "ink.time": f"{at:%H:%M}"}
    office._fill(page, form, {"ink.signer": signer, **moment, "password": PASSWORDS["officer"], **typed})
    assert violations(page) == []
    go_on(page, page.locator(f"{form} button.primary, {form} button.danger-quiet").last)
    return page


def test_AT_73_the_director_s_word_on_a_hold_is_entered_from_paper(scene: Scene) -> None:
    office = scene.office
    session = _session(office)
    now_ns = SystemClock().wall_ns()
    asked = {"cameras": ["01"], "start_ns": now_ns - 2 * 3600 * 10**9, "end_ns": now_ns - 3600 * 10**9}
    told = {"ground": "event", "reason": "櫃檯推擠受傷", "act": "d" * 32, "seat": 1, "password": PASSWORDS["officer"]}
    number = str(office.box.call("hold.set", session=session, **asked, **told)["hold"])
    path = f"/holds/{number}"
    page = _entered(scene, path, f"form[action='{path}/confirm']", pdf(1, "A"), "director", "letter")
    expect(page.locator(".steps")).to_contain_text("紙本簽核")
    expect(page.locator(".steps")).to_contain_text("登記人：陳怡君")
    page = office.desk("officer")
    page.goto(f"{office.address}{path}?ink=1")
    page.locator("details:has(form[action$='/release']) > summary").click()
    office._fill(page, "form[action$='/release']", {"reason": "事由消滅", "password": PASSWORDS["officer"]})
    page.click("form[action$='/release'] .actions button")
    expect(page.locator("#release-ink-signer-problem, #release-ink-day-problem").first).to_be_visible()


def test_AT_73_the_sheet_of_a_medium_is_entered_from_paper(scene: Scene) -> None:
    office = scene.office
    session = _session(office)
    told = {
        "medium_kind": "ssd",
        "make": "W",
        "serial": "ZX-9",
        "holds": "footage",
        "encrypted": "yes",
        "place": "機房",
    }
    act = {"act": "e" * 32, "seat": 1, "register": "media", "item": "", "event": "enter", "typed": told}
    number = str(office.box.call("register.act", session=session, **act)["item"])
    act = {"act": "f" * 32, "seat": 1, "register": "media", "item": number, "event": "propose",
           "typed": {"aim": "scrap", "method": "shred", "why": "逾年限"}}  # fmt: skip
    office.box.call("register.act", session=session, **act)
    path, form = f"/register/media/{number}", "form:has(input[name='event'][value='approve'])"
    page = _entered(scene, path, form, pdf(1, "B"), "head", "signed", number=number)
    expect(page.locator(".steps")).to_contain_text("紙本簽核")
    printed = office.file(f"{path}/paper.pdf")
    assert printed.startswith(b"%PDF")


def test_AT_73_a_camera_s_chain_and_a_day_s_row_are_entered_from_paper(scene: Scene) -> None:
    office, page = scene.office, scene.office.desk("officer")
    page.goto(f"{office.address}/cameras/01?ink=1")
    form = "form:has(input[name='event'][value='retire'])"
    page.locator(f"details:has({form}) > summary").click()
    office._fill(page, form, {"note": "拆除", "password": PASSWORDS["officer"]})
    page.click(f"{form} .actions button")
    expect(page.locator("[id$=ink-scan-problem]").first).to_have_text("請選擇簽核表單之掃描檔")
    assert violations(page) == []
    day = scene.today.isoformat()
    page.goto(f"{office.address}/inspection/{day}?ink=1")
    expect(page.locator("#ink-signer")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{office.address}/inspection/month/{day[:7]}?ink=1")
    expect(page.locator("main")).to_contain_text("本月無已簽認而待核章之列")
    expect(page.locator("#stamp-ink-signer")).to_have_count(0)
    assert violations(page) == []
