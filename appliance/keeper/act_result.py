"""An act of people, for handlers that answer with a map."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.keeper.context import Keeper
from appliance.ledger.entry import Entry
from appliance.services.act_entries import act_entry

__all__ = ["tell_act"]


def tell_act(keeper: Keeper, entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(act_entry(keeper.stores.acts, entry))
    return made
