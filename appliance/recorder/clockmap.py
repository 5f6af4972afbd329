"""Where a camera's media time lies on the recorder's clock. Pure: fed with arrivals, never reads a clock.

A packet arrives after it was made, by a delay that varies; so of all (arrival - media time) the smallest is nearest
the truth. The map follows that lower envelope over the last half to whole minute, slowly, so that jitter does not
shake the time line and drift does not tear it; only a real jump re-anchors it.
"""

from __future__ import annotations

__all__ = ["JUMP_NS", "SLEW_NS", "WINDOW_NS", "ClockMap"]

SLEW_NS = 1_000_000
"""Most that the map moves at one :meth:`ClockMap.settle`: 1 ms a half-second fragment, 2000 ppm."""
JUMP_NS = 1_000_000_000
"""Further off than this is a jump, not drift."""
WINDOW_NS = 30_000_000_000
LATE_NS = 10_000_000_000
"""Packets that stay late for so long were not held up: the time lines moved against each other."""
MEDIA_GAP_NS = 10_000_000_000


class ClockMap:
    """Maps media time to wall time: ``wall = media + offset``.

    Until the first :meth:`settle` (and again after a jump) the map is free to fall, so that a burst of old packets at
    the start of a connection does not make it late.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets everything: a new connection, or the wall clock was stepped."""
        self.offset_ns: int | None = None
        self._low: int | None = None
        self._previous_low: int | None = None
        self._window_end = 0
        self._media = 0
        self._arrival = 0
        self._late_since: int | None = None

    def observe(self, media_ns: int, arrival_ns: int) -> int:
        """Takes in one packet; 0, or by how much time jumped (ns): then the map is already anchored anew at it."""
        offset = arrival_ns - media_ns
        low = self._low
        if low is None:
            self._begin(offset, media_ns, arrival_ns)
            return 0
        step = media_ns - self._media
        settled = self.offset_ns
        if step < -JUMP_NS or step > MEDIA_GAP_NS + max(0, arrival_ns - self._arrival):
            return self._jump(offset, media_ns, arrival_ns)
        if settled is not None:
            if offset < settled - JUMP_NS:
                return self._jump(offset, media_ns, arrival_ns)
            if offset > settled + JUMP_NS:
                if self._late_since is None:
                    self._late_since = arrival_ns
                elif not 0 <= arrival_ns - self._late_since < LATE_NS:
                    return self._jump(offset, media_ns, arrival_ns)
            else:
                self._late_since = None
        self._media, self._arrival = media_ns, arrival_ns
        if arrival_ns >= self._window_end:
            self._previous_low, self._low, self._window_end = low, offset, arrival_ns + WINDOW_NS
        elif offset < low:
            self._low = offset
        return 0

    def settle(self) -> int | None:
        """The offset for the fragment that ends here, moved by at most SLEW_NS since the last; None before any packet
        with a time stamp."""
        if self._low is None:
            return None
        aim = self._low if self._previous_low is None else min(self._low, self._previous_low)
        if self.offset_ns is None:
            self.offset_ns = aim
        else:
            self.offset_ns += max(-SLEW_NS, min(SLEW_NS, aim - self.offset_ns))
        return self.offset_ns

    def _begin(self, offset: int, media_ns: int, arrival_ns: int) -> None:
        self.offset_ns, self._low, self._previous_low, self._late_since = None, offset, None, None
        self._media, self._arrival, self._window_end = media_ns, arrival_ns, arrival_ns + WINDOW_NS

    def _jump(self, offset: int, media_ns: int, arrival_ns: int) -> int:
        before = self.offset_ns if self.offset_ns is not None else self._low or 0
        self._begin(offset, media_ns, arrival_ns)
        return offset - before or 1
