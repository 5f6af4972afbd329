"""The player's timeline: what it shows and says, zooms, follows and passes over, and what a hand and a key do on it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.steps import ask, listen, open_viewing, said, seek, until
from tests.web.keeper_double import CAMERAS, GAPS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
DAY = 86_400
AXIS, LANE = 24, 26
"""Of the picture, in pixels: above the lanes, and from one to the next where there are at most four."""


def _view(page: Page) -> list[float]:
    found: list[float] = page.evaluate("document.querySelector('or-timeline').view")
    return found


def _zoomed(page: Page, times: int = 4) -> None:
    for _ in range(times):
        page.keyboard.press("+")


def _place(page: Page, share: float, row: float = 0.5, what: str = "or-timeline") -> tuple[float, float]:
    box = page.locator(what).bounding_box()
    assert box is not None
    below = AXIS + row * LANE if what == "or-timeline" else box["height"] / 2
    return box["x"] + box["width"] * share, box["y"] + below


class Fingers:
    """Touches as the browser gets them of a screen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})

    def __call__(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})

    def drag(self, *ways: tuple[tuple[float, float], tuple[float, float]], steps: int = 8) -> None:
        """Each finger from its first place to its second, together."""
        self("Start", *(way[0] for way in ways))
        for step in range(1, steps + 1):
            share = step / steps
            self("Move", *((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in ways))
        self("End")

    def tap(self, place: tuple[float, float]) -> None:
        self("Start", place)
        self("End")


# --- zoom and view ---


def test_it_zooms_from_a_month_to_a_second(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", start_ns=START_NS - 30 * DAY * SECOND)
    whole = 30 * DAY + 2400
    assert _view(page) == [0, whole]
    assert ask(page, "p.timeline.scale.ticks(1400, 84).every((tick) => tick.isDay)")
    seek(page, 0)
    ask(page, "p.seek(86400 * 3 + 7)")
    for _ in range(40):
        page.keyboard.press("+")
    start, end = _view(page)
    assert end - start == pytest.approx(1, abs=1e-6)
    assert start <= 86400 * 3 + 7 <= end
    labels = ask(page, "p.timeline.scale.ticks(1400, 84).map((tick) => tick.label)")
    assert "14:00:07.0" in labels
    page.keyboard.press("w")
    assert _view(page) == [0, whole]


def test_keys_and_buttons_zoom_pan_and_show_all(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    seek(page, 1200.0)
    page.click("[data-do=zoom-in]")
    _zoomed(page, 3)
    start, end = _view(page)
    assert end - start == pytest.approx(2400 * 0.6**4)
    page.keyboard.press(">")
    assert _view(page)[0] == pytest.approx(start + (end - start) / 4)
    page.keyboard.press("<")
    assert _view(page)[0] == pytest.approx(start)
    page.click("[data-do=zoom-out]")
    page.click("[data-do=fit]")
    assert _view(page) == [0, 2400]


def test_the_view_goes_along_with_the_head_unless_somebody_moved_it_away(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "B1-01")
    _zoomed(page, 8)
    start, end = _view(page)
    ask(page, "p.timeline.moveTo(a)", end - (end - start) * 0.02)
    then, _ = _view(page)
    assert then > start, "at the edge it goes on by itself"
    for _ in range(8):
        page.keyboard.press(">")
    away = _view(page)
    ask(page, "p.timeline.moveTo(b.position + 1)")
    assert _view(page) == away, "who looks elsewhere is left there"
    page.keyboard.press("ArrowRight")
    start, end = _view(page)
    until(page, "p.timeline.scale.holds(b.position)")


def test_the_overview_is_always_there_and_its_window_is_dragged(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    expect(page.locator(".overview")).to_be_visible()
    _zoomed(page)
    start, end = _view(page)
    assert start == 0
    page.mouse.move(*_place(page, (end / 2) / 2400, what=".overview"))
    page.mouse.down()
    page.mouse.move(*_place(page, (end / 2 + 1200) / 2400, what=".overview"), steps=4)
    page.mouse.up()
    assert _view(page)[0] == pytest.approx(1200, abs=4)
    page.mouse.click(*_place(page, 0.25, what=".overview"))
    assert sum(_view(page)) / 2 == pytest.approx(600, abs=4), "a press outside the window brings it there"
    assert ask(page, "b.position") == 0, "nothing is gone to by it"


# --- lanes ---


def test_a_lane_says_in_words_what_it_shows(
    page: Page, site: RunningSite, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAPS, "1-01", [(0, 600, "not-in-force"), (1500, 1740, "power-cut")])
    monkeypatch.setitem(GAPS, "1-02", [])
    keeper.masks = [
        {"number": 1, "camera_no": "1-01", "start_ns": START_NS + 700 * SECOND, "end_ns": START_NS + 900 * SECOND,
         "left": 0, "top": 0, "right": 300, "bottom": 300}
    ]  # fmt: skip
    half = {"start_ns": START_NS, "end_ns": START_NS + 1200 * SECOND}
    keeper.lanes = {"1-02": {"granted": [half], "spans": [half]}}
    open_viewing(page, site.address, "1-01", "1-02")
    assert page.locator("[data-lanes] li").all_inner_texts() == [
        "1-01：有錄影 26 分；缺錄 1 處，共 4 分；尚未啟用 10 分；遮蔽 1 處",
        "1-02：有錄影 20 分；無缺錄；核准範圍外 20 分",
    ]
    seek(page, 1300.0)
    expect(page.locator('[data-camera="1-02"] .plate')).to_contain_text("非屬核准範圍")
    assert "（1-02 無畫面）" in (page.get_attribute("or-timeline", "aria-valuetext") or "")


def _colours(page: Page, row: int, *shares: float) -> list[list[int]]:
    script = """([y, shares]) => { const t = document.querySelector('or-timeline'); t.paintNow();
      const pen = t.canvas.getContext('2d');
      return shares.map((share) => [...pen.getImageData(Math.floor(t.canvas.width * share), y, 1, 1).data]); }"""
    found: list[list[int]] = page.evaluate(script, [AXIS + row * LANE + 4, list(shares)])
    return found


_PAINTED = """(() => {
  const t = p.timeline, from = performance.now();
  for (let times = 0; times < 20; times += 1) { t.isStale = true; t.paintNow(); }
  return (performance.now() - from) / 20;
})()"""


def test_no_gap_is_without_a_trace_however_many_there_are(
    page: Page, site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = 30 * DAY
    short = (-20 * DAY, -20 * DAY + 2, "camera-lost")
    monkeypatch.setitem(GAPS, "1-01", [short])
    monkeypatch.setitem(GAPS, "1-02", [(at * 600 - month, at * 600 - month + 5, "stalled") for at in range(1, 4000)])
    open_viewing(page, site.address, "1-01", "1-02", start_ns=START_NS - month * SECOND)
    seek(page, 0)
    at = 10 * DAY / (month + 2400)
    (gap, kept), (dense,) = _colours(page, 0, at, at + 0.1), _colours(page, 1, 0.6)
    assert gap[0] > kept[0] + 40, "two seconds of a month are seen as a line"
    assert dense[0] > kept[0] + 40
    took = ask(page, _PAINTED)
    print(f"\na month with 4,000 gaps: {took:.1f} ms a painting")


def test_what_is_told_coarsely_is_asked_for_again_where_it_is_looked_at(
    page: Page, site: RunningSite, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAPS, "1-01", [])
    mixed = {"start_ns": START_NS + 600 * SECOND, "end_ns": START_NS + 1000 * SECOND, "missing_ns": 50 * SECOND}
    keeper.lanes = {"1-01": {"mixed": [mixed | {"count": 10}]}}
    open_viewing(page, site.address, "1-01")
    assert "缺錄 10 處，共 50 秒" in page.locator("[data-lanes] li").inner_text()
    expect(page.locator("[data-more]")).to_contain_text("10")
    monkeypatch.setitem(GAPS, "1-01", [(700, 705, "camera-lost")])
    keeper.calls.clear()
    ask(page, "p.timeline.show(690, 30)")
    until(page, "p.cameras[0].gapAt(702)?.[2] === '監視器連線中斷'")
    (asked,) = keeper.told("viewing.timeline")
    assert (asked["start_ns"] - START_NS, asked["end_ns"] - START_NS) == (690 * SECOND, 720 * SECOND)
    assert ask(page, "[p.cameras[0].at(702), p.cameras[0].isCoarse(690, 720), p.cameras[0].isCoarse(600, 690)]") == [
        None,
        False,
        True,
    ]


# --- hovering ---


def test_a_mouse_that_rests_is_shown_time_and_picture_and_one_that_passes_asks_for_nothing(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    keeper.calls.clear()
    page.evaluate("""() => { window.asked = 0; const rest = 250, set = window.setTimeout;
      window.setTimeout = (act, ms, ...more) => ms === rest ? (window.rested = act, 0) : set(act, ms, ...more); }""")
    x, y = _place(page, 0.1, row=1.5)
    for step in range(60):
        page.mouse.move(x + step, y)
    expect(page.locator(".preview")).to_be_visible()
    expect(page.locator(".preview [data-note]")).to_have_text("1-02")
    assert keeper.told("viewing.key") == [], "passing over it asks for nothing"
    page.evaluate("window.rested()")
    expect(page.locator(".preview canvas")).to_be_visible()
    (asked,) = keeper.told("viewing.key")
    assert asked["camera_no"] == "1-02"
    expect(page.locator(".preview [data-time]")).to_have_text(re.compile(r"14:0[3-9]:\d\d"))
    page.mouse.move(x + 59.2, y)
    assert keeper.told("viewing.key") == [asked], "it stands there already"
    ask(page, "p.shown.flush()")
    shown = [span for report in keeper.told("viewing.shown") for span in report["spans"]]
    assert [span for span in shown if span["camera_no"] == "1-02" and span["start_ns"] > START_NS + 60 * SECOND]
    page.mouse.move(10, 10)
    expect(page.locator(".preview")).to_be_hidden()
    assert page.evaluate("""() => { const c = document.querySelector('.preview canvas');
      return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.every((each) => each === 0); }""")


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_the_small_picture_stays_inside_the_window_at_either_edge(page: Page, site: RunningSite, share: float) -> None:
    open_viewing(page, site.address, "1-01")
    page.mouse.move(*_place(page, share))
    expect(page.locator(".preview canvas")).to_be_visible()
    box, screen = page.locator(".preview").bounding_box(), page.viewport_size
    assert box
    assert screen
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen["width"]


_SHOWN = "async () => { await p.preview.show(p.tracks[0], a); return p.preview.canvas.hidden; }"


def _preview(page: Page, seconds: float) -> bool:
    """Asks for one of the first camera, as if the mouse had rested; whether it is shown."""
    return not ask(page, f"({_SHOWN})()", seconds)


def test_T_45_a_small_picture_bears_the_watermark(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    shot = "p.preview.canvas.toDataURL()"
    ask(page, "void (p.watermark.write = () => null)")
    assert _preview(page, 50.0)
    plain = ask(page, shot)
    ask(page, "void delete p.watermark.write")
    assert _preview(page, 50.0)
    marked = ask(page, shot)
    assert marked != plain
    ask(page, "void (p.watermark.lines = ['x'])")
    assert _preview(page, 50.0)
    assert ask(page, shot) not in (plain, marked), "of what the watermark says"


def test_no_small_picture_is_asked_for_where_none_may_be_seen(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    granted = {"start_ns": START_NS, "end_ns": START_NS + 1200 * SECOND}
    keeper.lanes = {"1-01": {"granted": [granted]}}
    open_viewing(page, site.address, "1-01", "1-02")
    keeper.calls.clear()
    assert not _preview(page, 1300.0), "outside the grant"
    assert not _preview(page, 620.0), "a gap"
    for kind in ("idle", "veiled"):
        ask(page, "p.curtain.lower(a)", kind)
        assert not _preview(page, 50.0)
        ask(page, "p.curtain.lift(a)", kind)
    assert keeper.told("viewing.key") == []
    assert _preview(page, 50.0)
    ask(page, "p.curtain.lower('idle')")
    expect(page.locator(".preview canvas")).to_be_hidden()
    assert page.locator(".preview").is_hidden()


def test_a_small_picture_that_comes_when_the_picture_is_dark_is_not_shown(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    hidden = ask(
        page,
        """(async () => {
            const track = p.tracks[0], { still } = track, { picture } = still;
            still.picture = async (...asked) => {
              const found = await picture.apply(still, asked);
              p.curtain.lower("presence");
              return found;
            };
            await p.preview.show(track, 50);
            return p.preview.canvas.hidden;
        })()""",
    )
    assert hidden is True
    assert keeper.told("viewing.key")


# --- gaps ---


def test_a_jump_passes_over_what_is_a_gap_of_all_and_says_so(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    listen(page)
    seek(page, 1495.0)
    page.keyboard.press("l")
    until(page, "Math.abs(b.position - 1745) < 0.1")
    said(page, "跳過缺錄 4 分")
    expect(page.locator("[data-told]")).to_have_text("跳過缺錄 4 分")
    page.keyboard.press("j")
    until(page, "Math.abs(b.position - 1495) < 0.1")
    seek(page, 595.0)
    page.keyboard.press("l")
    until(page, "Math.abs(b.position - 635) < 0.1")
    seek(page, 1600.0)
    assert ask(page, "b.position") == 1600, "what is asked for by its time is gone to"


def test_with_skipping_off_a_gap_takes_its_time(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    listen(page)
    page.keyboard.press("x")
    expect(page.locator("[data-do=skip]")).to_have_attribute("aria-pressed", "false")
    said(page, "不略過缺錄")
    seek(page, 1495.0)
    page.keyboard.press("l")
    until(page, "Math.abs(b.position - 1505) < 0.1")
    page.keyboard.press("k")
    until(page, "b.position > 1506")
    expect(page.locator(".plate").first).to_be_visible()
    assert ask(page, "b.playing && b.position < 1600")
    seek(page, 1738.5)
    until(page, "b.position > 1741")
    expect(page.locator(".plate").first).to_be_hidden()
    page.click("[data-do=skip]")
    said(page, "略過全部監視器共同之缺錄")


def test_with_skipping_off_playing_runs_from_footage_into_a_gap(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("x")
    seek(page, 598.5)
    page.keyboard.press("k")
    until(page, "b.position > 601")
    assert ask(page, "b.playing && b.position < 660")


def test_keys_lead_from_gap_to_gap_and_tell_of_each(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01", "1-02", "2-01")
    listen(page)
    for key, at, text in (
        ("g", 300, "缺錄 1／3：2-01 監視器停止傳送，10 分"),
        ("g", 600, "缺錄 2／3：1-01 監視器連線中斷、1-02 監視器連線中斷，1 分"),
        ("g", 1500, "缺錄 3／3"),
        ("g", 1500, "其後無缺錄"),
        ("Shift+G", 600, "缺錄 2／3"),
    ):
        page.keyboard.press(key)
        said(page, text)
        until(page, f"Math.abs(b.position - {at}) < 0.05")


# --- fingers ---


def test_one_finger_moves_the_view_two_zoom_it_and_a_tap_goes_there(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "B1-01")
    _zoomed(page, 3)
    seek(page, 0.0)
    touch = Fingers(page)
    start, end = _view(page)
    span = end - start
    until(page, "b.lead.bufferedEnd(0) > 9.5")  # what lies ahead is here: nothing is fetched but for the fingers
    keeper.calls.clear()
    touch.drag((_place(page, 0.75), _place(page, 0.25)))
    assert _view(page)[0] == pytest.approx(start + span / 2, rel=0.03)
    assert keeper.told("viewing.key") == keeper.told("viewing.media") == [], "moving the view shows nothing"
    assert ask(page, "b.position") == 0
    start, end = _view(page)
    touch.drag((_place(page, 0.4), _place(page, 0.2)), (_place(page, 0.6), _place(page, 0.8)))
    closer, end = _view(page)
    assert end - closer == pytest.approx(span / 3, rel=0.06)
    assert (closer + end) / 2 == pytest.approx(start + span / 2, rel=0.03), "what lay between them stays"
    touch.tap(_place(page, 0.5))
    until(page, f"Math.abs(b.position - {(closer + end) / 2}) < 5")
    touch.drag((_place(page, 0.2), _place(page, 0.4)), (_place(page, 0.8), _place(page, 0.6)))
    assert _view(page)[1] - _view(page)[0] == pytest.approx(span, rel=0.06)


def test_a_finger_on_the_head_drags_it(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "B1-01")
    seek(page, 600.0)
    touch = Fingers(page)
    touch.drag((_place(page, 0.25), _place(page, 0.5)))
    until(page, "Math.abs(b.position - 1200) < 5")
    assert keeper.told("viewing.key"), "with key pictures on the way"


@pytest.mark.parametrize("fixed", [True, False])
def test_two_fingers_zoom_into_a_picture_and_one_moves_it(page: Page, site: RunningSite, fixed: bool) -> None:
    if not fixed:
        page.set_viewport_size({"width": 900, "height": 900})
    open_viewing(page, site.address, "1-01")
    touch = Fingers(page)
    box = page.locator(".picture").bounding_box()
    assert box is not None

    def at(x: float, y: float = 0.5) -> tuple[float, float]:
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    touch.drag((at(0.45), at(0.3)), (at(0.55), at(0.7)))
    factor, x, wide = ask(page, "[p.zooms[0].factor, p.zooms[0].x, p.zooms[0].picture.clientWidth]")
    assert factor == pytest.approx(4, rel=0.05)
    assert (0.5 * wide - x) / factor == pytest.approx(0.5 * wide, rel=0.02), "what lay between them stays"
    assert page.evaluate("visualViewport.scale") == 1, "the picture, and not the page"
    touch.drag((at(0.3), at(0.4)), (at(0.7), at(0.8)))
    moved = ask(page, "[p.zooms[0].factor, p.zooms[0].x - a]", x)
    assert moved == [pytest.approx(factor, rel=0.02), pytest.approx(0.1 * wide, rel=0.05)], "both along: it is moved"
    touch.drag((at(0.5), at(0.6)))
    assert ask(page, "p.zooms[0].x - a", x) == pytest.approx(0.2 * wide, rel=0.05)
    touch.drag((at(0.3), at(0.49)), (at(0.7), at(0.51)))
    assert ask(page, "p.zooms[0].factor") == 1
    assert page.get_attribute("or-player", "data-covered") is None


# --- the sheet of keys ---


_KEYS_OF_THE_PLAYER = r"""async () => {
  const loaded = performance.getEntriesByType('resource').map((each) => each.name);
  const address = loaded.find((name) => /\/keys[^/]*\.js/.test(name));
  const source = await (await fetch(address)).text();
  const table = source.slice(source.indexOf('return {'), source.indexOf('...Object'));
  return [...table.matchAll(/^    (?:"([^"]+)"|(\w+)):/gm)].map((found) => found[1] ?? found[2]);
}"""


def test_the_sheet_tells_every_key_and_is_a_dialog_for_everybody(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    button = page.locator("[data-do=help]")
    button.focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="操作說明")
    expect(sheet).to_be_visible()
    assert ask(page, "document.activeElement.matches('[data-help] [data-close]')")
    for way in ("Tab", "Shift+Tab"):
        page.keyboard.press(way)
        assert ask(page, "p.querySelector('[data-help]').contains(document.activeElement)"), way
    page.keyboard.press("k")
    assert ask(page, "!b.playing"), "its keys are not the player's"
    told = {each.lower() for each in sheet.locator("kbd").all_inner_texts()}
    keys = page.evaluate(_KEYS_OF_THE_PLAYER)
    names = {"arrowleft": "←", "arrowright": "→", " ": "space", "pageup": "pgup", "pagedown": "pgdn", "escape": "esc",
             "=": "+", "-": "−"}  # fmt: skip
    assert len(keys) > 25
    assert {names.get(key, key) for key in keys} <= told
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("?")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    button.click()
    ask(page, "p.curtain.lower('presence')")
    expect(sheet).to_be_hidden()


def test_in_english_it_is_english(page: Page, site: RunningSite) -> None:
    page.context.add_cookies(
        [
            {
                "name": "__Host-lang",
                "value": "en",
                "domain": "localhost",
                "path": "/",
                "secure": True,
                "sameSite": "Strict",
            }
        ]
    )
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help and keys")).to_contain_text("next or previous gap")
    assert page.locator("[data-lanes] li").inner_text() == "1-01: recorded 35 min; gaps: 2, 5 min in all"


# --- how long it lasts ---


def test_the_strip_says_what_ends_the_viewing_and_warns_before(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    clock = {"booked": (1, 3000.0), "day": (4, 8100.0), "login": (7, 20_000.0)}
    keeper.ends = [
        {"by": by, "at_ns": START_NS + hours * 3600 * SECOND, "left_seconds": left}
        for by, (hours, left) in clock.items()
    ]
    open_viewing(page, site.address, "1-01")
    place = page.locator("[data-ends]")
    expect(place).to_contain_text("2 小時 14 分")
    expect(place).to_contain_text("約定至 15:00")
    expect(place).to_contain_text("18:00 當日結束")
    listen(page)
    ask(page, "void (p.remaining.end.atMs = performance.now() + 599000, p.remaining.show())")
    said(page, "閱覽將於 10 分鐘後結束（18:00 當日結束）")
    ask(page, "void (p.remaining.ends[0].atMs = performance.now() - 1, p.remaining.show())")
    expect(place).to_contain_text("已逾約定之 15:00")


# --- five to nine cameras ---

NINE = (
    *CAMERAS,
    ("2-02", "二樓 7 號櫃檯"),
    ("2-03", "二樓走道"),
    ("3-01", "三樓會議室外"),
    ("3-02", "三樓樓梯間"),
    ("B1-02", "地下一樓機房外走道"),
)


def _boxes(page: Page, what: str) -> list[FloatRect]:
    return [box for each in page.locator(what).all() if (box := each.bounding_box())]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("count", [5, 7, 9])
def test_five_to_nine_are_one_large_and_a_strip_and_all_of_them_are_seen(
    monkeypatch: pytest.MonkeyPatch,  # ahead of the page, which fetches on until it is closed
    page: Page,
    site: RunningSite,
    keeper: KeeperDouble,
    width: int,
    height: int,
    count: int,
) -> None:
    for camera_no, _ in NINE:
        monkeypatch.setitem(GAPS, camera_no, [])
    keeper.cameras = NINE
    page.set_viewport_size({"width": width, "height": height})
    open_viewing(page, site.address, *(camera_no for camera_no, _ in NINE[:count]))
    assert page.evaluate("document.documentElement.scrollHeight") == height
    (stage,), pictures = _boxes(page, ".stage"), _boxes(page, ".picture")
    assert len(pictures) == count
    large, *strip = pictures
    for box in pictures:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 0.5
        assert stage["y"] <= box["y"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 0.5
    assert min(box["width"] for box in strip) >= 120
    assert min(box["height"] for box in strip) >= 56
    assert large["height"] > 2 * max(box["height"] for box in strip)
    assert large["width"] > 0.5 * width
    assert max(box["x"] + box["width"] for box in strip) == pytest.approx(width, abs=1)
    assert max(box["y"] + box["height"] for box in strip) == pytest.approx(stage["y"] + stage["height"], abs=3)
    for outside in page.locator(".console-row > *, .strip > *, .timeline-head > *, or-timeline").all():
        part = outside.bounding_box()
        if part:
            assert part["x"] >= 0
            assert part["x"] + part["width"] <= width + 0.5, outside.evaluate("each => each.outerHTML.slice(0, 80)")
            assert part["y"] + part["height"] <= height
    page.keyboard.press(str(count))
    (alone,) = _boxes(page, ".screen.alone .picture")
    assert alone["width"] == width
