"""Courses of measures: little room whatever comes, and what goes towards its limit is told before it is there."""

from __future__ import annotations

import random

from appliance.api import Sign
from appliance.selftest.trends import DAYS_KEPT, HOURS_KEPT, MeasureTrend, TrendPoint, Trends, leaning

DAY_NS = 86_400 * 10**9
BEGIN_NS = 20_000 * DAY_NS


def _taken(values: list[float], limit: float, *, looks: int = 4) -> MeasureTrend:
    """A course of so many days, a few looks each."""
    trends = Trends()
    for day, value in enumerate(values):
        for look in range(looks):
            at_ns = BEGIN_NS + day * DAY_NS + look * 3600 * 10**9
            trends.take("01", (Sign("disk-worn", value > limit, value, limit),), at_ns)
    return trends.of("01")["disk-worn"]


def test_a_day_and_an_hour_are_one_point_each_with_lowest_mean_and_highest() -> None:
    trends = Trends()
    for look, value in enumerate((1.0, 2.0, 6.0)):
        trends.take("01", (Sign("picture-noise", False, value, 11.0, "levels"),), BEGIN_NS + look * 20 * 10**9)
    course = trends.of("01")["picture-noise"]
    (hour,), (day,) = course.hours, course.days
    assert (hour.low, hour.mean, hour.high, hour.count) == (1.0, 3.0, 6.0, 3)
    assert (day.low, day.mean, day.high) == (1.0, 3.0, 6.0)
    assert (course.limit, course.unit) == (11.0, "levels")


def test_the_room_is_bounded_in_time_in_cameras_and_in_measures() -> None:
    course = _taken([0.1] * (DAYS_KEPT + 50), 1.0)
    assert len(course.days) == DAYS_KEPT
    assert len(course.hours) <= HOURS_KEPT
    trends = Trends()
    for number in range(300):
        trends.take(f"{number}", tuple(Sign(f"f{at}", False, 0, 1) for at in range(300)), BEGIN_NS)
    assert sum(bool(trends.of(f"{number}")) for number in range(300)) == 130
    assert len(trends.of("1")) == 200
    trends.forget(frozenset({"1"}))
    assert not trends.of("2")
    assert trends.of("1")


def test_a_clock_that_was_set_back_adds_to_the_newest_point_and_breaks_nothing() -> None:
    trends = Trends()
    sign = (Sign("picture-noise", False, 1.0, 11.0),)
    for at_ns in (BEGIN_NS, BEGIN_NS + DAY_NS, BEGIN_NS - 9 * DAY_NS):
        trends.take("01", sign, at_ns)
    assert [point.count for point in trends.of("01")["picture-noise"].days] == [1, 2]


def test_what_is_written_reads_back() -> None:
    trends = Trends()
    trends.take("01", (Sign("picture-noise", False, 1.0, 11.0),), BEGIN_NS)
    assert Trends.read(trends.kept()).of("01") == trends.of("01")


def test_a_focus_that_drifts_and_a_disk_that_wears_are_told_weeks_before_their_limit() -> None:
    noise = random.Random(3)
    wearing = _taken([0.40 + 0.012 * day + noise.uniform(-0.01, 0.01) for day in range(21)], 0.85)
    found = leaning(wearing)
    assert found is not None
    assert 14 <= found.days <= 22, "0.21 are left at 0.012 a day"
    drifting = _taken([1.0 - 0.015 * day + noise.uniform(-0.03, 0.03) for day in range(21)], 0.5)
    assert leaning(drifting) is not None, "a limit below is gone towards, too"


def test_what_wanders_what_goes_away_and_what_is_new_or_over_is_not_told() -> None:
    noise = random.Random(5)
    assert leaning(_taken([0.4 + noise.uniform(-0.1, 0.1) for _ in range(28)], 0.85)) is None
    assert leaning(_taken([0.8 - 0.01 * day for day in range(21)], 0.85)) is None
    assert leaning(_taken([0.4 + 0.05 * day for day in range(5)], 0.85)) is None, "five days say little"
    assert leaning(_taken([0.4 + 0.05 * day for day in range(21)], 0.85)) is None, "it is a finding by now"
    assert leaning(_taken([0.4] * 28, 0.85)) is None
    assert leaning(MeasureTrend()) is None
    assert leaning(MeasureTrend(limit=1.0, days=[TrendPoint(1, 0, 0, 0, 1)])) is None
