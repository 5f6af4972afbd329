"""What the status handlers ask of the rest of the keeper."""

from __future__ import annotations

import contextlib

from appliance.core.errors import Unavailable
from appliance.core.model import Camera, CameraState
from appliance.keeper.context import Keeper
from appliance.keeper.heldspans import SILENT_NS, HeldSpans
from appliance.services.cameras.gap_views import gap_views
from appliance.services.status.handlers import HeldFootage, RecorderStates, StatusPorts

__all__ = ["status_ports"]


def status_ports(keeper: Keeper) -> StatusPorts:
    spans, recorder, cameras = HeldSpans(keeper.ring, keeper.cameras), keeper.recorder, keeper.cameras

    def states() -> RecorderStates:
        with recorder.lock:
            return RecorderStates(dict(recorder.states), recorder.is_silent(keeper.clock.boot_ns(), SILENT_NS))

    def held(camera: Camera, state: CameraState, now_ns: int) -> HeldFootage:
        gaps, reduced, earliest_ns = spans.of(camera, state, now_ns)
        begun_ns = cameras.first_in_force_ns(camera.camera_no)
        shown, less = (gap_views(each, begun_ns) for each in (gaps, reduced))
        return HeldFootage(shown, less, earliest_ns)

    def expected_ns(camera: Camera) -> int:
        with contextlib.suppress(Unavailable):
            return spans.expected_since(camera)
        return cameras.registry.begun_ns(camera)

    return StatusPorts(
        registry=lambda: cameras.registry,
        states=states,
        held=held,
        first_held_ns=spans.first_held_ns,
        expected_ns=expected_ns,
        policy=lambda: keeper.policy,
        days_off=keeper.rules.days_off,
        trusted=lambda: keeper.trusted,
        floor_of=lambda scope: keeper.cases.world.floor_of(scope),
        findings=lambda: (finding._asdict() for finding in keeper.findings.all()),
        space=keeper.space.fields,
        plan=keeper.space.plan,
    )
