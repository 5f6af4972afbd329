"""What pages ask the keeper about those who use it: what waits for them, what they looked at.

Never blocks the event loop; each method raises what the keeper raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.rules.cases.views import PartyView
from appliance.web.keeper_client.calls import KeeperCalls

__all__ = ["Access", "AccessPage", "ArchiveBegun", "ArchiveMonths", "KnownApplicant", "UseLink"]


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at what, when: ``names`` of the people, the one who did it first; ``spans``: camera, start, end;
    ``seat`` of a log-in; ``purpose``, ``cameras`` and ``thing`` of a picture."""

    index: int
    at_ns: int
    what: str
    names: tuple[str, ...] = ()
    case: str = ""
    number: str = ""
    scan: str = ""
    reason: str = ""
    tries: int = 0
    spans: tuple[tuple[str, int, int], ...] = ()
    seat: int = 0
    purpose: str = ""
    cameras: tuple[str, ...] = ()
    thing: str = ""


class AccessPage(msgspec.Struct, frozen=True, kw_only=True):
    """``people``: account and name of everybody in the log."""

    total: int = 0
    page: int = 1
    pages: int = 1
    rows: tuple[Access, ...] = ()
    people: tuple[tuple[str, str], ...] = ()


class KnownApplicant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came before, with masked identifiers, and the newest case; ``times``: how many there are."""

    case: str
    number: str = ""
    received_ns: int = 0
    times: int = 1
    party: PartyView = PartyView(part="applicant")


class _Known(msgspec.Struct, frozen=True):
    known: tuple[KnownApplicant, ...] = ()


class ClosedMonth(msgspec.Struct, frozen=True, kw_only=True):
    month: str
    cases: int


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """An export to the archive. ``sha256`` of its manifest is "" for one that broke off or goes on."""

    index: int
    month: str
    at_ns: int
    cases: int
    display: str = ""
    sha256: str = ""
    bytes: int = 0


class ArchiveMonths(msgspec.Struct, frozen=True, kw_only=True):
    """The months with closed cases and the exports, the newest first; ``this`` is the present month."""

    this: str
    months: tuple[ClosedMonth, ...] = ()
    exports: tuple[Exported, ...] = ()


class ArchiveBegun(msgspec.Struct, frozen=True, kw_only=True):
    archive: int
    cases: tuple[str, ...] = ()


class UseLink(KeeperCalls):
    async def show_case(self, session: str, case: str, who: Mapping[str, Any], reason: str) -> None:
        """Shows this log-in the identifiers of a case, for a reason that is entered."""
        await self._call("case.show", session=session, case=case, reason=reason, **who)

    async def access_log(self, session: str, asked: Mapping[str, Any]) -> AccessPage:
        """``asked``: whom, which case, what and which days, the page and how many are on one."""
        return await self._ask("access.log", AccessPage, session=session, **asked)

    async def known_applicants(self, session: str, name: str, id_no: str) -> tuple[KnownApplicant, ...]:
        """Who came before, by the whole ID number or the whole name."""
        return (await self._ask("applicants", _Known, session=session, name=name, id_no=id_no)).known

    async def applicant(self, session: str, case: str) -> PartyView:
        """The applicant of a case, nothing masked; that it is taken is entered."""
        return await self._ask("applicant", PartyView, session=session, case=case)

    async def archive_months(self, session: str) -> ArchiveMonths:
        return await self._ask("archive.months", ArchiveMonths, session=session)

    async def begin_archive(self, session: str, act: str, who: Mapping[str, Any], month: str) -> ArchiveBegun:
        """Entered: from here on the files of these cases go out."""
        return await self._ask("archive.begin", ArchiveBegun, session=session, act=act, month=month, **who)

    async def archive_made(self, session: str, act: str, archive: int, sha256: str, size: int) -> None:
        await self._call("archive.made", session=session, act=act, archive=archive, sha256=sha256, bytes=size)
