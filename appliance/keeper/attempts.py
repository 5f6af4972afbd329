"""Log-ins that were tried, on their way into the ledger: how many in clear, of which account only sealed."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable

from appliance.core.errors import NotWritable
from appliance.ledger.records import Acts
from appliance.services.people.login import Attempt

__all__ = ["Attempts"]

_HOUR_NS = 3600 * 1_000_000_000
_MOST_COUNTED = 10_000
_NOBODY = "?"
"""Stands for every name that is no account: what was typed there may be somebody's password."""


class Attempts:
    """Thread-safe. What was counted is kept until the ledger has it."""

    def __init__(self, acts: Acts, random: Callable[[int], bytes], now_ns: Callable[[], int]) -> None:
        """``now_ns`` by a clock that is never set."""
        self._acts, self._random, self._now_ns = acts, random, now_ns
        self._failed: deque[int] = deque(maxlen=_MOST_COUNTED)
        self._lock = threading.Lock()
        self._counted: Counter[Attempt] = Counter()

    def count(self, attempt: Attempt) -> None:
        with self._lock:
            self._counted[attempt] += 1
            if attempt.outcome != "succeeded":
                self._failed.append(self._now_ns())

    @property
    def failed_lately(self) -> int:
        """How many failed within the last hour, of this keeper's life; it counts to ten thousand."""
        with self._lock:
            since_ns = self._now_ns() - _HOUR_NS
            return sum(at_ns > since_ns for at_ns in self._failed)

    @property
    def failed(self) -> bool:
        """Whether one of those that wait was none that succeeded."""
        with self._lock:
            return any(attempt.outcome != "succeeded" for attempt in self._counted)

    def enter(self) -> None:
        """Enters what was counted since the last time, if anything was. Raises NotWritable; then nothing is lost."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        totals = dict.fromkeys(("succeeded", "failed"), 0)
        accounts: dict[str, dict[str, int]] = {}
        for attempt, count in counted.items():
            totals[attempt.outcome] = totals.get(attempt.outcome, 0) + count
            accounts.setdefault(attempt.person or _NOBODY, {})[attempt.outcome] = count
        try:
            self._acts.perform(self._random(16).hex(), "login.counted", totals, {"accounts": accounts})
        except NotWritable:
            with self._lock:
                self._counted.update(counted)
            raise
