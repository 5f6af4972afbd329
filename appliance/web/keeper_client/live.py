"""What pages ask the keeper about live looks: a part of the link's methods."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from appliance.core.errors import Broken
from appliance.web.keeper_client.calls import KeeperCalls

__all__ = ["LIVE_ASKS", "LiveAsks", "LiveBases", "LiveBasis", "LiveCamera", "LivePart", "LivePictures", "LiveRecord",
           "LiveViewState"]  # fmt: skip

LIVE_ASKS = frozenset({"live.bases", "live.view", "live.records", "live.pictures"})
"""What only asks and has its answer in milliseconds."""


class LiveBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may look live by: ``ground`` service, inspection or repair; ``name`` as in the ledger."""

    ground: str
    name: str = ""
    cameras: tuple[str, ...] = ()


class LiveBases(msgspec.Struct, frozen=True, kw_only=True):
    """``cameras``: the place of each by number. ``goes_on``: the look that goes on in this log-in, "" for none."""

    bases: tuple[LiveBasis, ...] = ()
    cameras: dict[str, str] = {}
    goes_on: str = ""


class LiveCamera(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    location: str = ""
    sound: bool = False


class LiveViewState(msgspec.Struct, frozen=True, kw_only=True):
    """A look that goes on. ``origin_ns``: time 0 of its pictures."""

    ground: str
    basis: str
    purpose: str
    display: str
    origin_ns: int
    left_ns: int
    cameras: tuple[LiveCamera, ...] = ()


class LivePart(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a camera: so many ``bytes`` of the body. ``mime`` is set where it begins anew; ``state`` of the
    camera."""

    camera_no: str
    mime: str = ""
    bytes: int = 0
    state: str = ""


class LivePictures(NamedTuple):
    """``now_ns``: the recorder's time as they left it."""

    parts: tuple[LivePart, ...]
    left_ns: int
    now_ns: int
    body: bytes


class _Parts(msgspec.Struct):
    parts: tuple[LivePart, ...]
    left_ns: int
    now_ns: int


class _Seen(msgspec.Struct, frozen=True):
    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int


class LiveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A look in the record. ``ended_ns`` is 0 while it goes on."""

    entry: int
    began_ns: int
    by: str = ""
    display: str = ""
    ground: str = ""
    basis: str = ""
    cameras: tuple[str, ...] = ()
    purpose: str = ""
    reasons: tuple[str, ...] = ()
    ended_ns: int = 0
    cause: str = ""
    seen: tuple[_Seen, ...] = ()


class LiveRecords(msgspec.Struct):
    """The newest looks, newest first; ``total``: of all that there ever were."""

    records: list[LiveRecord] = []
    total: int = 0


class LiveAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def live_bases(self, session: str) -> LiveBases:
        return await self._ask("live.bases", LiveBases, session=session)

    async def open_live(self, session: str, act: str, ground: str, basis: str, cameras: list[str], purpose: str) -> str:
        """The look's name."""
        asked = {"ground": ground, "basis": basis, "cameras": cameras, "purpose": purpose}
        return str((await self._call("live.open", session=session, act=act, **asked))["view"])

    async def live_view(self, session: str, view: str) -> LiveViewState:
        return await self._ask("live.view", LiveViewState, session=session, view=view)

    async def live_pictures(self, session: str, view: str, reader: str, video_codecs: list[str]) -> LivePictures:
        """What came since the last time; it keeps somebody logged in while the look goes on."""
        message = await asyncio.to_thread(
            self._client.call, "live.pictures", session=session, view=view, reader=reader, video_codecs=video_codecs
        )
        try:
            told = msgspec.convert(message.head, _Parts)
        except msgspec.ValidationError as error:
            raise Broken.of("keeper-unread", verb="live.pictures", why=error) from error
        return LivePictures(told.parts, told.left_ns, told.now_ns, message.body)

    async def extend_live(self, session: str, view: str, act: str, reason: str) -> None:
        await self._call("live.extend", session=session, view=view, act=act, reason=reason)

    async def end_live(self, session: str, view: str) -> None:
        await self._call("live.end", session=session, view=view)

    async def live_records(self, session: str) -> LiveRecords:
        return await self._ask("live.records", LiveRecords, session=session)
