"""By what somebody may look live: the judgement itself, over every role."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.rules.live import Ground, LiveFacts, bases_of, needs_words
from appliance.rules.people import ROLES

DAY = date(2026, 3, 4)
CAMERAS = ("1-01", "1-02")
PUBLIC = {"1-01": True, "1-02": False}
AT_WORK = LiveFacts(DAY, CAMERAS, PUBLIC, row_open=True, tickets=(("M115-0001", "1-02"), ("M115-0002", "")))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_AT_31_a_row_or_a_repair_is_a_basis_for_the_officer_and_for_no_other_role(role: str) -> None:
    found = [(each.ground, each.name, each.cameras) for each in bases_of("a", [role], AT_WORK)]
    of_work = [each for each in found if each[0] is not Ground.SERVICE]
    if role in ("officer", "manager"):
        assert of_work == [
            (Ground.INSPECTION, "2026-03-04", CAMERAS),
            (Ground.REPAIR, "M115-0001", ("1-02",)),
            (Ground.REPAIR, "M115-0002", CAMERAS),
        ]
    else:
        assert of_work == []


def test_AT_31_without_an_open_row_and_a_repair_the_officer_has_no_basis() -> None:
    assert bases_of("a", ["officer", "manager"], LiveFacts(DAY, CAMERAS, PUBLIC)) == ()


def test_T_84_who_audits_looks_live_by_nothing_whatever_roles_they_have_besides() -> None:
    assert bases_of("a", ["auditor"], AT_WORK) == ()
    assert bases_of("a", ["officer", "director", "auditor"], AT_WORK) == ()


def test_AT_30_the_head_of_the_agency_sees_public_areas_live_and_no_other() -> None:
    (basis,) = bases_of("a", ["director"], AT_WORK)
    assert (basis.ground, basis.cameras) == (Ground.SERVICE, ("1-01",))


def test_the_purpose_is_typed_where_no_row_and_no_ticket_says_it() -> None:
    assert [ground for ground in Ground if needs_words(ground)] == [Ground.SERVICE]
