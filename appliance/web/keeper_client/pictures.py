"""What pages ask the keeper about pictures of cameras: a part of the link's methods."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.core.messages import Said
from appliance.web.keeper_client.calls import KeeperCalls

__all__ = ["PictureAsks", "ReferencePictureView", "Shown"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that waits to be fetched under the name ``picture``; without one ``why`` says what went wrong."""

    camera: str
    version: int = 0
    picture: str = ""
    at_ns: int = 0
    light: str = ""
    level_db: float | None = None
    peak_db: float | None = None
    why: Said = ""


class ReferencePictureView(msgspec.Struct, frozen=True, kw_only=True):
    """A reference picture as the camera's page tells of it. ``taker`` and ``lookers`` are accounts. ``words``: why it
    was confirmed in another's place, refused or withdrawn. ``picture``: where it was opened, under which name."""

    reference: str
    version: int
    light: str
    sha256: str
    taken_ns: int
    taken_by: str = ""
    taker: str = ""
    confirmed_ns: int = 0
    confirmed_by: str = ""
    ended_ns: int = 0
    ended: str = ""
    ended_by: str = ""
    words: str = ""
    lookers: tuple[str, ...] = ()
    picture: str = ""


class _Shown(msgspec.Struct):
    pictures: list[Shown] = []


class PictureAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def inspection_pictures(self, session: str, act: str, who: Mapping[str, Any]) -> list[Shown]:
        """A fresh one of every live camera; it takes some seconds."""
        return (await self._ask("picture.inspection", _Shown, session=session, act=act, **who)).pictures

    async def preview(self, session: str, act: str, who: Mapping[str, Any], camera: str, version: int) -> Shown:
        asked = {"session": session, "act": act, "camera": camera, "version": version, **who}
        return await self._ask("picture.preview", Shown, **asked)

    async def take_reference(
        self, session: str, act: str, who: Mapping[str, Any], camera: str, version: int
    ) -> ReferencePictureView:
        asked = {"session": session, "act": act, "camera": camera, "version": version, **who}
        return await self._ask("reference.take", ReferencePictureView, **asked)

    async def confirm_reference(
        self, session: str, act: str, password: str, reference: str, words: str
    ) -> ReferencePictureView:
        asked = {"session": session, "act": act, "password": password, "reference": reference, "words": words}
        return await self._ask("reference.confirm", ReferencePictureView, **asked)

    async def refuse_reference(
        self, session: str, act: str, password: str, reference: str, words: str
    ) -> ReferencePictureView:
        """One that waits is refused, one that counts withdrawn."""
        asked = {"session": session, "act": act, "password": password, "reference": reference, "words": words}
        return await self._ask("reference.refuse", ReferencePictureView, **asked)

    async def withdraw_reference(
        self, session: str, act: str, who: Mapping[str, Any], reference: str, words: str
    ) -> ReferencePictureView:
        asked = {"session": session, "act": act, "reference": reference, "words": words, **who}
        return await self._ask("reference.withdraw", ReferencePictureView, **asked)

    async def show_reference(
        self, session: str, act: str, who: Mapping[str, Any], reference: str
    ) -> ReferencePictureView:
        return await self._ask(
            "reference.show", ReferencePictureView, session=session, act=act, reference=reference, **who
        )

    async def picture(self, session: str, name: str) -> bytes:
        """The JPEG of one that this session asked for."""
        message = await asyncio.to_thread(self._client.call, "picture.get", session=session, picture=name)
        return message.body
