"""Retention: a pure function, held against the rules said once more in the plainest way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.rules.deadlines import DAY_NS, day_of, month_end, start_ns_of, year_end
from appliance.rules.policy import FormerFloor, Policy
from appliance.rules.retention import ClockReading, Hold, RetainedBucket, Verdict, dated, judge

MONDAY_NS = 1_790_524_800_000_000_000
POLICY = Policy()
NEVER = 1 << 63


def bucket(
    start_ns: int = MONDAY_NS, camera: str = "C1", *, size: int = 10, trusted: bool = True, **boot: int
) -> RetainedBucket:
    length = SLOT_NS
    return RetainedBucket(f"{camera}-{start_ns}", camera, start_ns, start_ns + length, size, trusted, **boot)


def at(days: int, hours: float = 3) -> int:
    return MONDAY_NS + days * DAY_NS + int(hours * 3600e9)


def verdict(buckets: list[RetainedBucket], holds: list[Hold] | None = None, *, now_ns: int, **given: object) -> Verdict:
    arguments: dict[str, object] = {"trusted": True, "released_ns": NEVER, **given}
    return judge(buckets, POLICY, holds or [], now_ns=now_ns, **arguments)  # type: ignore[arg-type]


def dangers(found: Verdict) -> dict[str, int]:
    return {danger.kind: danger.amount for danger in found.danger}


def test_D_01_the_first_instant_at_which_a_bucket_may_go_is_midnight_of_day_32() -> None:
    late = bucket(MONDAY_NS + DAY_NS - SLOT_NS)
    first = start_ns_of(day_of(MONDAY_NS) + timedelta(days=32))
    assert verdict([late], now_ns=first - 1).may == ()
    assert verdict([late], now_ns=first).may == (late.bucket_id,)
    assert verdict([late], now_ns=first).due == (), "there is room, and it is inside the target"


def test_INV_01_a_bucket_across_midnight_counts_its_floor_from_the_day_of_its_last_frame() -> None:
    over = bucket(MONDAY_NS + DAY_NS - SLOT_NS // 2)
    first = start_ns_of(day_of(MONDAY_NS) + timedelta(days=33))
    assert verdict([over], now_ns=first - 1).may == ()
    assert verdict([over], now_ns=first).may == (over.bucket_id,)


def test_T_02_a_term_counts_local_dates_and_not_hours() -> None:
    late, early = bucket(MONDAY_NS + DAY_NS - SLOT_NS, "late"), bucket(MONDAY_NS, "early")
    full_hours = 31 * 24 * 3600 * 10**9
    assert verdict([early], now_ns=early.end_ns + full_hours).may == (), "31 × 24 hours lose what is left of the day"
    midnight = start_ns_of(day_of(MONDAY_NS) + timedelta(days=32))
    assert verdict([early, late], now_ns=midnight - 1).may == ()
    assert set(verdict([early, late], now_ns=midnight).may) == {early.bucket_id, late.bucket_id}
    assert day_of(late.end_ns) != day_of(late.end_ns - 1), "it ends at midnight, which belongs to the next day"


def test_INV_03_no_doubt_of_time_or_index_leaves_anything_to_destroy() -> None:
    everything = [bucket(MONDAY_NS + n * SLOT_NS) for n in range(9)]
    for doubt in ({"trusted": False}, {"trusted": False, "index_healthy": False}):
        for days in (31, 46, 364, 9_000):
            found = verdict(everything, now_ns=at(days), need_bytes=10**6, released_ns=at(9_000), **doubt)
            assert (found.may, found.must, found.due, found.released) == ((), (), (), ())
            assert "time" in dangers(found)


def test_past_the_target_it_goes_even_where_there_is_room() -> None:
    old = bucket()
    assert verdict([old], now_ns=at(45, 23)).due == ()
    found = verdict([old], now_ns=at(46, 0))
    assert found.due == (old.bucket_id,)
    assert found.reasons == {old.bucket_id: "target"}
    assert verdict([old], now_ns=at(46), daily=False).due == ()


def test_AT_21_untrusted_time_destroys_nothing_and_says_so() -> None:
    found = verdict([bucket()], now_ns=at(60), trusted=False, need_bytes=100)
    assert (found.may, found.must, found.due) == ((), (), ())
    assert "time" in dangers(found)


def test_INV_24_an_index_in_doubt_destroys_nothing_and_says_so() -> None:
    found = verdict([bucket()], now_ns=at(400), index_healthy=False)
    assert (found.may, found.must, found.due) == ((), (), ())
    assert set(dangers(found)) == {"index", "overdue"}


def test_AT_19_a_full_disk_takes_nothing_inside_the_floor() -> None:
    found = verdict([bucket()], now_ns=at(20), need_bytes=1000)
    assert found.may == found.due == ()
    assert dangers(found) == {"space": 1000}


def test_need_takes_the_oldest_over_all_cameras_and_no_more_than_it_needs() -> None:
    buckets = [bucket(MONDAY_NS + n * SLOT_NS, f"C{n % 3}") for n in range(9)]
    found = verdict(buckets[::-1], now_ns=at(40), need_bytes=25)
    assert found.due == tuple(b.bucket_id for b in buckets[:3])
    assert set(found.reasons.values()) == {"need"}


def test_AT_20_a_need_that_is_met_to_the_byte_takes_no_bucket_more() -> None:
    buckets = [bucket(MONDAY_NS + n * SLOT_NS) for n in range(3)]
    for need_bytes, count in ((0, 0), (10, 1), (11, 2), (20, 2)):
        found = verdict(buckets, now_ns=at(40), need_bytes=need_bytes)
        assert found.due == tuple(each.bucket_id for each in buckets[:count])


def test_AT_23_a_pin_keeps_to_the_ceiling_and_not_a_day_longer() -> None:
    old = bucket()
    pin = Hold("C1", MONDAY_NS, MONDAY_NS + 1)
    assert verdict([old], [pin], now_ns=at(363)).may == ()
    assert dangers(verdict([old], [pin], now_ns=at(350))) == {"ceiling": 14}
    found = verdict([old], [pin], now_ns=at(364))
    assert found.must == found.due == (old.bucket_id,)
    law = Hold("C1", MONDAY_NS, MONDAY_NS + 1, beyond_ceiling=True)
    later = verdict([old], [pin, law], now_ns=at(800))
    assert later.may == () == later.danger, "a hold of D-06 outlives it, and nothing is overdue"
    assert dangers(verdict([old], [pin], now_ns=at(365), trusted=False)) == {"time": 0, "overdue": 0}


def test_a_hold_is_the_camera_s_and_ends_where_it_ends() -> None:
    old = bucket()
    touching = [Hold("C1", old.end_ns, old.end_ns + 1), Hold("C1", 0, old.start_ns), Hold("C2", 0, 2 * old.end_ns)]
    assert verdict([old], touching, now_ns=at(40)).may == (old.bucket_id,)
    for hold in (Hold("C1", old.end_ns - 1, old.end_ns + 9), Hold("C1", 0, old.start_ns + 1), Hold("C1", 0, 2 * at(1))):
        assert verdict([old], [hold], now_ns=at(40)).may == ()


def test_T_56_the_end_of_one_hold_does_not_free_what_another_holds() -> None:
    old = bucket()
    holds = [Hold("C1", 0, 2 * at(1)), Hold("C1", old.start_ns, old.end_ns), Hold("C1", old.start_ns, old.end_ns, True)]
    for _ in range(3):
        assert verdict([old], holds, now_ns=at(50)).may == ()
        holds.pop()
    assert verdict([old], holds, now_ns=at(50)).may == (old.bucket_id,)


def test_T_04_a_year_counts_from_the_first_frame_also_of_a_bucket_across_midnight() -> None:
    over = bucket(MONDAY_NS + DAY_NS - SLOT_NS // 2)
    last = start_ns_of(day_of(MONDAY_NS) + timedelta(days=364))
    pin = [Hold("C1", over.start_ns, over.end_ns)]
    assert verdict([over], pin, now_ns=last - 1).must == ()
    assert verdict([over], pin, now_ns=last).must == (over.bucket_id,), (
        "by the date of its last frame it had a day more"
    )


def test_T_06_a_raised_floor_keeps_what_is_there_already() -> None:
    old = bucket()
    assert verdict([old], now_ns=at(35)).may == (old.bucket_id,)
    raised = POLICY.amended(now_ns=at(34), floor_days=40)
    assert judge([old], raised, [], now_ns=at(35), trusted=True, need_bytes=10).may == ()
    assert judge([old], raised, [], now_ns=at(41), trusted=True).may == (old.bucket_id,)


def test_T_06_footage_recorded_under_a_higher_floor_keeps_it() -> None:
    lowered = Policy(former_floors=(FormerFloor(until_ns=MONDAY_NS + 1, days=40),))
    before, after = bucket(MONDAY_NS), bucket(MONDAY_NS + SLOT_NS)
    found = judge([before, after], lowered, [], now_ns=at(35), trusted=True)
    assert found.may == (after.bucket_id,)


def test_D_20_the_brake_refuses_a_run_of_more_than_two_days() -> None:
    three_days = [bucket(MONDAY_NS + n * SLOT_NS) for n in range(3 * 144)]
    found = verdict(three_days, now_ns=at(60), released_ns=0)
    assert found.due == ()
    assert set(dangers(found)) == {"brake"}
    assert len(verdict(three_days, now_ns=at(60)).due) == 3 * 144, "two people released it"
    two_days = three_days[: 2 * 144]
    assert len(verdict(two_days, now_ns=at(60), released_ns=0).due) == 2 * 144
    lately = {"C1": 3600 * 1_000_000_000}
    assert verdict(two_days, now_ns=at(60), released_ns=0, lately_ns=lately).due == ()
    assert len(verdict(two_days, now_ns=at(60), released_ns=0, lately_ns={"C9": 10 * DAY_NS}).due) == 2 * 144


def test_D_20_a_release_is_for_what_was_recorded_until_then_and_for_nothing_later() -> None:
    """What two people looked at may go; what becomes due in the meantime is braked as ever."""
    first, rest = ([bucket(MONDAY_NS + n * SLOT_NS) for n in range(a * 144, b * 144)] for a, b in ((0, 3), (3, 6)))
    through = first[-1].end_ns
    found = verdict([*first, *rest], now_ns=at(60), released_ns=through, lately_ns={"C1": 10 * DAY_NS})
    assert found.due == found.released == tuple(b.bucket_id for b in first)
    assert [d.bucket_ids for d in found.danger if d.kind == "brake"] == [tuple(b.bucket_id for b in rest)]
    both = verdict([*first, *rest[:288]], now_ns=at(60), released_ns=through)
    assert (len(both.due), len(both.released)) == (5 * 144, 3 * 144), "two days more may go by themselves"


def test_the_brake_does_not_stop_what_the_next_day_needs() -> None:
    three_days = [bucket(MONDAY_NS + n * SLOT_NS) for n in range(3 * 144)]
    found = verdict(three_days, now_ns=at(60), released_ns=0, need_bytes=100)
    assert found.due == tuple(b.bucket_id for b in three_days[:10])
    assert "brake" in dangers(found)


class TestUntrustedTime:
    """Buckets recorded while nobody could vouch for the clock, between trusted ones in boot order."""

    BEFORE = bucket(MONDAY_NS, boot_no=1, boot_ns=100 * DAY_NS)
    LOST = bucket(0, trusted=False, boot_no=2, boot_ns=0)
    AFTER = bucket(MONDAY_NS + 10 * DAY_NS, boot_no=3, boot_ns=0)

    def test_the_floor_counts_from_the_latest_and_the_ceiling_from_the_earliest_they_allow(self) -> None:
        found = {d.bucket.bucket_id: d for d in dated([self.AFTER, self.LOST, self.BEFORE])}[self.LOST.bucket_id]
        assert found.earliest_ns == self.BEFORE.end_ns
        assert found.latest_ns == self.AFTER.start_ns
        buckets = [self.BEFORE, self.LOST, self.AFTER]
        # 00:00 of the tenth day is where the lost one can have ended at the latest: that is the ninth day's end.
        assert self.LOST.bucket_id not in verdict(buckets, now_ns=at(40, 23)).may
        assert self.LOST.bucket_id in verdict(buckets, now_ns=at(41, 0)).may
        assert self.LOST.bucket_id in verdict(buckets, now_ns=at(364)).must

    def test_within_one_boot_it_is_dated_exactly(self) -> None:
        lost = bucket(5, trusted=False, boot_no=1, boot_ns=101 * DAY_NS)
        found = next(d for d in dated([lost, self.BEFORE]) if not d.bucket.trusted)
        assert found.earliest_ns == MONDAY_NS + DAY_NS
        later = bucket(MONDAY_NS + DAY_NS, boot_no=1, boot_ns=102 * DAY_NS)
        found = next(d for d in dated([lost, later]) if not d.bucket.trusted)
        assert found.earliest_ns == MONDAY_NS

    def test_with_no_trusted_reading_after_it_it_is_never_eligible_and_a_person_is_told(self) -> None:
        found = verdict([self.BEFORE, self.LOST], now_ns=at(500))
        assert self.LOST.bucket_id not in found.may
        assert dangers(found)["undated"] == 0

    def test_readings_of_buckets_that_are_gone_date_it_as_well(self) -> None:
        before, after = ClockReading(1, 5, MONDAY_NS), ClockReading(3, 0, MONDAY_NS + 10 * DAY_NS)
        (found,) = dated([self.LOST], [after, before])
        assert (found.earliest_ns, found.latest_ns) == (before.wall_ns, after.wall_ns)
        (found,) = dated([self.LOST], [after, before, ClockReading(2, DAY_NS, MONDAY_NS + 5 * DAY_NS)])
        assert (found.earliest_ns, found.latest_ns) == (MONDAY_NS + 4 * DAY_NS, MONDAY_NS + 4 * DAY_NS + SLOT_NS)

    def test_with_no_reading_before_it_a_pin_still_ends(self) -> None:
        pin = Hold("C1", 0, at(9000))
        assert self.LOST.bucket_id not in verdict([self.LOST, self.AFTER], [pin], now_ns=at(373)).may
        assert self.LOST.bucket_id in verdict([self.LOST, self.AFTER], [pin], now_ns=at(374)).must

    def test_trusted_time_now_dates_what_is_of_this_boot_and_nothing_else(self) -> None:
        now = ClockReading(3, 0, at(60))
        found = verdict([self.BEFORE, self.LOST], now_ns=at(60), now=now)
        assert self.LOST.bucket_id not in found.may
        assert "undated" in dangers(found)
        same_boot = ClockReading(2, 40 * DAY_NS, at(60))
        assert self.LOST.bucket_id in verdict([self.LOST], now_ns=at(60), now=same_boot).may

    def test_a_hold_touches_it_wherever_it_may_lie(self) -> None:
        hold = Hold("C1", at(5), at(6))
        assert self.LOST.bucket_id not in verdict([self.BEFORE, self.LOST, self.AFTER], [hold], now_ns=at(60)).may


SLOTS = st.integers(0, 60 * 144)


@st.composite
def stores(draw: st.DrawFn) -> tuple[list[RetainedBucket], list[Hold], int, int]:
    """A store of trusted buckets, living holds on or beside them, an instant and a need."""
    starts = draw(st.lists(st.tuples(SLOTS, st.sampled_from("ABC")), max_size=25, unique=True))
    buckets = [bucket(MONDAY_NS + slot * SLOT_NS, camera, size=draw(st.integers(1, 50))) for slot, camera in starts]
    beside = st.tuples(st.sampled_from(starts or [(0, "A")]), st.integers(-3, 40), st.integers(1, 80), st.booleans())
    holds = [
        Hold(camera, MONDAY_NS + (slot - before) * SLOT_NS - 7, MONDAY_NS + (slot - before + length) * SLOT_NS, law)
        for (slot, camera), before, length, law in draw(st.lists(beside, max_size=4))
    ]
    now_ns = MONDAY_NS + draw(st.integers(0, 430 * 144)) * SLOT_NS
    return buckets, holds, now_ns, draw(st.integers(0, 400))


WITHIN = [Hold("A", MONDAY_NS, MONDAY_NS + 30 * SLOT_NS), Hold("A", MONDAY_NS + SLOT_NS, MONDAY_NS + 2 * SLOT_NS)]
"""A short hold that begins and ends within a long one."""


@settings(max_examples=300)
@given(stores())
@example(store=([bucket(MONDAY_NS + 9 * SLOT_NS, "A")], WITHIN, at(60), 0))
@example(store=([bucket(MONDAY_NS + 9 * SLOT_NS, "A")], WITHIN, at(400), 0))
def test_AT_20_INV_01_INV_02_what_goes_is_the_oldest_eligible_prefix(
    store: tuple[list[RetainedBucket], list[Hold], int, int],
) -> None:
    buckets, holds, now_ns, need_bytes = store
    found = verdict(buckets, holds, now_ns=now_ns, need_bytes=need_bytes)
    by_id = {b.bucket_id: b for b in buckets}
    today = day_of(now_ns)

    def held(b: RetainedBucket, law: bool) -> bool:
        return any(
            h.camera_no == b.camera_no and h.start_ns < b.end_ns and h.end_ns > b.start_ns and h.beyond_ceiling >= law
            for h in holds
        )

    for b in buckets:
        last, first = day_of(b.end_ns - 1), day_of(b.start_ns)
        may = today > last + timedelta(days=31) and (
            not held(b, law=False) or (today >= first + timedelta(days=364) and not held(b, law=True))
        )
        assert (b.bucket_id in found.may) == may
        assert not may or today > month_end(last)
        must = today >= first + timedelta(days=364) and not held(b, law=True)
        assert (b.bucket_id in found.must) == must
        assert must or today <= year_end(first) or held(b, law=True)
    order = sorted(buckets, key=lambda b: (b.end_ns, b.start_ns, b.camera_no, b.bucket_id))
    assert found.may == tuple(b.bucket_id for b in order if b.bucket_id in found.may)
    assert found.due == found.may[: len(found.due)], "the oldest of what is eligible"
    freed = sum(by_id[b].bytes for b in found.due)
    assert dangers(found).get("space", 0) == max(0, need_bytes - freed)
    if found.due and found.reasons[found.due[-1]] == "need":
        assert freed - by_id[found.due[-1]].bytes < need_bytes, "not one more than is needed"


@given(stores(), st.lists(st.booleans(), max_size=25))
def test_a_bucket_of_untrusted_time_is_never_freed_sooner_than_its_true_date_allows(
    store: tuple[list[RetainedBucket], list[Hold], int, int], doubts: list[bool]
) -> None:
    buckets, holds, now_ns, _ = store
    start_of_boots = MONDAY_NS - DAY_NS
    true = [
        b._replace(
            boot_no=(b.start_ns - start_of_boots) // (7 * DAY_NS), boot_ns=(b.start_ns - start_of_boots) % (7 * DAY_NS)
        )
        for b in buckets
    ]
    wrong_clock = 400 * DAY_NS
    told = [
        b._replace(trusted=False, start_ns=b.start_ns - wrong_clock, end_ns=b.end_ns - wrong_clock) if doubt else b
        for b, doubt in zip(true, doubts + [False] * len(true), strict=False)
    ]
    recorded = [b for b in told if next(t for t in true if t.bucket_id == b.bucket_id).end_ns <= now_ns]
    may = set(verdict(recorded, holds, now_ns=now_ns).may)
    true_may = set(verdict([t for t in true if t.end_ns <= now_ns], holds, now_ns=now_ns).may)
    floor_over = {t.bucket_id for t in true if day_of(now_ns) > day_of(t.end_ns - 1) + timedelta(days=31)}
    assert may <= floor_over
    pinned = {b.bucket_id for b in recorded} - true_may
    assert not {b for b in may & pinned if b in floor_over and not _at_ceiling(true, b, now_ns)}


def _at_ceiling(true: list[RetainedBucket], bucket_id: str, now_ns: int) -> bool:
    first = next(day_of(t.start_ns) for t in true if t.bucket_id == bucket_id)
    return day_of(now_ns) >= first + timedelta(days=364)


@pytest.mark.parametrize("cameras", [16])
def test_a_quiet_day_of_an_office_goes_as_one_day(cameras: int) -> None:
    buckets = [bucket(MONDAY_NS + n * SLOT_NS, f"C{c}") for n in range(2 * 144) for c in range(cameras)]
    found = judge(buckets, POLICY, [], now_ns=at(46, 2.5), trusted=True)
    assert len(found.due) == 144 * cameras
