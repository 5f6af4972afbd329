"""Scans of signed papers: what pages ask of the keeper about them.

``of`` is what scans belong to, such as ``case/115-0001``. A file is brought piece by piece: an upload is begun, gets
its pieces, and is put in as a whole.
"""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, PairRequest, SeatRequest, SessionRequest

__all__ = [
    "BEGIN_SCAN",
    "DESTROY_SCAN",
    "DROP_SCAN",
    "MORE_OF_SCAN",
    "PUT_SCAN",
    "SCAN",
    "SCANS",
    "SCAN_ORIGINAL",
    "SCAN_PAGE",
    "STRIKE_SCAN",
    "BeginScan",
    "DestroyScan",
    "Original",
    "OriginalRequest",
    "PutScan",
    "ScanDetails",
    "ScanList",
    "ScanOwner",
    "ScanPageRequest",
    "ScanRequest",
    "ScanView",
    "ScansRequest",
    "StrikeScan",
    "TakenScan",
    "UploadBegun",
    "UploadRequest",
]


class ScanView(msgspec.Struct, frozen=True, kw_only=True):
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
    scans: tuple[ScanView, ...] = ()
    may_take: bool = False
    may_get: bool = False


class ScanDetails(msgspec.Struct, frozen=True, kw_only=True):
    """One scan, and what somebody here may do. ``destroyed_from``: the first day on which it may be destroyed, "" while
    what it belongs to goes on; ``term_over``: nothing stands against it today; ``masked``: it shows what is masked for
    this log-in. ``named``: as of :class:`ScanList`."""

    scan: ScanView
    named: str = ""
    may_take: bool = False
    may_get: bool = False
    masked: bool = False
    may_destroy: bool = False
    destroyed_from: str = ""
    term_over: bool = False


class BeginScan(SeatRequest, frozen=True, kw_only=True):
    """A new upload of a paper: its ``kind``, the file's ``name`` and a ``note``, in the name of the person in the
    seat."""

    of: str
    kind: str
    name: str
    note: str = ""


class UploadBegun(msgspec.Struct, frozen=True):
    """The name of the new upload."""

    upload: str


class UploadRequest(SessionRequest, frozen=True, kw_only=True):
    """An upload that this session began."""

    upload: str


class PutScan(UploadRequest, frozen=True, kw_only=True):
    """``act``: its id, by which an upload that is put in twice is one scan."""

    act: str


class TakenScan(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the new scan."""

    scan: str
    of: str
    pages: int


class ScansRequest(SessionRequest, frozen=True, kw_only=True):
    """The scans of one thing."""

    of: str


class ScanRequest(SessionRequest, frozen=True, kw_only=True):
    """``scan`` by its number."""

    scan: str


class ScanPageRequest(ScanRequest, frozen=True, kw_only=True):
    """``page`` from 1."""

    page: int


class OriginalRequest(SeatRequest, frozen=True, kw_only=True):
    """The file of a scan, in the name of the person in the seat; with an ``archive``, the number of an export that goes
    on, of the person who began that."""

    scan: str
    archive: int = 0


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """The file that follows: its MIME ``type``, its ``name`` and its length."""

    type: str
    name: str
    bytes: int


class StrikeScan(ActRequest, frozen=True, kw_only=True):
    """It says that a scan is wrong, and why. ``seat`` 0: the first who may."""

    seat: int = 0
    scan: str
    reason: str


class DestroyScan(PairRequest, frozen=True, kw_only=True):
    """By two people, once its term is over."""

    scan: str
    reason: str
    document: str


class ScanOwner(msgspec.Struct, frozen=True):
    """What the scan belongs to, or belonged to."""

    of: str


_PIECE_BYTES = 4 << 20

BEGIN_SCAN = Endpoint("scan.begin", BeginScan, UploadBegun)
MORE_OF_SCAN = Endpoint("scan.more", UploadRequest, Done, most_bytes=_PIECE_BYTES)
DROP_SCAN = Endpoint("scan.drop", UploadRequest, Done)
PUT_SCAN = Endpoint("scan.put", PutScan, TakenScan)
SCANS = Endpoint("scans", ScansRequest, ScanList, reads=True)
SCAN = Endpoint("scan", ScanRequest, ScanDetails, reads=True)
SCAN_PAGE = Endpoint("scan.page", ScanPageRequest, Done)
SCAN_ORIGINAL = Endpoint("scan.original", OriginalRequest, Original)
STRIKE_SCAN = Endpoint("scan.strike", StrikeScan, ScanOwner)
DESTROY_SCAN = Endpoint("scan.destroy", DestroyScan, ScanOwner)
