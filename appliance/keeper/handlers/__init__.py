"""What the keeper answers on its socket, a module for each subject. Custody judges; these carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.keeper.context import Keeper
from appliance.keeper.handlers import (
    access,
    archive,
    case,
    mask,
    viewing,
)
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.transport import Message, Reply

__all__ = ["VERBS"]

Verb = Callable[[Keeper, dict[str, Any], Message], Reply]


def _served(name: str) -> Verb:
    return lambda keeper, arguments, message: keeper.served[name].reply(arguments, message.body)


VERBS: dict[str, Verb] = {
    **{name: _served(name) for name in ENDPOINTS},
    **case.VERBS,
    **access.VERBS,
    **archive.VERBS,
    **viewing.VERBS,
    **mask.VERBS,
}
