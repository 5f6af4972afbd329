"""What the keeper answers about the recorder now: cameras, disk, ledger, findings. Shows no picture, opens no key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Unavailable, UsageError
from appliance.core.model import Camera, CameraState, Registry
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import Served, SessionRequest, serves
from appliance.protocol.status import (
    CAMERAS,
    PLAN,
    STATUS,
    AskPlan,
    CameraPlace,
    Cameras,
    CameraStatus,
    Disk,
    Gap,
    Plan,
    Space,
    Status,
    StatusRequest,
)
from appliance.protocol.status import Scrub as ScrubView
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cases.deletion import answer_deletion
from appliance.rules.cases.ranges import Scope
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.policy import Policy
from appliance.services.cameras.book import CameraBook
from appliance.services.people.rights import Rights
from appliance.services.status.ledger_handlers import signed_head
from appliance.storage.files import Fs
from appliance.vault.index.index import Totals
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Scrub

__all__ = ["HeldFootage", "RecorderStates", "StatusHandlers", "StatusPorts"]

_MOST_CAMERAS, _MOST_BPS = 1000, 1_000_000_000


class RecorderStates(NamedTuple):
    """What the recorder last said of each camera. ``silent``: it has said nothing for a while."""

    states: Mapping[str, CameraState]
    silent: bool


class HeldFootage(NamedTuple):
    """Of a camera: the last day's gaps, the time in which less was recorded, the first instant held (0: none)."""

    gaps: tuple[Gap, ...]
    reduced: tuple[Gap, ...]
    earliest_ns: int


class StatusPorts(NamedTuple):
    """What the handlers ask of the rest of the keeper.

    ``states``: what the recorder reports; ``held``: what is held of a camera in a state, at a moment;
    ``first_held_ns``: of a camera's number, raises Unavailable; ``expected_ns``: since when there should be footage of
    a camera; ``floor_of``: the last day on which these minutes are kept without any case; ``findings``: all that stand,
    as maps; ``space``: the last forecast; ``plan``: the forecast of this moment with so many bits per second and so
    many cameras added."""

    registry: Callable[[], Registry]
    states: Callable[[], RecorderStates]
    held: Callable[[Camera, CameraState, int], HeldFootage]
    first_held_ns: Callable[[str], int]
    expected_ns: Callable[[Camera], int]
    policy: Callable[[], Policy]
    days_off: Callable[[], Collection[date]]
    trusted: Callable[[], bool]
    floor_of: Callable[[Scope], date]
    findings: Callable[[], Iterable[dict[str, Any]]]
    space: Callable[[], Mapping[str, Any]]
    plan: Callable[[int, int], Mapping[str, Any]]


class StatusHandlers:
    """``ring_folder``: where footage lies; ``scrub_bytes_per_second``: as set."""

    def __init__(
        self,
        rights: Rights,
        ports: StatusPorts,
        cameras: CameraBook,
        ring: Ring,
        scrub: Scrub,
        ledger: Ledger,
        fs: Fs,
        clock: Clock,
        *,
        ring_folder: str,
        scrub_bytes_per_second: int,
    ) -> None:
        self._rights, self._ports, self._cameras = rights, ports, cameras
        self._ring, self._scrub, self._ledger, self._fs, self._clock = ring, scrub, ledger, fs, clock
        self._ring_folder, self._scrub_bytes_per_second = ring_folder, scrub_bytes_per_second

    def served(self) -> tuple[Served, ...]:
        return serves(STATUS, self._status), serves(CAMERAS, self._places), serves(PLAN, self._plan)

    def _status(self, request: StatusRequest) -> Status:
        """The command line asks without a session; that no other process does, the socket sees to."""
        if request.session is not None:
            self._rights.require(SessionRequest(session=request.session, active=request.active), "see-status")
        ports, now_ns = self._ports, self._clock.wall_ns()
        said, registry, policy = ports.states(), ports.registry(), ports.policy()
        return Status(
            now_ns=now_ns,
            trusted=ports.trusted(),
            cameras=tuple(self._camera(camera, said, now_ns) for camera in registry.cameras),
            disk=self._disk(),
            ledger=signed_head(self._ledger),
            floor_days=policy.floor_days,
            target_days=policy.target_days,
            trial=registry.trial,
            space=msgspec.convert(ports.space(), Space),
            scrub=self._scrubbed(),
            findings=tuple(ports.findings()),
        )

    def _camera(self, camera: Camera, said: RecorderStates, now_ns: int) -> CameraStatus:
        number = camera.camera_no
        state = said.states.get(number) or CameraState(camera_no=number, state="connecting")
        if said.silent:
            state = CameraState(
                camera_no=number,
                state="lost",
                detail="the recorder does not report",
                last_written_ns=state.last_written_ns,
            )
        held = self._ports.held(camera, state, now_ns)
        return CameraStatus(
            camera_no=number,
            location=camera.location,
            state=state.state,
            detail=state.detail,
            since_ns=state.since_ns,
            last_written_ns=state.last_written_ns or self._last_kept_ns(number),
            bitrate_bps=state.bitrate_bps,
            camera_off_ns=None if said.silent else state.camera_off_ns,
            signature="" if said.silent else state.signature,
            earliest_ns=held.earliest_ns,
            days_held=round((now_ns - held.earliest_ns) / DAY_NS, 2) if held.earliest_ns else 0.0,
            gaps_24h=held.gaps,
            reduced_24h=held.reduced,
            in_force_ns=self._ports.expected_ns(camera),
        )

    def _places(self, request: SessionRequest) -> Cameras:
        """For everybody who is logged in: public anyway (五(二))."""
        self._rights.session(request)
        there = [
            CameraPlace(camera_no=each.camera_no, location=each.location, earliest_ns=self._earliest_ns(each.camera_no))
            for each in self._ports.registry().cameras
        ]
        places = self._cameras.locations()
        gone = [self._left(version, places[number]) for number, version in sorted(self._cameras.left().items())]
        return Cameras(
            now_ns=self._clock.wall_ns(), floor_days=self._ports.policy().floor_days, cameras=(*there, *gone)
        )

    def _left(self, version: CameraVersion, location: str) -> CameraPlace:
        number = version.camera_no
        latest_ns = self._last_kept_ns(number)
        kept_until = gone_by = None
        if latest_ns:
            last = Scope(number, latest_ns - 1, latest_ns)
            today, days_off = day_of(self._clock.wall_ns()), self._ports.days_off()
            kept_until = self._ports.floor_of(last)
            gone_by = answer_deletion(last, self._ports.policy(), today, days_off=days_off).gone_by
        return CameraPlace(
            camera_no=number,
            location=location,
            earliest_ns=self._earliest_ns(number),
            last_written_ns=latest_ns,
            left=str(version.state),
            left_on=version.ended_on,
            kept_until=kept_until,
            gone_by=gone_by,
        )

    def _earliest_ns(self, camera_no: str) -> int:
        """0 where there is no footage, or the index does not answer."""
        with contextlib.suppress(Unavailable):
            return self._ports.first_held_ns(camera_no)
        return 0

    def _last_kept_ns(self, camera_no: str) -> int:
        """When a camera of which the recorder wrote nothing yet was written before; 0 where it never was or the index
        does not answer."""
        with contextlib.suppress(Unavailable):
            return self._ring.index.latest(camera_no) or 0
        return 0

    def _disk(self) -> Disk:
        """Zeros for what cannot be told now. Findings say which."""
        free = total = 0
        totals = Totals(0, 0)
        with contextlib.suppress(OSError):
            free, total = self._fs.free_bytes(self._ring_folder), self._fs.total_bytes(self._ring_folder)
        with contextlib.suppress(Unavailable):
            totals = self._ring.index.totals()
        return Disk(
            free_bytes=free,
            total_bytes=total,
            ring_bytes=totals.bytes + self._ring.shelves.durable_bytes(),
            segments=totals.segments,
        )

    def _scrubbed(self) -> ScrubView:
        """Counted once a minute."""
        rate = self._scrub_bytes_per_second
        try:
            found = self._scrub.counted
        except Unavailable:
            return ScrubView(known=False, bytes_per_second=rate)
        return ScrubView(
            segments=found.segments,
            share=round(found.share, 4),
            since_ns=found.since_ns,
            oldest_ns=found.oldest_ns,
            bytes_per_second=rate,
        )

    def _plan(self, request: AskPlan) -> Plan:
        """Words and figures of the disk alone: like the status, it names no person and no footage."""
        add_bps, cameras = request.add_bps, request.cameras
        if add_bps > _MOST_BPS or cameras > _MOST_CAMERAS:
            raise UsageError.of("plan-range", cameras=cameras, bps=add_bps, most=_MOST_CAMERAS, most_bps=_MOST_BPS)
        return msgspec.convert(self._ports.plan(add_bps, cameras), Plan)
