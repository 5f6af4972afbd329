"""A citizen's viewing with a mask that moves, over the real processes: drawn, completed, confirmed, and seen by nobody
in any picture that leaves the recorder.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from appliance.api import Packet, Streams
from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.browser.chromium import chromium
from tests.browser.steps import ask, until
from tests.browser.test_player_masks import without_watermark
from tests.caselife import CaseLife, life_of
from tests.footage import film_past
from tests.sandbox.films import FPS, TICKS, Film
from tests.sandbox.moving import GONE, PICTURES, moving

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
SECONDS = 120
FIRST, LAST = (100, 200, 250, 500), (700, 500, 850, 800)
"""Where somebody bright stands in the first picture of each four seconds, and in the last."""


class Scene(NamedTuple):
    box: Box
    page: Page
    address: str
    life: CaseLife
    case: str


def again_and_again(made: Film) -> Iterator[Streams | Packet]:
    yield made.streams
    for loop in range(-(-SECONDS * FPS // PICTURES)):
        later = loop * PICTURES * TICKS
        for each in made.packets:
            yield Packet(0, each.data, each.pts + later, each.dts + later, TICKS, each.is_key)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A case that was granted with others masked, and told so; two people at one browser."""
    directory = tmp_path_factory.mktemp("masks-whole-way")
    with make_box(directory / "office", [testcard("01", audio="none")]) as box:
        box.start("keeper", "darkroom", "web")
        start_ns = slot_start_ns(SystemClock().wall_ns()) - 3 * SLOT_NS
        made = moving("h264", path=((0.0, FIRST), ((PICTURES - 1) / FPS, LAST)))
        film_past(box, "01", start_ns, SECONDS, shot=again_and_again(made), audio="none")
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-TW").new_page()
            address = f"https://localhost:{box.port}"
            page.goto(address)
            page.fill("input[name=name]", OFFICER.name)
            page.fill("input[name=password]", OFFICER.password)
            page.click("main form button.primary")
            page.wait_for_url(f"{address}/")
            (cookie,) = (each for each in page.context.cookies() if each["name"] == "__Host-sid")
            page.goto("about:blank")
            head = {"name": UNIT_HEAD.name, "password": UNIT_HEAD.password, "totp": ""}
            both = str(box.call("login", **head, session=cookie["value"])["session"])
            page.context.add_cookies([cookie | {"value": both}])  # type: ignore[list-item]
            life = life_of(box, both)
            case = life.receive(["01"], start_ns, start_ns + SECONDS * SECOND)
            life.to_decision(case)
            granted = {"camera_no": "01", "start_ns": start_ns, "end_ns": start_ns + SECONDS * SECOND}
            rulings = [{"range_no": 0, "scopes": [granted], "masked": True, "reason": "第三人"}]
            life.decide(case, "grant_partly", rulings=rulings)
            life.notify(case)
            yield Scene(box, page, address, life, case)


def open_for(scene: Scene, purpose: str, form: str) -> None:
    page = scene.page
    page.goto(f"{scene.address}/cases/{scene.case}")
    page.fill(f"#{purpose}-password", OFFICER.password)
    page.locator(f"form[action$='/{form}'] button").click()
    page.wait_for_url(f"{scene.address}/viewing/*")
    page.wait_for_selector("or-player[data-ready=yes]", timeout=120_000)


def go_to(page: Page, seconds: float) -> None:
    found = page.evaluate(
        """async seconds => {
          const player = document.querySelector("or-player");
          return player.seekTo(player.grant.startNs + BigInt(Math.round(seconds * 1e6)) * 1000n);
        }""",
        seconds,
    )
    assert found is not None


def put(page: Page, place: tuple[int, int, int, int]) -> None:
    """A hundredth of the picture wider than who is to be covered."""
    left, top, right, bottom = place[0] - 10, place[1] - 10, place[2] + 10, place[3] + 10
    for name, value in (("left", left), ("top", top), ("width", right - left), ("height", bottom - top)):
        page.fill(f"#mask-{name}", str(value / 10))


_IN_THE_VIDEO = """() => {
  const video = document.querySelector("video"), canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  return Math.max(...pen.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, at) => at % 4 === 1));
}"""


def in_the_video(page: Page) -> int:
    """The brightest that came from the recorder, whatever lies over it in the page."""
    return int(page.evaluate(_IN_THE_VIDEO))


def on_the_screen(page: Page) -> int:
    page.evaluate("scrollTo(0, 0)")
    picture = Image.open(io.BytesIO(page.locator(".picture").screenshot())).convert("RGB")
    return max(max(colour) for _, colour in picture.getcolors(picture.width * picture.height) or ())


def step(page: Page) -> None:
    before = ask(page, "b.tracks[0].lastFrame")
    page.keyboard.press(".")
    until(page, f"!b.tracks[0].seeking && b.tracks[0].lastFrame > {before}")


def test_T_26_a_citizen_sees_nothing_of_whom_a_moving_mask_follows(scene: Scene) -> None:
    page = scene.page
    open_for(scene, "mask", "mask")
    go_to(page, 8.05)
    assert in_the_video(page) > 200, "whoever draws sees who is there"
    put(page, FIRST)
    page.click('[data-mask="from-here"]')
    page.click('[data-edit="key"]')
    go_to(page, 8.05 + (PICTURES - 1) / FPS)
    put(page, LAST)
    page.click('[data-mask="to-here"]')
    page.fill("#mask-password", OFFICER.password)
    page.click("[data-mask-draw]")
    expect(page.locator("[data-masking] tbody tr")).to_have_count(1)

    page.click('[data-edit="finish"]')
    page.fill(".mask-steps form.form-finish-masks [name=password]", UNIT_HEAD.password)
    page.click(".mask-steps form.form-finish-masks button.primary, .mask-steps form.form-finish-masks .actions button")
    expect(page.locator(".mask-steps form.form-finish-masks [role=alert]")).to_be_visible()
    page.fill(".mask-steps form.form-finish-masks [name=password]", OFFICER.password)
    with page.expect_navigation():
        page.click(".mask-steps form.form-finish-masks .actions button")
    page.wait_for_selector("or-player[data-ready=yes]", timeout=120_000)

    assert page.is_checked("[data-as-seen]"), "who confirms looks at what comes of it"
    go_to(page, 8.05)
    for number in range(PICTURES):
        assert in_the_video(page) <= GONE, f"picture {number} as who confirms sees it"
        step(page)
    go_to(page, 4.05)
    assert in_the_video(page) > 200
    page.click('[data-edit="finish"]')
    page.fill(".mask-steps form.form-confirm-masks [name=password]", UNIT_HEAD.password)
    with page.expect_navigation(url="**/cases/*"):
        page.click(".mask-steps form.form-confirm-masks .actions button")

    scene.life.schedule(scene.case)
    scene.life.act("prepare", scene.case)
    scene.life.act("begin", scene.case, viewing=scene.life.door)
    open_for(scene, "view", "view")
    without_watermark(page)
    go_to(page, 7.95)
    assert on_the_screen(page) > 200, "before the mask begins"
    go_to(page, 8.05)
    for number in range(PICTURES):
        assert in_the_video(page) <= GONE, f"picture {number} as it comes"
        assert on_the_screen(page) <= GONE, f"picture {number} on the screen"
        step(page)
    assert on_the_screen(page) > 200, "behind its end"
