"""What pages ask of the keeper about scans, where an answer takes long or comes block by block. Never blocks the event
loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

import msgspec

from appliance.protocol.scans import PUT_SCAN, SCAN_ORIGINAL, Original, OriginalRequest, PutScan, TakenScan
from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.client import in_thread

__all__ = ["OutgoingFile", "ScanClient"]

_LOOK_SECONDS = 200.0
"""A child looks at every page before a scan is taken in."""


class OutgoingFile(NamedTuple):
    """A file that goes out. Close ``blocks`` when the browser goes away."""

    head: Original
    blocks: AsyncGenerator[bytes, None]


class ScanClient(KeeperCalls):
    """Each method raises the RecorderError that the keeper raised."""

    async def put(self, request: PutScan) -> TakenScan:
        """The upload is looked at and taken in."""
        return await self.ask(PUT_SCAN, request, within_seconds=_LOOK_SECONDS)

    async def original(self, request: OriginalRequest) -> OutgoingFile:
        arguments = msgspec.to_builtins(request)
        head, blocks = await asyncio.to_thread(self._client.stream, SCAN_ORIGINAL.name, **arguments)
        return OutgoingFile(msgspec.convert(head, SCAN_ORIGINAL.answer), in_thread(blocks))
