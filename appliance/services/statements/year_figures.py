"""Counting a year from the ledger and the list of cases, for the yearly statistics. Reads only.

A year's entries are found by halving and read once; what came since is all that a later call reads. Where the clock was
set back across New Year, an entry still counts for the year that its own instant says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date

from appliance.ledger.log import Ledger
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.yearly import ENTRY_KINDS, MENDED, Section, YearCase, YearEntry, yearly
from appliance.services.cases.listing import Listing, ListQuery

__all__ = ["YearFigures"]

_EVERY_CASE = 1_000_000
_BEFORE = 5_000
"""So many entries before the first of the year are looked at besides: a clock that was set back is off by less."""


class YearFigures:
    """Thread-safe. ``found_ns``: when what a repair ticket is about was found, by its number."""

    def __init__(self, ledger: Ledger, cases: Listing, found_ns: Callable[[str], int]) -> None:
        self._ledger, self._cases, self._found_ns = ledger, cases, found_ns
        self._lock = threading.Lock()
        self._seen: dict[int, list[YearEntry]] = {}
        self._decided: dict[int, dict[str, int]] = {}
        self._next: dict[int, int] = {}

    def of(self, year: int) -> tuple[Section, ...]:
        """Every figure of a calendar year, as far as it has come."""
        with self._lock:
            self._follow(year)
            return yearly(self._received(year), list(self._seen[year]))

    def _follow(self, year: int) -> None:
        if year not in self._next:
            self._next[year] = max(0, self._first_from(start_ns_of(date(year, 1, 1))) - _BEFORE)
        seen, decided = self._seen.setdefault(year, []), self._decided.setdefault(year, {})
        start_ns, end_ns = start_ns_of(date(year, 1, 1)), start_ns_of(date(year + 1, 1, 1))
        for entry in self._ledger.entries(self._next[year]):
            self._next[year] = entry.index + 1
            if entry.kind == "case.decided" and "case" in entry.fields:
                decided.setdefault(str(entry.fields["case"]), entry.at_ns)
            signed = entry.fields.get("signed")
            counts = entry.kind in ENTRY_KINDS or (isinstance(signed, dict) and signed.get("double"))
            if counts and start_ns <= entry.at_ns < end_ns:
                mended = (entry.kind, entry.fields.get("event")) == MENDED
                found_ns = self._found_ns(str(entry.fields["ticket"])) if mended else entry.at_ns
                seen.append(YearEntry(entry.kind, entry.fields, max(0, entry.at_ns - found_ns)))

    def _received(self, year: int) -> Iterator[YearCase]:
        """The cases received in the year; a decision counts whenever it came."""
        for row in self._cases.find(ListQuery(order="number"), 1, _EVERY_CASE).cases:
            if row.received_ns and day_of(row.received_ns).year == year:
                decided_ns = self._decided[year].get(row.case, 0)
                yield YearCase(row.kind, row.result or row.state, row.received_ns, decided_ns)

    def _first_from(self, at_ns: int) -> int:
        """The first entry that is not before ``at_ns``; one behind the last where there is none."""
        low, high = 0, self._ledger.size
        while low < high:
            middle = (low + high) // 2
            if self._ledger.entry(middle).at_ns < at_ns:
                low = middle + 1
            else:
                high = middle
        return low
