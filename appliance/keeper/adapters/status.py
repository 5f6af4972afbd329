"""What the status handlers ask of the rest of the keeper."""

from __future__ import annotations

import contextlib
import functools

from appliance.core.errors import Unavailable
from appliance.core.model import Camera, CameraState
from appliance.keeper.context import Keeper
from appliance.keeper.heldspans import SILENT_NS, expected_since, first_held_ns, first_in_force_ns, held_of
from appliance.services.cameras.gap_views import gap_views
from appliance.services.status.handlers import HeldFootage, RecorderStates, StatusPorts

__all__ = ["status_ports"]


def status_ports(keeper: Keeper) -> StatusPorts:
    return StatusPorts(
        registry=lambda: keeper.registry,
        states=functools.partial(_states, keeper),
        held=functools.partial(_held, keeper),
        first_held_ns=functools.partial(first_held_ns, keeper),
        expected_ns=functools.partial(_expected_ns, keeper),
        policy=lambda: keeper.policy,
        days_off=keeper.rules.days_off,
        trusted=lambda: keeper.trusted,
        floor_of=lambda scope: keeper.cases.world.floor_of(scope),
        findings=lambda: (finding._asdict() for finding in keeper.findings.all()),
        space=lambda: keeper.space.fields(),
        plan=lambda add_bps, cameras: keeper.space.plan(add_bps, cameras),
    )


def _states(keeper: Keeper) -> RecorderStates:
    with keeper.lock:
        return RecorderStates(dict(keeper.states), keeper.clock.boot_ns() - keeper.recorder.heard_ns > SILENT_NS)


def _held(keeper: Keeper, camera: Camera, state: CameraState, now_ns: int) -> HeldFootage:
    gaps, reduced, earliest_ns = held_of(keeper, camera, state, now_ns)
    begun_ns = first_in_force_ns(keeper, camera.camera_no)
    shown, less = (gap_views(each, begun_ns) for each in (gaps, reduced))
    return HeldFootage(shown, less, earliest_ns)


def _expected_ns(keeper: Keeper, camera: Camera) -> int:
    with contextlib.suppress(Unavailable):
        return expected_since(keeper, camera)
    return keeper.registry.begun_ns(camera)
