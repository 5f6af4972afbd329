"""When cameras are looked at: evenly, each third time with more, sooner where something is wrong, never in a heap."""

from __future__ import annotations

from collections import Counter

from appliance.selftest.schedule import EVERY_NS, Schedule

S = 1_000_000_000
CAMERAS = [f"{number:02}" for number in range(1, 17)]


def _looks(
    schedule: Schedule, first: int, last: int, cameras: list[str], *, answered: bool = True
) -> list[tuple[int, str, bool]]:
    found = []
    for second in range(first, last):
        for due in schedule.due(cameras, second * S):
            found.append((second, due.camera_no, due.whole))
            if answered:
                schedule.came(due.camera_no)
    return found


def test_sixteen_cameras_are_spread_over_the_twenty_seconds() -> None:
    looks = _looks(Schedule(), 0, 600, CAMERAS)
    assert all(29 <= count <= 30 for count in Counter(no for _, no, _ in looks).values())
    assert max(Counter(second for second, _, _ in looks).values()) <= 2
    assert sum(whole for *_, whole in looks) == len(CAMERAS) * 10


def test_what_seems_wrong_is_looked_at_again_in_five_seconds_with_more() -> None:
    schedule = Schedule()
    (first, *_) = _looks(schedule, 0, 1, ["01"])
    schedule.hurry("01", 1 * S)
    assert [(second, whole) for second, _, whole in _looks(schedule, 1, 30, ["01"])] == [(6, True), (26, False)]
    assert first == (0, "01", True)


def test_one_that_does_not_come_is_not_asked_for_on_and_on() -> None:
    looks = _looks(Schedule(), 0, 120, ["01"], answered=False)
    assert 3 <= len(looks) <= 4


def test_all_are_due_when_a_person_asks() -> None:
    schedule = Schedule()
    _looks(schedule, 0, 60, CAMERAS)
    schedule.now()
    assert {no for _, no, whole in _looks(schedule, 60, 61, CAMERAS) if whole} == set(CAMERAS)


def test_a_camera_that_went_begins_anew_when_it_is_back() -> None:
    schedule = Schedule()
    _looks(schedule, 0, 30, ["01", "02"])
    assert {no for _, no, _ in _looks(schedule, 30, 60, ["02"])} == {"02"}
    assert _looks(schedule, 60, 61, ["01", "02"])[0] == (60, "01", True)


def test_a_machine_that_slept_does_not_catch_up() -> None:
    schedule = Schedule()
    _looks(schedule, 0, 20, ["01"])
    assert len(_looks(schedule, 10_000, 10_020, ["01"])) <= 2 * 20 * S // EVERY_NS
