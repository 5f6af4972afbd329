"""How much work a page of the desk is: records unsealed and entries read, counted, not timed. None of it grows with the
cases that are closed; what takes how long is measured by ``tests/bench/bench_cases.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance.core.errors import Damaged
from appliance.ledger.log import Ledger
from appliance.ledger.months import Month
from appliance.services.cases import listing as listing_module
from appliance.services.cases.board import board
from appliance.services.cases.earlier import earlier_than
from appliance.services.cases.listing import Listing, ListQuery
from appliance.services.cases.views import tell
from appliance.storage.files import RealFs
from tests.bench.bench_cases import LIFE, SEATS, Office, fill
from tests.services.bookdesk import RANGE
from tests.vault.ringcases import MovingClock

OPEN = len(LIFE) - 2
"""One at each stage of its life."""
_DAY_NS = 86_400 * 10**9


class Work(NamedTuple):
    """What was done for one answer."""

    records: int
    unsealed_bytes: int
    entries: int


class Counter:
    """Counts while ``of`` runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._work = Work(0, 0, 0)
        read, entry = Month.read, Ledger.entry

        def reading(month: Month, act_id: str) -> bytes:
            plaintext = read(month, act_id)
            records, size, entries = self._work
            self._work = Work(records + 1, size + len(plaintext), entries)
            return plaintext

        def decoding(ledger: Ledger, index: int) -> object:
            self._work = self._work._replace(entries=self._work.entries + 1)
            return entry(ledger, index)

        monkeypatch.setattr(Month, "read", reading)
        monkeypatch.setattr(Ledger, "entry", decoding)

    def of(self, act: Callable[[], object]) -> Work:
        self._work = Work(0, 0, 0)
        act()
        return self._work


def _opened(directory: Path, cases: int) -> tuple[str, MovingClock]:
    clock = MovingClock(RANGE["end_ns"] + 3600 * 10**9)  # type: ignore[operator]
    fill(str(directory), clock, cases, OPEN)
    office = Office(str(directory), clock, RealFs())
    clock.go_to(clock.wall_ns() + 2 * _DAY_NS)
    office.book.end_pins(trusted=True)  # of those that were closed last
    office.ledger.close()
    return str(directory), clock


@pytest.fixture
def offices(tmp_path: Path, long_run: bool) -> list[tuple[str, MovingClock]]:
    """A small one and one with five times as many closed cases; as many are open in both."""
    small = 1_000 if long_run else 26
    return [_opened(tmp_path / str(cases), cases) for cases in (small, small * 5)]


def pages(office: Office) -> dict[str, Callable[[], object]]:
    """The pages of the desk, each as the keeper makes its answer; those of lists once all rows were read in the
    background."""
    book, listing = office.book, Listing(office.book)
    newest, closed = book.all_keys()[0], book.all_keys()[-1]
    return {
        "a closed case": lambda: tell(book, book.file(closed), SEATS, full=True),
        "an open case": lambda: tell(book, book.file(newest), SEATS, full=True),
        "all rows, in the background": lambda: [listing.warm(250) for _ in range(len(book.all_keys()) // 250 + 1)],
        "list": lambda: listing.find(ListQuery(), 1, 50),
        "list, open ones": lambda: listing.find(ListQuery(state="open"), 1, 50),
        "list, soonest due": lambda: listing.find(ListQuery(order="due"), 1, 50),
        "search": lambda: listing.find(ListQuery(text="王一"), 1, 50),
        "search for nothing there": lambda: listing.find(ListQuery(text="查無此人"), 1, 50),
        "duty board": lambda: board(book, SEATS),
        "what was asked before": lambda: earlier_than(listing, book.file(newest), lambda _: True),
        "what is pinned": book.holds,
    }


def test_no_page_of_the_desk_takes_more_work_for_more_closed_cases(
    offices: list[tuple[str, MovingClock]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, found = Counter(monkeypatch), []
    for directory, clock in offices:
        office = Office(directory, clock, RealFs())
        found.append({name: counter.of(page) for name, page in pages(office).items()})
        office.ledger.close()
    small, large = found
    for name in small.keys() - {"all rows, in the background"}:
        print(f"{name:28s} {large[name]}")
        assert large[name].records <= small[name].records, name
        assert large[name].entries <= small[name].entries, name
    assert small["a closed case"].records > 0, "the counter counts"
    assert large["all rows, in the background"].records > small["all rows, in the background"].records
    for name in ("list", "list, open ones", "list, soonest due", "search", "search for nothing there", "duty board",
                 "what was asked before"):  # fmt: skip
        assert large[name] == Work(0, 0, 0), f"{name}: nothing is unsealed for rows that stand in memory"


def test_rows_kept_over_a_start_are_believed_as_far_as_nothing_came_since(
    offices: list[tuple[str, MovingClock]], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, clock = offices[0]
    office = Office(directory, clock, RealFs())
    listing = Listing(office.book)
    assert listing.warm(1 << 20)
    before, kept, closed = listing.find(ListQuery(), 1, 500), listing.kept(), office.book.all_keys()[-1]
    assert listing.warm(0), "all are there"
    office.ledger.close()

    counter = Counter(monkeypatch)
    office = Office(directory, clock, RealFs())
    listing = Listing(office.book)
    listing.take(kept)
    assert counter.of(lambda: listing.find(ListQuery(text="王一"), 1, 50)) == Work(0, 0, 0)
    assert listing.find(ListQuery(), 1, 500) == before
    office.acts.perform("looked", "case.used", {"case": closed})
    office.ledger.close()

    office = Office(directory, clock, RealFs())
    listing = Listing(office.book)
    listing.take(kept)
    assert counter.of(lambda: listing.find(ListQuery(), 1, 50)).records > 0, "an entry about it came since"
    with pytest.raises(Damaged, match="rows of closed cases"):
        listing.take(b"\xc1")
    monkeypatch.setattr(listing_module, "_MADE_BY", "another version")
    listing = Listing(office.book)
    listing.take(kept)
    assert not listing.warm(0), "what another version made is not believed"
    office.ledger.close()


def test_a_start_unseals_no_more_for_more_closed_cases(
    offices: list[tuple[str, MovingClock]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, found = Counter(monkeypatch), []
    for directory, clock in offices:
        opened: list[Office] = []
        found.append(counter.of(lambda d=directory, c=clock, o=opened: o.append(Office(d, c, RealFs()))))  # type: ignore[misc]
        opened[0].ledger.close()
    small, large = found
    print(small, large)
    assert small.records > 0, "it reads those that are open"
    assert large.records == small.records
