"""What the book of inspections asks the rest of the keeper. Functions handed in; no rule is here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from appliance.core.model import Span
from appliance.rules.inspection.facts import Item

__all__ = ["Inspected"]


class Inspected(NamedTuple):
    """``stood``: the findings that stood between two instants, with when they were over (0: they stand). ``values``:
    what the tests measured last. ``lost``: what of a span was not recorded of a camera (None: the index is away).
    ``scanners``: who took in the scans of a day's row that are on file (``T-78``). ``visits`` and ``media``: the visits
    that go on and the states of storage media, by their registers; whoever answers for these asks the book as well, so
    they are asked while it holds no lock."""

    stood: Callable[[int, int], Sequence[Item]] = lambda start_ns, end_ns: ()
    values: Callable[[], Sequence[tuple[str, str, float, float, str]]] = tuple
    days_off: Callable[[], Collection[date]] = tuple
    trusted: Callable[[], bool] = lambda: True
    lost: Callable[[str, Span], Sequence[Span] | None] = lambda camera_no, span: ()
    scanners: Callable[[date], Collection[str]] = lambda on: ()
    visits: Callable[[], Collection[str]] = tuple
    media: Callable[[], Mapping[str, str]] = dict
