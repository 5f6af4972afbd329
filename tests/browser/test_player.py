"""The player in a real browser over footage of known frames: exact, in step, honest about gaps, dark at the end."""

from __future__ import annotations

import statistics

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, listen, open_viewing, said, seek, until
from tests.web.clip import FPS
from tests.web.keeper_double import GAPS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
FRAME = 1 / FPS


# --- exact ---


def test_a_seek_ends_at_the_frame_that_was_on_the_screen_then_and_says_its_time(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    for seconds in (0.0, 3.0, 3.01, 127.77, 599.98, 661.5, 1800.02, 2399.5, 42.0, 41.96):
        found = seek(page, seconds)
        assert seconds - FRAME - 0.002 < found["mediaTime"] <= seconds + 0.002, seconds
        assert abs(round(found["mediaTime"] * FPS) - found["mediaTime"] * FPS) < 0.01
        assert int(found["wallNs"]) == START_NS + round(found["mediaTime"] * 1e6) * 1000
    seek(page, 41.96)
    expect(page.locator(".now-clock")).to_have_text("14:00:41.960")
    expect(page.locator(".now-day")).to_have_text("民國 113 年 9 月 27 日")


def test_frames_are_stepped_one_by_one_in_both_directions(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    seek(page, 30.0)
    at = 30 * FPS
    for key, step in ((".", 1), (".", 1), (".", 1), (",", -1), (",", -1), (".", 1)):
        page.keyboard.press(key)
        at += step
        until(page, f"Math.round(b.tracks[0].lastFrame * {FPS}) === {at} && !b.tracks[0].seeking")


def test_a_burst_of_seeks_ends_at_the_last_one(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    ask(page, "void [10, 900, 200, 2000, 333].map((at) => p.seek(at))")
    until(page, "Math.abs(b.tracks[0].lastFrame - 333) < 0.05 && Math.abs(b.tracks[1].lastFrame - 333) < 0.05")
    assert abs(ask(page, "b.position") - 333) < 0.05


# --- playing ---


def test_never_more_than_ten_seconds_ahead_of_what_is_shown_are_asked_for(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 6")
    page.keyboard.press("k")
    at = ask(page, "b.position")
    asked = keeper.told("viewing.media")
    furthest = max((call["start_ns"] - START_NS) / SECOND + call["seconds"] for call in asked)
    assert 6 < furthest <= at + 10.05
    assert len(asked) <= 4


def test_a_seek_asks_for_little_and_what_lies_ahead_comes_once_nothing_is_sought_or_it_plays(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    until(page, "!b.tracks[0].loading")
    before = len(keeper.told("viewing.media"))
    page.evaluate("const at = performance.now(); performance.now = () => at")  # no seek is long ago
    for seconds in (200.0, 400.0, 800.0):
        seek(page, seconds)
    page.evaluate("void delete performance.now")
    sought = keeper.told("viewing.media")[before:]
    assert [call.get("short", False) for call in sought] == [True] * 3
    until(page, "b.tracks[0].bufferedEnd(800) > 806")
    ahead = keeper.told("viewing.media")[before + 3 :]
    assert ahead
    assert not any(call.get("short") for call in ahead)
    seek(page, 1000.0)
    page.keyboard.press("k")
    until(page, "b.tracks[0].bufferedEnd(b.position) - b.position > 5")


def test_cameras_keep_one_clock(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02", "2-01", "B1-01")
    page.keyboard.press("k")
    until(page, "b.drifts.length > 90", timeout=120_000)
    drifts = [abs(drift) for drift in ask(page, "b.drifts.slice(-60)")]
    print(f"\ndrift of four cameras: median {statistics.median(drifts):.3f} s, max {max(drifts):.3f} s")
    assert statistics.median(drifts) < 0.15


def test_a_gap_of_one_camera_is_a_plate_with_its_cause_while_the_others_go_on(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 628.0)
    plate = page.locator('[data-camera="1-01"] .plate')
    expect(plate).to_be_visible()
    expect(plate).to_contain_text("監視器連線中斷")
    expect(plate).to_contain_text("14:11:00")
    page.keyboard.press("k")
    until(page, "b.position > 632")
    expect(page.locator('[data-camera="1-02"] .plate')).to_be_hidden()
    assert ask(page, "b.lead.number") == "1-02"


def test_before_a_camera_came_in_force_nothing_is_said_to_be_missing(
    page: Page, site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAPS, "1-01", [(600, 660, "not-in-force")])
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 628.0)
    plate = page.locator('[data-camera="1-01"] .plate')
    expect(plate).to_be_visible()
    expect(plate).to_contain_text("尚未啟用")
    expect(plate).not_to_contain_text("缺錄")
    rows = page.locator("[data-gaps] tbody tr").all_inner_texts()
    assert rows
    assert not [row for row in rows if "尚未啟用" in row]


def test_a_camera_comes_back_after_its_gap(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 658.5)
    page.keyboard.press("k")
    until(page, "b.tracks[0].lastFrame > 660.5 && Math.abs(b.tracks[0].lastFrame - b.position) < 1")
    expect(page.locator('[data-camera="1-01"] .plate')).to_be_hidden()


@pytest.mark.parametrize("speed", ["1", "8"])
def test_a_gap_of_all_is_jumped_said_and_keeps_its_length(page: Page, site: RunningSite, speed: str) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 1498.0)
    page.select_option("[data-speed]", speed)
    listen(page)
    page.keyboard.press("k")
    until(page, "b.position > 1741")
    page.keyboard.press("k")
    said(page, "跳過缺錄")
    assert not ask(page, "b.position > 1500.3 && b.position < 1739.9")
    assert int(page.get_attribute("[data-now]", "data-ns") or "0") >= START_NS + 1740 * SECOND


def test_a_jump_over_what_is_not_in_force_yet_says_nothing_of_a_gap(
    page: Page, site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("1-01", "1-02"):
        monkeypatch.setitem(GAPS, number, [(600, 660, "not-in-force")])
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 598.0)
    listen(page)
    page.keyboard.press("l")
    said(page, "跳過無錄影時段 1 分")
    assert not page.evaluate("window.told.some((each) => each.includes('缺錄'))")


def test_playing_stops_at_the_end_of_the_range(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    seek(page, 2398.0)
    page.keyboard.press("k")
    page.wait_for_selector("or-player[data-playing=no]", timeout=120_000)
    assert ask(page, "b.position") == pytest.approx(2400, abs=0.1)


def test_every_speed_is_the_speed_it_says(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    for speed in ("0.125", "0.25", "0.5", "1", "2"):
        page.select_option("[data-speed]", speed)
        until(page, f"b.tracks[0].video.playbackRate === {speed}")


@pytest.mark.parametrize("speed", ["4", "32"])
def test_above_twice_the_speed_key_pictures_alone_are_shown_and_a_pause_lands_on_a_frame(
    page: Page, site: RunningSite, keeper: KeeperDouble, speed: str
) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    page.keyboard.press("k")
    until(page, "b.position > 0.5")
    page.select_option("[data-speed]", speed)
    until(page, "!b.tracks[0].still.image.hidden && b.tracks.every((track) => track.video.paused)")
    keeper.calls.clear()
    until(page, "b.position > 20")
    assert keeper.told("viewing.key")
    assert keeper.told("viewing.media") == [], "no footage is released that nobody sees"
    page.keyboard.press("k")
    until(page, "b.tracks.every((track) => track.still.image.hidden && !track.seeking)")
    assert abs(ask(page, "b.tracks[0].lastFrame - b.position")) < FRAME + 0.002
    ask(page, "p.shown.flush()")
    shown = [span for report in keeper.told("viewing.shown") for span in report["spans"]]
    assert sum(span["end_ns"] - span["start_ns"] for span in shown) < 10 * SECOND, "moments count as moments"


def test_playing_goes_round_between_two_marks(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("r")
    expect(page.locator("[data-do=loop]")).to_have_attribute("aria-pressed", "false")
    for at, key in ((30.0, "i"), (32.0, "o")):
        seek(page, at)
        page.keyboard.press(key)
    page.keyboard.press("r")
    until(page, "Math.abs(b.position - 30) < 0.1")
    page.evaluate("""() => { window.rounds = 0; const p = document.querySelector('or-player'), seek = p.seek;
      p.seek = function (at) { window.rounds += at === 30; return seek.call(this, at); }; }""")
    page.keyboard.press("k")
    page.wait_for_function("() => window.rounds >= 2", timeout=120_000)
    assert 29.9 < ask(page, "b.position") < 33
    page.keyboard.press("r")
    until(page, "b.position > 33")


def test_ten_seconds_back_and_on(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    seek(page, 50.0)
    for how, at in (("[data-do=on-ten]", 60), ("[data-do=back-ten]", 50)):
        page.click(how)
        until(page, f"Math.abs(b.position - {at}) < 0.05")
    page.keyboard.press("l")
    until(page, "Math.abs(b.position - 60) < 0.05")


def test_the_sound_button_names_the_camera_that_is_heard(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    page.click("[data-do=sound]")
    expect(page.locator("[data-heard]")).to_have_text("1-01")
    page.locator('[data-camera="1-02"] .picture').dblclick()
    expect(page.locator("[data-heard]")).to_have_text("1-02")
    expect(page.locator('[data-camera="1-01"]')).to_be_hidden()
    page.click("[data-do=sound]")
    expect(page.locator("[data-heard]")).to_have_text("")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_page_is_as_high_as_the_window_and_nothing_of_other_cases_is_on_it(
    page: Page, site: RunningSite, width: int, height: int, count: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_viewing(page, site.address, *("1-01", "1-02", "2-01", "B1-01")[:count])
    assert page.evaluate("document.documentElement.scrollHeight") == height
    assert page.locator(".nav, .top").count() == 0
    stage = page.locator(".stage").bounding_box()
    assert stage is not None
    assert (stage["x"], stage["width"]) == (0, width)
    for outside in page.locator(".console-row > *, .strip > *").all():
        box = outside.bounding_box()
        if box:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width + 0.5, outside.evaluate("each => each.outerHTML.slice(0, 80)")
            assert box["y"] + box["height"] <= height
    page.click("[data-do=panel]")
    expect(page.locator("[data-gaps]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-gaps]")).to_be_hidden()


# --- finding a moment ---


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("14:05", 300),
        ("14:05:30", 330),
        ("113/9/27 14:10:59.5", 659.5),
        ("2024-09-27 14:20", 1200),
        ("1405", 300),
        ("113/9/27 1405", 300),
        ("140530", 330),
        ("14時5分", 300),
        ("14點5分30秒", 330),
        ("下午2時5分", 300),
        ("1130927 1405", 300),
        ("1130927 14:05", 300),
        ("民國113年9月27日14時5分", 300),
        ("113.9.27 下午 2:10", 600),
        ("１４：０５", 300),
    ],
)
def test_the_jump_field_takes_a_time_with_or_without_its_date(
    page: Page, site: RunningSite, typed: str, seconds: float
) -> None:
    open_viewing(page, site.address, "B1-01")
    page.fill("#jump", typed)
    page.press("#jump", "Enter")
    until(page, f"Math.abs(b.position - {seconds}) < 0.05")


@pytest.mark.parametrize(("typed", "problem"), [("15:00", "非屬核准範圍"), ("soon", "請輸入時間")])
def test_the_jump_field_says_what_is_wrong(page: Page, site: RunningSite, typed: str, problem: str) -> None:
    open_viewing(page, site.address, "B1-01")
    page.fill("#jump", typed)
    page.press("#jump", "Enter")
    expect(page.locator("#jump-problem")).to_contain_text(problem)
    assert ask(page, "b.position") < 1


def test_a_range_over_midnight_is_one_range(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "B1-01", start_ns=START_NS - 15 * 3600 * 10**9)
    page.fill("#jump", "0:30")
    page.press("#jump", "Enter")
    until(page, "Math.abs(b.position - 5400) < 0.1")
    expect(page.locator(".now-day")).to_have_text("民國 113 年 9 月 27 日")


def test_edges_are_reached_by_key_and_the_slider_says_the_full_time(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    for key, at in (
        ("n", 600),
        ("n", 660),
        ("n", 1500),
        ("p", 660),
        ("Home", 0),
        ("Shift+ArrowRight", 60),
        ("ArrowLeft", 55),
    ):
        page.keyboard.press(key)
        until(page, f"Math.abs(b.position - {at}) < 0.1")
    slider = page.locator("or-timeline")
    expect(slider).to_have_attribute("aria-valuetext", "民國 113 年 9 月 27 日 14:00:55")
    expect(slider).to_have_attribute("aria-valuenow", "55")


def test_dragging_shows_key_pictures_and_dropping_shows_the_frame(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    box = page.locator("or-timeline").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] - 12
    page.mouse.move(box["x"] + box["width"] * 0.1, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=6)
    expect(page.locator(".key-picture")).to_be_visible()
    assert keeper.told("viewing.key")
    page.mouse.up()
    until(page, "Math.abs(b.tracks[0].lastFrame - 1200) < 5")
    expect(page.locator(".key-picture")).to_be_hidden()


def test_the_timeline_zooms_where_the_wheel_is(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    box = page.locator("or-timeline").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] - 8)
    page.mouse.wheel(0, -600)
    page.wait_for_function("() => document.querySelector('or-timeline').view[0] > 0")
    start, end = page.evaluate("document.querySelector('or-timeline').view")
    assert start + (end - start) * 0.75 == pytest.approx(1800, abs=5)
    for _ in range(30):
        page.keyboard.press("-")
    assert page.evaluate("document.querySelector('or-timeline').view") == [0, 2400]


def test_one_camera_alone_fills_the_stage_and_only_it_is_counted_as_shown(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    page.keyboard.press("2")
    expect(page.locator('[data-camera="1-01"]')).to_be_hidden()
    ask(page, "p.shown.flush()")
    before = len(keeper.told("viewing.shown"))
    seek(page, 100.0)
    page.keyboard.press("k")
    until(page, "b.position > 101.5")
    page.keyboard.press("k")
    page.keyboard.press("2")
    expect(page.locator('[data-camera="1-01"]')).to_be_visible()
    ask(page, "p.shown.flush()")
    shown_ns = dict.fromkeys(("1-01", "1-02"), 0)
    first_ns, last_ns = START_NS + 100 * SECOND, START_NS + 102 * SECOND
    for report in keeper.told("viewing.shown")[before:]:
        for span in report["spans"]:
            within_ns = min(span["end_ns"], last_ns) - max(span["start_ns"], first_ns)
            shown_ns[span["camera_no"]] += max(0, within_ns)
    assert shown_ns["1-02"] > SECOND > shown_ns["1-01"], "the other is on the stage again for the last moments alone"


def test_what_was_shown_is_delivered_once_all_of_it_is_also_what_was_on_its_way(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    ask(page, "p.shown.flush()")
    order = ask(
        page,
        """(async () => {
            const order = [], send = p.shown.send;
            let arrive;
            p.shown.send = () => new Promise((resolve) => { arrive = () => { order.push("arrived"); resolve(200); }; });
            p.shown.frame("1-01", 1);
            p.shown.flush();
            const all = p.shown.flush().then((delivered) => order.push(delivered));
            setTimeout(() => arrive());
            await all;
            p.shown.send = send;
            return order;
        })()""",
    )
    assert order == ["arrived", True]


# --- looking closer ---

_LENS = """[...document.querySelectorAll('[data-camera="1-01"] .picture > :is(video, .masks)')]
  .map((each) => getComputedStyle(each).transform)"""


def _point(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator('[data-camera="1-01"] .picture').bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def test_the_wheel_zooms_under_the_pointer_a_drag_pans_and_0_resets(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.masks = []
    open_viewing(page, site.address, "1-01")
    page.mouse.move(*_point(page, 0.75, 0.5))
    page.mouse.wheel(0, -500)
    until(page, "p.zooms[0].factor > 2")
    factor, x, wide = ask(page, "[p.zooms[0].factor, p.zooms[0].x, p.zooms[0].picture.clientWidth]")
    assert (0.75 * wide - x) / factor == pytest.approx(0.75 * wide, abs=1), "what lay under the pointer still does"
    video, masks = page.evaluate(_LENS)
    assert video == masks != "none", "the masks go with the picture"
    expect(page.locator(".zoom-map")).to_be_visible()
    page.mouse.down()
    page.mouse.move(*_point(page, 0.25, 0.5), steps=4)
    page.mouse.up()
    assert ask(page, "p.zooms[0].x") < x
    for _ in range(20):
        page.mouse.wheel(0, -500)
    until(page, "p.zooms[0].factor === 8")
    assert page.get_attribute("or-player", "data-covered") is None, "it is no removed watermark"
    page.keyboard.press("0")
    until(page, "p.zooms[0].factor === 1")
    expect(page.locator(".zoom-map")).to_be_hidden()


def test_brightness_and_contrast_are_for_the_eye_alone(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    until(page, "b.lead.bufferedEnd(0) > 9.5")  # what lies ahead is here: nothing is fetched any more
    keeper.calls.clear()
    page.click("[popovertarget=light]")
    page.locator("[data-light=brightness]").fill("180")
    look = "getComputedStyle(document.querySelector('video')).filter"
    assert page.evaluate(look) == "brightness(1.8) contrast(1)"
    assert {call.verb for call in keeper.calls} <= {"viewing.here", "session", "office", "viewing.shown"}
    page.click("[data-look-reset]")
    assert page.evaluate(look) == "brightness(1) contrast(1)"


def test_T_45_the_watermark_is_as_large_as_its_picture_asks_for(page: Page, site: RunningSite) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})  # in a small picture letters have their least size
    open_viewing(page, site.address, "1-01", "1-02", "2-01", "B1-01")
    fonts = """(() => { const seen = new Set(), mark = p.watermark, write = mark.write;
      mark.write = function (pen, line, x, y, font) { seen.add(Math.round(font * 10) / 10); };
      mark.draw(); mark.write = write; return [...seen]; })()"""
    until(page, "b.tracks.every((track) => !track.seeking)")  # until then it stands still
    (small,) = ask(page, fonts)
    page.keyboard.press("1")
    (large,) = ask(page, fonts)
    assert large == pytest.approx(2 * small, rel=0.15)


# --- what a browser refuses ---


def test_sound_that_the_browser_refuses_is_said_and_it_plays_on_without(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    page.evaluate("""() => {
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        return this.muted ? play.call(this) : Promise.reject(new DOMException("no gesture", "NotAllowedError"));
      };
    }""")
    listen(page)
    page.click("[data-do=sound]")
    page.keyboard.press("k")
    said(page, "不允許播放聲音")
    expect(page.locator("[data-do=sound]")).to_have_attribute("aria-pressed", "false")
    until(page, "b.position > 1.5 && b.tracks.every((track) => track.video.muted)")


def test_a_click_on_sound_unlocks_every_camera_and_lets_one_be_heard(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    page.evaluate("""() => {
      window.unlocked = new Set();
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        if (!this.muted && navigator.userActivation.isActive) window.unlocked.add(this);
        return play.call(this);
      };
    }""")
    page.click("[data-do=sound]")
    assert page.evaluate("window.unlocked.size") == 2
    assert ask(page, "b.tracks.map((track) => [track.video.muted, track.video.volume])") == [[False, 1], [True, 0]]
    assert ask(page, "b.tracks.every((track) => track.video.paused)"), "nothing plays by it"


def test_a_speed_lets_nobody_else_be_heard(page: Page, site: RunningSite) -> None:
    """WebKit takes the sound of a video up again where its speed is set."""
    open_viewing(page, site.address, "1-01", "1-02")
    page.evaluate("""() => {
      const rate = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "playbackRate");
      Object.defineProperty(HTMLMediaElement.prototype, "playbackRate", {
        get: rate.get,
        set(value) { this.muted = false; this.volume = 1; rate.set.call(this, value); },
      });
    }""")
    page.keyboard.press("k")
    until(page, "b.position > 0.5")
    page.select_option("[data-speed]", "2")
    until(page, "b.tracks.every((track) => track.video.playbackRate > 1.5)")
    assert ask(page, "b.tracks.every((track) => track.video.muted && track.video.volume === 0)")


def test_a_full_screen_that_is_refused_is_said(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('not allowed')); }")
    listen(page)
    page.keyboard.press("f")
    said(page, "不允許全螢幕")


# --- where there is no picture ---


@pytest.mark.parametrize("lead", [0.02, 0.05, 0.101, 2.0])
def test_the_player_opens_at_the_first_whole_picture(
    page: Page, site: RunningSite, keeper: KeeperDouble, lead: float
) -> None:
    """The range begins between two key frames: what would complete its first pictures is never released."""
    keeper.lead_seconds = lead
    open_viewing(page, site.address, "1-01", "1-02")
    assert ask(page, "b.tracks[0].seeking") is None
    until(page, "b.tracks.every((track) => track.lastFrame >= 0)")  # ready is said at the first camera's picture
    assert ask(page, "b.tracks.map((track) => track.lastFrame)") == pytest.approx([lead, lead], abs=FRAME)
    expect(page.locator(".plate").first).to_be_hidden()


def test_a_lead_in_is_no_gap_and_says_when_the_picture_begins(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.lead_seconds = 2.1
    open_viewing(page, site.address, "1-01")
    seek(page, 0.5)
    plate = page.locator(".plate")
    expect(plate).to_contain_text("畫面自 14:00:02.1 起")
    expect(plate).to_contain_text("核准範圍內之第一個完整畫面")
    expect(plate).not_to_contain_text("缺錄")
    assert ask(page, "p.timeline.cameras[0].leadIns") == [[0, 2.1]]
    listen(page)
    page.keyboard.press("k")
    until(page, "b.position > 2.5")
    said(page, "畫面自 14:00:02.1 起")
    assert page.locator("[data-gaps] tbody tr").count() == 2


def test_what_does_not_open_becomes_a_hole_with_its_cause_and_a_row_in_the_list(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.rotten = {"1-01": [(100, 104)], "1-02": [(0, 4)]}
    open_viewing(page, site.address, "1-01", "1-02")
    expect(page.locator('[data-camera="1-02"] .plate')).to_contain_text("資料毀損 · 至 14:00:04")
    seek(page, 98.0)
    row = page.locator("[data-gaps] tbody tr", has_text="14:01:40")
    expect(row).to_contain_text("資料毀損")
    seek(page, 101.0)
    expect(page.locator('[data-camera="1-01"] .plate')).to_contain_text("資料毀損 · 至 14:01:44")
    assert ask(page, "b.tracks[0].spans.slice(0, 2)") == [[0, 100], [104, 600]]
    page.reload()
    expect(row).to_contain_text("資料毀損")


def test_a_camera_of_which_nothing_opens_at_first_does_not_keep_the_player_shut(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.rotten = {"1-01": [(0, 60)]}
    open_viewing(page, site.address, "1-01")
    assert ask(page, "b.tracks[0].lastFrame") == pytest.approx(60, abs=FRAME)


@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_lies_on_the_picture_but_the_watermark(page: Page, site: RunningSite, width: int) -> None:
    """Cameras burn their clock into a corner of it."""
    page.set_viewport_size({"width": width, "height": 900})
    open_viewing(page, site.address, "1-01", "1-02")
    for camera in ("1-01", "1-02"):
        picture = page.locator(f'[data-camera="{camera}"] .picture').bounding_box()
        label = page.locator(f'[data-camera="{camera}"] .screen-name').bounding_box()
        assert picture is not None
        assert label is not None
        assert label["y"] + label["height"] <= picture["y"] + 0.5
        fit = page.locator(f'[data-camera="{camera}"] video').evaluate("each => getComputedStyle(each).objectFit")
        assert fit == "contain", "all of it is seen, in its own shape"
