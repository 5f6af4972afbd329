"""A finding is raised once, cleared once, waits for both, and never floods."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Fault, Sign
from appliance.selftest.hysteresis import Verdicts

S = 1_000_000_000
FAULT = Fault("lens-web", "A web.", raise_seconds=20, clear_seconds=60)


def _sign(wrong: bool, value: float = 1.0) -> Sign:
    return Sign("lens-web", wrong, value, 0.5)


def test_it_is_raised_when_it_lasted_and_at_two_looks_at_least() -> None:
    verdicts = Verdicts([FAULT])
    verdicts.hear([_sign(True)], 0)
    assert not verdicts.wrong
    verdicts.hear([_sign(True)], 19 * S)
    assert not verdicts.wrong
    verdicts.hear([_sign(True, 7.0)], 20 * S)
    assert verdicts.wrong["lens-web"].value == 7.0
    late = Verdicts([FAULT])
    late.hear([_sign(False)], 0)
    late.hear([_sign(True)], 3600 * S)
    assert not late.wrong, "one look is not enough, however long ago the one before was"


def test_one_that_waits_for_nothing_is_raised_at_once() -> None:
    verdicts = Verdicts([FAULT._replace(raise_seconds=0)])
    verdicts.hear([_sign(True)], 5 * S)
    assert "lens-web" in verdicts.wrong


def test_a_single_well_look_between_starts_the_wait_anew() -> None:
    verdicts = Verdicts([FAULT])
    for second, wrong in ((0, True), (10, False), (15, True), (30, True)):
        verdicts.hear([_sign(wrong)], second * S)
    assert not verdicts.wrong
    verdicts.hear([_sign(True)], 35 * S)
    assert verdicts.wrong


def test_it_is_cleared_after_its_time_and_known_to_be_well() -> None:
    verdicts = Verdicts([FAULT])
    for second in (0, 20):
        verdicts.hear([_sign(True)], second * S)
    assert verdicts.wrong
    for second in (40, 60, 80):
        verdicts.hear([_sign(False)], second * S)
        assert verdicts.wrong, "it was well for less than a minute"
    verdicts.hear([_sign(False)], 100 * S)
    assert not verdicts.wrong
    assert verdicts.well == ["lens-web"]


def test_what_is_not_judged_is_neither_raised_nor_cleared() -> None:
    verdicts = Verdicts([FAULT])
    for second in (0, 20):
        verdicts.hear([_sign(True)], second * S)
    for second in range(40, 4000, 20):
        verdicts.hear([], second * S)
    assert verdicts.wrong
    assert Verdicts([FAULT]).well == [], "before it was judged it is not known to be well"


def test_a_fault_of_no_check_is_left_out() -> None:
    verdicts = Verdicts([FAULT])
    verdicts.hear([Sign("another", True, 1, 0)], 0)
    verdicts.hear([Sign("another", True, 1, 0)], 99 * S)
    assert not verdicts.wrong


def test_one_that_comes_and_goes_all_day_is_a_handful_of_findings() -> None:
    verdicts = Verdicts([FAULT])
    opened = 0
    was_open = False
    for look in range(24 * 180):
        verdicts.hear([_sign(look // 8 % 2 == 0)], look * 20 * S)
        now_open = bool(verdicts.wrong)
        opened += now_open and not was_open
        was_open = now_open
    assert 1 <= opened <= 30, f"{opened} findings in a day of a fault that came 270 times"


@given(st.lists(st.sampled_from([True, False, None]), max_size=200))
def test_whatever_comes_it_never_is_both_and_opens_only_on_two_wrong_looks(course: list[bool | None]) -> None:
    verdicts = Verdicts([FAULT])
    for number, wrong in enumerate(course):
        before = bool(verdicts.wrong)
        verdicts.hear([] if wrong is None else [_sign(wrong)], number * 20 * S)
        assert not set(verdicts.wrong) & set(verdicts.well)
        if verdicts.wrong and not before:
            judged = [each for each in course[: number + 1] if each is not None]
            assert judged[-2:] == [True, True]
