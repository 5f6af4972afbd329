"""How pages ask the keeper: a verb in a thread, so that the event loop never waits, and its answer as a record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from appliance.errors import Broken
from appliance.wire import Client

__all__ = ["Asking"]

_T = TypeVar("_T")


class Asking:
    """To be inherited by each part of the link. Every method raises the RecorderError that the keeper raised."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def _call(self, verb: str, body: bytes = b"", /, **arguments: Any) -> dict[str, Any]:
        return (await asyncio.to_thread(self._client.call, verb, body, **arguments)).head

    async def _ask(self, verb: str, kind: Callable[..., _T], /, **arguments: Any) -> _T:
        """The answer as a ``kind``. Raises Broken for one that is none."""
        head = await self._call(verb, **arguments)
        try:
            return msgspec.convert(head, kind)  # type: ignore[no-any-return]
        except msgspec.ValidationError as error:
            raise Broken(f"{verb}: the keeper's answer cannot be read ({error})") from error
