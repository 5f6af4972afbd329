"""The last search of the network for cameras that nobody registered (``AT-03``), in memory alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec

from appliance.core.clock import Clock
from appliance.rules.cameras.wiring import Found, Searched, host_of

__all__ = ["CameraSearches"]

_LONGEST_NS = 30 * 1_000_000_000
"""A search that did not answer by then is over."""

_MOST_FOUND, _MOST_WHY = 128, 200


class CameraSearches:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = Searched()

    @property
    def last(self) -> Searched:
        with self._lock:
            return self._last

    @property
    def wanted(self) -> int:
        """The number of the search that goes on, 0 for none; the recorder hears of it with each answer to its
        states."""
        last = self.last
        return last.number if not last.done_ns else 0

    def service_at(self, host: str) -> str:
        """Where the last search found that the device at ``host`` is asked what it is, "" where it did not."""
        return next((each.service for each in self.last.found if each.service and host_of(each.value) == host), "")

    def begin(self) -> int:
        """The number of a new search, or of the one that goes on."""
        with self._lock:
            now_ns = self._clock.wall_ns()
            going = self._last.number and not self._last.done_ns
            if not going or now_ns - self._last.asked_ns > _LONGEST_NS:
                self._last = Searched(number=self._last.number + 1, asked_ns=now_ns)
            return self._last.number

    def came(self, number: int, found: Sequence[Found], why: str) -> None:
        """What the recorder found. That of an older search is dropped."""
        with self._lock:
            if number == self._last.number:
                self._last = msgspec.structs.replace(
                    self._last, done_ns=self._clock.wall_ns(), found=tuple(found[:_MOST_FOUND]), why=why[:_MOST_WHY]
                )
