"""How much and how late a camera may be before it is cut off, and the count of what it sends. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["Limits", "Rate"]

_SECOND_NS = 1_000_000_000


class Limits(NamedTuple):
    """What a camera may do. ``expected_bps``: three times this for ten seconds is a flood. Times in ns;
    ``thin_video_ns`` instead of ``video_ns`` while only its key frames are recorded; ``key_ns`` without a key frame at
    which a player can begin means that what is stored of it cannot be viewed."""

    expected_bps: int = 16_000_000
    first_video_ns: int = 20 * _SECOND_NS
    video_ns: int = 5 * _SECOND_NS
    thin_video_ns: int = 30 * _SECOND_NS
    key_ns: int = 60 * _SECOND_NS
    least_back_off_ns: int = _SECOND_NS
    most_back_off_ns: int = 30 * _SECOND_NS
    steady_ns: int = 60 * _SECOND_NS
    finish_ns: int = 3 * _SECOND_NS


class Rate:
    """Bytes of the last ten seconds, second by second."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque()
        self._sum = 0

    def add(self, boot_ns: int, count: int) -> int:
        """The sum with ``count`` more."""
        second = boot_ns // _SECOND_NS
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + count)
        else:
            self._seconds.append((second, count))
        self._sum += count
        while self._seconds[0][0] <= second - 10:
            self._sum -= self._seconds.popleft()[1]
        return self._sum

    def clear(self) -> None:
        self._seconds.clear()
        self._sum = 0

    def bps(self, boot_ns: int) -> int:
        total = self.add(boot_ns, 0)
        return total * 8 // max(1, min(10, boot_ns // _SECOND_NS - self._seconds[0][0] + 1))
