"""The recorder's clock: the machine's, believed as far as the keeper says (``T-16``).

A machine whose time service is in order is believed unless the keeper doubts its clocks; one without is believed while
two people vouch for it. What the keeper said last holds while it is away, but no longer than it said.
"""

from __future__ import annotations

from appliance.core.clock import Clock
from appliance.rules.time_trust import TimeTrust

__all__ = ["KeeperClock"]


class KeeperClock:
    """A :class:`appliance.core.clock.Clock`. :meth:`tell` may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._told = clock, TimeTrust()

    def tell(self, trust: TimeTrust) -> None:
        """What the keeper holds of the clock now; it stands until the next."""
        self._told = trust

    def wall_ns(self) -> int:
        return self._clock.wall_ns()

    def boot_ns(self) -> int:
        return self._clock.boot_ns()

    def boot_id(self) -> str:
        return self._clock.boot_id()

    def trusted(self) -> bool:
        told, boot_id = self._told, self._clock.boot_id()
        if told.doubts(boot_id):
            return False
        return self._clock.trusted() or told.vouches(boot_id, self._clock.boot_ns(), self._clock.wall_ns())
