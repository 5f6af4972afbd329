"""The courses of all measures, beside the keeper's other files: written once an hour and at the end, read at start.

They are figures by camera number, and no evidence: a file that is damaged is begun anew, which the log says.
"""

from __future__ import annotations

import contextlib
import os
import threading

import msgspec

from appliance.core.errors import NotWritable
from appliance.core.model import Registry
from appliance.keeper.log import say
from appliance.protocol.selftests import Trend
from appliance.selftest.reports import BOX, CameraReport
from appliance.selftest.trends import MeasureTrend, Trends, leaning
from appliance.storage.files import Fs, write_atomic

__all__ = ["TrendFile", "subjects_of"]

_NAME = "trends"
_SHOWN_DAYS = 90


class TrendFile:
    """Thread-safe. A power cut costs at most an hour of what nobody needs to the hour."""

    def __init__(self, fs: Fs, directory: str) -> None:
        self._fs, self._path = fs, os.path.join(directory, _NAME)
        self._lock = threading.Lock()
        self._trends = self._read()

    def _read(self) -> Trends:
        try:
            return Trends.read(self._fs.read(self._path))
        except FileNotFoundError:
            return Trends()
        except (OSError, msgspec.MsgspecError) as error:
            say(f"{self._path}: the courses of measures do not read and begin anew ({error})")
            return Trends()

    def take(self, report: CameraReport) -> None:
        with self._lock:
            self._trends.take(report.camera_no, report.signs, report.at_ns)

    def keep(self, subjects: frozenset[str]) -> None:
        """Writes them; what is not of ``subjects`` is dropped. A disk that takes nothing is told elsewhere."""
        with self._lock:
            self._trends.forget(subjects)
            kept = self._trends.kept()
        with contextlib.suppress(NotWritable):
            write_atomic(self._fs, self._path, kept)

    def trends(self, subject: str) -> dict[str, Trend]:
        """By fault, what a page draws."""
        with self._lock:
            return {fault: _trend(course) for fault, course in self._trends.of(subject).items()}


def subjects_of(registry: Registry) -> frozenset[str]:
    """The cameras in force, and the box."""
    return frozenset({BOX, *(camera.camera_no for camera in registry.cameras)})


def _trend(course: MeasureTrend) -> Trend:
    ahead = leaning(course)
    points = course.days[-_SHOWN_DAYS:] if len(course.days) > 2 else course.hours
    return Trend(
        by="day" if len(course.days) > 2 else "hour",
        points=tuple((point.at, _short(point.low), _short(point.mean), _short(point.high)) for point in points),
        limit=course.limit,
        unit=course.unit,
        reaches=None if ahead is None else ahead.days,
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")
