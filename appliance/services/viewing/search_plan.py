"""In which order a search looks at pictures, coarse to fine, and what it found so far. Pure.

First every sixteenth picture; where two neighbours differ, the one halfway between them at once, down to the picture at
which it changed: what has changed for good, as a bag that is gone, is found after a sixteenth of the work. Then all the
others, by halves: a change that came and went between two coarse pictures is found by these alone.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections.abc import Iterator

__all__ = ["SearchPlan"]

_STRIDE = 16


class SearchPlan:
    """Of pictures [``first``, ``last``] in the order of time. Each is looked at once."""

    def __init__(self, first: int, last: int, stride: int = _STRIDE) -> None:
        self._first, self._last = first, last
        self._seen = bytearray(last - first + 1)
        self._there: list[int] = []
        self._differs: dict[int, bool] = {}
        self._urgent: list[int] = []
        self._order = self._coarse_to_fine(stride)

    def _coarse_to_fine(self, stride: int) -> Iterator[int]:
        yield from range(self._first, self._last + 1, stride)
        yield self._last
        while stride > 1:
            stride //= 2
            yield from range(self._first, self._last + 1, stride)

    @property
    def done(self) -> int:
        """How many were looked at."""
        return sum(self._seen)

    def next(self) -> int | None:
        """The picture to look at next; None when all were."""
        while self._urgent:
            if not self._was(index := self._urgent.pop()):
                return index
        return next((index for index in self._order if not self._was(index)), None)

    def looked(self, index: int, *, seen: bool, before: bool | None = None, after: bool | None = None) -> None:
        """What came of it. ``before`` and ``after``: whether it differs from its neighbours among those that were seen;
        not ``seen``: it has no picture, and its neighbours are each other's."""
        self._seen[index - self._first] = 1
        if not seen:
            return
        insort(self._there, index)
        at = bisect_left(self._there, index)
        if at:
            self._compared(self._there[at - 1], index, bool(before))
        if at + 1 < len(self._there):
            self._compared(index, self._there[at + 1], bool(after))

    def _compared(self, one: int, other: int, differs: bool) -> None:
        self._differs[one] = differs
        if differs and other - one > 1:
            self._urgent.append((one + other) // 2)

    def edges(self) -> list[tuple[int, int, bool]]:
        """Neighbours between which nothing is left to look at, and whether they differ."""
        return [
            (one, other, self._differs[one])
            for one, other in itertools.pairwise(self._there)
            if all(self._seen[one - self._first : other - self._first])
        ]

    def _was(self, index: int) -> bool:
        return bool(self._seen[index - self._first])
