"""One piece of work with a medium at a time, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from appliance.core.errors import Refused

__all__ = ["MediumJobs"]


class MediumJobs:
    """Thread-safe. The recorder has few sockets, and the office few people."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._taken = False

    def take(self) -> None:
        """Nobody else begins until :meth:`run` is over, or :meth:`give_back`. Raises Refused while another goes on."""
        with self._lock:
            if self._taken:
                raise Refused.of("agency-busy")
            self._taken = True

    def give_back(self) -> None:
        with self._lock:
            self._taken = False

    def run(self, name: str, work: Callable[[], None]) -> None:
        """In a thread, by whoever took it."""

        def whole() -> None:
            try:
                work()
            finally:
                self.give_back()

        self._thread = threading.Thread(target=whole, name=name, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until nothing goes on any more."""
        if thread := self._thread:
            thread.join()
