"""What the keeper does by itself, in one thread: each task has its own pace; one that fails is a finding and is tried
again at its next turn."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core.clock import Clock
from appliance.core.errors import RecorderError
from appliance.keeper.findings import Findings
from appliance.keeper.log import say

__all__ = ["Housekeeping", "Task"]

_SECOND_NS = 1_000_000_000
_STUCK_NS = 15 * 60 * _SECOND_NS
"""The longest that one task may take: rebuilding a year's index takes minutes on the slowest box."""


@dataclass
class Task:
    """Its finding is ``duty-`` and its name."""

    name: str
    every_seconds: int
    work: Callable[[], object]
    due_ns: int = 0


class Housekeeping:
    """Turns over the tasks once a second until it is stopped."""

    def __init__(self, tasks: Sequence[Task], findings: Findings, clock: Clock) -> None:
        self.tasks, self._findings, self._clock = tuple(tasks), findings, clock
        self._stopping = threading.Event()
        self._since_ns = 0
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    @property
    def alive(self) -> bool:
        """Whether the tasks are being done; a keeper that serves but runs no tasks must be restarted."""
        since_ns = self._since_ns
        stuck = since_ns and self._clock.boot_ns() - since_ns > _STUCK_NS
        return self._thread.is_alive() and not stuck

    def turn(self) -> None:
        """Does every task that is due now."""
        for task in self.tasks:
            now = self._clock.boot_ns()
            if now < task.due_ns:
                continue
            task.due_ns = now + task.every_seconds * _SECOND_NS
            self._since_ns = now
            try:
                task.work()
                self._findings.clear(f"duty-{task.name}")
            except (RecorderError, OSError) as error:
                self._findings.open(f"duty-{task.name}", "storage", f"{task.name}: {error}")
            except Exception as defect:
                # A defect in one task ends no other: nothing else destroys, scrubs, or ends a viewing that is over.
                say(f"defect in the task {task.name}: {''.join(traceback.format_exception(defect)).strip()}")
                text = f"{task.name}: a defect in the recorder ({type(defect).__name__}); its log says more"
                self._findings.open(f"duty-{task.name}", "storage", text)
            self._since_ns = 0

    def _run(self) -> None:
        while not self._stopping.wait(1.0):
            self.turn()
