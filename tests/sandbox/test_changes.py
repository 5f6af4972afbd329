"""Where a region's pixels differ between key frames, by the code that runs in the confined child."""

from __future__ import annotations

import itertools

import pytest

from appliance.core.errors import Unavailable
from appliance.sandbox import changes
from appliance.sandbox.changes import ChangeFinder
from appliance.sandbox.protocol import CoveredArea, SearchKey, SearchOrder
from tests.sandbox.films import Film, film
from tests.sandbox.scenes import BAG, DOOR, room

SECOND_NS = 1_000_000_000


def keys_of(made: Film) -> list[tuple[int, bytes]]:
    return [(round(made.seconds(each) * SECOND_NS), each.data) for each in made.packets if each.is_key]


def compared(made: Film, region: dict[str, int], *areas: CoveredArea) -> list[bool]:
    """Of each key frame but the first, whether it differs from the one before."""
    finder, (stream,) = ChangeFinder(SearchOrder(**region)), made.streams.streams
    found = []
    for at_ns, data in keys_of(made):
        mine = tuple(area for area in areas if area.start_ns <= at_ns < area.end_ns)
        answer = finder.add(SearchKey(at_ns=at_ns, stream=stream, covered=mine), data)
        assert answer.seen
        found.append(answer.before)
    assert found[0] is None
    return [bool(each) for each in found[1:]]


def over(region: dict[str, int], start: float, end: float) -> CoveredArea:
    return CoveredArea(start_ns=round(start * SECOND_NS), end_ns=round(end * SECOND_NS), **region)


def test_a_bag_that_is_taken_is_one_change_and_noise_is_none() -> None:
    made = room(20, gone=11)
    assert compared(made, BAG) == [at == 12 for at in range(2, 20, 2)]
    assert not any(compared(made, DOOR)), "elsewhere nothing changed"


def test_the_noise_of_a_camera_is_no_change_however_far_apart() -> None:
    made = room(60)
    (stream,) = made.streams.streams
    for region in (BAG, DOOR, {"left": 0, "top": 0, "right": 1000, "bottom": 1000}):
        finder = ChangeFinder(SearchOrder(**region))
        for at_ns, data in keys_of(made):
            finder.add(SearchKey(at_ns=at_ns, stream=stream), data)
        pairs = itertools.combinations([at_ns for at_ns, _ in keys_of(made)], 2)
        assert not [pair for pair in pairs if finder.differ(*pair)]


def test_whoever_passes_is_seen_in_the_pictures_that_show_them() -> None:
    found = compared(room(20, passes=((7.5, 10.5),)), DOOR)
    assert found == [False, False, False, True, True, True, False, False, False]


def test_the_whole_picture_may_be_the_region() -> None:
    whole = {"left": 0, "top": 0, "right": 1000, "bottom": 1000}
    assert compared(room(20, gone=11), whole) == [at == 12 for at in range(2, 20, 2)]


def test_a_lamp_that_lights_all_of_the_picture_is_no_change_of_the_region() -> None:
    assert not any(compared(room(20, lamp=9), BAG))
    assert compared(room(20, lamp=9, gone=11), BAG) == [at == 12 for at in range(2, 20, 2)]


def test_T_26_what_lies_under_a_mask_is_compared_with_nothing() -> None:
    made = room(20, gone=11)
    assert not any(compared(made, BAG, over(BAG, 0, 20)))
    assert not any(compared(made, BAG, over(BAG, 8, 14))), "neither the mask's own edges in time"
    half = {**BAG, "right": 680}
    assert any(compared(made, BAG, over(half, 0, 20))), "the half that nothing lies over"
    assert not any(compared(made, half, over(half, 0, 20)))


def test_T_26_it_is_painted_over_before_it_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two locks: were the covered cells compared after all, they are black in both."""
    made = room(20, gone=11)
    seen = changes._seen
    monkeypatch.setattr(changes, "_seen", lambda place, rows, columns, areas: seen(place, rows, columns, ()))
    assert not any(compared(made, BAG, over(BAG, 0, 20)))


def test_key_frames_come_in_any_order() -> None:
    made = room(20, gone=11)
    finder, (stream,) = ChangeFinder(SearchOrder(**BAG)), made.streams.streams
    frames = dict(keys_of(made))
    answers = {}
    for second in (0, 18, 8, 12, 10):
        at_ns = second * SECOND_NS
        answers[second] = finder.add(SearchKey(at_ns=at_ns, stream=stream), frames[at_ns])
    assert [(answers[each].before, answers[each].after) for each in (0, 18, 8, 12, 10)] == [
        (None, None), (True, None), (False, True), (True, False), (False, True),
    ]  # fmt: skip
    assert finder.differ(10 * SECOND_NS, 12 * SECOND_NS)
    assert not finder.differ(0, 10 * SECOND_NS)
    assert not finder.differ(0, 1), "one that was not looked at"


def test_what_does_not_decode_is_left_out() -> None:
    finder, (stream,) = ChangeFinder(SearchOrder(**BAG)), room(4).streams.streams
    assert not finder.add(SearchKey(at_ns=0, stream=stream), b"\0\0\0\1\x65nothing").seen
    assert not finder.add(SearchKey(at_ns=1, stream=stream), b"").seen


@pytest.mark.parametrize("codec", ["hevc", "mjpeg"])
def test_other_codecs_are_compared_too(codec: str) -> None:
    """The lowest bits of a numbered film change with each picture, the highest never."""
    made = film(4, codec=codec)
    assert all(compared(made, {"left": 0, "top": 0, "right": 300, "bottom": 1000}))
    assert not any(compared(made, {"left": 700, "top": 0, "right": 1000, "bottom": 1000}))


def test_the_smallest_region_of_a_small_picture_has_pixels() -> None:
    made = room(4)
    for left, top in ((0, 0), (995, 995), (500, 333)):
        assert compared(made, {"left": left, "top": top, "right": left + 5, "bottom": top + 5}) == [False]


def test_no_more_pictures_are_kept_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_KEYS", 3)
    with pytest.raises(Unavailable, match="at most 3 pictures"):
        compared(room(20), BAG)
