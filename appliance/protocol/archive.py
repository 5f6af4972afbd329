"""Exports to the archive (歸檔): what pages ask of the keeper about them."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SessionRequest

__all__ = [
    "ARCHIVE_BEGIN",
    "ARCHIVE_MADE",
    "ARCHIVE_MONTHS",
    "ArchiveBegin",
    "ArchiveBegun",
    "ArchiveMade",
    "ArchiveMonths",
    "ClosedMonth",
    "Export",
]


class ClosedMonth(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases were closed in a month."""

    month: str
    cases: int


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export. ``index``: of its first entry. ``sha256``, of its manifest, is "" and ``bytes`` is 0 while it goes on
    and where it broke off."""

    index: int
    month: str
    at_ns: int
    cases: int
    person: str = ""
    display: str = ""
    sha256: str = ""
    bytes: int = 0


class ArchiveMonths(msgspec.Struct, frozen=True, kw_only=True):
    """The months with closed cases and the exports, the newest first; ``this`` is the present month."""

    this: str
    months: tuple[ClosedMonth, ...] = ()
    exports: tuple[Export, ...] = ()


class ArchiveBegin(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The export of a ``month``, as 2026-11. ``seat`` 0: the first who may."""

    seat: int = 0
    month: str


class ArchiveBegun(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the export, and the cases that go out in it, in the order of their numbers."""

    archive: int
    cases: tuple[str, ...] = ()


class ArchiveMade(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the export ``archive`` came to: the hash of its manifest and its size."""

    act: str
    archive: int
    sha256: str
    bytes: int


ARCHIVE_MONTHS = Endpoint("archive.months", SessionRequest, ArchiveMonths, reads=True)
ARCHIVE_BEGIN = Endpoint("archive.begin", ArchiveBegin, ArchiveBegun)
ARCHIVE_MADE = Endpoint("archive.made", ArchiveMade, Done)
