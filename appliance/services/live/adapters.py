"""What live looks know of the rest of the keeper: cameras, today's row, repairs, authorisations, viewings."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotFound
from appliance.core.model import Registry
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import UNSIGNED
from appliance.rules.live import LiveFacts
from appliance.services.inspection.book import InspectionBook
from appliance.services.live.views import LivePorts
from appliance.services.registers.book import RegisterBook
from appliance.services.viewing.grants import Grants

__all__ = ["live_ports"]


def live_ports(
    clock: Clock,
    inspections: InspectionBook,
    registers: RegisterBook,
    grants: Grants,
    *,
    registry: Callable[[], Registry],
    pledged: Callable[[str], bool],
) -> LivePorts:
    """``registry``: what is recorded; ``pledged``: whether somebody's pledge of confidentiality holds today."""

    def facts() -> LiveFacts:
        today = day_of(clock.wall_ns())
        try:
            row_open = inspections.day(today).row.state in UNSIGNED
        except NotFound:
            row_open = False
        return LiveFacts(
            day=today,
            recorded=tuple(camera.camera_no for camera in registry().cameras),
            public=registers.world.cameras(),
            row_open=row_open,
            tickets=tuple((number, inspections.ticket(number).camera_no) for number in registers.world.tickets()),
            authorisations=tuple(registers.items("live").values()),
        )

    return LivePorts(facts, pledged=pledged, views=lambda session_id: bool(grants.of_session(session_id)))
