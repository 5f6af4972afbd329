"""What pages ask the keeper about the registers: a part of the link's methods."""

from __future__ import annotations

from typing import Any

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.register_answers import (
    ItemView,
    Lines,
    NewItemForm,
    Overview,
    RegisterDone,
)

__all__ = ["REGISTER_ASKS", "RegisterAsks"]

REGISTER_ASKS = frozenset({"registers", "register", "register.begin", "register.item"})
"""What only asks and has its answer in milliseconds."""


class RegisterAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def registers(self, session: str) -> Overview:
        return await self._ask("registers", Overview, session=session)

    async def register(self, session: str, code: str) -> Lines:
        return await self._ask("register", Lines, session=session, register=code)

    async def register_begin(self, session: str, code: str) -> NewItemForm:
        return await self._ask("register.begin", NewItemForm, session=session, register=code)

    async def register_item(self, session: str, code: str, item: str) -> ItemView:
        return await self._ask("register.item", ItemView, session=session, register=code, item=item)

    async def act_in_register(
        self, session: str, act: str, seat: int, password: str, code: str, item: str, event: str, typed: dict[str, Any],
        ink: dict[str, Any] | None = None,
    ) -> RegisterDone:  # fmt: skip
        """``item`` "" begins a line; ``ink``: of what was signed on the sheet."""
        return await self._ask(
            "register.act",
            RegisterDone,
            session=session,
            act=act,
            seat=seat,
            password=password,
            register=code,
            item=item,
            event=event,
            typed=typed,
            **({"ink": ink} if ink else {}),
        )
