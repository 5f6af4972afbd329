"""The editor of masks: a rectangle is moved, resized and given keys over time; what is not entered is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from appliance.core.motion import KeyPosition
from tests.browser.steps import ask, log_in, receive, seek, show_grant, until, watch
from tests.browser.test_player_masks import colours, without_watermark
from tests.web.clip import FPS
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000


def edit(page: Page, site: RunningSite, keeper: KeeperDouble, *cameras: str) -> None:
    """The editor, for the officer and the head."""
    keeper.masks = []
    log_in(page, site.address)
    watch(page, site.address, receive(page, site.address, *(cameras or ("1-01",))), purpose="masking")
    seek(page, 10.0)
    until(page, "b.tracks.every(({ video }) => video.videoWidth)")


def place_of(page: Page, camera: str = "1-01") -> dict[str, float]:
    box = page.locator(f'[data-camera="{camera}"] .picture').bounding_box()
    assert box is not None
    return dict(box)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], camera: str = "1-01") -> None:
    """From and to, in shares of the picture."""
    page.evaluate("scrollTo(0, 0)")
    at = place_of(page, camera)
    wide = min(at["width"], at["height"] * 16 / 9)
    high = wide * 9 / 16
    x, y = at["x"] + (at["width"] - wide) / 2, at["y"] + (at["height"] - high) / 2
    page.mouse.move(x + wide * start[0], y + high * start[1])
    page.mouse.down()
    for share in (0.3, 0.7, 1.0):
        across, down = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        page.mouse.move(x + wide * across, y + high * down)
    page.mouse.up()


def edges(page: Page) -> tuple[float, ...]:
    """The rectangle of the draft at the moment shown, in percent: left, top, right, bottom."""
    left, top, width, height = (float(page.input_value(f"#mask-{name}")) for name in ("left", "top", "width", "height"))
    return left, top, left + width, top + height


def near(*expected: float) -> Any:
    return pytest.approx(expected, abs=0.5)


def sign(page: Page, button: str) -> None:
    """Presses what changes a mask that was entered, with the password of whoever does it."""
    page.fill("#mask-password", PASSWORDS["officer"])
    page.click(button)


def save(page: Page, masks: int) -> None:
    """Enters the draft; then so many stand."""
    before = page.locator("[data-masking] tbody").inner_text()
    page.fill("#mask-password", PASSWORDS["officer"])
    page.click("[data-mask-draw]")
    changed = "before => document.querySelector('[data-masking] tbody').innerText !== before"
    page.wait_for_function(changed, arg=before)
    expect(page.locator("[data-masking] tbody tr")).to_have_count(masks)


def test_a_mask_is_moved_resized_and_taken_back_before_anything_is_entered(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.2, 0.3), (0.4, 0.6))
    assert edges(page) == near(20, 30, 40, 60)
    drag(page, (0.3, 0.45), (0.5, 0.55))
    assert edges(page) == near(40, 40, 60, 70), "dragged by its middle"
    drag(page, (0.6, 0.7), (0.7, 0.9))
    assert edges(page) == near(40, 40, 70, 90), "by a handle"
    drag(page, (0.55, 0.65), (1.3, 0.65))
    assert edges(page) == near(70, 40, 100, 90), "never out of the picture"
    left, top, right, bottom = edges(page)
    stages = [(left, top, right, bottom), (left - 0.5, top, right - 0.5, bottom)]
    stages += [(left - 0.5, top + 0.5, right - 0.5, bottom + 0.5), (left - 0.5, top + 0.5, right - 0.5, bottom)]
    for key, expected in zip(("ArrowLeft", "ArrowDown", "Shift+ArrowUp"), stages[1:], strict=True):
        page.keyboard.press(key)
        assert edges(page) == pytest.approx(expected, abs=0.01)
    assert ask(page, "b.position") == pytest.approx(10, abs=0.1), "the arrow keys are the frame's here"
    for expected in reversed(stages[:-1]):
        page.keyboard.press("Control+z")
        assert edges(page) == pytest.approx(expected, abs=0.01)
    for before in ((40, 40, 70, 90), (40, 40, 60, 70)):
        page.keyboard.press("Control+z")
        assert edges(page) == near(*before)
    assert keeper.told("masks.draw") == []
    save(page, 1)
    (drawn,) = keeper.told("masks.draw")
    assert [drawn[name] for name in ("left", "top", "right", "bottom")] == pytest.approx([400, 400, 600, 700], abs=5)
    assert not drawn.get("positions")


def test_T_26_what_is_changed_or_taken_back_later_is_another_entry(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.2, 0.3), (0.4, 0.6))
    save(page, 1)
    drag(page, (0.3, 0.45), (0.5, 0.45))
    save(page, 1)
    assert [each.get("replaces", 0) for each in keeper.told("masks.draw")] == [0, 1]
    sign(page, '[data-edit="undo"]')
    expect(page.locator("[data-say]")).to_have_text("已復原")
    assert [each.get("replaces", 0) for each in keeper.told("masks.draw")] == [0, 1, 2]
    first, _, third = keeper.told("masks.draw")
    assert {name: first[name] for name in ("left", "top", "right", "bottom")} == {
        name: third[name] for name in ("left", "top", "right", "bottom")
    }
    sign(page, '[data-edit="undo"]')
    expect(page.locator("[data-masking] tbody tr")).to_have_count(0)
    assert [each["mask"] for each in keeper.told("masks.remove")] == [3]
    expect(page.locator('[data-edit="undo"]')).to_be_disabled()
    drag(page, (0.2, 0.3), (0.4, 0.6))
    save(page, 1)
    sign(page, '[data-mask="remove"]')
    expect(page.locator("[data-masking] tbody tr")).to_have_count(0)
    sign(page, '[data-edit="undo"]')
    expect(page.locator("[data-masking] tbody tr")).to_have_count(1)
    sign(page, '[data-edit="undo"]')
    expect(page.locator("[data-masking] tbody tr")).to_have_count(0)


def test_without_a_password_nothing_is_removed_or_taken_back_and_the_field_says_so(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.2, 0.3), (0.4, 0.6))
    save(page, 1)
    for button in ('[data-mask="remove"]', '[data-edit="undo"]'):
        page.click(button)
        expect(page.locator("#mask-password")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#mask-password")).to_be_focused()
    assert keeper.told("masks.remove") == []


def test_T_26_keys_over_time_move_it_in_a_straight_line_and_stand_on_its_lane(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.1, 0.2), (0.3, 0.5))
    page.click('[data-mask="from-here"]')
    page.click('[data-edit="key"]')
    seek(page, 90.0)
    drag(page, (0.2, 0.35), (0.8, 0.65))
    assert edges(page) == near(70, 50, 90, 80)
    page.click('[data-mask="to-here"]')
    seek(page, 50.0)
    assert edges(page) == near(40, 35, 60, 65), "half way"
    expect(page.locator(".lane-key")).to_have_count(2)
    page.keyboard.press("h")
    expect(page.locator(".lane-key")).to_have_count(3)
    page.click('[data-edit="key-off"]')
    expect(page.locator(".lane-key")).to_have_count(2)
    save(page, 1)
    (drawn,) = keeper.told("masks.draw")
    positions = [KeyPosition(*each) for each in drawn["positions"]]
    assert [round((each.at_ns - START_NS) / SECOND, 1) for each in positions] == [10.0, 90.0, 90.0]
    for each, expected in zip(
        positions, ((100, 200, 300, 500), (700, 500, 900, 800), (700, 500, 900, 800)), strict=True
    ):
        assert list(each.rectangle) == pytest.approx(expected, abs=5)
    expect(page.locator("[data-masking] tbody")).to_contain_text("移動")
    page.click(".lane-key >> nth=1")
    until(page, "Math.abs(b.tracks[0].lastFrame - 90) < 0.05")
    assert edges(page) == near(70, 50, 90, 80)
    page.keyboard.press("h")
    page.click("[data-mask-title]")
    expect(page.locator(".lane-bar")).to_have_attribute("aria-label", "遮蔽 1，關鍵位置 2 處")


def test_T_26_the_next_unmasked_second_is_found_and_lies_hatched(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper, "1-01", "1-02")
    assert page.locator(".lane-row").count() == 2
    drag(page, (0.2, 0.3), (0.4, 0.6))
    page.fill("#mask-to", "14:01:00")
    save(page, 1)
    seek(page, 5.0)
    page.keyboard.press("u")
    until(page, "Math.abs(b.position - 60) < 0.1")
    expect(page.locator("[data-say]")).to_contain_text("監視器 1-01 自 14:01:00")
    page.keyboard.press("u")
    until(page, "Math.abs(b.position - 61) < 0.1")
    where = page.locator(".lane-bare").first.evaluate("(bare) => parseFloat(bare.style.left)")
    assert where == pytest.approx(100 * 60 / 2400, abs=0.01)


def test_nothing_is_lost_by_choosing_another_mask_before_a_change_is_saved(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.1, 0.1), (0.3, 0.3))
    save(page, 1)
    drag(page, (0.6, 0.6), (0.8, 0.8))
    save(page, 2)
    drag(page, (0.7, 0.7), (0.75, 0.75))
    page.click('[data-bar="1"]')
    expect(page.locator("#mask-problem")).to_have_text("請先儲存或捨棄目前之變更。")
    page.click('[data-edit="discard"]')
    drag(page, (0.2, 0.2), (0.2, 0.2))
    expect(page.locator("[data-mask-title]")).to_have_text("變更遮蔽 1")
    assert edges(page) == near(10, 10, 30, 30)


# --- what comes of it ---


def bar(number: int) -> tuple[int, int, int, int]:
    """Where the bright bar of the clip stands in its picture of this number, in permille out to whole ones."""
    left = number * 4
    return left * 1000 // 640, 230 * 1000 // 360, -(-(left + 34) * 1000 // 640), -(-320 * 1000 // 360)


def type_place(page: Page, place: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = place
    for name, value in (("left", left), ("top", top), ("width", right - left), ("height", bottom - top)):
        page.fill(f"#mask-{name}", str(value / 10))


def brightest(page: Page) -> int:
    """Of the whole picture on the screen: how bright the darkest of a pixel's colours is at most."""
    return max(min(colour) for colour in colours(page, 0, 0, 1, 1))


def test_T_26_what_moves_is_covered_in_each_frame_that_is_stepped_to_and_while_it_plays(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    """Drawn, given a key, entered, and then seen by others: the bar of the clip is in no frame of the screen."""
    keeper.masks = []
    log_in(page, site.address)
    case = receive(page, site.address, "1-01")
    watch(page, site.address, case, purpose="masking")
    seek(page, 20.0)
    type_place(page, bar(0))
    page.click('[data-mask="from-here"]')
    page.click('[data-edit="key"]')
    seek(page, 20.0 + 140 / FPS)
    type_place(page, bar(140))
    page.click('[data-mask="to-here"]')
    save(page, 1)
    show_grant(page, site.address, case, purpose="viewing")
    without_watermark(page)
    seek(page, 19.9)
    assert brightest(page) > 150, "before the mask it is seen"
    seek(page, 20.0)
    for step in range(60):
        assert brightest(page) < 150, f"frame {step}"
        assert len(colours(page, 0, 0, 1, 1)) > 20, "the rest is seen"
        before = ask(page, "b.tracks[0].lastFrame")
        page.keyboard.press(".")
        until(page, f"!b.tracks[0].seeking && b.tracks[0].lastFrame > {before}")
    for number in (100, 139, 140):
        seek(page, 20.001 + number / FPS)
        assert brightest(page) < 150, f"frame {number}"
    seek(page, 20.001 + 141 / FPS)
    assert brightest(page) > 150, "behind it again"
    page.evaluate(_LOOK)
    seek(page, 20.0)
    page.keyboard.press("k")
    until(page, "b.position > 25")
    page.keyboard.press("k")
    seen = page.evaluate("window.frames_seen")
    assert len(seen) > 20
    assert [at for at, covered in seen if 20 <= at < 25 and not covered] == []


_LOOK = """() => {
  const [track] = document.querySelector('or-player').playback.tracks;
  const pen = track.masks.canvas.getContext('2d');
  window.frames_seen = [];
  const look = (now, frame) => {
    const number = Math.round((frame.mediaTime - 20) * 25), { width, height } = track.masks.canvas;
    const box = track.masks.box(), scale = width / track.masks.canvas.clientWidth;
    const covered = [[number * 4 + 1, 232], [number * 4 + 33, 318]].every(([x, y]) => {
      const [across, down] = [box.x + (x / 640) * box.wide, box.y + (y / 360) * box.high];
      return pen.getImageData(Math.floor(across * scale), Math.floor(down * scale), 1, 1).data[3] === 255;
    });
    window.frames_seen.push([frame.mediaTime, covered]);
    track.video.requestVideoFrameCallback(look);
  };
  track.video.requestVideoFrameCallback(look);
}"""
"""Keeps of each frame that is presented its time, and whether the mask lies over two corners of the bar."""


def test_masks_are_completed_in_the_editor_and_looked_at_as_they_come_out(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    edit(page, site, keeper)
    drag(page, (0.2, 0.3), (0.4, 0.6))
    page.click('[data-edit="finish"]')
    expect(page.locator("#mask-problem")).to_have_text("請先儲存或捨棄目前之變更。")
    save(page, 1)
    page.click('[data-edit="finish"]')
    expect(page.locator(".mask-steps [role=alert]").first).to_contain_text("目前登入者並無得登記之步驟")
    page.click("[data-steps-back]")
    expect(page.locator(".mask-steps")).to_be_hidden()
