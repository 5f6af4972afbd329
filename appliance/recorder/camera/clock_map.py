"""Where a camera's media time lies on the recorder's clock. Pure: fed with arrivals, never reads a clock.

A packet arrives after it was made, by a delay that varies; so of all (arrival - media time) the smallest is nearest
the truth. The map follows that lower envelope over the last half to whole minute, slowly, so that jitter does not
shake the time line and drift does not tear it; a real jump is reported and needs a new anchor.
"""

from __future__ import annotations

__all__ = ["JUMP_NS", "LATE_NS", "SLEW_NS", "WINDOW_NS", "ClockMap"]

SLEW_NS = 1_000_000
"""Most that the map moves at one :meth:`ClockMap.settle`: 1 ms a half-second fragment, 2000 ppm."""

JUMP_NS = 1_000_000_000
"""Further ahead of the map than this is a jump, not drift."""

LATE_NS = 10_000_000_000
"""A packet may be held up by any time, but when all stay late for so long, the time lines moved against each other."""

BURST_NS = 10_000_000_000
"""How far the first fragment may fall below its first packet: a server that sends its newest pictures in a burst."""

WINDOW_NS = 30_000_000_000


class ClockMap:
    """Maps media time to wall time: ``wall = media + offset_ns``.

    Until the first :meth:`settle` the map is free to fall, so that a burst of old packets at the start of a connection
    does not make it late for good.
    """

    def __init__(self) -> None:
        self.offset_ns: int | None = None
        self.reset()

    def reset(self) -> None:
        """Forgets everything: a new connection, a jump, or a step of the wall clock."""
        self.offset_ns = None
        self._low: int | None = None
        self._previous_low: int | None = None
        self._window_end = self._media = 0
        self._floor = 0
        self._late_since: int | None = None

    def observe(self, media_ns: int, arrival_ns: int) -> int:
        """Takes in one packet and answers 0; or answers by how much time jumped at it (ns) and takes in nothing.

        After a jump: :meth:`settle` what came before, then :meth:`reset`, then observe the packet again.
        """
        offset = arrival_ns - media_ns
        low = self._low
        if low is None:
            self._low, self._floor = offset, offset - BURST_NS
            self._media, self._window_end = media_ns, arrival_ns + WINDOW_NS
            return 0
        if media_ns < self._media - JUMP_NS or offset < self._floor:
            return self._jump(offset)
        if self.offset_ns is not None and offset > self.offset_ns + JUMP_NS:
            if self._late_since is None:
                self._late_since = arrival_ns
            elif not 0 <= arrival_ns - self._late_since < LATE_NS:
                return self._jump(offset)
        else:
            self._late_since = None
        self._media = media_ns
        if arrival_ns >= self._window_end:
            self._previous_low, self._low, self._window_end = low, offset, arrival_ns + WINDOW_NS
        elif offset < low:
            self._low = offset
        return 0

    def settle(self) -> int | None:
        """The offset for the fragment that ends here, moved by at most SLEW_NS; None before any packet was observed."""
        if self._low is None:
            return None
        aim = self._low if self._previous_low is None else min(self._low, self._previous_low)
        if self.offset_ns is None:
            self.offset_ns = aim
        else:
            self.offset_ns += max(-SLEW_NS, min(SLEW_NS, aim - self.offset_ns))
        self._floor = self.offset_ns - JUMP_NS
        return self.offset_ns

    def _jump(self, offset: int) -> int:
        before = self.offset_ns if self.offset_ns is not None else self._low
        return offset - (before or 0) or 1
