"""How far time is to be believed, as the keeper tells the recorder, and how long two people's word for it lasts. Pure.

The keeper judges (``appliance/vault/trusted_time.py``); the recorder marks what it records by it
(``supervisor/clock.py``) and must never believe more than the keeper does, also while the keeper is away (``T-14``,
``T-16``, ``INV-03``).
"""

from __future__ import annotations

from appliance.core.model import Record
from appliance.rules.deadlines import DAY_NS

__all__ = ["OFF_NS", "READING_NS", "STEP_NS", "TimeTrust", "reading_lasts_ns"]

STEP_NS = 60 * 1_000_000_000
"""More than this against boot time within a day is a step; what a time service slews in a day (43 s) is none."""

READING_NS = 31 * DAY_NS
"""How long two people's reading vouches at most for the boot in which it was made. A crystal that is wrong by 100 ppm
is off by under five minutes then, where retention counts days."""

OFF_NS = 300 * 1_000_000_000
"""A reading vouches no longer than it takes a drift that was seen to come to this: 112 ppm for the whole month."""

_LEAST_NS = DAY_NS
"""No drift is so great that a day would be too long. A first reading that was typed wrong looks like one."""


class TimeTrust(Record, frozen=True, kw_only=True):
    """What the keeper holds of the clock now. All of it is about the boot ``boot_id``, and nothing about another one.

    ``doubted``: the clocks do not agree, so time is not to be believed whatever the machine says of it. Until
    ``until_ns`` (boot time; 0: nobody does) two people vouch for it, as long as wall time minus boot time stays where
    it was judged, at ``offset_ns``.
    """

    boot_id: str = ""
    doubted: bool = False
    until_ns: int = 0
    offset_ns: int = 0

    def doubts(self, boot_id: str) -> bool:
        return self.doubted and boot_id == self.boot_id

    def vouches(self, boot_id: str, boot_ns: int, wall_ns: int) -> bool:
        """Whether two people's word holds at this instant."""
        stands = boot_id == self.boot_id and boot_ns < self.until_ns and not self.doubted
        return stands and abs(wall_ns - boot_ns - self.offset_ns) <= STEP_NS


def reading_lasts_ns(drift_ppb: int) -> int:
    """How long a reading vouches for a machine whose clock was seen to run wrong by ``drift_ppb``; 0: not seen to."""
    if not drift_ppb:
        return READING_NS
    return max(_LEAST_NS, min(READING_NS, OFF_NS * 1_000_000_000 // abs(drift_ppb)))
