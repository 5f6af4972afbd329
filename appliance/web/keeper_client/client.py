"""What pages ask of the keeper: one method a verb, typed answers, never blocking the event loop.

The web process may do nothing that the keeper does not allow: it passes the browser's session token on, and the keeper
judges each call. Calls that a page makes by itself say ``active=False``, so that an open page keeps nobody logged in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from appliance.protocol.endpoint import Request
from appliance.protocol.login import OFFICE, Office
from appliance.protocol.packs import PACK_FILE, AskPackFile
from appliance.protocol.transport import Client
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.views import ActDone, CaseListView, CaseView
from appliance.web.keeper_client.answers import (
    CaseEntry,
    CaseLedger,
    Grant,
    Timeline,
)
from appliance.web.keeper_client.calls import READ_SECONDS, SECRETS, asks
from appliance.web.keeper_client.loaded_pack import LoadedPack
from appliance.web.keeper_client.masks import MaskAsks

__all__ = ["Keeper", "Media", "in_thread"]

_T = TypeVar("_T")

_ASKS = frozenset(
    {
        "office",
        "session",
        "case",
        "case.ledger",
        "cases",
        "duties",
        "viewing.timeline",
        "viewing.here",
    }
)
"""What only reads."""


class Media(NamedTuple):
    """A stream of fMP4 for one camera and what it covers. ``next_ns`` is where to go on; None at the grant's end."""

    start_ns: int
    end_ns: int
    mime: str
    next_ns: int | None
    blocks: AsyncGenerator[bytes, None]


class Keeper(MaskAsks):
    """The keeper's verbs for pages. Every method raises the RecorderError that the keeper raised."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.last_office = Office()
        """What the keeper said last: an error page needs it when the keeper does not answer."""

    async def office(self) -> Office:
        self.last_office = await self.ask(OFFICE, Request())
        return self.last_office

    # --- policy packs ---

    async def pack(self, session: str, name: str = "") -> LoadedPack:
        """``name``: a version, a proposal's SHA-256, or empty for the one in force."""
        found = await self.ask_bytes(PACK_FILE, AskPackFile(session=session, name=name))
        return LoadedPack(found.answer, found.body)

    # --- cases ---

    async def find_cases(self, session: str, asked: dict[str, Any]) -> CaseListView:
        """``asked``: what is looked for, the order, the page and how many are on one."""
        return await self._ask("cases", CaseListView, session=session, **asked)

    async def case(self, session: str, case: str, *, use: str = "page") -> CaseView:
        return await self._ask("case", CaseView, session=session, case=case, use=use)

    async def case_ledger(self, session: str, case: str, who: Mapping[str, Any]) -> CaseLedger:
        """Every entry, fetched one after the other. ``who`` takes them along: a seat and a password, or the export to
        the ``archive`` that goes on."""
        head, blocks = await asyncio.to_thread(self._client.stream, "case.ledger", session=session, case=case, **who)
        async with contextlib.aclosing(in_thread(blocks)) as told:
            entries = [msgspec.msgpack.decode(block, type=CaseEntry) async for block in told]
        return CaseLedger(entries=tuple(entries), **{name: head[name] for name in ("size", "root", "checkpoint")})

    async def act_on_case(self, session: str, act: str, event: str, case: str, typed: dict[str, Any]) -> ActDone:
        """Any event of the tables. ``typed`` has seat, facts and, where one is needed, password; ``ink`` of what was
        signed on the sheet; ``kind`` where ``case`` is "" and the event opens one. Raises NotAllowed with what is
        missing."""
        return await self._ask("case-act", ActDone, session=session, act=act, event=event, case=case, **typed)

    # --- viewing ---

    async def open_viewing(
        self, session: str, case: str, seat: int, password: str, purpose: Purpose = Purpose.VIEWING
    ) -> Grant:
        """``purpose`` names what for, unless it is to be seen."""
        asked = {"seat": seat, "password": password} | ({} if purpose is Purpose.VIEWING else {"purpose": purpose})
        return await self._ask("viewing.open", Grant, session=session, case=case, **asked)

    async def timeline(self, session: str, grant: str, *, active: bool = True) -> Timeline:
        return await self._ask("viewing.timeline", Timeline, session=session, grant=grant, active=active)

    async def media(self, session: str, grant: str, camera_no: str, start_ns: int, seconds: float,
                    video_codecs: list[str]) -> Media:  # fmt: skip
        """Close ``blocks`` when the browser goes away: that frees the keeper's side too."""
        head, blocks = await asyncio.to_thread(
            self._client.stream,
            "viewing.media",
            session=session,
            grant=grant,
            camera_no=camera_no,
            start_ns=start_ns,
            seconds=seconds,
            video_codecs=video_codecs,
        )
        return Media(
            int(head.get("start_ns", start_ns)),
            int(head.get("end_ns", start_ns)),
            str(head.get("mime", "")),
            head.get("next_ns"),
            in_thread(blocks),
        )

    async def key_picture(self, session: str, grant: str, camera_no: str, at_ns: int) -> tuple[bytes, int]:
        """A JPEG and the time of its frame."""
        message = await asyncio.to_thread(
            self._client.call, "viewing.key", session=session, grant=grant, camera_no=camera_no, at_ns=at_ns
        )
        return message.body, int(message.head.get("at_ns", at_ns))

    async def shown(self, session: str, grant: str, spans: list[dict[str, Any]]) -> None:
        await self._call("viewing.shown", session=session, grant=grant, spans=spans)

    async def viewing_lives(self, session: str, grant: str) -> None:
        """Raises NotLoggedIn or NotFound when it does not. No activity."""
        await self._call("viewing.here", session=session, grant=grant, active=False)

    async def end_viewing(self, session: str, grant: str, reason: str) -> None:
        await self._call("viewing.end", session=session, grant=grant, reason=reason)

    async def _call(self, verb: str, body: bytes = b"", /, **arguments: Any) -> dict[str, Any]:
        within = READ_SECONDS if verb in _ASKS else None
        with asks(verb), self._turn(any(arguments.get(each) for each in SECRETS)):
            return (await asyncio.to_thread(self._client.call, verb, body, within_seconds=within, **arguments)).head


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
