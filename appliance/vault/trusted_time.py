"""Whether time may be believed: by the machine's time service or by two people, and only if the clocks agree.

The machine's own word that its clock is synchronised is not enough. A wall clock that steps against boot time, or that
stands before the ledger's newest entry, is in doubt until it has agreed with boot time for a day (``T-14``, ``INV-03``)
or until two people have compared it with a reference (``T-16``). One that is further ahead than ledger and boot time
account for is in doubt until somebody did: waiting makes no lie true. Recording never asks; destruction does.
"""

from __future__ import annotations

import threading

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import ClockReading
from appliance.rules.time_trust import READING_NS, STEP_NS, TimeTrust

__all__ = ["AGREE_NS", "LEAP_NS", "ClockWatch"]

AGREE_NS = DAY_NS
"""How long clocks must agree before a doubt is over."""

LEAP_NS = 14 * DAY_NS
"""How long a box may have been off and still be believed when it comes back. The longest row of days off in the office
calendar (the lunar new year) is nine or ten days; the ledger has an entry every hour that the box runs."""

LOOK_BACK = 10_000
"""Ledger entries to look through at start for what happened to the clock in this boot: days of an office's entries."""


class ClockWatch:
    """Blocking; thread-safe. Each step is entered in the ledger (``clock.changed``), so a restart does not forget it.

    ``anchor`` is the newest moment of this boot at which wall time was trusted, if one is known, as ``wall - boot``: a
    step while this process was down shows against it.
    """

    def __init__(self, clock: Clock, ledger: Ledger, anchor_ns: int | None = None) -> None:
        self._clock, self._ledger = clock, ledger
        self._lock = threading.Lock()
        self._offset_ns = self._offset() if anchor_ns is None else anchor_ns
        self._since_ns = clock.boot_ns()
        self._newest_ns = ledger.entry(ledger.size - 1).at_ns if ledger.size else 0
        self._credible = self._since_ns, clock.wall_ns()
        self._leapt = False
        self._doubted_ns: int | None = None
        self._vouched_until_ns = 0
        self._recall()
        if anchor_ns is not None:
            self._heed_anchor(anchor_ns)

    def trusted(self) -> bool:
        """Whether wall time may be used to judge retention now. Raises NotWritable."""
        return self.agrees() and (self._clock.trusted() or self.vouched_ns() > 0)

    def agrees(self) -> bool:
        """Whether the clocks agree now and have since the last step, for a day or since two people looked. Raises
        NotWritable."""
        with self._lock:
            boot_ns = self._clock.boot_ns()
            by_ns = self._offset() - self._offset_ns
            behind_ns = self._newest_ns - self._clock.wall_ns()
            ahead_ns = self._ahead_ns(boot_ns)
            leapt = ahead_ns > LEAP_NS
            if abs(by_ns) > STEP_NS or behind_ns > STEP_NS or leapt > self._leapt:
                self._doubted_ns, self._newest_ns, self._vouched_until_ns = boot_ns, 0, 0
                self._offset_ns, self._since_ns, self._leapt = self._offset(), boot_ns, leapt
                step = by_ns if abs(by_ns) > STEP_NS else -behind_ns if behind_ns > STEP_NS else ahead_ns
                fields = {"boot_id": self._clock.boot_id(), "boot_ns": boot_ns, "by_ns": step}
                self._ledger.append("clock.changed", fields | {"credible_ns": self._clock.wall_ns() - ahead_ns})
            elif boot_ns - self._since_ns > DAY_NS:
                self._offset_ns, self._since_ns = self._offset(), boot_ns
            return not leapt and (self._doubted_ns is None or boot_ns - self._doubted_ns >= AGREE_NS)

    def leapt_ns(self) -> int:
        """By how much the clock is ahead of what ledger and boot time account for, where that is too much to be
        believed until two people looked; else 0."""
        with self._lock:
            ahead_ns = self._ahead_ns(self._clock.boot_ns())
            return ahead_ns if ahead_ns > LEAP_NS else 0

    def vouched_ns(self) -> int:
        """For how much longer two people's reading vouches for the clock; 0 where none does."""
        with self._lock:
            return max(0, self._vouched_until_ns - self._clock.boot_ns())

    def told(self) -> TimeTrust:
        """What the recorder is to hold of the clock. In doubt where a step cannot be entered."""
        try:
            doubted = not self.agrees()
        except NotWritable:
            doubted = True
        with self._lock:
            return TimeTrust(
                boot_id=self._clock.boot_id(),
                doubted=doubted,
                until_ns=0 if doubted else self._vouched_until_ns,
                offset_ns=self._offset_ns,
            )

    def read(self, reading: ClockReading, lasts_ns: int = READING_NS) -> None:
        """Two people say what the time is, and that vouches for it for ``lasts_ns``. What doubt there was is over; the
        wall clock must agree from here on."""
        with self._lock:
            self._vouched_until_ns, self._doubted_ns, self._newest_ns = reading.boot_ns + lasts_ns, None, 0
            self._offset_ns, self._since_ns = reading.wall_ns - reading.boot_ns, reading.boot_ns
            self._credible, self._leapt = (reading.boot_ns, reading.wall_ns), False

    def recall(self, reading: ClockReading, lasts_ns: int) -> None:
        """The last reading of this boot, at a start of the process; a step since then outlives it."""
        with self._lock:
            stands = self._doubted_ns is None or reading.boot_ns > self._doubted_ns
        if stands:
            self.read(reading, lasts_ns)

    def _offset(self) -> int:
        return self._clock.wall_ns() - self._clock.boot_ns()

    def _ahead_ns(self, boot_ns: int) -> int:
        since_ns, wall_ns = self._credible
        return self._clock.wall_ns() - wall_ns - (boot_ns - since_ns)

    def _recall(self) -> None:
        """The last step or reading that was entered. A step of an earlier boot that had not been agreed with for a day
        when that boot ended is doubted for the first day of this one: a reboot makes no clock right.

        What is credible: what it was then, and as long as the entries since say that it is ago. Without any such entry
        the newest moment that the ledger holds.
        """
        newest_ns = 0
        for number in range(self._ledger.size - 1, max(-1, self._ledger.size - 1 - LOOK_BACK), -1):
            entry = self._ledger.entry(number)
            newest_ns = max(newest_ns, entry.at_ns)
            if entry.kind not in ("clock.changed", "clock.set"):
                continue
            credible_ns = int(entry.fields.get("wall_ns", entry.fields.get("credible_ns", entry.at_ns)))
            self._credible = self._since_ns, credible_ns + newest_ns - entry.at_ns
            self._leapt = entry.kind == "clock.changed" and entry.at_ns - credible_ns > LEAP_NS
            here, boot_ns = entry.fields.get("boot_id") == self._clock.boot_id(), int(entry.fields["boot_ns"])
            if here and entry.kind == "clock.set":
                self.read(ClockReading(0, boot_ns, int(entry.fields["wall_ns"])))
            elif here:
                self._doubted_ns = boot_ns
            elif entry.kind == "clock.changed" and self._newest_ns - entry.at_ns < AGREE_NS:
                self._doubted_ns = 0
            return
        if newest_ns:
            self._credible = self._since_ns, newest_ns

    def _heed_anchor(self, anchor_ns: int) -> None:
        """Of this boot a trusted moment is known, and its time since: a process that was away for weeks is no leap."""
        since_ns, wall_ns = self._credible
        self._credible = since_ns, max(wall_ns, since_ns + anchor_ns)
