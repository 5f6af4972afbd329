"""The numbers of retention: what the rules allow the office to choose, and what they do not."""

from __future__ import annotations

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.core.model import from_json, to_json
from appliance.rules.policy import Policy


def test_the_defaults_are_those_of_the_rules():
    policy = Policy()
    assert (policy.floor_days, policy.target_days, policy.ceiling_days, policy.brake_days) == (31, 45, 364, 2)


@pytest.mark.parametrize(
    "numbers",
    [
        {"floor_days": 30},
        {"floor_days": 0},
        {"target_days": 30},
        {"target_days": 365},
        {"ceiling_days": 365, "target_days": 60},
        {"floor_days": 60, "target_days": 45},
        {"brake_days": 0},
        {"time_zone": "UTC"},
    ],
)
def test_numbers_outside_the_rules_are_refused_built_and_decoded(numbers):
    with pytest.raises(UsageError):
        Policy(**numbers)
    with pytest.raises((UsageError, msgspec.ValidationError)):
        from_json(msgspec.json.encode(numbers), Policy)


def test_AT_19_no_policy_has_a_floor_under_31_days():
    with pytest.raises(UsageError, match="31"):
        Policy().amended(now_ns=0, floor_days=30)


def test_T_06_a_raised_floor_holds_for_everything_a_lowered_one_only_for_what_comes_after():
    raised = Policy().amended(now_ns=100, floor_days=40)
    assert raised.floor_for(5) == 40
    lowered = raised.amended(now_ns=200, floor_days=31)
    assert lowered.floor_for(199) == 40
    assert lowered.floor_for(200) == 31
    again = Policy(floor_days=50, target_days=50).amended(now_ns=100, floor_days=40).amended(now_ns=200, floor_days=31)
    assert [again.floor_for(start_ns) for start_ns in (99, 100, 199, 200)] == [50, 40, 40, 31], "each keeps its own"
    assert from_json(to_json(lowered), Policy) == lowered


def test_the_floor_leaves_a_month_before_the_ceiling() -> None:
    """What may only go on the day on which it must is overdue with the first holiday or clock fault."""
    assert Policy(floor_days=333, target_days=333).floor_days == 333
    for days in (334, 363, 364):
        with pytest.raises(UsageError, match="at most 333"):
            Policy(floor_days=days, target_days=364)
