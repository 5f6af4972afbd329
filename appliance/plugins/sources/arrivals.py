"""What comes from a device, between the threads that read it and whoever iterates. Not a plugin; sources use it.

A reading thread must never wait: a device overwrites what is not fetched in time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from appliance.api import CameraLost, Clock, Packet, Streams

__all__ = ["Arrivals"]

_IDLE_SECONDS = 0.4
"""How long an iteration waits before it gives None."""

_AHEAD = 600
"""Packets that may wait for whoever iterates; then the camera counts as lost, for memory is not endless."""


class Arrivals:
    """``name`` is what errors call the camera. No picture for ``silence_seconds`` ends it. Nothing is given before the
    first description, and no sound before the first picture."""

    def __init__(self, name: str, clock: Clock, silence_seconds: float) -> None:
        self._name, self._clock, self._silence_seconds = name, clock, silence_seconds
        self._lock = threading.Condition()
        self._items: deque[Packet | Streams] = deque()
        self._error: CameraLost | None = None
        self._begun = False

    def put(self, *items: Packet | Streams) -> None:
        """Any thread's."""
        with self._lock:
            if not self._begun and not isinstance(items[0], Streams):
                return
            self._begun = True
            self._items.extend(items)
            if len(self._items) > _AHEAD and self._error is None:
                self._error = CameraLost.of("camera-not-fetched", url=self._name, count=str(_AHEAD))
            self._lock.notify_all()

    def end(self, error: CameraLost) -> None:
        """The camera is lost; the first reason counts. What came before it is still given."""
        with self._lock:
            self._error = self._error or error
            self._lock.notify_all()

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        limit_ns = int(self._silence_seconds * 1e9)
        picture_ns = self._clock.boot_ns()
        while True:
            items = self._take()
            for item in items:
                if isinstance(item, Packet) and item.stream == 0:
                    picture_ns = self._clock.boot_ns()
                yield item
            if not items and self._error is not None:
                raise self._error
            if self._clock.boot_ns() - picture_ns > limit_ns:
                raise CameraLost.of("camera-silent-stream", url=self._name, seconds=f"{self._silence_seconds:g}")
            if not items:
                yield None

    def _take(self) -> list[Packet | Streams]:
        with self._lock:
            self._lock.wait_for(lambda: self._items or self._error, _IDLE_SECONDS)
            taken = list(self._items)
            self._items.clear()
            return taken
