"""Who is there, as the player shows it: dark with nobody there, confirmed by a password, left and come back to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, open_viewing, seek, start_player, until
from tests.web.clip import FPS
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
FRAME = 1 / FPS


def _dark(page: Page, kind: str) -> None:
    page.wait_for_selector(f"or-player[data-covered={kind}]")
    expect(page.locator("video").first).to_be_hidden()
    assert ask(page, "!b.playing")


def _confirm(page: Page) -> None:
    page.fill("#present-password", PASSWORDS["officer"])
    page.click(".present button.primary")
    page.wait_for_function("() => !('covered' in document.querySelector('or-player').dataset)")


def test_T_44_two_minutes_without_anybody_darken_the_picture_and_a_hand_on_the_mouse_puts_that_off(
    page: Page, site: RunningSite
) -> None:
    open_viewing(page, site.address, "1-01")
    ask(page, "p.attendance.seen = performance.now() - 119000, p.attendance.tick()")
    assert page.get_attribute("or-player", "data-covered") is None
    page.mouse.move(300, 300)
    ask(page, "p.attendance.tick()")
    assert ask(page, "performance.now() - p.attendance.seen") < 60_000
    seek(page, 41.0)
    ask(page, "p.attendance.seen = performance.now() - 120000, p.attendance.tick()")
    _dark(page, "idle")
    page.mouse.move(400, 300)
    page.keyboard.press("k")
    assert page.get_attribute("or-player", "data-covered") == "idle", "it takes a password"
    _confirm(page)
    expect(page.locator("video").first).to_be_visible()
    assert ask(page, "b.position") == pytest.approx(41.0, abs=FRAME), "the position is kept"
    expect(page.locator(".present")).to_be_hidden()


def test_T_44_what_plays_is_not_left_alone(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    page.keyboard.press("k")
    until(page, "b.position > 1")
    ask(page, "p.attendance.seen = performance.now() - 500000, p.attendance.tick()")
    assert ask(page, "b.playing")


def test_AT_41_presence_is_asked_for_a_minute_before_and_without_it_the_picture_goes_dark_and_comes_back_playing(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    expect(page.locator(".present")).to_be_hidden()
    page.keyboard.press("k")
    until(page, "b.position > 1")
    keeper.left_seconds = 45.0
    ask(page, "p.presence.check()")
    expect(page.locator(".present")).to_be_visible()
    expect(page.locator(".present-title")).to_contain_text("秒後暫時隱藏畫面")
    assert ask(page, "b.playing"), "nothing is interrupted before its time"
    keeper.dark, keeper.left_seconds = "presence", 0.0
    ask(page, "p.presence.check()")
    _dark(page, "presence")
    at = ask(page, "b.position")
    page.fill("#present-password", PASSWORDS["head"])
    page.click(".present button.primary")
    expect(page.locator(".present .problem")).to_contain_text("陳怡君")
    assert page.get_attribute("or-player", "data-covered") == "presence"
    _confirm(page)
    until(page, f"b.playing && b.position > {at + 1}")
    assert [told["seat"] for told in keeper.told("viewing.present")] == [1, 1]


def test_AT_41_who_confirms_before_the_time_sees_nothing_of_it(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.left_seconds = 30.0
    ask(page, "p.presence.check()")
    expect(page.locator(".present")).to_be_visible()
    page.fill("#present-password", PASSWORDS["officer"])
    page.click(".present button.primary")
    expect(page.locator(".present")).to_be_hidden()
    assert page.get_attribute("or-player", "data-covered") is None


def test_no_password_is_said_beside_the_field_and_is_no_wrong_try(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    keeper.left_seconds = 30.0
    ask(page, "p.presence.check()")
    page.click(".present button.primary")
    expect(page.locator("#present-password")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#present-password")).to_be_focused()
    assert keeper.told("viewing.present") == []
    _confirm(page)
    expect(page.locator(".present")).to_be_hidden()
    assert len(keeper.told("viewing.present")) == 1


def test_what_is_missing_in_the_form_hides_nothing_of_why_it_is_dark(page: Page, site: RunningSite) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    open_viewing(page, site.address, "1-01")
    ask(page, "p.attendance.seen = performance.now() - 120000, p.attendance.tick()")
    _dark(page, "idle")
    ask(page, "void (p.querySelector('.curtain-note').textContent = 'as long as it is in English, '.repeat(5))")
    page.click(".present button.primary")
    expect(page.locator("#present-password")).to_have_attribute("aria-invalid", "true")
    note, form = (page.locator(each).bounding_box() for each in (".curtain-note", ".present"))
    assert note
    assert form
    assert note["y"] + note["height"] <= form["y"]


def test_who_comes_back_without_a_password_is_told_so_and_tried_none(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(page, site.address, "1-01")
    page.click("[data-leave][data-person=head]")
    page.wait_for_selector("or-player[data-ended=yes]")
    expect(page.locator(".present-left")).to_be_hidden()
    keeper.calls.clear()
    page.click("[data-return] button")
    expect(page.locator("#return-password")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#return-password")).to_be_focused()
    assert keeper.told("login") == []
    page.fill("#return-password", "wrong")
    page.click("[data-return] button")
    expect(page.locator("[data-return] [role=alert]:not(.missing-list)")).not_to_be_empty()
    expect(page.locator("#return-password")).to_be_focused()


def test_the_number_of_the_case_is_never_cut_off(page: Page, site: RunningSite) -> None:
    open_viewing(page, site.address, "1-01")
    ask(page, "void (document.documentElement.lang = 'en', document.querySelectorAll('.viewing-acts .button')"
        ".forEach((each) => { each.textContent = 'Something else was seen'; }))")  # fmt: skip
    for width in (1024, 1200):
        page.set_viewport_size({"width": width, "height": 768})
        assert ask(page, "(() => { const h = p.querySelector('h1'); return h.scrollWidth <= h.clientWidth; })()"), width


def test_only_what_somebody_did_is_told_as_a_sign_of_life(page: Page, site: RunningSite, keeper: KeeperDouble) -> None:
    open_viewing(page, site.address, "1-01")
    ask(page, "p.presence.check()")
    keeper.calls.clear()
    ask(page, "p.presence.check()")
    page.mouse.move(321, 321)
    page.mouse.move(322, 322)
    ask(page, "p.presence.check()")
    assert [told["active"] for told in keeper.told("viewing.here")] == [False, True]


def test_who_leaves_darkens_the_picture_and_comes_back_by_the_own_password_to_where_it_stood(
    page: Page, site: RunningSite, keeper: KeeperDouble
) -> None:
    path = open_viewing(page, site.address, "1-01")
    seek(page, 77.0)
    page.click("[data-leave][data-person=head]")
    page.wait_for_selector("or-player[data-ended=yes]")
    expect(page.locator(".curtain-title")).to_have_text("林志明 已離席，畫面已暫時隱藏")
    assert page.locator("video[src]").count() == 0
    assert [told["seat"] for told in keeper.told("logout")] == [2], "one of them alone"
    ((seat,),) = keeper.sessions.values()
    assert seat["person"] == "officer", "who stays is still there"
    page.fill("#return-password", "wrong")
    page.click("[data-return] button")
    expect(page.locator("[data-return] .problem")).not_to_be_empty()
    keeper.resume_ns = START_NS + 77 * SECOND
    page.fill("#return-password", PASSWORDS["head"])
    with page.expect_navigation():
        page.click("[data-return] button")
    start_player(page)
    assert page.url.removeprefix(site.address) != path
    assert ask(page, "b.position") == pytest.approx(77.0, abs=FRAME)
    assert {each["person"] for seats in keeper.sessions.values() for each in seats} == {"officer", "head"}
