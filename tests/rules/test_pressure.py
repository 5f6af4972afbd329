"""The ladder of disk pressure: in order, one step at a time, least important first, back when there is room again."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.model import Camera
from appliance.rules.pressure import (
    NORMAL,
    REDUCED,
    STOPPING,
    TARGET_LOST,
    DiskSpace,
    Ladder,
    Relief,
    first_to_stop,
    marks,
    records_reserve,
    relief_of,
    step,
)

SECOND = 1_000_000_000
GB = 10**9
DAY = 100 * GB
TOTAL = 4000 * GB
MARKS = marks(TOTAL, DAY)


def camera(number: str, priority: int = 100) -> Camera:
    return Camera(camera_no=number, location="x", source="testcard", priority=priority)


CAMERAS = (camera("01", 10), camera("02", 30), camera("03", 20))


def room(free: int, eligible: int = 0, *, day: int = DAY) -> DiskSpace:
    return DiskSpace(free, TOTAL, eligible, day)


def fill(start: int, rate_at: list[float], seconds: int = 2, eligible: int = 0) -> tuple[list[Ladder], list[int]]:
    """Writes on from ``start`` free bytes until nothing is written any more; a ladder and the free bytes each look.
    ``rate_at``: the share of full writing at each level."""
    ladder, free, now, seen, left = Ladder(), start, 0, [Ladder()], [start]
    for _ in range(200_000):
        ladder = step(ladder, room(free, eligible), len(CAMERAS), now)
        now += seconds * SECOND
        free -= int(DAY / 86_400 * seconds * rate_at[ladder.level])
        seen.append(ladder)
        left.append(free)
        if not rate_at[ladder.level]:
            break
    return seen, left


def test_at_19_the_rungs_come_in_order_and_footage_alone_never_fills_the_disk() -> None:
    seen, left = fill(150 * GB, [1.0, 1.0, 0.3, 0.2, 0.1, 0.0])
    order = [now.level for before, now in itertools.pairwise(seen) if now.level != before.level]
    assert order == [1, 2, 3, 4, 5]
    assert min(left) > MARKS.reserve, "what destruction itself needs was never touched"


def test_the_marks_are_a_day_six_hours_and_two_hours_of_writing_above_the_reserve() -> None:
    assert (MARKS.target, MARKS.reduce, MARKS.stop) == (
        MARKS.reserve + DAY,
        MARKS.reserve + DAY // 4,
        MARKS.reserve + DAY // 12,
    )
    small = marks(256 << 20, DAY)
    assert 256 << 20 > small.target > small.reduce > small.stop > small.reserve > records_reserve(256 << 20, 1 << 28)


def test_t_10_eligible_footage_keeps_recording_whole_and_only_the_target_is_given_up() -> None:
    ladder = Ladder()
    for look in range(1000):
        ladder = step(ladder, room(MARKS.reserve, eligible=2 * DAY), len(CAMERAS), look * SECOND)
    assert ladder.rung == TARGET_LOST
    assert relief_of(ladder, CAMERAS) == Relief()


def test_what_is_eligible_and_does_not_go_is_no_room_any_more() -> None:
    ladder = Ladder()
    for look in range(3):
        ladder = step(ladder, room(MARKS.reserve - 1, eligible=2 * DAY), len(CAMERAS), look * SECOND)
    assert ladder.rung == STOPPING


def test_t_10_untrusted_time_makes_nothing_eligible_and_recording_steps_down() -> None:
    ladder = Ladder()
    for look in range(3):
        ladder = step(ladder, room(MARKS.reduce - 1, eligible=0), len(CAMERAS), look * SECOND)
    assert ladder.rung == REDUCED


def test_the_highest_priority_number_stops_first_and_the_last_camera_number_of_two_alike() -> None:
    assert first_to_stop(CAMERAS) == ["02", "03", "01"]
    assert first_to_stop([camera("1"), camera("2")]) == ["2", "1"]
    assert relief_of(Ladder(level=STOPPING), CAMERAS) == Relief(reduced=True, stopped=("02",))
    assert relief_of(Ladder(level=STOPPING + 1), CAMERAS).stopped == ("02", "03")


def test_no_second_camera_stops_when_one_was_enough() -> None:
    ladder = Ladder(level=REDUCED, day_bytes=DAY)
    at = MARKS.stop - 1
    for look in range(10_000):
        ladder = step(ladder, room(at), len(CAMERAS), look * SECOND)
    assert ladder.level == STOPPING


def test_a_sudden_loss_of_room_stops_one_camera_at_a_time_unless_two_minutes_are_left() -> None:
    ladder = Ladder(level=REDUCED, day_bytes=DAY)
    levels = []
    for look in range(40):
        ladder = step(ladder, room(MARKS.reserve + DAY // 700), len(CAMERAS), look * SECOND)
        levels.append(ladder.level)
    assert levels[:31] == [STOPPING] * 30 + [STOPPING + 1], "the second waits half a minute for the first to show"
    ladder = Ladder(level=REDUCED, day_bytes=DAY)
    levels = []
    for look in range(4):
        ladder = step(ladder, room(MARKS.reserve), len(CAMERAS), look * SECOND)
        levels.append(ladder.level)
    assert levels == [3, 4, 5, 5], "nothing waits, and still they stop one after another"


def test_recovery_goes_back_the_same_way_a_minute_a_step() -> None:
    ladder, levels, now = Ladder(level=5, day_bytes=DAY), [5], 0
    while ladder.level:
        now += SECOND
        ladder = step(ladder, room(2 * DAY), len(CAMERAS), now)
        if ladder.level != levels[-1]:
            levels.append(ladder.level)
    assert levels == [5, 4, 3, 2, 1, 0]
    assert now >= 5 * 60 * SECOND


def test_room_at_the_mark_itself_makes_nothing_flicker() -> None:
    ladder, changes = Ladder(), 0
    for look in range(20_000):
        before = ladder
        wobble = DAY // 50 if look % 2 else -DAY // 50
        ladder = step(ladder, room(MARKS.reduce + wobble), len(CAMERAS), look * 30 * SECOND)
        changes += ladder.level != before.level
    assert changes == 2


def test_less_written_because_less_is_recorded_does_not_make_the_disk_look_large() -> None:
    ladder = Ladder()
    for look in range(3):
        ladder = step(ladder, room(MARKS.reduce - 1), len(CAMERAS), look * SECOND)
    for look in range(3, 2000):
        ladder = step(ladder, room(MARKS.reduce - 1, day=DAY // 20), len(CAMERAS), look * SECOND)
    assert (ladder.rung, ladder.day_bytes) == (REDUCED, DAY)


def test_an_office_without_cameras_has_nothing_to_stop() -> None:
    ladder = Ladder()
    for look in range(10):
        ladder = step(ladder, DiskSpace(0, TOTAL, 0, 0), 0, look * SECOND)
    assert (ladder.rung, relief_of(ladder, ())) == (REDUCED, Relief(reduced=True))


@given(
    looks=st.lists(st.tuples(st.integers(0, 200 * GB), st.integers(0, 100 * GB), st.integers(0, 120)), max_size=60),
    cameras=st.integers(0, 16),
)
def test_every_look_moves_one_level_at_most_and_stays_on_the_ladder(
    looks: list[tuple[int, int, int]], cameras: int
) -> None:
    ladder, now = Ladder(), 0
    for free, eligible, seconds in looks:
        now += seconds * SECOND
        after = step(ladder, room(free, eligible), cameras, now)
        assert abs(after.level - ladder.level) <= 1
        assert NORMAL <= after.level <= REDUCED + cameras
        ladder = after
