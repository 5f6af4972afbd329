"""What pages ask the keeper about those who use it: how much waits for them. Never blocks the event loop; each method
raises what the keeper raised."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec

from appliance.errors import Broken
from appliance.rules.cases.told import Waiting
from appliance.wire import Client

__all__ = ["UseLink"]

_T = TypeVar("_T")


class UseLink:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def waiting(self, session: str) -> Waiting:
        """How much waits for those who sit here; keeps nobody logged in."""
        return await self._ask("duties.count", Waiting, session=session)

    async def _ask(self, verb: str, kind: type[_T], **arguments: Any) -> _T:
        head = (await asyncio.to_thread(self._client.call, verb, **arguments)).head
        try:
            return msgspec.convert(head, kind)
        except msgspec.ValidationError as error:
            raise Broken(f"{verb}: the keeper's answer cannot be read ({error})") from error
