"""Log-ins that were tried, on their way into the ledger: how many in clear, of which account only sealed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from appliance.custody.login import Attempt
from appliance.errors import NotWritable
from appliance.ledger.records import Acts

__all__ = ["Attempts"]

_NOBODY = "?"
"""Stands for every name that is no account: what was typed there may be somebody's password."""


class Attempts:
    """Thread-safe. What was counted is kept until the ledger has it."""

    def __init__(self, acts: Acts, random: Callable[[int], bytes]) -> None:
        self._acts, self._random = acts, random
        self._lock = threading.Lock()
        self._counted: Counter[Attempt] = Counter()

    def count(self, attempt: Attempt) -> None:
        with self._lock:
            self._counted[attempt] += 1

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
