"""In what order threads of the recorder take its locks, and whether any two of them could wait for each other.

Two threads that take two locks in opposite orders can stop each other for good, once in a great many times. Here each
order that is ever seen is remembered, by the places where the locks are made, so that a pair is found though neither
waited: lock A held while B is taken is an edge from A to B, and a circle of edges is a deadlock that waits to happen.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["LockOrder"]

_ROOT = str(Path(__file__).resolve().parents[1] / "appliance")
_STACK = 12


class LockOrder:
    """The edges seen so far, each with the stack that showed it first."""

    def __init__(self) -> None:
        self.edges: dict[tuple[str, str], str] = {}
        self._held = threading.local()

    @contextmanager
    def watching(self, under: str = _ROOT) -> Iterator[LockOrder]:
        """Every lock that code in files ``under`` this folder makes meanwhile is watched for as long as it lives."""
        makers = {name: getattr(threading, name) for name in ("Lock", "RLock")}

        def watched(make: Any) -> Any:
            def making() -> Any:
                frame = sys._getframe(1)
                made_in = frame.f_code.co_filename
                name = f"{made_in.removeprefix(under).strip('/')}:{frame.f_lineno}"
                return _Watched(make(), name, self) if made_in.startswith(under) else make()

            return making

        try:
            for name, make in makers.items():
                setattr(threading, name, watched(make))
            yield self
        finally:
            for name, make in makers.items():
                setattr(threading, name, make)

    def circles(self) -> list[list[str]]:
        """Places of locks that were taken in a circle; none where every thread keeps to one order."""
        after: dict[str, set[str]] = {}
        for first, second in self.edges:
            after.setdefault(first, set()).add(second)
        found: list[list[str]] = []
        done: set[str] = set()

        def follow(place: str, path: list[str]) -> None:
            if place in path:
                found.append(path[path.index(place) :])
                return
            if place in done:
                return
            for following in sorted(after.get(place, ())):
                follow(following, [*path, place])
            done.add(place)

        for place in sorted(after):
            follow(place, [])
        return found

    def told(self, circle: list[str]) -> str:
        """A circle with the stack of each step, for whoever mends it."""
        steps = zip(circle, circle[1:] + circle[:1], strict=True)
        return "\n".join(f"{one} is held while {other} is taken:\n{self.edges[one, other]}" for one, other in steps)

    def taken(self, place: str) -> None:
        held: list[str] = self._held.__dict__.setdefault("places", [])
        for before in held if place not in held else ():  # what it holds already it need not wait for
            if (before, place) not in self.edges:
                self.edges[before, place] = "".join(traceback.format_stack(sys._getframe(2), _STACK))
        held.append(place)

    def released(self, place: str) -> None:
        held: list[str] = self._held.__dict__.setdefault("places", [])
        if place in held:
            held.reverse()
            held.remove(place)
            held.reverse()


class _Watched:
    """A lock that says when it is taken and given back. Taking it again in the same thread is the same lock."""

    def __init__(self, lock: Any, place: str, order: LockOrder) -> None:
        self._lock, self._place, self._order = lock, place, order

    def acquire(self, *arguments: Any, **more: Any) -> bool:
        got = bool(self._lock.acquire(*arguments, **more))
        if got:
            self._order.taken(self._place)
        return got

    def release(self) -> None:
        self._order.released(self._place)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)
