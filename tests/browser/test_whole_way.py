"""The whole way in a real browser over the real processes: two people log in, a case is received, decided and viewed.

The proof that the picture is the asked second is the picture: its burnt-in clock is read from the screen's pixels.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.plugins.sources.testcard_picture import read_clock
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.browser.chromium import chromium
from tests.browser.steps import end_viewing
from tests.caselife import life_of
from tests.footage import film_past

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
GAP = (60, 120)
"""Seconds after the border between which there is no footage."""
TENTH = 0.1
"""The burnt-in clock is cut to a tenth of a second; at 10 pictures a second it also is one picture."""


@dataclass
class Scene:
    box: Box
    page: Page
    border_ns: int
    grant: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """An office whose cameras were filmed from 2 min before a bucket border to 4 min after it, with a minute's gap."""
    directory = tmp_path_factory.mktemp("whole-way")
    with make_box(directory / "office", [testcard("01"), testcard("02", audio="pcm_alaw")]) as box:
        box.start("keeper", "darkroom", "web")
        border_ns = slot_start_ns(SystemClock().wall_ns()) - SLOT_NS
        for camera_no, audio in (("01", "aac"), ("02", "pcm_alaw")):
            film_past(box, camera_no, border_ns - 120 * SECOND, 120 + GAP[0], audio=audio)
            film_past(box, camera_no, border_ns + GAP[1] * SECOND, 120, audio=audio)
        authority = Path(box.installed.ca_path)
        (directory / "home").mkdir()
        with chromium(directory / "home", authority) as browser:
            page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-TW").new_page()
            grant = _open_viewing(box, page, border_ns)
            yield Scene(box, page, border_ns, grant)


def _open_viewing(box: Box, page: Page, border_ns: int) -> str:
    address = f"https://localhost:{box.port}"
    page.goto(address)
    page.fill("input[name=name]", OFFICER.name)
    page.fill("input[name=password]", OFFICER.password)
    page.click("main form button.primary")
    page.wait_for_url(f"{address}/")  # before the token is another: a page that was asked with the old one forgets it
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "__Host-sid")
    page.goto("about:blank")  # nothing asks with the old one any more
    both = str(box.call("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="", session=session)["session"])
    page.context.add_cookies(
        [each | {"value": both} for each in page.context.cookies() if each["name"] == "__Host-sid"]  # type: ignore[list-item]
    )
    case = life_of(box, both).viewing(["01", "02"], border_ns - 120 * SECOND, border_ns + 240 * SECOND)
    page.goto(f"{address}/cases/{case}")
    page.fill("#view-password", OFFICER.password)
    page.locator("form[action$='/view'] button").click()
    page.wait_for_url(f"{address}/viewing/*")
    page.wait_for_selector("or-player[data-ready=yes]")
    return page.url.rsplit("/", 1)[1]


def _seek(page: Page, at_ns: int) -> dict[str, Any]:
    found = page.evaluate("at => document.querySelector('or-player').seekTo(at)", str(at_ns))
    assert found is not None, "the seek was overtaken or fell into a gap"
    return dict(found)


_GRAB = """camera => {
  const video = document.querySelector(`[data-camera="${camera}"] video`);
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  return { width: canvas.width, height: canvas.height, at: video.currentTime,
           pixels: Array.from(pen.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 1)) };
}"""


def _burnt_clock(page: Page, camera: str) -> float:
    """The time that stands in the picture on the screen, in seconds since 1970."""
    grabbed = page.evaluate(_GRAB, camera)
    gray = np.array(grabbed["pixels"], np.uint8).reshape(grabbed["height"], grabbed["width"])
    return read_clock(gray)


def test_the_picture_is_the_asked_second_across_a_border_and_beside_a_gap(scene: Scene) -> None:
    border, page = scene.border_ns, scene.page
    for seconds in (-90.0, -0.5, 0.0, 0.5, 30.0, 59.0, 121.0, 200.0, -1.0, 239.0):
        _seek(page, border + int(seconds * SECOND))
        for camera in ("01", "02"):
            page.wait_for_function(
                "camera => document.querySelector(`[data-camera='${camera}'] video`).readyState >= 2", arg=camera
            )
            read = _burnt_clock(page, camera)
            assert abs(read - (border / 1e9 + seconds)) <= 2 * TENTH, f"camera {camera} at border {seconds:+} s"


def test_playing_crosses_the_border_without_a_halt(scene: Scene) -> None:
    page, border = scene.page, scene.border_ns
    page.evaluate("document.querySelector('or-player').playback.pause()")
    _seek(page, border - SECOND)
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function(
        "() => document.querySelector('[data-camera=\"01\"] video').currentTime > 121.5", timeout=120_000
    )
    page.evaluate("document.querySelector('or-player').playback.pause()")
    assert _burnt_clock(page, "01") > border / 1e9 + 1
    gap = page.evaluate("document.querySelector('or-player').playback.tracks[0].spans")
    assert [[round(edge) for edge in span] for span in gap] == [[0, 180], [240, 360]]


def test_playing_jumps_a_gap_and_goes_on_at_the_second_after_it(scene: Scene) -> None:
    page, border = scene.page, scene.border_ns
    _seek(page, border + (GAP[0] - 2) * SECOND)
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player').playback.position > 240.5", timeout=120_000)
    page.evaluate("document.querySelector('or-player').playback.pause()")
    assert _burnt_clock(page, "01") >= border / 1e9 + GAP[1]


def test_two_cameras_keep_one_clock(scene: Scene) -> None:
    page = scene.page
    _seek(page, scene.border_ns - 60 * SECOND)
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player').playback.drifts.length > 20", timeout=120_000)
    page.evaluate("document.querySelector('or-player').playback.pause()")
    drifts = page.evaluate("document.querySelector('or-player').playback.drifts.slice(-20)")
    assert statistics.median(abs(drift) for drift in drifts) < 0.3


def test_first_frames_after_seeks_come_and_are_measured(scene: Scene) -> None:
    """Prints p50 and p95; asserts only that every seek came to its frame (a timed test fails on a busy machine)."""
    page, border = scene.page, scene.border_ns
    page.evaluate("document.querySelector('or-player').playback.pause()")
    rng = np.random.default_rng(7)
    places = [*rng.uniform(-119, 58, 30), *rng.uniform(121, 238, 30)]
    took = sorted(_seek(page, border + int(at * SECOND))["milliseconds"] for at in rng.permutation(places))
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    print(f"\nfirst frame after a seek, {len(took)} seeks: p50 {p50:.0f} ms, p95 {p95:.0f} ms, max {took[-1]:.0f} ms")
    assert len(took) == 60


def test_sound_is_of_one_camera_at_a_time_and_off_until_asked_for(scene: Scene) -> None:
    page = scene.page
    muted = "() => [...document.querySelectorAll('or-player video')].map((video) => video.muted)"
    _seek(page, scene.border_ns - 60 * SECOND)
    assert page.evaluate(muted) == [True, True]
    page.locator("or-player").focus()
    page.keyboard.press("m")
    assert page.evaluate(muted) == [False, True]
    assert page.locator("[data-do=sound]").get_attribute("aria-pressed") == "true"
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player video').webkitAudioDecodedByteCount > 2000")
    page.evaluate("document.querySelector('or-player').playback.pause()")
    page.keyboard.press("2")
    assert page.evaluate(muted) == [True, False]
    page.keyboard.press("2")
    page.keyboard.press("m")
    assert page.evaluate(muted) == [True, True]


def test_every_key_of_the_player_does_what_the_page_says(scene: Scene) -> None:
    page, border = scene.page, scene.border_ns
    _seek(page, border - 60 * SECOND)
    page.locator("or-player").focus()

    def position() -> float:
        return float(page.evaluate("document.querySelector('or-player').playback.position"))

    before = position()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => document.querySelector('or-player').playback.position > {before + 4}")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function(f"() => document.querySelector('or-player').playback.position < {before - 30}")
    page.keyboard.press("n")
    page.wait_for_function("() => Math.abs(document.querySelector('or-player').playback.position - 180) < 0.5")
    at = position()
    page.keyboard.press("p")
    page.wait_for_function(f"() => document.querySelector('or-player').playback.position < {at - 10}")


def test_what_was_shown_is_in_the_ledger_inside_what_was_released(scene: Scene) -> None:
    session = scene.box.both_logged_in()
    entries = []
    while True:
        page = scene.box.call("ledger.list", session=session, start=len(entries), count=200)["entries"]
        entries += page
        if not page:
            break
    released: dict[str, list[tuple[int, int]]] = {}
    shown = 0
    for entry in entries:
        fields = entry["fields"]
        if entry["kind"] == "footage.released" and fields["grant"] == scene.grant:
            released.setdefault(fields["camera_no"], []).append((fields["start_ns"], fields["end_ns"]))
            assert fields["end_ns"] - fields["start_ns"] <= 20 * SECOND
        elif entry["kind"] == "footage.shown" and fields["grant"] == scene.grant:
            for span in fields["spans"]:
                shown += 1
                covered = _covered(released[span["camera_no"]], span["start_ns"], span["end_ns"])
                assert covered, f"{span} was shown before it was released"
    assert shown > 3


def _covered(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    at = start
    for low, high in sorted(spans):
        if low <= at < high:
            at = high
    return at >= end


def test_after_the_end_every_address_of_the_viewing_is_dead(scene: Scene) -> None:
    page = scene.page
    url = f"https://localhost:{scene.box.port}/viewing/{scene.grant}"
    fetch = "async url => (await fetch(url)).status"
    media = f"{url}/media?camera=01&start_ns={scene.border_ns}&seconds=2&codecs=h264"
    assert page.evaluate(fetch, media) == 200
    other = page.context.new_page()
    other.goto(url)
    other.wait_for_selector("or-player[data-ready=yes]")
    other.evaluate("document.querySelector('or-player').presence.stop()")  # by which it would find out later
    end_viewing(page, OFFICER.password)
    other.wait_for_selector("or-player[data-covered=ended]")
    for each in (page, other):
        assert each.locator("or-player video[src]").count() == 0
    assert page.evaluate(fetch, media) in (403, 404)
    assert page.evaluate(fetch, f"{url}/key?camera=01&at_ns={scene.border_ns}") in (403, 404)
