"""Whether wall, boot and ledger time agree: the machine's own word that its clock is synchronised is not enough.

A wall clock that steps against boot time, or that stands before the ledger's newest entry, is in doubt until it has
agreed with boot time for a day (``T-14``, ``INV-03``). Recording never asks; destruction does.
"""

from __future__ import annotations

from appliance.clock import Clock
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS

__all__ = ["AGREE_NS", "STEP_NS", "ClockWatch"]

STEP_NS = 60 * 1_000_000_000
"""More than this against boot time within a day is a step; what a time service slews in a day (43 s) is none."""

AGREE_NS = DAY_NS
"""How long clocks must agree before a doubt is over."""

LOOK_BACK = 10_000
"""Ledger entries to look through at start for a step in this boot: days of an office's entries."""


class ClockWatch:
    """Blocking; one caller. Each step is entered in the ledger (``clock.changed``), so a restart does not forget it."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock, self._ledger = clock, ledger
        self._offset_ns = self._offset()
        self._since_ns = clock.boot_ns()
        self._newest_ns = ledger.entry(ledger.size - 1).at_ns if ledger.size else 0
        self._doubted_ns = self._last_step()

    def agrees(self) -> bool:
        """Whether the clocks agree now and have for a day since the last step. Raises NotWritable."""
        boot_ns = self._clock.boot_ns()
        by_ns = self._offset() - self._offset_ns
        behind_ns = self._newest_ns - self._clock.wall_ns()
        if abs(by_ns) > STEP_NS or behind_ns > STEP_NS:
            self._doubted_ns, self._newest_ns = boot_ns, 0
            self._offset_ns, self._since_ns = self._offset(), boot_ns
            step = by_ns if abs(by_ns) > STEP_NS else -behind_ns
            self._ledger.append("clock.changed", {"boot_id": self._clock.boot_id(), "boot_ns": boot_ns, "by_ns": step})
        elif boot_ns - self._since_ns > DAY_NS:
            self._offset_ns, self._since_ns = self._offset(), boot_ns
        return self._doubted_ns is None or boot_ns - self._doubted_ns >= AGREE_NS

    def _offset(self) -> int:
        return self._clock.wall_ns() - self._clock.boot_ns()

    def _last_step(self) -> int | None:
        """The boot time of the last step that was entered in this boot."""
        for number in range(self._ledger.size - 1, max(-1, self._ledger.size - 1 - LOOK_BACK), -1):
            entry = self._ledger.entry(number)
            if entry.kind == "clock.changed" and entry.fields.get("boot_id") == self._clock.boot_id():
                return int(entry.fields["boot_ns"])
        return None
