"""Live pictures in a real Chromium over the real processes: begun by an officer, seen as they come, ended by each way;
nothing of them is kept, and the record says who looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.box import OFFICER, UNIT_HEAD, Box, until
from tests.browser.axe import violations
from tests.browser.office import office_in
from tests.browser.test_cameras_whole_way import picture
from tests.browser.test_people_whole_way import join, log_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Browser]]:
    with office_in(tmp_path_factory.mktemp("live"), ["01", "02"], recorded=True) as found:
        yield found


@pytest.fixture
def page(office: tuple[Box, Browser]) -> Iterator[Page]:
    context = office[1].new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    defects: list[str] = []
    page.on("pageerror", lambda error: defects.append(str(error)))
    page.on("console", lambda said: defects.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert defects == []


def _enter(page: Page, box: Box) -> None:
    log_in(page, box, OFFICER.name, OFFICER.password)
    page.wait_for_url(f"https://localhost:{box.port}/")


def _record(box: Box, page: Page) -> dict[str, Any]:
    """The newest look, as the keeper tells of it."""
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "__Host-sid")
    client = box.client()
    try:
        return dict(client.call("live.records", session=session).head["records"][0])
    finally:
        client.close()


def _begin(page: Page, address: str, *cameras: str) -> None:
    page.goto(f"{address}/live")
    for camera in cameras:
        page.check(f'details[open] input[name="camera"][value="{camera}"]')
    page.click("details[open] .primary")
    page.wait_for_url("**/live/*")


def _live(page: Page, camera: str) -> None:
    """Its picture stands on the screen and nothing lies over it."""
    page.wait_for_selector("or-live[data-live=yes]", timeout=120_000)
    page.wait_for_selector(f'[data-camera="{camera}"][data-frame] .plate', state="hidden", timeout=120_000)


def _behind(page: Page) -> float:
    """Seconds between the moment of the frame on the screen and now, by the same machine's clock."""
    script = "() => Date.now() / 1e3 - Number(BigInt(document.querySelector('[data-now]').dataset.ns) / 1000000n) / 1e3"
    return float(page.evaluate(script))


def test_D_28_an_officer_looks_live_from_the_choice_to_the_record(office: tuple[Box, Browser], page: Page) -> None:
    box, _ = office
    address, kept = f"https://localhost:{box.port}", set[str]()
    page.on("response", lambda answer: kept.add(answer.headers["cache-control"]) if "/pictures" in answer.url else None)
    _enter(page, box)
    until(lambda: page.goto(f"{address}/live") and page.locator("details.live-basis").count(), what="today's row")
    assert violations(page) == []
    picture(page, "live-choose")
    page.click("details[open] .primary")
    expect(page.locator("#problems")).to_contain_text("請至少勾選一支監視器")
    _begin(page, address, "01", "02")
    for camera in ("01", "02"):
        _live(page, camera)
    behind = sorted(_behind(page) for _ in range(15) if page.wait_for_timeout(200) is None)
    print(f"behind: {behind[7]:.2f} s, at most {behind[-1]:.2f} s")
    assert behind[7] < 10, "of now, and not from the beginning of what was fetched"
    assert kept == {"no-store"}
    assert violations(page) == []
    picture(page, "live")
    _live(page, "01")
    assert page.locator(".recorded").inner_text().startswith("即時檢視全程記入稽核紀錄簿")
    page.fill("#reason", "仍在調整鏡頭角度")
    page.click("[data-extend] button")
    expect(page.locator("[data-say]")).to_have_text("已延長 15 分鐘")
    going_on = _record(box, page)
    assert (going_on["cameras"], going_on["reasons"], going_on["ended_ns"]) == (["01", "02"], ["仍在調整鏡頭角度"], 0)
    page.click("[data-end] button")
    page.wait_for_url(f"{address}/live")
    record = _record(box, page)
    assert record["cause"] == "person"
    assert {each["camera_no"] for each in record["seen"]} == {"01", "02"}
    assert all(each["end_ns"] - each["start_ns"] > 2e9 for each in record["seen"])
    page.goto(f"{address}/register/live")
    assert violations(page) == []
    picture(page, "live-record")
    expect(page.locator(".live-records")).to_contain_text("延長：仍在調整鏡頭角度")
    page.goto(f"{address}/access?what=live")
    expect(page.locator("main table")).to_contain_text("即時檢視")


def test_a_camera_that_stops_is_covered_and_never_shown_as_one_of_now(office: tuple[Box, Browser], page: Page) -> None:
    box, _ = office
    address = f"https://localhost:{box.port}"
    _enter(page, box)
    _begin(page, address, "01")
    _live(page, "01")
    box.kill("recorder")
    expect(page.locator('[data-camera="01"] .plate')).to_be_visible()
    expect(page.locator("[data-late]")).to_have_text("無即時影像")
    expect(page.locator('[data-camera="01"] .plate-note')).to_contain_text("最後畫面")
    picture(page, "live-stopped")
    box.start("recorder")
    _live(page, "01")


def test_INV_16_a_second_person_ends_it_and_nothing_is_left_in_the_page(
    office: tuple[Box, Browser], page: Page
) -> None:
    box, _ = office
    address = f"https://localhost:{box.port}"
    _enter(page, box)
    _begin(page, address, "01")
    _live(page, "01")
    view = page.url
    other = page.context.new_page()
    other.goto(f"{address}/cameras")
    join(other, UNIT_HEAD.name, UNIT_HEAD.password)
    expect(page.locator(".curtain-title")).to_have_text("即時檢視已結束")
    assert page.evaluate("[...document.querySelectorAll('video')].every((video) => !video.src && !video.videoWidth)")
    picture(page, "live-ended")
    assert until(lambda: _record(box, other)["cause"], what="the look's end in its record") == "second"
    other.goto(f"{address}/live")
    expect(other.locator("main")).to_contain_text("即時影像限一人單獨登入檢視")
    assert other.goto(view).status == 404  # type: ignore[union-attr]
