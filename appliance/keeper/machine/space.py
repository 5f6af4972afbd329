"""The keeper's eye on the disk: the ladder of pressure every two seconds, the forecast every few minutes.

It measures and enters; what follows from the figures is in ``rules/pressure.py`` and ``rules/forecast.py``. The
recorder asks each second what to do (``recorder.states``) and so hears it again after every restart of either.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, RecorderError, Refused, Unavailable, UsageError
from appliance.core.model import Camera, CameraState, Registry, Span
from appliance.core.settings import Settings
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.machine.space_text import FINDINGS, forecast_text, rung_text
from appliance.ledger.log import Ledger
from appliance.protocol.cameras import Days, DaysWith
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.forecast import (
    WARN_DAYS,
    CameraRate,
    Forecast,
    Measured,
    Store,
    declared_bps,
    forecast,
    rate_of,
    refuse_short,
)
from appliance.rules.pressure import REDUCED, DiskSpace, Ladder, Relief, marks, records_reserve, relief_of, step
from appliance.rules.retention import Hold
from appliance.services.office_rules.rules import OfficeRules
from appliance.storage.ballast import Ballast
from appliance.storage.files import Fs
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.ring import Ring

__all__ = ["Space", "ballast_of", "records_bytes"]

_MEASURED_DAYS = 7
_ELIGIBLE_NS = 60_000_000_000
"""How long a count of what may be destroyed is used; counting reads every row past its floor."""


def records_bytes(fs: Fs, settings: Settings) -> int:
    """The size of the ballast, which lies on the disk of the records."""
    return records_reserve(fs.total_bytes(settings.layout.office), settings.disk.records_mib << 20)


class Space:
    """Thread-safe. The ladder and the forecast are about the disk that footage lies on, the ballast about that of the
    records, whether or not they are the same. ``registry()``: what is recorded; ``states()``: what the recorder last
    said of each camera; ``holds()``: what is kept from destruction."""

    def __init__(
        self,
        fs: Fs,
        settings: Settings,
        clock: Clock,
        ring: Ring,
        ledger: Ledger,
        findings: Findings,
        destruction: Destruction,
        disk_watch: DiskWatch,
        rules: OfficeRules,
        ballast: Ballast,
        *,
        registry: Callable[[], Registry],
        states: Callable[[], Mapping[str, CameraState]],
        holds: Callable[[], Iterable[Hold]],
    ) -> None:
        self._fs, self._settings, self._clock, self._ring, self._ledger = fs, settings, clock, ring, ledger
        self._findings, self._destruction, self._disk_watch = findings, destruction, disk_watch
        self._rules, self._ballast = rules, ballast
        self._registry, self._states, self._holds = registry, states, holds
        self._lock = threading.RLock()
        self._forecast: Forecast | None = None
        self._rates: tuple[CameraRate, ...] = ()
        self._eligible, self._eligible_due_ns = 0, 0
        self._ladder = self._from_ledger()
        self._entered = self._entry_of(self._ladder)

    # --- what others ask ---

    @property
    def relief(self) -> Relief:
        """What the recorder does now. Waits for nothing."""
        return relief_of(self._ladder, self._registry().cameras)

    @property
    def rung(self) -> int:
        return self._ladder.rung

    @property
    def days(self) -> float | None:
        """How many days of footage the disk will hold; None while nothing is written, or nothing can be measured."""
        try:
            return (self._forecast or self.reckon()).days
        except Unavailable:
            return None

    def fields(self) -> dict[str, Any]:
        """The last forecast and the rung, for the status page; ``verdict`` is "" while there is none."""
        told = {"rung": self.rung, "stopped": list(self.relief.stopped)}
        try:
            return told | _forecast_fields(self._forecast or self.reckon())
        except Unavailable:
            return told | {"verdict": ""}

    def plan(self, add_bps: int = 0, cameras: int = 0) -> dict[str, Any]:
        """The forecast of this moment, by camera, and what ``cameras`` more of ``add_bps`` each would make of it."""
        if (add_bps > 0) != (cameras > 0) or add_bps < 0 or cameras < 0:
            raise UsageError.of("plan-numbers")
        store, rates = self._store(), self._measure()
        adding = [CameraRate(f"new {number + 1}", add_bps, "asked") for number in range(cameras)]
        return {
            **_forecast_fields(self._of(store, rates)),
            "trial": self._registry().trial,
            "rung": self.rung,
            "marks": marks(self._disk()[1], sum(rate.day_bytes for rate in rates))._asdict(),
            "free_bytes": store.free_bytes,
            "reserve_bytes": store.reserve_bytes,
            "cameras": [rate._asdict() | {"day_bytes": rate.day_bytes} for rate in rates],
            "with_added": _forecast_fields(self._of(store, [*rates, *adding])) if adding else None,
        }

    def admit(self, cameras: Sequence[Camera]) -> str:
        """Before these cameras are put in force besides those that are: what must be warned of, "" for nothing. Raises
        Refused when the disk could not hold :data:`~appliance.rules.forecast.REFUSE_DAYS` then; a trial office is
        warned instead (``T-09``)."""
        store, rates = self._store(), self._measure()
        adding = [rate_of(camera.camera_no, None, 0, self._declared_bps(camera)) for camera in cameras]
        before, after = self._of(store, rates), self._of(store, [*rates, *adding])
        if not self._registry().trial:
            refuse_short(before, after, adding)
        return forecast_text(after)

    def with_camera(self, camera: Camera) -> DaysWith:
        """The forecast as it is and with this camera besides, and why that would not do, "" when it would."""
        store, rates = self._store(), self._measure()
        adding = rate_of(camera.camera_no, None, 0, self._declared_bps(camera))
        return DaysWith(
            now=_days(self._of(store, rates)),
            then=_days(self._of(store, [*rates, adding])),
            day_bytes=adding.day_bytes,
            short=self.short_with(camera),
        )

    def short_with(self, camera: Camera) -> str:
        """Why the disk would not do for this camera besides those in force, "" when it would."""
        try:
            self.admit([camera])
        except (Refused, Unavailable) as error:
            return str(error)
        return ""

    def copy_room(self) -> int:
        """The bytes that a viewing copy may take: what lies above the mark at which recording would step down, though
        nothing could be destroyed. None on a disk that is not the office's."""
        try:
            room = self._room()
        except Unavailable:
            return 0
        return room.free_bytes - marks(room.total_bytes, room.day_bytes).reduce

    # --- what the housekeeping does ---

    def look(self) -> None:
        """One step of the ladder, if one is due: entered, then in force. Where the ledger does not take it, it is in
        force all the same and entered when the ledger does: footage that is kept comes before the entry. While the
        footage disk is away the ladder stands still: another's room says nothing."""
        with self._lock:
            if self._disk_watch.is_there:
                self._step()
            if self._fs.free_bytes(self._settings.layout.keeper) < self._ballast.size // 4:
                self._ballast.give_up()
            else:
                self._ballast.make()
            self._findings.set("records-reserve", "storage", "" if self._ballast.whole else _RESERVE_GONE)

    def reckon(self) -> Forecast:
        """Makes the forecast anew. Its finding is over a day above the limit, so that it does not flicker; a trial
        office has none: it is told on the page. Raises Unavailable."""
        with self._lock:
            store, self._rates = self._store(), tuple(self._measure())
            self._forecast = found = self._of(store, self._rates)
            trial = self._registry().trial
            if trial or found.verdict != "well" or found.days is None or found.days >= WARN_DAYS + 1:
                self._findings.set("retention-forecast", "storage", "" if trial else forecast_text(found))
            return found

    # --- inside ---

    def _step(self) -> None:
        cameras, room = self._registry().cameras, self._room()
        ladder = step(self._ladder, room, len(cameras), self._clock.boot_ns())
        self._enter(ladder, room)
        self._ladder = ladder
        self._destruction.day_bytes = ladder.day_bytes if ladder.level >= REDUCED else 0
        for rung, key in enumerate(FINDINGS):
            if rung:
                text = rung_text(rung, self.relief) if rung == self._ladder.rung else ""
                self._findings.set(key, "storage", text)

    def _disk(self) -> tuple[int, int]:
        """Free and total bytes of the disk that footage lies on. Raises Unavailable while that one is away."""
        watch, ring = self._disk_watch, self._settings.layout.ring
        if not watch.is_there:
            raise Unavailable(watch.trouble)
        try:
            return self._fs.free_bytes(ring), self._fs.total_bytes(ring)
        except OSError as error:
            raise Unavailable.of("disk-free", ring=ring, why=error.strerror) from error

    def _room(self) -> DiskSpace:
        rates = self._rates or tuple(self._measure())
        free, total = self._disk()
        day_bytes = sum(rate.day_bytes for rate in rates)
        return DiskSpace(free, total, self._eligible_bytes(free < marks(total, day_bytes).target), day_bytes)

    def _eligible_bytes(self, wanted: bool) -> int:
        """Counted only while room is short. What cannot be judged is not counted on."""
        now = self._clock.boot_ns()
        if wanted and now >= self._eligible_due_ns:
            self._eligible_due_ns = now + _ELIGIBLE_NS
            try:
                self._eligible = self._destruction.eligible_bytes()
            except RecorderError:
                self._eligible = 0
        return self._eligible if wanted else 0

    def _enter(self, ladder: Ladder, room: DiskSpace) -> None:
        now = self._entry_of(ladder)
        if now == self._entered:
            return
        fields = {
            "rung": now[0],
            "before": self._entered[0],
            **({"stopped": list(now[1])} if now[1] else {}),
            "free_bytes": room.free_bytes,
            "eligible_bytes": room.eligible_bytes,
            "day_bytes": ladder.day_bytes,
        }
        try:
            self._ledger.append("pressure.changed", fields)
        except NotWritable:
            return
        self._entered = now

    def _entry_of(self, ladder: Ladder) -> tuple[int, tuple[str, ...]]:
        return ladder.rung, relief_of(ladder, self._registry().cameras).stopped

    def _from_ledger(self) -> Ladder:
        """Where the last keeper left the ladder; it is read back only while a finding says that it was climbed."""
        if not any(finding.key in FINDINGS for finding in self._findings.all()):
            return Ladder()
        for number in range(self._ledger.size - 1, -1, -1):
            entry = self._ledger.entry(number)
            if entry.kind == "pressure.changed":
                level = min(int(entry.fields["rung"]), REDUCED) + len(entry.fields.get("stopped", ()))
                return Ladder(level=level, since_ns=self._clock.boot_ns(), day_bytes=int(entry.fields["day_bytes"]))
        return Ladder()

    def _declared_bps(self, camera: Camera) -> int:
        return declared_bps(camera, self._settings.disk.camera_mbps)

    def _measure(self) -> list[CameraRate]:
        """Each camera's rate; while recording is stepped down, those from before. The ladder does not wait for an index
        that does not answer: a full disk may be why."""
        with self._lock:
            if self._ladder.level >= REDUCED and self._rates:
                return list(self._rates)
        states, rates = self._states(), []
        for camera in self._registry().cameras:
            state = states.get(camera.camera_no)
            live = state.bitrate_bps if state is not None and state.state == "live" else 0
            rates.append(rate_of(camera.camera_no, self._written(camera), live, self._declared_bps(camera)))
        return rates

    def _written(self, camera: Camera) -> Measured | None:
        """What the camera wrote in its last days, however long ago that was: a start after weeks off is no new one."""
        try:
            return self._ring.index.last_measured(camera.camera_no, _MEASURED_DAYS * DAY_NS)
        except Unavailable:
            return None

    def _store(self) -> Store:
        index = self._ring.index
        held = index.held_by_day((hold.camera_no, Span(hold.start_ns, hold.end_ns)) for hold in self._holds())
        kept = {day: size - held.get(day, 0) for day, size in index.bytes_by_day().items()}
        free, total = self._disk()
        return Store(
            free,
            marks(total, 0).reserve + records_reserve(total, self._settings.disk.records_mib << 20),
            kept,
            self._ring.shelves.durable_bytes(),
            sum(held.values()),
        )

    def _of(self, store: Store, rates: Sequence[CameraRate]) -> Forecast:
        return forecast(store, rates, self._rules.policy, day_of(self._clock.wall_ns()), self._rules.days_off())


_RESERVE_GONE = (
    "the records' reserve could not be set aside: the disk is nearly full; free space that is not footage, "
    "it is made anew by itself"
)


def _days(found: Forecast) -> Days:
    days = None if found.days is None else round(found.days, 1)
    return Days(days=days, day_bytes=found.day_bytes, verdict=found.verdict, assumed=tuple(found.assumed))


def _forecast_fields(found: Forecast) -> dict[str, Any]:
    return {
        "days": None if found.days is None else round(found.days, 1),
        "day_bytes": found.day_bytes,
        "freeable_bytes": found.freeable_bytes,
        "held_bytes": found.held_bytes,
        "held_share": round(found.held_share, 4),
        "danger": found.danger.isoformat() if found.danger else None,
        "verdict": found.verdict,
        "assumed": list(found.assumed),
    }


def ballast_of(fs: Fs, settings: Settings) -> Ballast:
    """The office's ballast, not made yet."""
    return Ballast(fs, os.path.join(settings.layout.keeper, "ballast"), records_bytes(fs, settings))
