"""The box's figures for its self-tests, gathered once a minute: numbers by name, no path, no key, no person.

The recorder takes them with its next states and has them looked at in the room for looks, where plugins run. What the
keeper knows for certain (``INV-27``: no plugin may hide it) stays a finding of its own and is not among them; which is
which stands in ``docs/checks.md``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.core.clock import Clock, kernel_error_seconds
from appliance.core.errors import NotWritable, RecorderError
from appliance.core.model import CameraState
from appliance.core.settings import Settings
from appliance.keeper.attempts import Attempts
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.heldspans import HeldSpans
from appliance.keeper.machine.machine import machine_figures, smart_figures
from appliance.keeper.machine.space import Space
from appliance.keeper.stores import Stores
from appliance.rules.deadlines import DAY_NS
from appliance.selftest.reports import BoxReport
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.gap_views import gap_views
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.recording.state import RecorderState
from appliance.storage.files import Fs, write_atomic
from appliance.vault.ring.probe import Probe
from appliance.vault.ring.scrub import Scrub

__all__ = ["BoxFigures"]

_SECOND_NS = 1_000_000_000


class BoxFigures:
    """A trial write must not be what uses up the records' reserve, so ``fs`` is the plain disk. ``trusted``: whether
    time may be believed now; ``root`` stands in the place of ``/``."""

    def __init__(
        self,
        fs: Fs,
        settings: Settings,
        clock: Clock,
        stores: Stores,
        cameras: CameraBook,
        rules: OfficeRules,
        recorder: RecorderState,
        disk_watch: DiskWatch,
        space: Space,
        scrub: Scrub,
        attempts: Attempts,
        probe: Probe,
        trusted: Callable[[], bool],
        root: str = "/",
    ) -> None:
        self._fs, self._settings, self._clock = fs, settings, clock
        self._stores, self._cameras, self._rules = stores, cameras, rules
        self._recorder, self._disk_watch, self._space = recorder, disk_watch, space
        self._scrub, self._attempts, self._probe = scrub, attempts, probe
        self._trusted, self._root = trusted, Path(root)
        self._spans = HeldSpans(stores.ring, cameras)

    def gather(self) -> BoxReport:
        """Measures now; the recorder gets the figures with the answer to its next states."""
        values = dict[str, float]()
        for part in (self._of_stores, self._of_cameras, self._of_ring, self._of_machine):
            with contextlib.suppress(RecorderError, OSError):  # what does not answer is absent, and its own finding
                for name, value in part():
                    values[name] = value
        report = BoxReport(self._clock.wall_ns(), values)
        with self._recorder.lock:
            self._recorder.box = report
        return report

    def _of_stores(self) -> Iterator[tuple[str, float]]:
        stores, layout = self._stores, self._settings.layout
        journals = stores.ledger.writable and stores.acts.writable and stores.ring.catalogue.writable
        yield "writable.records", float(journals)
        for store, directory in (("records", layout.keeper), ("footage", layout.footage)):
            if store == "footage" and not self._disk_watch.is_there:
                continue
            yield f"free_share.{store}", self._fs.free_bytes(directory) / max(1, self._fs.total_bytes(directory))
            if store == "footage":
                yield "writable.footage", float(self._takes_writes(directory))

    def _takes_writes(self, directory: str) -> bool:
        path, wanted = os.path.join(directory, "writable"), b"%d\n" % self._clock.boot_ns()
        try:
            write_atomic(self._fs, path, wanted)
            return self._fs.read(path) == wanted
        except (NotWritable, OSError):
            return False

    def _of_cameras(self) -> Iterator[tuple[str, float]]:
        now_ns, registry = self._clock.wall_ns(), self._cameras.registry
        floor = self._rules.policy.floor_days
        with self._recorder.lock:
            states = dict(self._recorder.states)
        for camera in registry.cameras:
            number, since_ns = camera.camera_no, registry.begun_ns(camera)
            state = states.get(number) or CameraState(camera_no=number, state="connecting")
            if state.state == "live" and state.last_written_ns:
                yield f"written_age_seconds.{number}", max(0, now_ns - state.last_written_ns) / _SECOND_NS
            if state.state == "live" and state.camera_off_ns is not None:
                yield f"camera_off_seconds.{number}", abs(state.camera_off_ns) / _SECOND_NS
            if self._stores.ring.index.doubt:
                continue
            gaps, _, earliest_ns = self._spans.of(camera, state, now_ns)
            views = gap_views(gaps, self._cameras.first_in_force_ns(number))
            lengths = [gap.end_ns - gap.start_ns for gap in views if gap.cause == "unknown"]
            yield f"gap_seconds.{number}", max(lengths, default=0) / _SECOND_NS
            held = (now_ns - earliest_ns) / DAY_NS if earliest_ns else 0.0
            yield f"days_held.{number}", round(held, 2)
            if self._trusted() and now_ns - since_ns > (floor + 1) * DAY_NS:
                yield f"floor_short_days.{number}", round(max(0.0, floor - held), 2)

    def _of_ring(self) -> Iterator[tuple[str, float]]:
        if self._disk_watch.is_there and (days := self._space.days) is not None:
            yield "forecast_days", round(days, 1)
        yield from self._probe.figures().items()
        since_ns = self._scrub.pass_ended_ns or self._cameras.registry.since_ns
        yield "scrub_pass_days", round(max(0, self._clock.wall_ns() - since_ns) / DAY_NS, 2)

    def _of_machine(self) -> Iterator[tuple[str, float]]:
        yield "failed_logins", float(self._attempts.failed_lately)
        error = kernel_error_seconds()
        if error is not None:
            yield "clock_error_seconds", error
        yield from machine_figures(self._root, self._settings.usb_known).items()
        smart = Path(self._settings.layout.run, "smart")
        yield from smart_figures(smart, self._clock.wall_ns() / _SECOND_NS).items()
