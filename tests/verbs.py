"""Every endpoint of a keeper by its name, asked without a socket: as its server answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.keeper.context import Keeper
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.transport import Message, Reply

__all__ = ["VERBS"]

Verb = Callable[[Keeper, dict[str, Any], Message], Reply]


def _served(name: str) -> Verb:
    return lambda keeper, arguments, message: keeper.served[name].reply(arguments, message.body)


VERBS: dict[str, Verb] = {name: _served(name) for name in ENDPOINTS}
