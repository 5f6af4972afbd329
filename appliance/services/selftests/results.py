"""The newest self-test of each camera and of the box, in memory alone, and what a person asked for last."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from appliance.selftest.reports import CameraReport, SelfTestRequest

__all__ = ["SelfTestResults"]


class SelfTestResults:
    """Thread-safe. ``boot_ns``: the time since the machine started."""

    def __init__(self, boot_ns: Callable[[], int]) -> None:
        self._boot_ns = boot_ns
        self._lock = threading.Lock()
        self._reports: dict[str, CameraReport] = {}
        self._wanted = SelfTestRequest()

    @property
    def wanted(self) -> SelfTestRequest:
        """What a person asked for last; the recorder hears of it with each answer to its states."""
        with self._lock:
            return self._wanted

    def ask(self, *, prove: bool, forget: bool) -> int:
        """A new request; its number, which grows over restarts, too. ``prove`` drops the proofs of earlier ones."""
        with self._lock:
            number = max(self._wanted.number + 1, self._boot_ns())
            self._wanted = SelfTestRequest(number, prove, forget)
            if prove:
                self._reports = {no: msgspec.structs.replace(each, proofs=()) for no, each in self._reports.items()}
            return number

    def take(self, report: CameraReport) -> None:
        """The newest of its camera; one without proofs keeps those of the one before."""
        with self._lock:
            before = self._reports.get(report.camera_no)
            if before is not None and not report.proofs:
                report = msgspec.structs.replace(report, proofs=before.proofs)
            self._reports[report.camera_no] = report

    def newest(self) -> dict[str, CameraReport]:
        """By the camera's number; the box's under ``selftest.reports.BOX``."""
        with self._lock:
            return dict(self._reports)
