"""When what checks see becomes a finding, and when it is over: raised once, cleared once, and no flood. Pure.

A fault is raised when it was wrong at each look for its ``raise_seconds`` and at two looks at least, and cleared when
it was well at each look for its ``clear_seconds``. One that comes back within six hours needs twice as long to
be cleared, each time again, up to an hour: a fault that comes and goes is a few findings a day, not hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from appliance.api import Fault, Sign

__all__ = ["Verdicts"]

_SECOND_NS = 1_000_000_000
_HOUR_NS = 3600 * _SECOND_NS
_REMEMBERED_NS = 6 * _HOUR_NS
_LEAST_LOOKS = 2


@dataclass
class _Course:
    """One fault's. ``since_ns`` is when the run of looks began that all said what the last one said. ``open`` is None
    while neither was settled since this process began."""

    wrong: bool = False
    since_ns: int = 0
    looks: int = 0
    open: bool | None = None
    raised_ns: list[int] = field(default_factory=list)
    sign: Sign | None = None


class Verdicts:
    """Of one camera (or of the box). Times are of a clock that is never set."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = {fault.code: fault for fault in faults}
        self._courses: dict[str, _Course] = {}

    def hear(self, signs: Iterable[Sign], now_ns: int) -> None:
        """Takes in one look. A sign of a fault that no check declared is left out."""
        for sign in signs:
            fault = self._faults.get(sign.fault)
            if fault is not None:
                self._hear(self._courses.setdefault(sign.fault, _Course()), fault, sign, now_ns)

    def _hear(self, course: _Course, fault: Fault, sign: Sign, now_ns: int) -> None:
        if not course.looks or sign.wrong != course.wrong:
            course.wrong, course.since_ns, course.looks = sign.wrong, now_ns, 0
        course.looks += 1
        course.sign = sign if sign.wrong or not course.open else course.sign
        lasted = now_ns - course.since_ns
        if sign.wrong and course.open is not True:
            at_once = fault.raise_seconds == 0
            if at_once or (course.looks >= _LEAST_LOOKS and lasted >= fault.raise_seconds * _SECOND_NS):
                course.open = True
                course.raised_ns = [*(at for at in course.raised_ns if now_ns - at < _REMEMBERED_NS), now_ns]
        elif not sign.wrong and course.open is not False and lasted >= self._clear_ns(course, fault, now_ns):
            course.open = False

    @staticmethod
    def _clear_ns(course: _Course, fault: Fault, now_ns: int) -> int:
        often = sum(now_ns - at < _REMEMBERED_NS for at in course.raised_ns)
        wait = int(fault.clear_seconds * _SECOND_NS) << min(max(0, often - 1), 12)
        return min(wait, max(_HOUR_NS, int(fault.clear_seconds * _SECOND_NS)))

    @property
    def wrong(self) -> dict[str, Sign]:
        """The faults that stand now, by code, with the last sign that was wrong."""
        return {code: course.sign for code, course in self._courses.items() if course.open and course.sign}

    @property
    def well(self) -> list[str]:
        """The faults that are known to be absent; one that is in neither was not judged for long enough."""
        return [code for code, course in self._courses.items() if course.open is False]
