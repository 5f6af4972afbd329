"""What the recorder's handlers ask of the rest of the keeper."""

from __future__ import annotations

from collections.abc import Callable

from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.services.recording.handlers import RecorderPorts
from appliance.vault.ring.recovery import Recovered

__all__ = ["known_cameras", "recorder_ports"]


def recorder_ports(
    keeper: Keeper, *, write_registry: Callable[[], None], report_troubles: Callable[[Recovered], None]
) -> RecorderPorts:
    return RecorderPorts(
        registry=lambda: keeper.registry,
        write_registry=write_registry,
        may_enter_start=keeper.starts.take,
        say=say,
        report_troubles=report_troubles,
        disk_is_there=lambda: keeper.disk_watch.is_there,
        pressure=lambda: keeper.space.relief,
        trust=keeper.rules.watch.told,
        look=lambda: keeper.self_tests.wanted,
        watched=lambda: keeper.live.watched(),
        pictures=lambda: keeper.pictures.wanted(),
        inquiries=lambda: keeper.inquiries.wanted(),
        references=lambda: keeper.references.digests(keeper.cameras.fleet),
    )


def known_cameras(keeper: Keeper) -> frozenset[str]:
    """The numbers of all cameras that are in force or ever were."""
    return frozenset({camera.camera_no for camera in keeper.registry.cameras} | keeper.cameras.fleet.numbers())
