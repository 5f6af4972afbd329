"""How long a camera may be without a picture before it counts as lost. Pure; not a plugin.

Some send the first picture seconds after they were told to play, and some one each five seconds for ever. So the first
few are waited for patiently, and a camera that sends now and then is given three times what is usual for it.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Silence"]

_FIRST_NS = 15_000_000_000
_MOST_NS = 60_000_000_000
_REMEMBERED, _ENOUGH = 8, 3


class Silence:
    """``seconds``: what the settings allow a camera at least. Tell :meth:`saw` each time so many pictures came."""

    def __init__(self, seconds: float) -> None:
        self._least_ns = int(seconds * 1e9)
        self._last_ns = 0
        self._apart: deque[int] = deque(maxlen=_REMEMBERED)
        self.most_ns = max(self._least_ns, _FIRST_NS)

    def saw(self, now_ns: int, pictures: int) -> None:
        if self._last_ns:  # what comes first was kept by the camera or by who asked it, and tells nothing
            self._apart.append(now_ns - self._last_ns)
            self._apart.extend([0] * min(pictures - 1, _REMEMBERED))
        self._last_ns = now_ns
        if len(self._apart) >= _ENOUGH:
            slow_ns = sorted(self._apart)[-2]  # a single pause is none of its ways
            self.most_ns = max(self._least_ns, min(3 * slow_ns, _MOST_NS))
