"""The box's figures for its self-tests, gathered once a minute: numbers by name, no path, no key, no person.

The recorder takes them with its next states and has them looked at in the room for looks, where plugins run. What the
keeper knows for certain (``INV-27``: no plugin may hide it) stays a finding of its own and is not among them; which is
which stands in ``docs/checks.md``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from appliance.core.clock import kernel_error_seconds
from appliance.core.errors import NotWritable, RecorderError
from appliance.core.model import CameraState
from appliance.keeper.context import Keeper
from appliance.keeper.heldspans import first_in_force_ns, gap_fields, held_of
from appliance.keeper.machine.machine import machine_figures, smart_figures
from appliance.rules.deadlines import DAY_NS
from appliance.selftest.reports import BoxReport
from appliance.storage.files import write_atomic
from appliance.vault.ring.probe import Probe

__all__ = ["BoxFigures"]

_SECOND_NS = 1_000_000_000


class BoxFigures:
    """Over the open parts of ``keeper``. A trial write must not be what uses up the records' reserve, so it goes to the
    plain disk. ``root`` stands in the place of ``/``."""

    def __init__(self, keeper: Keeper, probe: Probe | None = None, root: str = "/") -> None:
        self._keeper, self._fs, self._root = keeper, keeper.plain_fs, Path(root)
        self._probe = probe

    def gather(self) -> BoxReport:
        """Measures now; the recorder is told with its next states."""
        keeper, values = self._keeper, dict[str, float]()
        for part in (self._stores, self._cameras, self._ring, self._machine):
            with contextlib.suppress(RecorderError, OSError):  # what does not answer is absent, and its own finding
                for name, value in part():
                    values[name] = value
        told = BoxReport(keeper.clock.wall_ns(), values)
        with keeper.lock:
            keeper.box_told = told
        return told

    def _stores(self) -> Iterator[tuple[str, float]]:
        keeper, layout = self._keeper, self._keeper.settings.layout
        journals = keeper.ledger.writable and keeper.stores.acts.writable and keeper.ring.catalogue.writable
        yield "writable.records", float(journals)
        for store, directory in (("records", layout.keeper), ("footage", layout.footage)):
            if store == "footage" and not keeper.disk_watch.is_there:
                continue
            yield f"free_share.{store}", self._fs.free_bytes(directory) / max(1, self._fs.total_bytes(directory))
            if store == "footage":
                yield "writable.footage", float(self._takes_writes(directory))

    def _takes_writes(self, directory: str) -> bool:
        path, wanted = os.path.join(directory, "writable"), b"%d\n" % self._keeper.clock.boot_ns()
        try:
            write_atomic(self._fs, path, wanted)
            return self._fs.read(path) == wanted
        except (NotWritable, OSError):
            return False

    def _cameras(self) -> Iterator[tuple[str, float]]:
        keeper, now_ns = self._keeper, self._keeper.clock.wall_ns()
        floor = keeper.policy.floor_days
        with keeper.lock:
            states = dict(keeper.states)
        for camera in keeper.registry.cameras:
            number, since_ns = camera.camera_no, keeper.registry.begun_ns(camera)
            state = states.get(number) or CameraState(camera_no=number, state="connecting")
            if state.state == "live" and state.last_written_ns:
                yield f"written_age_seconds.{number}", max(0, now_ns - state.last_written_ns) / _SECOND_NS
            if state.state == "live" and state.camera_off_ns is not None:
                yield f"camera_off_seconds.{number}", abs(state.camera_off_ns) / _SECOND_NS
            if keeper.ring.index.doubt:
                continue
            gaps, _, earliest_ns = held_of(keeper, camera, state, now_ns)
            told = gap_fields(gaps, first_in_force_ns(keeper, number))
            lengths = [gap["end_ns"] - gap["start_ns"] for gap in told if gap["cause"] == "unknown"]
            yield f"gap_seconds.{number}", max(lengths, default=0) / _SECOND_NS
            held = (now_ns - earliest_ns) / DAY_NS if earliest_ns else 0.0
            yield f"days_held.{number}", round(held, 2)
            if keeper.trusted and now_ns - since_ns > (floor + 1) * DAY_NS:
                yield f"floor_short_days.{number}", round(max(0.0, floor - held), 2)

    def _ring(self) -> Iterator[tuple[str, float]]:
        keeper = self._keeper
        if keeper.disk_watch.is_there and (days := keeper.space.days) is not None:
            yield "forecast_days", round(days, 1)
        if self._probe is not None:
            yield from self._probe.figures().items()
        since_ns = keeper.scrub.pass_ended_ns or keeper.registry.since_ns
        yield "scrub_pass_days", round(max(0, keeper.clock.wall_ns() - since_ns) / DAY_NS, 2)

    def _machine(self) -> Iterator[tuple[str, float]]:
        keeper = self._keeper
        yield "failed_logins", float(keeper.attempts.failed_lately)
        error = kernel_error_seconds()
        if error is not None:
            yield "clock_error_seconds", error
        yield from machine_figures(self._root, keeper.settings.usb_known).items()
        smart = Path(keeper.settings.layout.run, "smart")
        yield from smart_figures(smart, keeper.clock.wall_ns() / _SECOND_NS).items()
