"""Every row of the protocol has its handler in the keeper."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.protocol.endpoints import ENDPOINTS


def test_each_endpoint_is_served_and_nothing_else_is(keeper: Keeper) -> None:
    assert set(keeper.served) == set(ENDPOINTS)
    assert all(served.endpoint is ENDPOINTS[name] for name, served in keeper.served.items())
