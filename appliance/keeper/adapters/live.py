"""What live looks know of the rest of the keeper: cameras, today's row, repairs, authorisations, viewings."""

from __future__ import annotations

import functools

from appliance.core.errors import NotFound
from appliance.keeper.context import Keeper
from appliance.keeper.eligibility import is_pledged
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import UNSIGNED
from appliance.rules.live import LiveFacts
from appliance.sandbox.client import SandboxClient
from appliance.services.live.views import LivePorts, LiveViews

__all__ = ["live_views"]


def live_views(keeper: Keeper) -> LiveViews:
    """The looks of this keeper."""

    def facts() -> LiveFacts:
        today = day_of(keeper.clock.wall_ns())
        try:
            row_open = keeper.inspections.day(today).row.state in UNSIGNED
        except NotFound:
            row_open = False
        return LiveFacts(
            day=today,
            recorded=tuple(camera.camera_no for camera in keeper.registry.cameras),
            public=keeper.registers.world.cameras(),
            row_open=row_open,
            tickets=tuple(
                (number, keeper.inspections.ticket(number).camera_no) for number in keeper.registers.world.tickets()
            ),
            authorisations=tuple(keeper.registers.items("live").values()),
        )

    return LiveViews(
        keeper.stores.acts,
        keeper.ledger,
        keeper.clock,
        keeper.logins,
        SandboxClient(keeper.settings.layout.socket("darkroom")),
        LivePorts(
            facts,
            pledged=functools.partial(is_pledged, keeper.people.book, trial=keeper.stores.office.office.trial),
            views=lambda session_id: bool(keeper.grants.of_session(session_id)),
        ),
    )
