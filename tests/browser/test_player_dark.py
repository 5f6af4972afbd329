"""The player's duties beside playing: report what was shown, carry the watermark, go dark when it is over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from appliance.core.errors import Unavailable, UsageError
from tests.browser.steps import ask, end_viewing, open_viewing, seek, start_player, until
from tests.web.clip import FPS
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
FRAME = 1 / FPS


# --- the record ---


def test_what_is_shown_is_reported_at_a_pause_frame_by_frame(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 2")
    with page.expect_response("**/shown"):
        page.keyboard.press("k")
    spans = [span for report in keeper.told("viewing.shown") for span in report["spans"]]
    first, last = min(span["start_ns"] for span in spans), max(span["end_ns"] for span in spans)
    assert first == START_NS
    assert 2 * SECOND < last - START_NS < 4 * SECOND
    assert all((span["start_ns"] - START_NS) % (SECOND // FPS) < 1000 for span in spans)


def test_a_report_that_does_not_come_through_is_sent_again(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    ask(page, "p.shown.flush()")
    keeper.fail_next["viewing.shown"] = Unavailable("ledger: busy")
    keeper.calls.clear()
    seek(page, 50.0)
    for _ in range(3):  # the seek itself sends one, too
        ask(page, "p.shown.flush()")
    until(page, "p.shown.done.length === 0")
    lost, *later = keeper.told("viewing.shown")
    assert any(span in told["spans"] for told in later for span in lost["spans"])


# --- dark ---


def _assert_the_watermark_is_drawn_again(page: Page) -> None:
    grab = "document.querySelector('.watermark').toDataURL()"
    first = page.evaluate(grab)
    page.wait_for_function(f"(first) => {grab} !== first", arg=first)


_MILLISECONDS_TO_DARK = """new Promise((done) => {
  const from = performance.now();
  document.querySelector("[data-end=filming] button").click();
  requestAnimationFrame(() => done([performance.now() - from, document.querySelectorAll("video[src]").length]));
})"""


def _assert_dark(page: Page) -> None:
    assert page.locator("video[src]").count() == 0
    assert page.locator("img[src]").count() == 0
    assert page.evaluate("[...document.querySelectorAll('video')].every((each) => each.readyState === 0)")
    expect(page.locator(".curtain")).to_be_visible()
    expect(page.locator("video").first).to_be_hidden()


def test_at_42_filming_seen_blanks_the_screen_at_once_even_when_the_keeper_does_not_answer(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 1")
    keeper.fail_next["viewing.end"] = Unavailable("keeper: busy")
    dark_after = ask(page, _MILLISECONDS_TO_DARK)
    assert dark_after[0] < 1000
    assert dark_after[1] == 0
    _assert_dark(page)
    page.wait_for_selector("or-player[data-ended=yes]")
    assert [call["reason"] for call in keeper.told("viewing.end")] == ["filming", "filming"]
    expect(page.locator(".curtain-title")).to_have_text("閱覽已停止播放")


def test_AT_42_a_mistaken_press_is_entered_with_its_reason(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    page.click("[data-end=filming] button")
    expect(page.locator(".mistake p")).to_contain_text("10 秒內")
    page.click("[data-mistake=look]")
    expect(page.locator(".mistake p")).to_contain_text("已另行登記誤按")
    assert [told["why"] for told in keeper.told("viewing.mistaken")] == ["look"]
    _assert_dark(page)


def test_AT_42_after_ten_seconds_no_press_is_called_a_mistake_any_more(page: Page, site: RunningSite) -> None:
    page.clock.install()
    open_viewing(page, site.address, "1-01")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    page.click("[data-end=filming] button")
    expect(page.locator("[data-mistake]")).to_have_count(2)
    page.clock.run_for(9_000)
    expect(page.locator("[data-mistake]")).to_have_count(2)
    page.clock.run_for(2_000)
    expect(page.locator("[data-mistake]")).to_have_count(0)


def test_T_48_something_else_that_is_seen_blanks_the_screen_and_names_its_moment(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 1")
    page.keyboard.press("k")
    position = page.evaluate("document.querySelector('or-player').playback.position")
    page.click("[data-end=event] button")
    _assert_dark(page)
    page.wait_for_selector("or-player[data-ended=yes]")
    (told,) = keeper.told("viewing.end")
    assert told["reason"] == "event"
    assert told["at_ns"] == pytest.approx(START_NS + position * 1e9, abs=1e7)
    expect(page.locator(".curtain-note")).to_contain_text("主任")


def test_T_48_what_could_not_be_kept_is_not_said_to_be_kept(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.fail_next["viewing.end"] = UsageError.of("event-moment")
    page.click("[data-end=event] button")
    page.wait_for_selector("or-player[data-ended=yes]")
    expect(page.locator(".curtain-note")).to_contain_text("未能先行保全")


def test_the_end_empties_every_element_and_says_so(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    path = open_viewing(page, site.address, "1-01", "1-02")
    end_viewing(page, PASSWORDS["officer"])
    _assert_dark(page)
    media = f"{site.address}{path}/media?camera=1-01&start_ns={START_NS}&seconds=2"
    assert page.evaluate("async (url) => (await fetch(url)).status", media) == 404
    (told,) = keeper.told("viewing.finish")
    assert (told["filming"], told["signed"], told["seat"]) == ("none", True, 1)
    expect(page.locator(".curtain-more li")).to_have_count(3)
    expect(page.locator(".curtain-title")).to_have_text("閱覽已結束並登記")


def test_the_end_says_how_much_was_seen_and_going_back_leaves_all_as_it_was(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01", "1-02")
    seek(page, 100.0)
    page.keyboard.press("k")
    until(page, "b.position > 103")
    page.click("[data-end=done] button")
    expect(page.locator("video").first).to_be_hidden()
    expect(page.locator(".curtain-title")).to_have_text("畫面已暫時隱藏")
    expect(page.locator(".seen li")).to_have_count(2)
    expect(page.locator(".seen-text").first).to_contain_text("秒／共 35 分")
    expect(page.locator("[data-unseen]")).to_be_hidden()
    at = ask(page, "b.position")
    page.keyboard.press("Escape")
    expect(page.locator("[data-finish]")).to_be_hidden()
    expect(page.locator("video").first).to_be_visible()
    assert ask(page, "b.position") == at
    assert keeper.told("viewing.finish") == []
    page.keyboard.press("k")
    until(page, "b.position > 104.5")


def test_an_end_that_lacks_something_says_what_and_one_that_nobody_answered_is_sent_again_as_the_same_act(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.click("[data-end=done] button")
    page.fill("#finish-password", PASSWORDS["officer"])
    page.click(".sheet button.primary")
    expect(page.locator(".sheet .problem")).to_contain_text("未填拍攝情形")
    expect(page.locator(".sheet .problem")).to_contain_text("閱覽紀錄未簽章")
    keeper.fail_next["viewing.finish"] = Unavailable("keeper: busy")
    page.check(".sheet [name=filming][value=seen]")
    page.fill("#finish-handled", "已請其刪除")
    page.check(".sheet [name=signed]")
    for _ in range(2):
        page.fill("#finish-password", PASSWORDS["officer"])
        with page.expect_response("**/finish"):
            page.click(".sheet button.primary")
    page.wait_for_selector("or-player[data-ended=yes]")
    _, lost, entered = keeper.told("viewing.finish")
    assert lost["act"] == entered["act"]
    assert entered["filming"] == "已請其刪除"


@pytest.mark.parametrize("how", ["while playing", "while paused"])
def test_a_session_that_is_lost_blanks_the_screen(
    page: Page, site: RunningSite, keeper: KeeperDouble, how: str
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.drop_sessions()
    if how == "while playing":
        page.keyboard.press("k")
    else:
        ask(page, "p.presence.check()")
    page.wait_for_selector("or-player[data-covered=lost]", timeout=120_000)
    _assert_dark(page)


def test_one_person_leaving_blanks_the_screen(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    for token, seats in keeper.sessions.items():
        keeper.sessions[token] = seats[:1]
    ask(page, "p.presence.check()")
    page.wait_for_selector("or-player[data-covered=lost]")
    _assert_dark(page)


@pytest.mark.parametrize(
    "removal",
    [
        "document.querySelector('.watermark').remove()",
        "document.querySelector('.watermark').style.display = 'none'",
        "document.querySelector('.watermark').style.opacity = '0.1'",
        "document.querySelector('.watermark').style.width = '1px'",
    ],
)
def test_a_removed_watermark_stops_the_viewing(page: Page, site: RunningSite, removal: str) -> None:
    open_viewing(page, site.address, "1-01")
    page.evaluate(removal)
    page.wait_for_selector("or-player[data-covered=tampered]")
    assert page.locator("video[src]").count() == 0


def test_T_45_the_watermark_names_the_case_its_viewers_who_attends_and_the_time_and_moves(
    page: Page, site: RunningSite
) -> None:
    open_viewing(page, site.address, "1-01")
    lines = ask(page, "p.watermark.lines")
    assert lines == ["案件 113調-民-0001", "閱覽人 陳𤆬治", "會同 陳怡君 · 林志明"]
    _assert_the_watermark_is_drawn_again(page)
    covered = page.evaluate(
        """() => { const c = document.querySelector('.watermark'), pen = c.getContext('2d'), size = 240; let free = 0;
          for (let y = 0; y + size <= c.height; y += size) for (let x = 0; x + size <= c.width; x += size)
            if (!pen.getImageData(x, y, size, size).data.some((value, at) => at % 4 === 3 && value > 60)) free += 1;
          return free; }"""
    )
    assert covered == 0, "a crop of 240 × 240 pixels is free of it"


AWAY = {"viewing.here", "viewing.shown", "viewing.media"}


def test_no_answer_twice_covers_the_picture_until_the_keeper_says_that_the_viewing_lives(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 1")
    keeper.away = AWAY
    ask(page, "p.presence.check()")
    assert page.get_attribute("or-player", "data-covered") is None, "once may be a moment"
    ask(page, "p.presence.check()")
    page.wait_for_selector("or-player[data-covered=veiled]")
    expect(page.locator(".curtain-title")).to_have_text("畫面暫時隱藏")
    expect(page.locator("video").first).to_be_hidden()
    assert ask(page, "!b.playing && b.tracks[0].video.paused")
    page.keyboard.press("k")
    assert not ask(page, "b.playing"), "nothing plays under the cover"
    keeper.away = {"viewing.shown"}
    ask(page, "p.presence.check()")
    until(page, "p.shown.failedSince !== null && p.shown.done.length > 0")
    assert page.get_attribute("or-player", "data-covered") == "veiled", "what was seen is not entered yet"
    keeper.away = set()
    ask(page, "p.presence.check()")
    page.wait_for_function("() => !('covered' in document.querySelector('or-player').dataset)")
    expect(page.locator(".curtain")).to_be_hidden()
    assert ask(page, "p.shown.done.length") == 0
    page.keyboard.press("k")
    until(page, "b.position > 2.5")


def test_ten_seconds_of_reports_that_cannot_be_delivered_cover_the_picture(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.away = {"viewing.shown"}
    seek(page, 30.0)
    ask(page, "p.shown.flush()")
    until(page, "p.shown.failedSince !== null")
    assert page.get_attribute("or-player", "data-covered") is None
    ask(page, "p.shown.failedSince -= 10000, p.shown.flush()")
    page.wait_for_selector("or-player[data-covered=veiled]")


def test_a_session_that_went_with_the_keeper_is_lost_for_good_and_its_last_report_still_sent(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.away = {"viewing.shown"}
    seek(page, 40.0)
    until(page, "p.shown.failedSince !== null")
    keeper.away = AWAY
    ask(page, "p.presence.check().then(() => p.presence.check())")
    page.wait_for_selector("or-player[data-covered=veiled]")
    _assert_the_watermark_is_drawn_again(page)
    assert page.get_attribute("or-player", "data-covered") == "veiled", "a cover is no removed watermark"
    keeper.away = set()
    keeper.calls.clear()
    keeper.drop_sessions()
    ask(page, "p.presence.check()")
    page.wait_for_selector("or-player[data-covered=lost]")
    _assert_dark(page)
    reported = [span for report in keeper.told("viewing.shown") for span in report["spans"]]
    assert any(span["start_ns"] >= START_NS for span in reported)


def test_a_keeper_that_is_away_for_a_moment_is_waited_for(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.fail_next["viewing.media"] = Unavailable("darkroom: restarting")
    ask(page, "void p.seek(1000)")
    until(page, "Math.abs(b.tracks[0].lastFrame - 1000) < 0.05", timeout=120_000)
    assert page.get_attribute("or-player", "data-covered") is None


def test_a_reload_goes_on_with_the_same_grant(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.reload()
    start_player(page)
    assert seek(page, 10.0)["mediaTime"] == pytest.approx(10.0, abs=FRAME)
