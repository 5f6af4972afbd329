"""Which masks are sane, what lacks one, and when footage is opened for drawing them (``T-26``)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.core.motion import KeyPosition, rectangle_at
from appliance.rules.cases.masks import (
    MASKED_STATES,
    MOST,
    MOST_POSITIONS,
    MOST_POSITIONS_OF_A_CASE,
    Mask,
    bare_scopes,
    checked_mask,
    why_not_masked,
)
from appliance.rules.cases.openings import is_seen
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.people import Role
from appliance.rules.yearly import YearEntry, yearly
from tests.rules.casedesk import ROSTER, Desk, chair, granting

SCOPES = (Scope("A-1", 100, 200), Scope("A-1", 300, 400), Scope("A-2", 100, 200))
MASK = Mask(number=1, camera_no="A-1", start_ns=120, end_ns=150, left=100, top=200, right=300, bottom=1000)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"left": 0, "top": 0, "right": 1000, "bottom": 1000}, ""),
        ({"right": 105}, ""),
        ({"left": -1}, "out of the picture"),
        ({"top": -1}, "out of the picture"),
        ({"right": 1001}, "out of the picture"),
        ({"bottom": 1001}, "out of the picture"),
        ({"right": 104}, "narrower or lower"),
        ({"right": 100}, "narrower or lower"),
        ({"right": 50}, "narrower or lower"),
        ({"top": 996}, "narrower or lower"),
        ({"end_ns": 120}, "end must come after"),
        ({"end_ns": 110}, "end must come after"),
        ({"start_ns": 200, "end_ns": 300}, "nothing to be masked"),
        ({"start_ns": 50, "end_ns": 100}, "nothing to be masked"),
        ({"camera_no": "A-3"}, "camera A-3 has nothing to be masked"),
    ],
)
def test_T_26_a_mask_is_a_rectangle_of_the_picture_in_the_minutes_that_are_to_be_masked(
    changes: dict[str, Any], problem: str
) -> None:
    mask = msgspec.structs.replace(MASK, **changes)
    if not problem:
        assert checked_mask(mask, SCOPES, ()) == mask
        return
    with pytest.raises(UsageError, match=problem):
        checked_mask(mask, SCOPES, ())


@pytest.mark.parametrize(("asked", "kept"), [((50, 150), (100, 150)), ((150, 350), (150, 350)), ((0, 999), (100, 400))])
def test_T_26_a_mask_reaches_no_further_than_what_is_to_be_masked(
    asked: tuple[int, int], kept: tuple[int, int]
) -> None:
    mask = checked_mask(msgspec.structs.replace(MASK, start_ns=asked[0], end_ns=asked[1]), SCOPES, ())
    assert (mask.start_ns, mask.end_ns) == kept


def test_no_case_has_more_masks_than_somebody_can_look_over() -> None:
    assert checked_mask(MASK, SCOPES, [MASK] * (MOST - 1)) == MASK
    with pytest.raises(UsageError, match=f"has {MOST} of them"):
        checked_mask(MASK, SCOPES, [MASK] * MOST)


def moving(*positions: tuple[int, int, int, int, int]) -> Mask:
    """What a page sends of one that moves: its positions, and a rectangle and times that nobody reads."""
    made = tuple(KeyPosition(*each) for each in positions)
    return msgspec.structs.replace(MASK, start_ns=0, end_ns=0, left=0, right=0, positions=made)


def test_T_26_a_mask_that_moves_lasts_from_its_first_position_to_its_last_and_says_all_that_it_covers() -> None:
    mask = checked_mask(moving((110, 0, 100, 200, 300), (150, 500, 50, 700, 250), (180, 0, 0, 90, 90)), SCOPES, ())
    assert (mask.start_ns, mask.end_ns) == (110, 180)
    assert (mask.left, mask.top, mask.right, mask.bottom) == (0, 0, 700, 300)
    assert len(mask.positions) == 3


@pytest.mark.parametrize(
    ("positions", "problem"),
    [
        ([(110, 0, 0, 9, 9)], "end must come after"),
        ([(110, 0, 0, 9, 9), (110, 0, 0, 9, 9)], "end must come after"),
        ([(110, 0, 0, 9, 9), (150, 0, 0, 9, 9), (140, 0, 0, 9, 9)], "end must come after"),
        ([(110, 0, 0, 9, 9), (150, 0, 0, 1001, 9)], "out of the picture"),
        ([(110, -1, 0, 9, 9), (150, 0, 0, 9, 9)], "out of the picture"),
        ([(110, 0, 0, 9, 9), (130, 8, 0, 9, 9), (150, 0, 0, 9, 9)], "narrower or lower"),
        ([(210, 0, 0, 9, 9), (250, 0, 0, 9, 9)], "nothing to be masked"),
        ([(110 + at, 0, 0, 9, 9) for at in range(MOST_POSITIONS + 1)], f"more than {MOST_POSITIONS} positions"),
    ],
)
def test_T_26_each_position_of_a_mask_is_one_that_it_could_stand_at(
    positions: list[tuple[int, int, int, int, int]], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        checked_mask(moving(*positions), SCOPES, ())


def test_a_case_has_so_many_positions_in_all() -> None:
    two = moving((110, 0, 0, 9, 9), (150, 0, 0, 9, 9))
    others = [two] * (MOST_POSITIONS_OF_A_CASE // 2)
    assert checked_mask(two, SCOPES, others[1:][: MOST - 1])
    many = [msgspec.structs.replace(two, positions=two.positions * 100)] * (MOST_POSITIONS_OF_A_CASE // 200)
    with pytest.raises(UsageError, match=f"more than {MOST_POSITIONS_OF_A_CASE} positions in all"):
        checked_mask(two, SCOPES, many)
    assert checked_mask(MASK, SCOPES, many), "one that stands still has none"


def test_T_26_what_of_a_movement_reaches_into_the_minutes_lies_where_it_lay() -> None:
    whole = moving((50, 0, 0, 100, 100), (250, 400, 600, 500, 700))
    mask = checked_mask(whole, SCOPES, ())
    assert [each.at_ns for each in mask.positions] == [100, 200]
    for at_ns in range(100, 201):
        one, other = rectangle_at(mask.positions, at_ns), rectangle_at(whole.positions, at_ns)
        assert (one.left <= other.left, one.top <= other.top) == (True, True)
        assert (one.right >= other.right, one.bottom >= other.bottom) == (True, True)


def test_T_26_what_is_to_be_masked_and_has_no_mask_is_known() -> None:
    assert bare_scopes(SCOPES, ()) == SCOPES
    assert bare_scopes(SCOPES, [MASK]) == SCOPES[1:]
    assert bare_scopes(SCOPES, [msgspec.structs.replace(MASK, end_ns=301)]) == SCOPES[2:]
    assert bare_scopes(SCOPES, [msgspec.structs.replace(MASK, end_ns=300)]) == SCOPES[1:]
    assert bare_scopes((), ()) == ()


def masked(kind: Kind) -> Desk:
    desk = Desk(kind).to_decision()
    return desk.do(Event.GRANT_PARTLY, rulings=granting(desk.case.asked, masked=True, reason="third persons"))


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.INT])
def test_T_26_footage_is_opened_for_masking_from_the_decision_to_the_viewing_while_no_mask_is_confirmed(
    kind: Kind,
) -> None:
    desk = masked(kind)
    assert why_not_masked(desk.case) is None
    desk.do(Event.FINISH_MASKS)
    assert why_not_masked(desk.case) is None, "whoever confirms looks at them"
    desk.do(Event.CONFIRM_MASKS)
    assert "confirmed" in str(why_not_masked(desk.case))
    desk.do(Event.REDRAW_MASKS)
    assert why_not_masked(desk.case) is None
    for state in State:
        case = msgspec.structs.replace(desk.case, state=state)
        assert (why_not_masked(case) is None) == (state in MASKED_STATES), state
    assert why_not_masked(msgspec.structs.replace(desk.case, flags=frozenset({"viewed"})))
    assert "nothing" in str(why_not_masked(Desk(kind).to_decision().do(Event.GRANT).case))


def test_INV_14_whoever_drew_masks_of_a_case_confirms_none_of_it_whatever_roles_they_have() -> None:
    desk = masked(Kind.CIT).do(Event.FINISH_MASKS)
    refused = desk.refused(Event.CONFIRM_MASKS, "wang", roster=(*ROSTER, chair("wang", Role.MANAGER)))
    assert (refused.why, refused.missing) == ("pair", ("mask_maker",))


def test_an_opening_for_masking_is_no_viewing_in_the_year_s_figures() -> None:
    opened = YearEntry("grant.opened", {"case": "115-0001"}), YearEntry("grant.opened", {"purpose": "masking"})
    assert [is_seen(each.fields) for each in opened] == [True, False]
    (section,) = [each for each in yearly([], opened) if each.code == "viewing"]
    assert {figure.code: figure.number for figure in section.figures}["opened"] == 1
