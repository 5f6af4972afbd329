"""A rectangle that moves: where it is at a moment, and everywhere it is between two. Pure, whole numbers alone.

Its key positions are in the order of time; between two of them each edge moves linearly (``docs/design/masks.md``).
What is answered lies out to whole permille, so it never is smaller than the rectangle itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

__all__ = ["KeyPosition", "Rectangle", "cut", "rectangle_at", "swept"]


class KeyPosition(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a rectangle is at a moment, in permille of the picture; ``right`` and ``bottom`` are not included."""

    at_ns: int
    left: int
    top: int
    right: int
    bottom: int

    @property
    def rectangle(self) -> Rectangle:
        return Rectangle(self.left, self.top, self.right, self.bottom)


class Rectangle(NamedTuple):
    """In permille of the picture; ``right`` and ``bottom`` are not included."""

    left: int
    top: int
    right: int
    bottom: int


def rectangle_at(positions: Sequence[KeyPosition], at_ns: int) -> Rectangle:
    """Out to whole permille; before the first position that one, after the last the last. ``positions``: at least one,
    their moments rising."""
    later = bisect_right(positions, at_ns, key=_moment)
    if later in (0, len(positions)):
        return positions[max(later - 1, 0)].rectangle
    one, other = positions[later - 1], positions[later]
    whole, gone = other.at_ns - one.at_ns, at_ns - one.at_ns

    def out(first: int, last: int, direction: int) -> int:
        return direction * ((direction * (first * whole + (last - first) * gone)) // whole)

    return Rectangle(
        out(one.left, other.left, 1),
        out(one.top, other.top, 1),
        out(one.right, other.right, -1),
        out(one.bottom, other.bottom, -1),
    )


def swept(positions: Sequence[KeyPosition], first_ns: int, last_ns: int) -> Rectangle:
    """The smallest rectangle that holds all that it covers from one moment to another, both included."""
    between = positions[bisect_left(positions, first_ns, key=_moment) : bisect_right(positions, last_ns, key=_moment)]
    found = [rectangle_at(positions, first_ns), rectangle_at(positions, last_ns), *(each.rectangle for each in between)]
    return Rectangle(
        min(each.left for each in found),
        min(each.top for each in found),
        max(each.right for each in found),
        max(each.bottom for each in found),
    )


def cut(positions: Sequence[KeyPosition], start_ns: int, end_ns: int) -> tuple[KeyPosition, ...]:
    """The same movement from ``start_ns`` to ``end_ns`` alone, a position at each end."""
    first, last = rectangle_at(positions, start_ns), rectangle_at(positions, end_ns)
    inside = tuple(each for each in positions if start_ns < each.at_ns < end_ns)
    return KeyPosition(start_ns, *first), *inside, KeyPosition(end_ns, *last)


def _moment(position: KeyPosition) -> int:
    return position.at_ns
