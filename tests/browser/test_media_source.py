"""Responses in a real browser's media source: every kind of camera, appended and played to the end without a stall."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from appliance.core.model import Span, merge
from appliance.sandbox.protocol import Sample
from tests.browser.chromium import ARGUMENTS
from tests.sandbox.films import FPS, Film, film
from tests.sandbox.test_mux import ORIGIN_NS, SECOND_NS, response, samples_of

pytestmark = pytest.mark.browser

START = 3600.0
"""Where on the time line the film lies, in seconds: an hour into the granted minutes."""

_PLAY = """
async (responses) => {
  const video = document.createElement('video');
  document.body.append(video);
  video.muted = true;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise(done => source.addEventListener('sourceopen', done, {once: true}));
  let buffer = null;
  for (const [mime, data] of responses) {
    if (!MediaSource.isTypeSupported(mime)) return {error: 'not supported: ' + mime};
    if (buffer) buffer.changeType(mime); else buffer = source.addSourceBuffer(mime);
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    for (let at = 0; at < bytes.length; at += 20000) {
      const failed = await new Promise(done => {
        buffer.addEventListener('updateend', () => done(false), {once: true});
        buffer.addEventListener('error', () => done(true), {once: true});
        buffer.appendBuffer(bytes.subarray(at, at + 20000));
      });
      if (failed) return {error: 'append failed at byte ' + at};
    }
  }
  const ranges = [];
  for (let i = 0; i < buffer.buffered.length; i++) ranges.push([buffer.buffered.start(i), buffer.buffered.end(i)]);
  source.endOfStream();
  const times = [];
  const seen = (now, frame) => { times.push(frame.mediaTime); video.requestVideoFrameCallback(seen); };
  video.requestVideoFrameCallback(seen);
  video.currentTime = ranges[0][0];
  video.playbackRate = 4;
  let stalled = 0;
  const ahead = at => ranges.find(([start, end]) => start <= at && at < end)?.[1] - at;
  // A busy machine waits for its decoder; only a wait with nothing ahead is a hole.
  video.addEventListener('waiting', () => {
    const at = video.currentTime;
    if (at < ranges.at(-1)[1] - 0.3 && !(ahead(at) > 0.2)) stalled += 1;
  });
  const ended = new Promise(done => video.addEventListener('ended', () => done(true), {once: true}));
  await video.play();
  stalled = 0;
  const over = await Promise.race([ended, new Promise(done => setTimeout(() => done(false), 120000))]);
  // A callback with the last picture comes with a frame of the page, which may be after the end.
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const error = video.error ? video.error.message : '';
  video.remove();
  return {ranges, times, over, stalled, error};
}
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def play(page: Page, *responses: tuple[str, bytes]) -> dict[str, Any]:
    given = [[mime, base64.b64encode(mp4).decode()] for mime, mp4 in responses]
    found: dict[str, Any] = page.evaluate(_PLAY, given)
    assert not found.get("error"), found["error"]
    return found


def samples(made: Film) -> list[Sample]:
    return samples_of(made, ORIGIN_NS + int(START) * SECOND_NS)


def one_range(ranges: Sequence[Sequence[float]]) -> Span:
    """The buffered ranges as one, in milliseconds; fails when there is a hole."""
    whole = merge((Span(round(start * 1000), round(end * 1000)) for start, end in ranges), join_ns=1)
    assert len(whole) == 1, f"holes between {ranges}"
    return whole[0]


KINDS: dict[str, dict[str, Any]] = {
    "h264": {},
    "pictures out of order": {"b_frames": 2},
    "aac": {"sound": "aac"},
    "g.711": {"sound": "pcm_alaw"},
    "opus": {"sound": "opus"},
    "hevc": {"codec": "hevc", "sound": "aac"},
    "mjpeg": {"codec": "mjpeg"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_responses_are_one_range_and_play_through(page: Page, kind: str) -> None:
    made = film(4, **KINDS[kind])
    border_ns = ORIGIN_NS + (int(START) + 2) * SECOND_NS
    parts = [
        response(made.streams, [s for s in samples(made) if s.pts_ns < border_ns], end_ns=border_ns),
        response(made.streams, [s for s in samples(made) if s.pts_ns >= border_ns], end_ns=border_ns + 2 * SECOND_NS),
    ]
    found = play(page, *parts)
    span = one_range(found["ranges"])
    assert span.start_ns == pytest.approx(START * 1000, abs=70)
    assert span.end_ns == pytest.approx((START + 4) * 1000, abs=130)
    assert found["over"], "it stalled"
    assert found["stalled"] == 0
    assert all(abs((time - START) * FPS - round((time - START) * FPS)) < 0.01 for time in found["times"])
    assert max(found["times"]) > START + 2, "pictures of the second response were shown"


def test_pictures_left_out_across_fragments_lose_nothing_more(page: Page) -> None:
    """The trap of guessed lengths: a player that meets a late frame drops all up to the next key frame."""
    made = film(4)
    kept = [sample for index, sample in enumerate(samples(made)) if index % 10 not in (3, 4, 5, 6)]
    found = play(page, response(made.streams, kept, batch=1))
    one_range(found["ranges"])
    assert found["over"]
    rest = {round((time - START) * FPS) % 10 for time in found["times"]}
    assert rest & {7, 8, 9}, "the pictures after the hole are shown"


@pytest.mark.parametrize(("first", "last"), [(0.0, 1.0), (2.5, 4.0), (1.0, 1.5), (0.0, 0.0)])
def test_the_picture_does_not_wait_for_sound_that_is_not_there(page: Page, first: float, last: float) -> None:
    made = film(4, sound="aac")
    begin = ORIGIN_NS + int(START) * SECOND_NS
    kept = [s for s in samples(made) if s.stream == 0 or first <= (s.pts_ns - begin) / SECOND_NS < last]
    found = play(page, response(made.streams, kept))
    span = one_range(found["ranges"])
    assert span.end_ns - span.start_ns == pytest.approx(4000, abs=130)
    assert found["over"]
    assert found["stalled"] == 0


def test_a_response_may_be_appended_anywhere_and_lands_at_its_place(page: Page) -> None:
    """The later one first: each says itself where it belongs."""
    made = film(4)
    border_ns = ORIGIN_NS + (int(START) + 2) * SECOND_NS
    parts = [
        response(made.streams, [s for s in samples(made) if s.pts_ns >= border_ns]),
        response(made.streams, [s for s in samples(made) if s.pts_ns < border_ns], end_ns=border_ns),
    ]
    span = one_range(play(page, *parts)["ranges"])
    assert (span.start_ns, span.end_ns) == (START * 1000, START * 1000 + 4000)
