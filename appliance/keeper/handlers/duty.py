"""The duty board, for its page and the head of every page (``adapters/duty.py`` puts it together)."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message, Reply

__all__ = ["VERBS"]


def _duties(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    active = bool(arguments.get("active", True))
    session = keeper.logins.session(str(arguments["session"]), active=active)
    return Reply(dict(msgspec.to_builtins(keeper.duty_board.of(session.seats))))


def _waiting(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """How much waits: nobody stays logged in for it."""
    session = keeper.logins.session(str(arguments["session"]), active=False)
    return Reply(dict(msgspec.to_builtins(keeper.duty_board.waiting(session.seats))))


VERBS = {"duties": _duties, "duties.count": _waiting}
