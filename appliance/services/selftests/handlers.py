"""What the keeper answers about self-tests: the recorder's reports, and a person's request to have every camera tested
now. Shows no picture.

A report's faults are findings, raised and cleared in the ledger like any other; measures and proofs are kept in memory
alone, of the newest report of each camera.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Broken
from appliance.core.model import CameraState, Registry, from_wire
from appliance.protocol.endpoint import Done, Request, Served, SessionRequest, serves, serves_body
from appliance.protocol.selftests import (
    ASK_SELF_TEST,
    SELF_TEST_REPORTS,
    SELF_TESTS,
    AskSelfTest,
    SelfTestAsked,
    SelfTests,
    SelfTestsRequest,
    SelfTestView,
    TestedCamera,
    Trend,
)
from appliance.selftest.reports import BOX, BoxReport, CameraReport
from appliance.services.findings import FindingBook
from appliance.services.people.rights import Rights
from appliance.services.selftests.results import SelfTestResults

__all__ = ["SelfTestHandlers"]

_STORAGE = "storage"
_FAILED = "check-failed-"


class SelfTestHandlers:
    """``registry``: what is recorded; ``states``: what the recorder last said of each camera; ``figures``: the box's,
    as they were last gathered; ``note``: takes a report's measures into their trends; ``trends``: those of a camera or
    of the box, by fault."""

    def __init__(
        self,
        rights: Rights,
        results: SelfTestResults,
        findings: FindingBook,
        clock: Clock,
        *,
        registry: Callable[[], Registry],
        states: Callable[[], Mapping[str, CameraState]],
        figures: Callable[[], BoxReport],
        note: Callable[[CameraReport], None],
        trends: Callable[[str], dict[str, Trend]],
    ) -> None:
        self._rights, self._results, self._findings, self._clock = rights, results, findings, clock
        self._registry, self._states, self._figures = registry, states, figures
        self._note, self._trends = note, trends

    def served(self) -> tuple[Served, ...]:
        return (
            serves_body(SELF_TEST_REPORTS, self._reported),
            serves(ASK_SELF_TEST, self._ask),
            serves(SELF_TESTS, self._list),
        )

    def _reported(self, request: Request, body: bytes) -> Done:
        """A report of a camera that is not in the registry in force is left out: it may have been taken away
        meanwhile."""
        try:
            reports = from_wire(body, list[CameraReport])
        except msgspec.MsgspecError as error:
            raise Broken(f"recorder: invalid self-test report ({error})") from error
        known = {BOX, *(camera.camera_no for camera in self._registry().cameras)}
        for report in reports:
            if report.camera_no in known:
                self._take(report)
        self._set_failures()
        return Done()

    def _take(self, report: CameraReport) -> None:
        for standing in report.wrong:
            self._findings.open(f"{standing.fault}-{report.camera_no}", standing.box, standing.text)
        for fault in report.well:
            self._findings.clear(f"{fault}-{report.camera_no}")
        unseen = "" if report.seen else f"{_whose(report.camera_no)}: {_why(report)}"
        self._findings.set(f"check-blind-{report.camera_no}", _STORAGE, unseen)
        self._results.take(report)
        self._note(report)

    def _set_failures(self) -> None:
        """A check that fails at any camera is one finding; it is over when it fails at none."""
        failing = {
            failure.check: f"the check {failure.check} fails at {_whose(report.camera_no)}: {failure.why}"
            for report in self._results.newest().values()
            for failure in report.failures
            if failure.check != "darkroom"
        }
        for check, text in failing.items():
            self._findings.open(f"{_FAILED}{check}", _STORAGE, text)
        for finding in self._findings.all():
            if finding.key.startswith(_FAILED) and finding.key.removeprefix(_FAILED) not in failing:
                self._findings.clear(finding.key)

    def _ask(self, request: AskSelfTest) -> SelfTestAsked:
        self._need_right(request)
        return SelfTestAsked(self._results.ask(prove=request.prove, forget=request.forget))

    def _list(self, request: SelfTestsRequest) -> SelfTests:
        self._need_right(request)
        newest, states, figures = self._results.newest(), self._states(), self._figures()
        return SelfTests(
            now_ns=self._clock.wall_ns(),
            cameras=tuple(
                TestedCamera(
                    camera_no=camera.camera_no,
                    state=states[camera.camera_no].state if camera.camera_no in states else "connecting",
                    look=_view(newest.get(camera.camera_no)),
                    trends=self._trends(camera.camera_no),
                )
                for camera in self._registry().cameras
            ),
            box=_view(newest.get(BOX)),
            box_trends=self._trends(BOX),
            box_ns=figures.at_ns,
            figures=figures.values,
        )

    def _need_right(self, request: SelfTestsRequest) -> None:
        """The command line asks without a session; that no other process does, the socket sees to."""
        if request.session is not msgspec.UNSET:
            self._rights.require(SessionRequest(session=request.session, active=request.active), "see-status")


def _view(report: CameraReport | None) -> SelfTestView | None:
    return None if report is None else msgspec.convert(report, SelfTestView, from_attributes=True)


def _whose(subject: str) -> str:
    return "the box" if subject == BOX else f"camera {subject}"


def _why(report: CameraReport) -> str:
    return "; ".join(failure.why for failure in report.failures) or "no picture came for the checks"
