"""Tests marked ``alone`` run while no other test does. What they look at is whether something keeps real time, and on a
machine whose processors are all busy nothing does.

Workers share two locks on what is there anyway: the *room*, held by each test while it runs, by one that runs alone for
itself; and the *gate* before it, held by whoever enters, so that nobody enters past one that waits to be alone.
"""

from __future__ import annotations

import fcntl
import functools
import os
from collections.abc import Generator
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


@functools.cache
def _lock(path: Path) -> int:
    """One open file per lock and process; always unlocked by name, as a forked child may still have it open."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _is_alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None


class _Room:
    """This worker's hold on the room; ``kept``: from one test that runs alone to the next."""

    kept = False

    def enter(self, alone: bool) -> None:
        if self.kept:
            return
        gate, room = _lock(_HERE), _lock(_HERE / "conftest.py")
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)

    def leave(self, keep: bool) -> None:
        self.kept = keep
        if not keep:
            fcntl.flock(_lock(_HERE / "conftest.py"), fcntl.LOCK_UN)


_room = _Room()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, bool, bool]:
    """The neighbours in a file mostly are of one kind: the room is emptied once for all of them."""
    _room.enter(_is_alone(item))
    try:
        return (yield)
    finally:
        _room.leave(keep=_is_alone(item) and _is_alone(nextitem))
