"""A rectangle that moves: linear between its positions, and swept between two moments with nothing left out."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from appliance.core.motion import KeyPosition, Rectangle, cut, rectangle_at, swept

TWO = (KeyPosition(100, 0, 100, 200, 300), KeyPosition(200, 100, 100, 400, 250))


def drawn_positions(seed: int, most: int = 12) -> tuple[KeyPosition, ...]:
    """Anything that a mask may be."""
    drawn = random.Random(seed)
    moments = sorted(drawn.sample(range(10**12), drawn.randrange(2, most)))
    found = []
    for at_ns in moments:
        (left, right), (top, bottom) = (sorted(drawn.sample(range(1001), 2)) for _ in range(2))
        found.append(KeyPosition(at_ns, left, top, right, bottom))
    return tuple(found)


def exact(positions: tuple[KeyPosition, ...], at_ns: int) -> tuple[Fraction, ...]:
    """By another way than the product's: fractions, and a search from the front."""
    if at_ns <= positions[0].at_ns:
        return tuple(map(Fraction, positions[0].rectangle))
    for one, other in itertools.pairwise(positions):
        if at_ns <= other.at_ns:
            share = Fraction(at_ns - one.at_ns, other.at_ns - one.at_ns)
            return tuple(a + (b - a) * share for a, b in zip(one.rectangle, other.rectangle, strict=True))
    return tuple(map(Fraction, positions[-1].rectangle))


def holds(outer: Rectangle, inner: tuple[Fraction, ...] | Rectangle) -> bool:
    left, top, right, bottom = inner
    return outer.left <= left and outer.top <= top and right <= outer.right and bottom <= outer.bottom


@pytest.mark.parametrize(
    ("at_ns", "expected"),
    [
        (0, (0, 100, 200, 300)),
        (100, (0, 100, 200, 300)),
        (150, (50, 100, 300, 275)),
        (151, (51, 100, 302, 275)),
        (199, (99, 100, 398, 251)),
        (200, (100, 100, 400, 250)),
        (300, (100, 100, 400, 250)),
    ],
)
def test_between_two_positions_each_edge_moves_linearly_and_out_to_whole_permille(
    at_ns: int, expected: tuple[int, ...]
) -> None:
    assert rectangle_at(TWO, at_ns) == expected


@pytest.mark.parametrize("seed", range(20))
def test_T_26_what_is_swept_holds_the_rectangle_of_every_instant(seed: int) -> None:
    positions, drawn = drawn_positions(seed), random.Random(1000 + seed)
    for _ in range(20):
        first, last = sorted(drawn.randrange(-(10**11), 11 * 10**11) for _ in range(2))
        all_of_it = swept(positions, first, last)
        instants = [first, last, *(drawn.randint(first, last) for _ in range(20))]
        instants += [each.at_ns for each in positions if first <= each.at_ns <= last]
        for at_ns in instants:
            assert holds(all_of_it, exact(positions, at_ns))
            assert holds(all_of_it, rectangle_at(positions, at_ns))
        for edge, outermost in enumerate((min, min, max, max)):
            reached = outermost(exact(positions, at_ns)[edge] for at_ns in instants)
            assert abs(all_of_it[edge] - reached) < 1, "and no more"


@pytest.mark.parametrize("seed", range(20))
def test_T_26_a_rectangle_that_moves_is_where_the_straight_line_has_it_or_less_than_a_permille_wider(
    seed: int,
) -> None:
    positions, drawn = drawn_positions(seed), random.Random(seed)
    for at_ns in [drawn.randrange(-(10**11), 11 * 10**11) for _ in range(100)] + [each.at_ns for each in positions]:
        found, where = rectangle_at(positions, at_ns), exact(positions, at_ns)
        assert holds(found, where)
        assert all(abs(edge - other) < 1 for edge, other in zip(found, where, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_T_26_what_is_left_of_a_movement_that_is_cut_lies_where_it_lay_and_never_within(seed: int) -> None:
    positions, drawn = drawn_positions(seed), random.Random(seed)
    start, end = sorted(drawn.sample(range(positions[0].at_ns, positions[-1].at_ns + 1), 2))
    left_over = cut(positions, start, end)
    assert (left_over[0].at_ns, left_over[-1].at_ns) == (start, end)
    assert [each.at_ns for each in left_over] == sorted({each.at_ns for each in left_over})
    for at_ns in [drawn.randint(start, end) for _ in range(40)]:
        assert holds(rectangle_at(left_over, at_ns), exact(positions, at_ns))
        assert all(abs(a - b) < 2 for a, b in zip(rectangle_at(left_over, at_ns), exact(positions, at_ns), strict=True))
