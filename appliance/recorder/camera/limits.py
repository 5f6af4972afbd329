"""How much and how late a camera may be before it is cut off, and the count of what it sends. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Cadence", "Limits", "Rate"]

_SECOND_NS = 1_000_000_000
_REMEMBERED, _ENOUGH = 8, 3
_SILENCE_SETTING = "silence_seconds"
_MOST_SILENCE_SECONDS = 60
_AFTER_THE_SOURCE_NS = 2 * _SECOND_NS
"""A source that gives up says why, so it gets the time to do it first."""


class Limits(NamedTuple):
    """What a camera may do. ``expected_bps``: three times this for ten seconds is a flood. Times in ns; without video
    for ``video_ns`` it is stalled, one that sends less often after three times that, ``most_video_ns`` at most;
    ``thin_video_ns`` instead of ``video_ns`` while only its key frames are recorded; ``key_ns`` without a key frame at
    which a player can begin means that what is stored of it cannot be viewed, ``next_key_ns`` where this connection has
    had one: playback looks so far back."""

    expected_bps: int = 16_000_000
    first_video_ns: int = 20 * _SECOND_NS
    video_ns: int = 5 * _SECOND_NS
    most_video_ns: int = 60 * _SECOND_NS
    thin_video_ns: int = 30 * _SECOND_NS
    key_ns: int = 60 * _SECOND_NS
    next_key_ns: int = 600 * _SECOND_NS
    least_back_off_ns: int = _SECOND_NS
    most_back_off_ns: int = 30 * _SECOND_NS
    steady_ns: int = 60 * _SECOND_NS
    finish_ns: int = 3 * _SECOND_NS

    def silence_ns(self, settings: Mapping[str, Any]) -> int:
        """How long a camera of these settings may be without video: what its setting of that name allows, 60 s at
        most, and never less than ``video_ns``."""
        value = settings.get(_SILENCE_SETTING, 0)
        seconds = min(float(value), _MOST_SILENCE_SECONDS) if isinstance(value, int | float) else 0.0
        return max(self.video_ns, int(seconds * _SECOND_NS) + _AFTER_THE_SOURCE_NS if seconds > 0 else 0)


class Cadence:
    """How far apart a camera's last few pieces of video came: some cameras send one picture each five seconds."""

    def __init__(self) -> None:
        self._last_ns = 0
        self._apart: deque[int] = deque(maxlen=_REMEMBERED)

    def saw(self, at_ns: int) -> None:
        if self._last_ns:
            self._apart.append(max(0, at_ns - self._last_ns))
        self._last_ns = at_ns

    def clear(self) -> None:
        """Another connection, which may send otherwise."""
        self._last_ns = 0
        self._apart.clear()

    @property
    def known(self) -> bool:
        return len(self._apart) >= _ENOUGH

    @property
    def usual_ns(self) -> int:
        """The middle one of them; 0 while too few came."""
        return sorted(self._apart)[len(self._apart) // 2] if self.known else 0

    @property
    def slow_ns(self) -> int:
        """The longest but one of them: a single pause is none of its ways; 0 while too few came."""
        return sorted(self._apart)[-2] if self.known else 0


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
