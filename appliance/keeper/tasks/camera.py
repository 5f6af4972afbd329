"""What the machine does about cameras each minute: reviews fall due, what is posted is announced, what is late said,
a view that drifted is marked, and what is left of cameras that are gone ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotAllowed
from appliance.core.messages import coded
from appliance.keeper.findings import Findings
from appliance.rules.cameras.duties import duties_of
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.deadlines import day_of
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cameras.references import ReferenceBook
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.recording.state import RecorderState

__all__ = ["CameraTasks", "view_off_ns"]

_LATE = "publication-late"
_DIFFERS = "publication-differs"
_OFF = ("picture-moved", "picture-rotated")
"""The faults that say that the view is another."""

_DRIFT_NS = 30 * 60 * 1_000_000_000
"""So long the view must have been off before the version drifts (K11)."""

_OWED_NS = 335 * 86_400 * 1_000_000_000
"""A reference picture is taken anew a month before its end."""


def view_off_ns(findings: Findings, camera_no: str) -> int:
    """Since when the self-tests say that a camera shows another view; 0: they do not."""
    keys = {f"{fault}-{camera_no}" for fault in _OFF}
    return min((finding.since_ns for finding in findings.all() if finding.key in keys), default=0)


class CameraTasks:
    """``trusted``: whether time may be believed now."""

    def __init__(
        self,
        cameras: CameraBook,
        publications: PublicationBook,
        references: ReferenceBook,
        people: PeopleBook,
        recorder: RecorderState,
        findings: Findings,
        clock: Clock,
        trusted: Callable[[], bool],
    ) -> None:
        self._cameras, self._publications, self._references = cameras, publications, references
        self._people, self._recorder, self._findings = people, recorder, findings
        self._clock, self._trusted = clock, trusted

    def look(self) -> None:
        """Raises NotWritable. A training office publishes nothing, so nothing of it is late; its board shows it all the
        same."""
        today = day_of(self._clock.wall_ns())
        if self._trusted():
            self._publications.announce()
            self._let_reviews_fall_due()
        self.settle_references()
        self._pin_devices()
        self._let_views_drift()
        self._tell_references()
        self._end_findings_of_the_gone()
        self.tell_board()
        if self._cameras.registry.trial:
            return
        for version in self._cameras.fleet.in_force():
            owed = duties_of([version], today, self._cameras.world.filing().review_months)
            red = [duty for duty in owed if duty.mark == "red" and duty.code not in ("drift", "banned")]
            text = (
                f"camera {version.camera_no}: {', '.join(duty.code for duty in red)} overdue; see its page"
                if red
                else ""
            )
            self._findings.set(f"camera-duty-{version.camera_no}", "storage", text)

    def tell_board(self) -> None:
        """Whether the published list is what is in force. A training office publishes nothing. Raises NotWritable."""
        if self._cameras.registry.trial:
            return
        board = self._publications.board()
        text = coded("publication-differs", due_day=board.due)
        self._findings.set(_DIFFERS, "storage", text if board.red else "")
        late = board.is_late(day_of(self._clock.wall_ns()))
        text = coded("publication-late", due_day=board.due)
        self._findings.set(_LATE, "storage", text if late else "")

    def _let_reviews_fall_due(self) -> None:
        for version in self._cameras.fleet.in_force():
            if version.state is State.ANNOUNCED:
                try:
                    self._cameras.system(version, Event.FALL_DUE)
                except NotAllowed:
                    continue  # it is not due yet

    def settle_references(self) -> None:
        """Raises NotWritable."""
        self._references.settle(self._cameras.fleet, self._people.display, trusted=self._trusted())

    def _pin_devices(self) -> None:
        """Of a camera in force of which nobody knows which device it is, as those of a set-up, it is the one that
        answers first, and an entry says so (``T-66``)."""
        with self._recorder.lock:
            live = {camera_no for camera_no, state in self._recorder.states.items() if state.state == "live"}
        for version in self._cameras.fleet.in_force():
            if (
                version.camera_no in live
                and not version.acceptance.identity
                and self._recorder.identity_of(version.camera_no)
            ):
                with contextlib.suppress(NotAllowed):  # somebody suspended it a moment ago
                    self._cameras.system(version, Event.PIN)

    def _let_views_drift(self) -> None:
        """Where the view has differed from the reference picture for half an hour: recording goes on and is marked
        (``T-64``). Without a reference picture nobody said what the view should be, and the fault stands by itself."""
        now_ns = self._clock.wall_ns()
        for version in self._cameras.fleet.in_force():
            if version.state is not State.DRIFT and self._references.in_use(version):
                since_ns = view_off_ns(self._findings, version.camera_no)
                ended_ns = max((drift.end_ns for drift in version.drifts), default=0)
                if since_ns and now_ns - max(since_ns, ended_ns) >= _DRIFT_NS:
                    with contextlib.suppress(NotAllowed):  # somebody suspended it a moment ago
                        self._cameras.system(version, Event.DRIFTED, drifting=True)
        for version in self._cameras.fleet.in_force():
            cause = version.drifts[-1].cause if version.state is State.DRIFT else ""
            text = f"camera {version.camera_no}: what it shows or is was not approved ({cause}); see its page"
            self._findings.set(f"camera-drift-{version.camera_no}", "picture", text if cause else "")

    def _tell_references(self) -> None:
        """A camera in force has a reference picture that two people confirmed, not older than a year less a month."""
        if self._cameras.registry.trial:
            return
        now_ns = self._clock.wall_ns()
        for version in self._cameras.fleet.in_force():
            there = self._references.in_use(version)
            old = bool(there) and now_ns - max(each.taken_ns for each in there) > _OWED_NS
            why = "" if there and not old else "is a year old soon" if old else "is missing"
            text = (
                f"camera {version.camera_no}: its reference picture {why}; an officer takes one, the unit head confirms"
            )
            self._findings.set(f"reference-owed-{version.camera_no}", "picture", text if why else "")

    def _end_findings_of_the_gone(self) -> None:
        """What was wrong with a camera ends when it is recorded no more: nobody can see it well again. The entry says
        why. A finding is a camera's where its key and its sentence name it."""
        recorded = {camera.camera_no for camera in self._cameras.registry.cameras}
        gone = self._cameras.fleet.numbers() - recorded
        for finding in self._findings.all():
            if any(finding.key.endswith(f"-{no}") and str(finding.text).startswith(f"camera {no}: ") for no in gone):
                self._findings.clear(finding.key, why="camera-left")
