"""How often something may happen: so many times at once, and one more as time passes. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Budget"]


class Budget:
    """``most`` at once, and one more every ``every_ns``; ``now_ns()`` may jump, which gives nothing back and costs
    nothing."""

    def __init__(self, now_ns: Callable[[], int], most: int, every_ns: int) -> None:
        self._now_ns, self._most, self._every_ns = now_ns, most, every_ns
        self._left, self._at_ns = most, now_ns()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Takes one; False where none is left."""
        with self._lock:
            now_ns = self._now_ns()
            more = max(0, now_ns - self._at_ns) // self._every_ns
            if self._left + more >= self._most or now_ns < self._at_ns:
                self._left, self._at_ns = min(self._most, self._left + more), now_ns
            else:
                self._left, self._at_ns = self._left + more, self._at_ns + more * self._every_ns
            if not self._left:
                return False
            self._left -= 1
            return True
