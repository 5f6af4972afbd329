"""Masks over the player's pictures, by the pixels of the screen: where and when they lie, and that they cannot go."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.box import until as until_true
from tests.browser.steps import ask, log_in, open_viewing, receive, seek, start_player, until, watch
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
BLACK = (0, 0, 0)


def mask(first: float, last: float, **changes: Any) -> dict[str, Any]:
    """In seconds; over the left of the picture, from a quarter to three quarters of its height."""
    whole = {"number": 1, "camera_no": "1-01", "left": 100, "top": 250, "right": 500, "bottom": 750}
    return whole | {"start_ns": START_NS + round(first * SECOND), "end_ns": START_NS + round(last * SECOND)} | changes


def colours(page: Page, left: float, top: float, right: float, bottom: float) -> set[tuple[int, ...]]:
    """The colours of a part of camera 1-01's picture on the screen, of its shape in the middle of its place;
    a pixel is left at each edge."""
    page.evaluate("scrollTo(0, 0)")
    at = page.locator('[data-camera="1-01"] .picture').bounding_box()
    assert at is not None
    wide = min(at["width"], at["height"] * 16 / 9)
    high = wide * 9 / 16
    x, y = at["x"] + (at["width"] - wide) / 2, at["y"] + (at["height"] - high) / 2
    clip = {
        "x": x + wide * left + 2,
        "y": y + high * top + 2,
        "width": wide * (right - left) - 4,
        "height": high * (bottom - top) - 4,
    }
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    found = picture.getcolors(picture.width * picture.height)
    assert found is not None
    return {colour for _, colour in found}


def inside(page: Page) -> set[tuple[int, ...]]:
    return colours(page, 0.1, 0.25, 0.5, 0.75)


def beside(page: Page) -> set[tuple[int, ...]]:
    return colours(page, 0.52, 0.25, 0.98, 0.75)


def without_watermark(page: Page) -> None:
    """The watermark lies over masks as well; what lies below it is looked at here."""
    ask(page, "(p.watermark.stop(), p.watermark.canvas.width = p.watermark.canvas.width, true)")


_DARK = """(() => {
  const { video } = b.tracks[0];
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.drawImage(video, 192, 180, 1, 1, 0, 0, 1, 1);
  return video.readyState >= 2 && pen.getImageData(0, 0, 1, 1).data[0] < 16;
})()"""
"""Whether the video itself is black in the middle of the mask."""


def look_at_frames(page: Page) -> None:
    """Keeps of each frame that is presented from now on its time and whether the mask lies over it."""
    page.evaluate(
        """() => {
          const track = document.querySelector('or-player').playback.tracks[0];
          const pen = track.masks.canvas.getContext('2d');
          window.frames_seen = [];
          const look = (now, frame) => {
            const { width, height } = track.masks.canvas;
            const covered = pen.getImageData(width * 0.3, height * 0.5, 1, 1).data[3] === 255;
            window.frames_seen.push([frame.mediaTime, covered]);
            track.video.requestVideoFrameCallback(look);
          };
          track.video.requestVideoFrameCallback(look);
        }"""
    )


def frames(page: Page) -> list[tuple[float, bool]]:
    """Time and whether it was covered, of each frame since :func:`look_at_frames`."""
    found: list[tuple[float, bool]] = page.evaluate("window.frames_seen")
    return found


def test_T_26_a_mask_covers_its_part_of_the_picture_from_its_first_moment_to_its_last(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.masks = [mask(30, 40)]
    open_viewing(page, site.address, "1-01", "1-02")
    without_watermark(page)
    for seconds, masked in ((20.0, False), (29.9, False), (30.0, True), (35.5, True), (39.9, True), (40.0, False)):
        assert seek(page, seconds)
        assert (inside(page) == {BLACK}) == masked, seconds
        assert len(beside(page)) > 1, f"the rest is seen at {seconds}"
    seek(page, 34.0)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement?.tagName === 'OR-PLAYER'")
    until(page, "b.tracks[0].masks.canvas.clientWidth === b.tracks[0].masks.picture.clientWidth")
    without_watermark(page)
    assert inside(page) == {BLACK}
    assert len(beside(page)) > 1
    page.keyboard.press(".")
    until(page, "!b.tracks[0].seeking")
    assert inside(page) == {BLACK}
    page.keyboard.press("f")


def test_T_26_while_playing_a_mask_is_there_before_its_first_frame_and_at_every_speed(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.masks = [mask(30, 300)]
    open_viewing(page, site.address, "1-01")
    seek(page, 28.0)
    look_at_frames(page)
    for speed in ("1", "4", "8"):
        page.select_option("[data-speed]", speed)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("k")
        until(page, "b.position > 33", timeout=120_000)
        page.keyboard.press("k")
        seek(page, 27.0)
    assert [at for at, covered in frames(page) if 30 <= at < 300 and not covered] == []


def test_T_26_while_playing_a_mask_outlasts_its_end_by_half_a_second_and_paused_by_nothing(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    """A busy browser may speak of a frame before it shows it."""
    keeper.masks = [mask(30, 31)]
    open_viewing(page, site.address, "1-01")
    seek(page, 29.0)
    look_at_frames(page)
    page.keyboard.press("k")
    until(page, "b.position > 32")
    page.keyboard.press("k")
    assert [at for at, covered in frames(page) if 31 <= at < 31.45 and not covered] == []
    assert [at for at, covered in frames(page) if at > 31.55 and covered] == []
    seek(page, 31.2)
    until(page, "!b.tracks[0].masks.covers(b.tracks[0].masks.masks[0])")


def test_T_26_whatever_is_not_known_for_certain_is_covered_whole(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.masks = [mask(30, 40)]
    open_viewing(page, site.address, "1-01")
    without_watermark(page)
    seek(page, 5.0)
    assert len(inside(page)) > 1
    ask(page, "(b.tracks[0].masks.unknown(), true)")
    assert inside(page) == beside(page) == {BLACK}, "nobody knows which frame stands there"
    keeper.masks = [mask(30, 40, right=1500)]
    page.reload()
    start_player(page)
    without_watermark(page)
    for seconds in (5.0, 35.0):
        seek(page, seconds)
        assert inside(page) == beside(page) == {BLACK}


def test_T_26_a_key_picture_is_masked_by_its_own_moment_and_its_own_shape(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    """While somebody drags along the time; a camera may have sent another shape of picture then."""
    square = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(square, "JPEG")
    keeper.masks, keeper.still = [mask(30, 40)], square.getvalue()
    open_viewing(page, site.address, "1-01")
    without_watermark(page)
    for seconds, masked in ((35.0, True), (50.0, False)):
        ask(page, f"(p.scrub({seconds}), true)")
        until(page, f"Math.abs(b.tracks[0].masks.stillAt - {seconds}) < 2")
        edge = (1 - 9 / 16) / 2
        assert (colours(page, edge + 0.1 * 9 / 16, 0.25, edge + 0.5 * 9 / 16, 0.75) == {BLACK}) == masked, seconds
        assert BLACK not in colours(page, edge + 0.52 * 9 / 16, 0.25, edge + 0.98 * 9 / 16, 0.75), seconds
        assert colours(page, 0.01, 0.01, edge - 0.01, 0.99) == {BLACK}, "of the video nothing is seen beside it"


@pytest.mark.parametrize("how", ["remove()", "style.width = '10px'"])
def test_T_26_a_mask_that_is_taken_off_in_a_viewing_stops_it(
    page: Page, site: RunningSite, keeper: KeeperDouble, how: str
) -> None:
    keeper.masks = [mask(30, 40)]
    open_viewing(page, site.address, "1-01")
    page.evaluate(f"document.querySelector('.masks').{how}")
    page.wait_for_selector("or-player[data-covered=tampered]")
    expect(page.locator(".curtain")).to_contain_text("遮蔽遭移除")


def test_a_case_without_masks_has_nothing_over_its_pictures(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    expect(page.locator(".masks")).to_have_count(0)
    assert ask(page, "b.tracks[0].masks") is None


# --- drawing ---


def open_masking(page: Page, site: RunningSite, keeper: KeeperDouble, *cameras: str) -> None:
    keeper.masks = []
    log_in(page, site.address)
    watch(page, site.address, receive(page, site.address, *cameras), purpose="masking")


def test_T_26_masks_are_drawn_moved_to_a_moment_and_removed_by_the_keyboard_alone(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_masking(page, site, keeper, "1-01", "1-02")
    expect(page.locator("h1")).to_contain_text("遮蔽作業")
    expect(page.get_by_role("button", name="發現拍攝")).to_have_count(0)
    assert "遮蔽作業" in ask(page, "p.watermark.lines")
    seek(page, 30.0)
    for name, text in (("#mask-left", "10"), ("#mask-top", "25"), ("#mask-width", "40"), ("#mask-height", "50.5")):
        page.focus(name)
        page.keyboard.type(text)
    page.focus('[data-mask="from-here"]')
    page.keyboard.press("Enter")
    expect(page.locator("#mask-from")).to_have_value("14:00:30.000")
    seek(page, 40.0)
    page.focus('[data-mask="to-here"]')
    page.keyboard.press("Enter")
    expect(page.locator("#mask-to")).to_have_value(re.compile(r"14:00:40\.0[1-4]\d"))
    page.focus("#mask-password")
    page.keyboard.type(PASSWORDS["officer"])
    page.focus("#mask-height")
    page.keyboard.press("Enter")
    expect(page.locator("[data-masking] tbody tr")).to_have_count(1)
    (drawn,) = keeper.told("masks.draw")
    assert {name: drawn[name] for name in ("camera_no", "left", "top", "right", "bottom")} == {
        "camera_no": "1-01", "left": 100, "top": 250, "right": 500, "bottom": 755
    }  # fmt: skip
    assert drawn["start_ns"] == START_NS + 30 * SECOND
    assert 40 * SECOND < drawn["end_ns"] - START_NS <= 40.05 * SECOND, "the frame that stands there is still covered"
    expect(page.locator("[data-say]")).to_have_text("已加上遮蔽")
    page.focus('[data-mask="go"]')
    page.keyboard.press("Enter")
    until(page, "Math.abs(b.tracks[0].lastFrame - 30) < 0.05")
    without_watermark(page)
    assert inside(page) != {BLACK}, "whoever draws sees what lies below"
    page.check("[data-as-seen]")
    until(page, _DARK)
    assert keeper.told("viewing.media")[-1]["covered"], "the recorder covers it, not this page"
    assert max(max(colour) for colour in inside(page)) < 16
    assert len(beside(page)) > 1
    ask(page, "(p.scrub(34), true)")
    until(page, "b.tracks[0].masks.stillAt !== null")
    assert keeper.told("viewing.key")[-1]["covered"]
    seek(page, 30.0)
    page.uncheck("[data-as-seen]")
    until(page, f"!({_DARK})")
    until_true(lambda: not keeper.told("viewing.media")[-1]["covered"], what="bare pictures to be asked for")
    page.fill("#mask-password", PASSWORDS["officer"])
    page.focus('[data-mask="remove"]')
    page.keyboard.press("Enter")
    expect(page.locator("[data-masking] tbody tr")).to_have_count(0)
    assert [each["mask"] for each in keeper.told("masks.remove")] == [1]


def test_T_26_a_mask_begins_and_ends_with_the_frame_also_where_the_browser_tells_of_none(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    """A screen that is scrolled out of sight presents no frame, a busy one late: the fragments say which it is."""
    page.add_init_script("HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0")
    open_masking(page, site, keeper, "1-01")
    for seconds, name, moment in ((30.03, "from", "14:00:30.000"), (40.01, "to", "14:00:40.040")):
        seek(page, seconds)
        page.click(f"[data-mask={name}-here]")
        expect(page.locator(f"#mask-{name}")).to_have_value(moment)
    page.keyboard.press(".")
    until(page, "!b.tracks[0].seeking && Math.abs(b.tracks[0].lastFrame - 40.04) < 0.001")


def test_a_frame_that_the_browser_tells_of_late_is_not_taken_for_the_one_that_was_sought(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    page.add_init_script(
        "HTMLVideoElement.prototype.requestVideoFrameCallback = (told) => "
        "{ window.tell = (mediaTime) => told(0, { mediaTime }); return 0; }"
    )
    open_viewing(page, site.address, "1-01")
    assert seek(page, 39.98)["mediaTime"] == pytest.approx(39.96)
    found = page.evaluate(
        """async (at) => {
          const player = document.querySelector('or-player'), sought = player.seekTo(at);
          while (!player.playback.tracks[0].seeking) await new Promise(requestAnimationFrame);
          window.tell(39.96);
          return sought;
        }""",
        str(START_NS + 40_060_000_000),
    )
    assert found["mediaTime"] == pytest.approx(40.04)


def test_T_26_a_mask_is_drawn_with_the_pointer_over_the_picture(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_masking(page, site, keeper, "1-01", "1-02")
    seek(page, 10.0)
    until(page, "b.tracks.every(({ video }) => video.videoWidth)")  # until then the pictures have no place
    at = page.locator('[data-camera="1-02"] .picture').bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + at["width"] * 0.75, at["y"] + at["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.5, at["y"] + at["height"] * 0.9)
    page.mouse.move(at["x"] + at["width"] * 0.25, at["y"] + at["height"] * 2)
    page.mouse.up()
    assert page.input_value("#mask-camera") == "1-02"
    assert [float(page.input_value(f"#mask-{name}")) for name in ("left", "top", "width", "height")] == pytest.approx(
        [25, 50, 50, 50], abs=0.3
    ), "never out of the picture"
    page.fill("#mask-to", "25:00")
    page.fill("#mask-password", PASSWORDS["officer"])
    page.click("[data-mask-form] .primary")
    expect(page.locator("#mask-problem")).to_contain_text("請輸入核准範圍內之起訖時間")
    page.fill("#mask-to", "14:00:00")
    page.click("[data-mask-form] .primary")
    expect(page.locator("#mask-problem")).to_contain_text("結束時間須晚於開始時間")
    assert keeper.masks == []
