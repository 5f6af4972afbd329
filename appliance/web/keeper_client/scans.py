"""What pages ask the keeper about scans. Never blocks the event loop; each method raises what the keeper raised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, NamedTuple

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.client import in_thread
from appliance.web.keeper_client.scan_answers import ScanList, ScanView

__all__ = ["Original", "ScanLink"]

_LOOK_SECONDS = 200.0
"""A child looks at every page before a scan is taken in."""


class Original(NamedTuple):
    """A file that goes out. Close ``blocks`` when the browser goes away."""

    mime: str
    name: str
    size_bytes: int
    blocks: AsyncGenerator[bytes, None]


class ScanLink(KeeperCalls):
    """The keeper's verbs for scans. ``of`` is what scans belong to, such as ``case/115-0001``."""

    async def begin(self, session: str, of: str, who: Mapping[str, Any], paper: Mapping[str, str]) -> str:
        """A new upload of a ``paper``: its kind, the file's name, a note."""
        return str((await self._call("scan.begin", session=session, of=of, **paper, **who))["upload"])

    async def more(self, session: str, upload: str, piece: bytes) -> None:
        await self._call("scan.more", piece, session=session, upload=upload)

    async def drop(self, session: str, upload: str) -> None:
        await self._call("scan.drop", session=session, upload=upload)

    async def put(self, session: str, upload: str, act: str) -> str:
        """The scan's number: it is taken in."""
        told = await self._call("scan.put", within_seconds=_LOOK_SECONDS, session=session, upload=upload, act=act)
        return str(told["scan"])

    async def scans(self, session: str, of: str) -> ScanList:
        return await self._ask("scans", ScanList, session=session, of=of)

    async def scan(self, session: str, number: str) -> ScanView:
        return await self._ask("scan", ScanView, session=session, scan=number)

    async def page(self, session: str, number: str, page: int) -> bytes:
        """A PNG."""
        told = await asyncio.to_thread(self._client.call, "scan.page", session=session, scan=number, page=page)
        return told.body

    async def original(self, session: str, number: str, who: Mapping[str, Any]) -> Original:
        """``who`` takes it along, as for :meth:`Keeper.case_ledger`."""
        asked = {"session": session, "scan": number, **who}
        head, blocks = await asyncio.to_thread(self._client.stream, "scan.original", **asked)
        return Original(str(head["type"]), str(head["name"]), int(head["bytes"]), in_thread(blocks))

    async def strike(self, session: str, act: str, who: Mapping[str, Any], number: str, reason: str) -> str:
        """What the struck scan belongs to."""
        told = await self._call("scan.strike", session=session, act=act, scan=number, reason=reason, **who)
        return str(told["of"])

    async def destroy(
        self, session: str, act: str, number: str, passwords: dict[str, str], reason: str, document: str
    ) -> str:
        """What the destroyed scan belonged to."""
        told = await self._call(
            "scan.destroy", session=session, act=act, scan=number, passwords=passwords, reason=reason, document=document
        )
        return str(told["of"])
