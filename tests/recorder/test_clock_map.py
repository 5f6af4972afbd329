"""The clock map: near the truth under jitter and drift, never shaken by more than its slew, and awake to real jumps."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.recorder.camera.clock_map import JUMP_NS, LATE_NS, SLEW_NS, WINDOW_NS, ClockMap

MS, S = 1_000_000, 1_000_000_000
T0 = 1_700_000_000 * S
FRAME_NS = 40 * MS


class Line:
    """A camera of 25 pictures a second, seen through a map that settles every half second."""

    def __init__(self, *, ppm: int = 0, media_start_ns: int = 0) -> None:
        self.map = ClockMap()
        self.ppm, self.media_start_ns = ppm, media_start_ns
        self.captured_ns = T0
        self.jumps: list[int] = []
        self.errors: list[int] = []
        """Mapped time minus capture time of each picture, at its fragment's offset."""
        self.offsets: list[int] = []
        self._media: list[tuple[int, int]] = []
        self._opened_ns = T0

    def picture(self, delay_ns: int = 0, *, media_shift_ns: int = 0) -> None:
        elapsed = self.captured_ns - T0
        media = self.media_start_ns + elapsed + elapsed * self.ppm // 1_000_000 + media_shift_ns
        arrival = self.captured_ns + delay_ns
        jump = self.map.observe(media, arrival)
        if jump:
            self.jumps.append(jump)
            self.settle()
            self.map.reset()
            assert self.map.observe(media, arrival) == 0, "what anchors a map cannot be a jump"
            self.offsets.clear()
        if self._media and arrival >= self._opened_ns + S // 2:
            self.settle()
        if not self._media:
            self._opened_ns = arrival
        self._media.append((media, self.captured_ns))
        self.captured_ns += FRAME_NS

    def settle(self) -> None:
        offset = self.map.settle()
        assert offset is not None
        self.offsets.append(offset)
        self.errors += [media + offset - captured for media, captured in self._media]
        self._media.clear()

    def run(self, seconds: float, delay: Callable[[int], int] = lambda number: 0, *, shift_ns: int = 0) -> None:
        for number in range(round(seconds * 25)):
            self.picture(delay(number), media_shift_ns=shift_ns)


@settings(max_examples=40)
@given(
    ppm=st.integers(-500, 500),
    media_start_ns=st.sampled_from([0, -5 * S, 95_443 * S]),
    base_ns=st.integers(0, 400 * MS),
    jitter_ns=st.integers(0, 900 * MS),
    seed=st.integers(0, 1 << 32),
)
def test_jitter_and_drift_stay_within_their_bound_and_never_look_like_a_jump(
    ppm: int, media_start_ns: int, base_ns: int, jitter_ns: int, seed: int
) -> None:
    line = Line(ppm=ppm, media_start_ns=media_start_ns)
    drawn = random.Random(seed)
    line.run(150, lambda _: base_ns + drawn.randint(0, jitter_ns))
    line.settle()
    assert not line.jumps
    drift = 2 * WINDOW_NS * abs(ppm) // 1_000_000 + SLEW_NS
    late = [error - base_ns for error in line.errors]
    assert max(late) <= jitter_ns + drift, "never later than the slowest packet"
    assert min(late) >= -drift, "never earlier than the quickest"
    for one, other in zip(line.offsets, line.offsets[1:], strict=False):
        assert abs(other - one) <= SLEW_NS


def test_the_map_finds_down_to_the_quickest_packets() -> None:
    line = Line()
    line.run(240, lambda number: 300 * MS if number < 25 or number % 10 else 0)
    assert line.errors[0] <= 300 * MS
    assert max(line.errors[-100:]) <= 5 * MS


def test_mapped_time_never_runs_back_between_fragments() -> None:
    line = Line(ppm=-400)
    mapped: list[int] = []
    for number in range(3000):
        line.picture((number * 7919) % 200 * MS)
        offset = line.map.offset_ns
        if offset is not None:
            mapped.append(number * FRAME_NS + offset)
    assert mapped == sorted(mapped)


def test_a_burst_of_old_pictures_at_the_start_is_dated_back() -> None:
    """A server that keeps the last group of pictures sends four seconds at once."""
    line = Line()
    for number in range(100):
        line.picture(4 * S - number * FRAME_NS)
    line.settle()
    line.run(10)
    assert not line.jumps
    assert abs(line.errors[0]) <= FRAME_NS
    assert abs(line.errors[-1]) <= FRAME_NS


@pytest.mark.parametrize("stall_s", [1.5, 5, 9, 60])
def test_what_was_held_up_and_then_came_at_once_is_no_jump(stall_s: float) -> None:
    line = Line()
    line.run(30)
    held = round(stall_s * 25)
    for number in range(held):
        line.picture((held - number) * FRAME_NS)
    line.run(30)
    assert not line.jumps
    assert max(abs(error) for error in line.errors) <= MS


def test_stalls_with_good_time_between_them_do_not_add_up() -> None:
    line = Line()
    line.run(30)
    for _ in range(4):
        for number in range(150):
            line.picture((150 - number) * FRAME_NS)
        line.run(1)
    assert not line.jumps


@pytest.mark.parametrize("shift_s", [-1_000_000, -3600, -1.5, 1.5, 3600, 1_000_000])
def test_a_jump_of_media_time_is_reported_at_its_first_packet(shift_s: float) -> None:
    line = Line()
    line.run(30)
    line.run(0.04, shift_ns=round(shift_s * S))
    assert line.jumps == [-round(shift_s * S)]
    line.run(30, shift_ns=round(shift_s * S))
    assert len(line.jumps) == 1
    assert max(abs(error) for error in line.errors) <= MS, "both sides of the jump are dated right"


def test_less_than_a_second_is_slewed_and_not_reported() -> None:
    line = Line()
    line.run(30)
    line.run(300, shift_ns=900 * MS)
    assert not line.jumps
    assert abs(line.errors[-1]) > 0
    line.run(300, shift_ns=900 * MS)
    assert abs(line.errors[-1]) <= MS


def test_packets_that_stay_late_are_believed_after_ten_seconds() -> None:
    line = Line()
    line.run(30)
    line.run(LATE_NS / S, lambda _: 3 * S)
    assert not line.jumps
    line.run(1, lambda _: 3 * S)
    assert line.jumps == [3 * S]
    line.run(1)
    assert line.jumps == [3 * S, -3 * S], "and back at once: no packet comes before it was made"


def test_time_stamps_that_stand_still_do_not_stop_time() -> None:
    clock = ClockMap()
    jumps = 0
    for number in range(25 * 60):
        arrival = T0 + number * FRAME_NS
        if clock.observe(0, arrival):
            jumps += 1
            clock.reset()
            clock.observe(0, arrival)
        if number % 13 == 0:
            clock.settle()
            assert clock.offset_ns is not None
            assert 0 <= arrival - clock.offset_ns <= LATE_NS + JUMP_NS + 2 * FRAME_NS
    assert jumps == 5


def test_a_packet_refused_as_a_jump_left_no_trace() -> None:
    one, other = ClockMap(), ClockMap()
    for clock in (one, other):
        for number in range(50):
            clock.observe(number * FRAME_NS, T0 + number * FRAME_NS)
        clock.settle()
    assert one.observe(10_000 * S, T0 + 2 * S)
    for clock in (one, other):
        clock.observe(2 * S, T0 + 2 * S)
    assert one.settle() == other.settle()


def test_nothing_is_known_before_the_first_packet() -> None:
    clock = ClockMap()
    assert clock.settle() is None
    assert clock.offset_ns is None
