"""The player in Firefox and in WebKit: the time of the frame on the screen is read from the fragments, because these
two give the moment that was sought as the time of the frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.protocol.transport import Client
from tests.browser.other_browsers import BROWSERS, OtherBrowser, open_browser
from tests.web.clip import FPS, SECONDS
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

SECOND = 1_000_000_000
FILM = FPS * SECONDS
BAR_PLACES = 150
"""The bar in the picture of frame n is where it is in that of n + 150 (see ``tests.web.clip``)."""

_PLAYED_AT_MOST = 12
"""A full machine shows few of the frames; each round shows others."""

_BAR = """(() => {
  const video = b.tracks[0].video;
  const canvas = new OffscreenCanvas(640, 360);
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 640, 360);
  const row = pen.getImageData(0, 275, 640, 1).data;
  for (let x = 0; x < 640; x += 1) if (row[4 * x] > 170 && row[4 * x + 2] > 150) return Math.round(x / 4);
  return null;
})()"""
_COVERED = """(() => {
  const { canvas } = b.tracks[0].masks;
  const pen = canvas.getContext("2d");
  return pen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3] === 255;
})()"""


@pytest.fixture(scope="module", params=BROWSERS)
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherBrowser]:
    with open_browser(request.param, tmp_path_factory.mktemp("home") / request.param) as browser:
        yield browser


def open_viewing(
    browser: OtherBrowser, site: RunningSite, purpose: str = "viewing", cameras: tuple[str, ...] = ("1-01",)
) -> None:
    client = Client(site.settings.layout.socket("keeper"))
    try:
        session = None
        for name in ("officer", "head"):
            head = client.call("login", name=name, password=PASSWORDS[name], totp="", session=session).head
            session = head["session"]
        case = client.call(
            "case.receive", session=session, act="1" * 32, reason="遺失皮夾", cameras=list(cameras), start_ns=START_NS,
            end_ns=START_NS + 600 * SECOND,
        ).head["case"]  # fmt: skip
        client.call("case.decide", session=session, act="2" * 32, case=case, result="granted", reason="", seat=2,
                    password=PASSWORDS["head"])  # fmt: skip
        grant = client.call("viewing.open", session=session, case=case, seat=1, password=PASSWORDS["officer"],
                            purpose=purpose).head["grant"]  # fmt: skip
    finally:
        client.close()
    browser.open(f"{site.address}/login")
    assert session is not None
    browser.add_cookie("__Host-sid", session)
    browser.open(f"{site.address}/viewing/{grant}")
    browser.until("p?.dataset.ready === 'yes'")


def seek(browser: OtherBrowser, seconds: float) -> float:
    """Goes there; the time of the frame as the player says it."""
    found: dict[str, Any] = browser.ask("p.seekTo(a)", str(START_NS + round(seconds * SECOND)))
    return float(found["mediaTime"])


def frame_seen(browser: OtherBrowser) -> int:
    """Which frame it is by the bar in the picture itself."""
    return int(browser.ask(_BAR))


def bar_of(number: int) -> int:
    return number % FILM % BAR_PLACES


def test_the_time_said_is_that_of_the_frame_on_the_screen(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(elsewhere, site)
    for seconds in (30.0, 30.01, 30.0395, 30.04, 30.039, 127.775, 40.02, 39.98, 40.0):
        said = seek(elsewhere, seconds)
        number = round(said * FPS)
        assert said * FPS == pytest.approx(number, abs=0.001), seconds
        assert number == int((seconds + 0.001) * FPS + 1e-6), "a frame that begins within a millisecond counts"
        assert frame_seen(elsewhere) == bar_of(number), seconds
    already = len(keeper.told("viewing.shown"))
    seek(elsewhere, 30.03)
    elsewhere.until("p.querySelector('.now-clock').textContent === '14:00:30.000'")
    elsewhere.ask("p.shown.flush()")
    told = [span["start_ns"] - START_NS for call in keeper.told("viewing.shown")[already:] for span in call["spans"]]
    assert told[-1] / SECOND == pytest.approx(30.0, abs=1e-5)


def test_T_26_a_mask_lies_on_every_frame_that_began_in_it_after_any_seek(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    whole = {"number": 1, "camera_no": "1-01", "left": 0, "top": 0, "right": 1000, "bottom": 1000}
    keeper.masks = [whole | {"start_ns": START_NS + 30 * SECOND, "end_ns": START_NS + 40 * SECOND + 20_000_000}]
    open_viewing(elsewhere, site)
    for seconds, covered in (
        (29.98, False), (30.0, True), (39.99, True), (40.0, True), (40.019, True), (40.02, True), (40.025, True),
        (40.03, True), (40.038, True), (40.04, False), (40.06, False), (40.03, True),
    ):  # fmt: skip
        said = seek(elsewhere, seconds)
        assert elsewhere.ask(_COVERED) == covered, seconds
        assert frame_seen(elsewhere) == bar_of(round(said * FPS)), seconds
    seek(elsewhere, 60.0)
    seek(elsewhere, 40.03)
    assert elsewhere.ask(_COVERED), "also where the frame was fetched anew"


def _played_through(browser: OtherBrowser) -> list[tuple[int | None, bool]]:
    """Of each frame that was seen between 40 and 43.5 s: where its bar is, and whether it was covered."""
    seek(browser, 40.0)
    browser.ask(f"""(() => {{
      window.seen = [];
      const look = () => {{
        window.seen.push([{_BAR}, {_COVERED}]);
        if (b.position < 44) b.tracks[0].video.requestVideoFrameCallback(look);
      }};
      b.tracks[0].video.requestVideoFrameCallback(look);
      b.play();
    }})()""")
    browser.until("b.position > 43.5")
    browser.ask("p.pause()")  # may come late: five seconds on, the same bar stands for another frame
    return [(place, covered) for place, covered in browser.ask("window.seen")]


def test_T_26_while_playing_no_frame_of_a_mask_stands_there_bare(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    whole = {"number": 1, "camera_no": "1-01", "left": 0, "top": 0, "right": 1000, "bottom": 1000}
    keeper.masks = [whole | {"start_ns": START_NS + 41 * SECOND, "end_ns": START_NS + 42 * SECOND + 20_000_000}]
    open_viewing(elsewhere, site)
    masked = range(bar_of(41 * FPS), bar_of(42 * FPS) + 1)
    seen = list[tuple[int | None, bool]]()
    for _ in range(_PLAYED_AT_MOST):
        seen += _played_through(elsewhere)
        if len({place for place, _ in seen if place in masked}) > 3:
            break
    assert len({place for place, _ in seen if place in masked}) > 3
    assert [place for place, covered in seen if place in masked and not covered] == []
    assert any(not covered for _, covered in seen), "before and after it the picture is seen"


def test_a_step_goes_one_frame_on_and_one_back(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(elsewhere, site)
    seek(elsewhere, 30.03)
    number = 30 * FPS
    for key, step in ((".", 1), (".", 1), (",", -1), (",", -1), (",", -1), (".", 1)):
        number += step
        elsewhere.press(key)
        elsewhere.until(f"!b.tracks[0].seeking && Math.abs(b.tracks[0].lastFrame * {FPS} - {number}) < 0.01")
        assert frame_seen(elsewhere) == bar_of(number)


def test_a_mask_from_here_begins_with_the_frame_on_the_screen_and_one_to_here_includes_it(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    keeper.masks = []
    open_viewing(elsewhere, site, purpose="masking")
    for seconds, name, value in ((30.03, "from", "14:00:30.000"), (40.01, "to", "14:00:40.040")):
        seek(elsewhere, seconds)
        elsewhere.ask(f"document.querySelector('[data-mask={name}-here]').click()")
        assert elsewhere.ask(f"document.querySelector('#mask-{name}').value") == value


def play_two(browser: OtherBrowser, site: RunningSite) -> None:
    """Two cameras, a second into the film."""
    open_viewing(browser, site, cameras=("1-01", "1-02"))
    browser.ask("b.play()")
    browser.until("b.position > 1")


def test_a_camera_alone_that_did_not_lead_plays_on(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    play_two(elsewhere, site)
    elsewhere.press("2")
    began = elsewhere.ask("b.position")
    elsewhere.until(f"b.position > {began + 3} && b.tracks[1].lastFrame > {began + 2}")
    elsewhere.press("2")
    elsewhere.until(f"b.tracks.every((track) => track.lastFrame > {began + 4})")
    elsewhere.ask("p.pause()")


def test_asking_for_sound_never_stops_the_picture_and_a_refusal_is_said(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    """By a script, which is no gesture: a browser may refuse it."""
    play_two(elsewhere, site)
    elsewhere.ask("document.querySelector('[data-do=sound]').click()")
    began = elsewhere.ask("b.position")
    elsewhere.until(f"b.position > {began + 3}")
    refused = elsewhere.ask("!p.sound.on")
    assert not refused or "聲音" in elsewhere.ask("document.querySelector('[data-say]').textContent")
    elsewhere.ask("p.pause()")


def test_a_speed_unmutes_no_camera_that_is_not_heard(
    elsewhere: OtherBrowser, site: RunningSite, keeper: KeeperDouble
) -> None:
    open_viewing(elsewhere, site, cameras=("1-01", "1-02"))
    elsewhere.ask("b.play()")
    for rate in (2, 0.5):
        elsewhere.ask(f"b.setRate({rate})")
        elsewhere.until(f"Math.abs(b.tracks[1].video.playbackRate - {rate}) < {rate} * 0.12")
        assert elsewhere.ask("b.tracks.every((track) => track.video.muted && track.video.volume === 0)")
    elsewhere.ask("p.pause()")
