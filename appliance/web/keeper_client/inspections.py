"""What pages ask the keeper about health: a part of the link's methods."""

from __future__ import annotations

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.inspection_answers import Health

__all__ = ["ASKS", "InspectionAsks"]

ASKS = frozenset({"looks.list"})
"""What only asks and has its answer in milliseconds."""


class InspectionAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def health(self, session: str) -> Health:
        return await self._ask("looks.list", Health, session=session)
