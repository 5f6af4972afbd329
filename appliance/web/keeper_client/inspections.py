"""What pages ask the keeper about the daily inspection, tickets and health: a part of the link's methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.inspection_answers import Health, InspectionDay, InspectionMonth

__all__ = ["ASKS", "InspectionAsks"]

ASKS = frozenset({"inspection.day", "inspection.month", "looks.list"})
"""What only asks and has its answer in milliseconds."""


class InspectionAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    async def inspection_day(self, session: str, day: str) -> InspectionDay:
        """``day`` as 2026-11-26; "" is today."""
        return await self._ask("inspection.day", InspectionDay, session=session, day=day)

    async def inspection_month(self, session: str, month: str) -> InspectionMonth:
        """``month`` as 2026-11; "" is the present one."""
        return await self._ask("inspection.month", InspectionMonth, session=session, month=month)

    async def open_item(self, session: str, day: str, item: str) -> None:
        await self._call("inspection.opened", session=session, day=day, item=item)

    async def propose_row(self, session: str) -> None:
        await self._call("inspection.propose", session=session)

    async def sign_row(self, session: str, act: str, seat: int, password: str, day: str, typed: dict[str, Any]) -> None:
        """``typed`` may have ``ink``: of what was signed on the sheet."""
        await self._call("inspection.sign", session=session, act=act, seat=seat, password=password, day=day, **typed)

    async def stamp_rows(
        self, session: str, act: str, seat: int, password: str, days: list[str], ink: dict[str, Any] | None = None
    ) -> None:
        """``ink``: of what was signed on the sheet; so below."""
        asked: dict[str, Any] = {"days": days, **({"ink": ink} if ink else {})}
        await self._call("inspection.stamp", session=session, act=act, seat=seat, password=password, **asked)

    async def file_rows(
        self, session: str, act: str, seat: int, password: str, month: str, ink: dict[str, Any] | None = None
    ) -> None:
        asked: dict[str, Any] = {"month": month, **({"ink": ink} if ink else {})}
        await self._call("inspection.file", session=session, act=act, seat=seat, password=password, **asked)

    async def report_fault(self, session: str, act: str, who: Mapping[str, Any], typed: dict[str, Any]) -> str:
        """The ticket's number."""
        return str((await self._call("ticket.report", session=session, act=act, **who, **typed))["ticket"])

    async def advance_ticket(
        self, session: str, act: str, who: Mapping[str, Any], ticket: str, event: str, typed: dict[str, str]
    ) -> None:
        await self._call("ticket.advance", session=session, act=act, ticket=ticket, event=event, **who, **typed)

    async def health(self, session: str) -> Health:
        return await self._ask("looks.list", Health, session=session)
