"""What pages ask of the keeper, by the rows of ``protocol``, never blocking the event loop.

The web process may do nothing that the keeper does not allow: it passes the browser's session token on, and the keeper
judges each call. Calls that a page makes by itself say ``active=False``, so that an open page keeps nobody logged in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec

from appliance.core.errors import Broken
from appliance.protocol.endpoint import Endpoint, Request
from appliance.protocol.login import OFFICE, Office
from appliance.protocol.packs import PACK_FILE, AskPackFile
from appliance.protocol.transport import Client
from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.loaded_pack import LoadedPack

__all__ = ["Keeper", "Streamed", "in_thread"]

Q = TypeVar("Q", bound=Request)
A = TypeVar("A")


class Streamed(NamedTuple, Generic[A]):
    """An answer with blocks behind it. Close ``blocks`` when the browser goes away: that frees the keeper's side,
    too."""

    answer: A
    blocks: AsyncGenerator[bytes, None]


class Keeper(KeeperCalls):
    """Every method raises the RecorderError that the keeper raised."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.last_office = Office()
        """What the keeper said last: an error page needs it when the keeper does not answer."""

    async def ask_blocks(self, endpoint: Endpoint[Q, A], request: Q) -> Streamed[A]:
        """The answer and what comes behind it, block by block. Raises the RecorderError that the keeper raised, Broken
        for an answer that is none."""
        head, blocks = await asyncio.to_thread(self._client.stream, endpoint.name, **msgspec.to_builtins(request))
        try:
            return Streamed(msgspec.convert(head, endpoint.answer), in_thread(blocks))
        except msgspec.ValidationError as error:
            raise Broken.of("keeper-unread", verb=endpoint.name, why=error) from error

    async def office(self) -> Office:
        self.last_office = await self.ask(OFFICE, Request())
        return self.last_office

    # --- policy packs ---

    async def pack(self, session: str, name: str = "") -> LoadedPack:
        """``name``: a version, a proposal's SHA-256, or empty for the one in force."""
        found = await self.ask_bytes(PACK_FILE, AskPackFile(session=session, name=name))
        return LoadedPack(found.answer, found.body)


async def in_thread(blocks: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Blocks of a blocking iterator, each fetched in a thread; closes the iterator whatever happens.

    A generator cannot be closed while a thread runs it, so closing waits for the block that is under way (at most the
    client's time-out).
    """
    under_way: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            under_way = asyncio.ensure_future(asyncio.to_thread(next, blocks, None))
            block = await asyncio.shield(under_way)
            if block is None:
                return
            yield block
    finally:
        if under_way is not None:
            await asyncio.wait([under_way])
        close = getattr(blocks, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
