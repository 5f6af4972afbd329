"""How each measure of each camera went over days and months, in little room, and where it is heading. Pure.

Of every measure the last two days are kept by the hour and the last four hundred by the day: the lowest, the mean and
the highest value, with the limit that was in force. The room is bounded: what is older goes, and so does what exceeds
the number of subjects and measures that a box can have.
"""

from __future__ import annotations

import msgspec

from appliance.api import Sign
from appliance.core.clock import local_time

__all__ = ["DAYS_KEPT", "HOURS_KEPT", "MeasureTrend", "TrendPoint", "TrendWarning", "Trends", "leaning"]

HOURS_KEPT, DAYS_KEPT = 48, 400
_MOST_SUBJECTS, _MOST_MEASURES = 130, 200
_HOUR_NS = 3600 * 1_000_000_000

_LEAST_DAYS, _LOOKED_AT = 7, 28
_SOON_DAYS = 60
_LEAST_FIT = 0.5
_LEAST_WAY = 0.15
"""Share of the way from where it began to the limit that it must have gone, or it is the wandering of any measure."""


class TrendPoint(msgspec.Struct, array_like=True, gc=False):
    """One hour or one day. ``at``: hours since 1970, or the ordinal of the local day."""

    at: int
    low: float
    mean: float
    high: float
    count: int

    def take(self, value: float) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.count += 1
        self.mean += (value - self.mean) / self.count


class MeasureTrend(msgspec.Struct):
    """One measure of one subject."""

    limit: float = 0.0
    unit: str = ""
    hours: list[TrendPoint] = []
    days: list[TrendPoint] = []


class TrendWarning(msgspec.Struct, frozen=True):
    """A measure that goes towards its limit: it reaches it in about so many days."""

    days: int


class Trends:
    """Of all cameras and the box. Not thread-safe."""

    def __init__(self, courses: dict[str, dict[str, MeasureTrend]] | None = None) -> None:
        self._courses = courses if courses is not None else {}

    @classmethod
    def read(cls, kept: bytes) -> Trends:
        """Raises msgspec.MsgspecError for what :meth:`kept` did not give."""
        return cls(msgspec.msgpack.decode(kept, type=dict[str, dict[str, MeasureTrend]]))

    def kept(self) -> bytes:
        return msgspec.msgpack.encode(self._courses)

    def take(self, subject: str, signs: tuple[Sign, ...], at_ns: int) -> None:
        """Takes in one look. A time before the newest, of a clock that was set back, counts for the newest."""
        if subject not in self._courses and len(self._courses) >= _MOST_SUBJECTS:
            return
        courses = self._courses.setdefault(subject, {})
        hour, day = at_ns // _HOUR_NS, local_time(at_ns).date().toordinal()
        for sign in signs:
            if sign.fault not in courses and len(courses) >= _MOST_MEASURES:
                continue
            course = courses.setdefault(sign.fault, MeasureTrend())
            course.limit, course.unit = sign.limit, sign.unit
            _add(course.hours, hour, sign.value, HOURS_KEPT)
            _add(course.days, day, sign.value, DAYS_KEPT)

    def forget(self, subjects: frozenset[str]) -> None:
        """Keeps ``subjects`` alone: a camera that was taken away has no course any more."""
        for gone in self._courses.keys() - subjects:
            del self._courses[gone]

    def of(self, subject: str) -> dict[str, MeasureTrend]:
        return self._courses.get(subject, {})


def _add(points: list[TrendPoint], at: int, value: float, most: int) -> None:
    if points and at <= points[-1].at:
        points[-1].take(value)
        return
    points.append(TrendPoint(at, value, value, value, 1))
    while points and (len(points) > most or points[0].at <= at - most):
        points.pop(0)


def leaning(course: MeasureTrend) -> TrendWarning | None:
    """Whether the daily means of the last four weeks go straight enough towards the limit to reach it within two
    months. None where it is reached already, where there are too few days, or where nothing says so."""
    if not course.days:
        return None
    newest = course.days[-1].at
    points = [point for point in course.days if point.at > newest - _LOOKED_AT]
    if len(points) < _LEAST_DAYS:
        return None
    middle = sum(point.at for point in points) / len(points)
    mean = sum(point.mean for point in points) / len(points)
    spread = sum((point.at - middle) ** 2 for point in points)
    both = sum((point.at - middle) * (point.mean - mean) for point in points)
    rise = both / spread
    wander = sum((point.mean - mean) ** 2 for point in points)
    if not rise or both * both < _LEAST_FIT * spread * wander:
        return None
    begin, now = (mean + rise * (at - middle) for at in (points[0].at, newest))
    way, left = course.limit - begin, course.limit - now
    if way * left <= 0 or (now - begin) / way < _LEAST_WAY:
        return None
    days = left / rise
    return TrendWarning(max(1, round(days))) if 0 < days <= _SOON_DAYS else None
