"""What viewing stations say of themselves: in memory, and in the ledger where it is another than before.

A station sends what it found each minute, and each USB device that it refused until it was heard. However it behaves,
it fills no ledger: its entries have a budget, and what is past it waits at the station.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import Refused, Unavailable
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.stations import UsbRefused
from appliance.rules.stations import check_report
from appliance.services.stations.book import StationBook

__all__ = ["CHECKED", "USB", "Report", "StationReports"]

CHECKED, USB = "station.checked", "station.usb"
_AT_ONCE, _EVERY_NS = 60, 60 * 1_000_000_000


class Report(NamedTuple):
    """``at_ns``: of this boot."""

    at_ns: int
    wrong: tuple[str, ...]


class StationReports:
    """Thread-safe. ``grants_at``: the ids of what is open at a station. ``budget(most, every_ns)`` makes one."""

    def __init__(
        self,
        book: StationBook,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        *,
        grants_at: Callable[[int], Sequence[str]],
        budget: Callable[[int, int], Callable[[], bool]],
    ) -> None:
        self._book, self._acts, self._ledger, self._clock = book, acts, ledger, clock
        self._grants_at, self._budget = grants_at, budget
        self._lock = threading.Lock()
        self._reports: dict[int, Report] = {}
        self._budgets: dict[int, Callable[[], bool]] = {}
        self._entered = {int(each.fields["station"]): tuple(each.fields["wrong"]) for each in ledger.acts(CHECKED)}

    def take(self, device: str, wrong: Sequence[str], usb: Sequence[UsbRefused]) -> None:
        """Takes a report; what it tells of is durable on return. Raises Refused for a device that is no station in use,
        UsageError, Unavailable past the budget: then the station tells the same again later, and what was entered
        before is not entered twice. NotWritable."""
        check_report(wrong, [(each.kind, each.device) for each in usb])
        station = self._book.by_fingerprint(device)
        if station is None:
            raise Refused.of("station-unknown")
        with self._lock:
            number = station.number
            found = tuple(sorted(wrong))
            self._reports[number] = Report(self._clock.boot_ns(), found)
            if self._entered.get(number, ()) != found:
                self._take_one(number)
                act = f"station-{number}-checked-{self._ledger.size}"
                self._acts.perform(act, CHECKED, {"station": number, "wrong": list(found)})
                self._entered[number] = found
            for each in usb:
                self._enter_usb(number, each)

    def _enter_usb(self, number: int, refused: UsbRefused) -> None:
        act = f"station-{number}-usb-{refused.at_ns}-{refused.device}"
        if self._ledger.act(act) is None:
            self._take_one(number)
            clear = {"station": number, "class": refused.kind, "device": refused.device, "refused_ns": refused.at_ns}
            self._acts.perform(act, USB, {**clear, "grants": list(self._grants_at(number))})

    def _take_one(self, number: int) -> None:
        if number not in self._budgets:
            self._budgets[number] = self._budget(_AT_ONCE, _EVERY_NS)
        if not self._budgets[number]():
            raise Unavailable.of("station-flood")

    def all(self) -> dict[int, Report]:
        """Of those that said anything since the keeper started, by number."""
        with self._lock:
            return dict(self._reports)
