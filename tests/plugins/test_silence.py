"""How long a camera may be without a picture."""

from __future__ import annotations

from appliance.plugins.sources.silence import Silence

SECOND = 1_000_000_000


def _after(*seen: tuple[float, int], seconds: float = 4.0) -> float:
    silence = Silence(seconds)
    for at, pictures in seen:
        silence.saw(int(at * SECOND), pictures)
    return silence.most_ns / SECOND


def test_the_first_pictures_are_waited_for_until_it_shows_how_often_they_come() -> None:
    assert _after() == _after((100, 1), (105, 1), (110, 1)) == 15
    assert _after((100, 1), (100.2, 1), (100.4, 1), (100.6, 1)) == 4
    assert _after((100, 1), (100.2, 4)) == 4
    assert _after((100, 8)) == 15, "what a camera has kept for whoever asks says nothing of its ways"


def test_a_camera_that_sends_now_and_then_is_given_three_times_that() -> None:
    assert _after(*((100 + 5 * number, 1) for number in range(10))) == 15
    assert _after(*((100 + 8 * number, 2) for number in range(10))) == 24, "two together, then nothing"
    assert _after(*((100 + 40 * number, 1) for number in range(10))) == 60, "and no more than a minute"


def test_a_single_pause_is_none_of_its_ways_and_the_setting_is_what_it_has_at_least() -> None:
    assert _after((100, 1), (103, 1), (103.04, 1), (103.08, 1)) == 4
    assert _after((100, 1), (100.1, 8), seconds=30.0) == _after(seconds=30.0) == 30
