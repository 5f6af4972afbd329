"""What of a request has no footage, as the row of 附件4 lists it (``T-22``)."""

from __future__ import annotations

from appliance.core.model import Gap
from appliance.rules.cases.holes import MOST, Hole, Holes, holes_in, is_told

SECOND = 1_000_000_000


def gap(start: float, end: float, cause: str = "power") -> Gap:
    return Gap(camera_no="1", start_ns=int(start * SECOND), end_ns=int(end * SECOND), cause=cause)


def hole(start: int, end: int, cause: str = "power") -> Hole:
    return Hole(start_ns=start * SECOND, end_ns=end * SECOND, cause=cause)


def test_each_stretch_of_a_second_and_more_is_listed_with_its_cause() -> None:
    found = holes_in([gap(0, 5), gap(9, 9.5), gap(20, 30, "unknown")])
    assert found == Holes(listed=(hole(0, 5), hole(20, 30, "unknown")))


def test_footage_that_was_destroyed_by_its_term_is_told_as_that_and_a_noted_cause_stands() -> None:
    gone = [(25 * SECOND, 60 * SECOND)]
    found = holes_in([gap(0, 5, "unknown"), gap(20, 30, "unknown"), gap(40, 50)], gone)
    assert [each.cause for each in found.listed] == ["unknown", "expired", "power"]


def test_before_a_camera_came_in_force_nothing_of_it_is_missing_without_a_cause() -> None:
    gaps = [gap(0, 5, "unknown"), gap(6, 8), gap(20, 30, "unknown"), gap(40, 50, "unknown")]
    found = holes_in(gaps, [(41 * SECOND, 60 * SECOND)], since_ns=25 * SECOND)
    assert found.listed == (
        hole(0, 5, "not-in-force"),
        hole(6, 8),
        hole(20, 25, "not-in-force"),
        hole(25, 30, "unknown"),
        hole(40, 50, "expired"),
    )


def test_of_very_many_the_longest_are_listed_in_order_and_the_rest_is_counted() -> None:
    many = [gap(100 * at, 100 * at + 1 + at) for at in range(MOST + 3)]
    found = holes_in(reversed(many))
    assert [each.start_ns for each in found.listed] == [100 * at * SECOND for at in range(3, MOST + 3)]
    assert (found.more, found.more_seconds) == (3, 1 + 2 + 3)


def test_an_expired_range_says_that_already() -> None:
    assert [is_told(code) for code in ("in_store", "partly", "expired", "gap", "")] == [False, True, False, True, False]
