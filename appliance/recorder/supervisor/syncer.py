"""One ``syncfs`` a second for all cameras, start to start, from a thread of its own.

A failed sync is lost data: what was written since the last good one is unknown from then on. It is reported, never
retried and believed; the supervisor closes those files as damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.messages import Said
from appliance.storage.files import Fs

__all__ = ["SLOW_NS", "Synced", "Syncer"]

INTERVAL_NS = 1_000_000_000
SLOW_NS = 300_000_000
"""A sync that takes longer is a finding: half a second of fragment, the pace, the interval and the sync together are
what a power cut can cost."""


class Synced(NamedTuple):
    """One sync: what every file was known to hold when it began, whether that is durable now, how long it took.
    ``away``: the error is that another disk lies there; ``free_bytes``: how much the disk has free, where the right one
    says so."""

    lengths: dict[str, int]
    error: str
    took_ns: int
    away: bool = False
    free_bytes: int | None = None


class Syncer:
    """``lengths()`` is asked for the written length of each file before each sync, ``done`` is told of it after; both
    are called from this thread. ``wrong()`` says why another disk lies there than should: syncing that one proves
    nothing about what was written."""

    def __init__(
        self,
        fs: Fs,
        directory: str,
        clock: Clock,
        lengths: Callable[[], dict[str, int]],
        done: Callable[[Synced], None],
        wrong: Callable[[], Said] = lambda: "",
    ) -> None:
        self._fs, self._directory, self._clock = fs, directory, clock
        self._lengths, self._done, self._wrong = lengths, done, wrong
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when the sync that may be under way is over; call :meth:`sync` for a last one."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def sync(self) -> Synced:
        """One sync now, in the caller's thread."""
        lengths = self._lengths()
        start = self._clock.boot_ns()
        failed = ""
        away = str(self._wrong())
        if not away:
            try:
                self._fs.sync_fs(self._directory)
            except OSError as failure:
                failed = failure.strerror or str(failure)
            away = str(self._wrong())
        took_ns = self._clock.boot_ns() - start
        return Synced(lengths, away or failed, took_ns, bool(away), None if away else self._free_bytes())

    def _free_bytes(self) -> int | None:
        try:
            return self._fs.free_bytes(self._directory)
        except OSError:
            return None

    def _run(self) -> None:
        due = self._clock.boot_ns()
        while not self._ended.wait(max(0, due - self._clock.boot_ns()) / 1e9):
            due = max(due, self._clock.boot_ns()) + INTERVAL_NS
            self._done(self.sync())
