"""How many days will be held, when the floor is in danger, what may be added: against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Refused
from appliance.core.model import Camera
from appliance.rules.forecast import (
    REFUSE_DAYS,
    CameraRate,
    Forecast,
    Measured,
    Store,
    declared_bps,
    forecast,
    rate_of,
    refuse_first,
    refuse_short,
)
from appliance.rules.policy import Policy

TODAY = date(2026, 9, 28)
GB = 10**9
HOUR_NS = 3600 * 10**9
TWO_MBPS = CameraRate("01", 2_000_000, "measured")


def store(free: int, kept: int = 0, *, days: int = 40, reserve: int = 0, held: int = 0) -> Store:
    """``kept`` bytes spread over the last ``days`` days."""
    return Store(
        free,
        reserve,
        {TODAY - timedelta(days=day): kept // days for day in range(1, days + 1)} if kept else {},
        0,
        held,
    )


def of(found: Store, *rates: CameraRate, policy: Policy | None = None) -> Forecast:
    return forecast(found, rates, policy or Policy(), TODAY)


def test_t_09_a_camera_of_two_megabits_needs_21_6_gb_a_day_and_0_97_tb_for_45_days() -> None:
    found = of(store(972 * GB), TWO_MBPS)
    assert found.day_bytes == 21_600_000_000
    assert found.days == 45.0
    assert found.verdict == "well"


@pytest.mark.parametrize(("days", "verdict"), [(45, "well"), (44.9, "warn"), (40, "warn"), (39.9, "short")])
def test_t_09_warned_under_45_and_refused_under_40(days: float, verdict: str) -> None:
    found = of(store(int(days * 21.6 * GB)), TWO_MBPS)
    assert found.verdict == verdict
    before = of(store(int(days * 21.6 * GB)))
    if verdict == "short":
        with pytest.raises(Refused, match=r"holds 39\.9 days, and 40 are needed \(nothing is written now\); add 3 GB"):
            refuse_short(before, found, [TWO_MBPS])
    else:
        refuse_short(before, found, [TWO_MBPS])


def test_what_the_ring_holds_counts_and_the_reserve_does_not() -> None:
    assert of(store(10 * GB, 500 * GB, reserve=10 * GB), TWO_MBPS).freeable_bytes == 500 * GB


def test_t_11_what_is_held_never_counts_and_its_share_is_known() -> None:
    found = of(store(0, 400 * GB, held=100 * GB), TWO_MBPS)
    assert (found.freeable_bytes, found.held_share) == (400 * GB, 0.2)
    more_held = of(store(0, 300 * GB, held=200 * GB), TWO_MBPS)
    assert found.days is not None
    assert more_held.days is not None
    assert more_held.days < found.days


def test_room_for_32_days_goes_on_for_ever_and_less_names_the_day() -> None:
    day = TWO_MBPS.day_bytes
    assert of(store(32 * day), TWO_MBPS).danger is None
    assert of(store(31 * day), TWO_MBPS).danger == TODAY + timedelta(days=31)
    assert of(store(5 * day), TWO_MBPS).danger == TODAY + timedelta(days=5)


def test_footage_that_passes_its_floor_in_time_averts_the_danger() -> None:
    day = TWO_MBPS.day_bytes
    full = Store(2 * day, 0, {TODAY - timedelta(days=age): day for age in range(1, 36)})
    assert of(full, TWO_MBPS).danger is None
    young = Store(2 * day, 0, {TODAY - timedelta(days=age): day for age in range(1, 21)})
    assert of(young, TWO_MBPS).danger == TODAY + timedelta(days=2), "20 days old, nothing may go for eleven more"


def test_a_higher_floor_brings_the_danger_nearer() -> None:
    day = TWO_MBPS.day_bytes
    assert of(store(40 * day), TWO_MBPS).danger is None
    assert of(store(40 * day), TWO_MBPS, policy=Policy(floor_days=45)).danger == TODAY + timedelta(days=40)


def test_nothing_written_is_no_danger() -> None:
    assert of(store(10 * GB)) == Forecast(None, 0, 10 * GB, 0, None, "well")


def test_a_rate_is_measured_over_footage_else_taken_live_else_expected() -> None:
    hour = Measured(900_000_000, HOUR_NS)
    assert rate_of("01", hour, 5, 7) == CameraRate("01", 2_000_000, "measured")
    assert rate_of("01", Measured(900_000_000, HOUR_NS - 1), 5, 7) == CameraRate("01", 5, "live")
    assert rate_of("01", Measured(900_000_000, HOUR_NS // 2), 0, 7) == CameraRate("01", 4_000_000, "measured")
    assert rate_of("01", Measured(9_000_000, 59 * 10**9), 0, 7) == CameraRate("01", 7, "expected")
    assert rate_of("01", None, 0, 7) == CameraRate("01", 7, "expected")


def test_T_09_a_forecast_names_the_cameras_whose_rate_is_an_assumption() -> None:
    rates = [rate_of("01", Measured(900_000_000, HOUR_NS), 0, 7), rate_of("02", None, 0, 7)]
    assert forecast(store(10 * GB), rates, Policy(), TODAY).assumed == ("02",)
    assert forecast(store(10 * GB), rates[:1], Policy(), TODAY).assumed == ()


@given(
    free=st.integers(0, 100),
    kept=st.lists(st.integers(0, 5), max_size=50),
    rate=st.integers(1, 5),
)
def test_t_09_the_danger_is_the_first_day_without_room_by_a_walk_said_plainly(
    free: int, kept: list[int], rate: int
) -> None:
    """In units of one day's writing of a camera of 8/86400 bit/s: a byte a day."""
    per_day = CameraRate("01", 1, "measured")
    unit = 86_400 // 8
    found = Store(free * unit, 0, {TODAY - timedelta(days=age): size * unit for age, size in enumerate(kept, 1)})
    told = forecast(found, [per_day] * rate, Policy(), TODAY).danger
    disk = {TODAY - timedelta(days=age): size for age, size in enumerate(kept, 1)}
    capacity, day, expected = free + sum(kept), TODAY, None
    for _ in range(120):
        for old in [old for old in disk if (day - old).days >= 32]:
            del disk[old]
        if capacity - sum(disk.values()) < rate:
            expected = day
            break
        disk[day] = rate
        day += timedelta(days=1)
    if expected is not None:
        assert told == expected
    else:
        assert told is None


def test_the_refusal_says_what_to_do_and_how_much_disk_is_missing() -> None:
    rates = [TWO_MBPS] * 10
    before = of(store(int(10 * 42 * 21.6 * GB)), *rates)
    after = of(store(int(10 * 42 * 21.6 * GB)), *rates, CameraRate("11", 4_000_000, "asked"))
    assert after.days is not None
    assert after.days < REFUSE_DAYS
    with pytest.raises(Refused) as refused:
        refuse_short(before, after, [CameraRate("11", 4_000_000, "asked")])
    assert str(refused.value) == (
        "camera 11: with 4.0 Mbit/s more the disk holds 35.0 days, and 40 are needed (42.0 days are held now); "
        "add 1.30 TB of disk, lower the bit rates, or end holds, and ask `appliance plan` again"
    )


def test_t_09_a_new_office_is_told_exactly_what_would_do() -> None:
    rates = [CameraRate(f"{n:02d}", 4_000_000, "expected") for n in range(1, 5)]
    found = of(store(int(2.5 * 40 * 43.2 * GB)), *rates)
    with pytest.raises(Refused) as refused:
        refuse_first(found, rates, "/srv/footage")
    assert str(refused.value) == (
        "set-up: cameras: 4, 16.0 Mbit/s in all: the disk of /srv/footage holds 25.0 days, and 40 are needed; use a "
        "disk with 2.59 TB more, enter the first 2 alone, or set each camera to 2.50 Mbit/s at most and write that as "
        "camera_mbps into the settings; then set up again"
    )
    refuse_first(of(store(int(2.5 * 40 * 43.2 * GB)), *rates[:2]), rates[:2], "/srv/footage")
    refuse_first(of(store(int(2.5 * 40 * 43.2 * GB)), *([CameraRate("x", 2_500_000, "expected")] * 4)), rates, "")
    refuse_first(of(store(2592 * GB + int(2.5 * 40 * 43.2 * GB)), *rates), rates, "")


def test_t_09_a_camera_whose_settings_name_its_bit_rate_is_reckoned_by_it() -> None:
    told = Camera(camera_no="01", location="", source="testcard", settings={"bitrate": 200_000})
    assert declared_bps(told, 4.0) == 200_000
    wrong: list[dict[str, object]] = [{}, {"bitrate": 0}, {"bitrate": "much"}]
    for settings in wrong:
        assert declared_bps(msgspec.structs.replace(told, settings=settings), 4.0) == 4_000_000
