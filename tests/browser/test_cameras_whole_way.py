"""A camera in a real browser over the real processes: drafted, signed, approved, accepted, put in force, published."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.box import OFFICER, UNIT_HEAD, Box
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.steps import go_on, open_scan_form
from tests.browser.test_people_whole_way import join, log_in
from tests.faults.intruder import files_in, processes_under
from tests.rules.packcases import altered, successor
from tests.scanfiles import png

pytestmark = pytest.mark.browser

PASSWORDS = {"officer": OFFICER.password, "head": UNIT_HEAD.password}
PICTURES = os.environ.get("RECORDER_PICTURES", "")
"""A directory for pictures of the pages, to be looked at; none are made without it."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("cameras"), ["01", "02"], recorded=True) as found:
        yield found


def picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for lang in ("zh", "en"):
        if page.locator("html").get_attribute("lang") != {"zh": "zh-Hant-TW", "en": "en"}[lang]:
            go_on(page, 'form[action="/language"] button')
        for width in (1280, 820, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{PICTURES}/{name}-{lang}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    go_on(page, 'form[action="/language"] button')


def sound(page: Page, name: str) -> None:
    """Accessible, and no wider than a narrow screen."""
    assert violations(page) == [], name
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name}: scrolls sideways at 320 px"
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, name)


def act(page: Page, event: str, who: str = "", **fields: str) -> None:
    """Opens the form of an event, types, and sends it; ``fields`` by name: text, or "tick"."""
    page.wait_for_load_state()
    form = page.locator(f'form:has(input[name="event"][value="{event}"])').first
    details = page.locator("details", has=form).first
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    for name, value in fields.items():
        where = form.locator(f'[name="{name}"]')
        if value == "tick":
            where.first.check()
        elif where.first.evaluate("element => element.tagName") == "SELECT":
            where.first.select_option(value) if value else None
        elif where.first.get_attribute("type") == "radio":
            form.locator(f'[name="{name}"][value="{value}"]').check()
        else:
            where.first.fill(value)
    if form.locator('[name="password"]').count():
        seat = form.locator('[name="seat"]').input_value()
        form.locator('[name="password"]').fill(PASSWORDS[who or ("officer" if seat == "1" else "head")])
    go_on(page, form.locator("button"))
    expect(page.locator(".notice-good").first).to_be_visible()


def send(page: Page) -> None:
    """The form of a draft, by the officer; with the password where the head is here, too."""
    page.wait_for_load_state()
    if page.locator('form.form > [class*="field"] [name="password"]').count():
        page.locator('form.form > [class*="field"] [name="password"]').fill(OFFICER.password)
    go_on(page, "form.form button.primary")


NEXT = "下一步"
ACCEPTED = dict.fromkeys(
    ("sound_as_approved", "masks_set", "time_checked", "recorded", "played", "sign_on_wall", "met"), "tick"
)
DRAFT = {
    "camera": "03", "area": "二樓等候區", "place": "二樓東側柱上", "view": "等候區全區，不含櫃檯桌面",
    "lens": "2.8 mm", "make": "Axle", "maker-origin": "瑞典", "model": "P-1", "serial": "S-1", "checked": "115/11/20",
    "source": "testcard", "settings": "label=03", "reason": "等候人潮需要", "alternative": "增派人員，人力不足",
}  # fmt: skip


def fill_draft(page: Page) -> None:
    for name, text in DRAFT.items():
        page.fill(f'[name="{name}"]', text)
    page.select_option('[name="place-kind"]', "waiting")
    for name, value in (("in-premises", "yes"), ("public-area", "yes"), ("purposes", "service_quality")):
        page.check(f'[name="{name}"][value="{value}"]')
    for name, value in (("mode", "continuous"), ("banned", "no")):
        page.check(f'[name="{name}"][value="{value}"]')


def guide_through(page: Page, address: str) -> None:
    """The guided way, from the list of cameras to the chain."""
    page.goto(f"{address}/cameras")
    go_on(page, 'a[href="/cameras/guide"]')
    go_on(page, 'a[href^="/cameras/guide?source=testcard"]')
    sound(page, "guide")
    page.click("summary:has-text('其他設定')")
    page.fill('[name="camera"]', "０３")
    page.fill('[name="set-label"]', "03")
    send(page)
    expect(page).to_have_url(re.compile("step=look"))
    prove(page.locator("form:has(button:has-text('連線預覽'))"))
    page.click("button:has-text('連線預覽')")
    assert len(shown_pictures(page)) == 1
    look_at(page, "preview")
    go_on(page, f'a[href$="step=place"]:has-text("{NEXT}")')
    sound(page, "guide-place")
    for name in ("area", "place", "view", "lens"):
        page.fill(f'[name="{name}"]', DRAFT[name])
    page.select_option('[name="place-kind"]', "waiting")
    for name, value in (("in-premises", "yes"), ("public-area", "yes"), ("purposes", "service_quality")):
        page.check(f'[name="{name}"][value="{value}"]')
    send(page)
    expect(page).to_have_url(re.compile("step=device"))
    for name in ("make", "maker-origin", "model", "serial", "checked", "reason", "alternative"):
        page.fill(f'[name="{name}"]', DRAFT[name])
    page.check('[name="banned"][value="no"]')
    send(page)
    expect(page).to_have_url(re.compile("step=days"))
    sound(page, "guide-days")
    page.click(f'a[href$="step=sign"]:has-text("{NEXT}")')
    expect(page.locator("#sign ~ .codes")).to_contain_text("視野示意圖之掃描檔：請先收存")
    sound(page, "guide-sign")
    take_in(page, "sketch")
    expect(page).to_have_url(re.compile(r"/cameras/guide\?camera=03&version=2&step=sign&scan=S\d{3}-0001#scans"))
    sound(page, "sketch")
    if page.locator('form[action="/cameras/03/act"] [name="password"]').count():
        page.fill('form[action="/cameras/03/act"] [name="password"]', OFFICER.password)
    go_on(page, 'form[action="/cameras/03/act"] button')
    expect(page).to_have_url(f"{address}/cameras/03?done=submit")


def take_in(page: Page, kind: str) -> None:
    """A scan, by the form of the page that stands."""
    open_scan_form(page, kind)
    file = {"name": f"{kind}.png", "mimeType": "image/png", "buffer": png(kind)}
    page.set_input_files("#scan-file", [file])
    prove(page.locator(".scan-form"))
    go_on(page, ".scan-form button")
    expect(page.locator("#scans .notice-good")).to_be_visible()


def test_AT_08_AT_09_AT_11_AT_12_D_15_a_camera_goes_the_whole_way_from_its_draft_to_the_published_list(
    office: tuple[Box, Browser], tmp_path: Path
) -> None:
    box, browser = office
    address = f"https://localhost:{box.port}"
    page = browser.new_context(locale="zh-TW", accept_downloads=True).new_page()
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cameras")
    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    expect(page.locator("#publication ~ .notice").first).to_contain_text("尚未公告")
    sound(page, "list")
    page.goto(f"{address}/cameras/new")
    sound(page, "draft")
    page.fill('[name="camera"]', "03")
    page.fill('[name="checked"]', "113/13/1")
    send(page)
    expect(page.locator("#draft-checked-problem")).to_be_visible()
    expect(page.locator('[name="camera"]')).to_have_value("03")
    page.select_option('[name="place-kind"]', "waiting")
    page.fill('[name="place"]', "女廁所門口")
    page.fill('[name="checked"]', "115/11/20")
    send(page)
    expect(page.locator(".notice-bad")).to_contain_text("高度隱私之處不得設置")
    fill_draft(page)
    page.fill('[name="settings"]', "lable=03")
    send(page)
    expect(page.locator(".notice-bad")).to_contain_text("testcard 無設定 lable，是否為 label？")
    page.fill('[name="settings"]', "label=03\nwidth=321")
    send(page)
    expect(page).to_have_url(f"{address}/cameras/03?done=draft")
    sound(page, "drafted")
    prove(page.locator("form:has(button:has-text('連線預覽'))"))
    page.click("button:has-text('連線預覽')")
    expect(page.locator(".notice-bad")).to_contain_text("width", timeout=120_000)
    page.goto(f"{address}/cameras/03")
    act(page, "drop", note="設定有誤")
    guide_through(page, address)
    approved(page, "1")
    sound(page, "approved")
    assert box.call("cameras.book", session=_session(page))["registry"] == 1, "nothing is recorded of it yet"
    details = page.locator("details:has(input[name='event'][value='accept'])")
    details.locator("summary").click()
    expect(details).to_contain_text("請先於本頁「參考畫面」擷取一張")
    take_reference(page)
    expect(page.locator(".reference")).to_contain_text("待他人確認")
    assert "cam 03" not in processes_under(box.processes["recorder"].pid).values(), "seen, and never stored (INV-10)"
    act(page, "accept", picture="", **ACCEPTED)
    details = page.locator("details:has(input[name='event'][value='put_in_force'])")
    details.locator("summary").click()
    expect(details).to_contain_text("尚未開啟參考畫面")
    open_reference(page, 2)
    look_at(page, "before-force")
    act(page, "put_in_force", "head")
    expect(page.locator(".reference")).to_contain_text("確認")
    expect(page.locator("h1 ~ .lead, .lead").first).to_contain_text("二樓等候區")
    sound(page, "in force")
    page.goto(f"{address}/cameras/review")
    expect(page.locator("main table")).to_contain_text("二樓等候區")
    sound(page, "review")

    page.goto(f"{address}/cameras")
    page_file = _downloaded(page)
    assert "訓練".encode() in page_file
    _post(page, page_file)
    expect(page.locator(".act .notice-bad")).to_contain_text("規範版本未填公告應載明之管理單位或聯絡電話")
    _name_a_telephone(box, page)
    page_file = _downloaded(page)
    for kind in ("csv", "ods"):
        with page.expect_download():
            page.click(f'a[href="/cameras/list.{kind}"]')
    edited = page_file.replace("二樓等候區".encode(), "三樓等候區".encode())
    _post(page, edited)
    expect(page.locator(".act .notice-bad")).to_contain_text("area 03")
    _post(page, page_file)
    expect(page.locator(".notice-good")).to_contain_text("公告已登記")
    sound(page, "posted")
    confirm_posting(page)
    sound(page, "published")
    page.click("summary:has-text('比對網頁')")
    prove(page.locator('form:has([name="deed"][value="check"])'))
    page.set_input_files("#check-file", {"name": "x.html", "mimeType": "text/html", "buffer": edited})
    page.click('form:has([name="deed"][value="check"]) button')
    expect(page.locator("body")).to_contain_text("03：設置區位不同")
    expect(page.locator("body")).to_contain_text("公告與現況不符")
    sound(page, "edited by hand")
    change_through(page, box, address)
    page.goto(f"{address}/cameras/03")
    act(page, "retire", "head", note="櫃檯搬遷")
    expect(page.locator(".title-row .tag")).to_contain_text("已撤除")
    page.goto(f"{address}/cases/new/letter")
    expect(page.locator(".camera-picks-left")).to_contain_text("二樓東側等候區")
    expect(page.locator(".camera-picks-left")).to_contain_text("起撤除")
    sound(page, "removed, and asked for")
    plain = browser.new_context().new_page()
    (tmp_path / "list.html").write_bytes(page_file)
    plain.goto(f"file://{tmp_path}/list.html")
    sound_public(plain)


def approved(page: Page, number: str) -> None:
    """From the first stamp to the approval that is confirmed; ``number``: of the letter and of the answer."""
    act(page, "stamp")
    act(page, "stamp_secretary", double="tick")
    act(page, "approve", "head", double="tick")
    act(page, "send", letter=f"北市萬戶行字第115000{number}號")
    take_in(page, "answer")
    act(page, "enter_answer", kind="approved", agency="臺北市政府警察局萬華分局", day="115/11/21",
        number=f"北市警萬分字第{number}號", conditions="不得攝入隔壁住戶")  # fmt: skip
    act(page, "confirm_approval")


def change_through(page: Page, box: Box, address: str) -> None:
    """A change of what is in force: the old version is recorded until the new one is, and the list is to be posted."""
    page.goto(f"{address}/cameras/03")
    go_on(page, 'a[href$="origin=change"]')
    page.fill('[name="area"]', "二樓東側等候區")
    page.fill('[name="reason"]', "等候區擴大")
    page.fill('[name="alternative"]', DRAFT["alternative"])
    send(page)
    expect(page).to_have_url(f"{address}/cameras/03?done=draft")
    expect(page.locator("p:has-text('與現行版不同') .chip")).to_have_text("設置區位（公告用）")
    take_in(page, "sketch")
    act(page, "submit")
    approved(page, "2")
    sound(page, "change approved")
    before = box.call("cameras.book", session=_session(page))
    assert next(each["area"] for each in before["cameras"] if each["camera"] == "03") == "二樓等候區"
    assert box.camera("03")["location"] == "二樓等候區", "recorded as it was, until the change is in force"
    take_reference(page)
    act(page, "accept", picture="", **ACCEPTED)
    open_reference(page, 2)
    act(page, "put_in_force", "head")
    expect(page.locator("h1 ~ .lead, .lead").first).to_contain_text("二樓東側等候區")
    expect(page.locator("main")).to_contain_text("已更替")
    box.recording("03")
    assert box.camera("03")["location"] == "二樓東側等候區"
    page.goto(f"{address}/cameras")
    expect(page.locator("body")).to_contain_text("公告與現況不符")
    _post(page, _downloaded(page))
    confirm_posting(page)
    page.goto(f"{address}/cameras/03")
    expect(page.locator(".title-row .tag")).to_contain_text("已公告")
    sound(page, "changed")


def confirm_posting(page: Page) -> None:
    page.fill("#confirm-password", UNIT_HEAD.password)
    confirmer = page.locator('form:has([name="deed"][value="confirm"]) [name="seat"]')
    assert confirmer.input_value() == "2", "whoever posted it does not confirm it"
    go_on(page, 'form:has([name="deed"][value="confirm"]) button')
    expect(page.locator("body")).to_contain_text("公告與現況相符")


def prove(form: Locator, password: str = OFFICER.password) -> None:
    """Where two sit here, whoever acts types the own password."""
    for field in form.locator("[type=password]").all():
        field.fill(password)


def take_reference(page: Page) -> None:
    form = page.locator('form:has(input[name="deed"][value="take"])').first
    prove(form)
    go_on(page, form.locator("button"))
    expect(page.locator(".reference").first).to_be_visible()


def open_reference(page: Page, seat: int) -> None:
    """Whoever sits there opens the newest reference picture."""
    form = page.locator(f"form:has(input[name='deed'][value='show']):has(input[name='seat'][value='{seat}'])").first
    prove(form, (OFFICER, UNIT_HEAD)[seat - 1].password)
    go_on(page, form.locator("button"))
    expect(page.locator(".camera-picture").first).to_be_visible()


def look_at(page: Page, name: str) -> None:
    """As ``sound``, of a page that is the answer to a form and is not asked for again."""
    assert violations(page) == [], name
    for width in (1280, 820, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name}: scrolls sideways at 320 px"
    page.set_viewport_size({"width": 1280, "height": 900})


def shown_pictures(page: Page) -> list[tuple[int, int]]:
    """The sizes of the pictures of cameras on the page, each of which did load."""
    images = page.locator(".camera-picture img")
    expect(images.first).to_be_attached(timeout=120_000)
    page.wait_for_load_state()
    for number in range(images.count()):
        images.nth(number).scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('.camera-picture img')].every(image => image.complete)")
    sizes = "images => images.map(image => [image.naturalWidth, image.naturalHeight])"
    return [(int(width), int(height)) for width, height in images.evaluate_all(sizes)]


def test_T_65_T_79_INV_04_pictures_are_for_who_may_have_them_and_each_look_is_in_the_ledger_before(
    office: tuple[Box, Browser],
) -> None:
    """Of a real camera through recorder, keeper and darkroom; nothing of one is on the disk but sealed (INV-20)."""
    box, browser = office
    address = f"https://localhost:{box.port}"
    page = browser.new_context(locale="zh-TW").new_page()
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.goto(f"{address}/cameras/01")
    expect(page.locator("#pictures-1")).to_contain_text("尚無參考畫面")
    take_reference(page)
    expect(page.locator(".camera-picture")).to_have_count(0)
    expect(page.locator("details:has(input[name='deed'][value='confirm'])")).to_have_count(0)
    join(page, UNIT_HEAD.name, UNIT_HEAD.password)
    expect(page.locator("details:has(input[name='deed'][value='confirm'])")).to_have_count(0)
    open_reference(page, 2)
    page.fill('[id^="confirm-"][name="password"]', UNIT_HEAD.password)
    go_on(page, "button:has-text('確認為核准之視野')")
    expect(page.locator(".reference")).to_contain_text("確認")
    before = size_of_ledger(box, page)
    open_reference(page, 1)
    ((width, height),) = shown_pictures(page)
    assert width >= 320
    assert height >= 180
    address_of_it = page.locator(".camera-picture img").first.get_attribute("src")
    look_at(page, "reference")
    (entry,) = [entry for entry in entries(box, page, before) if entry["kind"] == "picture.released"]
    assert (entry["fields"]["purpose"], entry["fields"]["reference"]) == ("reference-look", "01-R1")

    page.goto(f"{address}/inspection")
    before = size_of_ledger(box, page)
    page.fill("#look-password", OFFICER.password)
    page.click("button:has-text('擷取目前畫面')")
    assert len(shown_pictures(page)) == len(box.status()["cameras"])
    expect(page.locator("meter")).to_have_count(2)  # of 03, which is approved without sound, nothing is heard (D-16)
    look_at(page, "inspection")
    (entry,) = [entry for entry in entries(box, page, before) if entry["kind"] == "picture.released"]
    assert entry["fields"]["purpose"] == "inspection"
    assert "01" in entry["fields"]["cameras"]
    asked = "async where => { const a = await fetch(where); return [a.status, a.headers.get('cache-control')] }"
    assert page.evaluate(asked, address_of_it) == [200, "no-store"]
    other = browser.new_context(locale="zh-TW").new_page()
    log_in(other, box, UNIT_HEAD.name, UNIT_HEAD.password)
    other.goto(f"{address}/inspection")
    assert other.evaluate(asked, address_of_it)[0] == 404, "it is the other session's"
    expect(other.locator("button:has-text('擷取目前畫面')")).to_have_count(0)
    body = "async where => [...new Uint8Array(await (await fetch(where)).arrayBuffer()).slice(-256)]"
    end = bytes(page.evaluate(body, address_of_it))
    assert end.endswith(b"\xff\xd9")
    for path in files_in(box.settings.layout.state):
        assert end[:64] not in Path(path).read_bytes(), f"{path} holds the picture"


def size_of_ledger(box: Box, page: Page) -> int:
    return int(box.call("ledger.head")["size"])


def entries(box: Box, page: Page, since: int) -> list[dict[str, Any]]:
    told = box.call("ledger.list", session=_session(page), start=since, count=50)
    return [dict(each) for each in told["entries"]]


def sound_public(page: Page) -> None:
    """The page that the office puts on its website."""
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if PICTURES:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 700})
            page.screenshot(path=f"{PICTURES}/public-{width}.png", full_page=True)


def _downloaded(page: Page) -> bytes:
    """The list's page, to post."""
    with page.expect_download() as saved:
        page.click('a[href="/cameras/list.html"]')
    return Path(saved.value.path()).read_bytes()


def _name_a_telephone(box: Box, page: Page) -> None:
    """Brings rules into force that name the telephone of the unit: those that ship name none."""
    unit = 'unit = "行政庶務課"\n'
    data = successor("115-01-01", "2026-01-01", altered({unit: f'{unit}phone = "02-2306-1234"\n'}))
    session, client = _session(page), box.client()
    try:
        asked = {"session": session, "act": "rules", "seat": 1, "password": OFFICER.password}
        sha256 = client.call("pack.propose", data, **asked).head["sha256"]
    finally:
        client.close()
    passwords = {"1": OFFICER.password, "2": UNIT_HEAD.password}
    box.call("pack.approve", session=session, act="approve", passwords=passwords, sha256=sha256)


def _post(page: Page, data: bytes) -> None:
    if not page.is_visible("#url"):
        page.click("summary:has-text('登記公告')")
    page.fill("#url", "https://wanhua.gov.taipei/cctv")
    page.set_input_files("#post-file", {"name": "list.html", "mimeType": "text/html", "buffer": data})
    prove(page.locator('form:has([name="deed"][value="post"])'))
    go_on(page, 'form:has([name="deed"][value="post"]) button')


def _session(page: Page) -> str:
    return next(str(each["value"]) for each in page.context.cookies() if each["name"] == "__Host-sid")
