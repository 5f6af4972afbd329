"""What pages ask the keeper about cameras: a part of the link's methods."""

from __future__ import annotations

from typing import Any

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.camera_answers import (
    CameraDetails,
    CameraDone,
    CameraKinds,
    Cameras,
    DaysWith,
    Reviews,
)

__all__ = ["CAMERA_ASKS", "CameraAsks"]

CAMERA_ASKS = frozenset({"cameras.book", "cameras.reviews", "cameras.ways", "cameras.days", "camera"})
"""What only asks and has its answer in milliseconds."""


class CameraAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def camera_book(self, session: str) -> Cameras:
        return await self._ask("cameras.book", Cameras, session=session)

    async def camera_reviews(self, session: str) -> Reviews:
        return await self._ask("cameras.reviews", Reviews, session=session)

    async def camera(self, session: str, camera: str) -> CameraDetails:
        return await self._ask("camera", CameraDetails, session=session, camera=camera)

    async def camera_ways(self, session: str) -> CameraKinds:
        """The kinds of camera there are, and the devices that lie there."""
        return await self._ask("cameras.ways", CameraKinds, session=session)

    async def search_cameras(self, session: str) -> int:
        """Has the network looked through once; the search's number."""
        return int((await self._call("cameras.search", session=session))["number"])

    async def camera_days(self, session: str, camera: str, version: int) -> DaysWith:
        """How many days would be kept with a version that is on its way."""
        return await self._ask("cameras.days", DaysWith, session=session, camera=camera, version=version)

    async def act_on_camera(
        self,
        session: str,
        act: str,
        seat: int,
        password: str,
        camera: str,
        version: int,
        event: str,
        facts: dict[str, Any],
        ink: dict[str, Any] | None = None,
    ) -> CameraDone:
        """Any event of the table; ``version`` 0 begins the next; ``ink``: of what was signed on the sheet. Raises
        NotAllowed with what is missing."""
        return await self._ask(
            "camera-act",
            CameraDone,
            session=session,
            act=act,
            seat=seat,
            password=password,
            camera=camera,
            version=version,
            event=event,
            facts=facts,
            **({"ink": ink} if ink else {}),
        )
