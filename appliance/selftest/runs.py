"""Runs checks on vitals, each within its budget, and turns a check that fails into a word about the check.

No clock and no disk: the limit is on processor time, by a timer signal that only the main thread of a process can take;
elsewhere a check is not limited.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from appliance.api import Check, Sign
from appliance.api.check_records import Vitals
from appliance.api.check_settings import settings_of
from appliance.core.errors import described

__all__ = ["Bench", "Failure", "SelfTestResult"]

_LEAST_LIMIT_SECONDS = 1.0
_TIMES_THE_BUDGET = 20
_LONGEST_NOTE = 120


class Failure(NamedTuple):
    """A check that did not do its work, and why, in one line."""

    check: str
    why: str


class SelfTestResult(NamedTuple):
    """What one look brought."""

    signs: tuple[Sign, ...]
    failures: tuple[Failure, ...]


class _TooLong(Exception):
    """A check used many times the processor time that it declares."""


class Bench:
    """The checks that look at one subject, and what each keeps of each camera. For one thread."""

    def __init__(self, checks: Iterable[Check], settings: Mapping[str, Mapping[str, float]] | None = None) -> None:
        """``settings`` by the check's name. Raises UsageError for one that does not fit."""
        self._checks = tuple(checks)
        self._settings = {
            check.name: settings_of(check, (settings or {}).get(check.name, {})) for check in self._checks
        }
        self._memories: dict[str, dict[str, Any]] = {check.name: {} for check in self._checks}

    def look(self, subject: str, vitals: Vitals) -> SelfTestResult:
        """One look by every check of ``subject``."""
        signs: list[Sign] = []
        failures: list[Failure] = []
        for check in self._checks:
            if check.looks_at != subject:
                continue
            try:
                signs += run_check(check, vitals, self._settings[check.name], self._memories[check.name])
            except Exception as error:  # a stranger's check may raise anything; its failing is a finding of its own
                self._memories[check.name] = {}
                failures.append(Failure(check.name, _line(error)))
        return SelfTestResult(tuple(signs), tuple(failures))


def run_check(check: Check, vitals: Vitals, settings: Mapping[str, float], memory: dict[str, Any]) -> list[Sign]:
    """The check's signs. Raises whatever the check raises, TimeoutError far beyond its budget, ValueError for a sign
    that is none."""
    with _limited(max(_LEAST_LIMIT_SECONDS, check.cost_ms / 1000 * _TIMES_THE_BUDGET)):
        signs = list(check.run(vitals, settings, memory))
    claimed = {fault.code for fault in check.faults}
    out = []
    for sign in signs:
        if not isinstance(sign, Sign) or sign.fault not in claimed:
            raise ValueError(f"it gave {sign!r:.60}, which is no sign of a fault that it claims")
        value, limit = float(sign.value), float(sign.limit)
        if not (math.isfinite(value) and math.isfinite(limit)):
            raise ValueError(f"its sign of {sign.fault} has a value that is no number")
        note = "".join(each if each.isprintable() else " " for each in str(sign.note)[:_LONGEST_NOTE])
        out.append(Sign(sign.fault, bool(sign.wrong), value, limit, str(sign.unit)[:16], note))
    return out


def _line(error: Exception) -> str:
    if isinstance(error, _TooLong):
        return "it took far longer than it declares"
    return described(error)[:240]


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
