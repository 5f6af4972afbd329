"""The order in which a search looks at pictures: coarse to fine, each once, and never less than all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from appliance.services.viewing.search_plan import SearchPlan


def searched(first: int, last: int, shade: Callable[[int], int | None]) -> tuple[list[int], SearchPlan]:
    """Looks at pictures of which each has a shade, or None where it does not decode."""
    plan, order, there = SearchPlan(first, last), [], list[int]()
    while (index := plan.next()) is not None:
        order.append(index)
        if shade(index) is None:
            plan.looked(index, seen=False)
            continue
        before = max((each for each in there if each < index), default=None)
        after = min((each for each in there if each > index), default=None)
        there.append(index)
        plan.looked(
            index,
            seen=True,
            before=None if before is None else shade(before) != shade(index),
            after=None if after is None else shade(after) != shade(index),
        )
    return order, plan


def test_what_changed_for_good_is_found_after_a_sixteenth_of_the_work() -> None:
    order, plan = searched(0, 1800, lambda index: int(index >= 1234))
    assert max(order.index(1233), order.index(1234)) < 1800 / 16 + 10
    assert [edge[:2] for edge in plan.edges() if edge[2]] == [(1233, 1234)]


def test_what_came_and_went_between_two_coarse_pictures_is_found_in_the_end() -> None:
    order, plan = searched(0, 1800, lambda index: int(index in (1001, 1002)))
    assert [edge[:2] for edge in plan.edges() if edge[2]] == [(1000, 1001), (1002, 1003)]
    assert sorted(order) == list(range(1801))


def test_nothing_is_told_of_pictures_between_which_some_are_left() -> None:
    plan = SearchPlan(0, 32)
    plan.looked(0, seen=True)
    plan.looked(16, seen=True, before=True)
    assert plan.edges() == []


@given(st.integers(0, 50), st.lists(st.sampled_from([0, 0, 0, 1, 2, None]), min_size=1, max_size=120))
def test_every_change_between_neighbours_is_found_and_no_other(first: int, shades: list[int | None]) -> None:
    last = first + len(shades) - 1
    order, plan = searched(first, last, lambda index: shades[index - first])
    assert sorted(order) == list(range(first, last + 1)), "each once"
    assert plan.done == len(shades)
    there = [index for index in range(first, last + 1) if shades[index - first] is not None]
    assert plan.edges() == [
        (one, other, shades[one - first] != shades[other - first]) for one, other in itertools.pairwise(there)
    ]
