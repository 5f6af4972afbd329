"""Where on the recorder's clock lies what a device of this machine gave: pictures and sound on one time line. Pure.

Not a plugin; ``local_camera`` and ``microphone`` use it.
"""

from __future__ import annotations

__all__ = ["PictureTimes", "SampleTimes"]

_OURS_NS = 1_000_000_000
"""A time stamp that lies so little before its arrival is of the recorder's own clock."""

_WINDOW_NS = 500_000_000


class PictureTimes:
    """From a picture's time stamp to boot time, in ns.

    The kernel stamps a picture when the camera began to send it, by a clock that stands still only while the machine
    sleeps. A driver that stamps otherwise is followed by arrival: of all (arrival - stamp) the smallest is nearest.
    """

    def __init__(self) -> None:
        self._offset_ns: int | None = None
        self._last_ns = -1

    def at(self, stamp_ns: int | None, arrival_ns: int) -> int:
        """Never goes back: two pictures of one moment are a nanosecond apart."""
        if stamp_ns is None:
            made_ns = arrival_ns
        else:
            late_ns = arrival_ns - stamp_ns
            if self._offset_ns is None:
                self._offset_ns = 0 if 0 <= late_ns < _OURS_NS else late_ns
            elif late_ns < self._offset_ns or late_ns > self._offset_ns + _OURS_NS:
                self._offset_ns = late_ns
            made_ns = stamp_ns + self._offset_ns
        self._last_ns = max(made_ns, self._last_ns + 1)
        return self._last_ns


class SampleTimes:
    """From the number of a sample to boot time, in ns, for sound that is counted and has no time stamps.

    A block of samples arrives when its last one was taken, or later: so of all (arrival - count) in half a second
    the smallest is nearest, by which the sound card's clock, and samples that were lost, are followed.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._start_ns: int | None = None
        self._low_ns = 0
        self._window_end_ns = 0

    def arrived(self, samples: int, arrival_ns: int) -> None:
        """All samples up to number ``samples`` are there."""
        start_ns = arrival_ns - samples * 1_000_000_000 // self._rate
        if self._start_ns is None or start_ns < self._start_ns:
            self._start_ns, self._low_ns, self._window_end_ns = start_ns, start_ns, arrival_ns + _WINDOW_NS
        elif arrival_ns >= self._window_end_ns:
            self._start_ns = min(self._low_ns, start_ns)
            self._low_ns, self._window_end_ns = start_ns, arrival_ns + _WINDOW_NS
        else:
            self._low_ns = min(self._low_ns, start_ns)

    def at(self, sample: int) -> int:
        """Only after samples arrived."""
        return (self._start_ns or 0) + sample * 1_000_000_000 // self._rate
