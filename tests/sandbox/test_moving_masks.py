"""A mask that moves: nothing of what it follows is in any picture, and no more is covered than it sweeps (``T-26``)."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest

from appliance.core.motion import swept
from appliance.sandbox.mux import Response
from appliance.sandbox.picture import draw
from appliance.sandbox.protocol import CoveredArea, Opening, PictureOrder, Sample
from tests.sandbox.films import FPS, VIDEO_BASE, Film
from tests.sandbox.moving import GONE, HEIGHT, PICTURES, WIDTH, followed, moving, passed

ORIGIN_NS = 7_000_000_000
SECOND_NS = 1_000_000_000
CODECS = [("h264", 0), ("h264", 3), ("hevc", 0), ("hevc", 3), ("mjpeg", 0)]


def following(origin_ns: int = ORIGIN_NS) -> CoveredArea:
    positions = followed(origin_ns)
    first, last = positions[0].at_ns, positions[-1].at_ns
    left, top, right, bottom = swept(positions, first, last)
    return CoveredArea(start_ns=first, end_ns=last, left=left, top=top, right=right, bottom=bottom, positions=positions)


def through(made: Film, *areas: CoveredArea, lost: int | None = None) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """The brightness of each picture that leaves the darkroom. ``lost``: the picture whose packet never came."""
    response = Response(Opening(streams=made.streams, origin_ns=ORIGIN_NS, covered=areas))
    mp4 = b""
    for each in made.packets:
        at, decoded = (ORIGIN_NS + ticks * SECOND_NS // VIDEO_BASE[1] for ticks in (each.pts, each.dts))
        if lost is None or each.pts != lost * VIDEO_BASE[1] // FPS:
            mp4 += response.push([Sample(0, each.data, at, decoded, 0, each.is_key)]).data
    mp4 += response.finish(ORIGIN_NS + PICTURES * SECOND_NS // FPS).data
    with av.open(io.BytesIO(mp4)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def black(grey: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """How many pixels are covered."""
    return int((grey < 40).sum())


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
def test_T_26_what_a_mask_follows_is_in_no_picture_and_the_rest_is(codec: str, b_frames: int) -> None:
    made, mask = moving(codec, b_frames), following()
    bare = through(made)
    assert all(int(grey.max()) > 200 for grey in bare), "it is in every picture"
    shown = through(made, mask)
    assert len(shown) == PICTURES
    for number, grey in enumerate(shown):
        assert int(grey.max()) <= GONE, f"picture {number}"
        left, top, right, bottom = passed(number / FPS, (number + 1) / FPS)
        most = ((right - left) * WIDTH / 1000 + 6) * ((bottom - top) * HEIGHT / 1000 + 6)
        assert black(grey) <= most, f"picture {number}: no more than it sweeps until the next one"


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
def test_T_26_all_is_covered_that_it_sweeps_before_the_next_picture_is_taken(codec: str, b_frames: int) -> None:
    shown = through(moving(codec, b_frames, blurred=True), following())
    assert [number for number, grey in enumerate(shown) if int(grey.max()) > GONE] == []


def test_T_26_both_halves_of_an_interlaced_picture_are_covered() -> None:
    made = moving("h264", interlaced=True)
    assert all(int(grey.max()) > 200 for grey in through(made))
    assert [number for number, grey in enumerate(through(made, following())) if int(grey.max()) > GONE] == []


@pytest.mark.parametrize(("codec", "b_frames"), [each for each in CODECS if each[0] != "mjpeg"])
@pytest.mark.parametrize("lost", [3, 14, 17, 22, 28])
def test_T_26_where_a_packet_is_lost_all_is_covered_where_it_was_since_the_last_whole_key_picture(
    codec: str, b_frames: int, lost: int
) -> None:
    """A decoder goes on with what it has, and leaves it standing where it was."""
    shown = through(moving(codec, b_frames), following(), lost=lost)
    assert [number for number, grey in enumerate(shown) if int(grey.max()) > GONE] == []
    if lost < 28:  # of pictures out of order, what follows the last key may be noticed behind it
        assert black(shown[-1]) < WIDTH * HEIGHT / 3, "a key picture ends the doubt"


def test_T_26_without_the_doubt_a_lost_packet_would_show_it() -> None:
    """What the test above rests on: the decoder does show it beside the mask of the moment."""
    shown = through(moving("h264"), lost=17)
    beside = []
    for number, grey in enumerate(shown):
        at = (number + (number >= 17)) / FPS
        left, top, right, bottom = passed(at, at + 1 / FPS)
        rest = grey.copy()
        rows = slice(int(top * HEIGHT / 1000), int(bottom * HEIGHT / 1000) + 1)
        rest[rows, int(left * WIDTH / 1000) : int(right * WIDTH / 1000) + 1] = 0
        beside.append(int(rest.max()))
    assert max(beside[17:30]) > GONE


def test_a_mask_that_moves_and_one_that_stands_lie_over_one_picture() -> None:
    still = CoveredArea(start_ns=0, end_ns=1 << 60, left=0, top=900, right=100, bottom=1000)
    for grey in through(moving("h264"), following(), still):
        assert int(grey.max()) <= GONE
        assert int(grey[-16:, :30].max()) < 40


def test_T_26_the_last_picture_of_a_stretch_is_covered_as_if_another_followed() -> None:
    made = moving("h264", blurred=True)
    only = Film(made.streams, made.packets[:6])
    shown = through(only, following())
    assert len(shown) == 6
    assert [number for number, grey in enumerate(shown) if int(grey.max()) > GONE] == []


def test_a_key_picture_is_covered_by_the_rectangles_that_it_is_given() -> None:
    made, mask = moving("h264"), following()
    place = mask.positions[0]
    still = CoveredArea(start_ns=0, end_ns=1, left=place.left, top=place.top, right=place.right, bottom=place.bottom)
    jpeg = draw(PictureOrder(stream=made.streams.streams[0], covered=(still,)), made.packets[0].data)
    with av.open(io.BytesIO(jpeg)) as picture:
        grey = next(picture.decode(video=0)).to_ndarray(format="gray")
    assert int(grey.max()) <= GONE
    assert black(grey) < WIDTH * HEIGHT / 4
