"""The fork server for looks: a process of its own beside the darkroom's, and the only one of the two with plugins."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from appliance.api import Check
from appliance.core.clock import Clock, SystemClock
from appliance.core.errors import RecorderError
from appliance.process.confinement import die_with_parent, name_process
from appliance.sandbox.selftest import CameraChecks, warm_checks

__all__ = ["SelfTestForkserver", "SelfTestServer"]

_AGAIN_NS = 10_000_000_000
"""A room that ended is made anew, at most this often."""


class SelfTestServer(NamedTuple):
    """Where looks are served; what brings the checks, called in the room alone; their settings by the check's name."""

    path: str
    checks: Callable[[], Sequence[Check]]
    settings: Mapping[str, Mapping[str, float]]


class SelfTestForkserver:
    """Keeps the room there. For the darkroom's one thread; ``serve(make, path)`` serves looks until told to stop."""

    def __init__(
        self,
        looks: SelfTestServer,
        serve: Callable[[Callable[[], CameraChecks], str], None],
        clock: Clock | None = None,
    ) -> None:
        self._looks, self._serve, self._clock = looks, serve, clock or SystemClock()
        self._pid = 0
        self._due_ns = 0

    def tend(self, leave: Callable[[], None]) -> None:
        """Forks the room where there is none; ``leave`` closes in it what is the darkroom's alone."""
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = 0
        now_ns = self._clock.boot_ns()
        if self._pid or now_ns < self._due_ns:
            return
        self._due_ns = now_ns + _AGAIN_NS
        parent = os.getpid()
        # Until the room has a handler of its own it has the darkroom's, which would swallow what close() sends.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            self._pid = os.fork()
        finally:
            if os.getpid() == parent:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if self._pid:
            return
        status = 1
        try:
            leave()
            self._be_the_room(parent)
            status = 0
        except RecorderError as error:
            sys.stderr.write(f"darkroom: no looks are taken: {error}\n")
        except Exception:  # a defect: it ends the room, which is made anew, and stands in the log
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def close(self) -> None:
        """The room is gone on return, with its children."""
        if not self._pid:
            return
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        self._pid = 0

    def _be_the_room(self, parent: int) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        die_with_parent(parent)
        name_process("look room")
        checks = tuple(self._looks.checks())
        warm_checks(checks, self._looks.settings)
        gc.freeze()
        self._serve(lambda: CameraChecks(checks, self._looks.settings), self._looks.path)
