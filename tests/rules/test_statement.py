"""The daily statement: pure figures of a day, and what each of them means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.core.model import Gap, to_json
from appliance.ledger.entry import encode_entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.policy import Policy
from appliance.rules.statement import (
    MAX_STATEMENT_BYTES,
    CameraDay,
    CameraFigures,
    CauseSum,
    Certificate,
    DayFigures,
    Lost,
    Statement,
    state_statement,
)

DAY = date(2026, 9, 28)
START_NS = start_ns_of(DAY)
SECOND = 1_000_000_000


def dates(first_ago: int, last_ago: int = 0) -> list[date]:
    return [DAY - timedelta(days=ago) for ago in range(first_ago, last_ago - 1, -1)]


def gap(start_seconds: float, seconds: float, cause: str = "stalled", camera_no: str = "C1") -> Gap:
    start_ns = START_NS + int(start_seconds * SECOND)
    return Gap(camera_no=camera_no, start_ns=start_ns, end_ns=start_ns + int(seconds * SECOND), cause=cause)


def camera(camera_no: str = "C1", **changes: Any) -> CameraFigures:
    figures = CameraFigures(camera_no, dates(44), [], 0, DAY - timedelta(days=300))
    return figures._replace(**changes)


def stated(*cameras: CameraFigures, **changes: Any) -> Statement:
    at_ns = START_NS + DAY_NS + 1_200 * SECOND
    figures = DayFigures(DAY, at_ns, Policy(), cameras or (camera(),), (), (), None)
    return state_statement(figures._replace(**changes))


def line(**changes: Any) -> CameraDay:
    return stated(camera(**changes)).cameras[0]


def test_days_held_the_earliest_playable_date_and_since_when_unbroken() -> None:
    found = line(dates=[date(2025, 12, 1), *dates(44, 20), *dates(18)])
    assert (found.earliest, found.days) == ("2025-12-01", 1 + 25 + 19)
    assert found.unbroken_from == (DAY - timedelta(days=18)).isoformat()
    none = line(dates=[])
    assert (none.earliest, none.days, none.unbroken_from) == ("", 0, "")


def test_the_day_under_way_counts_for_nothing_yet() -> None:
    found = line(dates=[*dates(3), DAY + timedelta(days=1)])
    assert (found.days, found.unbroken_from) == (4, (DAY - timedelta(days=3)).isoformat())


def test_an_outage_today_does_not_undo_what_is_held() -> None:
    assert line(dates=dates(44, 2)).unbroken_from == (DAY - timedelta(days=44)).isoformat()


def test_T_07_a_young_camera_is_young_and_not_short() -> None:
    assert line(dates=dates(31)).floor == "kept"
    assert line(dates=dates(30)).floor == "short"
    assert line(dates=dates(30), since=DAY - timedelta(days=30)).floor == "young"
    assert line(dates=dates(30), since=DAY - timedelta(days=31)).floor == "short"
    assert line(dates=[date(2025, 12, 1), *dates(30)]).floor == "short", "a pinned minute of last year proves nothing"


def test_T_08_a_retired_camera_is_listed_as_long_as_there_is_footage() -> None:
    assert line(dates=dates(25, 12), since=None).floor == "retired"


def test_gaps_are_counted_by_cause_and_an_address_in_a_cause_stays_in_the_log() -> None:
    found = line(gaps=[gap(0, 60.4), gap(100, 3, "lost: refused by 10.1.2.3"), gap(200, 30), gap(300, 1, "lost: x")])
    assert found.causes == (
        CauseSum(cause="stalled", count=2, seconds=90),
        CauseSum(cause="lost", count=2, seconds=4),
    )
    assert (found.gaps, found.gap_seconds) == (4, 94)
    assert [hole.cause for hole in found.holes] == ["stalled", "lost", "stalled", "lost"]
    assert {hole.by_ns for hole in found.holes} == {0}
    assert b"10.1.2.3" not in to_json(stated(camera(gaps=[gap(100, 3, "lost: refused by 10.1.2.3")])))


def test_T_19_a_hole_that_a_wrong_clock_noted_says_by_how_much_it_was_corrected() -> None:
    wrong = msgspec.structs.replace(gap(0, 60), by_ns=-3_600 * SECOND)
    assert [hole.by_ns for hole in line(gaps=[wrong, gap(100, 3)]).holes] == [-3_600 * SECOND, 0]


def test_destroyed_by_certificate_with_first_last_bytes_and_count() -> None:
    old_ns = START_NS - 46 * DAY_NS
    year_ns = START_NS - 364 * DAY_NS
    routine = Certificate(
        70, 69, "routine", "tpm", [Lost("C1", old_ns + n * SLOT_NS, old_ns + (n + 1) * SLOT_NS, 7) for n in range(144)]
    )
    ordered = Certificate(90, 88, "ordered", "file: best effort", [Lost("C2", year_ns, year_ns + SLOT_NS, 9)])
    found = stated(camera("C2"), camera("C1"), certificates=[ordered, routine])
    first, second = found.cameras
    assert [each.camera_no for each in found.cameras] == ["C1", "C2"]
    gone = first.destroyed[0]
    assert (gone.reason, gone.certificates, gone.done) == ("routine", 1, 70)
    assert (gone.buckets, gone.bytes, gone.at_ceiling) == (144, 7 * 144, 0)
    assert (gone.first_ns, gone.last_ns) == (old_ns, old_ns + DAY_NS)
    assert [(each.done, each.at_ceiling) for each in second.destroyed] == [(90, 1)]
    assert [(each.done, each.intent, each.reason, each.buckets, each.bytes) for each in found.certificates] == [
        (70, 69, "routine", 144, 7 * 144),
        (90, 88, "ordered", 1, 9),
    ]


def test_a_day_of_many_small_batches_is_one_line_a_camera_and_fits() -> None:
    """A full disk: routine takes a few buckets every ten minutes, of every camera."""
    old_ns = START_NS - 40 * DAY_NS
    batches = [
        Certificate(
            2 * n, 2 * n - 1, "routine", "tpm", [Lost(f"C{c:02d}", old_ns + n, old_ns + n + 9, 5) for c in range(16)]
        )
        for n in range(1, 121)
    ]
    found = stated(*(camera(f"C{n:02d}") for n in range(16)), certificates=batches)
    assert len(to_json(found)) <= MAX_STATEMENT_BYTES
    assert len(found.certificates) == 120
    for each in found.cameras:
        (gone,) = each.destroyed
        assert (gone.certificates, gone.done, gone.buckets, gone.bytes) == (120, 240, 120, 600)
        assert (gone.first_ns, gone.last_ns) == (old_ns + 1, old_ns + 129)


def test_a_statement_made_late_says_so() -> None:
    assert stated().late_days == 0
    assert stated(at_ns=START_NS + 2 * DAY_NS - 1).late_days == 0
    assert stated(at_ns=START_NS + 2 * DAY_NS).late_days == 1
    assert stated(at_ns=START_NS + 9 * DAY_NS).late_days == 8


def test_a_forecast_is_whole_days_and_none_is_said() -> None:
    assert stated().forecast_days is None
    assert stated(forecast_days=47.9).forecast_days == 47
    assert stated(forecast_days=-0.5).forecast_days == 0


def test_every_field_is_written_and_a_ledger_entry_and_a_signed_note_hold_it() -> None:
    flapping = [gap(3 * n, 2, f"cause-{n % 20}") for n in range(20_000)]
    found = stated(*(camera(f"C{n:02d}", gaps=flapping) for n in range(64)))
    assert len(to_json(found)) <= MAX_STATEMENT_BYTES
    assert all(each.gaps == 20_000 for each in found.cameras)
    raw = encode_entry(START_NS, "gap.noted", msgspec.to_builtins(found))
    assert len(raw) < MAX_EXTRACT_BYTES
    assert set(msgspec.to_builtins(stated())) == set(Statement.__struct_fields__)
    assert set(msgspec.to_builtins(stated())["cameras"][0]) == set(CameraDay.__struct_fields__)


@given(st.lists(st.tuples(st.integers(0, 86_000), st.integers(1, 400)), max_size=40))
def test_the_holes_that_are_told_are_the_longest_in_order(pairs: list[tuple[int, int]]) -> None:
    found = line(gaps=[gap(start, length) for start, length in pairs])
    lengths = sorted((length * SECOND for _, length in pairs), reverse=True)
    assert sorted((hole.end_ns - hole.start_ns for hole in found.holes), reverse=True) == lengths[:24]
    assert [hole.start_ns for hole in found.holes] == sorted(hole.start_ns for hole in found.holes)
    assert found.gap_seconds == sum(length for _, length in pairs)
