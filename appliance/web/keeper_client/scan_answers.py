"""What the keeper says of scans, as pages read it."""

from __future__ import annotations

import msgspec

__all__ = ["Scan", "ScanList", "ScanView"]


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan. ``of`` such as ``case/115-0001``; ``type``: pdf, jpeg, png; ``entry``: its entry in the ledger. Times are
    0 until they are; ``damaged``: its record does not open."""

    scan: str
    of: str
    kind: str
    type: str
    pages: int
    bytes: int
    sha256: str
    entry: int
    taken_ns: int
    taken_by: str = ""
    name: str = ""
    note: str = ""
    struck_ns: int = 0
    struck_by: str = ""
    struck_reason: str = ""
    destroyed_ns: int = 0
    destroyed_by: str = ""
    destroyed_approver: str = ""
    destroyed_document: str = ""
    destroyed_reason: str = ""
    damaged: bool = False


class ScanList(msgspec.Struct, frozen=True, kw_only=True):
    """The scans of one thing, what papers it may have, and what somebody here may do. ``named``: what the thing is
    called on pages, a case by its number."""

    of: str
    named: str = ""
    kinds: tuple[str, ...] = ()
    scans: tuple[Scan, ...] = ()
    may_take: bool = False
    may_get: bool = False


class ScanView(msgspec.Struct, frozen=True, kw_only=True):
    """One scan, and what somebody here may do. ``destroyed_from``: the first day on which it may be destroyed, "" while
    what it belongs to goes on; ``term_over``: nothing stands against it today. ``named``: as of :class:`ScanList`."""

    scan: Scan
    named: str = ""
    may_take: bool = False
    may_get: bool = False
    masked: bool = False
    may_destroy: bool = False
    destroyed_from: str = ""
    term_over: bool = False
