"""The player's reader of fragments, ``frames.js``, over fragments that the darkroom and libav made: the times that it
reads are those of the pictures as a decoder gives them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, sync_playwright

import appliance.web
from tests.browser.chromium import ARGUMENTS
from tests.sandbox.films import FPS, film, read
from tests.sandbox.test_mux import ORIGIN_NS, SECOND_NS, response, samples_of
from tests.web.clip import FPS as CLIP_FPS
from tests.web.clip import clip, footage

pytestmark = pytest.mark.browser

_MODULE = Path(appliance.web.__file__).parent / "static" / "player" / "frames.js"
_FRAME = 1 / FPS


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    source = base64.b64encode(_MODULE.read_bytes()).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS)
        opened = browser.new_page()
        opened.evaluate(f"import('data:text/javascript;base64,{source}').then((it) => {{ window.it = it; }})")
        yield opened
        browser.close()


def times(page: Page, *responses: bytes, piece: int = 20_000, then: str = "times.frames") -> Any:
    """What ``then`` gives once the table has read ``responses``, ``piece`` bytes at a time."""
    script = f"""([responses, piece]) => {{
      const times = new it.FrameTimes();
      for (const each of responses) {{
        const [reader, bytes] = [times.reader(), Uint8Array.from(atob(each), (c) => c.charCodeAt(0))];
        for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
      }}
      return {then};
    }}"""
    return page.evaluate(script, [[base64.b64encode(each).decode() for each in responses], piece])


KINDS: dict[str, dict[str, Any]] = {
    "h264": {},
    "pictures out of order": {"b_frames": 2},
    "with sound": {"sound": "aac"},
    "converted": {"codec": "mjpeg"},
    "hevc": {"codec": "hevc", "sound": "pcm_alaw"},
}


@pytest.mark.parametrize("piece", [1, 977, 1 << 20])
@pytest.mark.parametrize("kind", KINDS)
def test_the_times_are_those_of_the_decoded_pictures_whatever_pieces_the_bytes_come_in(
    page: Page, kind: str, piece: int
) -> None:
    made = film(3, **KINDS[kind])
    start_ns = ORIGIN_NS + 3600 * SECOND_NS + 479_000_000
    _, mp4 = response(made.streams, samples_of(made, start_ns), codecs=("h264", "hevc"))
    found = times(page, mp4, piece=piece)
    shown = [at for at, _ in read(mp4).pictures]
    assert len(shown) == 30
    assert [start for start, _ in found] == pytest.approx(shown, abs=1e-6)
    assert found[-1][1] == pytest.approx(shown[-1] + _FRAME, abs=0.002)


@pytest.mark.parametrize("kind", ["h264", "pictures out of order"])
def test_footage_that_is_fetched_anew_takes_the_place_of_what_was_there(page: Page, kind: str) -> None:
    made = film(4, **KINDS[kind])
    whole = response(made.streams, samples_of(made))[1]
    expected = [at for at, _ in read(whole).pictures]
    assert [start for start, _ in times(page, whole, whole)] == pytest.approx(expected, abs=1e-6)


def test_footage_that_is_fetched_anew_with_other_times_leaves_none_of_the_former_between(page: Page) -> None:
    made = film(4)
    whole = response(made.streams, samples_of(made))[1]
    moved = response(made.streams, samples_of(made, ORIGIN_NS + 30_000_000))[1]
    expected = [at for at, _ in read(whole).pictures]
    assert [start for start, _ in times(page, moved, whole)] == pytest.approx(expected, abs=1e-6)


def test_fragments_that_leave_lengths_to_their_head_are_read_too(page: Page) -> None:
    """As libav writes them, and the doubles' footage with it."""
    data = clip().head + b"".join(data for _, _, data in footage(0, 30.0, 34.0))
    starts = [start for start, _ in times(page, data)]
    assert starts == pytest.approx([30 + number / CLIP_FPS for number in range(4 * CLIP_FPS)], abs=1e-6)


def test_a_moment_belongs_to_the_frame_that_began_last_and_is_sought_inside_it(page: Page) -> None:
    made = film(3)
    data = response(made.streams, samples_of(made, ORIGIN_NS + 59_079_000_000))[1]
    moments = [59.979, 60.0, 60.0785, 60.079, 59.0785, 55.0, 62.1, 70.0]
    then = f"[times.at, times.inside].map((one) => {json.dumps(moments)}.map((moment) => one.call(times, moment)))"
    at, inside = times(page, data, then=then)
    begins = [round(frame[0], 4) if frame else None for frame in at]
    assert begins == [59.979, 59.979, 59.979, 60.079, None, None, 61.979, None]
    sought = [None if moment is None else round(moment, 4) for moment in inside]
    assert sought == [59.981, 60.0, 60.081, 60.081, 59.0785, None, None, None]


@pytest.mark.parametrize("data", [bytes(64), b"\0\0\0\x20moof\0\0\0\x40traf" + bytes(64)])
def test_what_is_no_fragment_is_refused(page: Page, data: bytes) -> None:
    with pytest.raises(Error, match="fragment: "):
        times(page, data)
