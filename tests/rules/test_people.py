"""Roles, how long they last, who approves them, and who must be left: T-82, AT-30's term, 防護基準 1-1, the matrix."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Refused, UsageError
from appliance.rules.people import (
    MAY,
    ROLES,
    RoleGrant,
    acting_on,
    check_grant,
    check_left,
    may,
    needs_factor,
    roles_on,
)

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def grant(role: str, first: int = 0, last: int | None = None, *, acting: bool = False) -> RoleGrant:
    """From ``first`` to ``last`` days from today."""
    end = None if last is None else TODAY + timedelta(days=last)
    return RoleGrant(role=role, start=TODAY + timedelta(days=first), end=end, acting=acting)


GRANTS = st.builds(RoleGrant, role=st.sampled_from(list(ROLES)), start=DAYS, end=st.none() | DAYS, acting=st.booleans())


def test_a_role_counts_from_its_first_day_to_its_last_both_included() -> None:
    held = [grant("secretary", -1, 1), grant("officer", 2)]
    days = [roles_on(held, TODAY + timedelta(days=number)) for number in range(-2, 4)]
    assert days == [(), ("secretary",), ("secretary",), ("secretary",), ("officer",), ("officer",)]


def test_who_acts_for_another_is_known_unless_the_role_is_the_persons_own_too() -> None:
    held = [grant("director", 0, 5, acting=True), grant("secretary")]
    assert roles_on(held, TODAY) == ("secretary", "director")
    assert acting_on(held, TODAY) == {"director"}
    assert acting_on([*held, grant("director")], TODAY) == frozenset()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (grant("king"), "no such role"),
        (grant("officer", 5, 3), "before its first"),
        (grant("officer", -9, -3), "past"),
        (grant("officer", -1, 3), "first day"),
        (grant("director", acting=True), "needs a last day"),
        (grant("director", 0, 367, acting=True), "366 days at most"),
        (grant("staff", 0, 9, acting=True), "nobody holds it for another"),
        (grant("live_viewer"), "needs a last day"),
        (grant("live_viewer", 0, 91), "90 days at most"),
    ],
)
def test_a_grant_that_nobody_may_have_is_refused_in_words(asked: RoleGrant, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_grant((), asked, TODAY)


def test_a_live_viewer_is_authorised_for_90_days_and_an_acting_director_for_a_year() -> None:
    check_grant((), grant("live_viewer", 0, 90), TODAY)
    check_grant((), grant("director", 0, 366, acting=True), TODAY)


def test_whoever_audits_holds_no_other_role_on_any_day() -> None:
    with pytest.raises(Refused, match="audits"):
        check_grant([grant("officer")], grant("auditor"), TODAY)
    with pytest.raises(Refused, match="audits"):
        check_grant([grant("auditor", 0, 9)], grant("staff", 5), TODAY)
    check_grant([grant("auditor", 0, 9)], grant("staff", 10), TODAY)


def test_the_same_role_is_not_given_twice_for_the_same_days() -> None:
    with pytest.raises(Refused, match="has it then already"):
        check_grant([grant("officer")], grant("officer", 3), TODAY)
    check_grant([grant("director", 0, 5, acting=True)], grant("director"), TODAY)


@given(st.lists(GRANTS, max_size=4), GRANTS, DAYS)
def test_what_is_taken_keeps_every_rule_on_every_day(held: list[RoleGrant], asked: RoleGrant, day: date) -> None:
    kept: list[RoleGrant] = []
    for each in [*held, asked]:
        try:
            check_grant(kept, each, TODAY)
        except (Refused, UsageError):
            continue
        kept.append(each)
    roles = roles_on(kept, day)
    assert "auditor" not in roles or roles == ("auditor",)
    assert acting_on(kept, day) <= set(roles)
    assert sum(1 for each in kept if each.on(day) and not each.acting) == len(
        {each.role for each in kept if each.on(day) and not each.acting}
    )


def test_an_officer_and_another_who_decides_must_be_left_and_somebody_who_opens_the_vault() -> None:
    check_left([("officer",), ("unit_head",)], 1)
    check_left([("manager", "staff"), ("secretary",), ("director",)], 2)
    for left in ([], [("officer", "unit_head")], [("officer",), ("secretary",)], [("director",), ("unit_head",)]):
        with pytest.raises(Refused, match="must be left"):
            check_left(left, 2)
    with pytest.raises(Refused, match="opens the vault"):
        check_left([("officer",), ("unit_head",)], 0)


def test_the_matrix_of_what_may_be_looked_at() -> None:
    """``domain`` 4.3, the rows *see case papers* and *read ledger, logs, audit*: staff and the rest see their own only,
    which no page shows yet. Pictures of cameras are no papers: who signs for them sees them."""
    readers = {"officer", "manager", "unit_head", "secretary", "director", "auditor"}
    for what in MAY:
        seen_by = {role for role in ROLES if may(what, [role])}
        besides = {"see-status": {"live_viewer"}, "see-cameras": {"webmaster"}}
        without = {
            "see-references": {"secretary", "auditor"},
            "see-inspection-pictures": readers - {"officer", "manager"},
        }
        assert seen_by == (readers | besides.get(what, set())) - without.get(what, set()), what


def test_who_runs_the_office_or_its_recorder_logs_in_with_a_second_factor() -> None:
    """防護基準 4-1-2: OFF, MGR, HEAD-U, DIR."""
    assert {role for role in ROLES if needs_factor([role])} == {"officer", "manager", "unit_head", "director"}


def test_nobody_but_an_auditor_s_role_is_exclusive_and_every_role_has_somebody_who_approves_it() -> None:
    assert [role for role, row in ROLES.items() if row.exclusive] == ["auditor"]
    assert all(row.approvers and row.approvers <= set(ROLES) for row in ROLES.values())
    assert ROLES["officer"].approvers == {"unit_head"}, "4.2: the rights of OFF and MGR need HEAD-U"
    assert ROLES["manager"].approvers == {"unit_head"}
    assert ROLES["unit_head"].approvers == {"director"}
